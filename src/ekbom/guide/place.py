"""Where in its trial a night lies: the phase, and the day within it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from ekbom.design.calendar import Calendar, CalendarNight
from ekbom.protocol.model import Protocol
from ekbom.protocol.periods import period_count
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of

Phase = Literal[
    "imported",
    "before",
    "baseline",
    "titration",
    "waiting",
    "washout",
    "randomised",
    "paused",
    "ended",
    "over",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What one night is: night ``day`` of ``of`` in its phase, step or period, counted from 1.

    ``of`` is what the plan has, so that a stretch that goes on waiting has more days than that;
    ``mg`` is the elemental dose of the titration step, ``capsules`` those of a randomised night's
    pack, before any advice.  What does not apply is ``None``.
    """

    phase: Phase
    day: int | None = None
    of: int | None = None
    step: int | None = None
    steps: int | None = None
    mg: float | None = None
    period: int | None = None
    periods: int | None = None
    pack: int | None = None
    capsules: float | None = None


def place_of(*, trial: Trial, calendar: Calendar, night: date) -> Place:
    """Return where ``night`` lies; ``calendar`` is the trial's own with ``today=night``.

    A night that the calendar expects to be randomised is still one of waiting while the dose is not
    fixed, the order not drawn or the packs not ready.
    """
    outside = _outside(trial, calendar, night)
    found = calendar.at(night)
    if outside is not None or found is None:
        return Place(phase=outside or "over")
    found = _as_it_stands(trial, found)
    day = _day(calendar, found)
    match found.phase:
        case "titration":
            return _titration(trial.protocol, found, day)
        case "randomised":
            return _randomised(trial.protocol, calendar, found, day)
        case "baseline" | "washout" | "paused" as phase:
            of = _planned(trial.protocol, calendar, found)
            return Place(phase=phase, day=day, of=of)
    return Place(phase="waiting", day=day)


def is_drawn(trial: Trial) -> bool:
    """Return whether the order of treatments was drawn; which it is, is not known here."""
    return last_of(trial.events, "randomised") is not None


def _outside(trial: Trial, calendar: Calendar, night: date) -> Phase | None:
    ended = last_of(trial.events, "ended")
    last = None if ended is None else ended.day("last")
    if trial.protocol.imported:
        return "imported"
    if last is not None and night > last:
        return "ended"
    if night < trial.start:
        return "before"
    return "over" if night > calendar.last else None


def _as_it_stands(trial: Trial, found: CalendarNight) -> CalendarNight:
    """Hold back a night that the calendar expects as early as it can be."""
    undrawn = trial.protocol.randomised and not is_drawn(trial)
    open_dose = trial.protocol.dose is not None and trial.fixed_dose() is None
    if found.phase in ("washout", "randomised") and open_dose:
        return CalendarNight(found.night, "waiting")
    if found.phase != "randomised":
        return found
    if trial.protocol.dose is None:
        return CalendarNight(found.night, "waiting") if undrawn else found
    if last_of(trial.events, "packs ready") is None:
        return replace(found, phase="washout", period=None)
    return found


def _titration(protocol: Protocol, found: CalendarNight, day: int) -> Place:
    plan = protocol.phases.titration
    number = found.step or 1
    step = plan[number - 1]
    return Place(
        phase="titration", day=day, of=step.nights, step=number, steps=len(plan), mg=step.mg
    )


def _planned(protocol: Protocol, calendar: Calendar, found: CalendarNight) -> int | None:
    """Return how many nights the plan has for a baseline or a washout."""
    if found.phase == "baseline":
        return protocol.phases.baseline_nights
    if found.phase == "paused":
        return None
    first = all(n.night >= found.night for n in calendar.randomised)
    return protocol.phases.washout_nights if first else protocol.design.washout_nights


def _randomised(protocol: Protocol, calendar: Calendar, found: CalendarNight, day: int) -> Place:
    return Place(
        phase="randomised",
        day=day,
        of=sum(n.period == found.period for n in calendar.randomised),
        period=found.period,
        periods=period_count(protocol.design),
        pack=found.pack,
        capsules=found.due,
    )


def _day(calendar: Calendar, found: CalendarNight) -> int:
    """Count the nights of this stretch up to ``found``; a pause within it does not count."""
    day = 1
    for night in reversed(calendar.nights[: calendar.index(found.night)]):
        same = (night.phase, night.step, night.period) == (found.phase, found.step, found.period)
        if night.phase == "paused" and not same:
            continue
        if not same:
            break
        day += 1
    return day
