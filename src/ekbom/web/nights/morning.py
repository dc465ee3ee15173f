"""The morning's report on a night, filled in, corrected, taken back or skipped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ekbom.guide.missing import PARTS, is_skipped
from ekbom.language import say, say_n
from ekbom.report.measures import night_words
from ekbom.trial.additions import add_answers, add_event
from ekbom.trial.folder import Trial
from ekbom.web.access import Visit
from ekbom.web.course.sending import done, is_taken, posted, shown
from ekbom.web.keyed import KeyedForm
from ekbom.web.nights.forms import MorningForm, WithdrawForm
from ekbom.web.nights.items import answers_of_night, morning_items
from ekbom.web.nights.seen import refuse_unseen, seen_of
from ekbom.web.nights.sent import for_night, is_early, is_late

PAGE = "page"
"""The device of an answer that was given on a page."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_night
def morning(request: HttpRequest, visit: Visit, night: date) -> HttpResponse:
    """Ask about a night, and keep what is answered; a correction keeps the earlier answer too."""
    if is_early(visit, night):
        return done(request, say("The questions about this night come after midnight."))
    correct = "correct" in request.GET
    asked, known = morning_items(visit, night), answers_of_night(visit, night)
    items = tuple(dict.fromkeys([*asked, *known])) if correct else asked
    open_items = items if correct else tuple(item for item in items if item not in known)
    seen = seen_of(visit.trial, night) if correct else ""
    form = MorningForm(posted(request), trial=visit.trial, items=items, shown=open_items, seen=seen)
    if form.is_bound and is_taken(visit, form, lambda t: _kept(t, visit, night, form, correct)):
        return done(request, kept_words(night, len(form.answers), late=is_late(visit, night)))
    return shown(
        request,
        "ekbom/nights/morning.html",
        form=form,
        night=night,
        correct=correct,
        late=is_late(visit, night),
        answered=tuple(known),
        done=not correct and not open_items,
        withdrawal=_withdrawal(visit, known, seen) if correct and known else None,
        skip=KeyedForm(auto_id=False) if visit.row.registered and not known else None,
        clash=form.is_bound and any(item in known for item in items) and not correct,
    )


@require_POST
@for_night
def withdraw(request: HttpRequest, visit: Visit, night: date) -> HttpResponse:
    """Take answers of a night back; they stay on record."""
    known = answers_of_night(visit, night)
    items = tuple(dict.fromkeys([*morning_items(visit, night), *known]))
    form = WithdrawForm(request.POST, trial=visit.trial, items=items)
    if is_taken(visit, form, lambda t: _withdrawn(t, visit, night, form)):
        return done(request, say("Taken back. What stood there stays on record."))
    return shown(request, "ekbom/nights/withdraw.html", form=form, night=night)


@require_http_methods(["GET", "HEAD", "POST"])
@for_night
def skip(request: HttpRequest, visit: Visit, night: date, part: str) -> HttpResponse:
    """Leave one part of a night without answers; it is not asked for again."""
    if part not in PARTS:
        raise Http404
    form = KeyedForm(posted(request))
    if not form.is_bound or not visit.row.registered:
        return redirect("night", night=night)
    if is_taken(visit, form, lambda t: _skipped(t, visit, night, part)):
        return done(request, say("Skipped. You can still fill it in later."))
    return shown(request, "ekbom/nights/refused.html", form=form, night=night)


def kept_words(night: date, count: int, *, late: bool) -> str:
    """Return the sentence that says what was kept of a night."""
    text = say_n(
        "Kept: {n} answer about the night of {night}.",
        "Kept: {n} answers about the night of {night}.",
        count,
        night=night_words(night),
    )
    return f"{text} {say('They are marked late.')}" if late else text


def correction_address(night: date) -> str:
    """Return where the answers of a night are corrected."""
    return f"{reverse('morning', kwargs={'night': night})}?correct=1"


def _kept(trial: Trial, visit: Visit, night: date, form: MorningForm, correct: bool) -> Trial:
    if correct:
        seen = form.cleaned_data["seen"]
        refuse_unseen(trial, night=night, items=form.answers, seen=seen)
    return add_answers(
        trial, night=night, answers=form.answers, now=visit.now, correct=correct, device=PAGE
    )


def _withdrawal(visit: Visit, known: Iterable[str], seen: str) -> WithdrawForm:
    return WithdrawForm(trial=visit.trial, items=known, seen=seen)


def _withdrawn(trial: Trial, visit: Visit, night: date, form: WithdrawForm) -> Trial:
    answers = dict.fromkeys(form.cleaned_data["withdraw"])
    refuse_unseen(trial, night=night, items=answers, seen=form.cleaned_data["seen"])
    return add_answers(trial, night=night, answers=answers, now=visit.now, device=PAGE)


def _skipped(trial: Trial, visit: Visit, night: date, part: str) -> Trial:
    if is_skipped(trial, night, part):
        return trial
    return add_event(trial, kind="skipped", detail={"night": night, "part": part}, now=visit.now)
