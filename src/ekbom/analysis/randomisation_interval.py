"""The effects that a randomisation test does not reject."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SAME = 1e-9
"""Relative difference below which two numbers that should be equal are taken to be."""


def invert(
    *,
    null: Floats,
    slope: Floats,
    size: NDArray[np.int64],
    observed: int,
    alpha: float = 0.05,
) -> tuple[tuple[float, float] | None, float]:
    """Return the interval of effects that the randomisation test does not reject, and its level.

    Parameters
    ----------
    null, slope
        Statistic of order k when an effect c is taken out of the outcome: null_k - c slope_k,
        shapes (N,), with |slope_k| <= slope of the observed order, which is > 0.
    size
        How many orders of treatments each stands for.
    observed
        Which of the N was used.
    alpha
        The interval holds the effects whose two-sided p is above alpha.

    Returns
    -------
    (low, high) and its level, 1 - the largest p that is attained and not above alpha; or ``None``
    and the highest level that can be attained, where even infinite effects have p > alpha.

    Notes
    -----
    The two-sided p of c counts the k with |null_k - c slope_k| >= |null_o - c slope_o|.  Since
    |slope_k| <= slope_o these c form an interval around null_o / slope_o, ending where the two
    sides are equal; so p(c) falls in steps on both sides, and the steps are known in closed form.
    """
    top, centre = slope[observed], null[observed] / slope[observed]
    bounded = np.abs(slope) < top * (1 - _SAME)
    same, mirrored = slope[bounded], null[bounded]
    ends = np.stack(
        [
            (null[observed] + mirrored) / (top + same),
            (null[observed] - mirrored) / (top - same),
        ]
    )
    total, always = int(size.sum()), int(size[~bounded].sum())
    allowed = alpha * total * (1 + _SAME)
    if always > allowed:
        return None, 1 - always / total
    steps = size[bounded]
    below, rejected_below = _reach(centre - ends.min(axis=0), steps, always, allowed)
    above, rejected_above = _reach(ends.max(axis=0) - centre, steps, always, allowed)
    level = 1 - max(rejected_below, rejected_above) / total
    return (float(centre - below), float(centre + above)), level


def _reach(
    distance: Floats, size: NDArray[np.int64], always: int, allowed: float
) -> tuple[float, int]:
    """Return how far from the centre effects are kept, and how many orders reach beyond that.

    ``always`` orders reach any distance; distances equal but for rounding are one step.
    """
    # Each stands for one order at least, so more than this many cannot be needed.
    needed = min(int(allowed) - always + 1, len(distance))
    outer = np.argpartition(-distance, needed - 1)[:needed]
    order = outer[np.argsort(-distance[outer])]
    outwards = distance[order]
    reached = always + np.cumsum(size[order])
    new = np.append(True, -np.diff(outwards) > _SAME * outwards[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(outwards)) - 1
    step = int((reached[last] > allowed).argmax())
    beyond = int(reached[last[step - 1]]) if step else always
    return float(outwards[first[step]]), beyond
