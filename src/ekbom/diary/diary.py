"""The diary: one row a night, missing is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Night:
    """What is known of one night, dated by the evening it begins.

    ``answers`` holds only what was answered, in the units of each item; ``late`` names the items
    that were answered after the night was over.
    """

    date: date
    answers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    late: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DoseTaken:
    """One dose as it was taken; ``capsules`` and ``mg`` (elemental) are ``None`` if not known."""

    night: date
    instant: datetime | None
    zone: str
    pack: int | None
    capsules: float | None
    mg: float | None


@dataclass(frozen=True, slots=True)
class Diary:
    """All nights with at least one answer, in order, each date once."""

    nights: tuple[Night, ...] = ()

    def __post_init__(self) -> None:
        dates = [n.date for n in self.nights]
        if any(a >= b for a, b in itertools.pairwise(dates)):
            raise ValueError("nights must be in order, each date once")

    def values(self, item: str, *, dates: Iterable[date]) -> NDArray[np.float64]:
        """Return the answers to ``item`` on each of ``dates``, NaN where there is none."""
        found = {n.date: n.answers[item] for n in self.nights if item in n.answers}
        return np.array([found.get(d, np.nan) for d in dates], dtype=float)
