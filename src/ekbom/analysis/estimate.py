"""One analysis of one nightly outcome: which nights, which model, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian import GaussianPosterior, fit_gaussian
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.fit import fit_ep
from ekbom.analysis.propagation.interval import IntervalCensored
from ekbom.analysis.propagation.negative_binomial import NegativeBinomial
from ekbom.analysis.schedule import Flags, Schedule
from ekbom.protocol.model import AnalysisPlan, Outcome

_COUNT_INTERCEPT_SD, _COUNT_SD = 2.0, 1.0
"""Prior sds for counts, whose model is on the log scale, where R has no meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One analysis: the outcome, its answers (T,) with NaN where missing, and the nights used.

    ``dose`` (T,) is what the exposure is made of; ``contrast`` stays that of the allocated
    schedule, so that every analysis speaks of the same effect.  ``effect_sd`` is a share of R;
    ``quadratic`` adds a bend to the trend.
    """

    outcome: Outcome
    plan: AnalysisPlan
    schedule: Schedule
    value: Floats
    use: Flags
    dose: Floats
    effect_sd: float
    tau_median: float
    quadratic: bool = False

    @property
    def answered(self) -> Flags:
        """Return the nights that enter the likelihood."""
        return self.use & ~np.isnan(self.value)

    def observations(self) -> Observations:
        """Return the answered nights as the models take them."""
        nights = np.flatnonzero(self.answered)
        trend = self.schedule.trend[nights]
        columns = [trend, trend**2 - 1 / 12] if self.quadratic else [trend]
        spread = self.plan.trend_sd * self.outcome.prior_range
        return Observations(
            night=nights,
            value=self.value[nights],
            covariates=np.column_stack(columns),
            covariate_sds=np.full(len(columns), spread),
            dose=self.dose,
        )

    def priors(self) -> Priors:
        """Return the priors in the outcome's units."""
        return priors_for(
            self.outcome, self.plan, effect_sd=self.effect_sd, tau_median=self.tau_median
        )


def priors_for(
    outcome: Outcome, plan: AnalysisPlan, *, effect_sd: float, tau_median: float
) -> Priors:
    """Return the plan's priors in an outcome's units; ``effect_sd`` is a share of R."""
    scale = outcome.prior_range
    return Priors(
        intercept_mean=_centre(outcome),
        intercept_sd=plan.intercept_sd * scale,
        trend_sd=plan.trend_sd * scale,
        effect_sd=effect_sd * scale,
        sigma_sd=plan.sigma_sd * scale,
        rho_mean=plan.rho_mean,
        rho_sd=plan.rho_sd,
        rho_bound=plan.rho_bound,
        log_tau_mean=float(np.log(tau_median)),
        log_tau_sd=plan.tau_log_sd,
    )


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one analysis says, in the outcome's units, treatment minus reference.

    ``theta`` is the effect this trial's schedule shows, ``beta`` that of full exposure (``None``
    for counts, whose model is on the log scale); ``sd_ratio`` is the posterior sd of theta as a
    share of its prior sd.  ``settled`` is False where the computation did not reach its accuracy.
    """

    theta: Mixture
    beta: Mixture | None
    sd_ratio: float
    posterior: GaussianPosterior | None
    settled: bool = True


def estimate_gaussian(setting: Setting) -> Estimate:
    """Return what the Gaussian model says; raises TooFewNightsError."""
    priors = setting.priors()
    posterior = fit_gaussian(
        data=setting.observations(), priors=priors, tau_nodes=setting.plan.tau_nodes
    )
    theta = posterior.contrast(setting.schedule.contrast)
    ratio = _sd_ratio(setting, priors, theta)
    return Estimate(theta, posterior.effect(), ratio, posterior)


def estimate_interval_censored(setting: Setting) -> Estimate:
    """Return what whole-number ratings say when they are taken as steps of a hidden scale.

    theta is on the observed scale.  Raises TooFewNightsError.
    """
    outcome, priors = setting.outcome, setting.priors()
    likelihood = IntervalCensored(minimum=outcome.minimum, maximum=outcome.maximum)
    posterior = fit_ep(data=setting.observations(), priors=priors, likelihood=likelihood)
    latent = posterior.contrast(setting.schedule.contrast)
    ratio = _sd_ratio(setting, priors, latent)
    theta = posterior.observed_effect(levels=setting.schedule.levels)
    return Estimate(theta, posterior.effect(), ratio, None, posterior.converged)


def estimate_counts(setting: Setting) -> Estimate:
    """Return what counts say; theta is in counts a night.  Raises TooFewNightsError."""
    given = setting.priors()
    priors = Priors(
        intercept_mean=float(np.log(setting.outcome.prior_range / 2)),
        intercept_sd=_COUNT_INTERCEPT_SD,
        trend_sd=_COUNT_SD,
        effect_sd=_COUNT_SD,
        sigma_sd=_COUNT_SD,
        rho_mean=given.rho_mean,
        rho_sd=given.rho_sd,
        rho_bound=given.rho_bound,
        log_tau_mean=given.log_tau_mean,
        log_tau_sd=given.log_tau_sd,
    )
    data = setting.observations()
    logs = Observations(
        data.night,
        data.value,
        data.covariates,
        np.full_like(data.covariate_sds, _COUNT_SD),
        data.dose,
    )
    posterior = fit_ep(data=logs, priors=priors, likelihood=NegativeBinomial())
    ratio = _sd_ratio(setting, priors, posterior.contrast(setting.schedule.contrast))
    theta = posterior.observed_effect(levels=setting.schedule.levels)
    return Estimate(theta, None, ratio, None, posterior.converged)


def estimate(setting: Setting) -> Estimate:
    """Return what the model that the protocol declares for this kind of outcome says."""
    return (estimate_counts if setting.outcome.kind == "count" else estimate_gaussian)(setting)


def effect_prior_sd(priors: Priors, contrast: Callable[[Floats], Floats]) -> Floats:
    """Return the prior sd of theta = beta D(tau), over the prior of tau.

    ``contrast`` gives D(tau) for an array of K taus, shape (K,), or (K, N) for N schedules; the sd
    then has shape () or (N,).
    """
    steps = np.linspace(-4, 4, 41) if priors.log_tau_sd else np.zeros(1)
    weight = np.exp(-0.5 * steps**2)
    taus = np.exp(priors.log_tau_mean + priors.log_tau_sd * steps)
    mean_square: Floats = weight @ contrast(taus) ** 2 / weight.sum()
    return priors.effect_sd * np.sqrt(mean_square)


def _sd_ratio(setting: Setting, priors: Priors, theta: Mixture) -> float:
    return theta.sd / float(effect_prior_sd(priors, setting.schedule.contrast))


def _centre(outcome: Outcome) -> float:
    """Return the prior mean of the level: the middle of a rating's scale, R/2 for open ones."""
    if outcome.kind in ("minutes", "count"):
        return outcome.prior_range / 2
    return 0.5 * (outcome.minimum + outcome.maximum)
