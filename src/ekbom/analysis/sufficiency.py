"""Whether there are enough reports, and evenly enough, for any word at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.result import Check, NightCounts, PeriodSummary
from ekbom.analysis.schedule import Flags, Schedule
from ekbom.protocol.model import DecisionRule, Protocol

_NO_WORD = "cannot tell yet"
_NONE = "none"


def count_nights(*, schedule: Schedule, value: Floats, use: Flags) -> NightCounts:
    """Return where the planned randomised nights went; ``use`` marks those that may be analysed."""
    planned = schedule.randomised
    analysed = planned & schedule.analysed
    excluded = analysed & ~use
    answered = analysed & use & ~np.isnan(value)
    return NightCounts(
        planned=int(planned.sum()),
        analysed=int(answered.sum()),
        unanalysed=int((planned & ~schedule.analysed).sum()),
        missing=int((analysed & use).sum() - answered.sum()),
        excluded=int(excluded.sum()),
    )


def summarise_periods(
    *, protocol: Protocol, schedule: Schedule, value: Floats, use: Flags
) -> tuple[PeriodSummary, ...]:
    """Return the analysed answers of each period that was lived, in order."""
    return tuple(_summaries(protocol, schedule, value, use & ~np.isnan(value)))


def _summaries(
    protocol: Protocol, schedule: Schedule, value: Floats, answered: Flags
) -> Iterator[PeriodSummary]:
    dates = schedule.dates
    for period in np.unique(schedule.period[schedule.randomised]):
        places = np.flatnonzero(schedule.period == period)
        found = value[places][answered[places]]
        block = int(schedule.block[places[0]])
        treated = bool(schedule.treated[places[0]])
        yield PeriodSummary(
            period=int(period) + 1,
            block=None if block < 0 else block + 1,
            treatment=(protocol.treatment if treated else protocol.reference).name,
            first=dates[places[0]],
            last=dates[places[-1]],
            reports=len(found),
            mean=float(found.mean()) if len(found) else None,
            sd=float(found.std(ddof=1)) if len(found) > 1 else None,
        )


def check_reports(
    *,
    rule: DecisionRule,
    periods: tuple[PeriodSummary, ...],
    schedule: Schedule,
    value: Floats,
    use: Flags,
    nights: NightCounts,
) -> list[Check]:
    """Return the checks without which there is no word (docs/method.md, "Decision rule")."""
    pairs = _complete_pairs(periods, rule.min_reports)
    asked = max(nights.analysed + nights.missing, 1)
    missing = nights.missing / asked
    gap = _reported_gap(schedule, value, use)
    return [
        _check("pairs_with_enough_reports", pairs, rule.min_pairs, passed=pairs >= rule.min_pairs),
        _check("missing_share", missing, rule.max_missing, passed=missing <= rule.max_missing),
        _check(
            "reported_share_gap",
            gap,
            rule.max_reported_gap,
            # Shares of whole nights: 20 points written in binary must not fail at exactly 20.
            passed=gap <= rule.max_reported_gap + 1e-12,
        ),
    ]


def _check(name: str, value: float, threshold: float, *, passed: bool) -> Check:
    return Check(name, value, threshold, passed, _NONE if passed else _NO_WORD)


def _complete_pairs(periods: tuple[PeriodSummary, ...], least: int) -> int:
    """Return how many pairs have enough reports in every period, on both treatments.

    Where periods were not randomised in pairs or blocks, every so many reports on both treatments
    count as one pair, whichever periods they come from.
    """
    if any(p.block is None for p in periods):
        return _batches(periods, least)
    blocks: dict[int | None, list[PeriodSummary]] = {}
    for period in periods:
        blocks.setdefault(period.block, []).append(period)
    return sum(
        len({p.treatment for p in members}) == 2 and all(p.reports >= least for p in members)
        for members in blocks.values()
    )


def _batches(periods: tuple[PeriodSummary, ...], least: int) -> int:
    """Return how many times the treatment with fewer reports has enough for one period."""
    reports: dict[str, int] = {}
    for period in periods:
        reports[period.treatment] = reports.get(period.treatment, 0) + period.reports
    return min(reports.values()) // least if len(reports) == 2 else 0


def _reported_gap(schedule: Schedule, value: Floats, use: Flags) -> float:
    asked = schedule.randomised & schedule.analysed & use
    reported = ~np.isnan(value)
    shares = [
        float(reported[asked & side].mean()) if (asked & side).any() else 0.0
        for side in (schedule.treated, ~schedule.treated)
    ]
    return abs(shares[0] - shares[1])
