"""What people usually do with such nights: peers for comparison, for thousands of trials at once.

Answers have the shape (N, T), NaN where missing; lower is better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ekbom.analysis.e_process import pair_differences
from ekbom.analysis.exposure import Floats
from ekbom.analysis.schedule import Flags

_TIES = 1e-9
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Interval:
    """Estimates of the treatment's effect with their 95 % limits, shapes (N,)."""

    mean: Floats
    low: Floats
    high: Floats

    @classmethod
    def student(cls, mean: Floats, error: Floats, freedom: Floats) -> Interval:
        half = stdtrit(freedom, 0.975) * error
        return cls(mean, mean - half, mean + half)


def arm_means(value: Floats, treated: Flags) -> Interval:
    """Student's t test of the nights of both arms, as if each night were a person of its own."""
    on, off = (np.where(side, value, np.nan) for side in (treated, ~treated))
    counts = [(~np.isnan(arm)).sum(axis=1) for arm in (on, off)]
    squares = [count * np.nanvar(arm, axis=1) for count, arm in zip(counts, (on, off), strict=True)]
    freedom = counts[0] + counts[1] - 2.0
    error = np.sqrt(sum(squares) / freedom * (1 / counts[0] + 1 / counts[1]))
    return Interval.student(np.nanmean(on, axis=1) - np.nanmean(off, axis=1), error, freedom)


def paired_t(value: Floats, treated: Flags, pair: NDArray[np.int64]) -> Interval:
    """Student's t test of the differences of the period means of each pair."""
    difference = pair_differences(nightly=value, treated=treated, pair=pair)
    count = (~np.isnan(difference)).sum(axis=1).astype(float)
    error = np.nanstd(difference, axis=1) / np.sqrt(count - 1)
    return Interval.student(np.nanmean(difference, axis=1), error, count - 1)


def shuffled_nights(
    value: Floats, treated: Flags, *, shuffles: int, rng: np.random.Generator
) -> Floats:
    """One-sided p towards benefit of shuffling single nights, whatever order was really drawn.

    p = (1 + k) / (1 + shuffles), k the shuffles whose difference of means is as low.
    """
    return np.array(
        [
            _shuffled(night[~np.isnan(night)], on[~np.isnan(night)], shuffles, rng)
            for night, on in zip(value, treated, strict=True)
        ]
    )


def _shuffled(value: Floats, on: Flags, shuffles: int, rng: np.random.Generator) -> float:
    # With the number of treated nights fixed, the difference of means falls with their total.
    total = 0
    for done in range(0, shuffles, _AT_ONCE):
        rows = min(_AT_ONCE, shuffles - done)
        drawn = rng.permuted(np.broadcast_to(value, (rows, len(value))), axis=1)[:, on].sum(axis=1)
        total += int((drawn <= value[on].sum() + _TIES).sum())
    return (1 + total) / (1 + shuffles)


def mean_difference(value: Floats, treated: Flags, possible: Flags) -> Floats:
    """One-sided p towards benefit of the difference of means over all orders that can be drawn.

    ``possible`` (K, T) are the nights on the treatment in each order.
    """
    known = ~np.isnan(value)
    null = _differences(np.where(known, value, 0.0), known, possible)
    place = (treated[:, None, :] == possible).all(axis=-1).argmax(axis=1)
    found = null[np.arange(len(value)), place]
    p: Floats = (null <= found[:, None] + _TIES).mean(axis=1)
    return p


def _differences(value: Floats, known: Flags, possible: Flags) -> Floats:
    """Return the difference of means in every trial under every order, shape (N, K)."""
    on, off = (side.T.astype(float) for side in (possible, ~possible))
    counted = known.astype(float)
    found: Floats = (value @ on) / (counted @ on) - (value @ off) / (counted @ off)
    return found
