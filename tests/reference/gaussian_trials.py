"""Trials drawn from the Gaussian model itself: unknowns from the priors, answers given them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import exposure
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors

PRIORS = Priors(
    intercept_mean=5.0,
    intercept_sd=10.0,
    trend_sd=2.0,
    effect_sd=2.0,
    sigma_sd=2.5,
    log_tau_mean=float(np.log(2.0)),
    log_tau_sd=0.7,
)
"""The priors of a 0-10 rating with the fast onset of `magnesium-rls-fast`."""

TAU_KNOWN = replace(PRIORS, log_tau_sd=0.0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One trial and the truth behind it."""

    data: Observations
    effect: float
    tau: float
    rho: float
    sigma: float


def crossover(*, nights: int, period: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return the dose of each night: pairs of periods, each pair's order a coin toss."""
    pairs = nights // (2 * period)
    first = generator.integers(0, 2, size=pairs)
    order = np.stack([first, 1 - first], axis=1).ravel()
    return np.repeat(order, period).astype(float)


def draw_trial(
    *,
    nights: int,
    period: int,
    priors: Priors,
    generator: np.random.Generator,
    missing: float = 0.1,
) -> Drawn:
    """Return a trial of ``nights`` nights whose unknowns were drawn from the priors."""
    dose = crossover(nights=nights, period=period, generator=generator)
    tau = float(np.exp(priors.log_tau_mean + priors.log_tau_sd * generator.standard_normal()))
    sigma = float(abs(priors.sigma_sd * generator.standard_normal()))
    rho = np.inf
    while abs(rho) >= priors.rho_bound:
        rho = priors.rho_mean + priors.rho_sd * generator.standard_normal()
    level, trend, effect = generator.standard_normal(3) * [
        priors.intercept_sd,
        priors.trend_sd,
        priors.effect_sd,
    ]
    time = np.arange(nights) / (nights - 1) - 0.5
    noise = generator.standard_normal(nights)
    for night in range(1, nights):
        noise[night] = rho * noise[night - 1] + np.sqrt(1 - rho * rho) * noise[night]
    answers = priors.intercept_mean + level + trend * time + sigma * noise
    answers += effect * exposure(dose, tau=tau)
    night = np.flatnonzero(generator.random(nights) >= missing)
    data = Observations(
        night=night,
        value=answers[night],
        covariates=time[night, None],
        covariate_sds=np.array([priors.trend_sd]),
        dose=dose,
    )
    return Drawn(data, float(effect), tau, float(rho), sigma)
