"""Simulation-based calibration (Talts et al. 2018), short: bench/ep.py runs the long one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import kolmogorov

from ekbom.analysis.exposure import exposure
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.fit import fit_ep
from ekbom.analysis.propagation.interval import IntervalCensored

TRIALS, NIGHTS = 120, 42
PRIORS = Priors(5, 2.5, 2, 2, 2.5, rho_mean=0.3, rho_sd=0.3, log_tau_mean=float(np.log(2)))


def draw_rho(rng):
    while True:
        rho = rng.normal(PRIORS.rho_mean, PRIORS.rho_sd)
        if abs(rho) < PRIORS.rho_bound:
            return rho


def draw_trial(rng):
    """Return a true effect from the prior and the ratings that it made, 10 % missing."""
    effect, rho = rng.normal(0, PRIORS.effect_sd), draw_rho(rng)
    sigma = abs(rng.normal(0, PRIORS.sigma_sd))
    noise = np.empty(NIGHTS)
    noise[0] = rng.normal()
    for t in range(1, NIGHTS):
        noise[t] = rho * noise[t - 1] + np.sqrt(1 - rho**2) * rng.normal()
    dose = np.concatenate([np.roll([0.0] * 7 + [1.0] * 7, 7 * rng.integers(2)) for _ in range(3)])
    trend = np.arange(NIGHTS) / (NIGHTS - 1) - 0.5
    latent = rng.normal(PRIORS.intercept_mean, PRIORS.intercept_sd) + rng.normal(0, 2) * trend
    latent = latent + effect * exposure(dose, tau=2.0) + sigma * noise
    night = np.flatnonzero(rng.random(NIGHTS) >= 0.1)
    value = np.clip(np.round(latent), 0, 10)[night]
    return effect, Observations(night, value, trend[night, None], np.array([2.0]), dose)


@pytest.mark.slow
def test_ranks_of_true_effects_are_uniform_as_calibration_demands():
    rng = np.random.default_rng(1880)
    ranks = []
    while len(ranks) < TRIALS:
        effect, data = draw_trial(rng)
        # a choice that looks at the data alone leaves the ranks uniform
        if (data.value == data.value[0]).all():
            continue
        posterior = fit_ep(data=data, priors=PRIORS, likelihood=IntervalCensored(), nodes=128)
        ranks.append(posterior.effect().below(effect))
    ranks = np.sort(ranks)
    steps = np.arange(TRIALS + 1) / TRIALS
    distance = max((ranks - steps[:-1]).max(), (steps[1:] - ranks).max())
    assert kolmogorov(np.sqrt(TRIALS) * distance) > 0.001
    covered = ((ranks > 0.025) & (ranks < 0.975)).mean()
    assert abs(covered - 0.95) < 3 * np.sqrt(0.95 * 0.05 / TRIALS)
