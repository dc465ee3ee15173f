"""Counts with more spread than the latent state explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln

from ekbom.analysis.exposure import Floats
from ekbom.analysis.propagation.likelihood import Tilted
from ekbom.analysis.propagation.poisson import check_counts, start_of_mode
from ekbom.analysis.propagation.quadrature import tilt_at_mode


@dataclass(frozen=True, slots=True)
class NegativeBinomial:
    """A count with mean exp(eta) and variance exp(eta) + exp(2 eta)/r.

    log r ~ N(log_r_mean, log_r_sd^2).
    """

    log_r_mean: float = 1.5
    log_r_sd: float = 1.0

    @property
    def extra_mean(self) -> float:
        """Return the prior mean of log r."""
        return self.log_r_mean

    @property
    def extra_sd(self) -> float:
        """Return the prior sd of log r."""
        return self.log_r_sd

    def check(self, *, value: Floats) -> None:
        """Raise ValueError if a value is not a count."""
        check_counts(value=value)

    def guess(self, *, value: Floats) -> tuple[Floats, Floats]:
        """Return the log of the count, half a case added, with its precision at the mean of r."""
        cases, r = value + 0.5, np.exp(self.log_r_mean)
        return np.log(cases), cases * r / (cases + r)

    def tilt(self, *, value: Floats, mean: Floats, variance: Floats, extra: Floats) -> Tilted:
        """Return the normal belief times the probability of the count; ``extra`` is log r."""
        r = np.exp(extra)
        both = value + r
        constant = gammaln(both) - gammaln(r) - gammaln(value + 1.0)

        def log_likelihood(eta: Floats) -> Floats:
            z = eta - extra
            return constant + value * z - both * np.logaddexp(0.0, z)

        def slopes(eta: Floats) -> tuple[Floats, Floats]:
            share = expit(eta - extra)
            return value - both * share, both * share * (1.0 - share)

        return tilt_at_mode(
            log_likelihood=log_likelihood,
            slopes=slopes,
            start=start_of_mode(value=value, mean=mean, variance=variance),
            mean=mean,
            variance=variance,
        )

    def expect(self, *, mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
        """Return the mean count, exp(mean + sd^2 / 2), which is its own derivative."""
        rate = np.exp(mean + 0.5 * sd * sd)
        return rate, rate
