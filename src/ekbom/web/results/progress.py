"""How far the trial is: nights answered and capsules taken; no rating and no treatment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ekbom.design.calendar import CalendarNight
from ekbom.guide.missing import missing_nights, reports_of
from ekbom.guide.situation import Situation, situation_of
from ekbom.trial.folder import Trial
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.phases import stretches
from ekbom.web.course.sending import shown

_WITHOUT_QUESTIONS = ("paused", "unassigned")
_WITH_CAPSULES = ("titration", "randomised")


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of nights up to last night; ``capsules`` is 0 where none were planned.

    Of the nights ``answered``, so many were answered only ``partly``.
    """

    name: str
    nights: int
    answered: int
    partly: int
    capsules: int
    taken: int
    left_out: int

    @property
    def unrecorded(self) -> int:
        """Return on how many nights with capsules nothing is written down about them."""
        return self.capsules - self.taken - self.left_out


@require_safe
@for_trial
def progress(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show numbers of nights and capsules, period by period."""
    here = situation_of(trial=visit.trial, now=visit.now)
    partly = _partly(here)
    parts = tuple(_parts(here, partly))
    randomised = [n for n in here.calendar.randomised if n.night < here.night]
    return shown(
        request,
        "ekbom/results/progress.html",
        parts=parts,
        whole=_part(visit.trial, _("All nights so far"), _lived(here), partly),
        done=len(randomised),
        planned=len(here.calendar.randomised),
        missing=missing_nights(trial=visit.trial, now=visit.now),
        swallowed=visit.trial.protocol.dose is not None,
    )


def _lived(here: Situation) -> list[CalendarNight]:
    parts = stretches(trial=here.trial, calendar=here.calendar)
    return [n for part in parts for n in part.nights if n.night < here.night]


def _partly(here: Situation) -> frozenset[date]:
    return frozenset(report.night for report in reports_of(here) if report.is_partial)


def _parts(here: Situation, partly: frozenset[date]) -> Iterator[Part]:
    for stretch in stretches(trial=here.trial, calendar=here.calendar):
        lived = [n for n in stretch.nights if n.night < here.night]
        if lived and lived[0].phase not in _WITHOUT_QUESTIONS:
            yield _part(here.trial, stretch.name, lived, partly)


def _part(trial: Trial, name: str, lived: Iterable[CalendarNight], partly: frozenset[date]) -> Part:
    clock = trial.clock
    asked = [
        n for n in lived if n.phase not in _WITHOUT_QUESTIONS and clock.begins(n.night) is not None
    ]
    answered = {n.date for n in trial.diary.nights if n.answers}
    swallowed = trial.protocol.dose is not None
    capsules = {n.night for n in asked if swallowed and n.phase in _WITH_CAPSULES}
    doses = [d for d in trial.doses if d.night in capsules]
    left_out = sum(d.capsules == 0 for d in doses)
    return Part(
        name=name,
        nights=len(asked),
        answered=sum(n.night in answered for n in asked),
        partly=sum(n.night in partly for n in asked),
        capsules=len(capsules),
        taken=len(doses) - left_out,
        left_out=left_out,
    )
