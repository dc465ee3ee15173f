"""Steps of a dose ladder: what they aim at, and how much of a product comes closest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ekbom.protocol.doses import Interval, Label, compound, elemental, exceeds

Unit = Literal["capsule", "scoop", "gram"]


PARTS: dict[Unit, int] = {"capsule": 1, "scoop": 4, "gram": 10}
"""How finely each is measured: whole capsules, quarter scoops, tenths of a gram (our choice)."""


@dataclass(frozen=True, slots=True)
class DoseStep:
    """One rung of the ladder: so many units a night.

    ``mg`` is the elemental magnesium in them and ``day_mg`` with all other sources of a day;
    ``grams`` is the weight of the compound, ``None`` for capsules.
    """

    units: float
    mg: Interval
    day_mg: Interval
    grams: Interval | None


def goals_to(cap: float, rise: float) -> list[float]:
    """Return the milligrams that the steps aim at: every ``rise`` below the cap, and the cap."""
    below = [rise * n for n in range(1, math.ceil(cap / rise)) if rise * n < cap]
    return [*below, cap] if cap > 0 else []


def units_within(goal: float, mg: float, unit: Unit, max_capsules: int) -> float:
    """Return the most units of ``mg`` each that do not exceed ``goal``, as far as measurable."""
    parts = PARTS[unit]
    count = math.floor(goal / mg * parts)
    if not exceeds((count + 1) / parts * mg, goal):
        count += 1  # a quotient can lie a hair below the whole number it should be
    return min(count, max_capsules) if unit == "capsule" else count / parts


def step_of(units: float, label: Label, unit: Unit, others: Interval) -> DoseStep:
    """Return the step of so many units, beside a day's other sources of magnesium."""
    mg = elemental(label) * units
    return DoseStep(units, mg, mg + others, _grams(units, label, unit))


def _grams(units: float, label: Label, unit: Unit) -> Interval | None:
    """Return the weight of the compound in so many units of powder."""
    if unit == "capsule":
        return None
    if unit == "gram":
        return Interval(units, units)
    if label.states == "compound":
        return Interval(label.amount_mg, label.amount_mg) * (units / 1000)
    return compound(label.amount_mg, salt=label.salt) * (units / 1000)
