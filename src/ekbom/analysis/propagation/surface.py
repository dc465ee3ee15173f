"""The log posterior of the hyperparameters, evaluated at many nodes at a time."""

from __future__ import annotations

import numpy as np

from ekbom.analysis.exposure import Floats, exposure
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.hyperparameters import Hyperparameters, Scale
from ekbom.analysis.propagation.likelihood import Likelihood
from ekbom.analysis.propagation.sites import Propagated, propagate
from ekbom.analysis.propagation.sweep import Field, Sites, chain


class Surface:
    """The log posterior of the hyperparameters of one data set, evaluated many nodes at a time.

    Keeps the sites of the best node seen, from which the next evaluation starts.
    """

    def __init__(self, *, data: Observations, priors: Priors, likelihood: Likelihood) -> None:
        self.data = data
        self.priors = priors
        self.likelihood = likelihood
        self.scale = Scale(priors, likelihood)
        mean, precision = likelihood.guess(value=data.value)
        self._start = Sites((mean * precision)[:, None], precision[:, None])
        self._best = -np.inf

    def height(self, points: Floats, *, tolerance: float = 1e-5) -> Floats:
        """Return the log posterior density at ``points``, shape (N, d): shape (N,)."""
        return self.evaluate(points, tolerance=tolerance)[0]

    def evaluate(
        self, points: Floats, *, tolerance: float = 1e-5
    ) -> tuple[Floats, Propagated, Hyperparameters]:
        """Return the log posterior density, the propagation and the values behind it."""
        values = self.scale.place(points=points)
        log_prior = -0.5 * (points**2).sum(axis=1) - 0.5 * points.shape[1] * np.log(2 * np.pi)
        shape = (self.data.n, len(points))
        outcome = propagate(
            field=latent_field(data=self.data, priors=self.priors, values=values),
            likelihood=self.likelihood,
            value=self.data.value,
            extra=values.extra,
            start=Sites(
                np.broadcast_to(self._start.linear, shape),
                np.broadcast_to(self._start.precision, shape),
            ),
            log_prior=log_prior,
            tolerance=tolerance,
        )
        height = outcome.log_z + log_prior
        self._remember(height=height, sites=outcome.sites)
        return height, outcome, values

    def _remember(self, *, height: Floats, sites: Sites) -> None:
        best = int(height.argmax())
        if height[best] > self._best:
            self._best = height[best]
            self._start = Sites(sites.linear[:, [best]], sites.precision[:, [best]])


def latent_field(*, data: Observations, priors: Priors, values: Hyperparameters) -> Field:
    """Return the prior of the latent states; coefficients: level, covariates, effect."""
    count, p = len(values.rho), data.covariates.shape[1] + 2
    design = np.empty((data.n, p, count))
    design[:, 0] = 1.0
    design[:, 1:-1] = data.covariates[:, :, None]
    tau, back = np.unique(values.tau, return_inverse=True)
    design[:, -1] = exposure(data.dose, tau=tau)[:, data.night].T[:, back]
    sds = np.array([priors.intercept_sd, *data.covariate_sds, priors.effect_sd])
    mean = np.zeros(p)
    mean[0] = priors.intercept_mean
    gap = np.diff(data.night)
    return Field(design, mean, sds**-2.0, *chain(gap=gap, rho=values.rho, sigma=values.sigma))
