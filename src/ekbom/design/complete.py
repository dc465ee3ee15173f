"""Periods in any order, a fixed number of each treatment, with no run too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ekbom.design.design import Design
from ekbom.design.paths import State


@final
@dataclass(frozen=True, slots=True)
class CompleteRandomisation(Design):
    """A fixed number of periods of each treatment, in an order drawn by chance.

    ``counts`` are the periods of treatment 0, 1, ...; ``max_run`` is how many periods of one
    treatment may follow one another, ``None`` for any number.  The draw is exactly uniform over
    the orders that keep to it: they are counted, not drawn and thrown away until one fits.

    Raises
    ------
    ValueError
        If fewer than two treatments have a period, or no order keeps to ``max_run``.
    """

    counts: tuple[int, ...]
    max_run: int | None = None

    def __post_init__(self) -> None:
        if len(self.counts) < 2 or min(self.counts) < 1:
            raise ValueError(f"counts {self.counts}: give at least two treatments 1 period or more")
        if self.max_run is not None and self.max_run < self._shortest_run():
            raise ValueError(
                f"no order of {self.counts} periods has runs of at most {self.max_run}: "
                f"allow runs of {self._shortest_run()} or make the counts more equal"
            )

    def _shortest_run(self) -> int:
        """Return the least ``max_run`` that leaves an order: the others part the commonest."""
        most = max(self.counts)
        return -(-most // (sum(self.counts) - most + 1))

    @property
    def periods(self) -> int:
        """Return the number of periods."""
        return sum(self.counts)

    @property
    def treatments(self) -> int:
        """Return the number of treatments."""
        return len(self.counts)

    def start(self) -> State:
        """Return how many periods of each treatment are left, the last treatment and its run."""
        return (*self.counts, -1, 0)

    def options(self, state: State) -> dict[int, State]:
        """Return the treatments not used up that make no run too long."""
        *left, last, run = state
        found: dict[int, State] = {}
        for k, n in enumerate(left):
            run_then = run + 1 if k == last else 1
            if n and (self.max_run is None or run_then <= self.max_run):
                # Without a limit the run is not remembered, which keeps the states few.
                memory = (-1, 0) if self.max_run is None else (k, run_then)
                found[k] = (*left[:k], n - 1, *left[k + 1 :], *memory)
        return found
