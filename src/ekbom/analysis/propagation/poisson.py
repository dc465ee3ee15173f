"""Counts whose night-to-night spread the latent state explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from ekbom.analysis.exposure import Floats
from ekbom.analysis.propagation.likelihood import Tilted
from ekbom.analysis.propagation.quadrature import tilt_at_mode


@dataclass(frozen=True, slots=True)
class Poisson:
    """A count with mean exp(eta)."""

    @property
    def extra_mean(self) -> float:
        """Return 0: a Poisson count has no hyperparameter of its own."""
        return 0.0

    @property
    def extra_sd(self) -> float:
        """Return 0: a Poisson count has no hyperparameter of its own."""
        return 0.0

    def check(self, *, value: Floats) -> None:
        """Raise ValueError if a value is not a count."""
        check_counts(value=value)

    def guess(self, *, value: Floats) -> tuple[Floats, Floats]:
        """Return the log of the count, half a case added, with that many cases' precision."""
        return np.log(value + 0.5), value + 0.5

    def tilt(self, *, value: Floats, mean: Floats, variance: Floats, extra: Floats) -> Tilted:
        """Return the normal belief times the probability of the count."""
        del extra
        constant = gammaln(value + 1.0)

        def log_likelihood(eta: Floats) -> Floats:
            return value * eta - np.exp(eta) - constant

        def slopes(eta: Floats) -> tuple[Floats, Floats]:
            rate = np.exp(eta)
            return value - rate, rate

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


def check_counts(*, value: Floats) -> None:
    """Raise ValueError if a value is not a whole number from 0."""
    if ((value < 0) | (value != np.round(value))).any():
        raise ValueError("a count is a whole number from 0")


def start_of_mode(*, value: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return eta between the belief and the log count, each with its precision as weight."""
    cases = value + 0.5
    return (mean / variance + cases * np.log(cases)) / (1.0 / variance + cases)
