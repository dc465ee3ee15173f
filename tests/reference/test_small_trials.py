"""The verdict on small trials worked out by hand and by brute force.

Every row of `small_trials_table` is a trial in a folder.  Its word, the reasons for it, where its
nights went and its p were worked out by hand; `brute_force` counts, enumerates and integrates each
again on its own.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable

import numpy as np
import pytest

from ekbom.analysis.judgement import oriented
from ekbom.analysis.result import OutcomeVerdict, TrialVerdict
from ekbom.report.record import verdict_record
from ekbom.report.text import verdict_lines
from ekbom.report.words import check_words, sentence
from reference.brute_force import (
    contrast,
    exposures,
    given_nodes,
    model_word,
    nights_of,
    posterior,
    randomisation_p,
)
from reference.small_trials import Small
from reference.small_trials_table import GOOD, ROWS, UNSURE, Row

Reached = Callable[[Row], TrialVerdict]


def primary(verdict: TrialVerdict) -> OutcomeVerdict:
    return verdict.outcomes[verdict.trial.protocol.primary.id]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Reached:
    """Return what gives the verdict on a row, reached once."""

    @functools.cache
    def reached(number: int) -> TrialVerdict:
        return ROWS[number].trial.verdict(tmp_path_factory.mktemp("trial"))

    return lambda row: reached(ROWS.index(row))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_verdict_agrees_with_hand_and_brute_force(row: Row, verdicts: Reached) -> None:
    found = primary(verdicts(row))
    by_hand = nights_of(row.trial)
    nights = found.nights
    counts = (nights.planned, nights.analysed, nights.unanalysed, nights.missing, nights.excluded)

    assert counts == row.counts == by_hand.counts
    assert nights.planned == sum(counts[1:])
    assert (found.verdict, found.because) == (row.word, row.because)
    but_not = {c.name for c in found.checks if c.effect_on_verdict.startswith("but not if")}
    assert set(row.but_not) <= but_not
    assert (len(found.but_not) == len(but_not)) or found.verdict == UNSURE

    test = found.randomisation
    assert test.p == (None if row.p is None else pytest.approx(float(row.p), abs=1e-15))
    if test.p is None:
        assert test.reason
        assert (test.p_benefit, test.p_harm, test.smallest_p, test.interval) == (None,) * 4
    else:
        two, low, high, orders = randomisation_p(by_hand)
        sides = (high, low) if row.trial.primary.direction == "higher" else (low, high)
        assert (test.p, test.p_benefit, test.p_harm) == pytest.approx((two, *sides), abs=1e-12)
        assert test.sequences == orders


GAUSSIAN = [
    row for row in ROWS if "too_few_nights" not in row.because and row.trial.primary.kind != "count"
]


@pytest.mark.slow
@pytest.mark.parametrize("row", GAUSSIAN, ids=lambda row: row.rule)
def test_posterior_of_theta_agrees_with_dense_integration(row: Row, verdicts: Reached) -> None:
    found = primary(verdicts(row))
    dense = posterior(nights_of(row.trial))
    theta, effect, mid = found.theta, found.effect, row.trial.primary.mid

    assert theta is not None
    assert effect is not None
    # The bars of the posterior: mean 1e-4 sd, so probabilities 1e-4 times the peak of a normal.
    assert theta.mean == pytest.approx(dense.mean, abs=1e-4 * dense.sd)
    assert theta.sd == pytest.approx(dense.sd, rel=1e-4)
    at_limits = [dense.above(x) for x in effect.interval95]
    assert at_limits == pytest.approx([0.975, 0.025], abs=4e-5)
    for x in (-mid, 0.0, mid):
        assert theta.above(x) == pytest.approx(dense.above(x), abs=4e-5)
    assert oriented(theta, outcome=row.trial.primary).above(mid) == found.probability.benefit
    ratio = next(c.value for c in found.checks if c.name == GOOD)
    assert ratio == pytest.approx(dense.sd / dense.prior_sd, rel=1e-3)
    assert found.model_word == model_word(row.trial, dense)


def test_brute_force_likelihood_agrees_with_the_dense_multivariate_normal() -> None:
    """p(y) of the coefficients' normal equations = N(y; 0, X X' + sigma^2 R), written out."""
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((7, 3)), rng.standard_normal(7)
    correlation = 0.6 ** np.abs(np.subtract.outer([0, 1, 2, 5, 6, 9, 10], [0, 1, 2, 5, 6, 9, 10]))
    sigma = np.array([0.4, 1.3])
    height, _, _ = given_nodes(X[None], y, correlation, sigma)
    for s, found in zip(sigma, height[0], strict=True):
        V = X @ X.T + s**2 * correlation
        dense = -0.5 * (y @ np.linalg.solve(V, y) + np.linalg.slogdet(V)[1])
        assert found == pytest.approx(dense, abs=1e-10)


def test_contrast_of_theta_is_worked_out_by_hand() -> None:
    """Two nights a period, TR, tau = 1 / log 2: half of the way each night.

    Exposure 1/2, 3/4, 3/8, 3/16: D = 5/8 - 9/32 = 11/32.
    """
    small = Small(order="TR", design={"period_nights": 2, "unanalysed_nights": 0})
    assert contrast(nights_of(small), 1 / np.log(2)) == pytest.approx(11 / 32, abs=1e-15)
    dose = np.array([1.0, 1.0, 0.0, 0.0])
    assert exposures(list(dose), 0.0) == [1, 1, 0, 0]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_words_exist_for_all_that_is_said(row: Row, verdicts: Reached) -> None:
    verdict = verdicts(row)
    found = primary(verdict)
    said = sentence(verdict, found)
    nights = row.trial.plan.period_nights
    assert said.endswith(f", at this dose, after periods of {nights} night{'s'[: nights - 1]}.")
    assert said.startswith("Cannot tell yet" if row.word == UNSURE else "Magnesium citrate ")
    assert said.count(", because ") == (1 if row.because else 0)
    assert "_" not in said
    for check in found.checks:
        assert check_words(check)
    assert "\n".join(verdict_lines(verdict)).replace("\n", " ").startswith(said[:80])
    json.dumps(verdict_record(verdict), allow_nan=False)
