"""Ratings: a latent state seen through equal steps, open at both ends of the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from ekbom.analysis.exposure import Floats
from ekbom.analysis.propagation.likelihood import Tilted

_FAR = 1e150
"""Standard deviations at which an open end is put: its square is finite, its density is 0."""
_LEAST_VARIANCE = 1e-9
"""Below this share of the belief's variance the closed form has only rounding left to say."""


@dataclass(frozen=True, slots=True)
class IntervalCensored:
    """A rating k says that the state lies within half a step of k, or beyond an end of the scale.

    ``minimum``, ``maximum`` and ``step`` describe the scale: 0, 10 and 1 for a 0-10 rating.
    """

    minimum: float = 0.0
    maximum: float = 10.0
    step: float = 1.0

    @property
    def extra_mean(self) -> float:
        """Return 0: a rating has no hyperparameter of its own."""
        return 0.0

    @property
    def extra_sd(self) -> float:
        """Return 0: a rating has no hyperparameter of its own."""
        return 0.0

    def check(self, *, value: Floats) -> None:
        """Raise ValueError if a value is not a point of the scale."""
        level = (value - self.minimum) / self.step
        off_step = np.abs(level - np.round(level)) > 1e-6
        if (off_step | (value < self.minimum) | (value > self.maximum)).any():
            raise ValueError("a rating is not a point of its scale")

    def guess(self, *, value: Floats) -> tuple[Floats, Floats]:
        """Return the rating itself, with the precision of a uniform step."""
        return value, np.full(value.shape, 12.0 / self.step**2)

    def tilt(self, *, value: Floats, mean: Floats, variance: Floats, extra: Floats) -> Tilted:
        """Return the normal belief cut to the rating's interval, in closed form."""
        del extra
        half = 0.5 * self.step
        low = np.where(value <= self.minimum + half, -np.inf, value - half)
        high = np.where(value >= self.maximum - half, np.inf, value + half)
        sd = np.sqrt(variance)
        log_mass, shift, spread = truncate(low=(low - mean) / sd, high=(high - mean) / sd)
        return Tilted(log_mass, mean + sd * shift, variance * spread)

    def expect(self, *, mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
        """Return the mean rating, a sum over the steps of P(state above the step)."""
        steps = round((self.maximum - self.minimum) / self.step)
        total, slope = np.zeros(mean.shape), np.zeros(mean.shape)
        for k in range(steps):
            z = (mean - (self.minimum + (k + 0.5) * self.step)) / sd
            total += ndtr(z)
            slope += np.exp(-0.5 * z * z)
        slope *= self.step / np.sqrt(2 * np.pi) / sd
        return self.minimum + self.step * total, slope


def truncate(*, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log mass, mean and variance of a standard normal cut to (low, high).

    Parameters
    ----------
    low, high
        Ends of the interval in standard deviations, low < high, infinite where open: any shape.

    Notes
    -----
    The interval is reflected to the left of 0, b being its end nearer to 0 and a the other.  With
    h = phi(b)/Phi(b) from the scaled complementary error function, q = phi(a)/phi(b) and
    R = Phi(a)/Phi(b): mass Phi(b)(1 - R), mean -h(1 - q)/(1 - R), variance
    1 - h(b - a q)/(1 - R) - mean^2 (Johnson, Kotz & Balakrishnan 1994, 13.10.1).
    """
    flip = np.where(low + high > 0, -1.0, 1.0)
    a = np.clip(np.where(flip > 0, low, -high), -_FAR, _FAR)
    b = np.clip(np.where(flip > 0, high, -low), -_FAR, _FAR)
    root = np.sqrt(0.5)
    mills = erfcx(-root * b)
    q = np.exp(0.5 * (b - a) * (b + a))
    keep = 1.0 - q * erfcx(-root * a) / mills
    h = np.sqrt(2 / np.pi) / mills / keep
    mean = -h * (1.0 - q)
    # left of b = -1 the variance is below b^-2: this holds where the difference has cancelled
    variance = np.minimum(1.0 - h * (b - a * q) - mean * mean, np.minimum(b, -1.0) ** -2)
    return log_ndtr(b) + np.log(keep), flip * mean, np.maximum(variance, _LEAST_VARIANCE)
