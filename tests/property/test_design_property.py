"""What every design of the family must satisfy, against constraints written independently."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chdtrc

from ekbom.design.blocks import PermutedBlocks
from ekbom.design.complete import CompleteRandomisation
from ekbom.design.counterbalanced import CounterbalancedPairs
from ekbom.design.design import (
    Design,
    Sequence,
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

Rule = Callable[[Sequence], bool]


def runs(sequence: Sequence) -> list[tuple[int, int]]:
    return [(k, len(list(group))) for k, group in groupby(sequence)]


def cut(sequence: Sequence, length: int) -> list[Sequence]:
    return [sequence[i : i + length] for i in range(0, len(sequence), length)]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Design, Rule]:
    design = RandomisedPairs(draw(st.integers(1, 5)))
    return design, lambda s: all(sorted(pair) == [0, 1] for pair in cut(s, 2))


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Design, Rule]:
    block = draw(st.sampled_from([(0, 1), (1, 0), (0, 0, 1, 1), (0, 1, 1), (0, 1, 2)]))
    design = PermutedBlocks(draw(st.integers(1, 6 // len(block) + 1)), block)
    return design, lambda s: all(sorted(b) == sorted(block) for b in cut(s, len(block)))


@st.composite
def counterbalanced(draw: st.DrawFn) -> tuple[Design, Rule]:
    design = CounterbalancedPairs(draw(st.integers(1, 5)))

    def balanced(s: Sequence) -> bool:
        two = cut(s, 2)
        return set(two) <= {(0, 1), (1, 0)} and abs(two.count((0, 1)) - two.count((1, 0))) <= 1

    return design, balanced


@st.composite
def complete(draw: st.DrawFn) -> tuple[Design, Rule]:
    counts = draw(st.sampled_from([(1, 1), (3, 3), (2, 5), (4, 5), (2, 2, 2), (1, 2, 3)]))
    others = sum(counts) - max(counts)
    least = -(-max(counts) // (others + 1))
    longest = draw(st.none() | st.integers(least, least + 3))

    def keeps(s: Sequence) -> bool:
        counted = all(s.count(k) == n for k, n in enumerate(counts))
        return counted and all(longest is None or n <= longest for _, n in runs(s))

    return CompleteRandomisation(counts, longest), keeps


@st.composite
def fixed(draw: st.DrawFn) -> tuple[Design, Rule]:
    order = tuple(draw(st.lists(st.integers(0, 2), min_size=1, max_size=6)))
    return FixedOrder(order), lambda s: s == order


@st.composite
def start_points(draw: st.DrawFn) -> tuple[Design, Rule]:
    phases = draw(st.sampled_from(["AB", "BA", "ABA", "ABAB", "ABCB"]))
    minimum = draw(st.integers(1, 2))
    periods = draw(st.integers(minimum * len(phases), 9 if "C" not in phases else 8))

    def keeps(s: Sequence) -> bool:
        letters = "".join("ABC"[k] for k, _ in runs(s))
        return letters == phases and all(n >= minimum for _, n in runs(s))

    return StartPoints(periods, phases, minimum), keeps


designs = st.one_of(pairs(), blocks(), counterbalanced(), complete(), fixed(), start_points())
few = settings(max_examples=60, deadline=None)


@few
@given(designs)
def test_the_set_is_the_one_of_brute_force(case: tuple[Design, Rule]) -> None:
    design, rule = case
    everything = product(range(design.treatments), repeat=design.periods)
    expected = [s for s in everything if rule(s)]
    assert list(enumerate_sequences(design)) == expected
    assert design.count() == len(expected)
    assert sequences_array(design, limit=design.count()).tolist() == [list(s) for s in expected]


@few
@given(designs)
def test_probabilities_sum_to_exactly_one(case: tuple[Design, Rule]) -> None:
    design, _ = case
    everything = product(range(design.treatments), repeat=design.periods)
    assert sum((design.probability(s) for s in everything), Fraction(0)) == 1


@few
@given(designs)
def test_unranking_is_a_bijection(case: tuple[Design, Rule]) -> None:
    design, _ = case
    listed = {design.sequence(rank): rank for rank in range(design.count())}
    assert len(listed) == design.count()
    assert list(listed) == list(enumerate_sequences(design))


@few
@given(designs, st.integers(0, 2**64))
def test_draws_are_admissible_and_reproducible(case: tuple[Design, Rule], seed: int) -> None:
    design, rule = case
    drawn = [draw_sequence(design, np.random.default_rng(seed)) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert rule(drawn[0])
    rows = sample_array(design, 5, np.random.default_rng(seed))
    assert all(rule(tuple(row)) for row in rows.tolist())


@few
@given(designs)
def test_smallest_p_counts_the_mirrored_sequences(case: tuple[Design, Rule]) -> None:
    design, _ = case
    members = set(enumerate_sequences(design))
    swapped = {tuple({0: 1, 1: 0}.get(k, k) for k in s) for s in members}
    two_sided = (2 if swapped == members else 1) / len(members)
    assert smallest_p(design) == (two_sided, 1 / len(members))


EVERY_DESIGN = [
    RandomisedPairs(4),
    PermutedBlocks(2, (0, 1, 2)),
    CounterbalancedPairs(5),
    CompleteRandomisation((4, 4), max_run=2),
    StartPoints(9, "ABA", 2),
    FixedOrder((0, 1)),
]


def chi_square_p(drawn: list[int], count: int) -> float:
    expected = len(drawn) / count
    seen = np.bincount(drawn, minlength=count)
    return float(chdtrc(max(count - 1, 1), ((seen - expected) ** 2 / expected).sum()))


@pytest.mark.parametrize("design", EVERY_DESIGN)
def test_draws_are_uniform_by_chi_square_on_a_stored_seed(design: Design) -> None:
    rank = {s: i for i, s in enumerate(enumerate_sequences(design))}
    rng = np.random.default_rng(1945)
    drawn = [rank[draw_sequence(design, rng)] for _ in range(4000)]
    assert chi_square_p(drawn, len(rank)) > 0.001
    rows = sample_array(design, 40_000, np.random.default_rng(1946))
    sampled = [rank[tuple(row)] for row in rows.tolist()]
    assert chi_square_p(sampled, len(rank)) > 0.001


@pytest.mark.parametrize("n", [1, 2, 3, 70, 208, 2**33 + 1])
def test_whole_numbers_are_drawn_uniformly_below_any_n(n: int) -> None:
    rng = np.random.default_rng(11)
    classes = min(n, 256)
    drawn = [draw_below(n, rng) * classes // n for _ in range(20_000)]
    assert chi_square_p(drawn, classes) > 0.001
