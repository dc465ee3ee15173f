"""Pairs of periods, the order within each drawn by its own coin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ekbom.design.design import Design
from ekbom.design.paths import State


@final
@dataclass(frozen=True, slots=True)
class RandomisedPairs(Design):
    """Each pair has both treatments once, in an order drawn by a fair coin: 2^pairs sequences.

    Raises
    ------
    ValueError
        If there is no pair.
    """

    pairs: int

    def __post_init__(self) -> None:
        if self.pairs < 1:
            raise ValueError(f"{self.pairs} pairs: a trial needs at least 1 pair of periods")

    @property
    def periods(self) -> int:
        """Return the number of periods, two a pair."""
        return 2 * self.pairs

    @property
    def treatments(self) -> int:
        """Return 2."""
        return 2

    def start(self) -> State:
        """Return that no pair is begun."""
        return ()

    def options(self, state: State) -> dict[int, State]:
        """Return both treatments at the start of a pair, then the one it has not had."""
        if state:
            return {1 - state[0]: ()}
        return {0: (0,), 1: (1,)}
