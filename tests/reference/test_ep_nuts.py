"""Expectation propagation against long NUTS runs of the exact model (data/ep_nuts.json)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.fit import fit_ep
from ekbom.analysis.propagation.interval import IntervalCensored
from ekbom.analysis.propagation.negative_binomial import NegativeBinomial
from ekbom.analysis.propagation.poisson import Poisson

STORED = json.loads((Path(__file__).parent / "data" / "ep_nuts.json").read_text())["datasets"]
CASES = [(stored, run) for stored in STORED for run in stored["reference"]]
LIKELIHOODS = {
    "interval": IntervalCensored(minimum=0, maximum=10, step=1),
    "poisson": Poisson(),
    "negbin": NegativeBinomial(log_r_mean=1.5, log_r_sd=1.0),
}
MEAN_BAR = {"interval": 0.02, "poisson": 0.04, "negbin": 0.04}


def observations(stored):
    dose = np.array(stored["dose"], dtype=float)
    night = np.array(stored["night"])
    trend = night / (len(dose) - 1) - 0.5
    sd = 2.0 if stored["kind"] == "interval" else 1.0
    return Observations(
        night, np.array(stored["value"], dtype=float), trend[:, None], np.array([sd]), dose
    )


def priors(*, kind, tau):
    log_tau = {"log_tau_mean": np.log(2), "log_tau_sd": 0.7 if tau == "estimated" else 0.0}
    if kind == "interval":
        return Priors(5, 10, 2, 2, 2.5, rho_mean=0.3, rho_sd=0.3, rho_bound=0.95, **log_tau)
    return Priors(1, 2, 1, 1, 1, rho_mean=0.3, rho_sd=0.3, rho_bound=0.985, **log_tau)


@pytest.mark.parametrize(
    ("stored", "run"), CASES, ids=[f"{s['kind']}-{s['id']}-tau-{r['tau']}" for s, r in CASES]
)
def test_effect_agrees_with_stored_nuts(stored, run):
    kind = stored["kind"]
    posterior = fit_ep(
        data=observations(stored),
        priors=priors(kind=kind, tau=run["tau"]),
        likelihood=LIKELIHOODS[kind],
    )
    effect = posterior.effect()
    assert posterior.converged
    assert abs(effect.mean - run["mean"]) < MEAN_BAR[kind] * run["sd"]
    assert effect.sd == pytest.approx(run["sd"], rel=0.05)
    assert effect.below(0) == pytest.approx(run["below_0"], abs=0.01)
