"""An order that was chosen, not drawn, as in many imported studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ekbom.design.design import Design, Sequence
from ekbom.design.paths import State


@final
@dataclass(frozen=True, slots=True)
class FixedOrder(Design):
    """One order of treatments and no chance: it can be analysed but has no randomisation test.

    Raises
    ------
    ValueError
        If the order is empty or has a negative treatment.
    """

    order: Sequence

    def __post_init__(self) -> None:
        if not self.order or min(self.order) < 0:
            raise ValueError(f"order {self.order}: give each period a treatment 0, 1, ...")

    @property
    def periods(self) -> int:
        """Return the number of periods."""
        return len(self.order)

    @property
    def treatments(self) -> int:
        """Return the number of treatments."""
        return max(self.order) + 1

    def start(self) -> State:
        """Return that no period is past."""
        return (0,)

    def options(self, state: State) -> dict[int, State]:
        """Return the one treatment that comes next."""
        return {self.order[state[0]]: (state[0] + 1,)}
