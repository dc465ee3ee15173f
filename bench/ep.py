"""Speed and calibration of expectation propagation: `python bench/ep.py [trials]`."""

from __future__ import annotations

import sys
import time

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

from ekbom.analysis.exposure import Floats, exposure
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.fit import fit_ep
from ekbom.analysis.propagation.interval import IntervalCensored
from ekbom.analysis.propagation.likelihood import Likelihood
from ekbom.analysis.propagation.negative_binomial import NegativeBinomial
from ekbom.analysis.propagation.poisson import Poisson

NIGHTS, SEED = 84, 1880
LOG_2 = float(np.log(2))
RATINGS = Priors(5, 2.5, 2, 2, 2.5, rho_mean=0.3, rho_sd=0.3, log_tau_mean=LOG_2)
COUNTS = Priors(1, 1, 0.5, 0.7, 0.7, rho_mean=0.3, rho_sd=0.3, log_tau_mean=LOG_2)
KINDS: dict[str, tuple[Priors, Likelihood]] = {
    "rating": (RATINGS, IntervalCensored()),
    "poisson": (COUNTS, Poisson()),
    "negative binomial": (COUNTS, NegativeBinomial()),
}


def with_tau(priors: Priors, *, estimated: bool) -> Priors:
    return Priors(
        priors.intercept_mean,
        priors.intercept_sd,
        priors.trend_sd,
        priors.effect_sd,
        priors.sigma_sd,
        priors.rho_mean,
        priors.rho_sd,
        priors.rho_bound,
        priors.log_tau_mean,
        0.7 if estimated else 0.0,
    )


def draw_latent(rng: np.random.Generator, *, priors: Priors, dose: Floats) -> tuple[float, Floats]:
    """Return a true effect and the latent states that it made, everything from the prior."""
    effect = rng.normal(0, priors.effect_sd)
    rho = 2.0
    while abs(rho) >= priors.rho_bound:
        rho = rng.normal(priors.rho_mean, priors.rho_sd)
    tau = np.exp(rng.normal(priors.log_tau_mean, priors.log_tau_sd))
    noise = rng.normal(size=len(dose))
    for t in range(1, len(dose)):
        noise[t] = rho * noise[t - 1] + np.sqrt(1 - rho**2) * noise[t]
    trend = np.arange(len(dose)) / (len(dose) - 1) - 0.5
    level = rng.normal(priors.intercept_mean, priors.intercept_sd)
    drift = rng.normal(0, priors.trend_sd) * trend
    spread = abs(rng.normal(0, priors.sigma_sd))
    return effect, level + drift + effect * exposure(dose, tau=tau) + spread * noise


def draw_answers(rng: np.random.Generator, *, kind: str, latent: Floats) -> Floats:
    if kind == "rating":
        return np.clip(np.round(latent), 0.0, 10.0)
    rate = np.exp(np.minimum(latent, 12.0))
    if kind == "negative binomial":
        r = np.exp(rng.normal(1.5, 1.0))
        rate = rate * rng.gamma(r, 1 / r, size=len(rate))
    return rng.poisson(rate).astype(float)


def draw_trial(
    rng: np.random.Generator, *, kind: str, priors: Priors
) -> tuple[float, Observations]:
    """Return a true effect and 84 nights, 10 % of them missing, that are not all the same."""
    pairs = [np.roll([0.0] * 7 + [1.0] * 7, 7 * rng.integers(2)) for _ in range(NIGHTS // 14)]
    dose = np.concatenate(pairs)
    night = np.flatnonzero(rng.random(NIGHTS) >= 0.1)
    trend = (night / (NIGHTS - 1) - 0.5)[:, None]
    while True:
        effect, latent = draw_latent(rng, priors=priors, dose=dose)
        value = draw_answers(rng, kind=kind, latent=latent)[night]
        # a choice that looks at the data alone keeps the ranks uniform
        if (value != value[0]).any():
            return effect, Observations(night, value, trend, np.array([priors.trend_sd]), dose)


def report(*, kind: str, estimated: bool, trials: int) -> None:
    """Print time and calibration of one model."""
    priors, likelihood = KINDS[kind]
    priors = with_tau(priors, estimated=estimated)
    rng = np.random.default_rng(SEED)
    ranks, seconds, failed = [], [], 0
    for _ in range(trials):
        effect, data = draw_trial(rng, kind=kind, priors=priors)
        start = time.perf_counter()
        posterior = fit_ep(data=data, priors=priors, likelihood=likelihood)
        seconds.append(time.perf_counter() - start)
        failed += not posterior.converged
        ranks.append(posterior.effect().below(effect))
    times = np.quantile(seconds, [0.5, 0.95, 1]) * 1000
    print(
        f"{kind:18} tau {'estimated' if estimated else 'known':9} "
        f"median {times[0]:4.0f} ms, 95 % {times[1]:4.0f} ms, longest {times[2]:5.0f} ms; "
        f"{describe(np.sort(ranks))}; not converged {failed}",
        flush=True,
    )


def describe(ranks: NDArray[np.float64]) -> str:
    """Return how uniform sorted ranks are: KS, chi-square of 20 bins, coverage."""
    count = len(ranks)
    steps = np.arange(count + 1) / count
    distance = max((ranks - steps[:-1]).max(), (steps[1:] - ranks).max())
    bins = np.histogram(ranks, bins=20, range=(0, 1))[0]
    square = ((bins - count / 20) ** 2).sum() / (count / 20)
    covered = ((ranks > 0.025) & (ranks < 0.975)).mean()
    return (
        f"KS p {kolmogorov(np.sqrt(count) * distance):.3f}, chi2(19) p {chdtrc(19, square):.3f}, "
        f"95 % coverage {covered:.3f}"
    )


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for kind in KINDS:
        for estimated in (False, True):
            report(kind=kind, estimated=estimated, trials=trials)


if __name__ == "__main__":
    main()
