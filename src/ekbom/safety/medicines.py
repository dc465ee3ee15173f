"""Whether a person's own medicine times leave room for the evening's magnesium, and where."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Literal

from ekbom.problem import InputError, Problem
from ekbom.safety.interactions import Interaction, interactions_of, is_listed

Result = Literal["go", "move the dose", "clinician first", "stop"]
_DAY = 24 * 60
"""Minutes of a day; all arithmetic here is in whole minutes after midnight."""

Stretch = tuple[int, int]
"""First and last minute of a stretch that does not cross midnight, both within it."""


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine as its owner names it, and the times of day (to the minute) it is taken at."""

    name: str
    times: tuple[time, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Times of day from ``first`` to ``last``, both within it; past midnight if last < first."""

    first: time
    last: time

    def __contains__(self, clock: time) -> bool:
        """Return whether a time of day lies in the window."""
        return _since(self.first, clock) <= _since(self.first, self.last)


EVENING = Window(time(18), time(23, 59))
"""When an evening dose is taken, if nothing else is said."""


@dataclass(frozen=True, slots=True)
class Collision:
    """A medicine that is taken too close to the dose.

    ``side`` says where the medicine stands: after the dose, before it, or at the same time.
    ``interaction`` asks for at least ``hours_needed``; between the two are ``hours_apart``.
    """

    medicine: str
    taken: time
    dose: time
    hours_apart: float
    hours_needed: float
    side: Literal["after", "before", "same time"]
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Found:
    """What one entry of the table says of one of the person's medicines."""

    medicine: str
    interaction: Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineCheck:
    """What a person's medicines mean for a dose of magnesium at ``dose_time``.

    ``stops`` may not be combined with magnesium; during ``pauses`` (antibiotics) no capsules are
    taken; for ``clinician`` a doctor or pharmacist is asked first; ``keep`` stays as it is;
    ``unknown`` are names that the table does not have: whether they belong to one of its groups
    is asked first, and until then they count as any other medicine.  ``free`` are all windows of
    the day in which a dose collides with nothing, ``free_evening`` what of them lies in
    ``evening``.
    """

    dose_time: time
    evening: Window
    found: tuple[Found, ...]
    unknown: tuple[str, ...]
    collisions: tuple[Collision, ...]
    free: tuple[Window, ...]
    free_evening: tuple[Window, ...]

    @property
    def stops(self) -> tuple[Found, ...]:
        """Return the medicines with which no magnesium is taken."""
        return tuple(f for f in self.found if f.interaction.action == "stop")

    @property
    def pauses(self) -> tuple[Found, ...]:
        """Return the antibiotics during which no capsules are taken."""
        courses = (f for f in self.found if f.interaction.antibiotic)
        return tuple(f for f in courses if f.interaction.action != "stop")

    @property
    def clinician(self) -> tuple[Found, ...]:
        """Return the medicines for which a clinician is asked first."""
        return tuple(f for f in self.found if f.interaction.action == "clinician")

    @property
    def keep(self) -> tuple[Found, ...]:
        """Return the medicines of which we know only that they should stay as they are."""
        return tuple(f for f in self.found if f.interaction.action == "keep")

    @property
    def result(self) -> Result:
        """Return the answer; the worst reason decides."""
        if self.stops or self.pauses:
            return "stop"
        if self.clinician or self.unknown:
            return "clinician first"
        return "move the dose" if self.collisions else "go"


def check_medicines(
    *, medicines: Sequence[Medicine], dose_time: time, evening: Window = EVENING
) -> MedicineCheck:
    """Return which medicines stand too close to the dose, and when it could be taken instead.

    Every medicine is taken every day at its times, so last evening's tablet counts before
    tonight's dose and tomorrow morning's after it.  A dose d and a medicine at t collide where
    (t - d) mod 24 h is less than the hours it needs after magnesium, or (d - t) mod 24 h less than
    those it needs before; each medicine thus forbids the open interval (t - after, t + before),
    and the free windows are what all of them together leave of the day.

    Raises InputError for a medicine whose times matter and are not given.
    """
    found = tuple(Found(m.name, e) for m in medicines for e in interactions_of(m.name))
    _refuse_without_times(medicines)
    taken = [(m.name, t, e) for m in medicines for e in interactions_of(m.name) for t in m.times]
    free = _complement(s for _, t, e in taken for s in _forbidden(t, e))
    in_evening = _windows(_common(free, _stretches(evening)))
    return MedicineCheck(
        dose_time=dose_time,
        evening=evening,
        found=found,
        unknown=tuple(m.name for m in medicines if not is_listed(m.name)),
        collisions=tuple(c for n, t, e in taken for c in _collisions(n, t, dose_time, e)),
        free=_windows(free),
        free_evening=tuple(sorted(in_evening, key=lambda w: _since(evening.first, w.first))),
    )


def _refuse_without_times(medicines: Iterable[Medicine]) -> None:
    problems = [
        Problem("your medicines", None, f"{m.name!r} has no time", f"Write it as '{m.name} 08:00'")
        for m in medicines
        if not m.times and any(e.needs_times for e in interactions_of(m.name))
    ]
    if problems:
        raise InputError(problems)


def _collisions(name: str, taken: time, dose: time, entry: Interaction) -> Iterator[Collision]:
    """Yield the sides on which the medicine stands too close; once where it is the same time."""
    after, before = entry.hours_after_mg or 0.0, entry.hours_before_mg or 0.0
    gap = _since(dose, taken)
    if gap == 0 and entry.needs_times:
        yield Collision(name, taken, dose, 0.0, max(after, before), "same time", entry)
    if 0 < gap < after * 60:
        yield Collision(name, taken, dose, gap / 60, after, "after", entry)
    if 0 < _DAY - gap < before * 60:
        yield Collision(name, taken, dose, (_DAY - gap) / 60, before, "before", entry)


def _forbidden(taken: time, entry: Interaction) -> list[Stretch]:
    """Return the minutes at which no dose may be taken beside this medicine."""
    if entry.hours_after_mg is None or entry.hours_before_mg is None:
        return []
    after, before = round(60 * entry.hours_after_mg), round(60 * entry.hours_before_mg)
    return _cut(_minute(taken) - after + 1, after + before - 2)


def _cut(first: int, length: int) -> list[Stretch]:
    """Return the stretches from ``first`` over ``length`` further minutes, cut at midnight."""
    first %= _DAY
    last = first + min(length, _DAY - 1)
    return [(first, last)] if last < _DAY else [(first, _DAY - 1), (0, last - _DAY)]


def _stretches(window: Window) -> list[Stretch]:
    return _cut(_minute(window.first), _since(window.first, window.last))


def _complement(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return what a day has left when all the stretches are taken out, in order."""
    left, begin = [], 0
    for first, last in sorted(stretches):
        if first > begin:
            left.append((begin, first - 1))
        begin = max(begin, last + 1)
    return [*left, (begin, _DAY - 1)] if begin < _DAY else left


def _common(one: Iterable[Stretch], other: Sequence[Stretch]) -> list[Stretch]:
    """Return what two sets of stretches share, in order."""
    pairs = ((max(a, c), min(b, d)) for (a, b), (c, d) in itertools.product(one, other))
    return sorted((first, last) for first, last in pairs if first <= last)


def _windows(stretches: Sequence[Stretch]) -> tuple[Window, ...]:
    """Return stretches as windows; what midnight cuts in two is one."""
    joined = list(stretches)
    if len(joined) > 1 and joined[0][0] == 0 and joined[-1][1] == _DAY - 1:
        (_, end), (begin, _) = joined.pop(0), joined.pop()
        joined.append((begin, end))
    return tuple(Window(_clock(first), _clock(last)) for first, last in joined)


def _since(earlier: time, later: time) -> int:
    """Return the minutes from one time of day to the next time that another is shown."""
    return (_minute(later) - _minute(earlier)) % _DAY


def _minute(clock: time) -> int:
    return 60 * clock.hour + clock.minute


def _clock(minute: int) -> time:
    return time(*divmod(minute, 60))
