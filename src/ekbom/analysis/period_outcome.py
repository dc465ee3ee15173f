"""Outcomes that are asked once a period: a questionnaire's total, an impression of change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors
from ekbom.analysis.result import NightCounts
from ekbom.analysis.schedule import Schedule
from ekbom.protocol.model import AnalysisPlan, Outcome


@dataclass(frozen=True, slots=True)
class PeriodReports:
    """The usable reports of an outcome: period (from 0), value, treatment; shapes (m,).

    ``nights`` counts periods: those whose report was missing, and those whose recall reached
    before the analysed nights or past the opening of the allocation (excluded), ``reached_back``
    of them the former.  ``trend`` is the trend variable on each report's night.
    """

    period: NDArray[np.int64]
    value: Floats
    treated: NDArray[np.bool_]
    trend: Floats
    nights: NightCounts
    reached_back: int


def collect_reports(*, outcome: Outcome, schedule: Schedule, value: Floats) -> PeriodReports:
    """Return the reports given for the last night of each period; ``value`` has shape (T,)."""
    places = []
    known = missing = reached_back = 0
    numbers = np.unique(schedule.period[schedule.randomised])
    for number in numbers:
        last = int(np.flatnonzero(schedule.period == number)[-1])
        if np.isnan(value[last]):
            missing += 1
        elif not _recall_is_analysed(outcome, schedule, last):
            reached_back += 1
        elif schedule.known[last]:
            known += 1
        else:
            places.append(last)
    at = np.array(places, dtype=np.int64)
    return PeriodReports(
        period=schedule.period[at],
        value=value[at],
        treated=schedule.treated[at],
        trend=schedule.trend[at],
        nights=NightCounts(len(numbers), len(at), 0, missing, reached_back + known),
        reached_back=reached_back,
    )


def complete_pairs(reports: PeriodReports, schedule: Schedule) -> int:
    """Return how many pairs have a usable report on both treatments."""
    block = {int(p): int(b) for p, b in zip(schedule.period, schedule.block, strict=True)}
    sides: dict[int, set[bool]] = {}
    for period, treated in zip(reports.period, reports.treated, strict=True):
        sides.setdefault(block[int(period)], set()).add(bool(treated))
    return sum(len(found) == 2 for number, found in sides.items() if number >= 0)


def estimate_periods(*, outcome: Outcome, plan: AnalysisPlan, reports: PeriodReports) -> Mixture:
    """Return the effect on an outcome that is asked once a period.

    y_p = a + trend + theta z_p + independent normal error: no exposure, no autocorrelation.
    Raises TooFewNightsError.
    """
    scale = outcome.prior_range
    data = Observations(
        night=reports.period,
        value=reports.value,
        covariates=reports.trend[:, None],
        covariate_sds=np.array([plan.trend_sd * scale]),
        dose=_dose(reports),
    )
    priors = Priors(
        intercept_mean=0.5 * (outcome.minimum + outcome.maximum),
        intercept_sd=plan.intercept_sd * scale,
        trend_sd=plan.trend_sd * scale,
        effect_sd=plan.effect_sd * scale,
        sigma_sd=plan.sigma_sd * scale,
        rho_mean=0.0,
        rho_sd=0.0,
        log_tau_mean=-np.inf,
    )
    return fit_gaussian(data=data, priors=priors).effect()


def count_impressions(
    *, reports: PeriodReports, names: tuple[str, str]
) -> Mapping[str, Mapping[int, int]]:
    """Return how often each level was given, by treatment; ``names``: treatment, reference."""
    found: dict[str, dict[int, int]] = {name: {} for name in names}
    for value, treated in zip(reports.value, reports.treated, strict=True):
        levels = found[names[0] if treated else names[1]]
        levels[int(value)] = levels.get(int(value), 0) + 1
    return {name: dict(sorted(levels.items())) for name, levels in found.items()}


def _dose(reports: PeriodReports) -> Floats:
    dose = np.zeros(int(reports.period.max(initial=-1)) + 1)
    dose[reports.period] = reports.treated
    return dose


def _recall_is_analysed(outcome: Outcome, schedule: Schedule, last: int) -> bool:
    first = last - (outcome.recall_nights or 1) + 1
    window = slice(max(first, 0), last + 1)
    same = schedule.period[window] == schedule.period[last]
    return first >= 0 and bool((schedule.analysed[window] & same).all())
