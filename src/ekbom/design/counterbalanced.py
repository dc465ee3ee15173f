"""Pairs of periods with as many beginning with the one treatment as with the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ekbom.design.design import Design
from ekbom.design.paths import State


@final
@dataclass(frozen=True, slots=True)
class CounterbalancedPairs(Design):
    """As many pairs begin with treatment 0 as with treatment 1, one more of either if odd.

    Which pairs are which is drawn by chance, all arrangements equally likely: pairs over pairs / 2
    of them for an even number, twice pairs over (pairs - 1) / 2 for an odd one.

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
        """Return how many pairs may still begin with treatment 0 and with treatment 1."""
        most = -(-self.pairs // 2)
        return (most, most)

    def options(self, state: State) -> dict[int, State]:
        """Return the first treatments not used up, then the one that the pair has not had."""
        zero, one, *begun = state
        if begun:
            return {1 - begun[0]: (zero, one)}
        first = {0: (zero - 1, one, 0), 1: (zero, one - 1, 1)}
        return {k: after for k, after in first.items() if state[k]}
