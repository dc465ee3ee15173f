"""The paired-coin e-process by hand: bets at even odds on the coin of each pair."""

from __future__ import annotations

import numpy as np
import pytest

from ekbom.analysis.e_process import (
    BAR,
    RATES,
    confidence_limits,
    e_values,
    pair_differences,
    reachable,
)

NAN = np.nan


def test_a_pair_is_the_difference_of_its_means_whichever_treatment_came_first() -> None:
    nightly = np.array([[5.0, 3.0, NAN, 4.0, 9.0, 1.0, 2.0, 6.0]])
    treated = np.array([[True, True, False, False, False, False, True, True]])
    pair = np.array([0, 0, 0, 0, -1, 1, 1, 1])
    found = pair_differences(nightly=nightly, treated=treated, pair=pair)
    assert found.tolist() == [[4.0 - 4.0, 4.0 - 1.0]]


def test_a_pair_with_no_answer_on_one_side_has_no_difference() -> None:
    nightly = np.array([[5.0, NAN, 1.0, 3.0]])
    treated = np.array([[True, False, True, False]])
    found = pair_differences(nightly=nightly, treated=treated, pair=np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(found, [[NAN, -2.0]])


def test_one_pair_wins_the_mean_of_its_bets() -> None:
    rates = np.array(RATES)
    expected = np.mean(np.exp(rates * 1.5) / np.cosh(rates * 1.5))
    assert e_values(np.array([-1.5])) == pytest.approx([expected])


def test_bets_are_multiplied_before_they_are_averaged() -> None:
    rates, d = np.array(RATES), np.array([-1.0, 0.5, -2.0])
    each = np.exp(-rates[:, None] * d) / np.cosh(rates[:, None] * d)
    np.testing.assert_allclose(e_values(d), np.cumprod(each, axis=1).mean(axis=0))


def test_a_pair_without_a_difference_leaves_the_evidence_as_it_is() -> None:
    found = e_values(np.array([-1.0, NAN, -1.0]))
    assert found[1] == found[0]
    assert found[2] == pytest.approx(e_values(np.array([-1.0, -1.0]))[1])


def test_benefit_and_harm_are_mirrored() -> None:
    d = np.array([[-1.0, -2.0, -0.5]])
    assert (e_values(d) > 1).all()
    assert (e_values(-d) < 1).all()


@pytest.mark.parametrize(("pairs", "enough"), [(3, False), (4, False), (5, True), (6, True)])
def test_four_coins_cannot_convince_and_five_can(pairs: int, enough: bool) -> None:
    strongest = e_values(np.full(pairs, -1000.0))[-1]
    assert strongest == pytest.approx(2.0**pairs)
    assert bool(strongest >= BAR) == enough
    assert reachable(1.0, remaining=pairs) == 2.0**pairs


def test_huge_differences_do_not_overflow() -> None:
    found = e_values(np.array([-1e200, 1e200, -1e200]))
    assert found.tolist() == [2.0, 0.0, 0.0]


def test_limits_are_where_the_evidence_against_an_effect_reaches_40() -> None:
    """By a fine scan over all effects, without bisection."""
    rng = np.random.default_rng(3)
    d, x = rng.normal(-1, 1, (4, 6)), rng.uniform(0.4, 0.9, (4, 6))
    low, high = confidence_limits(difference=d, exposed=x)
    effects = np.linspace(-40, 40, 16_001)
    left = d[:, None, :] - effects[:, None] * x[:, None, :]
    lower_is_ruled_out = e_values(-left).max(axis=-1) >= 40
    higher_is_ruled_out = e_values(left).max(axis=-1) >= 40
    kept = ~(lower_is_ruled_out | higher_is_ruled_out)
    for i in range(4):
        scanned = effects[kept[i]]
        assert (low[i], high[i]) == pytest.approx((scanned.min(), scanned.max()), abs=0.006)


def test_five_pairs_give_no_95_percent_limits_and_90_percent_ones() -> None:
    d, x = np.array([[-1.0, -1.2, -0.8, -1.1, -0.9]]), np.full((1, 5), 0.7)
    low, high = confidence_limits(difference=d, exposed=x)
    assert (low.tolist(), high.tolist()) == ([-np.inf], [np.inf])
    low, high = confidence_limits(difference=d, exposed=x, level=0.9)
    assert low[0] < -1.0 / 0.7 < high[0]
    assert np.isfinite([low[0], high[0]]).all()


def test_pairs_without_answers_do_not_count_towards_the_limits() -> None:
    d, x = np.full((1, 6), -1.0), np.full((1, 6), 0.7)
    d[0, 2] = NAN
    low, high = confidence_limits(difference=d, exposed=x)
    assert (low.tolist(), high.tolist()) == ([-np.inf], [np.inf])
    nothing = confidence_limits(difference=np.full((1, 6), NAN), exposed=x)
    assert [side.tolist() for side in nothing] == [[-np.inf], [np.inf]]


def test_limits_need_treatment_nights_that_are_more_exposed() -> None:
    d, x = np.full((1, 6), -1.0), np.full((1, 6), 0.7)
    x[0, 0] = -0.1
    with pytest.raises(ValueError, match="as exposed as its treatment nights"):
        confidence_limits(difference=d, exposed=x)
