"""A finite mixture of normal distributions: the posterior of an effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

_NEGLIGIBLE = 0.03
"""Components lighter than this share of an even one wait until a limit is nearly found."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weighted normal distributions, shapes (C,): weights that sum to 1, means and sds > 0."""

    weight: Floats
    means: Floats
    sds: Floats

    @property
    def mean(self) -> float:
        """Return the mean of the whole."""
        return float(self.weight @ self.means)

    @property
    def sd(self) -> float:
        """Return the standard deviation of the whole."""
        centred = self.means - self.mean
        return float(np.sqrt(self.weight @ (self.sds**2 + centred**2)))

    def below(self, x: float) -> float:
        """Return the probability of a value below ``x``, in closed form."""
        return float(self.weight @ ndtr((x - self.means) / self.sds))

    def above(self, x: float) -> float:
        """Return the probability of a value above ``x``, exact in the far tail as well."""
        return float(self.weight @ ndtr((self.means - x) / self.sds))

    def between(self, low: float, high: float) -> float:
        """Return the probability of a value between ``low`` and ``high``."""
        return max(0.0, 1.0 - self.below(low) - self.above(high))

    def density(self, x: ArrayLike) -> Floats:
        """Return the probability density at each of ``x``."""
        z = (np.asarray(x, dtype=float)[..., None] - self.means) / self.sds
        heights: Floats = np.exp(-0.5 * z * z) @ (self.weight / self.sds)
        density: Floats = heights / np.sqrt(2 * np.pi)
        return density

    def quantile(self, p: float) -> float:
        """Return the value with probability ``p`` below it, by safeguarded Newton steps."""
        heavy = self.weight * len(self.weight) >= _NEGLIGIBLE
        core = Mixture(
            self.weight[heavy] / self.weight[heavy].sum(), self.means[heavy], self.sds[heavy]
        )
        start = core.mean + core.sd * float(ndtri(p))
        near = core._solve(p, start=start, tolerance=1e-3 * core.sd)
        return self._solve(p, start=near, tolerance=1e-8 * core.sd)

    def _solve(self, p: float, *, start: float, tolerance: float) -> float:
        """Return the value with probability ``p`` below it, from a first guess.

        The last step is at most ``tolerance`` long; the error left after it is of its square.
        """
        low = float((self.means - 40 * self.sds).min())
        high = float((self.means + 40 * self.sds).max())
        x = start
        for _ in range(200):
            miss = self.below(x) - p
            low, high = (low, x) if miss > 0 else (x, high)
            slope = float(self.density(x))
            step = miss / slope if slope > 0 else np.inf
            if abs(step) <= max(tolerance, 4e-16 * abs(x)):
                return x - step
            inside = low < x - step < high
            x = x - step if inside else 0.5 * (low + high)
        return x

    def scaled(self, factor: ArrayLike) -> Mixture:
        """Return the mixture of ``factor`` times the value; ``factor`` a number or shape (C,)."""
        factors = np.broadcast_to(np.asarray(factor, dtype=float), self.weight.shape)
        return Mixture(self.weight, self.means * factors, self.sds * np.abs(factors))
