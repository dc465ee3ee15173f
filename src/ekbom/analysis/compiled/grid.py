"""The search for the posterior on the grid, compiled: the same steps as `gaussian_grid`."""

from __future__ import annotations

from math import exp, log, log1p, sqrt, tanh
from typing import NamedTuple

import numpy as np

from ekbom.analysis.compiled.axis import Line, adjusted, rule, same
from ekbom.analysis.compiled.jit import compiled
from ekbom.analysis.compiled.nodes import (
    BASE,
    FIELDS,
    HEIGHT,
    N0,
    RESIDUAL,
    VARIANCE,
    WIDTH,
    Four,
    condition,
    determinant,
    explained,
    slope_and_curvature,
)
from ekbom.analysis.compiled.statistics import Integers, expose, number_gaps, sum_fixed, sum_moving
from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian_grid import _ADJUSTMENTS, _SURPRISE

_STEPS = 4


class Prior(NamedTuple):
    """The prior and the axes to begin with, in a form that compiled code can take."""

    intercept_mean: float
    intercept_sd: float
    trend_sd: float
    effect_sd: float
    sigma_sd: float
    rho_mean: float
    rho_sd: float
    log_tau_mean: float
    log_tau_sd: float
    rho_axis: Line
    tau_axis: Line


class Sums(NamedTuple):
    """The sums over one trial's nights that do not depend on tau, and the nights themselves."""

    night: Integers
    columns: Floats
    gap: Integers
    times: Integers
    place: Integers
    fixed: Floats


class Pieces(NamedTuple):
    """The grid that fits one trial's posterior: nodes (J, K, FIELDS) and their log weights.

    ``exposed`` (K, T) is the exposure of every calendar night at each of the K taus, ``nights``
    the number of those with an answer.
    """

    nights: int
    nodes: Floats
    log_rho_weight: Floats
    log_tau_weight: Floats
    exposed: Floats


@compiled
def sum_nights(night: Integers, value: Floats, trend: Floats, prior: Prior) -> Sums:
    """Return one trial's sums; ``value`` and ``trend`` are those of every calendar night."""
    columns = np.empty((len(night), 3))
    for i in range(len(night)):
        columns[i, 0] = prior.intercept_sd
        columns[i, 1] = trend[night[i]] * prior.trend_sd
        columns[i, 2] = value[night[i]] - prior.intercept_mean
    gap, count, place = number_gaps(night)
    return Sums(night, columns, gap, count, place, sum_fixed(columns, place, len(gap)))


@compiled
def locate(sums: Sums, dose: Floats, prior: Prior, rules: Floats) -> Pieces:
    """Return the grid that fits the posterior of rho and tau.

    Constants that all nodes share are left out throughout: only shares are wanted.
    """
    rho_axis, tau_axis = prior.rho_axis, prior.tau_axis
    rho, rho_weight = rule(rho_axis, rules)
    tau, tau_weight = rule(tau_axis, rules)
    exposed, moving = _expose(sums, dose, tau, prior)
    for turn in range(_ADJUSTMENTS):
        rho_base = _rho_base(rho, rho_weight, prior)
        tau_base = _tau_base(tau, tau_weight, prior)
        nodes = _condition(sums, moving, rho, rho_base, tau_base)
        _find_peaks(nodes, prior, len(sums.night))
        rho_mass, tau_mass = _masses(nodes)
        rho_next = adjusted(rho_axis, rho, rho_weight, rho_mass)
        tau_next = adjusted(tau_axis, tau, tau_weight, tau_mass)
        tau_settled = same(tau_axis, tau_next)
        if (same(rho_axis, rho_next) and tau_settled) or turn + 1 == _ADJUSTMENTS:
            break
        rho_axis, tau_axis = rho_next, tau_next
        rho, rho_weight = rule(rho_axis, rules)
        if not tau_settled:
            tau, tau_weight = rule(tau_axis, rules)
            exposed, moving = _expose(sums, dose, tau, prior)
    return Pieces(len(sums.night), nodes, np.log(rho_weight), np.log(tau_weight), exposed)


@compiled
def _expose(sums: Sums, dose: Floats, tau: Floats, prior: Prior) -> tuple[Floats, Floats]:
    """Return the exposure of every night at each log tau, and its products with the columns."""
    exposed = expose(dose, tau)
    mine = np.empty((len(tau), len(sums.night)))
    for k in range(len(tau)):
        for i in range(len(sums.night)):
            mine[k, i] = exposed[k, sums.night[i]] * prior.effect_sd
    return exposed, sum_moving(sums.columns, mine, sums.place, len(sums.gap))


@compiled
def _rho_base(axis: Floats, weight: Floats, prior: Prior) -> Floats:
    """Return the log of prior density times quadrature weight at each atanh rho."""
    if prior.rho_axis.low == prior.rho_axis.high:
        return np.log(weight)
    rho = np.tanh(axis)
    base: Floats = np.log(weight * (1 - rho * rho))
    return base - 0.5 * ((rho - prior.rho_mean) / prior.rho_sd) ** 2


@compiled
def _tau_base(axis: Floats, weight: Floats, prior: Prior) -> Floats:
    """Return the log of prior density times quadrature weight at each log tau."""
    base: Floats = np.log(weight)
    if prior.tau_axis.low == prior.tau_axis.high:
        return base
    return base - 0.5 * ((axis - prior.log_tau_mean) / prior.log_tau_sd) ** 2


@compiled
def _condition(
    sums: Sums, moving: Floats, axis: Floats, rho_base: Floats, tau_base: Floats
) -> Floats:
    """Return the regression at every node, shape (J, K, FIELDS), the peak still missing."""
    nodes = np.empty((len(axis), len(moving), FIELDS))
    factor = np.empty(len(sums.fixed))
    fixed = np.empty(6)
    for j in range(len(axis)):
        base = rho_base[j] - 0.5 * _weigh(tanh(axis[j]), sums.gap, sums.times, factor)
        _combine(factor, sums.fixed, fixed)
        for k in range(len(moving)):
            mine = _combine_four(factor, moving[k])
            condition(nodes[j, k], fixed, mine, base + tau_base[k])
    return nodes


@compiled
def _weigh(rho: float, gap: Integers, count: Integers, factor: Floats) -> float:
    """Fill in the factor of each feature and return the log determinant of the correlations."""
    log_determinant = 0.0
    for g in range(len(gap)):
        power = rho ** gap[g]
        factor[1 + g] = (1 + power) / (1 - power)
        factor[1 + len(gap) + g] = (1 - power) / (1 + power)
        log_determinant += count[g] * log1p(-power * power)
    return log_determinant


@compiled
def _combine(factor: Floats, features: Floats, total: Floats) -> None:
    """Fill in the sum of the features, the first as it is, each other times its factor."""
    for c in range(len(total)):
        total[c] = features[0, c]
    for f in range(1, len(factor)):
        for c in range(len(total)):
            total[c] += factor[f] * features[f, c]


@compiled
def _combine_four(factor: Floats, features: Floats) -> Four:
    """Return what `_combine` fills in, for four features: this is done at every node."""
    c, e, g, z = features[0, 0], features[0, 1], features[0, 2], features[0, 3]
    for f in range(1, len(factor)):
        c += factor[f] * features[f, 0]
        e += factor[f] * features[f, 1]
        g += factor[f] * features[f, 2]
        z += factor[f] * features[f, 3]
    return c, e, g, z


@compiled
def _find_peaks(nodes: Floats, prior: Prior, nights: int) -> None:
    """Fill in the peak of sigma^2 at each node, its width in log sigma, and its log height."""
    precision = 1 / prior.sigma_sd**2
    freedom = nights - 3
    surprise = _start(nodes, freedom, precision)
    if surprise >= _SURPRISE:
        for j in range(nodes.shape[0]):
            for k in range(nodes.shape[1]):
                _start_larger(nodes[j, k], nights, precision)
    # Step by step over all nodes, not node by node: the processor then works at several at once.
    for _ in range(_STEPS):
        for j in range(nodes.shape[0]):
            for k in range(nodes.shape[1]):
                _climb(nodes[j, k], freedom, precision)
    for j in range(nodes.shape[0]):
        for k in range(nodes.shape[1]):
            _measure(nodes[j, k], freedom, precision)


@compiled
def _start(nodes: Floats, freedom: int, precision: float) -> float:
    """Fill in a variance near each peak; return how surprising the coefficients then are."""
    surprise = 0.0
    for j in range(nodes.shape[0]):
        for k in range(nodes.shape[1]):
            node = nodes[j, k]
            s = _variance(node[RESIDUAL], freedom, precision)
            node[VARIANCE] = s
            surprise = max(surprise, explained(node, s) / determinant(node, s))
    return surprise


@compiled
def _start_larger(node: Floats, nights: int, precision: float) -> None:
    """Start from large noise instead of a large effect where that is likelier."""
    large = _variance(node[RESIDUAL] + node[N0], nights, precision)
    freedom = nights - 3
    if _log_height(node, large, freedom, precision) > _log_height(
        node, node[VARIANCE], freedom, precision
    ):
        node[VARIANCE] = large


@compiled
def _variance(squares: float, freedom: float, precision: float) -> float:
    """Return the variance that is likeliest for a sum of squares under a half-normal sigma."""
    return 2 * squares / (freedom + sqrt(freedom**2 + 4 * squares * precision))


@compiled
def _climb(node: Floats, freedom: int, precision: float) -> None:
    """Take one Newton step in log sigma towards the peak; leave its curvature in WIDTH."""
    s = node[VARIANCE]
    slope, curvature = slope_and_curvature(node, s, freedom)
    slope += 1 - s * precision
    curvature = max(curvature + 2 * s * precision, 0.5 * freedom)
    node[VARIANCE] = s * exp(2 * min(max(slope / curvature, -1.0), 1.0))
    node[WIDTH] = curvature


@compiled
def _measure(node: Floats, freedom: int, precision: float) -> None:
    """Fill in the width and the log height of a peak that has been reached."""
    node[WIDTH] = 1 / sqrt(node[WIDTH])
    node[HEIGHT] = _log_height(node, node[VARIANCE], freedom, precision)


@compiled
def _log_height(node: Floats, s: float, freedom: int, precision: float) -> float:
    """Return the log posterior of log sigma at a node, sigma^2 = s."""
    whole = determinant(node, s)
    misfit = node[RESIDUAL] / s + explained(node, s) / whole + s * precision
    height: float = node[BASE] - 0.5 * ((freedom - 1) * log(s) + log(whole) + misfit)
    return height


@compiled
def _masses(nodes: Floats) -> tuple[Floats, Floats]:
    """Return the share of the posterior at each rho (J,) and tau (K,), as the peaks tell it."""
    rho, tau = np.zeros(nodes.shape[0]), np.zeros(nodes.shape[1])
    top = nodes[:, :, HEIGHT].max()
    for j in range(len(rho)):
        for k in range(len(tau)):
            mass = exp(nodes[j, k, HEIGHT] - top) * nodes[j, k, WIDTH]
            rho[j] += mass
            tau[k] += mass
    return rho / rho.sum(), tau / tau.sum()
