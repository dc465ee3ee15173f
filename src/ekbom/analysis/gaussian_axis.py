"""One axis of the grid: where it lies, how fine it is, and what the data say along it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from ekbom.analysis.exposure import Floats

_PEAK = 0.4
"""A single node that holds more than this share of the weight has not resolved the peak."""

_NOTHING = 1e-8
"""Share of the weight below which an end of the axis is cut away."""

_MOST = 160
"""No axis gets more nodes than about this: answers without any noise would ask for ever more."""

_OPEN_END = 2e-6
"""The last node before an end that can move must lie below this share of the peak's height."""

_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Axis:
    """An interval with quadrature nodes; its ends may move as far as ``floor`` and ``ceiling``.

    ``even`` nodes are the midpoints of equal cells: best where the posterior fades out before
    both ends.  The others are Gauss-Legendre nodes, for a posterior cut off while still high.
    ``count`` nodes may scout; the axis is fit for use with ``full`` of them at least, on average
    no further apart than ``coarsest`` posterior sds.
    ``low == high`` means that the value is known: one node of weight 1.
    """

    low: float
    high: float
    floor: float
    ceiling: float
    count: int
    full: int
    coarsest: float
    even: bool

    @property
    def known(self) -> bool:
        """Return whether the axis is a single point."""
        return self.low == self.high

    @property
    def nodes(self) -> Floats:
        """Return the nodes, ascending."""
        if self.known:
            return np.array([self.low])
        places, _ = _rule(self.count, even=self.even)
        return self.low + 0.5 * (self.high - self.low) * (places + 1)

    @property
    def weights(self) -> Floats:
        """Return the quadrature weights of the nodes."""
        if self.known:
            return np.ones(1)
        _, weights = _rule(self.count, even=self.even)
        return 0.5 * (self.high - self.low) * weights

    @property
    def spacing(self) -> float:
        """Return the mean distance between neighbouring nodes."""
        return (self.high - self.low) / self.count

    def adjusted(self, mass: Floats) -> Axis:
        """Return the axis that fits the weight found on this one, itself if it fits already.

        ``mass`` is the share of the posterior at each node.  An end cut too early is moved out, a
        peak between too few nodes is closed in on, and if that does not help nodes are added.
        """
        if self.known:
            return self
        changed = self._widened(mass) or self._narrowed(mass) or self
        return replace(changed, count=max(changed.count, self.full))

    def _widened(self, mass: Floats) -> Axis | None:
        height = mass / self.weights
        open_end = height[[0, -1]] > _OPEN_END * height.max()
        reach = 0.25 * (self.high - self.low)
        low = max(self.floor, self.low - reach * float(open_end[0]))
        high = min(self.ceiling, self.high + reach * float(open_end[1]))
        wider = replace(self, low=low, high=high)
        return None if wider == self else wider

    def _narrowed(self, mass: Floats) -> Axis | None:
        nodes = self.nodes
        mean = mass @ nodes
        sd = float(np.sqrt(mass @ (nodes - mean) ** 2))
        excess = self.spacing / max(self.coarsest * sd, _TINY)
        if excess <= 1 and mass.max() <= _PEAK:
            return None
        ends = np.concatenate([[self.low], nodes, [self.high]])
        heavy = np.flatnonzero(mass > _NOTHING)
        low, high = float(ends[heavy[0]]), float(ends[heavy[-1] + 2])
        if high - low > 0.9 * (self.high - self.low):
            more = int(np.ceil(self.count * min(max(excess, 1.2), 2.0)))
            return replace(self, count=max(self.count, min(more, _MOST)))
        return replace(self, low=low, high=high)


@dataclass(frozen=True, slots=True)
class Marginal:
    """The posterior along an ``even`` axis: ``mass`` at each node, summing to 1."""

    axis: Axis
    mass: Floats

    def density(self, x: ArrayLike) -> Floats:
        """Return the probability density at each of ``x``, 0 outside the axis.

        The band-limited function through the nodes, exact where their sums are.  A known value
        has no density.
        """
        places = np.asarray(x, dtype=float)
        spacing = self.axis.spacing
        through = np.sinc((places[..., None] - self.axis.nodes) / spacing) @ self.mass / spacing
        inside = (places >= self.axis.low) & (places <= self.axis.high)
        return np.where(inside, np.maximum(through, 0.0), 0.0)

    def quantile(self, p: float) -> float:
        """Return the value with probability ``p`` below it."""
        if self.axis.known:
            return self.axis.low
        places = np.linspace(self.axis.low, self.axis.high, 2001)
        below = np.cumsum(self.density(places))
        below -= 0.5 * self.density(places)
        return float(np.interp(p * below[-1], below, places))


@cache
def _rule(count: int, *, even: bool) -> tuple[Floats, Floats]:
    """Return nodes and weights on (-1, 1)."""
    if even:
        return (2 * np.arange(count) + 1) / count - 1, np.full(count, 2 / count)
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights
