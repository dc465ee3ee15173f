"""Phases in a fixed order, the moments of change drawn by chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import final

from ekbom.design.design import Design
from ekbom.design.paths import State


@final
@dataclass(frozen=True, slots=True)
class StartPoints(Design):
    """Treatments follow one another in a fixed order; when each begins is drawn by chance.

    ``phases`` is "AB", "ABA", "ABAB" or the like, A treatment 0 and B treatment 1; every phase
    lasts at least ``minimum`` of the ``periods``.  All ways of placing the changes are equally
    likely.

    Raises
    ------
    ValueError
        If the phases do not change from one to the next or do not fit into the periods.
    """

    # field() keeps the inherited property from being taken for a default value.
    periods: int = field()
    phases: str
    minimum: int

    def __post_init__(self) -> None:
        changing = all(one != other for one, other in pairwise(self.phases))
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: self.treatments]
        if len(self.phases) < 2 or not changing or set(self.phases) != set(letters):
            raise ValueError(f'phases "{self.phases}": name phases that change, such as "ABAB"')
        if self.minimum < 1:
            raise ValueError(f"minimum {self.minimum}: a phase needs at least 1 period")
        needed = self.minimum * len(self.phases)
        if needed > self.periods:
            raise ValueError(
                f"{len(self.phases)} phases of at least {self.minimum} need {needed} periods, not "
                f"{self.periods}: have more periods or a smaller minimum"
            )

    @property
    def treatments(self) -> int:
        """Return the number of treatments."""
        return len(set(self.phases))

    def start(self) -> State:
        """Return the phase, how long it has lasted (up to the minimum) and the periods left."""
        return (0, 0, self.periods)

    def options(self, state: State) -> dict[int, State]:
        """Return the phase's own treatment while later phases fit, the next one's when due."""
        phase, lasted, left = state
        later = len(self.phases) - phase - 1
        longer = min(lasted + 1, self.minimum)
        found: dict[int, State] = {}
        if left - 1 >= self.minimum - longer + self.minimum * later:
            found[self._treatment(phase)] = (phase, longer, left - 1)
        if lasted >= self.minimum and later:
            found[self._treatment(phase + 1)] = (phase + 1, 1, left - 1)
        return found

    def _treatment(self, phase: int) -> int:
        return ord(self.phases[phase]) - ord("A")
