"""All that tonight's steps are read from: the trial, the clock, the calendar and the advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from ekbom.design.calendar import Calendar
from ekbom.guide.break_glass import breaks_of
from ekbom.guide.place import Place, is_drawn, place_of
from ekbom.protocol.doses import is_named
from ekbom.safety.tolerability import Advice, advise
from ekbom.safety.tolerability_course import course_of
from ekbom.safety.tolerability_rules import STOPS
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of, last_of, of_kind
from ekbom.trial.packing import next_move

_DAY = timedelta(days=1)

Screened = Literal["not needed", "fit", "old", "none", "not agreed", "unfit"]
"""Where the safety screening stands; ``old`` is too old for the first capsules and the draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A trial at one instant.

    ``current`` is the night that the clock is in, ``night`` the one whose evening is meant: from
    the morning on the coming one.  ``last`` is the night before it that the clock had.  ``advice``
    is about the capsules that come next, which are the next night's once tonight's are past; it is
    ``None`` where nothing is swallowed.
    """

    trial: Trial
    now: datetime
    current: date
    night: date
    last: date
    calendar: Calendar
    place: Place
    advice: Advice | None
    screened: Screened

    @property
    def stopped(self) -> bool:
        """Return whether the advice, or a change on record, allows no capsules tonight."""
        advised = self.advice is not None and self.advice.action in STOPS
        return advised or self.kept_away

    @property
    def kept_away(self) -> bool:
        """Return whether a change in health, or a broken blind, allows no capsules tonight."""
        return bool(self.kept_away_by)

    @property
    def kept_away_by(self) -> tuple[Event, ...]:
        """Return the changes on record that allow no capsules tonight, each until its own end.

        Its end is its day, or without one a clinician's agreement to a restart; or a later ``no
        capsules`` with the same note until a night that has come, which says that it is over.
        A blind broken in an emergency is such a change too, and ends with the agreement alone.
        """
        told = of_kind(self.trial.events, "no capsules")
        away = [*(e for e in told if not self._is_lifted(e, told)), *breaks_of(self.trial.events)]
        return tuple(event for event in away if self._is_open(event))

    @property
    def away_until(self) -> date | None:
        """Return the first night with capsules again after all changes, if it is known."""
        days = [event.day("until") for event in self.kept_away_by]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None

    def _is_open(self, event: Event) -> bool:
        until, agreed = event.day("until"), last_of(self.trial.events, "restart")
        if until is not None:
            return self.night < until
        return agreed is None or agreed.id < event.id

    def _is_lifted(self, event: Event, told: Sequence[Event]) -> bool:
        return any(
            later.id > event.id
            and later.detail.get("note") == event.detail.get("note")
            and (day := later.day("until")) is not None
            and day <= evening_of(self.trial.clock, later.instant)
            for later in told
        )

    @property
    def advice_tonight(self) -> Advice | None:
        """Return the advice if it is about tonight's capsules, ``None`` if those are past."""
        known = self.advice is not None and self.advice.night == self.night
        return self.advice if known else None

    @property
    def next_planned(self) -> bool:
        """Return whether the plan has capsules in the night that the advice is about."""
        if self.advice is None or self.advice.night == self.night:
            return self.planned
        return bool(self.advice.planned_mg)

    @property
    def planned(self) -> bool:
        """Return whether the plan has capsules tonight, before any advice."""
        swallowed = self.trial.protocol.dose is not None
        return swallowed and self.place.phase in ("titration", "randomised")

    @property
    def barred(self) -> bool:
        """Return whether the screening on record, or the lack of one, forbids capsules.

        One that has grown too old forbids the first capsules, not those that follow.
        """
        if self.screened == "old":
            return self.trial.protocol.dose is not None and not self.has_begun
        return self.screened in ("none", "not agreed", "unfit")

    @property
    def has_begun(self) -> bool:
        """Return whether the trial has had capsules: on record, or told by the dose they led to."""
        steps, fixed = self.trial.protocol.phases.titration, self.trial.fixed_dose()
        taken = any(dose.capsules or dose.mg for dose in self.trial.doses)
        return taken or (bool(steps) and fixed is not None)

    @property
    def evening_has_begun(self) -> bool:
        """Return whether tonight's evening has come."""
        return self.trial.clock.first_evening_after(self.now) > self.night

    @property
    def draw_is_open(self) -> bool:
        """Return whether the order can be drawn as far as the plan is concerned."""
        protocol = self.trial.protocol
        fixed = protocol.dose is None or self.trial.fixed_dose() is not None
        running = self.place.phase not in ("imported", "before", "ended", "over")
        return protocol.randomised and running and fixed and not is_drawn(self.trial)

    @property
    def packs_are_open(self) -> bool:
        """Return whether the order is drawn and the packs are still to be made."""
        ready = last_of(self.trial.events, "packs ready") is not None
        running = self.place.phase not in ("ended", "over")
        swallowed = self.trial.protocol.dose is not None
        return swallowed and running and is_drawn(self.trial) and not ready

    @property
    def packs_are_begun_anew(self) -> bool:
        """Return whether packs that were ready are made again by the person, and not yet done."""
        alone = self.trial.protocol.blinding == "alone"
        running = self.place.phase not in ("imported", "ended", "over")
        ready = last_of(self.trial.events, "packs ready") is not None
        return alone and running and ready and next_move(self.trial) is not None

    @property
    def is_over(self) -> bool:
        """Return whether the last planned night is past or the trial was ended."""
        ended = last_of(self.trial.events, "ended") is not None
        return ended or self.current > self.calendar.last


def situation_of(*, trial: Trial, now: datetime) -> Situation:
    """Return a trial as it stands at ``now`` (aware); nothing is read but what is in ``trial``."""
    night = evening_of(trial.clock, now)
    calendar = trial.calendar(today=night)
    swallowed = trial.protocol.dose is not None and not trial.protocol.imported
    return Situation(
        trial=trial,
        now=now,
        current=trial.clock.night_of(now),
        night=night,
        last=_night_before(trial, night),
        calendar=calendar,
        place=place_of(trial=trial, calendar=calendar, night=night),
        advice=advise(course=course_of(trial=trial, now=now)) if swallowed else None,
        screened=screened(trial=trial, now=now),
    )


def screened(*, trial: Trial, now: datetime) -> Screened:
    """Return where the safety screening of a trial stands at ``now`` (aware)."""
    event, brought = last_of(trial.events, "screening"), last_of(trial.events, "brought in")
    if brought is not None and (event is None or event.id < brought.id):
        return "none"  # somebody else may have answered, or somewhere else
    if event is None:
        return "none" if trial.protocol.screening_required else "not needed"
    result = event.detail["result"]
    if result == "clinician first" and not is_named(event.detail.get("agreed_by", "")):
        return "not agreed"
    if result not in ("go", "clinician first"):
        return "unfit"
    days = trial.clock.local(now).date() - (event.day("on") or trial.start)
    return "old" if days.days > trial.protocol.screening_days else "fit"


def _night_before(trial: Trial, night: date) -> date:
    before = night - _DAY
    while trial.clock.begins(before) is None:
        before -= _DAY
    return before
