"""Tonight: where in the trial this is, the one thing to do now, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ekbom.guide.missing import evening_items, report_of
from ekbom.guide.steps import Step, told_step
from ekbom.guide.tonight import tonight as what_to_do
from ekbom.language import Text, say
from ekbom.report.measures import night_words
from ekbom.report.tonight_words import place_words
from ekbom.trial.happened import evening_of
from ekbom.web.access import Visit, for_diary
from ekbom.web.data.freshness import backup_warning
from ekbom.web.health.advice import advice_card
from ekbom.web.health.glass import is_breakable
from ekbom.web.keyed import KeyedForm
from ekbom.web.nights.capsules import capsules_of
from ekbom.web.nights.evening import last_night
from ekbom.web.nights.items import morning_items
from ekbom.web.nights.lists import missing_doses, missing_mornings
from ekbom.web.nights.sent import is_late
from ekbom.web.nights.step_cards import Card, card_of

_HEADINGS: Mapping[str, Text] = {
    "now": "Also now",
    "this evening": "This evening",
    "in the morning": "In the morning",
    "waiting": "Waiting",
    "done": "Done",
}

_APART = timedelta(minutes=5)
"""How far a clock may be set back without a word."""

_ELSEWHERE = ("advice", "record", "change", "signs")
"""Steps that have their own place on the page."""


@dataclass(frozen=True, slots=True)
class Group:
    """The cards that are due at the same time, below a heading."""

    heading: str
    cards: tuple[Card, ...]


@require_safe
@for_diary
def tonight(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say what to do now, what comes later, and what is missing."""
    found = _trial(visit) if visit.row.registered else _diary(visit)
    asked = found.pop("asked")
    shared = {
        "mornings": tuple(night for night in missing_mornings(visit) if night != asked),
        "doses": missing_doses(visit),
        "backup": backup_warning(visit.person, visit.now),
        "ahead": _is_ahead(visit),
        "keyed": KeyedForm(auto_id=False),
        "made_from": visit.row.state,
        **found,
    }
    return render(request, "ekbom/nights/tonight.html", shared)


def _trial(visit: Visit) -> dict[str, object]:
    trial = visit.trial
    found = what_to_do(trial=trial, now=visit.now)
    steps = [_counted(step, visit) for step in found.steps if step.id not in _ELSEWHERE]
    main = next(_in_order(steps), None)
    groups = _groups([step for step in steps if step is not main], visit)
    advised = found.advice if found.step("advice") else None
    record = found.step("record")
    return {
        "asked": next((s.night for s in steps if s.id == "last_night"), None),
        "place": place_words(found, trial, written=night_words),
        "capsules_at": visit.person.dose_at if _has_capsules(steps) else None,
        "main": None if main is None else card_of(main, trial=trial),
        "groups": tuple(groups),
        "glass": is_breakable(trial, now=visit.now),
        "any_time": tuple(card_of(s, trial=trial) for s in steps if s.when == "any time"),
        "advice": None if advised is None else advice_card(advised, tonight=found.night),
        "record": None if record is None else card_of(record, trial=trial),
        "agreement": any(s.because == "changed" and s.until is None for s in found.steps),
    }


def _has_capsules(steps: Iterable[Step]) -> bool:
    return any(s.id == "dose" and s.when in ("now", "this evening") for s in steps)


def _is_ahead(visit: Visit) -> bool:
    """Return whether something here is dated later than now, so that a clock was or is wrong."""
    entries, events = visit.trial.entries, visit.trial.events
    written = [*(e.received for e in entries[-1:]), *(e.instant for e in events[-1:])]
    return any(instant > visit.now + _APART for instant in written)


def _counted(step: Step, visit: Visit) -> Step:
    """Say how many capsules tonight's dose is where only the product tells it."""
    if step.id != "dose" or step.capsules is not None or step.night is None or not step.mg:
        return step
    capsules = capsules_of(visit, step.night)
    return step if capsules is None else replace(step, capsules=capsules.planned)


def _in_order(steps: list[Step]) -> Iterator[Step]:
    """Yield what is due now, in the evening its own things before the report on last night."""
    now = [step for step in steps if step.when == "now"]
    yield from sorted(now, key=lambda step: step.id == "last_night" and step.late)


def _groups(steps: list[Step], visit: Visit) -> Iterator[Group]:
    for when, heading in _HEADINGS.items():
        due = tuple(card_of(s, trial=visit.trial) for s in steps if s.when == when)
        if due:
            yield Group(say(heading), due)


def _diary(visit: Visit) -> dict[str, object]:
    """Return the short page of somebody who keeps a diary and is in no trial."""
    night = evening_of(visit.trial.clock, visit.now)
    last = last_night(visit)
    cards = [_last(visit, last)] if last is not None else []
    if last is None:
        text = say("Your diary begins tonight. Come back tomorrow morning.")
        cards.append(Card(text))
    if evening_items(visit.trial.protocol) and visit.trial.clock.night_of(visit.now) == night:
        address = reverse("evening", kwargs={"night": night})
        cards.append(Card(say("How was today?"), say("Answer about this evening"), address))
    return {
        "asked": last,
        "main": cards[0],
        "groups": (Group(say("Also now"), tuple(cards[1:])),),
        "night": night,
    }


def _last(visit: Visit, night: date) -> Card:
    late = is_late(visit, night)
    report = report_of(visit.trial, night, morning_items(visit, night))
    step = Step(id="last_night", when="now", night=night, late=late)
    return card_of(told_step(report, late=late) if report.answered else step, trial=visit.trial)
