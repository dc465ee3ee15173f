"""How a long row of nights is laid out on a narrow picture: stretches, strips and labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.schedule import Schedule
from ekbom.language import say
from ekbom.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive nights of one phase or period: first and last place in the calendar, from 0.

    ``treated`` is ``None`` outside the randomised periods; ``block`` and ``period`` are then -1.
    """

    first: int
    last: int
    phase: str
    treated: bool | None
    period: int
    block: int

    @property
    def nights(self) -> int:
        """Return how many nights it has."""
        return self.last - self.first + 1


def stretches(*, schedule: Schedule, value: Floats) -> tuple[Stretch, ...]:
    """Return the stretches of a calendar, without those at its ends that hold nothing to show."""
    nights = schedule.calendar.nights
    groups = groupby(range(len(nights)), key=lambda i: (nights[i].phase, nights[i].period))
    found = [_stretch(schedule, list(places)) for _, places in groups]
    shown = [
        s.treated is not None or bool(np.isfinite(value[s.first : s.last + 1]).any()) for s in found
    ]
    inside = [i for i, show in enumerate(shown) if show]
    return tuple(found[inside[0] : inside[-1] + 1]) if inside else ()


def strips(parts: Sequence[Stretch], *, most: int) -> list[tuple[Stretch, ...]]:
    """Return the stretches in as few strips of at most ``most`` nights as will hold them.

    The strips are as even as they can be; pairs and blocks stay together, and no stretch is cut,
    however long.
    """
    units = list(_units(parts, most))
    most = max(most, *(_nights(unit) for unit in units))
    wanted = len(_packed(units, most))
    even = next(
        n for n in range(1, most + 1) if _fits(units, n) and len(_packed(units, n)) == wanted
    )
    return [tuple(s for unit in strip for s in unit) for strip in _packed(units, even)]


def initials(protocol: Protocol) -> tuple[str, str]:
    """Return one letter each for the treatment and the reference, never the same."""
    first = say(protocol.treatment.label)[:1].upper(), say(protocol.reference.label)[:1].upper()
    return first if first[0] != first[1] else ("A", "B")


def fitting(texts: Sequence[str], *, room: float, size: float) -> str:
    """Return the first of ``texts`` that fits in ``room`` px at a font of ``size`` px, or ""."""
    return next((t for t in texts if text_width(t, size=size) <= room), "")


def text_width(text: str, *, size: float) -> float:
    """Return about how wide a text in Arial is, px; more than any usual word needs."""
    return 0.6 * size * len(text)


def _stretch(schedule: Schedule, places: list[int]) -> Stretch:
    first, last = places[0], places[-1]
    period = int(schedule.period[first])
    return Stretch(
        first=first,
        last=last,
        phase=schedule.calendar.nights[first].phase,
        treated=bool(schedule.treated[first]) if period >= 0 else None,
        period=period,
        block=int(schedule.block[first]),
    )


def _units(parts: Sequence[Stretch], most: int) -> Iterator[tuple[Stretch, ...]]:
    """Yield what must stay on one strip."""
    for block, group in groupby(parts, key=lambda s: s.block):
        members = tuple(group)
        if block >= 0 and _nights(members) <= most:
            yield members
        else:
            yield from ((s,) for s in members)


def _packed(units: Sequence[tuple[Stretch, ...]], most: int) -> list[list[tuple[Stretch, ...]]]:
    packed: list[list[tuple[Stretch, ...]]] = []
    room = 0
    for unit in units:
        if not packed or _nights(unit) > room:
            packed.append([])
            room = most
        packed[-1].append(unit)
        room -= _nights(unit)
    return packed


def _fits(units: Sequence[tuple[Stretch, ...]], most: int) -> bool:
    return all(_nights(unit) <= most for unit in units)


def _nights(unit: Sequence[Stretch]) -> int:
    return sum(s.nights for s in unit)
