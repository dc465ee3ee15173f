"""Blocks of periods, each holding the same treatments in an order of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ekbom.design.design import Design, Sequence
from ekbom.design.paths import State


@final
@dataclass(frozen=True, slots=True)
class PermutedBlocks(Design):
    """Each block holds the treatments listed in ``block``, in an order drawn by chance.

    ``block`` lists treatments with repetition, for example (0, 0, 1, 1) or (0, 1, 2); its own order
    does not matter.  All *distinct* orders of a block are equally likely: (0, 0, 1, 1) has 6.

    Raises
    ------
    ValueError
        If there is no block, or a block lacks one of the treatments 0, 1, ... or has only one.
    """

    blocks: int
    block: Sequence

    def __post_init__(self) -> None:
        if self.blocks < 1:
            raise ValueError(f"{self.blocks} blocks: a trial needs at least 1 block")
        named = set(self.block)
        if len(named) < 2 or named != set(range(len(named))):
            raise ValueError(
                f"block {self.block}: list at least two treatments, numbered 0, 1, ... with no gap"
            )

    @property
    def periods(self) -> int:
        """Return the number of periods."""
        return self.blocks * len(self.block)

    @property
    def treatments(self) -> int:
        """Return the number of treatments."""
        return len(set(self.block))

    def start(self) -> State:
        """Return how many periods of each treatment the first block has still to give."""
        return tuple(self.block.count(k) for k in range(self.treatments))

    def options(self, state: State) -> dict[int, State]:
        """Return the treatments that the present block has still to give."""
        return {k: self._less(state, k) for k, left in enumerate(state) if left}

    def _less(self, state: State, treatment: int) -> State:
        """Return the state after one period of ``treatment``: a used-up block begins anew."""
        left = tuple(n - (k == treatment) for k, n in enumerate(state))
        return left if any(left) else self.start()
