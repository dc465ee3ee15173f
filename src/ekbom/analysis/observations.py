"""The nights of one outcome as the models read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats

_CONSTANT = 1e-12
"""Answers that differ by less than this share of their size are one answer, rounded twice."""


class TooFewNightsError(ValueError):
    """The nights at hand cannot tell an effect from chance: too few, or all with one answer."""


@dataclass(frozen=True, slots=True)
class Observations:
    """The analysed nights of one outcome, and the dose of every night of the calendar.

    Attributes
    ----------
    night
        Calendar index of each observed night, strictly increasing, 0 the first: shape (n,).
    value
        What was reported on those nights, in the outcome's own units: shape (n,).
    covariates
        Everything that is adjusted for besides the level, the trend in column 0: shape (n, q).
    covariate_sds
        Prior standard deviation of each covariate's coefficient, around 0: shape (q,).
    dose
        Dose of every calendar night, observed or not, 0 none to 1 the full dose: shape (T,).
    """

    night: NDArray[np.intp]
    value: Floats
    covariates: Floats
    covariate_sds: Floats
    dose: Floats

    def __post_init__(self) -> None:
        n, q = len(self.night), len(self.covariate_sds)
        if self.value.shape != (n,) or self.covariates.shape != (n, q):
            raise ValueError("night, value, covariates and covariate_sds do not fit together")
        if n and (self.night[0] < 0 or self.night[-1] >= len(self.dose)):
            raise ValueError("an observed night lies outside the calendar of doses")
        if (np.diff(self.night) <= 0).any():
            raise ValueError("observed nights must be strictly increasing")
        if not np.isfinite(self.value).all():
            raise ValueError("a missing value is no observation: leave its night out")
        for numbers in (self.covariates, self.covariate_sds, self.dose):
            if not np.isfinite(numbers).all():
                raise ValueError("every covariate and dose must be a finite number")

    @property
    def n(self) -> int:
        """Return the number of observed nights."""
        return len(self.night)

    @property
    def coefficients(self) -> int:
        """Return the number of coefficients: level, covariates, effect."""
        return len(self.covariate_sds) + 2

    def require_enough(self) -> None:
        """Refuse data that cannot tell an effect from chance.

        Raises
        ------
        TooFewNightsError
            If there are not at least three nights more than coefficients (level, covariates and
            effect), or if every night has the same value.
        """
        least = self.coefficients + 3
        if self.n < least:
            raise TooFewNightsError(f"{self.n} nights are too few: {least} are needed at least")
        if np.ptp(self.value) <= _CONSTANT * np.abs(self.value).max():
            raise TooFewNightsError("every night has the same answer")
