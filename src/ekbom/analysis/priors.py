"""What is believed about one outcome before its data, in the outcome's own units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Priors:
    """Prior of the Gaussian model of one outcome (docs/method.md, "Priors"), in raw units.

    intercept ~ N(intercept_mean, intercept_sd^2); trend ~ N(0, trend_sd^2), over the whole
    randomised part; effect at full exposure (beta) ~ N(0, effect_sd^2); marginal night-to-night
    sd sigma ~ half-N(sigma_sd); autocorrelation rho ~ N(rho_mean, rho_sd^2) cut to
    (-rho_bound, rho_bound); log tau ~ N(log_tau_mean, log_tau_sd^2), tau in nights.
    ``log_tau_sd = 0`` means that tau is known.
    """

    intercept_mean: float
    intercept_sd: float
    trend_sd: float
    effect_sd: float
    sigma_sd: float
    rho_mean: float = 0.4
    rho_sd: float = 0.5
    rho_bound: float = 0.95
    log_tau_mean: float = 0.0
    log_tau_sd: float = 0.0
