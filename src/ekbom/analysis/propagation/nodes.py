"""Points that stand for a standard normal distribution in a few dimensions."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import ndtri

from ekbom.analysis.exposure import Floats

_MOST_CANDIDATES = 128
_SHIFTS = np.sqrt([2.0, 3.0, 5.0, 7.0]) % 1.0


@cache
def normal_nodes(*, count: int, dimension: int) -> Floats:
    """Return ``count`` points that cover N(0, I) evenly, always the same: shape (count, dimension).

    ``count`` is a power of two from 32, ``dimension`` 2 to 4.

    Notes
    -----
    The rank-1 lattice k (1, a, a^2, ...)/count mod 1 of Korobov, shifted along each axis, mapped
    by the normal quantile, then transformed so that mean 0 and covariance I hold exactly.
    """
    steps = _powers(_multiplier(count=count, dimension=dimension), count, dimension)
    # without uneven shifts one point falls into a corner, far out on every axis at once
    shift = np.floor(count * _SHIFTS[:dimension])
    cells = (np.arange(count)[:, None] * steps + shift) % count
    points = ndtri((cells + 0.5) / count)
    points -= points.mean(axis=0)
    root = np.linalg.cholesky(points.T @ points / count)
    nodes: Floats = np.linalg.solve(root, points.T).T
    nodes.flags.writeable = False
    return nodes


def _multiplier(*, count: int, dimension: int) -> int:
    """Return the a of least worst-case error in the Korobov space of smoothness 2.

    Sloan & Joe 1994, "Lattice methods for multiple integration", chapter 4: the mean over the
    points of prod_j (1 + 2 pi^2 B_2(x_j)), B_2(x) = x^2 - x + 1/6.
    """
    stride = max(2, 2 * (count // (4 * _MOST_CANDIDATES)))
    best, least = 1, np.inf
    for a in range(3, max(4, count // 2), stride):
        x = np.arange(count)[:, None] * _powers(a, count, dimension) % count / count
        error = np.prod(1.0 + 2 * np.pi**2 * (x * x - x + 1 / 6), axis=1).mean()
        if error < least:
            best, least = a, error
    return best


def _powers(a: int, count: int, dimension: int) -> Floats:
    return np.array([pow(a, j, count) for j in range(dimension)], dtype=float)
