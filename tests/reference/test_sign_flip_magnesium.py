"""The sign-flip test of a real blinded self-experiment with magnesium citrate (gwern.net, CC0)."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from ekbom.analysis import randomisation
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.design.pairs import RandomisedPairs

# Per complete pair: sum of the daily ratings and days of the first period and of the second, and
# whether the first was magnesium.  Pairs 6 and 8 were cut off after one period.
PAIRS = [
    (22, 7, 24, 7, False),
    (22, 6, 17, 6, False),
    (24, 7, 26, 7, False),
    (25, 7, 24, 7, False),
    (23, 7, 19, 6, True),
    (18, 6, 23, 7, False),
    (19, 7, 24, 7, True),
    (5, 2, 5, 2, False),
    (23, 7, 18, 7, False),
    (25, 7, 22, 7, True),
    (20, 7, 21, 7, True),
    (20, 7, 21, 7, True),
    (23, 7, 20, 7, False),
    (21, 7, 19, 7, False),
    (25, 7, 17, 7, False),
]
OBSERVED = tuple(k for *_, first in PAIRS for k in ((1, 0) if first else (0, 1)))
MEANS = [Fraction(total, days) for a, m, b, n, _ in PAIRS for total, days in ((a, m), (b, n))]


def paired_p(means: list[float], pairs: slice = slice(None)) -> float | None:
    periods = slice(*(2 * end if end is not None else None for end in (pairs.start, pairs.stop)))
    value, observed = np.array(means[periods]), OBSERVED[periods]
    return randomisation.difference_test(
        period=np.arange(len(value)),
        value=value,
        block=np.arange(len(value)) // 2,
        reference=reference_set(design=RandomisedPairs(len(value) // 2), seed=1),
        observed=observed,
        higher_is_better=True,
    ).p


@pytest.mark.parametrize(
    ("pairs", "p"), [(slice(None), 0.0987548828125), (slice(8), 0.5625), (slice(8, None), 0.09375)]
)
def test_sign_flip_agrees_with_the_derived_figures_on_means_to_four_decimals(
    pairs: slice, p: float
) -> None:
    assert paired_p([round(float(mean), 4) for mean in MEANS], pairs) == p


@pytest.mark.parametrize("pairs", [slice(None), slice(8), slice(8, None)])
def test_sign_flip_agrees_with_exact_fractions_where_ties_count_as_extreme(pairs: slice) -> None:
    # Rounding the means to four decimals breaks ties: 3696 of 2^15 orders are at least as extreme.
    differences = [
        (one - other) * (1 if first else -1)
        for one, other, (*_, first) in zip(MEANS[::2], MEANS[1::2], PAIRS, strict=True)
    ][pairs]
    seen = abs(sum(differences))
    flipped = (
        abs(sum(sign * d for sign, d in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    )
    extreme = sum(size >= seen for size in flipped)
    assert paired_p([float(mean) for mean in MEANS], pairs) == extreme / 2 ** len(differences)


def test_sign_flip_over_the_fifteen_complete_pairs_is_0_1128() -> None:
    assert paired_p([float(mean) for mean in MEANS]) == 3696 / 2**15
