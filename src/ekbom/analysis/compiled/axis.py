"""The axes of the grid, compiled: the same nodes and the same adjustments as `gaussian_axis`."""

from __future__ import annotations

from math import ceil, cos, pi, sqrt
from typing import NamedTuple

import numpy as np

from ekbom.analysis.compiled.jit import compiled
from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian_axis import _MOST, _NOTHING, _OPEN_END, _PEAK, _TINY, Axis

RULES = _MOST + 1
"""Room for the Gauss-Legendre rules of an axis' every count of nodes."""


class Line(NamedTuple):
    """The fields of `Axis` in a form that compiled code can take; ``size`` is its count."""

    low: float
    high: float
    floor: float
    ceiling: float
    size: int
    full: int
    coarsest: float
    even: bool


def line(axis: Axis) -> Line:
    """Return the axis in the form that compiled code can take."""
    return Line(
        axis.low,
        axis.high,
        axis.floor,
        axis.ceiling,
        axis.count,
        axis.full,
        axis.coarsest,
        axis.even,
    )


@compiled
def rule(axis: Line, rules: Floats) -> tuple[Floats, Floats]:
    """Return the nodes, ascending, and their weights.

    ``rules``, shape (2, RULES, RULES), holds the Gauss-Legendre rules found so far.
    """
    count = axis.size
    if axis.low == axis.high:
        return np.full(1, axis.low), np.ones(1)
    half = 0.5 * (axis.high - axis.low)
    if axis.even:
        places = (2 * np.arange(count) + 1) / count - 1
        return axis.low + half * (places + 1), np.full(count, half * (2 / count))
    if rules[1, count, 0] == 0:
        _legendre(count, rules[0, count], rules[1, count])
    return axis.low + half * (rules[0, count, :count] + 1), half * rules[1, count, :count]


@compiled
def _legendre(count: int, nodes: Floats, weights: Floats) -> None:
    """Fill in the Gauss-Legendre nodes and weights on (-1, 1), by Newton steps."""
    for i in range(count):
        x = -cos(pi * (i + 0.75) / (count + 0.5))
        slope = 1.0
        for _ in range(8):
            before, now = 0.0, 1.0
            for k in range(1, count + 1):
                before, now = now, ((2 * k - 1) * x * now - (k - 1) * before) / k
            slope = count * (before - x * now) / (1 - x * x)
            x -= now / slope
        nodes[i], weights[i] = x, 2 / ((1 - x * x) * slope * slope)


@compiled
def adjusted(axis: Line, nodes: Floats, weights: Floats, mass: Floats) -> Line:
    """Return the axis that fits the weight found on this one, itself if it fits already."""
    if axis.low == axis.high:
        return axis
    height = mass / weights
    open_end = _OPEN_END * height.max()
    reach = 0.25 * (axis.high - axis.low)
    low, high, count = axis.low, axis.high, axis.size
    if height[0] > open_end:
        low = max(axis.floor, low - reach)
    if height[-1] > open_end:
        high = min(axis.ceiling, high + reach)
    if low == axis.low and high == axis.high:
        low, high, count = _narrowed(axis, nodes, mass)
    count = max(count, axis.full)
    return Line(low, high, axis.floor, axis.ceiling, count, axis.full, axis.coarsest, axis.even)


@compiled
def _narrowed(axis: Line, nodes: Floats, mass: Floats) -> tuple[float, float, int]:
    """Return new ends and count where the peak lies between too few nodes."""
    mean = (mass * nodes).sum()
    sd = sqrt((mass * (nodes - mean) ** 2).sum())
    excess = (axis.high - axis.low) / axis.size / max(axis.coarsest * sd, _TINY)
    if excess <= 1 and mass.max() <= _PEAK:
        return axis.low, axis.high, axis.size
    heavy = np.flatnonzero(mass > _NOTHING)
    if len(heavy) == 0:
        # Not a number, from absurdly large answers; compiled code does not check its indices.
        return axis.low, axis.high, axis.size
    first, last = heavy[0], heavy[-1]
    low = nodes[first - 1] if first > 0 else axis.low
    high = nodes[last + 1] if last + 1 < axis.size else axis.high
    if high - low > 0.9 * (axis.high - axis.low):
        more = ceil(axis.size * min(max(excess, 1.2), 2.0))
        return axis.low, axis.high, max(axis.size, min(more, _MOST))
    return low, high, axis.size


@compiled
def same(one: Line, other: Line) -> bool:
    """Return whether two stages of one axis are the same."""
    return one.low == other.low and one.high == other.high and one.size == other.size
