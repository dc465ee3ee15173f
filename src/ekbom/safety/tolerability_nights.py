"""The nights that the stop rules look at: doses, complaints, what is on record; and the ladder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

_ROUNDING = 1e-9
"""Milligrams by which two equal doses may differ through floating point alone."""

Kind = Literal["hold", "clinician hold", "restart", "step down", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something on record that counts from its night's capsules on.

    A ``clinician hold`` is one that only a clinician's agreement ends (``restart``); ``mg`` is the
    elemental dose of a step down, ``None`` where it is not known; ``rule`` is the rule whose advice
    was put on record, empty where a person wrote it down of their own accord.  ``told_later`` are
    the loose nights up to a restart's that were told after it.
    """

    kind: Kind
    mg: float | None = None
    rule: str = ""
    told_later: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseNight:
    """One night as the rules see it: the planned dose, the answers about it, what is on record.

    ``mg`` is elemental, by the registered plan before any hold or step down, and 0 where no
    capsules are due; of a blinded night it is what magnesium capsules would hold.  ``taken_mg`` is
    what was recorded as taken in open titration.  The treatment is not known here.
    """

    night: date
    mg: float = 0.0
    phase: str = ""
    answers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    happened: tuple[Happening, ...] = ()
    taken_mg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All nights from the first to tonight, without gaps, and the ladder they are doses of.

    ``nights`` end with tonight, of which little is told yet; ``ladder`` is elemental mg, rising;
    ``capsule_mg`` is what one capsule stands for, ``None`` where that is not known; ``dose_open``
    says that the tolerated dose is still to be fixed.
    """

    ladder: tuple[float, ...]
    nights: tuple[DoseNight, ...]
    capsule_mg: float | None = None
    dose_open: bool = False

    @property
    def tonight(self) -> DoseNight:
        """Return the night whose capsules are asked about."""
        return self.nights[-1]

    def has(self, item: str) -> bool:
        """Return whether the diary has an answer to an item on any night."""
        return any(item in night.answers for night in self.nights)

    def step_below(self, mg: float) -> float | None:
        """Return the next lower step of the ladder, ``None`` on the lowest."""
        return max((step for step in self.ladder if step < mg - _ROUNDING), default=None)

    def last_nights(self, count: int) -> tuple[DoseNight, ...]:
        """Return the last ``count`` nights before tonight."""
        return self.nights[:-1][-count:]
