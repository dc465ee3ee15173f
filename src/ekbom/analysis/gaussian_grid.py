"""Find where the posterior of rho, tau and sigma lies, and cut it into normal pieces there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian_axis import Axis
from ekbom.analysis.gaussian_nodes import Nodes, condition
from ekbom.analysis.gaussian_statistics import Statistics, summarise
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors

_RHO_NODES = 35
_RHO_SCOUTS = 13
_COARSEST = 0.55
"""Widest mean spacing of nodes in posterior sds, along log tau for a verdict's 21 nodes."""

_TAU_REACH = 5.5
"""Reach of the log tau axis in prior sds at first: 4e-8 of the prior lies beyond it."""

_TAU_LIMIT = 12.0
"""Prior sds beyond which the log tau axis never reaches, however much the data wish it."""

_ADJUSTMENTS = 20
_LIGHT = 17.0
"""Nodes this many log units below the best are left out: 4e-8 of its height."""

_SIGMA_TAIL = 14.0
"""Log units that the sigma axis reaches below its peak."""

_SIGMA_SPACING = 0.9
_SURPRISE = 30.0
"""Squared prior sds: coefficients less far out than this in sum are no conflict with the prior."""

_LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Grid:
    """The regressions at every node (rho, tau) of two axes, and their prior.

    ``log_prior`` and ``log_weight``, shape (N,), are the log prior density on the axes' scales
    and the log quadrature weight; node j K + k belongs to rho j and tau k.
    """

    rho_axis: Axis
    tau_axis: Axis
    nodes: Nodes
    log_prior: Floats
    log_weight: Floats

    @property
    def rho(self) -> Floats:
        """Return the autocorrelation at each node, shape (N,)."""
        return np.repeat(np.tanh(self.rho_axis.nodes), len(self.tau_axis.nodes))

    @property
    def tau(self) -> Floats:
        """Return the onset time at each node in nights, shape (N,)."""
        return np.tile(np.exp(self.tau_axis.nodes), len(self.rho_axis.nodes))


@dataclass(frozen=True, slots=True)
class Pieces:
    """The posterior of sigma at each node that matters.

    Attributes
    ----------
    node
        Which of the grid's nodes each row is, shape (N,).
    sigma
        M values at each, shape (N, M).
    weight
        Share of the posterior, summing to 1, shape (N, M).
    log_evidence
        Log marginal likelihood of the answers.
    """

    node: NDArray[np.intp]
    sigma: Floats
    weight: Floats
    log_evidence: float


def locate(*, data: Observations, priors: Priors, tau_nodes: int) -> tuple[Grid, Pieces]:
    """Return the grid that fits the posterior of rho and tau, and the pieces on it.

    The axes begin as wide as the prior and close in on the posterior until their spacing is below
    .55 of its sd and no node holds more than .4 of an axis: a fixed grid is wrong as soon as the
    data say more than its spacing.
    """
    rho_axis = _rho_axis(priors)
    tau_axis = _tau_axis(priors, count=tau_nodes)
    statistics = summarise(data=data, priors=priors, tau=np.exp(tau_axis.nodes))
    for _ in range(_ADJUSTMENTS):
        grid = build_grid(
            statistics=statistics, priors=priors, rho_axis=rho_axis, tau_axis=tau_axis
        )
        peak, width, height = _sigma_peak(grid, priors=priors)
        mass = np.exp(height + np.log(width) - height.max())
        mass = mass.reshape(len(rho_axis.nodes), -1) / mass.sum()
        rho_next = rho_axis.adjusted(mass.sum(1))
        tau_next = tau_axis.adjusted(mass.sum(0))
        if (rho_next, tau_next) == (rho_axis, tau_axis):
            break
        if tau_next != tau_axis:
            statistics = summarise(data=data, priors=priors, tau=np.exp(tau_next.nodes))
        rho_axis, tau_axis = rho_next, tau_next
    return grid, _cut(grid, priors=priors, peak=peak, width=width, height=height)


def build_grid(*, statistics: Statistics, priors: Priors, rho_axis: Axis, tau_axis: Axis) -> Grid:
    """Return the regressions and priors at every node of the two axes.

    ``statistics`` must be those of the nodes of ``tau_axis``.
    """
    prior = np.add.outer(_log_rho_prior(rho_axis, priors), _log_tau_prior(tau_axis, priors))
    weight = np.multiply.outer(rho_axis.weights, tau_axis.weights)
    nodes = condition(statistics=statistics, rho=np.tanh(rho_axis.nodes))
    return Grid(rho_axis, tau_axis, nodes, prior.ravel(), np.log(weight).ravel())


def _rho_axis(priors: Priors) -> Axis:
    """Return the axis of atanh rho over all that the prior allows."""
    if priors.rho_sd == 0:
        known = float(np.arctanh(priors.rho_mean))
        return Axis(known, known, known, known, 1, 1, _COARSEST, even=False)
    end = float(np.arctanh(priors.rho_bound))
    return Axis(-end, end, -end, end, _RHO_SCOUTS, _RHO_NODES, _COARSEST, even=False)


def _tau_axis(priors: Priors, *, count: int) -> Axis:
    """Return the axis of log tau over nearly all of its prior."""
    mean, sd = priors.log_tau_mean, priors.log_tau_sd
    if sd == 0:
        return Axis(mean, mean, mean, mean, 1, 1, _COARSEST, even=True)
    reach, limit = _TAU_REACH * sd, _TAU_LIMIT * sd
    low, high, floor, ceiling = mean - reach, mean + reach, mean - limit, mean + limit
    return Axis(low, high, floor, ceiling, count, count, _COARSEST * 21 / count, even=True)


def _log_rho_prior(axis: Axis, priors: Priors) -> Floats:
    """Return the log prior density of atanh rho at the axis' nodes."""
    if axis.known:
        return np.zeros(1)
    rho = np.tanh(axis.nodes)
    sd, mean, bound = priors.rho_sd, priors.rho_mean, priors.rho_bound
    kept = ndtr((bound - mean) / sd) - ndtr((-bound - mean) / sd)
    constant = np.log(sd * kept) + 0.5 * _LOG_2PI
    density: Floats = -0.5 * ((rho - mean) / sd) ** 2 + np.log1p(-rho * rho) - constant
    return density


def _log_tau_prior(axis: Axis, priors: Priors) -> Floats:
    """Return the log prior density of log tau at the axis' nodes."""
    if axis.known:
        return np.zeros(1)
    distance = (axis.nodes - priors.log_tau_mean) / priors.log_tau_sd
    constant = np.log(priors.log_tau_sd) + 0.5 * _LOG_2PI
    density: Floats = -0.5 * distance**2 - constant
    return density


def _log_sigma_prior(variance: Floats, priors: Priors) -> Floats:
    """Return the log prior density of log sigma, sigma half-normal."""
    constant = np.log(2 / priors.sigma_sd) - 0.5 * _LOG_2PI
    density: Floats = constant + 0.5 * np.log(variance) - 0.5 * variance / priors.sigma_sd**2
    return density


def _sigma_peak(grid: Grid, *, priors: Priors) -> tuple[Floats, Floats, Floats]:
    """Return at each node the peak of log sigma^2, its width in log sigma, and its log height."""
    variance = _sigma_start(grid.nodes, priors=priors)
    precision = 1 / priors.sigma_sd**2
    for _ in range(4):
        slope, curvature = grid.nodes.slope_and_curvature(variance)
        slope = slope + 1 - variance * precision
        curvature = np.maximum(curvature + 2 * variance * precision, 0.5 * grid.nodes.freedom)
        variance = variance * np.exp(2 * np.clip(slope / curvature, -1, 1))
    height = grid.nodes.log_likelihood(variance[:, None])[:, 0]
    height = height + _log_sigma_prior(variance, priors) + grid.log_prior + grid.log_weight
    return variance, 1 / np.sqrt(curvature), height


def _sigma_start(nodes: Nodes, *, priors: Priors) -> Floats:
    """Return a variance near each node's peak, shape (N,).

    An answer far outside the prior of the effect can be a large effect or large noise: then, of
    the two variances that each would give, the likelier.
    """
    precision = 1 / priors.sigma_sd**2
    small = _variance(nodes.residual, freedom=nodes.freedom, precision=precision)
    surprise = (nodes.fitted / (nodes.eigenvalues + small)).sum(0).max()
    if surprise < _SURPRISE:
        return small
    everything = nodes.residual + nodes.fitted.sum(0)
    large = _variance(everything, freedom=nodes.nights, precision=precision)
    candidates = np.stack([small, large], axis=1)
    score = nodes.log_likelihood(candidates) + _log_sigma_prior(candidates, priors)
    return np.where(score[:, 0] >= score[:, 1], small, large)


def _variance(squares: Floats, *, freedom: int, precision: float) -> Floats:
    """Return the variance that is likeliest for a sum of squares under a half-normal sigma."""
    variance: Floats = 2 * squares / (freedom + np.sqrt(freedom**2 + 4 * squares * precision))
    return variance


def _cut(grid: Grid, *, priors: Priors, peak: Floats, width: Floats, height: Floats) -> Pieces:
    """Return the pieces on the grid: M values of sigma at each node that matters."""
    level = height - grid.log_weight
    node = np.flatnonzero(level > level.max() - _LIGHT)
    offset = _sigma_offsets(float(0.5 / width[level.argmax()] ** 2))
    step = width[node] * (offset[1] - offset[0])
    log_sigma = 0.5 * np.log(peak[node])[:, None] + width[node][:, None] * offset
    variance = np.exp(2 * log_sigma)
    log_mass = grid.nodes.take(node).log_likelihood(variance) + _log_sigma_prior(variance, priors)
    log_mass += (grid.log_prior[node] + grid.log_weight[node] + np.log(step))[:, None]
    top = log_mass.max()
    mass = np.exp(log_mass - top)
    total = mass.sum()
    return Pieces(node, np.exp(log_sigma), mass / total, float(top + np.log(total)))


def _sigma_offsets(freedom: float) -> Floats:
    """Return places along log sigma, in units of the peak's width, that cover both tails.

    Around its peak the log density falls as f (x + (exp(-2x) - 1) / 2), f the degrees of freedom:
    steeply towards small sigma, and for few nights slowly towards large.
    """
    fall = _SIGMA_TAIL / freedom
    right, left = fall + 0.5, np.sqrt(fall)
    for _ in range(8):
        right -= (right + 0.5 * np.expm1(-2 * right) - fall) / -np.expm1(-2 * right)
        left -= (0.5 * np.expm1(2 * left) - left - fall) / np.expm1(2 * left)
    unit = np.sqrt(2 * freedom)
    count = int(np.ceil((left + right) * unit / _SIGMA_SPACING)) + 1
    places: Floats = np.linspace(-left, right, count) * unit
    return places
