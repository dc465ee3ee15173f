"""Many virtual trials of one protocol, for the tests of what is computed for thousands at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ekbom.analysis.exposure import exposure
from ekbom.analysis.many import ManyEffects, fit_many
from ekbom.analysis.many_tests import ManyTests, gls_many
from ekbom.analysis.priors import Priors
from ekbom.analysis.randomisation_reference import ReferenceSet, reference_set
from ekbom.design.design import Design, draw_sequence
from ekbom.design.pairs import RandomisedPairs

PRIORS = Priors(5.0, 10.0, 2.0, 2.0, 2.5, log_tau_mean=float(np.log(2)), log_tau_sd=0.7)
TREND_SD, RHO0, TAU0 = 2.0, 0.4, 2.0
PLACES = np.array([-1.0, -0.5, 0.0, 1.0])


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the virtual people have in common, and how they report."""

    nights: int = 84
    length: int = 7
    before: int = 0
    level: float = 6.0
    effect: float = -1.0
    tau: float = 2.0
    trend: float = -0.5
    rho: float = 0.4
    sd: float = 1.5
    missing: float = 0.1
    ratings: bool = True
    design: Design = field(default_factory=lambda: RandomisedPairs(6))


@dataclass(frozen=True)
class Trials:
    """N trials: reports and doses (N, T), trend and period (T,), orders (N, P)."""

    value: np.ndarray
    dose: np.ndarray
    trend: np.ndarray
    period: np.ndarray
    order: np.ndarray
    planned: np.ndarray
    reference: ReferenceSet

    def fit(
        self, engine: str = "numpy", priors: Priors = PRIORS, tau_nodes: int = 15
    ) -> ManyEffects:
        return fit_many(
            value=self.value,
            dose=self.dose,
            trend=self.trend,
            trend_sd=TREND_SD,
            treated=self.dose > 0,
            planned=self.planned,
            priors=priors,
            places=np.tile(PLACES, (len(self.value), 1)),
            tau_nodes=tau_nodes,
            engine=engine,
        )

    def test(self, engine: str = "numpy", *, higher_is_better: bool = False) -> ManyTests:
        return gls_many(
            value=self.value,
            trend=self.trend,
            period=self.period,
            reference=self.reference,
            observed=self.order,
            rho0=RHO0,
            tau0=TAU0,
            higher_is_better=higher_is_better,
            engine=engine,
        )


def simulate(count: int, *, seed: int, truth: Truth | None = None, listed: int = 200_000) -> Trials:
    """Return trials whose ``before`` first nights carry no treatment and no reports."""
    true = truth or Truth()
    rng = np.random.default_rng(seed)
    nights = np.arange(true.nights)
    period = np.where(nights < true.before, -1, (nights - true.before) // true.length)
    period[period >= true.design.periods] = -1
    order = np.array([draw_sequence(true.design, rng) for _ in range(count)], dtype=np.int8)
    dose = np.where(period >= 0, order[:, period], 0).astype(float)
    trend = nights / (true.nights - 1) - 0.5
    noise = true.sd * rng.standard_normal((count, true.nights))
    drift = noise.copy()
    for t in range(1, true.nights):
        drift[:, t] = true.rho * drift[:, t - 1] + np.sqrt(1 - true.rho**2) * noise[:, t]
    level = true.level + true.trend * trend + true.effect * exposure(dose, tau=true.tau)
    value = level + drift
    if true.ratings:
        value = np.clip(np.rint(value), 0, 10)
    gone = rng.random(value.shape) < true.missing
    value[gone | (period < 0)] = np.nan
    reference = reference_set(design=true.design, limit=listed, draws=500, seed=1)
    return Trials(value, dose, trend, period, order, period >= 0, reference)
