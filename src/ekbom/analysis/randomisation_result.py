"""What a randomisation test found: from the statistics of all orders to p and interval."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.randomisation_interval import invert
from ekbom.analysis.randomisation_reference import Classes, ReferenceSet

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""Statistics closer than this are ties, and ties count as extreme."""


def _nothing() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True)
class RandomisationResult:
    """How unusual the result is among all orders of treatments that chance could have drawn.

    ``p`` is two-sided: the probability, were the treatment without any effect, of an order whose
    statistic is at least as extreme as the observed one.  ``p_benefit`` and ``p_harm`` are the
    one-sided ones towards better and worse.  ``smallest_p`` is the two-sided p that the most
    extreme order would have had: the probability of the largest absolute statistic.
    ``smallest_p_one_sided`` is the smaller of the probabilities of the largest and of the smallest
    statistic.  Three pairs give 1/4 and 1/8.

    ``statistic`` is the observed one, treatment minus reference; ``sequences`` the size of the
    design's whole set; ``exact`` whether all of it was compared.  ``interval`` holds the effects
    not rejected, at ``interval_level``, the attainable level nearest above 95 %; where there is
    none it is ``None`` and the level is the highest attainable.  ``reason`` says why something is
    ``None``.  ``null_statistics`` and ``null_weights`` (N,) are the distribution that p was read
    from.
    """

    sequences: int
    exact: bool
    p: float | None = None
    p_benefit: float | None = None
    p_harm: float | None = None
    smallest_p: float | None = None
    smallest_p_one_sided: float | None = None
    statistic: float | None = None
    interval: tuple[float, float] | None = None
    interval_level: float | None = None
    reason: str | None = None
    null_statistics: Floats = field(default_factory=_nothing, compare=False, repr=False)
    null_weights: Floats = field(default_factory=_nothing, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Probabilities:
    """The probabilities of a `RandomisationResult`, by the names that they have there."""

    p: float
    p_benefit: float
    p_harm: float
    smallest_p: float
    smallest_p_one_sided: float


def untested(*, reference: ReferenceSet, reason: str) -> RandomisationResult:
    """Return the result of a test that could not be made, saying why."""
    return RandomisationResult(reference.count, reference.exact, reason=reason)


def assess(
    *,
    reference: ReferenceSet,
    classes: Classes,
    null: Floats,
    slope: Floats,
    unit: float,
    scale: float,
    higher_is_better: bool,
) -> RandomisationResult:
    """Compare the observed order's statistic with those of all orders.

    Parameters
    ----------
    reference, classes
        The orders of treatments.
    null, slope
        Statistic of each class when an effect c is taken out of the outcome: null - c slope.
    unit
        Size of the outcome in the statistic's units, which ties are judged by.
    scale
        What an effect c = 1 means in the units of the interval.
    higher_is_better
        The outcome's direction.
    """
    found = compare(classes=classes, null=null, unit=unit, higher_is_better=higher_is_better)
    interval, level, reason = _interval(reference, classes, null, slope, scale)
    return RandomisationResult(
        sequences=reference.count,
        exact=reference.exact,
        p=found.p,
        p_benefit=found.p_benefit,
        p_harm=found.p_harm,
        smallest_p=found.smallest_p,
        smallest_p_one_sided=found.smallest_p_one_sided,
        statistic=float(null[classes.observed]),
        interval=interval,
        interval_level=level,
        reason=reason,
        null_statistics=null,
        null_weights=classes.size / classes.total,
    )


def compare(
    *, classes: Classes, null: Floats, unit: float, higher_is_better: bool
) -> Probabilities:
    """Return how probable a statistic as extreme as the observed one was.

    ``null`` is the statistic of each class, shape (N,); the others are as for `assess`.
    """
    # Not 1e-9 of an outcome unit: the same data in seconds and in hours must have the same ties.
    tie = TOLERANCE * unit
    seen = null[classes.observed]
    total = classes.total

    def share(extreme: NDArray[np.bool_]) -> float:
        # Whole numbers first: a sum of 1 / 60 three times can end up above .05.
        return float(classes.size[extreme].sum() / total)

    p_more, p_less = share(null >= seen - tie), share(null <= seen + tie)
    size = np.abs(null)
    return Probabilities(
        p=share(size >= abs(seen) - tie),
        p_benefit=p_more if higher_is_better else p_less,
        p_harm=p_less if higher_is_better else p_more,
        smallest_p=share(size >= size.max() - tie),
        smallest_p_one_sided=min(share(null >= null.max() - tie), share(null <= null.min() + tie)),
    )


def _interval(
    reference: ReferenceSet, classes: Classes, null: Floats, slope: Floats, scale: float
) -> tuple[tuple[float, float] | None, float | None, str | None]:
    """Return the interval in the units of ``scale``, its level, and why there is none."""
    if reference.design.treatments > 2:
        return None, None, "no interval: a third treatment's effect would have to be assumed"
    found, level = invert(null=null, slope=slope, size=classes.size, observed=classes.observed)
    if found is None:
        return None, level, None
    low, high = sorted(end * scale for end in found)
    return (low, high), level, None
