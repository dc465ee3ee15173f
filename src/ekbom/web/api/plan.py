"""The plan of the next nights, for a device that may have no network: no answer, and no name.

It is made from the calendar and the advice, which are the same for every allocation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.translation import get_language

from ekbom.diary.items import items_of
from ekbom.guide.missing import evening_items, items_due
from ekbom.guide.place import Place, place_of
from ekbom.guide.situation import Situation, situation_of
from ekbom.language import Text, say
from ekbom.protocol.model import Outcome, Protocol, SideEffect
from ekbom.report.measures import night_words
from ekbom.report.step_parts import capsule_words
from ekbom.report.tolerability_words import headline
from ekbom.safety.tolerability import Advice
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of
from ekbom.trial.opened import is_to_name
from ekbom.web.api.account import account_of
from ekbom.web.api.rules import plan_glass, plan_rules, plan_signs, table_lines
from ekbom.web.api.schemas import Plan, PlanItem, PlanNight
from ekbom.web.api.words import plan_words
from ekbom.web.models import Person, TrialRow
from ekbom.web.nights.capsules import units_of

_BEFORE, _AHEAD = 7, 14
"""How many nights the plan goes back, for late answers, and on from tonight."""

_SMALL_SCALE = 10
"""The longest scale that is answered by tapping a number."""

_DAY = timedelta(days=1)


def plan_of(*, person: Person, row: TrialRow, trial: Trial, now: datetime) -> Plan:
    """Return what a device needs until it meets the network again; ``now`` is aware."""
    items = frozenset(items_of(trial.protocol))
    return Plan(
        account=account_of(person),
        trial=row.pk,
        state=row.state,
        registered=row.registered,
        language=get_language() or "en",
        zone=trial.clock.zone_at(now),
        nights=list(_nights(row, trial, now=now)),
        items=[_item(question) for question in _questions(trial.protocol)],
        rules=list(plan_rules(items)),
        signs=list(plan_signs()),
        glass=plan_glass(trial, now=now) if row.registered else None,
        table=list(table_lines(items)),
        words=plan_words(),
    )


@dataclass(frozen=True, slots=True)
class _Evening:
    """What is known of a night: its phase in words, and its capsules."""

    phase: str
    pack: int | None = None
    capsules: float | None = None
    dose: str = ""
    doses: bool = False


def _nights(row: TrialRow, trial: Trial, *, now: datetime) -> Iterator[PlanNight]:
    clock, tonight = trial.clock, evening_of(trial.clock, now)
    here = situation_of(trial=trial, now=now) if row.registered else None
    for days in range(-_BEFORE, _AHEAD):
        night = tonight + days * _DAY
        begins = clock.begins(night)
        found = _Evening(say("Diary")) if here is None else _evening(here, row.owner, night)
        if night < trial.start or begins is None or found is None:
            continue
        yield PlanNight(
            night=night,
            label=night_words(night),
            begins=begins,
            ends=clock.ends(night),
            evening_begins=_evening_begins(trial, night, begins),
            phase=found.phase,
            pack=found.pack,
            name_pack=found.pack is not None and is_to_name(trial, found.pack),
            capsules=found.capsules,
            dose=found.dose,
            doses=found.doses,
            evening=list(evening_items(trial.protocol)),
            morning=list(_morning(trial, here, night)),
        )


def _evening_begins(trial: Trial, night: date, begins: datetime) -> datetime:
    shown = trial.clock.shown(night, time(trial.clock.evening_hour))
    return shown[0] if shown else begins


def _morning(trial: Trial, here: Situation | None, night: date) -> tuple[str, ...]:
    protocol = trial.protocol
    if here is not None:
        return items_due(protocol=protocol, calendar=here.calendar, night=night)
    evening = evening_items(protocol)
    outcomes = (o.id for o in protocol.outcomes if o.schedule == "nightly")
    return (*(o for o in outcomes if o not in evening), *(s.id for s in protocol.side_effects))


def _evening(here: Situation, person: Person, night: date) -> _Evening | None:
    """Return what a night of a trial is; ``None`` where nothing can be written down of it."""
    place = place_of(trial=here.trial, calendar=here.calendar, night=night)
    if place.phase in ("imported", "before", "over"):
        return None
    planned = here.trial.protocol.dose is not None and place.phase in ("titration", "randomised")
    if not planned:
        return _Evening(_phase(place), place.pack, dose=_no_dose(place))
    capsules = _capsules(here, person, place)
    return _Evening(_phase(place), place.pack, capsules, _dose(here, place, capsules), doses=True)


def _capsules(here: Situation, person: Person, place: Place) -> float | None:
    """Return how many are due by what is known now, ``None`` where the number is not known."""
    if here.barred or here.stopped:
        return 0.0
    lowered = _lowered(here.advice)
    if place.mg is not None:
        mg = place.mg if lowered is None or lowered.mg is None else min(place.mg, lowered.mg)
        return units_of(person, mg)
    known = [place.capsules, None if lowered is None else lowered.capsules]
    return min((n for n in known if n is not None), default=None)


def _lowered(advice: Advice | None) -> Advice | None:
    """Return the advice where it lowers the dose, which then holds for every later night."""
    if advice is None or advice.mg is None or advice.planned_mg is None:
        return None
    return advice if advice.mg < advice.planned_mg else None


def _dose(here: Situation, place: Place, capsules: float | None) -> str:
    if here.stopped and here.advice is not None:
        return headline(here.advice)
    if here.barred:
        return say("No capsules until the safety questions are settled.")
    if capsules is None:
        return say("{mg:g} mg elemental", mg=place.mg) if place.mg else ""
    number = capsule_words(capsules)
    if place.pack is None:
        return number
    return say("{capsules} from pack {pack}", capsules=number, pack=place.pack)


def _no_dose(place: Place) -> str:
    return "" if place.phase == "randomised" else say("No capsules are due.")


_PHASES: Mapping[str, Text] = {
    "baseline": "Before the capsules",
    "titration": "Finding your dose",
    "waiting": "Waiting",
    "washout": "Break without capsules",
    "paused": "Paused",
    "ended": "The trial has ended",
}


def _phase(place: Place) -> str:
    if place.phase == "randomised":
        return say("Period {period} of {periods}", period=place.period, periods=place.periods)
    return say(_PHASES[place.phase])


def _questions(protocol: Protocol) -> Iterator[Outcome | SideEffect]:
    yield from protocol.outcomes
    yield from protocol.side_effects


def _item(question: Outcome | SideEffect) -> PlanItem:
    outcome = question if isinstance(question, Outcome) else None
    whole = outcome is None or outcome.kind not in ("minutes", "measure")
    small = whole and question.maximum - question.minimum <= _SMALL_SCALE
    return PlanItem(
        id=question.id,
        question=say(question.question),
        kind="scale" if small else "number",
        minimum=question.minimum,
        maximum=question.maximum,
        unit="" if outcome is None else say(outcome.unit),
        whole=whole,
    )
