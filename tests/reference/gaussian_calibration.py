"""Simulation-based calibration: truths drawn from the priors must look drawn from the posterior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.priors import Priors
from reference.gaussian_trials import draw_trial


def positions(
    *,
    nights: int,
    period: int,
    priors: Priors,
    draws: int,
    generator: np.random.Generator,
    tau_nodes: int = 21,
) -> NDArray[np.float64]:
    """Return the posterior probability below the true effect in each of ``draws`` trials."""
    found = np.empty(draws)
    for i in range(draws):
        trial = draw_trial(nights=nights, period=period, priors=priors, generator=generator)
        posterior = fit_gaussian(data=trial.data, priors=priors, tau_nodes=tau_nodes)
        found[i] = posterior.effect().below(trial.effect)
    return found


def kolmogorov_p(positions: NDArray[np.float64]) -> float:
    """Return the Kolmogorov-Smirnov p-value against uniform positions."""
    count = len(positions)
    steps = np.arange(count + 1) / count
    ordered = np.sort(positions)
    distance = max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max())
    # Stephens' correction brings the limiting distribution to finite samples.
    root = np.sqrt(count)
    return float(kolmogorov((root + 0.12 + 0.11 / root) * distance))


def chi_square_p(positions: NDArray[np.float64], *, bins: int = 20) -> float:
    """Return the chi-square p-value of the counts in equal bins."""
    counts, _ = np.histogram(positions, bins=bins, range=(0, 1))
    even = len(positions) / bins
    return float(chdtrc(bins - 1, ((counts - even) ** 2 / even).sum()))


def coverage(positions: NDArray[np.float64]) -> float:
    """Return the share of truths inside the central 95 %."""
    return float((np.abs(positions - 0.5) < 0.475).mean())
