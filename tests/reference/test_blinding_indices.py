"""Bang's and James's indices against published examples, and against slopes taken by hand.

Sources, as read:
- the manual of the R package BI 1.2.0 (https://search.r-project.org/CRAN/refmans/BI/html/BI.html):
  the counts of table 2 of Houweling et al. 2014 and of table 7 of Bang et al. 2004;
- what JuliaHealth/BlindingIndex.jl prints for the first of them
  (https://github.com/JuliaHealth/BlindingIndex.jl, README.md and test/runtests.jl);
- the abstract of Houweling et al. 2014 (PMID 24902921).
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from ekbom.analysis.blinding_index import Guessed, Index, bang_index, james_index, luck_of

INVESTIGATORS = Guessed(48, 4, 330), Guessed(30, 22, 319)
COORDINATORS = Guessed(94, 11, 289), Guessed(44, 52, 284)
PATIENTS = Guessed(143, 14, 188), Guessed(57, 104, 175)
CHOLESTEROL = Guessed(82, 25, 170), Guessed(29, 27, 83)
EXAMPLES = [INVESTIGATORS, COORDINATORS, PATIENTS, CHOLESTEROL]


def printed(index: Index | None) -> tuple[float, ...]:
    assert index is not None
    return tuple(round(x, 3) for x in (index.value, index.sd, *index.interval95))


def test_indices_of_the_investigators_are_those_printed() -> None:
    assert printed(james_index(*INVESTIGATORS)) == (0.896, 0.011, 0.875, 0.918)
    assert printed(bang_index(INVESTIGATORS[0])) == (0.115, 0.018, 0.08, 0.15)
    assert printed(bang_index(INVESTIGATORS[1])) == (0.022, 0.019, -0.016, 0.06)


def test_counts_give_the_published_shares_of_right_answers() -> None:
    """10.4 % of the site investigators, 17.8 % of the coordinators, 29.4 % of the patients."""
    shares = [
        round(100 * sum(g.right for g in arms) / sum(g.total for g in arms), 1)
        for arms in (INVESTIGATORS, COORDINATORS, PATIENTS)
    ]
    assert shares == [10.4, 17.8, 29.4]


@pytest.mark.parametrize("arms", [INVESTIGATORS, COORDINATORS, PATIENTS])
def test_james_finds_all_three_blinded_as_published(arms: tuple[Guessed, Guessed]) -> None:
    found = james_index(*arms)
    assert found is not None
    assert found.interval95[0] > 0.5


def test_bang_finds_patients_unblinded_on_one_arm_and_opposite_on_the_other_as_published() -> None:
    active, placebo = map(bang_index, PATIENTS)
    assert active is not None
    assert placebo is not None
    assert active.interval95[0] > 0.2
    assert placebo.interval95[1] < 0


def of_shares(shares: np.ndarray) -> float:
    """Return James's index as weighted disagreement against what chance would give."""
    table = np.reshape(shares, (2, 3))
    named = table[:, :2].sum()
    given = np.array([table[0, :2], table[1, 1::-1]])
    weights = 0.5 * (1 - np.eye(2))
    seen = (weights * given).sum() / named
    chance = (weights * np.outer(given.sum(axis=1), given.sum(axis=0))).sum() / named**2
    kappa = (seen - chance) / chance
    return float((1 + table[:, 2].sum() + named * kappa) / 2)


@pytest.mark.parametrize("arms", [*EXAMPLES, (Guessed(3, 1, 0), Guessed(2, 2, 1))])
def test_standard_error_of_james_is_that_of_its_slopes(arms: tuple[Guessed, Guessed]) -> None:
    counts = np.array([n for g in arms for n in (g.right, g.wrong, g.unsure)], dtype=float)
    shares, step = counts / counts.sum(), 1e-6
    slopes = np.array(
        [
            (of_shares(shares + step * one) - of_shares(shares - step * one)) / (2 * step)
            for one in np.eye(6)
        ]
    )
    variance = (shares @ slopes**2 - (shares @ slopes) ** 2) / counts.sum()
    found = james_index(*arms)
    assert found is not None
    assert found.value == pytest.approx(of_shares(shares), rel=1e-12)
    assert found.sd == pytest.approx(math.sqrt(variance), rel=1e-6)


@pytest.mark.parametrize("arm", [g for arms in EXAMPLES for g in arms])
def test_bang_is_the_mean_of_plus_one_zero_and_minus_one(arm: Guessed) -> None:
    scores = np.repeat([1.0, -1.0, 0.0], [arm.right, arm.wrong, arm.unsure])
    found = bang_index(arm)
    assert found is not None
    assert found.value == pytest.approx(scores.mean(), abs=1e-15)
    assert found.sd == pytest.approx(scores.std() / math.sqrt(len(scores)), rel=1e-12)


def test_indices_at_their_ends_have_no_spread_and_without_guesses_there_is_none() -> None:
    assert james_index(Guessed(0, 0, 3), Guessed(0, 0, 3)) == Index(1.0, 0.0, (1.0, 1.0))
    assert james_index(Guessed(3, 0, 0), Guessed(3, 0, 0)) == Index(0.0, 0.0, (0.0, 0.0))
    assert bang_index(Guessed(0, 3, 0)) == Index(-1.0, 0.0, (-1.0, -1.0))
    nobody = Guessed(0, 0, 0)
    assert (bang_index(nobody), james_index(nobody, nobody)) == (None, None)
    assert james_index(Guessed(3, 0, 0), nobody) is None


def test_swapping_the_treatments_changes_nothing_for_james() -> None:
    for arms in EXAMPLES:
        assert printed(james_index(*arms[::-1])) == printed(james_index(*arms))


@pytest.mark.parametrize("named", range(9))
def test_luck_is_the_share_of_all_tosses_that_go_as_well(named: int) -> None:
    tosses = [sum(toss) for toss in product((0, 1), repeat=named)]
    for right in range(named + 1):
        share = sum(n >= right for n in tosses) / len(tosses)
        assert luck_of(right=right, named=named) == share
