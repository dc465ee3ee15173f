"""Packs made by hand as things on a table: filled, shuffled, numbered, used and read.

A trial is made here as its steps say, but for at most one mistake.  What the mistakes are stands in
`ekbom.simulation.mistakes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ekbom.protocol.model import Protocol
from ekbom.trial.by_hand import treatments_of
from ekbom.trial.slips import Slip

Stage = Literal["fill", "shuffle", "number", "use", "read"]


@dataclass(slots=True)
class Pack:
    """A pack: the kind of its capsules, the slip in it, and the number on it."""

    kind: str
    slip: Slip
    number: int | None = None


@dataclass(slots=True, kw_only=True)
class Bench:
    """One trial's packs, from the table to the last slip.

    ``pairs`` holds the packs of each pair, the treatment's first, and ``coins`` whether the shuffle
    changed their places.  ``left_over`` are slips that are still there when the first kind is
    cleared away, ``uneven`` the pairs that the scale tells apart and ``known`` those that the
    person can.  ``row`` are the packs as they stand, ``used`` the pack of each period (``None``:
    lost), ``borrowed`` the periods whose last nights came from the other pack of the pair.
    ``read`` is the code told for each pack, by its number; lost slips are not in it.
    """

    pairs: list[list[Pack]]
    coins: list[bool]
    left_over: list[Slip] = field(default_factory=list)
    uneven: set[int] = field(default_factory=set)
    known: set[int] = field(default_factory=set)
    row: list[Pack] = field(default_factory=list)
    used: list[Pack | None] = field(default_factory=list)
    borrowed: set[int] = field(default_factory=set)
    read: dict[int, str] = field(default_factory=dict)

    @property
    def taken(self) -> tuple[str | None, ...]:
        """Return the kind that was really swallowed in each period, but for what was borrowed."""
        return tuple(None if pack is None else pack.kind for pack in self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which pair (from 0) a mistake happens in, another pair, and a coin of its own."""

    pair: int
    other: int
    coin: bool


Happen = Callable[[Bench, Where], None]


def make_by_hand(
    slips: Sequence[Slip],
    *,
    coins: Sequence[bool],
    stage: Stage | None = None,
    happen: Happen | None = None,
    where: Where | None = None,
) -> Bench:
    """Return the packs of one trial, made with at most one mistake at the end of a stage.

    ``slips`` stand in the order of slips.csv; ``coins`` has one for each pair, true where the
    reference comes first.
    """
    kinds = zip(slips[::2], slips[1::2], strict=True)
    pairs = [[Pack(slip.treatment, slip) for slip in pair] for pair in kinds]
    bench = Bench(pairs=pairs, coins=list(coins))
    for name, work in _WORK.items():
        work(bench)
        if name == stage and happen is not None and where is not None:
            happen(bench, where)
    return bench


def _fill(bench: Bench) -> None:
    """Do nothing more: every pack has its capsules and its slip."""


def _shuffle(bench: Bench) -> None:
    """Do nothing more: the coins have fallen."""


def _number(bench: Bench) -> None:
    for pair, coin in zip(bench.pairs, bench.coins, strict=True):
        bench.row += reversed(pair) if coin else pair
    for number, pack in enumerate(bench.row, start=1):
        pack.number = number


def _use(bench: Bench) -> None:
    bench.used = list(bench.row)


def _read(bench: Bench) -> None:
    """Tell each slip with the number of the place in the row that its pack has."""
    bench.read = {
        place: pack.slip.code
        for place, pack in enumerate(bench.row, start=1)
        if any(pack is used for used in bench.used)
    }


_WORK: dict[Stage, Callable[[Bench], None]] = {
    "fill": _fill,
    "shuffle": _shuffle,
    "number": _number,
    "use": _use,
    "read": _read,
}


def told(bench: Bench, slips: Sequence[Slip], *, protocol: Protocol) -> tuple[str, ...]:
    """Return the order as the slips tell it, taken as they were found."""
    known = {slip.code: slip for slip in slips}
    found = {pack: known[code] for pack, code in bench.read.items() if code in known}
    return treatments_of(found, protocol=protocol)
