"""The calendar: what every night is, without knowing which treatment it has."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from ekbom.design.clock import Clock
from ekbom.protocol.model import Protocol
from ekbom.protocol.periods import block_of, period_count

Phase = Literal["baseline", "titration", "waiting", "washout", "randomised", "paused", "unassigned"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """Nights without doses, from ``first`` up to the night before ``resumed`` (``None``: open)."""

    first: date
    resumed: date | None


@dataclass(frozen=True, slots=True)
class Happened:
    """What has happened to a trial so far, as far as its calendar depends on it.

    ``dose_fixed`` and ``packs_ready`` are UTC instants; ``period_ends`` are the last nights of
    periods that ended early; ``ended`` is the last night with capsules; ``capsules`` is the fixed
    number a night and ``spare_nights`` how many nights the spare of a pack covers.  ``step_downs``
    are the nights from which fewer capsules are taken, and how many.
    """

    dose_fixed: datetime | None = None
    packs_ready: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    period_ends: tuple[date, ...] = ()
    ended: date | None = None
    capsules: float | None = None
    spare_nights: int | None = None
    step_downs: tuple[tuple[date, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarNight:
    """What a night is: its phase, period, pack and capsules, and whether it is analysed.

    ``period`` counts from 1 in the order of the sequence; ``block`` is the pair or block it
    belongs to; ``step`` is the titration step; ``expected`` marks nights whose date still hangs
    on something that has not happened yet.  ``capsules`` is the whole dose that was fixed, of which
    what was taken is a share; ``stepped_down`` is how many it still is after a step down.
    """

    night: date
    phase: Phase
    period: int | None = None
    block: int | None = None
    step: int | None = None
    pack: int | None = None
    capsules: float | None = None
    analysed: bool = False
    expected: bool = False
    stepped_down: float | None = None

    @property
    def due(self) -> float | None:
        """Return the capsules to take: the fixed number, or fewer after a step down."""
        numbers = [n for n in (self.capsules, self.stepped_down) if n is not None]
        return min(numbers, default=None)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every night from the first to the last planned one, without gaps.

    ``marked`` names the periods that went on after a long pause without running their first
    nights again, for want of capsules.
    """

    nights: tuple[CalendarNight, ...]
    marked: frozenset[int] = frozenset()

    @property
    def first(self) -> date:
        """Return the first night."""
        return self.nights[0].night

    @property
    def last(self) -> date:
        """Return the last planned night."""
        return self.nights[-1].night

    @property
    def randomised(self) -> tuple[CalendarNight, ...]:
        """Return the nights that belong to a randomised period."""
        return tuple(n for n in self.nights if n.phase == "randomised")

    def index(self, night: date) -> int:
        """Return the place of ``night`` counted from 0, also where it lies outside."""
        return (night - self.first).days

    def at(self, night: date) -> CalendarNight | None:
        """Return what ``night`` is, or ``None`` outside the calendar."""
        i = self.index(night)
        return self.nights[i] if 0 <= i < len(self.nights) else None


def spare_nights(protocol: Protocol) -> int:
    """Return how many further nights the spare capsules of one pack cover by the plan."""
    if protocol.dose is None:
        return 0
    # 0.29 x 100 is a little less than 29 in binary.
    return int(protocol.dose.spare_share * protocol.design.period_nights + 1e-9)


def build_calendar(
    *,
    protocol: Protocol,
    start: date,
    clock: Clock,
    happened: Happened = Happened(),
    today: date | None = None,
) -> Calendar:
    """Return the calendar of a trial that began on the night ``start``.

    What has not happened yet is expected as early as it can be (not before ``today``), and the
    nights that hang on it are marked ``expected``.
    """
    if protocol.design.lived:
        return _lived_calendar(protocol, start)
    walk = _Walk(protocol, clock, happened, start, today)
    walk.stretch("baseline", protocol.phases.baseline_nights)
    walk.titration()
    walk.washout()
    for period in range(1, period_count(protocol.design) + 1):
        if period > 1:
            walk.stretch("washout", protocol.design.washout_nights)
        walk.period(period)
    return Calendar(tuple(walk.nights), frozenset(walk.marked))


def _lived_calendar(protocol: Protocol, start: date) -> Calendar:
    plan = protocol.design
    nights = []
    # A calendar is never empty, wherever somebody lets the trial begin.
    night = min(start, plan.lived[0].first)
    for lived in plan.lived:
        gap: Phase = "baseline" if lived is plan.lived[0] else "unassigned"
        while night < lived.first:
            nights.append(CalendarNight(night, gap))
            night += _DAY
        while night <= lived.last:
            nights.append(
                CalendarNight(
                    night,
                    "randomised",
                    period=lived.position,
                    block=block_of(plan, lived.position),
                    pack=lived.position,
                    analysed=(night - lived.first).days >= plan.unanalysed_nights,
                )
            )
            night += _DAY
    return Calendar(tuple(nights))


@dataclass(slots=True)
class _Walk:
    """Walks from night to night, leaving out the paused ones."""

    protocol: Protocol
    clock: Clock
    happened: Happened
    night: date
    today: date | None
    nights: list[CalendarNight] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)
    expected: bool = False
    paused_for: int = 0

    def stretch(self, phase: Phase, length: int, *, step: int | None = None) -> None:
        """Walk ``length`` nights of one phase before the randomised ones."""
        for _ in range(length):
            self._skip_pauses()
            self._put(CalendarNight(self.night, phase, step=step))

    def titration(self) -> None:
        """Walk the open doses, until the dose is fixed; then wait for that if it is late."""
        if self.protocol.dose is None:
            return
        fixed = self.happened.dose_fixed
        washout_from = None if fixed is None else self.clock.first_evening_after(fixed)
        for number, step in enumerate(self.protocol.phases.titration, start=1):
            for _ in range(step.nights):
                self._skip_pauses()
                if washout_from is None or self.night < washout_from:
                    self.stretch("titration", 1, step=number)
        self._wait("waiting", washout_from)

    def washout(self) -> None:
        """Walk the nights without the substance, and on until the packs are ready."""
        self.stretch("washout", self.protocol.phases.washout_nights)
        if self.protocol.dose is not None:
            ready = self.happened.packs_ready
            first = None if ready is None else self.clock.first_evening_after(ready)
            self._wait("washout", first)

    def period(self, number: int) -> None:
        """Walk one randomised period, running its first nights again after a long pause."""
        plan = self.protocol.design
        again = plan.unanalysed_nights
        left = deque([False] * again + [True] * (plan.period_nights - again))
        spare = self._spare_nights()
        lived = 0
        first = None
        while left:
            self._skip_pauses()
            if self._ended_early(first):
                break
            first = first or self.night
            if self.paused_for > plan.short_pause_nights and lived:
                repeat = again - left.count(False)
                if repeat <= spare:
                    left.extendleft([False] * repeat)
                    spare -= repeat
                else:
                    self.marked.add(number)
            self.paused_for = 0
            self._put_randomised(number, analysed=left.popleft())
            lived += 1

    def _put_randomised(self, number: int, *, analysed: bool) -> None:
        ended = self.happened.ended
        over = ended is not None and self.night > ended
        self._put(
            CalendarNight(
                self.night,
                "randomised",
                period=number,
                block=block_of(self.protocol.design, number),
                pack=number,
                capsules=None if over else self.happened.capsules,
                analysed=analysed,
                stepped_down=None if over else self._stepped_down(),
            )
        )

    def _stepped_down(self) -> float | None:
        """Return the fewest capsules that a step down named so far; the number never rises."""
        so_far = [n for first, n in self.happened.step_downs if first <= self.night]
        return min(so_far, default=None)

    def _ended_early(self, first: date | None) -> bool:
        ends = self.happened.period_ends
        return first is not None and any(first <= last < self.night for last in ends)

    def _spare_nights(self) -> int:
        known = self.happened.spare_nights
        return spare_nights(self.protocol) if known is None else known

    def _wait(self, phase: Phase, until: date | None) -> None:
        if until is None:
            self.expected = True
            until = self.today or self.night
        self._skip_pauses()
        while self.night < until:
            self.stretch(phase, 1)
            self._skip_pauses()

    def _skip_pauses(self) -> None:
        while (pause := self._pause()) is not None:
            while self.night < self._resumed(pause):
                self._put(CalendarNight(self.night, "paused"))
                self.paused_for += 1
            self.expected |= pause.resumed is None

    def _pause(self) -> Pause | None:
        for pause in self.happened.pauses:
            if pause.first <= self.night < self._resumed(pause):
                return pause
        return None

    def _resumed(self, pause: Pause) -> date:
        """Return the night on which a pause is over, an open one tomorrow at the earliest."""
        return pause.resumed or max(pause.first, self.today or pause.first) + _DAY

    def _put(self, night: CalendarNight) -> None:
        if self.expected:
            night = replace(night, expected=True)
        self.nights.append(night)
        self.night += _DAY
