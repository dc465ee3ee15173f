"""The randomisation test of many trials, compiled: what `randomisation_nightly` computes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.compiled.jit import compiled
from ekbom.analysis.exposure import Floats
from ekbom.analysis.many_tests import TestedTrials
from ekbom.analysis.randomisation_nightly import ZERO
from ekbom.analysis.randomisation_result import TOLERANCE

_EPSILON = float(np.finfo(float).eps)


class Setting(NamedTuple):
    """What trials share that have the same order and the same periods with reports.

    ``trend`` (T,), ``exposed`` (T, P), the ``codes`` (C, P) and ``size`` (C,) of each class of
    orders, and which of these was ``observed``.
    """

    trend: Floats
    exposed: Floats
    codes: Floats
    size: NDArray[np.int64]
    observed: int
    rho0: float


def probabilities(trials: TestedTrials) -> Floats:
    """Return p, p_benefit, p_harm and the smallest one-sided p, shape (4, N), NaN where none is."""
    found = np.full((4, len(trials.value)), np.nan)
    # Copies: for arrays that are read-only or strided all would be compiled once more.
    exposed = np.array(trials.exposed.T, order="C")
    trend = np.array(trials.trend, dtype=np.float64)
    for classes, places in trials.alike():
        codes, size = classes.codes(slice(None)), np.array(classes.size)
        setting = Setting(trend, exposed, codes, size, classes.observed, trials.rho0)
        rows = np.full((len(places), 4), np.nan)
        value = np.array(trials.value[places], dtype=np.float64, order="C")
        _probabilities(value, setting, rows)
        found[:, places] = rows.T
    return found if trials.higher_is_better else found[[0, 2, 1, 3]]


@compiled
def _probabilities(value: Floats, setting: Setting, found: Floats) -> None:
    """Fill in the probabilities of each trial: of any, more, less, and the smallest one-sided."""
    for i in range(len(value)):
        night = np.flatnonzero(~np.isnan(value[i]))
        known, moving = _columns(night, value[i], setting)
        length = np.sqrt((moving[:, 0] ** 2).sum())
        nothing = ZERO * np.sqrt((moving[:, 1:] ** 2).sum())
        freedom = _project(known, moving, night, setting.rho0)
        unit = np.sqrt((moving[:, 0] ** 2).sum())
        if freedom <= 1 or np.ptp(value[i][night]) == 0 or unit <= ZERO * length:
            continue
        null, different = _statistics(moving, setting, nothing)
        if different:
            _compare(null, setting, TOLERANCE * unit, found[i])


@compiled
def _project(known: Floats, moving: Floats, night: NDArray[np.int64], rho0: float) -> int:
    """Whiten both, take all that ``known`` explains out of ``moving``; return what freedom is left.

    Both are changed in place.
    """
    _whiten(known, night, rho0)
    _whiten(moving, night, rho0)
    fixed = _span(known)
    moving -= fixed @ (fixed.T @ moving)
    freedom: int = len(night) - fixed.shape[1]
    return freedom


@compiled
def _columns(night: NDArray[np.int64], value: Floats, setting: Setting) -> tuple[Floats, Floats]:
    """Return level and trend, and the centred reports with the exposure to each period."""
    known, moving = np.ones((len(night), 2)), np.empty((len(night), 1 + setting.exposed.shape[1]))
    for i in range(len(night)):
        known[i, 1] = setting.trend[night[i]]
        moving[i, 0] = value[night[i]]
        moving[i, 1:] = setting.exposed[night[i]]
    moving[:, 0] -= moving[:, 0].mean()
    return known, moving


@compiled
def _whiten(columns: Floats, night: NDArray[np.int64], rho: float) -> None:
    """Take the autocorrelation over the gaps between nights out of each column, in place."""
    for i in range(len(night) - 1, 0, -1):
        kept = rho ** (night[i] - night[i - 1])
        columns[i] = (columns[i] - kept * columns[i - 1]) / np.sqrt(1 - kept * kept)


@compiled
def _span(columns: Floats) -> Floats:
    """Return an orthonormal basis of what the columns span."""
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    rank = (sizes > _EPSILON * max(columns.shape[0], columns.shape[1]) * sizes[0]).sum()
    return np.ascontiguousarray(basis[:, :rank])


@compiled
def _statistics(moving: Floats, setting: Setting, nothing: float) -> tuple[Floats, bool]:
    """Return the statistic of each class, and whether the observed order's contrast is any."""
    basis = np.ascontiguousarray(moving[:, 1:])
    towards = basis.T @ np.ascontiguousarray(moving[:, 0])
    null = setting.codes @ towards
    spread = setting.codes @ np.ascontiguousarray(np.linalg.qr(basis)[1].T)
    different = True
    for c in range(len(null)):
        length = np.sqrt((spread[c] ** 2).sum())
        null[c] = null[c] / length if length > nothing else 0.0
        different = different and (c != setting.observed or length > nothing)
    return null, different


@compiled
def _compare(null: Floats, setting: Setting, tie: float, found: Floats) -> None:
    """Fill in the probability of an order as extreme as the observed, in whole numbers first."""
    size, seen = setting.size, null[setting.observed]
    most, least = null.max() - tie, null.min() + tie
    total, either, more, less, top, bottom = 0, 0, 0, 0, 0, 0
    for c in range(len(null)):
        total += size[c]
        either += size[c] * (abs(null[c]) >= abs(seen) - tie)
        more += size[c] * (null[c] >= seen - tie)
        less += size[c] * (null[c] <= seen + tie)
        top += size[c] * (null[c] >= most)
        bottom += size[c] * (null[c] <= least)
    found[0], found[1], found[2] = either / total, more / total, less / total
    found[3] = min(top / total, bottom / total)
