"""A normal distribution laid over the posterior of the hyperparameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ekbom.analysis.exposure import Floats

Height = Callable[[Floats], Floats]
"""Log posterior density, up to a constant, at points (N, d): shape (N,)."""

_STENCIL = 0.05
_LEAST_CURVATURE = 0.5
_LEAST_VARIANCE = 1e-6
_LONGEST_STEP = 1.5
_MOST_STEPS = 15
_NEAR_ENOUGH = 0.02
_WIDER = 1.3


@dataclass(frozen=True, slots=True)
class Proposal:
    """N(centre, root root'), shapes (d,) and (d, d), root lower triangular."""

    centre: Floats
    root: Floats

    def spread(self, *, points: Floats) -> Floats:
        """Return standard normal ``points``, shape (N, d), carried to this distribution."""
        return self.centre + points @ self.root.T

    def log_weights(self, *, points: Floats, height: Floats) -> Floats:
        """Return log of target over proposal at the carried ``points``: shape (N,)."""
        log_size = np.log(np.diag(self.root)).sum() + 0.5 * points.shape[1] * np.log(2 * np.pi)
        weights: Floats = height + 0.5 * (points**2).sum(axis=1) + log_size
        return weights


def refit(*, carried: Floats, weight: Floats) -> Proposal:
    """Return the proposal with the weighted mean and covariance of ``carried``, shape (N, d)."""
    centre = weight @ carried
    away = carried - centre
    return _widened(centre, (weight[:, None] * away).T @ away)


def climb(*, height: Height, start: Floats) -> Proposal:
    """Return the normal distribution at the mode of ``height``, its sds widened by three tenths.

    Parameters
    ----------
    height
        Log density at points (N, d); called with a whole difference stencil at a time.
    start
        A point not far from the mode: shape (d,).

    Notes
    -----
    Damped Newton steps on central differences, at most 1.5 long; eigenvalues of the Hessian
    floored at 0.5; ends when another step would gain less than 0.02.
    """
    best, at = -np.inf, start
    step: Floats = np.zeros(len(start))
    cov: Floats = np.eye(len(start))
    for _ in range(_MOST_STEPS):
        heights = height(at + step + _stencil(len(start)))
        if heights[0] >= best:
            best, at = heights[0], at + step
            gradient, hessian = _slopes(heights, dimension=len(start))
            cov = _inverse(hessian)
            step = cov @ gradient
            if 0.5 * step @ gradient < _NEAR_ENOUGH:
                break
            step *= min(1.0, _LONGEST_STEP / float(np.linalg.norm(step)))
        else:
            step = 0.3 * step
    return _widened(at, cov)


def _widened(centre: Floats, cov: Floats) -> Proposal:
    """Return the normal distribution whose sds are three tenths wider than ``cov`` has them."""
    root = np.linalg.cholesky(cov + _LEAST_VARIANCE * np.eye(len(centre)))
    return Proposal(centre, np.asarray(_WIDER * root, dtype=float))


def _inverse(hessian: Floats) -> Floats:
    """Return the inverse of minus a Hessian, none of its eigenvalues above 1/0.5."""
    values, vectors = np.linalg.eigh(hessian)
    inverse: Floats = (vectors / np.maximum(values, _LEAST_CURVATURE)) @ vectors.T
    return inverse


def _stencil(dimension: int) -> Floats:
    """Return the centre, both neighbours along each axis, and both along each pair's diagonal."""
    axes = np.eye(dimension)
    pairs = [axes[i] + axes[j] for i, j in combinations(range(dimension), 2)]
    ways = np.array([*axes, *pairs])
    return _STENCIL * np.concatenate([np.zeros((1, dimension)), ways, -ways])


def _slopes(heights: Floats, *, dimension: int) -> tuple[Floats, Floats]:
    """Return the gradient and minus the Hessian from the heights of a stencil."""
    ahead, behind = np.split(heights[1:], 2)
    gradient = (ahead - behind)[:dimension] / (2 * _STENCIL)
    bend = (2 * heights[0] - ahead - behind) / _STENCIL**2
    hessian = np.diag(bend[:dimension])
    for k, (i, j) in enumerate(combinations(range(dimension), 2)):
        hessian[i, j] = hessian[j, i] = 0.5 * (bend[dimension + k] - bend[i] - bend[j])
    return gradient, hessian
