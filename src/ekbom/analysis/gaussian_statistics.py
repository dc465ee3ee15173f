"""All that the Gaussian model needs to know of the nights, whatever rho is tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats, exposure
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors


@dataclass(frozen=True, slots=True)
class Statistics:
    """Sums over the nights from which every autocorrelation's regression follows.

    P = p + 1 columns: the p regressors times their prior sds, then the answers less the prior
    mean; K taus; G distinct gaps between neighbouring answered nights.

    Attributes
    ----------
    nights
        Number of answered nights, n.
    gap, count
        The distinct gaps in nights and how often each occurs, shape (G,).
    features
        Half the outer products of the first and last night, then a quarter of those of the
        differences and of the sums of neighbours at each gap, shape (2G + 1, K, P, P).
    """

    nights: int
    gap: NDArray[np.int64]
    count: NDArray[np.int64]
    features: Floats

    def moments(self, rho: Floats) -> Floats:
        """Return the whitened cross-products at each rho, shape (J, K, P, P).

        Notes
        -----
        With r = rho^gap, whitening night i gives (c_i - r c_{i-1}) / sqrt(1 - r^2).  Its outer
        product, summed over the nights, is

            (c_1 c_1' + c_n c_n') / 2 + sum_gaps [(1 + r)/(1 - r) D + (1 - r)/(1 + r) S] / 4

        with D and S the summed outer products of c_i - c_{i-1} and c_i + c_{i-1}: every term is
        positive semi-definite, so that nothing cancels as rho nears 1.
        """
        power = rho[:, None] ** self.gap
        odds = (1 + power) / (1 - power)
        factors = np.hstack([np.ones((len(rho), 1)), odds, 1 / odds])
        flat = self.features.reshape(len(self.features), -1)
        return (factors @ flat).reshape(len(rho), *self.features.shape[1:])

    def log_determinant(self, rho: Floats) -> Floats:
        """Return the log determinant of the nights' correlation matrix at each rho, shape (J,)."""
        power = rho[:, None] ** self.gap
        determinant: Floats = np.log1p(-power * power) @ self.count
        return determinant


def summarise(*, data: Observations, priors: Priors, tau: Floats) -> Statistics:
    """Return the sums over the nights for each of the onset times ``tau``, shape (K,)."""
    columns = _columns(data=data, priors=priors, tau=tau)
    ends = columns[:, [0, -1]]
    change = np.diff(columns, axis=1)
    total = columns[:, 1:] + columns[:, :-1]
    gaps = np.diff(data.night)
    gap, count = np.unique(gaps, return_counts=True)
    features = np.stack(
        [
            0.5 * _outer(ends),
            *(0.25 * _outer(change[:, gaps == g]) for g in gap),
            *(0.25 * _outer(total[:, gaps == g]) for g in gap),
        ]
    )
    return Statistics(nights=len(data.night), gap=gap, count=count, features=features)


def _columns(*, data: Observations, priors: Priors, tau: Floats) -> Floats:
    """Return regressors and answers in prior-standardised coordinates, shape (K, n, P)."""
    columns = np.empty((len(tau), len(data.night), data.coefficients + 1))
    columns[..., 0] = priors.intercept_sd
    columns[..., 1:-2] = data.covariates * data.covariate_sds
    columns[..., -2] = exposure(data.dose, tau=tau)[:, data.night] * priors.effect_sd
    columns[..., -1] = data.value - priors.intercept_mean
    return columns


def _outer(columns: Floats) -> Floats:
    """Return the cross-products of the columns summed over the nights, shape (K, P, P)."""
    return columns.swapaxes(1, 2) @ columns
