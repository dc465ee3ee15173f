"""The exact test under the sharp null, by enumeration of everything chance could have drawn.

Whatever the nights are like, the share of orders that would have given p <= alpha is at most alpha,
for every alpha that can be reached.
"""

from __future__ import annotations

import numpy as np
import pytest

from ekbom.analysis.many_tests import ManyTests, gls_many
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.design.blocks import PermutedBlocks
from ekbom.design.counterbalanced import CounterbalancedPairs
from ekbom.design.design import Design
from ekbom.design.pairs import RandomisedPairs

NIGHTS = 84


def nights(kind: str) -> np.ndarray:
    """Return the answers of 84 nights that no treatment has touched."""
    rng = np.random.default_rng(84)
    steady = rng.normal(5, 1.5, NIGHTS)
    week = np.arange(NIGHTS) // 7
    found = {
        "steady": steady,
        "drifting": steady.cumsum() / 3,
        "whole numbers with ties": np.clip(np.rint(steady), 4, 6),
        "one terrible week": np.where(week == 3, 10.0, steady),
        "half of them missing": np.where(rng.random(NIGHTS) < 0.5, np.nan, steady),
        "two whole periods missing": np.where(
            np.isin(np.arange(NIGHTS) // 7, (4, 9)), np.nan, steady
        ),
        "alternating": 5 + 2 * (-1.0) ** np.arange(NIGHTS) + 0.1 * steady,
    }
    return found[kind]


KINDS = (
    "steady",
    "drifting",
    "whole numbers with ties",
    "one terrible week",
    "half of them missing",
    "two whole periods missing",
    "alternating",
)
DESIGNS: dict[str, Design] = {
    "64 orders of six pairs": RandomisedPairs(6),
    "20 orders of six counterbalanced pairs": CounterbalancedPairs(6),
    "216 orders of three blocks": PermutedBlocks(3, (0, 0, 1, 1)),
}


def under_every_order(value: np.ndarray, design: Design, *, tau0: float) -> ManyTests:
    """Return the p values that the same nights would have had under each order."""
    reference = reference_set(design=design, seed=1)
    orders = reference.periods
    return gls_many(
        value=np.tile(value, (len(orders), 1)),
        trend=np.arange(NIGHTS) / (NIGHTS - 1) - 0.5,
        period=np.arange(NIGHTS) * design.periods // NIGHTS,
        reference=reference,
        observed=orders,
        rho0=0.4,
        tau0=tau0,
        higher_is_better=False,
    )


@pytest.mark.parametrize("tau0", [0.3, 2.0, 10.0])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS.keys())
def test_exhaustive_enumeration_the_size_never_exceeds_any_attainable_level(design, kind, tau0):
    found = under_every_order(nights(kind), design, tau0=tau0)
    for p in (found.p, found.p_benefit, found.p_harm):
        assert not np.isnan(p).any()
        for level in np.unique(p):
            assert (p <= level).mean() <= level + 1e-12


def test_without_ties_each_of_64_levels_is_reached_exactly():
    """The closed form: one-sided p is uniform on 1/64, ..., 64/64, two-sided on 2/64, ..., 1."""
    found = under_every_order(nights("steady"), RandomisedPairs(6), tau0=2.0)
    assert sorted(64 * found.p_benefit) == list(range(1, 65))
    assert sorted(64 * found.p) == [2 * (k // 2 + 1) for k in range(64)]
