"""What a person was to do on each evening, worked out from the rows of a StudyU export.

StudyU stamps every row with the intervention of its own day but exports no schedule.  A night is
governed by the evening that begins it, which may have no row at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ekbom.diary.studyu_map import BASELINE, StudyUMap
from ekbom.diary.table import Faults


@dataclass(frozen=True, slots=True)
class Stamp:
    """That a row on study day ``day`` (from 0) names an intervention."""

    day: int
    intervention: str
    line: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Study days, first to last, on one intervention."""

    intervention: str
    first: int
    last: int


def schedule(
    stamps: Sequence[Stamp], *, mapping: StudyUMap, faults: Faults
) -> tuple[tuple[Stretch, ...], int | None]:
    """Return what was scheduled from study day 0 to the last day with a row.

    Days without a row belong to the phase around them.  Where a phase might have changed on a day
    without a row, its length comes from the map, or from the one length with which treatments that
    take turns agree with every row.

    Returns
    -------
    The stretches in order, without gaps, and the constant length of a phase in nights, ``None``
    where the phases differ in length.  Where the rows leave anything open the stretches are empty
    and ``faults`` says what to do.
    """
    known = _by_day(stamps, faults)
    length = mapping.phase_nights
    if length is not None:
        return _planned(known, length, mapping.order, faults), length
    lengths = [n for n in range(1, max(known) + 2) if _take_turns(known, n)]
    if len(lengths) == 1:
        return _alternating(known, lengths[0], faults), lengths[0]
    gap = _open_gap(known)
    if lengths or gap:
        _ask_for_length(gap, lengths, faults)
        return (), None
    return _runs({day: stamp.intervention for day, stamp in known.items()}, max(known)), None


def _by_day(stamps: Sequence[Stamp], faults: Faults) -> dict[int, Stamp]:
    known: dict[int, Stamp] = {}
    for stamp in sorted(stamps, key=lambda s: (s.day, s.line)):
        first = known.setdefault(stamp.day, stamp)
        if first.intervention != stamp.intervention:
            faults.add(
                stamp.line,
                f"study day {stamp.day} has {stamp.intervention!r} here but "
                f"{first.intervention!r} in line {first.line}",
                "Find out which was done that day and mend the other line",
            )
    return known


def _take_turns(known: Mapping[int, Stamp], length: int) -> bool:
    """Return whether two treatments in phases of ``length`` days, in turn, agree with all rows."""
    blocks: dict[int, set[str]] = {}
    for day, stamp in known.items():
        blocks.setdefault(day // length, set()).add(stamp.intervention)
    turns: dict[str, set[int]] = {}
    for block, names in blocks.items():
        for name in names - {BASELINE}:
            turns.setdefault(name, set()).add(block % 2)
    pure = all(len(names) == 1 for names in blocks.values())
    return pure and all(len(t) == 1 for t in turns.values()) and len(turns) == _distinct(turns)


def _distinct(turns: Mapping[str, set[int]]) -> int:
    return len(set().union(*turns.values()))


def _open_gap(known: Mapping[int, Stamp]) -> tuple[int, int] | None:
    """Return the first days without rows in which a change of phase may hide, if there are any.

    Between unlike days any gap may hide it; between like days only one as long as a whole phase.
    """
    days = sorted(known)
    switches = [
        b for a, b in itertools.pairwise(days) if known[a].intervention != known[b].intervention
    ]
    shortest = min((b - a for a, b in itertools.pairwise([0, *switches])), default=max(days) + 1)
    for a, b in itertools.pairwise(days):
        same = known[a].intervention == known[b].intervention
        if b - a - 1 >= (shortest if same else 1):
            return a + 1, b - 1
    return None


def _ask_for_length(gap: tuple[int, int] | None, lengths: list[int], faults: Faults) -> None:
    where = "" if gap is None else f" on a study day from {gap[0]} to {gap[1] + 1}"
    agree = "no constant length of the phases agrees with the rows"
    if lengths:
        agree = f"phases of {' or '.join(map(str, lengths))} nights agree with the rows"
    faults.add(
        None,
        f"the treatment may have changed{where}; {agree}",
        "Write phase_nights, the nights of each phase, into the map",
    )


def _alternating(known: Mapping[int, Stamp], length: int, faults: Faults) -> tuple[Stretch, ...]:
    last = max(known)
    found = {day // length: stamp.intervention for day, stamp in known.items()}
    turn = {block % 2: name for block, name in found.items() if name != BASELINE}
    for block in range(last // length + 1):
        if block not in found and block % 2 in turn:
            found[block] = turn[block % 2]
            faults.add(
                None,
                f"no row from study day {block * length} to {(block + 1) * length - 1} says what "
                "was done",
                f"It was taken to be {found[block]!r}, as the treatments take turns",
                severity="warning",
            )
    return _filled(found, length, last, faults)


def _planned(
    known: Mapping[int, Stamp], length: int, order: Sequence[str], faults: Faults
) -> tuple[Stretch, ...]:
    found = dict(enumerate(order))
    for day, stamp in sorted(known.items()):
        planned = found.setdefault(day // length, stamp.intervention)
        if planned != stamp.intervention:
            faults.add(
                stamp.line,
                f"study day {day} has {stamp.intervention!r}, but phases of {length} nights put "
                f"{planned!r} there",
                "Mend phase_nights or order in the map",
            )
    return _filled(found, length, max(known), faults)


def _filled(
    found: Mapping[int, str], length: int, last: int, faults: Faults
) -> tuple[Stretch, ...]:
    """Return the phases up to study day ``last``, if every one of them is known."""
    stretches = []
    for block in range(last // length + 1):
        first, end = block * length, min((block + 1) * length - 1, last)
        if block not in found:
            faults.add(
                None,
                f"no row from study day {first} to {end} says what was done",
                "Write order, the intervention of each phase in turn, into the map",
            )
            return ()
        stretches.append(Stretch(found[block], first, end))
    return tuple(stretches)


def _runs(known: Mapping[int, str], last: int) -> tuple[Stretch, ...]:
    """Return the stretches between the changes, which all fall on days with rows."""
    days = sorted(known)
    firsts = [0, *(b for a, b in itertools.pairwise(days) if known[a] != known[b])]
    names = [known[min(d for d in days if d >= first)] for first in firsts]
    ends = [first - 1 for first in firsts[1:]] + [last]
    return tuple(itertools.starmap(Stretch, zip(names, firsts, ends, strict=True)))
