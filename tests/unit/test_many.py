"""The posterior and the randomisation test of many trials: what they refuse and leave out."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from ekbom.analysis import many
from ekbom.design.pairs import RandomisedPairs
from ekbom.problem import RefusedError
from virtual_trials import PLACES, PRIORS, Truth, simulate


def test_every_trial_is_answered_for_itself():
    trials = simulate(6, seed=1)
    whole = trials.fit()
    for i in range(6):
        one = replace(
            trials, value=trials.value[[i]], dose=trials.dose[[i]], order=trials.order[[i]]
        ).fit()
        assert (one.mean[0], one.sd[0]) == (whole.mean[i], whole.sd[i])
        assert (one.below[0] == whole.below[i]).all()


def test_a_trial_with_too_few_answers_is_not_usable_and_leaves_the_others_alone():
    trials = simulate(4, seed=2)
    before = trials.fit()
    trials.value[1, np.flatnonzero(~np.isnan(trials.value[1]))[5:]] = np.nan
    trials.value[2, ~np.isnan(trials.value[2])] = 4.0
    after = trials.fit()
    assert after.usable.tolist() == [True, False, False, True]
    assert np.isnan(after.mean[1:3]).all()
    assert np.isnan(after.sd[1:3]).all()
    assert np.isnan(after.below[1:3]).all()
    assert (after.mean[[0, 3]] == before.mean[[0, 3]]).all()


def test_a_trial_that_planned_no_night_on_one_treatment_has_no_effect_to_show():
    trials = simulate(2, seed=3)
    trials.dose[0] = 1.0
    assert trials.fit().usable.tolist() == [False, True]


def test_nobody_at_all_is_no_error():
    trials = simulate(1, seed=4)
    nobody = replace(trials, value=trials.value[:0], dose=trials.dose[:0], order=trials.order[:0])
    assert nobody.fit().below.shape == (0, len(PLACES))
    assert nobody.test().p.shape == (0,)


def test_a_trial_without_a_test_has_no_probabilities():
    trials = simulate(4, seed=5)
    trials.value[0] = np.nan
    trials.value[1, ~np.isnan(trials.value[1])] = 3.0
    trials.value[2, np.flatnonzero(~np.isnan(trials.value[2]))[3:]] = np.nan
    found = trials.test()
    assert np.isnan(found.p).tolist() == [True, True, True, False]
    assert np.isnan(found.smallest_p_one_sided).tolist() == [True, True, True, False]


def test_the_smallest_p_of_three_pairs_is_an_eighth():
    truth = Truth(nights=42, design=RandomisedPairs(3))
    found = simulate(5, seed=6, truth=truth).test()
    assert found.smallest_p_one_sided.tolist() == [1 / 8] * 5


def test_benefit_and_harm_change_places_with_the_direction():
    trials = simulate(5, seed=7)
    lower, higher = trials.test(), trials.test(higher_is_better=True)
    assert (lower.p_benefit == higher.p_harm).all()
    assert (lower.p_harm == higher.p_benefit).all()
    assert (lower.p == higher.p).all()


@pytest.mark.parametrize(
    "change",
    [
        {"value": np.zeros(84)},
        {"dose": np.zeros((3, 83))},
        {"trend": np.zeros(83)},
        {"planned": np.ones(83, dtype=bool)},
        {"trend": np.full(84, np.nan)},
        {"dose": np.full((3, 84), np.nan)},
        {"value": np.full((3, 84), np.inf)},
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_the_posterior(change):
    with pytest.raises(ValueError, match=r"must|may"):
        replace(simulate(3, seed=8), **change).fit()


def test_places_must_be_one_row_a_trial():
    trials = simulate(3, seed=8)
    with pytest.raises(ValueError, match="places"):
        many.fit_many(
            value=trials.value,
            dose=trials.dose,
            trend=trials.trend,
            trend_sd=2.0,
            treated=trials.dose > 0,
            planned=trials.planned,
            priors=PRIORS,
            places=PLACES,
        )


@pytest.mark.parametrize(
    "change",
    [
        {"value": np.zeros(84)},
        {"trend": np.zeros(83)},
        {"period": np.zeros(83, dtype=int)},
        {"period": np.full(84, 12)},
        {"order": np.zeros((2, 12), dtype=np.int8)},
        {"order": np.zeros((3, 11), dtype=np.int8)},
        {"value": np.full((3, 84), np.inf)},
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_the_test(change):
    with pytest.raises(ValueError, match=r"must|may|period"):
        replace(simulate(3, seed=9), **change).test()


def test_an_order_that_chance_could_not_have_drawn_is_refused():
    trials = simulate(3, seed=10)
    trials.order[1] = 1
    with pytest.raises(ValueError, match="could have drawn"):
        trials.test()


def test_without_numba_its_engine_is_refused_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    assert many.engines() == ("numpy",)
    for compute in (simulate(1, seed=11).fit, simulate(1, seed=11).test):
        with pytest.raises(RefusedError, match=r'pip install "ekbom\[fast\]"'):
            compute("numba")


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="'fortran'"):
        simulate(1, seed=12).fit("fortran")
