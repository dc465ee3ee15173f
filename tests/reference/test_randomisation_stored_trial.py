"""The randomisation test on the first stored trial (data/gaussian_nuts.json), 64 allocations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ekbom.analysis import randomisation
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.design.pairs import RandomisedPairs

STORED = json.loads((Path(__file__).parent / "data" / "gaussian_nuts.json").read_text())
TRIAL = STORED["trials"][0]
NIGHT, VALUE = np.array(TRIAL["night"]), np.array(TRIAL["value"])
PERIOD_OF_NIGHT = np.arange(84) // 7
OBSERVED = tuple(int(digit) for digit in TRIAL["dose"][::7])
REFERENCE = reference_set(design=RandomisedPairs(6), seed=1)


def gls(*, tau0: float) -> RandomisationResult:
    return randomisation.gls_test(
        night=NIGHT,
        value=VALUE,
        covariates=(NIGHT / 83 - 0.5)[:, None],
        period_of_night=PERIOD_OF_NIGHT,
        reference=REFERENCE,
        observed=OBSERVED,
        rho0=0.4,
        tau0=tau0,
        scale=1.0,
        higher_is_better=False,
    )


def test_mean_difference_gives_the_stored_measurement_of_5_in_64() -> None:
    result = randomisation.difference_test(
        period=PERIOD_OF_NIGHT[NIGHT],
        value=VALUE,
        block=np.zeros(12, dtype=int),
        reference=REFERENCE,
        observed=OBSERVED,
        higher_is_better=False,
    )
    assert (result.p_benefit, result.p) == (5 / 64, 10 / 64)


def test_gls_without_onset_gives_the_stored_measurement_of_5_in_64() -> None:
    result = gls(tau0=0.0)
    assert (result.p_benefit, result.p) == (5 / 64, 10 / 64)


def test_gls_with_onset_agrees_with_the_generalised_least_squares_of_dense_matrices() -> None:
    result = gls(tau0=2.0)
    covariance = 0.4 ** np.abs(NIGHT[:, None] - NIGHT[None, :])
    whitener = np.linalg.inv(np.linalg.cholesky(covariance))
    X = np.column_stack([np.ones(len(NIGHT)), NIGHT / 83 - 0.5])
    level, levels = 0.0, []
    for period in PERIOD_OF_NIGHT:
        level += (OBSERVED[period] - 0.5 - level) * (1 - np.exp(-0.5))
        levels.append(level)
    columns = whitener @ np.column_stack([X, np.array(levels)[NIGHT]])
    (*_, slope), (left,), *_ = np.linalg.lstsq(columns, whitener @ VALUE, rcond=None)
    inverse = np.linalg.inv(columns.T @ columns)[-1, -1]
    # t of the regression is a monotone function of the statistic, which is slope / sqrt(inverse).
    assert result.statistic == pytest.approx(slope / np.sqrt(inverse), rel=1e-10)
    assert left > 0
    assert (result.p_benefit, result.p) == (3 / 64, 6 / 64)
