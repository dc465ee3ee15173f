"""The posterior of the effect under the Gaussian model, exactly and without sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian_axis import Marginal
from ekbom.analysis.gaussian_grid import Grid, locate
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors

__all__ = [
    "GaussianDraws",
    "GaussianPosterior",
    "TauSummary",
    "fit_gaussian",
]


@dataclass(frozen=True, slots=True)
class TauSummary:
    """How fast the treatment comes and goes, in nights, and how much the data said about it.

    ``overlap`` is the area common to the prior and posterior densities of log tau: near 1 the
    data say little about the onset speed.  A known tau has mean and limits tau and overlap 1.
    """

    mean: float
    median: float
    lower: float
    upper: float
    overlap: float


@dataclass(frozen=True, slots=True)
class GaussianDraws:
    """Independent joint draws: ``coefficients`` (N, p) in raw units, the others (N,).

    The coefficients are the intercept, the covariates in their order, and last the effect at
    full exposure.
    """

    coefficients: Floats
    tau: Floats
    rho: Floats
    sigma: Floats


@dataclass(frozen=True, slots=True)
class GaussianPosterior:
    """What the answers say about the effect, as weighted normal distributions.

    Each of the C components holds onset time ``tau`` (nights), autocorrelation ``rho`` from one
    night to the next and marginal sd ``sigma`` fixed; given these, the effect at full exposure
    is normal with ``effect_mean`` and ``effect_sd``.  All six are of shape (C,), in raw units.
    """

    weight: Floats
    tau: Floats
    rho: Floats
    sigma: Floats
    effect_mean: Floats
    effect_sd: Floats
    log_marginal_likelihood: float
    data: Observations
    priors: Priors
    grid: Grid
    node: NDArray[np.intp]

    def effect(self) -> Mixture:
        """Return the posterior of beta, the effect at full exposure."""
        return Mixture(self.weight, self.effect_mean, self.effect_sd)

    def contrast(self, scale: Callable[[Floats], Floats]) -> Mixture:
        """Return the posterior of the effect this schedule can show.

        Parameters
        ----------
        scale
            D(tau), the difference in mean exposure between treatment and reference nights, for
            an array of taus; must not be 0 anywhere.

        Returns
        -------
        The posterior of theta = beta D(tau).
        """
        taus, place = np.unique(self.tau, return_inverse=True)
        return self.effect().scaled(scale(taus)[place])

    def tau_marginal(self) -> Marginal:
        """Return the posterior of log tau along its axis."""
        axis = self.grid.tau_axis
        count = len(axis.nodes)
        mass: Floats = np.bincount(self.node % count, self.weight, count).astype(float)
        return Marginal(axis, mass)

    def tau_summary(self) -> TauSummary:
        """Return how fast the treatment comes and goes, with 95 % limits."""
        marginal = self.tau_marginal()
        middle, lower, upper = (float(np.exp(marginal.quantile(p))) for p in (0.5, 0.025, 0.975))
        mean = float(self.weight @ self.tau)
        return TauSummary(mean, middle, lower, upper, self.tau_overlap())

    def tau_overlap(self) -> float:
        """Return the area common to prior and posterior of log tau; near 1 little was learned."""
        marginal = self.tau_marginal()
        if marginal.axis.known:
            return 1.0
        mean, sd = self.priors.log_tau_mean, self.priors.log_tau_sd
        places = np.linspace(marginal.axis.low, marginal.axis.high, 2001)
        prior = np.exp(-0.5 * ((places - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
        shared = np.minimum(prior, marginal.density(places))
        return min(1.0, float(np.trapezoid(shared, places)))

    def draw(self, *, count: int, generator: np.random.Generator) -> GaussianDraws:
        """Return ``count`` independent draws of all unknowns: no burn-in, no autocorrelation."""
        chosen = generator.choice(len(self.weight), size=count, p=self.weight)
        nodes = self.grid.nodes.take(self.node[chosen])
        variance = self.sigma[chosen] ** 2
        spread = nodes.eigenvalues + variance
        noise = generator.standard_normal(spread.shape)
        rotated = nodes.projection / spread + np.sqrt(variance / spread) * noise
        standard = np.einsum("nij,jn->ni", nodes.eigenvectors, rotated)
        sds = np.r_[self.priors.intercept_sd, self.data.covariate_sds, self.priors.effect_sd]
        coefficients = standard * sds
        coefficients[:, 0] += self.priors.intercept_mean
        return GaussianDraws(coefficients, self.tau[chosen], self.rho[chosen], self.sigma[chosen])


def fit_gaussian(*, data: Observations, priors: Priors, tau_nodes: int = 21) -> GaussianPosterior:
    """Return what the answered nights say about the effect of the treatment.

    Every night's answer is a level, a trend, the effect times that night's exposure, and noise
    that carries over from night to night.  All of these are learnt together, the speed of onset
    included, so that the limits say what is known and no more.

    Parameters
    ----------
    data
        The answered nights and every calendar night's dose.
    priors
        In the units of ``data.value``.  ``log_tau_sd = 0`` takes tau as known
        (``log_tau_mean = -inf``: it works at once), ``rho_sd = 0`` takes rho as known.
    tau_nodes
        Nodes along log tau: 21 for a verdict, 15 where thousands of trials are simulated.

    Raises
    ------
    TooFewNightsError
        If there are at most p + 2 answers for p coefficients, or all answers are the same.

    Notes
    -----
    y_t = a + x_t' b + beta e_t(tau) + u_t, with u a stationary first-order autoregression of
    marginal sd sigma; over a gap of g nights it keeps rho^g, which is exact for any pattern of
    missing nights.  Given (rho, tau, sigma) coefficients and answers are jointly normal; rho, tau
    and sigma are integrated by quadrature: Gauss-Legendre in (atanh rho, log tau) on axes that
    close in on the posterior, equal steps in log sigma around the peak at each node
    (docs/method.md, "Posterior").
    """
    data.require_enough()
    grid, pieces = locate(data=data, priors=priors, tau_nodes=tau_nodes)
    nodes = grid.nodes.take(pieces.node)
    mean, sd = nodes.coefficient(data.coefficients - 1, pieces.sigma**2)
    values = pieces.sigma.shape[1]
    node = np.repeat(pieces.node, values)
    return GaussianPosterior(
        weight=pieces.weight.ravel(),
        tau=grid.tau[node],
        rho=grid.rho[node],
        sigma=pieces.sigma.ravel(),
        effect_mean=mean.ravel() * priors.effect_sd,
        effect_sd=sd.ravel() * priors.effect_sd,
        log_marginal_likelihood=pieces.log_evidence,
        data=data,
        priors=priors,
        grid=grid,
        node=node,
    )
