"""The randomisation test: textbook cases, what is left null and why, and refusals."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from ekbom.analysis import randomisation
from ekbom.analysis.exposure import exposure
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.design.blocks import PermutedBlocks
from ekbom.design.complete import CompleteRandomisation
from ekbom.design.design import Design, enumerate_sequences
from ekbom.design.fixed import FixedOrder
from ekbom.design.pairs import RandomisedPairs


def gls(
    design: Design,
    observed: tuple[int, ...],
    value: np.ndarray,
    *,
    nights: int = 7,
    skipped: tuple[int, ...] = (),
    reports: np.ndarray | None = None,
    **changed: object,
) -> randomisation.RandomisationResult:
    """Test periods of equal length, all nights reported but those of the ``skipped`` periods."""
    period_of_night = np.repeat(np.arange(design.periods), nights)
    night = np.flatnonzero(~np.isin(period_of_night, skipped))
    arguments: dict[str, object] = {
        "night": night,
        "value": value[night] if reports is None else reports,
        "covariates": (night / len(period_of_night) - 0.5)[:, None],
        "period_of_night": period_of_night,
        "reference": reference_set(design=design, seed=1),
        "observed": observed,
        "rho0": 0.4,
        "tau0": 2.0,
        "scale": 1.0,
        "higher_is_better": False,
    }
    return randomisation.gls_test(**{**arguments, **changed})


def noise(nights: int, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(5, 2, size=nights)


def test_three_pairs_can_reach_one_quarter_and_one_eighth() -> None:
    observed = (0, 1, 1, 0, 0, 1)
    exposed = exposure(np.repeat(np.array(observed), 7).astype(float), tau=2.0)
    result = gls(RandomisedPairs(3), observed, 9 - 5 * exposed + 0.01 * noise(42))
    assert (result.p, result.p_benefit, result.p_harm) == (0.25, 0.125, 1.0)
    assert (result.smallest_p, result.smallest_p_one_sided) == (0.25, 0.125)


def test_three_pairs_have_no_interval_and_say_the_highest_level() -> None:
    result = gls(RandomisedPairs(3), (0, 1, 1, 0, 0, 1), noise(42))
    assert (result.interval, result.interval_level, result.reason) == (None, 0.75, None)


def test_six_pairs_have_an_interval_at_the_level_nearest_above_95_percent() -> None:
    result = gls(RandomisedPairs(6), (0, 1) * 6, noise(84))
    assert result.interval is not None
    assert result.interval_level == 1 - 2 / 64


def test_the_interval_is_in_the_units_of_the_scale() -> None:
    one = gls(RandomisedPairs(6), (0, 1) * 6, noise(84))
    scaled = gls(RandomisedPairs(6), (0, 1) * 6, noise(84), scale=0.7)
    assert scaled.interval == pytest.approx(np.multiply(one.interval, 0.7))


def test_the_interval_moves_with_an_added_effect() -> None:
    observed = (0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0)
    contrast = exposure(np.repeat(np.array(observed) - 0.5, 7), tau=2.0)
    one = gls(RandomisedPairs(6), observed, noise(84))
    moved = gls(RandomisedPairs(6), observed, noise(84) + 3 * contrast)
    assert moved.interval == pytest.approx(np.add(one.interval, 3), abs=1e-9)


def test_sign_flip_of_paired_means_agrees_with_the_textbook_enumeration() -> None:
    observed = (0, 1, 1, 0, 0, 1, 1, 0, 1, 0)
    value = noise(10)
    pairs = [(2 * i, 2 * i + 1) for i in range(5)]
    d = np.array([value[b] - value[a] if observed[b] else value[a] - value[b] for a, b in pairs])
    flipped = [float(np.mean(np.multiply(signs, d))) for signs in product([1, -1], repeat=5)]
    p = np.mean(np.abs(flipped) >= abs(d.mean()) - 1e-9)
    by_period = randomisation.difference_test(
        period=np.arange(10),
        value=value,
        block=np.arange(10) // 2,
        reference=reference_set(design=RandomisedPairs(5), seed=1),
        observed=observed,
        higher_is_better=True,
    )
    assert by_period.statistic == pytest.approx(d.mean())
    assert by_period.p == p
    # Nights in balance, neither onset, autocorrelation nor trend: the studentised test is the same.
    bare = gls(
        RandomisedPairs(5),
        observed,
        np.repeat(value, 3),
        nights=3,
        covariates=np.empty((30, 0)),
        rho0=0.0,
        tau0=0.0,
    )
    assert bare.p == p


@pytest.mark.parametrize("skipped", [(4, 5), (4,), (5,)])
def test_an_incomplete_pair_keeps_its_coin_and_an_unseen_one_is_merged(
    skipped: tuple[int, ...],
) -> None:
    result = gls(RandomisedPairs(3), (0, 1, 1, 0, 0, 1), noise(42), skipped=skipped)
    coins = 2 if skipped == (4, 5) else 3
    assert result.sequences == 8
    assert len(result.null_weights) == 2**coins
    assert result.smallest_p == 2 / 2**coins
    assert result.null_weights.tolist() == [1 / 2**coins] * 2**coins


def test_merged_sequences_of_unequal_number_add_their_probabilities() -> None:
    result = gls(CompleteRandomisation((3, 3)), (0, 1, 0, 1, 0, 1), noise(42), skipped=(3, 4, 5))
    # Of the first three periods: AAA and BBB once each, the six mixed ones three times each.
    assert sorted((result.null_weights * 20).round(12)) == [1, 1, 3, 3, 3, 3, 3, 3]


def test_a_third_treatment_counts_as_neither_and_leaves_no_interval() -> None:
    observed = (0, 1, 2, 2, 1, 0, 1, 0, 2)
    reference = reference_set(design=PermutedBlocks(3, (0, 1, 2)), seed=1, compared=(0, 2))
    result = gls(reference.design, observed, noise(63), reference=reference)
    assert result.p is not None
    assert result.interval is None
    assert result.reason == "no interval: a third treatment's effect would have to be assumed"


def test_a_fixed_order_has_no_randomisation_test() -> None:
    result = gls(FixedOrder((0, 1, 0, 1)), (0, 1, 0, 1), noise(28))
    assert result.reason == "only one order of treatments was possible on the analysed nights"
    numbers = (result.p, result.p_benefit, result.p_harm, result.smallest_p, result.interval)
    assert numbers == (None,) * 5
    assert (result.sequences, result.exact, len(result.null_statistics)) == (1, True, 0)


@pytest.mark.parametrize("value", [np.full(42, 0.1), np.arange(42) / 7.0])
def test_an_outcome_without_spread_has_no_p(value: np.ndarray) -> None:
    result = gls(RandomisedPairs(3), (0, 1) * 3, value)
    assert (result.p, result.reason) == (None, "the outcome does not vary")


def test_too_few_nights_have_no_p() -> None:
    result = gls(RandomisedPairs(1), (0, 1), np.array([1.0, 2.0]), nights=1)
    assert (result.p, result.reason) == (None, "too few analysed nights")


def test_nights_that_do_not_tell_the_treatments_apart_have_no_p() -> None:
    # Only the first period was lived: with no onset its code is the intercept.
    result = gls(RandomisedPairs(2), (0, 1, 1, 0), noise(28), skipped=(1, 2, 3), tau0=0.0)
    assert (result.p, result.reason) == (
        None,
        "the analysed nights do not tell the treatments apart",
    )


def test_no_report_at_all_has_no_p() -> None:
    nothing = np.empty(0, dtype=int)
    nightly = gls(
        RandomisedPairs(2), (0, 1, 1, 0), noise(28), skipped=(0, 1, 2, 3), reports=np.empty(0)
    )
    by_period = difference(period=nothing, value=np.empty(0))
    reason = "the analysed nights do not tell the treatments apart"
    assert [(r.p, r.reason) for r in (nightly, by_period)] == [(None, reason)] * 2


def test_nights_outside_every_period_have_no_p() -> None:
    calendar = np.array([-1] * 6 + [0, 1, 1, 0])
    result = gls(
        RandomisedPairs(2),
        (0, 1, 1, 0),
        noise(28),
        night=np.arange(6),
        reports=noise(6),
        covariates=np.empty((6, 0)),
        period_of_night=calendar,
    )
    assert (result.p, result.reason) == (
        None,
        "the analysed nights do not tell the treatments apart",
    )


def test_an_order_that_could_not_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="not one that the design could have drawn"):
        gls(RandomisedPairs(2), (0, 0, 1, 1), noise(28))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reports": np.ones(3)}, "one row for each analysed night"),
        ({"covariates": np.ones(28)}, "one row for each analysed night"),
        ({"night": np.arange(28) // 2}, "must increase"),
        ({"night": np.arange(28) + 1}, "outside the 28 of the calendar"),
        ({"period_of_night": np.repeat(np.arange(1, 5), 7)}, "beyond the 4 of the order"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(
    changed: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        gls(RandomisedPairs(2), (0, 1, 1, 0), noise(28), **changed)


def test_a_sampled_test_counts_the_observed_order_as_one_more() -> None:
    design, observed = RandomisedPairs(30), (0, 1) * 30
    reference = reference_set(design=design, draws=999, seed=8)
    result = gls(design, observed, noise(120), nights=2, reference=reference)
    assert (result.exact, result.sequences, len(result.null_weights)) == (False, 2**30, 1000)
    extreme = np.abs(result.null_statistics[1:]) >= abs(result.statistic) - 1e-9
    assert result.p == (1 + np.count_nonzero(extreme)) / 1000


def test_a_sampled_test_is_drawn_again_from_its_stored_seed() -> None:
    one = reference_set(design=RandomisedPairs(30), draws=50, seed=8)
    again = reference_set(design=RandomisedPairs(30), draws=50, seed=one.seed)
    assert (one.periods == again.periods).all()


def test_a_sampled_p_is_close_to_the_exact_one() -> None:
    design, value = RandomisedPairs(8), noise(112, seed=2)
    exact = gls(design, (0, 1) * 8, value)
    reference = reference_set(design=design, limit=10, draws=20_000, seed=4)
    sampled = gls(design, (0, 1) * 8, value, reference=reference)
    error = np.sqrt(exact.p * (1 - exact.p) / 20_000)
    assert abs(sampled.p - exact.p) < 4 * error
    assert sampled.interval == pytest.approx(exact.interval, rel=0.02)


def test_the_reference_set_has_every_sequence_with_its_probability() -> None:
    reference = reference_set(design=RandomisedPairs(2), seed=1)
    assert [tuple(row) for row in reference.periods.tolist()] == list(
        enumerate_sequences(RandomisedPairs(2))
    )
    assert reference.probability.tolist() == [0.25] * 4
    assert (reference.exact, reference.count, reference.seed) == (True, 4, None)


def difference(**changed: object) -> randomisation.RandomisationResult:
    arguments: dict[str, object] = {
        "period": np.arange(8),
        "value": np.array([20.0, 15.0, 14.0, 21.0, 19.0, 15.0, 22.0, 16.0]),
        "block": np.arange(8) // 2,
        "reference": reference_set(design=RandomisedPairs(4), seed=1),
        "observed": (0, 1, 1, 0, 0, 1, 0, 1),
        "higher_is_better": False,
    }
    return randomisation.difference_test(**{**arguments, **changed})


def test_a_per_period_outcome_is_tested_by_its_mean_within_pair_difference() -> None:
    result = difference()
    assert result.statistic == np.mean([-5.0, -7.0, -4.0, -6.0])
    assert (result.p, result.p_benefit, result.p_harm) == (2 / 16, 1 / 16, 1.0)
    assert (result.interval, result.interval_level) == (None, 1 - 2 / 16)


def test_a_pair_with_one_report_has_no_difference() -> None:
    result = difference(period=np.arange(7), value=difference_values()[:7])
    assert result.statistic == pytest.approx(np.mean([-5.0, -7.0, -4.0]))
    assert result.p == 2 / 8


def difference_values() -> np.ndarray:
    return np.array([20.0, 15.0, 14.0, 21.0, 19.0, 15.0, 22.0, 16.0])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"value": np.full(8, 3.0)}, "the outcome does not vary"),
        (
            {"period": np.array([0, 2, 4]), "value": np.array([1.0, 2.0, 3.0])},
            "the analysed nights do not tell the treatments apart",
        ),
    ],
)
def test_a_difference_that_cannot_be_tested_says_why(
    changed: dict[str, object], reason: str
) -> None:
    result = difference(**changed)
    assert (result.p, result.reason) == (None, reason)


@pytest.mark.parametrize(
    "changed",
    [
        {"value": np.ones(3)},
        {"period": np.arange(1, 9)},
        {"period": np.arange(8) - 1},
        {"block": np.zeros(3, dtype=int)},
    ],
)
def test_reports_that_do_not_belong_to_the_periods_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="period and"):
        difference(**changed)


def test_a_side_effect_on_every_treated_night_alone_is_as_rare_as_the_order() -> None:
    observed = (0, 1, 1, 0, 0, 1)
    period = np.repeat(np.arange(6), 5)
    happened = np.array(observed)[period] == 1
    result = randomisation.share_test(
        period=period,
        happened=happened,
        reference=reference_set(design=RandomisedPairs(3), seed=1),
        observed=observed,
    )
    assert (result.statistic, result.p, result.p_harm) == (1.0, 2 / 8, 1 / 8)


def test_no_side_effect_at_all_has_no_p() -> None:
    result = randomisation.share_test(
        period=np.arange(6),
        happened=np.zeros(6, dtype=bool),
        reference=reference_set(design=RandomisedPairs(3), seed=1),
        observed=(0, 1) * 3,
    )
    assert (result.p, result.reason) == (None, "the outcome does not vary")
