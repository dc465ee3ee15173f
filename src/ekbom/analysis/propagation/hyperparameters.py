"""Autocorrelation, spread, onset time: where their posterior lies, and nodes that cover it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import erfcinv, erfinv, ndtr, ndtri

from ekbom.analysis.exposure import Floats
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.likelihood import Likelihood

_LEAST_SIGMA = 1e-6


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Values at N nodes, shapes (N,): ``extra`` is the likelihood's own (0 if it has none)."""

    rho: Floats
    sigma: Floats
    tau: Floats
    extra: Floats


@dataclass(frozen=True, slots=True)
class Scale:
    """Carries each hyperparameter on the axis on which its prior is standard normal.

    Axes: rho, sigma, then log tau unless it is known, then the likelihood's own if it has one.
    On these axes no prior has an edge and no posterior a tail heavier than the prior's, which
    is what importance weights need: a variance near 0, that counts often leave possible, is a
    flat stretch on the axis of log sigma and an ordinary normal tail here.
    """

    priors: Priors
    likelihood: Likelihood
    axes: int = field(init=False)

    def __post_init__(self) -> None:
        free = 2 + (self.priors.log_tau_sd > 0) + (self.likelihood.extra_sd > 0)
        object.__setattr__(self, "axes", free)

    def place(self, *, points: Floats) -> Hyperparameters:
        """Return the hyperparameters at ``points``, shape (N, axes)."""
        priors, count = self.priors, len(points)
        log_tau = np.full(count, priors.log_tau_mean)
        extra = np.full(count, self.likelihood.extra_mean)
        if priors.log_tau_sd > 0:
            log_tau = log_tau + priors.log_tau_sd * points[:, 2]
        if self.likelihood.extra_sd > 0:
            extra = extra + self.likelihood.extra_sd * points[:, -1]
        return Hyperparameters(
            rho=_cut_normal(points[:, 0], priors=priors),
            sigma=np.maximum(priors.sigma_sd * _half_normal(points[:, 1]), _LEAST_SIGMA),
            tau=np.exp(log_tau),
            extra=extra,
        )


def _cut_normal(z: Floats, *, priors: Priors) -> Floats:
    """Return the quantile of rho's prior at the standard normal ``z``."""
    low = ndtr((-priors.rho_bound - priors.rho_mean) / priors.rho_sd)
    high = ndtr((priors.rho_bound - priors.rho_mean) / priors.rho_sd)
    rho = priors.rho_mean + priors.rho_sd * ndtri(low + (high - low) * ndtr(z))
    # rounding far out in a tail must not reach past the bound
    bounded: Floats = np.clip(rho, -priors.rho_bound, priors.rho_bound)
    return bounded


def _half_normal(z: Floats) -> Floats:
    """Return the quantile of a half-normal at the standard normal ``z``, exact in both tails."""
    root = np.sqrt(2.0)
    size: Floats = root * np.where(z < 0, erfinv(ndtr(z)), erfcinv(ndtr(-z)))
    return size
