"""The posterior of an effect on answers that are not normal: ratings with steps, counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.hyperparameters import Hyperparameters
from ekbom.analysis.propagation.likelihood import Likelihood
from ekbom.analysis.propagation.nodes import normal_nodes
from ekbom.analysis.propagation.posterior import EPPosterior
from ekbom.analysis.propagation.proposal import Proposal, climb, refit
from ekbom.analysis.propagation.sites import Propagated
from ekbom.analysis.propagation.surface import Surface

_SCOUTS = 32
_MOST_NODES = 1024
_LEAST_ESS = 0.2


def fit_ep(
    *, data: Observations, priors: Priors, likelihood: Likelihood, nodes: int = 256
) -> EPPosterior:
    """Return what ratings or counts say about the effect, without pretending that they are normal.

    Parameters
    ----------
    data
        The analysed nights and the dose of every calendar night.
    priors
        Of the latent state, in its units: the rating's own for ratings, logs for counts.
    likelihood
        `IntervalCensored`, `Poisson` or `NegativeBinomial`.
    nodes
        Number of values of the hyperparameters at which the model is solved, a power of two
        from 64.

    Raises
    ------
    TooFewNightsError
        If the nights are too few, or all answers are the same.
    ValueError
        If an answer is not possible under the likelihood.

    Notes
    -----
    eta_t = level + covariates_t g + e_t(tau) beta + u_t, u a stationary AR(1); y_t | eta_t by the
    likelihood.  Expectation propagation for eta and the coefficients at each node.  The nodes are
    importance samples: half of them around the mode of the hyperparameters, from which a better
    proposal is made for all (docs/method.md, "Ratings and counts").  While their effective number
    is below a fifth, the proposal is refitted, at last with 1,024 nodes; ``converged`` says if
    that was enough.
    """
    data.require_enough()
    likelihood.check(value=data.value)
    surface = Surface(data=data, priors=priors, likelihood=likelihood)
    scouts = normal_nodes(count=_SCOUTS, dimension=surface.scale.axes)
    start = scouts[int(surface.height(scouts, tolerance=0.1).argmax())]
    proposal = climb(height=surface.height, start=start)
    for count in (nodes // 2, nodes, nodes, max(nodes, _MOST_NODES)):
        weighted = weigh(surface=surface, proposal=proposal, count=count)
        if count >= nodes and weighted.ess_share >= _LEAST_ESS:
            break
        proposal = refit(carried=weighted.carried, weight=weighted.weight)
    return weighted.posterior(surface=surface)


@dataclass(frozen=True, slots=True)
class Weighted:
    """Nodes with their importance weights, and what was found at them."""

    carried: Floats
    weight: Floats
    log_evidence: float
    values: Hyperparameters
    outcome: Propagated

    @property
    def ess_share(self) -> float:
        """Return the effective number of nodes over their number."""
        return float(1.0 / (self.weight @ self.weight) / len(self.weight))

    def posterior(self, *, surface: Surface) -> EPPosterior:
        """Return the mixture over the nodes."""
        marginals = self.outcome.marginals
        return EPPosterior(
            weight=self.weight,
            tau=self.values.tau,
            rho=self.values.rho,
            sigma=self.values.sigma,
            extra=self.values.extra,
            coefficient_mean=marginals.coefficient_mean,
            coefficient_cov=marginals.coefficient_cov,
            log_marginal_likelihood=self.log_evidence,
            ess_share=self.ess_share,
            converged=self.outcome.settled and self.ess_share >= _LEAST_ESS,
            covariates=surface.data.covariates,
            likelihood=surface.likelihood,
        )


def weigh(*, surface: Surface, proposal: Proposal, count: int) -> Weighted:
    """Return ``count`` nodes of the proposal with their importance weights."""
    points = normal_nodes(count=count, dimension=len(proposal.centre))
    carried = proposal.spread(points=points)
    height, outcome, values = surface.evaluate(carried)
    log_weight = proposal.log_weights(points=points, height=height)
    top = log_weight.max()
    weight = np.exp(log_weight - top)
    log_evidence = float(top + np.log(weight.mean()))
    return Weighted(carried, weight / weight.sum(), log_evidence, values, outcome)
