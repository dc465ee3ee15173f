"""R on the same trials: nlme::gls for our posterior, stats::t.test for the peers in bench/.

Made by make_gls_r.py, R 4.2 with nlme 3.1.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from base_design import TAU, base_protocol
from comparators import arm_means, paired_t
from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.observations import Observations
from ekbom.simulation.layout import layout_of

FILE = Path(__file__).parent / "data" / "gls_r.csv"
ROWS = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))
LAYOUT = layout_of(base_protocol())
COEFFICIENTS = 3
VAGUE = 1e4


def orders() -> np.ndarray:
    return np.array(
        [["AB".index(letter) for letter in row["order"]] for row in ROWS], dtype=np.int8
    )


def values() -> np.ndarray:
    answers = [[np.nan if v == "." else float(v) for v in row["answers"].split()] for row in ROWS]
    return np.array(answers)


def column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


def observations(i: int) -> Observations:
    value = values()[i]
    night = np.flatnonzero(~np.isnan(value))
    return Observations(
        night=night,
        value=value[night],
        covariates=LAYOUT.schedule.trend[night, None],
        covariate_sds=np.array([VAGUE]),
        dose=LAYOUT.dose(orders())[i],
    )


def vague(**changed: float):
    known_tau = {"log_tau_mean": float(np.log(TAU)), "log_tau_sd": 0.0}
    wide = {"intercept_sd": VAGUE, "trend_sd": VAGUE, "effect_sd": VAGUE, "sigma_sd": VAGUE}
    return replace(LAYOUT.priors, **known_tau, **wide, **changed)


@pytest.mark.parametrize("i", range(len(ROWS)))
def test_nlme_gls_at_its_own_correlation_the_posterior_is_the_gls_estimate(i):
    """With rho at gls's estimate and flat priors, theory leaves no difference.

    The mean is the generalised least squares estimate whatever sigma is.  gls takes sigma^2 =
    RSS / (n - p); a flat prior of sigma makes it inverse gamma with mean RSS / (n - p - 3), so that
    the sd is larger by sqrt((n - p) / (n - p - 3)).  Priors with an sd of 10,000 shrink by less
    than 1e-8 of the standard error.
    """
    row = {name: float(ROWS[i][name]) for name in ("rho", "effect", "error")}
    data = observations(i)
    priors = vague(rho_mean=row["rho"], rho_sd=0.0)
    effect = fit_gaussian(data=data, priors=priors).effect()
    freedom = data.n - COEFFICIENTS
    assert effect.mean == pytest.approx(row["effect"], abs=1e-7 * row["error"])
    assert effect.sd == pytest.approx(row["error"] * np.sqrt(freedom / (freedom - 3)), rel=1e-7)


@pytest.mark.parametrize("i", range(len(ROWS)))
def test_nlme_gls_the_posterior_also_carries_what_is_not_known_of_the_correlation(i):
    """With rho to be learnt, both differ by what gls leaves out, of order 1 / n.

    A REML estimate is the mode of what we average over: its own error, about .11 here, moves the
    estimate by a fraction of its standard error and widens the sd by a few per cent.
    """
    effect = fit_gaussian(data=observations(i), priors=vague(rho_mean=0.0, rho_sd=10.0)).effect()
    error = float(ROWS[i]["error"])
    assert abs(effect.mean - float(ROWS[i]["effect"])) < 0.1 * error
    assert 1.0 < effect.sd / error < 1.2


def test_stats_t_test_with_pooled_variance_is_the_peer_of_arm_means():
    found = arm_means(values(), LAYOUT.treated(orders()))
    for ours, name in ((found.mean, "arms"), (found.low, "arms_low"), (found.high, "arms_high")):
        np.testing.assert_allclose(ours, column(name), rtol=0, atol=1e-12)


def test_stats_t_test_paired_is_the_peer_of_the_paired_t_test():
    found = paired_t(values(), LAYOUT.treated(orders()), LAYOUT.schedule.block)
    names = ("paired", "paired_low", "paired_high")
    for ours, name in zip((found.mean, found.low, found.high), names, strict=True):
        np.testing.assert_allclose(ours, column(name), rtol=0, atol=1e-12)
