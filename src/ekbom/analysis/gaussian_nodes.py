"""The Gaussian model where rho and tau are held fixed: a regression in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian_statistics import Statistics

_PERFECT = 1e-12
"""A residual below this share of the answers' sum of squares is rounding error."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """One regression per node (rho, tau), rotated so that every sigma is solved by division.

    Attributes
    ----------
    nights
        Number of answered nights, n.
    log_determinant
        Of the nights' correlation matrix, shape (N,).
    eigenvalues, eigenvectors
        Of the whitened cross-products A of the regressors, shapes (p, N) and (N, p, p).
    projection
        Cross-products of the rotated regressors with the answers, shape (p, N).
    fitted
        Squares of ``projection`` over ``eigenvalues``, shape (p, N): what each rotated regressor
        explains.
    residual
        Sum of squares that no coefficient explains, shape (N,).
    """

    nights: int
    log_determinant: Floats
    eigenvalues: Floats
    eigenvectors: Floats
    projection: Floats
    fitted: Floats
    residual: Floats

    def take(self, index: NDArray[np.intp]) -> Nodes:
        """Return the nodes listed in ``index``."""
        return Nodes(
            self.nights,
            self.log_determinant[index],
            self.eigenvalues[:, index],
            self.eigenvectors[index],
            self.projection[:, index],
            self.fitted[:, index],
            self.residual[index],
        )

    @property
    def freedom(self) -> int:
        """Return the nights left once every coefficient has taken one."""
        return self.nights - len(self.eigenvalues)

    def log_likelihood(self, variance: Floats) -> Floats:
        """Return log p(y | rho, tau, sigma), the coefficients integrated out.

        Parameters
        ----------
        variance
            sigma^2, shape (N, M): M values at each node.

        Returns
        -------
        The log likelihood in full, constants included, shape (N, M).
        """
        spread = self.eigenvalues[..., None] + variance
        misfit = self.residual[:, None] / variance + (self.fitted[..., None] / spread).sum(0)
        total: Floats = (
            self.freedom * np.log(variance)
            + np.log(spread).sum(0)
            + self.log_determinant[:, None]
            + misfit
            + self.nights * np.log(2 * np.pi)
        )
        return -0.5 * total

    def slope_and_curvature(self, variance: Floats) -> tuple[Floats, Floats]:
        """Return the log likelihood's first and negative second derivative in log sigma, (N,)."""
        spread = self.eigenvalues + variance
        ratio = variance / spread
        misfit = self.residual / variance
        explained = self.fitted / spread * ratio
        slope = misfit - self.freedom + (explained - ratio).sum(0)
        bend = ratio * self.eigenvalues - explained * (self.eigenvalues - variance)
        return slope, 2 * (misfit + (bend / spread).sum(0))

    def coefficient(self, place: int, variance: Floats) -> tuple[Floats, Floats]:
        """Return mean and sd of one standardised coefficient, shapes (N, M)."""
        row = self.eigenvectors[:, place, :].T[..., None]
        shrunk = row / (self.eigenvalues[..., None] + variance)
        mean = (shrunk * self.projection[..., None]).sum(0)
        return mean, np.sqrt(variance * (shrunk * row).sum(0))


def condition(*, statistics: Statistics, rho: Floats) -> Nodes:
    """Return the regressions at every pair of ``rho`` (J,) and the statistics' taus (K,).

    Node j K + k belongs to rho j and tau k.
    """
    moments = statistics.moments(rho)
    taus = moments.shape[1]
    moments = moments.reshape(-1, *moments.shape[2:])
    eigenvalues, eigenvectors = np.linalg.eigh(moments[:, :-1, :-1])
    eigenvalues = np.maximum(eigenvalues.T, 0.0)
    projection = (moments[:, None, -1, :-1] @ eigenvectors)[:, 0].T
    # A regressor that is zero throughout has eigenvalue and projection 0: it explains nothing.
    seen = eigenvalues > _PERFECT * eigenvalues[-1]
    fitted = np.where(seen, projection**2 / np.where(seen, eigenvalues, 1.0), 0.0)
    total = moments[:, -1, -1]
    return Nodes(
        nights=statistics.nights,
        log_determinant=np.repeat(statistics.log_determinant(rho), taus),
        eigenvalues=eigenvalues,
        eigenvectors=eigenvectors,
        projection=projection,
        fitted=fitted,
        residual=np.maximum(total - fitted.sum(0), _PERFECT * total),
    )
