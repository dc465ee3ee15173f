"""Designs: known counts, drawing from a seed, and what is said when a design is impossible."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from ekbom.design.blocks import PermutedBlocks
from ekbom.design.complete import CompleteRandomisation
from ekbom.design.counterbalanced import CounterbalancedPairs
from ekbom.design.design import (
    Design,
    draw_below,
    draw_sequence,
    enumerate_sequences,
    sample_array,
    sequences_array,
    smallest_p,
)
from ekbom.design.fixed import FixedOrder
from ekbom.design.pairs import RandomisedPairs
from ekbom.design.start_points import StartPoints

KNOWN_COUNTS = [
    (PermutedBlocks(4, (0, 1)), 16),
    (CompleteRandomisation((4, 4)), 70),
    (CompleteRandomisation((6, 6), max_run=2), 208),
    (StartPoints(20, "AB", 3), 15),
    (StartPoints(20, "ABA", 3), 78),
    (StartPoints(24, "ABAB", 4), 165),
    (RandomisedPairs(3), 8),
    (RandomisedPairs(6), 64),
    (RandomisedPairs(17), 131_072),
    (CounterbalancedPairs(6), 20),
    (CounterbalancedPairs(5), 20),
    (PermutedBlocks(2, (0, 1, 2)), 36),
    (PermutedBlocks(2, (0, 0, 1, 1)), 36),
    (FixedOrder((0, 1, 1, 0)), 1),
]


@pytest.mark.parametrize(("design", "count"), KNOWN_COUNTS)
def test_counts_agree_with_the_published_and_closed_form_ones(design: Design, count: int) -> None:
    assert design.count() == count


def test_count_is_exact_beyond_64_bits() -> None:
    assert CompleteRandomisation((42, 42)).count() == 1678910486211891090247320
    assert RandomisedPairs(90).count() == 2**90


def test_sequences_are_ranked_in_lexicographic_order() -> None:
    assert list(enumerate_sequences(RandomisedPairs(2))) == [
        (0, 1, 0, 1),
        (0, 1, 1, 0),
        (1, 0, 0, 1),
        (1, 0, 1, 0),
    ]


@pytest.mark.parametrize("rank", [-1, 8])
def test_a_rank_outside_the_set_is_refused(rank: int) -> None:
    with pytest.raises(ValueError, match="is not from 0 to 7"):
        RandomisedPairs(3).sequence(rank)


@pytest.mark.parametrize("sequence", [(0, 1), (0, 0, 1, 1), (0, 1, 2, 0), (0, 1, 0, -1)])
def test_an_order_that_could_not_be_drawn_has_probability_zero(sequence: tuple[int, ...]) -> None:
    assert RandomisedPairs(2).probability(sequence) == 0


def test_probability_is_an_exact_fraction() -> None:
    design = CompleteRandomisation((6, 6), max_run=2)
    assert design.probability((0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1)) == Fraction(1, 208)


def test_a_stored_seed_draws_the_same_sequence_again() -> None:
    # Written out once from this seed; a change here would break every commitment ever made.
    rng = np.random.Generator(np.random.PCG64(20261122))
    assert draw_sequence(RandomisedPairs(6), rng) == (0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0)


def test_the_draw_reads_the_raw_stream_of_the_bit_generator() -> None:
    raw = np.random.PCG64(7).random_raw(3) & 0xFFFFFFFF
    expected = int(raw[0]) | int(raw[1]) << 32 | int(raw[2]) << 64
    assert draw_below(2**96, np.random.Generator(np.random.PCG64(7))) == expected


def test_the_old_mersenne_twister_draws_too() -> None:
    rng = np.random.Generator(np.random.MT19937(1))
    drawn = [draw_below(3, rng) for _ in range(3000)]
    assert np.bincount(drawn).min() > 900


def test_nothing_can_be_drawn_below_zero() -> None:
    with pytest.raises(ValueError, match="n must be at least 1"):
        draw_below(0, np.random.default_rng(1))


def test_listing_too_large_a_set_is_refused() -> None:
    with pytest.raises(ValueError, match="131072 sequences are more than the limit of 1000"):
        sequences_array(RandomisedPairs(17), limit=1000)


@pytest.mark.parametrize("design", [RandomisedPairs(40), CompleteRandomisation((40, 40))])
def test_sampling_a_huge_set_gives_admissible_sequences(design: Design) -> None:
    rows = sample_array(design, 50, np.random.default_rng(3))
    assert rows.shape == (50, 80)
    assert all(design.probability(tuple(row)) > 0 for row in rows.tolist())


@pytest.mark.parametrize(
    ("design", "two_sided", "one_sided"),
    [
        (RandomisedPairs(3), 0.25, 0.125),
        (RandomisedPairs(6), 2 / 64, 1 / 64),
        (CounterbalancedPairs(5), 2 / 20, 1 / 20),
        (CompleteRandomisation((4, 4)), 2 / 70, 1 / 70),
        (CompleteRandomisation((2, 3)), 1 / 10, 1 / 10),
        (StartPoints(20, "AB", 3), 1 / 15, 1 / 15),
        (StartPoints(20, "ABA", 3), 1 / 78, 1 / 78),
        (PermutedBlocks(2, (0, 1, 2)), 2 / 36, 1 / 36),
        (FixedOrder((0, 1)), 1.0, 1.0),
        (FixedOrder((0, 0)), 1.0, 1.0),
    ],
)
def test_smallest_p(design: Design, two_sided: float, one_sided: float) -> None:
    assert smallest_p(design) == (two_sided, one_sided)


def test_smallest_p_of_a_huge_set_needs_no_list() -> None:
    assert smallest_p(RandomisedPairs(200)) == (2.0**-199, 2.0**-200)


def test_smallest_p_of_four_treatments_is_refused() -> None:
    with pytest.raises(ValueError, match="at most three"):
        smallest_p(PermutedBlocks(2, (0, 1, 2, 3)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomisedPairs(0), "at least 1 pair"),
        (lambda: CounterbalancedPairs(0), "at least 1 pair"),
        (lambda: PermutedBlocks(0, (0, 1)), "at least 1 block"),
        (lambda: PermutedBlocks(2, (0, 0)), "at least two treatments"),
        (lambda: PermutedBlocks(2, (0, 2)), "with no gap"),
        (lambda: CompleteRandomisation((3,)), "at least two treatments"),
        (lambda: CompleteRandomisation((3, 0)), "1 period or more"),
        (lambda: CompleteRandomisation((7, 2), max_run=2), "allow runs of 3"),
        (lambda: FixedOrder(()), "give each period a treatment"),
        (lambda: FixedOrder((0, -1)), "give each period a treatment"),
        (lambda: StartPoints(20, "A", 3), "phases that change"),
        (lambda: StartPoints(20, "AAB", 3), "phases that change"),
        (lambda: StartPoints(20, "AC", 3), "phases that change"),
        (lambda: StartPoints(20, "AB", 0), "at least 1 period"),
        (lambda: StartPoints(11, "ABAB", 3), "need 12 periods, not 11"),
    ],
)
def test_an_impossible_design_says_what_to_change(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_the_run_length_advised_is_possible_and_one_less_is_not() -> None:
    assert list(enumerate_sequences(CompleteRandomisation((6, 1), 3))) == [(0, 0, 0, 1, 0, 0, 0)]
    with pytest.raises(ValueError, match="allow runs of 3"):
        CompleteRandomisation((6, 1), max_run=2)
