"""The statistic of the nightly randomisation test, for every order of treatments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import exposure
from ekbom.analysis.randomisation_reference import Classes

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

_ROWS = 16_384
"""Orders evaluated at a time, so that memory stays small and the arrays in the cache."""
ZERO = 1e-9
"""Relative length below which a vector is rounding error."""

NO_SPREAD = "the outcome does not vary"
FEW_NIGHTS = "too few analysed nights"
NO_CONTRAST = "the analysed nights do not tell the treatments apart"


@dataclass(frozen=True, slots=True)
class Studentised:
    """The statistic of each class of orders, ``null`` - c ``slope`` (N,) for an effect of c.

    ``unit`` is the size of the outcome in the statistic's units.
    """

    null: Floats
    slope: Floats
    unit: float


def reported_periods(period: Integers) -> Integers:
    """Return the periods that nights with these ``period`` belong to, ascending, without -1."""
    seen = np.unique(period)
    return seen[seen >= 0]


def period_exposure(*, period: Integers, periods: int, tau0: float) -> Floats:
    """Return the exposure of each night to half a dose in each period, shape (P, T)."""
    return exposure(0.5 * (period == np.arange(periods)[:, None]), tau=tau0)


def studentise(
    *,
    night: Integers,
    value: Floats,
    covariates: Floats,
    exposed: Floats,
    classes: Classes,
    rho0: float,
) -> Studentised | str:
    """Return the statistic of every order, or why there is none.

    Parameters
    ----------
    night, value, covariates, rho0
        As for `gls_test`.
    exposed
        The exposure of every calendar night to each period, shape (P, T).
    classes
        The orders of treatments, told apart by the periods with reports.
    """
    known = np.column_stack([np.ones(len(night)), covariates])
    centred = value - value.mean()
    moving = np.column_stack([centred, exposed[:, night].T])
    left, freedom = _free_of(known, moving, night=night, rho=rho0)
    length = float(np.linalg.norm(left[:, 0]))
    if freedom <= 1:
        return FEW_NIGHTS
    if np.ptp(value) == 0 or length <= ZERO * np.linalg.norm(centred):
        return NO_SPREAD
    nothing = ZERO * float(np.linalg.norm(moving[:, 1:]))
    null, slope = _over_classes(classes, left[:, 0], left[:, 1:], nothing)
    if slope[classes.observed] == 0:
        return NO_CONTRAST
    return Studentised(null, slope, length)


def _free_of(known: Floats, moving: Floats, *, night: Integers, rho: float) -> tuple[Floats, int]:
    """Return whitened ``moving`` less all that ``known`` explains, and the dimensions left."""
    white = _whiten(moving, night=night, rho=rho)
    fixed = _span(_whiten(known, night=night, rho=rho))
    return white - fixed @ (fixed.T @ white), len(night) - fixed.shape[1]


def _span(columns: Floats) -> Floats:
    """Return an orthonormal basis of what the columns span."""
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    kept: Floats = basis[:, sizes > np.finfo(float).eps * max(columns.shape) * sizes[0]]
    return kept


def _whiten(columns: Floats, *, night: Integers, rho: float) -> Floats:
    """Take the autocorrelation over the gaps between nights out of each column."""
    kept = (rho ** np.diff(night))[:, None]
    white = columns.copy()
    white[1:] = (columns[1:] - kept * columns[:-1]) / np.sqrt(1 - kept * kept)
    return white


def _over_classes(
    classes: Classes, residual: Floats, basis: Floats, nothing: float
) -> tuple[Floats, Floats]:
    """Return z'B'r / ||B z|| and z'B'B z_observed / ||B z|| of each class; 0 where B z is nothing.

    The triangle R of B = QR stands in for B: ||R z|| = ||B z||, and R has one row a period.
    """
    triangle: Floats = np.linalg.qr(basis)[1]
    towards = np.column_stack([basis.T @ residual, triangle.T @ (triangle @ classes.code_observed)])

    def statistic(codes: Floats) -> Floats:
        spread = codes @ triangle.T
        length = np.sqrt(np.einsum("np,np->n", spread, spread))
        empty = length <= nothing
        found: Floats = codes @ towards / np.where(empty, 1.0, length)[:, None]
        found[empty] = 0.0
        return found

    return evaluate(classes, statistic)


def evaluate(classes: Classes, statistic: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Return the two columns of ``statistic`` over the codes of all classes, a part at a time."""
    found = np.empty((len(classes.size), 2))
    for first in range(0, len(found), _ROWS):
        part = slice(first, first + _ROWS)
        found[part] = statistic(classes.codes(part))
    return found[:, 0].copy(), found[:, 1].copy()
