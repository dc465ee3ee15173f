"""The e-process under every outcome of the coins: exhaustive enumeration for arbitrary data."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.analysis.e_process import (
    BAR,
    confidence_limits,
    e_values,
    pair_differences,
    reachable,
)
from ekbom.analysis.exposure import exposure
from ekbom.design.design import sequences_array
from ekbom.design.pairs import RandomisedPairs

some = settings(max_examples=60, deadline=None)
numbers = st.floats(-20, 20, allow_nan=False)
differences = st.lists(st.one_of(numbers, st.just(float("nan"))), min_size=1, max_size=8)


def every_coin(difference: list[float]) -> np.ndarray:
    """Return what the pairs would have shown under each of the 2^m outcomes of the coins."""
    signs = itertools.product([1.0, -1.0], repeat=len(difference))
    return np.array(list(signs)) * np.array(difference)


@some
@given(differences)
def test_the_mean_over_all_coins_is_exactly_one_after_every_pair(difference):
    found = e_values(every_coin(difference))
    np.testing.assert_allclose(found.mean(axis=0), 1.0, rtol=1e-10)


@some
@given(differences)
def test_twenty_is_ever_reached_under_at_most_one_coin_sequence_in_twenty(difference):
    ever = (e_values(every_coin(difference)) >= BAR).any(axis=1)
    assert ever.mean() <= 1 / BAR


@some
@given(
    nights=st.lists(st.one_of(numbers, st.just(float("nan"))), min_size=24, max_size=24),
    tau=st.floats(0.1, 1.5),
    effect=st.floats(-3, 3),
)
def test_with_the_sharp_effect_taken_out_every_order_has_mean_one(nights, tau, effect):
    """From nights to evidence: drifts, gaps and carry-over of a true effect included."""
    orders = sequences_array(RandomisedPairs(4), limit=16)
    period = np.repeat(np.arange(8), 3)
    treated = orders[:, period] == 1
    caused = effect * exposure(treated.astype(float), tau=tau)
    answers = np.array(nights) + caused
    found = pair_differences(nightly=answers - caused, treated=treated, pair=period // 2)
    np.testing.assert_allclose(e_values(found).mean(axis=0), 1.0, rtol=1e-9)


@some
@given(differences, st.data())
def test_what_is_reachable_is_never_passed(difference, data):
    found = e_values(np.array(difference))
    now = data.draw(st.integers(0, len(found) - 1))
    later = range(now, len(found))
    for pair in later:
        assert found[pair] <= reachable(found[now], remaining=pair - now) * (1 + 1e-12)


@some
@given(st.lists(numbers, min_size=6, max_size=6), st.floats(-5, 5), st.floats(0.2, 1))
def test_limits_move_with_the_effect_and_hold_the_middle(difference, moved, scale):
    d, x = np.array([difference]), np.full((1, 6), scale)
    low, high = confidence_limits(difference=d, exposed=x)
    assert low[0] <= high[0]
    shifted = confidence_limits(difference=d + moved * x, exposed=x)
    assert shifted[0][0] == pytest.approx(low[0] + moved, abs=1e-6)
    assert shifted[1][0] == pytest.approx(high[0] + moved, abs=1e-6)
