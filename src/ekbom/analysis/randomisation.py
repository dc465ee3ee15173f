"""The randomisation test: the design alone, without a model, says how surprising a result is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.randomisation_nightly import (
    NO_CONTRAST,
    NO_SPREAD,
    evaluate,
    period_exposure,
    reported_periods,
    studentise,
)
from ekbom.analysis.randomisation_reference import Classes, ReferenceSet, classify
from ekbom.analysis.randomisation_result import RandomisationResult, assess, untested
from ekbom.design.design import Sequence

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

ONE_ORDER = "only one order of treatments was possible on the analysed nights"


def gls_test(
    *,
    night: Integers,
    value: Floats,
    covariates: Floats,
    period_of_night: Integers,
    reference: ReferenceSet,
    observed: Sequence,
    rho0: float,
    tau0: float,
    scale: float,
    higher_is_better: bool,
) -> RandomisationResult:
    """Test a nightly outcome against all orders of treatments that chance could have drawn.

    Parameters
    ----------
    night
        Calendar index of each analysed night with a report, increasing, shape (n,).
    value
        The outcome on those nights, shape (n,).
    covariates
        Trend and the like on those nights, shape (n, q); the intercept is added.
    period_of_night
        Period of every calendar night, -1 where no treatment is allocated, shape (T,).
    reference, observed
        The orders that could have been drawn and the one that was used.
    rho0, tau0
        Autocorrelation and onset time in nights, both fixed by the protocol.
    scale
        Mean exposure difference D(tau0), which turns beta into theta, the units of the interval.
    higher_is_better
        The outcome's direction.

    Raises
    ------
    ValueError
        If the design could not have drawn the observed order, or a shape or index is wrong.

    Notes
    -----
    t(z) = z'B'r / ||B z||, r = P W y, B = P W F: W the whitener of an AR(1) with gaps, P the
    projection off W X, F the exposure of the analysed nights to each period (docs/method.md,
    "Randomisation test").  z is +1/2 on the treatment, -1/2 on the reference and 0 elsewhere, its
    exposure 0 before the first night: then swapping the treatments turns t into -t exactly.
    The interval inverts the test of y - c F z; the constant between this code and doses of 0 and 1
    is the same for all orders and so belongs to what the null hypothesis holds fixed.
    """
    _check(night, value, covariates, period_of_night, len(observed))
    seen = reported_periods(period_of_night[night])
    if len(seen) == 0:
        return untested(reference=reference, reason=NO_CONTRAST)
    classes = classify(reference=reference, observed=observed, seen=seen)
    if len(classes.size) == 1:
        return untested(reference=reference, reason=ONE_ORDER)
    exposed = period_exposure(period=period_of_night, periods=len(observed), tau0=tau0)
    found = studentise(
        night=night,
        value=value,
        covariates=covariates,
        exposed=exposed,
        classes=classes,
        rho0=rho0,
    )
    if isinstance(found, str):
        return untested(reference=reference, reason=found)
    return assess(
        reference=reference,
        classes=classes,
        null=found.null,
        slope=found.slope,
        unit=found.unit,
        scale=scale,
        higher_is_better=higher_is_better,
    )


def _check(
    night: Integers, value: Floats, covariates: Floats, period_of_night: Integers, periods: int
) -> None:
    """Refuse arrays that do not belong together."""
    if value.shape != night.shape or covariates.shape[:1] != night.shape or covariates.ndim != 2:
        raise ValueError("night, value and covariates must have one row for each analysed night")
    if (np.diff(night) <= 0).any():
        raise ValueError("night must increase")
    if len(night) > 0 and not 0 <= night[0] <= night[-1] < len(period_of_night):
        raise ValueError(f"night names one outside the {len(period_of_night)} of the calendar")
    if period_of_night.max(initial=-1) >= periods:
        raise ValueError(f"period_of_night names a period beyond the {periods} of the order")


def difference_test(
    *,
    period: Integers,
    value: Floats,
    block: Integers,
    reference: ReferenceSet,
    observed: Sequence,
    higher_is_better: bool,
) -> RandomisationResult:
    """Test the mean difference within pairs against all orders that chance could have drawn.

    Parameters
    ----------
    period
        Period that each report belongs to, shape (m,); several reports a period are allowed.
    value
        The reports, shape (m,).
    block
        Pair or block of each period, shape (P,); all 0 compares the plain means.
    reference, observed, higher_is_better
        As for `gls_test`.

    Raises
    ------
    ValueError
        If the design could not have drawn the observed order, or a shape or index is wrong.

    Notes
    -----
    The statistic is the mean, over blocks with reports on both treatments, of the mean report on
    the treatment minus that on the reference.  It is neither whitened nor studentised: few values
    a period leave nothing to estimate a variance from.  An incomplete pair has no difference.  The
    interval inverts the test of the reports less c on the treatment.
    """
    if period.shape != value.shape:
        raise ValueError("period and value must have one entry for each report")
    if len(block) != len(observed) or not np.isin(period, np.arange(len(observed))).all():
        raise ValueError("period and block must speak of the periods of the order")
    if len(period) == 0:
        return untested(reference=reference, reason=NO_CONTRAST)
    classes = classify(reference=reference, observed=observed, seen=np.unique(period))
    if len(classes.size) == 1:
        return untested(reference=reference, reason=ONE_ORDER)
    if np.ptp(value) == 0:
        return untested(reference=reference, reason=NO_SPREAD)
    reports = np.bincount(period, minlength=len(block)).astype(np.float64)
    sums = np.bincount(period, weights=value - value.mean(), minlength=len(block))
    shift = 0.5 * reports * classes.code_observed
    null, slope = _mean_differences(classes, reports, np.column_stack([sums, shift]), block)
    if slope[classes.observed] == 0:
        return untested(reference=reference, reason=NO_CONTRAST)
    return assess(
        reference=reference,
        classes=classes,
        null=null,
        slope=slope,
        unit=float(np.ptp(value)),
        scale=1.0,
        higher_is_better=higher_is_better,
    )


def _mean_differences(
    classes: Classes, reports: Floats, sums: Floats, block: Integers
) -> tuple[Floats, Floats]:
    """Return the mean within-block difference of both columns of ``sums`` for each class."""
    told = np.column_stack([sums, reports])
    members = [np.flatnonzero((block == b) & (reports > 0)) for b in np.unique(block)]

    def statistic(codes: Floats) -> Floats:
        summed = np.zeros((len(codes), 2))
        complete = np.zeros((len(codes), 1))
        for inside in members:
            treated = (codes[:, inside] > 0).astype(np.float64) @ told[inside]
            untreated = (codes[:, inside] < 0).astype(np.float64) @ told[inside]
            both = (treated[:, 2:] > 0) & (untreated[:, 2:] > 0)
            summed += np.where(both, _means(treated) - _means(untreated), 0.0)
            complete += both
        return summed / np.maximum(complete, 1.0)

    return evaluate(classes, statistic)


def _means(sums: Floats) -> Floats:
    """Return the first two columns per report, the reports being the third."""
    means: Floats = sums[:, :2] / np.maximum(sums[:, 2:], 1.0)
    return means


def share_test(
    *,
    period: Integers,
    happened: NDArray[np.bool_],
    reference: ReferenceSet,
    observed: Sequence,
) -> RandomisationResult:
    """Test whether a side effect came on a larger share of nights with one of the treatments.

    ``period`` (m,) is the period of each night on which it was asked, from the first randomised
    one on, ``happened`` (m,) whether it was there.  Two-sided and not studentised; fewer is better.
    Raises ``ValueError`` as `difference_test` does.
    """
    return difference_test(
        period=period,
        value=happened.astype(np.float64),
        block=np.zeros(len(observed), dtype=np.intp),
        reference=reference,
        observed=observed,
        higher_is_better=False,
    )
