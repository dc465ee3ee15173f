"""The posterior of theta for many trials, compiled: means, sds and probabilities."""

from __future__ import annotations

from math import ceil, exp, expm1, inf, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ekbom.analysis.compiled.axis import RULES, line
from ekbom.analysis.compiled.grid import Pieces, Prior, locate, sum_nights
from ekbom.analysis.compiled.jit import compiled
from ekbom.analysis.compiled.nodes import (
    BASE,
    HEIGHT,
    M0,
    M1,
    M2,
    RESIDUAL,
    V1,
    V2,
    VARIANCE,
    WIDTH,
    determinant,
    explained,
)
from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian_grid import (
    _LIGHT,
    _SIGMA_SPACING,
    _SIGMA_TAIL,
    _rho_axis,
    _tau_axis,
)
from ekbom.analysis.many import ManyTrials
from ekbom.analysis.observations import _CONSTANT
from ekbom.analysis.schedule import Flags

_LEAST = 6
"""Three answers more than coefficients."""

_UNSEEN = 1e-10
"""Pieces lighter than this share of the heaviest are left out of the probabilities below x."""

_FAR = 7.5
"""Sds beyond which a normal probability is 0 or 1: 3e-14."""

_PER_SD = 64
_PLACES = np.arange(2 * int(_FAR * _PER_SD) + 1) / _PER_SD - _FAR
_BELOW = ndtr(_PLACES)
_DENSITY = np.exp(-0.5 * _PLACES**2) / np.sqrt(2 * np.pi)


class Rows(NamedTuple):
    """The arrays of many trials in a form that compiled code can take.

    ``on`` and ``off`` (N, T) are the planned nights on the treatment and on the reference.
    """

    value: Floats
    dose: Floats
    trend: Floats
    on: Flags
    off: Flags
    places: Floats


class Summit(NamedTuple):
    """What all nodes of one trial share.

    ``top`` is the greatest log height and ``level`` the log density below which a node is left
    out; ``centre`` is the mean of theta where that density is greatest.  ``first``, ``step`` and
    ``steps`` are the places along log sigma^2, in units of a node's width of log sigma.  ``power``
    is that of 1 / sigma, ``precision`` that of sigma's prior.
    """

    top: float
    level: float
    centre: float
    first: float
    step: float
    steps: int
    power: int
    precision: float


TOTAL, KEPT, FIRST, SECOND, BELOW = 0, 1, 2, 3, 4
"""Sums of all weights, of those that enter ``BELOW``, of theta - centre, and of its square."""


def fit(trials: ManyTrials) -> tuple[Floats, Floats, Floats]:
    """Return mean, sd (N,) and P(theta < x) (N, M) of each trial, NaN where there is none."""
    mean, sd = np.full(len(trials.value), np.nan), np.full(len(trials.value), np.nan)
    below = np.full(trials.places.shape, np.nan)
    # Copies: for arrays that are read-only or strided all would be compiled once more.
    rows = Rows(
        np.array(trials.value, dtype=np.float64, order="C"),
        np.array(trials.dose, dtype=np.float64, order="C"),
        np.array(trials.trend, dtype=np.float64),
        np.array(trials.planned & trials.treated, order="C"),
        np.array(trials.planned & ~trials.treated, order="C"),
        np.array(trials.places, dtype=np.float64, order="C"),
    )
    _fit_rows(rows, _prior(trials), mean, sd, below)
    return mean, sd, below


def _prior(trials: ManyTrials) -> Prior:
    """Return the priors in the form that compiled code can take."""
    priors = trials.priors
    return Prior(
        float(priors.intercept_mean),
        float(priors.intercept_sd),
        float(trials.trend_sd),
        float(priors.effect_sd),
        float(priors.sigma_sd),
        float(priors.rho_mean),
        float(priors.rho_sd),
        float(priors.log_tau_mean),
        float(priors.log_tau_sd),
        line(_rho_axis(priors)),
        line(_tau_axis(priors, count=trials.tau_nodes)),
    )


@compiled
def _fit_rows(rows: Rows, prior: Prior, mean: Floats, sd: Floats, below: Floats) -> None:
    """Fill in the answer of each trial whose data say something."""
    rules = np.zeros((2, RULES, RULES))
    for i in range(len(rows.value)):
        night = np.flatnonzero(~np.isnan(rows.value[i]))
        on, off = rows.on[i], rows.off[i]
        if on.any() and off.any() and _enough(rows.value[i], night):
            sums = sum_nights(night, rows.value[i], rows.trend, prior)
            pieces = locate(sums, rows.dose[i], prior, rules)
            scale = _contrast(pieces.exposed, on, off) * prior.effect_sd
            mean[i], sd[i] = _mix(pieces, scale, prior, rows.places[i], below[i])


@compiled
def _enough(value: Floats, night: NDArray[np.int64]) -> bool:
    """Return whether the data can tell an effect from chance, as `Observations` judges it."""
    if len(night) < _LEAST:
        return False
    low, high = inf, -inf
    for t in night:
        low, high = min(low, value[t]), max(high, value[t])
    return high - low > _CONSTANT * max(abs(low), abs(high))


@compiled
def _contrast(exposed: Floats, on: Flags, off: Flags) -> Floats:
    """Return D(tau) for each tau."""
    difference = np.empty(len(exposed))
    for k in range(len(exposed)):
        level, other = 0.0, 0.0
        for t in range(len(on)):
            level += exposed[k, t] * on[t]
            other += exposed[k, t] * off[t]
        difference[k] = level / on.sum() - other / off.sum()
    return difference


@compiled
def _mix(
    pieces: Pieces, scale: Floats, prior: Prior, places: Floats, below: Floats
) -> tuple[float, float]:
    """Return mean and sd of theta, and fill in the probabilities of being below each place."""
    summit = _find_summit(pieces, scale, prior)
    sums = np.zeros(BELOW + len(places))
    for j in range(pieces.nodes.shape[0]):
        for k in range(pieces.nodes.shape[1]):
            if _level(pieces, j, k) > summit.level:
                _add_node(pieces.nodes[j, k], scale[k], places, summit, sums)
    below[:] = sums[BELOW:] / sums[KEPT]
    shift = sums[FIRST] / sums[TOTAL]
    return summit.centre + shift, sqrt(sums[SECOND] / sums[TOTAL] - shift * shift)


@compiled
def _level(pieces: Pieces, j: int, k: int) -> float:
    """Return the log posterior density at a node's peak."""
    weight: float = pieces.log_rho_weight[j] + pieces.log_tau_weight[k]
    level: float = pieces.nodes[j, k, HEIGHT] - weight
    return level


@compiled
def _find_summit(pieces: Pieces, scale: Floats, prior: Prior) -> Summit:
    """Return what all nodes of one trial share."""
    highest, best_j, best_k = -inf, 0, 0
    for j in range(pieces.nodes.shape[0]):
        for k in range(pieces.nodes.shape[1]):
            level = _level(pieces, j, k)
            if level > highest:
                highest, best_j, best_k = level, j, k
    node = pieces.nodes[best_j, best_k]
    s = node[VARIANCE]
    centre = scale[best_k] * _effect(node, s) / determinant(node, s)
    first, step, steps = _sigma_steps(0.5 / node[WIDTH] ** 2)
    top = pieces.nodes[:, :, HEIGHT].max()
    precision = 1 / prior.sigma_sd**2
    return Summit(
        top, highest - _LIGHT, centre, 2 * first, 2 * step, steps, pieces.nights - 4, precision
    )


@compiled
def _effect(node: Floats, s: float) -> float:
    """Return the numerator of the standardised effect's mean."""
    value: float = node[M2] + s * (node[M1] + s * node[M0])
    return value


@compiled
def _sigma_steps(freedom: float) -> tuple[float, float, int]:
    """Return the first place along log sigma, the step and how many cover both tails.

    They are in units of the peak's width.
    """
    fall = _SIGMA_TAIL / freedom
    right, left = fall + 0.5, sqrt(fall)
    for _ in range(8):
        right -= (right + 0.5 * expm1(-2 * right) - fall) / -expm1(-2 * right)
        left -= (0.5 * expm1(2 * left) - left - fall) / expm1(2 * left)
    unit = sqrt(2 * freedom)
    count = ceil((left + right) * unit / _SIGMA_SPACING) + 1
    return -left * unit, (left + right) * unit / (count - 1), count


@compiled
def _add_node(node: Floats, scale: float, places: Floats, summit: Summit, sums: Floats) -> None:
    """Add one node's normal pieces, one for each sigma, to the sums."""
    stride = node[WIDTH] * summit.step
    log_s = log(node[VARIANCE]) + node[WIDTH] * summit.first
    s, growth = exp(log_s), exp(stride)
    total, first, second = 0.0, 0.0, 0.0
    for _ in range(summit.steps):
        inverse = 1 / determinant(node, s)
        misfit = node[RESIDUAL] / s + explained(node, s) * inverse + s * summit.precision
        height = node[BASE] - summit.top - 0.5 * (summit.power * log_s + misfit)
        weight = exp(height) * sqrt(inverse) * stride
        theta = scale * _effect(node, s) * inverse - summit.centre
        variance = scale * scale * s * (node[V2] + s * (node[V1] + s)) * inverse
        total += weight
        first += weight * theta
        second += weight * (theta * theta + variance)
        if weight > _UNSEEN:
            sums[KEPT] += weight
            _add_below(places, weight, theta + summit.centre, 1 / sqrt(variance), sums)
        s *= growth
        log_s += stride
    sums[TOTAL] += total
    sums[FIRST] += first
    sums[SECOND] += second


@compiled
def _add_below(places: Floats, weight: float, mean: float, precise: float, sums: Floats) -> None:
    """Add one piece's probabilities of lying below each place; ``precise`` is 1 / sd."""
    for m in range(len(places)):
        z = (places[m] - mean) * precise
        if z >= _FAR:
            sums[BELOW + m] += weight
        elif z > -_FAR:
            sums[BELOW + m] += weight * _normal(z)


@compiled
def _normal(z: float) -> float:
    """Return the probability of a standard normal number below z, |z| < _FAR, to 3e-10.

    The cubic around the nearest place of a table: erfc would take a third of all the time.
    """
    place = int((z + _FAR) * _PER_SD + 0.5)
    centre = place / _PER_SD - _FAR
    d = z - centre
    rise = d * (1 - 0.5 * d * (centre - d * (centre * centre - 1) / 3))
    chance: float = _BELOW[place] + _DENSITY[place] * rise
    return chance
