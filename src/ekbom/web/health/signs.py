"""The warning signs: open to everybody, and what to do comes before anything is written down."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from ekbom.language import say
from ekbom.report.tolerability_words import headline
from ekbom.safety.tolerability import Advice, advise
from ekbom.safety.tolerability_course import add_advice, course_of
from ekbom.safety.tolerability_rules import STOPS, Sign
from ekbom.safety.tolerability_rules import signs as all_signs
from ekbom.trial.folder import Trial
from ekbom.web import present
from ekbom.web.access import person_of
from ekbom.web.health.advice import advice_card
from ekbom.web.models import TrialRow
from ekbom.web.store import change, current_row

_LOG = logging.getLogger(__name__)

_LEVELS = ("EMERGENCY", "SAME DAY")

Outcome = Literal["recorded", "failed", "no trial"]
"""What became of a report; one that failed is offered again."""


@dataclass(frozen=True, slots=True)
class Level:
    """The signs that call for the same thing, and what that is."""

    look: str
    headline: str
    signs: tuple[Sign, ...]


@require_safe
def signs(request: HttpRequest) -> HttpResponse:
    """List the warning signs and what each calls for; it needs no login and no database."""
    return public_page(request, "ekbom/health/signs.html", levels=tuple(_levels()))


# A form from a page that was kept for days is answered too: its token only decides whether what it
# says is written down.
@csrf_exempt
@require_POST
def signs_report(request: HttpRequest) -> HttpResponse:
    """Say what to do about the signs that somebody has, and put them on record if that can be."""
    reported = _reported(request)
    if not reported:
        return _unanswered(request)
    advice, outcome = _recorded(request, reported)
    return _instruction(request, advice, reported, outcome=outcome)


def answer_without_record(request: HttpRequest) -> HttpResponse:
    """Say what to do about the signs that somebody has, and ask nothing of the database."""
    reported = _reported(request)
    if not reported:
        return _unanswered(request)
    return _instruction(request, advise(reported=reported), reported, outcome="failed")


def _reported(request: HttpRequest) -> tuple[str, ...]:
    return tuple(name for name in request.POST.getlist("sign") if name in all_signs())


def _unanswered(request: HttpRequest) -> HttpResponse:
    said = say("Choose what you have. If you feel in danger, call your emergency number now.")
    levels = tuple(_levels())
    return public_page(request, "ekbom/health/signs.html", status=422, levels=levels, refused=said)


def _instruction(
    request: HttpRequest, advice: Advice, reported: tuple[str, ...], *, outcome: Outcome
) -> HttpResponse:
    return public_page(
        request,
        "ekbom/health/reported.html",
        card=advice_card(advice, tonight=None),
        wordings=tuple(say(all_signs()[name].wording) for name in reported),
        more=tuple(say(m) for name in reported if (m := all_signs()[name].if_worse)),
        recorded=outcome == "recorded",
        again=reported if outcome == "failed" else (),
    )


def _levels() -> Iterator[Level]:
    for level in _LEVELS:
        found = tuple(sign for sign in all_signs().values() if sign.level == level)
        advice = advise(reported=[found[0].id])
        look = "emergency" if level == "EMERGENCY" else "warning"
        yield Level(look, headline(advice), found)


def _recorded(request: HttpRequest, reported: tuple[str, ...]) -> tuple[Advice, Outcome]:
    """Return what to do, and whether it is on record now."""
    advice = advise(reported=reported)
    try:
        person = person_of(request)
        row = None if person is None else current_row(person)
        if row is None or not row.registered:
            return advice, "no trial"
        if is_forged(request):
            return advice, "failed"
        return _put_on_record(row, reported)
    except Exception:  # noqa: BLE001 - nothing at all may come before a warning sign
        _LOG.error("a warning sign could not be put on record")
        return advice, "failed"


def _put_on_record(row: TrialRow, reported: tuple[str, ...]) -> tuple[Advice, Outcome]:
    """Put signs on record; nothing but what the trial then says decides whether they are."""
    now = present.now()

    def step(trial: Trial) -> Trial:
        course = course_of(trial=trial, now=now)
        return add_advice(trial, advice=advise(course=course, reported=reported), now=now)

    # No key: what was sent once already may have been lifted by a clinician since.
    trial = change(row, step, now=now)
    course = course_of(trial=trial, now=now)
    stopped = advise(course=course).action in STOPS
    return advise(course=course, reported=reported), "recorded" if stopped else "failed"


def is_forged(request: HttpRequest) -> bool:
    """Return whether a form came without the token of a page from here."""
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, signs, (), {}) is not None


def public_page(
    request: HttpRequest, template: str, *, status: int = 200, **found: object
) -> HttpResponse:
    """Return a page made without asking who reads it, as that would need the database."""
    frame = {
        "LANGUAGE_CODE": get_language() or "en",
        "csrf_token": get_token(request),
        "signs_here": True,
    }
    return HttpResponse(render_to_string(template, {**frame, **found}), status=status)
