"""The nights that the stop rules look at, from a trial folder or a diary; and what goes on record.

Whatever the allocation, the course is the same: of a randomised night only the calendar's phase and
the fixed dose are known here, for both treatments alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from ekbom.design.calendar import CalendarNight
from ekbom.diary.diary import Diary, DoseTaken
from ekbom.diary.entries import current_entries, derive_diary
from ekbom.diary.items import Item, items_of
from ekbom.diary.nightly import read_nightly
from ekbom.diary.nights import NightRange
from ekbom.diary.table import YEARS, Faults
from ekbom.problem import InputError, errors
from ekbom.protocol.model import Protocol
from ekbom.safety.tolerability import Advice
from ekbom.safety.tolerability_nights import Course, DoseNight, Happening, Kind
from ekbom.safety.tolerability_rules import rules
from ekbom.trial.additions import add_event
from ekbom.trial.event_kinds import KINDS
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of, last_of, of_kind
from ekbom.trial.log import write_changes, writing

_DAY = timedelta(days=1)

_EVENING = timedelta(hours=6)
"""How long an evening lasts in which a report may still come before the capsules."""


def course_of(*, trial: Trial, now: datetime) -> Course:
    """Return the nights of a trial up to the one whose capsules come next at ``now`` (aware).

    Phases come from the calendar, complaints from the diary, holds and step downs from the events;
    the recorded milligrams only from open titration.
    """
    tonight = capsules_night(trial=trial, now=now)
    calendar = trial.calendar(today=trial.clock.night_of(now))
    capsule_mg = _capsule_mg(trial)
    answers = {n.date: n.answers for n in trial.diary.nights}
    doses = {d.night: d for d in trial.doses}
    happened = _happened(trial, capsule_mg)
    nights = []
    # What was put on record before the first night stays in force in it.
    night = min(trial.start, tonight, *happened)
    while night <= tonight:
        phase, mg = _plan(trial, night, calendar.at(night))
        nights.append(
            DoseNight(
                night=night,
                phase=phase,
                mg=mg,
                answers=answers.get(night, {}),
                happened=tuple(happened.get(night, ())),
                taken_mg=_taken(doses.get(night), capsule_mg) if phase == "titration" else None,
            )
        )
        night += _DAY
    ladder = trial.protocol.dose.ladder if trial.protocol.dose else ()
    whole = tuple(mg for mg in ladder if capsule_mg is None or mg >= capsule_mg - 1e-9)
    return Course(
        ladder=whole,
        nights=tuple(nights),
        capsule_mg=capsule_mg,
        dose_open=trial.protocol.dose is not None and trial.fixed_dose() is None,
    )


def capsules_night(*, trial: Trial, now: datetime) -> date:
    """Return the night whose capsules come next at ``now`` (aware).

    That is the night that the clock is in until its capsules are past: its dose is on record, or
    it was reported on and its evening began six hours ago, or the next night is six hours away.
    """
    night, meant = trial.clock.night_of(now), evening_of(trial.clock, now)
    if meant == night and _are_past(trial, night, now):
        return trial.clock.night_of(trial.clock.ends(night))
    return meant


def course_of_diary(
    *,
    file: Path,
    protocol: Protocol,
    ladder: tuple[float, ...],
    step: int,
    capsules: float | None,
    baseline: int,
) -> Course:
    """Return the nights of a plain diary.csv; tonight is the night after its last row.

    The first ``baseline`` nights have no capsules, all others step number ``step`` (from 1) of
    ``ladder`` in elemental mg.  The diary may have the items of ``protocol``, and ``stool_type``.
    Raises InputError with every fault.
    """
    faults = Faults(file.name)
    items: Mapping[str, Item] = {
        **items_of(protocol),
        "stool_type": Item("stool_type", 1, 7, whole=True),
    }
    ever = NightRange(date(YEARS[0], 1, 1), date(YEARS[-2], 1, 1))
    diary = read_nightly(file.read_bytes(), items=items, nights=ever, faults=faults)
    if not diary.nights and not errors(faults.found):
        faults.add(None, "it has no nights", "Give a diary with a column night and one row a night")
    if errors(faults.found):
        raise InputError(errors(faults.found))
    mg = ladder[step - 1]
    return Course(
        ladder=ladder,
        nights=tuple(_plain_nights(diary, mg, baseline)),
        capsule_mg=None if capsules is None else mg / capsules,
    )


def record_advice(*, trial: Trial, advice: Advice, now: datetime) -> list[str]:
    """Write what the advice names into the folder's events and return the kinds written.

    Takes and refuses what `add_advice` does; where it refuses, nothing is written.
    """
    with writing(trial.path, now=now) as found:
        after = add_advice(found, advice=advice, now=now)
        write_changes(found, after)
        return [event.kind for event in after.events[len(found.events) :]]


def add_advice(trial: Trial, *, advice: Advice, now: datetime) -> Trial:
    """Return the trial with the events that the advice names.

    What is on record for tonight already is not written twice, unless a clinician agreed to a
    restart since.  Raises RefusedError where the plan forbids an event, as a step that is no step
    down.
    """
    begun = advice.night is not None and (trial.start <= advice.night <= trial.clock.night_of(now))
    for record in advice.record:
        detail = dict(record.detail)
        # A night that has not begun cannot be named; an event without one is of the next capsules.
        if begun and advice.night is not None and "night" in KINDS[record.kind]:
            detail["night"] = advice.night.isoformat()
        if not any(
            _same(trial, event, advice.night, record.kind, detail) for event in _in_force(trial)
        ):
            trial = add_event(trial, kind=record.kind, detail=detail, now=now)
    return trial


def _are_past(trial: Trial, night: date, now: datetime) -> bool:
    """Return whether the capsules of a night were decided on, by what was known at ``now``."""
    doses = (d for d in trial.doses if d.night == night)
    if any(d.instant is None or d.instant <= now for d in doses):
        return True
    # In the evening a report may precede the capsules, and late ones follow until the small hours.
    late = trial.clock.first_evening_after(now - _EVENING) > night
    return late and bool(_told(trial, now).get(night, set()) - _asked_before(trial.protocol))


def _told(trial: Trial, now: datetime) -> Mapping[date, set[str]]:
    """Return the items answered of each night by ``now``."""
    if not trial.entries:
        return {n.date: set(n.answers) for n in trial.diary.nights}
    found: dict[date, set[str]] = {}
    for entry in current_entries([e for e in trial.entries if e.received <= now]):
        if entry.value is not None:
            found.setdefault(entry.night, set()).add(entry.item)
    return found


def _asked_before(protocol: Protocol) -> set[str]:
    """Return the items that are asked in the evening, before the night that they are noted for."""
    return {o.id for o in protocol.outcomes if o.speaks_of == "today"}


def _in_force(trial: Trial) -> list[Event]:
    """Return the events since the last restart, which lifted all that was on record before it."""
    restart = last_of(trial.events, "restart")
    return [e for e in trial.events if restart is None or e.id > restart.id]


def _same(
    trial: Trial, event: Event, night: date | None, kind: str, detail: Mapping[str, object]
) -> bool:
    told = {k: v for k, v in event.detail.items() if k != "night"}
    wanted = {k: v for k, v in detail.items() if k != "night"}
    return event.kind == kind and told == wanted and _night(trial, event) == night


def _plan(trial: Trial, night: date, found: CalendarNight | None) -> tuple[str, float]:
    """Return a night's phase and planned mg, before any hold or step down."""
    ended = last_of(trial.events, "ended")
    last = None if ended is None else ended.day("last")
    if found is None:
        return ("before" if night < trial.start else "over"), 0.0
    if last is not None and night > last:
        return "over", 0.0
    if found.step is not None:
        mg = trial.protocol.phases.titration[found.step - 1].mg
        return found.phase, min([mg, *_fixed_by(trial, night)])
    return found.phase, (trial.fixed_dose() or 0.0) if found.phase == "randomised" else 0.0


def _fixed_by(trial: Trial, night: date) -> list[float]:
    """Return the doses fixed by a night: on the night itself the open dose may be higher still."""
    fixed = of_kind(trial.events, "dose fixed")
    return [float(e.detail["mg"]) for e in fixed if _night(trial, e) <= night]


def _capsule_mg(trial: Trial) -> float | None:
    """Return what one capsule stands for: as the dose was fixed, else as last taken openly."""
    fixed = last_of(trial.events, "dose fixed")
    if fixed is not None:
        capsules = fixed.detail.get("capsules")
        return float(fixed.detail["mg"]) / capsules if capsules else None
    known = [d.mg / d.capsules for d in trial.doses if d.mg and d.capsules]
    return known[-1] if known else None


def _taken(dose: DoseTaken | None, capsule_mg: float | None) -> float | None:
    if dose is None or dose.mg is not None:
        return None if dose is None else dose.mg
    if dose.capsules is None or capsule_mg is None:
        return None
    return dose.capsules * capsule_mg


def _happened(trial: Trial, capsule_mg: float | None) -> dict[date, list[Happening]]:
    """Return what is on record by the night from which it counts."""
    found: dict[date, list[Happening]] = {}
    restarted = date.min
    for event in trial.events:
        happening, night = _happening(event, capsule_mg), _night(trial, event)
        if happening is None:
            continue
        if happening.kind == "restart":
            restarted = max(restarted, night)
            happening = replace(happening, told_later=_told_later(trial, night, event.instant))
        elif happening.kind in ("hold", "clinician hold"):
            # A dose told later can move a restart's night; no stop after it may be undone by it.
            night = max(night, restarted)
        found.setdefault(night, []).append(happening)
    return found


def _told_later(trial: Trial, night: date, instant: datetime) -> frozenset[date]:
    """Return the loose nights up to ``night`` of which nobody knew that at ``instant``."""
    rule = rules()["loose_stools"]
    known = derive_diary([e for e in trial.entries if e.received <= instant])
    told = {n.date for n in known.nights if rule.reached(n.answers)}
    loose = {n.date for n in trial.diary.nights if n.date <= night and rule.reached(n.answers)}
    return frozenset(loose - told) if trial.entries else frozenset()


def _happening(event: Event, capsule_mg: float | None) -> Happening | None:
    match event.kind:
        case "emergency":
            return Happening(kind="clinician hold")
        case "hold":
            kind: Kind = "clinician hold" if event.detail.get("clinician") else "hold"
            note = event.detail.get("note", "")
            return Happening(kind=kind, rule=note if note in rules() else "")
        case "restart":
            return Happening(kind="restart")
        case "step down":
            capsules = float(event.detail["capsules"])
            return Happening(kind="step down", mg=capsule_mg and capsules * capsule_mg)
        case "ended":
            return Happening(kind="ended")
    return None


def _night(trial: Trial, event: Event) -> date:
    """Return the night from whose capsules on an event counts."""
    last = event.day("last") if event.kind == "ended" else None
    if last is not None:
        return last + _DAY
    return event.day("night") or capsules_night(trial=trial, now=event.instant)


def _plain_nights(diary: Diary, mg: float, baseline: int) -> Iterator[DoseNight]:
    answers = {n.date: n.answers for n in diary.nights}
    first, last = diary.nights[0].date, diary.nights[-1].date
    for number in range((last - first).days + 2):
        night = first + number * _DAY
        before = number < baseline
        yield DoseNight(
            night=night,
            phase="baseline" if before else "",
            mg=0.0 if before else mg,
            answers=answers.get(night, {}),
        )
