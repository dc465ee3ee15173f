"""The paired-coin e-process: evidence that may be looked at after every pair, from coins alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats
from ekbom.analysis.schedule import Flags

RATES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Rates l of the bets, per MID of a pair's difference, in equal parts."""

BAR = 20.0
"""The e-value that chance alone reaches, at any time, in at most 1 trial of 20."""

_RATES = np.array(RATES)
_BISECTIONS = 60


def pair_differences(*, nightly: Floats, treated: Flags, pair: NDArray[np.int64]) -> Floats:
    """Return by how much the nights on the treatment differ from the others, pair by pair.

    Parameters
    ----------
    nightly
        Something of every night, NaN where there is none, shape (N, T).
    treated
        Nights allocated to the treatment, shape (N, T).
    pair
        The pair of each night, from 0; -1 for nights that do not count, shape (T,).

    Returns
    -------
    Mean of the pair's treatment nights less that of its reference nights, shape (N, M); NaN where
    a side has no night.
    """
    inside = pair[:, None] == np.arange(pair.max(initial=-1) + 1)
    return _means(nightly, treated, inside) - _means(nightly, ~treated, inside)


def e_values(difference: Floats) -> Floats:
    """Return the evidence of a benefit after each pair: 20 and more is rare without an effect.

    Each pair's coin is bet upon, at even odds, with what the pairs before it won.  If the
    treatment does nothing on any night, the coin decides the sign of the pair's difference and
    nothing else, so that no bet gains on average.  This holds for any outcome, drift, flares and
    likeness of nights, and whenever one stops.

    Parameters
    ----------
    difference
        Treatment minus reference of each pair in MIDs, turned so that less is better; NaN where
        there is none, shape (..., M).  With the sign changed, the evidence is that of harm.

    Returns
    -------
    E after each pair, shape (..., M).

    Notes
    -----
    E_m = mean over l of prod_{j <= m} e_j(l), e_j(l) = exp(-l d_j) / cosh(l d_j): each product is
    a martingale of mean 1 under the sharp null, for a fair coin each pair, and so is their mean;
    P(any E_m >= 20) <= 1/20 (Ville 1939).  The rates, per MID, are fixed before the start.
    """
    # A pair without a difference is no bet: a difference of 0 wins and loses nothing.
    bets = np.where(np.isnan(difference), 0.0, difference)[..., None]
    steps = np.log(2) - np.logaddexp(0.0, 2 * _RATES * bets)
    won: Floats = np.exp(np.cumsum(steps, axis=-2))
    mean: Floats = won.mean(axis=-1)
    return mean


def reachable(e: float, *, remaining: int) -> float:
    """Return the value that E stays below in the remaining pairs, whatever happens in them.

    No pair can more than double E: a coin says one bit.
    """
    return float(e * 2.0**remaining)


def confidence_limits(
    *, difference: Floats, exposed: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return limits that hold the effect at full exposure, however often one has looked.

    Parameters
    ----------
    difference
        Treatment minus reference of each pair, in MIDs, shape (N, M); NaN where there is none.
    exposed
        The same of the exposure on the same nights, which supposes a tau, shape (N, M).
    level
        Least chance that the limits hold the effect at every pair.

    Returns
    -------
    Lower and upper limit in MIDs, shapes (N,), infinite where the pairs are too few.

    Raises
    ------
    ValueError
        If in some pair the reference nights are as exposed as the treatment nights, because the
        treatment goes too slowly: the limits would then be no interval.

    Notes
    -----
    The test inverted: if beta is c, the answers less c times the exposure are what they would have
    been without treatment, and E of their differences d - c x is as above.  E rises with c.
    """
    if (exposed[~np.isnan(difference)] <= 0).any():
        raise ValueError("the reference nights of a pair are as exposed as its treatment nights")
    bar = 2 / (1 - level)
    high = _upper(difference, exposed, bar)
    return -_upper(-difference, exposed, bar), high


def _upper(difference: Floats, exposed: Floats, bar: float) -> Floats:
    """Return the smallest effect c whose e-value reaches the bar at some pair, shape (N,)."""
    known = ~np.isnan(difference)
    ratio = np.where(known, difference / exposed, 0.0)
    slowest = np.where(known, exposed, np.inf).min(axis=1, initial=np.inf)
    # Below all ratios every bet loses; this far above them every bet wins all that it can.
    low, high = ratio.min(axis=1), ratio.max(axis=1) + 40 / (_RATES[0] * slowest)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        reached = e_values(difference - middle[:, None] * exposed).max(axis=1) >= bar
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.where(2.0 ** known.sum(axis=1) > bar, high, np.inf)


def _means(nightly: Floats, use: Flags, inside: Flags) -> Floats:
    """Return the mean of the used nights of each pair, shape (N, M), NaN where there is none."""
    counted = use & ~np.isnan(nightly)
    total = np.where(counted, nightly, 0.0) @ inside.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return total / (counted.astype(np.float64) @ inside.astype(np.float64))
