"""The randomisation test of thousands of trials of one design, for simulations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats
from ekbom.analysis.many import Engine, require_engine
from ekbom.analysis.randomisation_nightly import period_exposure, reported_periods, studentise
from ekbom.analysis.randomisation_reference import Classes, ReferenceSet, classify
from ekbom.analysis.randomisation_result import compare

Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ManyTests:
    """The probabilities of a `RandomisationResult` for each of N trials, shapes (N,).

    They are NaN where the test is not possible.
    """

    p: Floats
    p_benefit: Floats
    p_harm: Floats
    smallest_p_one_sided: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedTrials:
    """The arrays of `gls_many`, checked to fit together."""

    value: Floats
    trend: Floats
    period: Integers
    reference: ReferenceSet
    observed: NDArray[np.int8]
    rho0: float
    tau0: float
    higher_is_better: bool

    def __post_init__(self) -> None:
        if self.value.ndim != 2 or {self.trend.shape, self.period.shape} != {self.value.shape[1:]}:
            raise ValueError("value must have one column for each night of trend and period")
        if self.observed.shape != (len(self.value), self.reference.periods.shape[1]):
            raise ValueError("observed must have one order of treatments for each trial")
        if self.period.max(initial=-1) >= self.observed.shape[1]:
            raise ValueError("period names one beyond those of the order")
        if np.isinf(self.value).any() or not np.isfinite(self.trend).all():
            raise ValueError("a report may be missing (NaN) but not infinite, the trend neither")

    @property
    def exposed(self) -> Floats:
        """Return the exposure of each night to each period, shape (P, T)."""
        periods = self.observed.shape[1]
        return period_exposure(period=self.period, periods=periods, tau0=self.tau0)

    def alike(self) -> Iterator[tuple[Classes, Integers]]:
        """Yield the places of the trials that share their order and their periods with reports.

        Each time with the orders that those reports tell apart, of which there are at least two.
        """
        for places in _equal_rows(np.hstack([self.observed, self._reported()])):
            first = places[0]
            seen = reported_periods(self.period[~np.isnan(self.value[first])])
            if len(seen) == 0:
                continue
            order = tuple(self.observed[first].tolist())
            classes = classify(reference=self.reference, observed=order, seen=seen)
            if len(classes.size) > 1:
                yield classes, places

    def _reported(self) -> NDArray[np.bool_]:
        """Return which periods of each trial have a report, shape (N, P)."""
        answered = ~np.isnan(self.value)
        inside = self.period[:, None] == np.arange(self.observed.shape[1])
        reported: NDArray[np.bool_] = (answered[:, None, :] & inside.T).any(axis=-1)
        return reported


def gls_many(
    *,
    value: Floats,
    trend: Floats,
    period: Integers,
    reference: ReferenceSet,
    observed: NDArray[np.int8],
    rho0: float,
    tau0: float,
    higher_is_better: bool,
    engine: Engine = "numpy",
) -> ManyTests:
    """Test each of many trials of one design against all orders that chance could have drawn.

    Parameters
    ----------
    value
        Reports of every calendar night, NaN where missing or not analysed, shape (N, T).
    trend
        The trend variable of each night, shape (T,); level and trend are adjusted for.
    period
        Period of each night, -1 where no treatment is allocated, shape (T,).
    reference
        The orders that could have been drawn.
    observed
        The order that was used in each trial, shape (N, P).
    rho0, tau0, higher_is_better
        As for `gls_test`.
    engine
        ``numpy`` gives what `gls_test` gives, to the last digit; ``numba`` the same in a fraction
        of the time.

    Raises
    ------
    ValueError
        If the arrays do not fit together, or the design could not have drawn an order.
    RefusedError
        If ``engine`` is ``numba`` and numba is not installed.
    """
    require_engine(engine)
    trials = TestedTrials(
        value=value,
        trend=trend,
        period=period,
        reference=reference,
        observed=observed,
        rho0=rho0,
        tau0=tau0,
        higher_is_better=higher_is_better,
    )
    if engine == "numba":
        found = import_module("ekbom.analysis.compiled.randomisation").probabilities(trials)
    else:
        found = _test_each(trials)
    return ManyTests(*found)


def _test_each(trials: TestedTrials) -> Floats:
    """Return the four probabilities of each trial, shape (4, N), one test after the other."""
    found = np.full((4, len(trials.value)), np.nan)
    exposed = trials.exposed
    for classes, places in trials.alike():
        for i in places:
            found[:, i] = _test(trials, classes, exposed, i)
    return found


def _test(trials: TestedTrials, classes: Classes, exposed: Floats, i: int) -> tuple[float, ...]:
    """Return the four probabilities of trial i, NaN where the test is not possible."""
    night = np.flatnonzero(~np.isnan(trials.value[i]))
    statistic = studentise(
        night=night,
        value=trials.value[i, night],
        covariates=trials.trend[night, None],
        exposed=exposed,
        classes=classes,
        rho0=trials.rho0,
    )
    if isinstance(statistic, str):
        return (np.nan,) * 4
    found = compare(
        classes=classes,
        null=statistic.null,
        unit=statistic.unit,
        higher_is_better=trials.higher_is_better,
    )
    return found.p, found.p_benefit, found.p_harm, found.smallest_p_one_sided


def _equal_rows(rows: NDArray[np.int8]) -> Iterator[Integers]:
    """Yield the places of the rows that are equal to each other."""
    _, member, count = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    places, ends = np.argsort(member, kind="stable"), np.cumsum(count)
    for first, end in zip(ends - count, ends, strict=True):
        yield places[first:end]
