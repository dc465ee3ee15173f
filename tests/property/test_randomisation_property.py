"""The randomisation test against exhaustive enumeration by hand, for every design of the family."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ekbom.analysis import randomisation
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.design.blocks import PermutedBlocks
from ekbom.design.complete import CompleteRandomisation
from ekbom.design.counterbalanced import CounterbalancedPairs
from ekbom.design.design import Design, Sequence, enumerate_sequences
from ekbom.design.fixed import FixedOrder
from ekbom.design.pairs import RandomisedPairs
from ekbom.design.start_points import StartPoints

EVERY_DESIGN: list[Design] = [
    RandomisedPairs(2),
    RandomisedPairs(3),
    RandomisedPairs(5),
    PermutedBlocks(2, (0, 0, 1, 1)),
    PermutedBlocks(3, (0, 1, 1)),
    PermutedBlocks(2, (0, 1, 2)),
    CounterbalancedPairs(3),
    CounterbalancedPairs(4),
    CompleteRandomisation((3, 4)),
    CompleteRandomisation((4, 4), max_run=2),
    StartPoints(9, "AB", 2),
    StartPoints(10, "ABA", 2),
    StartPoints(10, "ABAB", 2),
    FixedOrder((0, 1, 1, 0)),
]
LARGE_DESIGNS: list[Design] = [
    RandomisedPairs(6),
    PermutedBlocks(3, (0, 1, 1)),
    PermutedBlocks(3, (0, 0, 1, 1)),
    CounterbalancedPairs(8),
    CompleteRandomisation((4, 4)),
    CompleteRandomisation((5, 5), max_run=2),
    StartPoints(24, "AB", 2),
    StartPoints(12, "ABA", 2),
]
MIRRORED_DESIGNS: list[Design] = [
    RandomisedPairs(4),
    PermutedBlocks(2, (0, 0, 1, 1)),
    PermutedBlocks(2, (0, 1, 2)),
    CounterbalancedPairs(5),
    CompleteRandomisation((4, 4), max_run=2),
]
few = settings(max_examples=80, deadline=None)


@dataclass
class Case:
    """A trial: its design, its calendar and what was reported."""

    design: Design
    observed: Sequence
    period_of_night: list[int]
    night: list[int]
    value: list[float]
    trend: bool
    rho0: float
    tau0: float
    higher_is_better: bool = True

    def result(self, **changed: object) -> RandomisationResult:
        night = np.array(self.night)
        arguments: dict[str, object] = {
            "night": night,
            "value": np.array(self.value),
            "covariates": night[:, None] / 10 if self.trend else np.empty((len(night), 0)),
            "period_of_night": np.array(self.period_of_night),
            "reference": reference_set(design=self.design, seed=1),
            "observed": self.observed,
            "rho0": self.rho0,
            "tau0": self.tau0,
            "scale": 1.0,
            "higher_is_better": self.higher_is_better,
        }
        return randomisation.gls_test(**{**arguments, **changed})


@st.composite
def cases(
    draw: st.DrawFn, designs: list[Design] = EVERY_DESIGN, whole_numbers: bool = True
) -> Case:
    design = draw(st.sampled_from(designs))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    calendar = [-1] * int(rng.integers(0, 3))
    for period in range(design.periods):
        calendar += [period] * int(rng.integers(1, 4)) + [-1] * int(rng.integers(0, 2))
    unseen = set(rng.choice(design.periods, size=int(rng.integers(0, 3)), replace=False).tolist())
    nights = [t for t, p in enumerate(calendar) if p not in unseen and rng.random() < 0.8]
    assume(len(nights) > 4)
    value = rng.normal(5, 2, size=len(nights))
    if whole_numbers and draw(st.booleans()):
        value = np.round(value)
    return Case(
        design=design,
        observed=design.sequence(int(rng.integers(design.count()))),
        period_of_night=calendar,
        night=nights,
        value=value.tolist(),
        trend=draw(st.booleans()),
        rho0=draw(st.sampled_from([0.0, 0.4, -0.3, 0.8])),
        tau0=draw(st.sampled_from([0.0, 0.5, 2.0, 10.0])),
        higher_is_better=draw(st.booleans()),
    )


def exposure_by_hand(case: Case, sequence: Sequence) -> list[float]:
    level, levels = 0.0, []
    for period in case.period_of_night:
        code = 0.0 if period < 0 else {0: -0.5, 1: 0.5}.get(sequence[period], 0.0)
        level += (code - level) * (1 - np.exp(-1 / case.tau0) if case.tau0 else 1.0)
        levels.append(level)
    return [levels[t] for t in case.night]


class ByHand:
    """Every class of sequences, its probability and its regressor, by loops and dense matrices."""

    def __init__(self, case: Case) -> None:
        seen = sorted({case.period_of_night[t] for t in case.night} - {-1})
        everything = list(enumerate_sequences(case.design))
        groups: dict[tuple[int, ...], list[Sequence]] = {}
        for sequence in everything:
            groups.setdefault(tuple(sequence[p] for p in seen), []).append(sequence)
        self.key = tuple(case.observed[p] for p in seen)
        self.probability = {k: Fraction(len(g), len(everything)) for k, g in groups.items()}
        self.regressor = {
            k: np.mean([exposure_by_hand(case, s) for s in g], axis=0) for k, g in groups.items()
        }
        n = len(case.night)
        covariance = np.array(
            [[case.rho0 ** abs(s - t) if s != t else 1.0 for t in case.night] for s in case.night]
        )
        columns = [np.ones(n), np.array(case.night)] if case.trend else [np.ones(n)]
        X = np.column_stack(columns)
        inverse = np.linalg.inv(covariance)
        self.free = inverse - inverse @ X @ np.linalg.inv(X.T @ inverse @ X) @ X.T @ inverse
        self.value = np.array(case.value) - np.mean(case.value)
        self.length = sqrt(max(self.value @ self.free @ self.value, 0.0))

    def statistics(self, effect: float = 0.0) -> dict[tuple[int, ...], float]:
        left = self.value - effect * self.regressor[self.key]
        found = {}
        for key, e in self.regressor.items():
            spread = e @ self.free @ e
            found[key] = e @ self.free @ left / sqrt(spread) if spread > 1e-14 else 0.0
        return found

    def p(self, effect: float = 0.0, *, direction: int = 0, tie: float = 1e-9) -> Fraction:
        t = self.statistics(effect)
        size = {k: abs(v) if direction == 0 else direction * v for k, v in t.items()}
        limit = size[self.key] - tie * self.length
        return sum((self.probability[k] for k, v in size.items() if v >= limit), Fraction(0))

    @property
    def tells_the_treatments_apart(self) -> bool:
        e = self.regressor[self.key]
        return bool(e @ self.free @ e > 1e-14)


@few
@given(cases())
def test_p_agrees_with_exhaustive_enumeration_by_hand(case: Case) -> None:
    by_hand, result = ByHand(case), case.result()
    assert result.sequences == case.design.count()
    if all(case.period_of_night[t] < 0 for t in case.night):
        assert (result.p, result.reason) == (None, randomisation.NO_CONTRAST)
        return
    if len(by_hand.regressor) == 1:
        assert (result.p, result.reason) == (None, randomisation.ONE_ORDER)
        return
    if not by_hand.tells_the_treatments_apart:
        assert (result.p, result.reason) == (None, randomisation.NO_CONTRAST)
        return
    assert result.statistic == pytest.approx(by_hand.statistics()[by_hand.key], abs=1e-8)
    assert result.p == float(by_hand.p())
    up, down = float(by_hand.p(direction=1)), float(by_hand.p(direction=-1))
    expected = (up, down) if case.higher_is_better else (down, up)
    assert (result.p_benefit, result.p_harm) == expected
    assert len(result.null_statistics) == len(by_hand.regressor)
    assert result.null_weights.sum() == pytest.approx(1, abs=1e-12)


@few
@given(cases())
def test_size_is_at_most_alpha_whatever_the_outcome(case: Case) -> None:
    results = []
    for observed in enumerate_sequences(case.design):
        case.observed = observed
        results.append(case.result())
    tested = [r for r in results if r.p is not None]
    for name in ("p", "p_benefit", "p_harm"):
        found = np.array([getattr(r, name) for r in tested])
        for alpha in found:
            # An order without a p never rejects, so it counts in the whole.
            assert np.count_nonzero(found <= alpha) / len(results) <= alpha + 1e-12


@few
@given(cases(whole_numbers=False))
def test_smallest_p_is_what_the_luckiest_order_would_have_had(case: Case) -> None:
    results = []
    for observed in enumerate_sequences(case.design):
        case.observed = observed
        results.append(case.result())
    tested = [r for r in results if r.p is not None]
    assume(len(tested) == len(results))
    assert {r.smallest_p for r in tested} == {min(r.p for r in tested)}
    one_sided = min(min(r.p_benefit, r.p_harm) for r in tested)
    assert {r.smallest_p_one_sided for r in tested} == {one_sided}


@few
@given(cases(designs=LARGE_DESIGNS, whole_numbers=False))
def test_interval_holds_just_the_effects_that_enumeration_by_hand_keeps(case: Case) -> None:
    result = case.result()
    assume(result.interval is not None)
    by_hand, (low, high) = ByHand(case), result.interval
    width = high - low
    near = 1e-6 * width

    def p(effect: float) -> float:
        # The tolerance for ties would move the ends where two statistics cross at a small angle.
        return float(by_hand.p(effect, tie=1e-12))

    outside = [p(low - near), p(high + near)]
    assert max(outside) <= 0.05 < min(p(low + near), p(high - near))
    assert result.interval_level == pytest.approx(1 - max(outside), abs=1e-12)
    for effect in np.linspace(low - width, high + width, 41):
        if min(abs(effect - low), abs(effect - high)) > near:
            assert (p(effect) > 0.05) == (low < effect < high)


@few
@given(cases(whole_numbers=False))
def test_without_an_interval_even_infinite_effects_are_kept(case: Case) -> None:
    result = case.result()
    assume(result.p is not None and result.interval is None and case.design.treatments == 2)
    by_hand = ByHand(case)
    far = max(by_hand.p(1e6), by_hand.p(-1e6))
    assert far > 0.05
    assert result.interval_level == pytest.approx(1 - float(far), abs=1e-12)


@few
@given(cases(), st.sampled_from([1e-4, 60.0]), st.floats(-100, 100))
def test_units_and_direction_change_only_what_they_must(
    case: Case, factor: float, shift: float
) -> None:
    one = case.result()
    assume(one.p is not None)
    value = factor * np.array(case.value) + shift
    other = case.result(value=value, higher_is_better=not case.higher_is_better)
    assert (other.p, other.p_benefit, other.p_harm) == (one.p, one.p_harm, one.p_benefit)
    assert other.statistic == pytest.approx(factor * one.statistic, rel=1e-6, abs=1e-8 * factor)
    if one.interval is not None:
        assert other.interval == pytest.approx(np.multiply(one.interval, factor), rel=1e-6)


@few
@given(cases(designs=MIRRORED_DESIGNS))
def test_swapping_the_treatments_turns_the_statistic_round(case: Case) -> None:
    swapped = tuple({0: 1, 1: 0}.get(k, k) for k in case.observed)
    one = case.result()
    assume(one.p is not None)
    case.observed = swapped
    other = case.result()
    assert other.statistic == pytest.approx(-one.statistic, abs=1e-9)
    assert (other.p, other.p_benefit, other.p_harm) == (one.p, one.p_harm, one.p_benefit)


def difference_by_hand(
    sequence: Sequence, period: list[int], value: np.ndarray, block: list[int]
) -> float:
    differences = []
    for b in sorted(set(block)):
        sides: dict[int, list[float]] = {0: [], 1: []}
        for p, v in zip(period, value, strict=True):
            if block[p] == b and sequence[p] in sides:
                sides[sequence[p]].append(v)
        if sides[0] and sides[1]:
            differences.append(np.mean(sides[1]) - np.mean(sides[0]))
    return float(np.mean(differences)) if differences else 0.0


@few
@given(st.sampled_from(EVERY_DESIGN[:-1]), st.integers(0, 2**32), st.sampled_from([1, 2, inf]))
def test_differences_agree_with_exhaustive_enumeration_by_hand(
    design: Design, seed: int, block_length: float
) -> None:
    rng = np.random.default_rng(seed)
    period = sorted(rng.integers(0, design.periods, size=12).tolist())
    value = rng.integers(0, 5, size=12).astype(float)
    block = [int(p // (2 * block_length)) for p in range(design.periods)]
    observed = design.sequence(int(rng.integers(design.count())))
    result = randomisation.difference_test(
        period=np.array(period),
        value=value,
        block=np.array(block),
        reference=reference_set(design=design, seed=1),
        observed=observed,
        higher_is_better=True,
    )
    assume(result.p is not None)
    null = np.array(
        [difference_by_hand(s, period, value, block) for s in enumerate_sequences(design)]
    )
    seen = difference_by_hand(observed, period, value, block)
    assert result.statistic == pytest.approx(seen, abs=1e-12)
    assert result.p == np.count_nonzero(np.abs(null) >= abs(seen) - 1e-9) / len(null)
    assert result.p_benefit == np.count_nonzero(null >= seen - 1e-9) / len(null)
    assert result.p_harm == np.count_nonzero(null <= seen + 1e-9) / len(null)
