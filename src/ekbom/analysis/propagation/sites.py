"""Expectation propagation: sites that reproduce each answer's effect on what is believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.propagation.likelihood import Likelihood, Tilted
from ekbom.analysis.propagation.sweep import Field, Marginals, Sites, sweep

_LEAST_CAVITY = 1e-8
_LEAST_SITE = 1e-6
_MOST_SWEEPS = 150
_NEGLIGIBLE = 12.0
"""Nodes this many log units below the best need not settle: they carry no weight."""
_SHARES = (1.0, 1.0, 0.9)
_LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Propagated:
    """The outcome at every node: marginals, the sites behind them, log Z (N,), and if settled."""

    marginals: Marginals
    sites: Sites
    log_z: Floats
    settled: bool


def propagate(
    *,
    field: Field,
    likelihood: Likelihood,
    value: Floats,
    extra: Floats,
    start: Sites,
    log_prior: Floats,
    tolerance: float = 1e-5,
) -> Propagated:
    """Return the normal approximation of the latent states given every answer, at every node.

    Parameters
    ----------
    field
        Prior of the latent states at N nodes.
    value
        The answers: shape (n,).
    extra
        The likelihood's own hyperparameter: shape (N,).
    start
        Sites to begin with: shapes (n, N).
    log_prior
        Log prior weight of each node, used only to tell which nodes matter: shape (N,).
    tolerance
        Change of log Z from one sweep to the next at which a node counts as settled.

    Notes
    -----
    All sites are updated at once, the first two times in full and then by nine tenths; by less at
    a node whose log Z does not calm down, as where the noise is far smaller than a step.  log Z
    is stationary in the sites at the fixed point, so its error is second order in theirs.
    Minka 2001; Rasmussen & Williams 2006, 3.6.
    """
    sites, log_z = start, np.full(len(extra), -np.inf)
    change, share = np.full(len(extra), np.inf), np.ones(len(extra))
    for turn in range(_MOST_SWEEPS):
        marginals = sweep(field=field, sites=sites)
        mean, variance = cavity(marginals=marginals, sites=sites)
        tilted = likelihood.tilt(value=value[:, None], mean=mean, variance=variance, extra=extra)
        before, earlier = log_z, change
        log_z = marginals.log_mass + site_masses(
            tilted=tilted, sites=sites, mean=mean, variance=variance
        ).sum(axis=0)
        change = np.abs(log_z - before)
        merit = log_z + log_prior
        settled = bool((change[merit > merit.max() - _NEGLIGIBLE] < tolerance).all())
        if settled:
            break
        share = next_share(share=share, turn=turn, change=change, earlier=earlier)
        sites = updated(sites=sites, tilted=tilted, mean=mean, variance=variance, share=share)
    return Propagated(marginals=marginals, sites=sites, log_z=log_z, settled=settled)


def next_share(*, share: Floats, turn: int, change: Floats, earlier: Floats) -> Floats:
    """Return how far each node's sites move: less far once the changes of log Z do not shrink."""
    if turn < len(_SHARES):
        return np.full(share.shape, _SHARES[turn])
    return np.where(change > 0.6 * earlier, np.maximum(0.7 * share, _LEAST_SHARE), share)


def cavity(*, marginals: Marginals, sites: Sites) -> tuple[Floats, Floats]:
    """Return mean and variance of each state with its own site taken out, shapes (n, N)."""
    precision = np.maximum(1.0 / marginals.variance - sites.precision, _LEAST_CAVITY)
    linear = marginals.mean / marginals.variance - sites.linear
    return linear / precision, 1.0 / precision


def site_masses(*, tilted: Tilted, sites: Sites, mean: Floats, variance: Floats) -> Floats:
    """Return the log factor that gives each site its answer's mass, shape (n, N)."""
    grown = 1.0 + sites.precision * variance
    square = sites.linear**2 * variance + 2 * sites.linear * mean - sites.precision * mean**2
    return tilted.log_mass + 0.5 * np.log(grown) - 0.5 * square / grown


def updated(
    *, sites: Sites, tilted: Tilted, mean: Floats, variance: Floats, share: Floats
) -> Sites:
    """Return the sites moved by ``share`` of the way to those that give the tilted moments."""
    precision = np.maximum(1.0 / tilted.variance - 1.0 / variance, _LEAST_SITE)
    # the mean is kept exact also where the guard has changed the precision
    linear = tilted.mean * (precision + 1.0 / variance) - mean / variance
    return Sites(
        linear=sites.linear + share * (linear - sites.linear),
        precision=sites.precision + share * (precision - sites.precision),
    )
