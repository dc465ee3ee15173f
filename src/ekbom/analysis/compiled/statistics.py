"""The sums over the nights, compiled: what `gaussian_statistics` computes for p = 3 coefficients.

Of the four columns (level, trend, exposure, answer) only the exposure depends on tau.  So the six
products of the others are summed once, the exposure's four for every tau.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.compiled.jit import compiled
from ekbom.analysis.exposure import Floats

Integers = NDArray[np.int64]


@compiled
def number_gaps(night: Integers) -> tuple[Integers, Integers, Integers]:
    """Return the distinct gaps between nights, how often each occurs, and the place of each."""
    # Loops: np.diff and indexing by an array take seconds to compile.
    longest = 0
    for i in range(1, len(night)):
        longest = max(longest, night[i] - night[i - 1])
    seen = np.zeros(longest + 1, dtype=np.int64)
    for i in range(1, len(night)):
        seen[night[i] - night[i - 1]] += 1
    gap = np.flatnonzero(seen)
    times, number = np.empty_like(gap), np.empty_like(seen)
    for g in range(len(gap)):
        times[g], number[gap[g]] = seen[gap[g]], g
    place = np.empty(len(night) - 1, dtype=np.int64)
    for i in range(1, len(night)):
        place[i - 1] = number[night[i] - night[i - 1]]
    return gap, times, place


@compiled
def sum_fixed(columns: Floats, place: Integers, gaps: int) -> Floats:
    """Return the features of level, trend and answer: shape (2 gaps + 1, 6).

    ``columns``, shape (n, 3); the products are level with level and trend, trend with trend, then
    the answer with level, trend and itself.
    """
    features = np.zeros((2 * gaps + 1, 6))
    for i in (0, len(columns) - 1):
        _add_fixed(features[0], 0.5, columns[i, 0], columns[i, 1], columns[i, 2])
    for i in range(1, len(columns)):
        a, t, y = columns[i]
        b, u, z = columns[i - 1]
        _add_fixed(features[1 + place[i - 1]], 0.25, a - b, t - u, y - z)
        _add_fixed(features[1 + gaps + place[i - 1]], 0.25, a + b, t + u, y + z)
    return features


@compiled
def _add_fixed(to: Floats, factor: float, a: float, t: float, y: float) -> None:
    to[0] += factor * a * a
    to[1] += factor * a * t
    to[2] += factor * t * t
    to[3] += factor * a * y
    to[4] += factor * t * y
    to[5] += factor * y * y


@compiled
def sum_moving(columns: Floats, exposed: Floats, place: Integers, gaps: int) -> Floats:
    """Return the features of the exposure: shape (K, 2 gaps + 1, 4).

    ``exposed``, shape (K, n); the products are with level, trend, itself and the answer.
    """
    taus, nights = exposed.shape
    features = np.zeros((taus, 2 * gaps + 1, 4))
    for k in range(taus):
        e, to = exposed[k], features[k]
        for i in (0, nights - 1):
            a, t, y = columns[i]
            _add_moving(to[0], 0.5 * e[i], (a, t, e[i], y))
        for i in range(1, nights):
            a, t, y = columns[i]
            b, u, z = columns[i - 1]
            d, s = e[i] - e[i - 1], e[i] + e[i - 1]
            _add_moving(to[1 + place[i - 1]], 0.25 * d, (a - b, t - u, d, y - z))
            _add_moving(to[1 + gaps + place[i - 1]], 0.25 * s, (a + b, t + u, s, y + z))
    return features


@compiled
def _add_moving(to: Floats, e: float, others: tuple[float, float, float, float]) -> None:
    a, t, itself, y = others
    to[0] += e * a
    to[1] += e * t
    to[2] += e * itself
    to[3] += e * y


@compiled
def expose(dose: Floats, log_tau: Floats) -> Floats:
    """Return the exposure of every calendar night at each log tau, shape (K, T)."""
    exposed = np.empty((len(log_tau), len(dose)))
    for k in range(len(log_tau)):
        share = -np.expm1(-1.0 / np.exp(log_tau[k]))
        level = 0.0
        for t in range(len(dose)):
            level += share * (dose[t] - level)
            exposed[k, t] = level
    return exposed
