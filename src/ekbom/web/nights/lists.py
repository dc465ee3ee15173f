"""One night, and the nights that can still be filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ekbom.guide.missing import Report, evening_items, is_skipped, report_of, reports_of
from ekbom.guide.situation import situation_of
from ekbom.guide.tonight import tonight
from ekbom.language import say, say_n
from ekbom.report.step_parts import partly_words
from ekbom.web.access import Visit, for_diary
from ekbom.web.nights.capsules import capsules_of
from ekbom.web.nights.evening import last_night
from ekbom.web.nights.items import answers_of_night, late_items, morning_items, name_of
from ekbom.web.nights.sent import for_night, is_early, is_late

_DAY = timedelta(days=1)

_LISTED = 60
"""How many past nights are listed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a night was asked, and whether it was answered."""

    name: str
    state: str


@require_safe
@for_night
def night(request: HttpRequest, visit: Visit, night: date) -> HttpResponse:
    """Show what a night was asked and what was answered, and never the answers themselves."""
    asked = [*evening_items(visit.trial.protocol), *morning_items(visit, night)]
    known = answers_of_night(visit, night)
    capsules = capsules_of(visit, night)
    doses = (d for d in visit.trial.doses if d.night == night)
    found = {
        "night": night,
        "lines": [Line(name_of(visit.trial.protocol, i), _state(visit, night, i)) for i in asked],
        "answered": any(item in known for item in asked),
        "open": not is_early(visit, night)
        and any(item not in known for item in morning_items(visit, night)),
        "skipped": visit.row.registered and is_skipped(visit.trial, night, "morning"),
        "has_capsules": capsules is not None,
        "dose": next(doses, None),
        "late": is_late(visit, night),
    }
    return render(request, "ekbom/nights/night.html", found)


@require_safe
@for_diary
def nights(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List the nights that can be filled in, and all that were."""
    reports = _reports(visit)
    told = {report.night: _report_words(report) for report in reports}
    found = {
        "mornings": missing_mornings(visit),
        "partly": [(one.night, told[one.night]) for one in reports if one.is_partial],
        "skipped": [one.night for one in reports if one.is_skipped],
        "doses": missing_doses(visit),
        "nights": [(one, told.get(one) or _answered_words(visit, one)) for one in _past(visit)],
        "made_from": visit.row.state,
    }
    return render(request, "ekbom/nights/nights.html", found)


def missing_mornings(visit: Visit) -> tuple[date, ...]:
    """Return the nights without a report that can still be filled in, the newest first."""
    if visit.row.registered:
        return _gap(visit, "mornings")
    return tuple(report.night for report in _reports(visit) if not report.answered)


def missing_doses(visit: Visit) -> tuple[date, ...]:
    """Return the nights whose capsules are not written down, the newest first."""
    return _gap(visit, "doses") if visit.row.registered else ()


def _reports(visit: Visit) -> tuple[Report, ...]:
    """Return how far the reports of the past nights have come, the newest first."""
    if visit.row.registered:
        return reports_of(situation_of(trial=visit.trial, now=visit.now))
    last = last_night(visit)
    past = (one for one in _past(visit) if last is not None and one <= last)
    return tuple(report_of(visit.trial, one, morning_items(visit, one)) for one in past)


def _gap(visit: Visit, name: str) -> tuple[date, ...]:
    gaps = tonight(trial=visit.trial, now=visit.now).missing
    return next((gap.nights for gap in gaps if gap.id == name), ())


def _past(visit: Visit) -> Iterator[date]:
    """Yield the nights so far, the newest first."""
    clock = visit.trial.clock
    night = clock.night_of(visit.now)
    first = max(visit.trial.start, night - _LISTED * _DAY)
    while night >= first:
        if clock.begins(night) is not None:
            yield night
        night -= _DAY


def _state(visit: Visit, night: date, item: str) -> str:
    if item in late_items(visit, night):
        return say("answered late")
    return say("answered") if item in answers_of_night(visit, night) else say("not answered")


def _report_words(report: Report) -> str:
    """Return what is special about a report, empty where nothing is."""
    if report.is_partial:
        return partly_words(len(report.answered), asked=report.asked)
    return say("skipped") if report.is_skipped else ""


def _answered_words(visit: Visit, night: date) -> str:
    count = len(answers_of_night(visit, night))
    return say_n("{n} answer", "{n} answers", count) if count else say("no answers")
