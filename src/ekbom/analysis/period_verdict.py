"""What is shown of an outcome that is answered once a period."""

from __future__ import annotations

import numpy as np

from ekbom.analysis.case import NO_REPORTS, NOT_DRAWN, Case, further_probabilities
from ekbom.analysis.decision import probability_of
from ekbom.analysis.judgement import NONE, oriented
from ekbom.analysis.observations import TooFewNightsError
from ekbom.analysis.period_outcome import (
    PeriodReports,
    complete_pairs,
    count_impressions,
    estimate_periods,
)
from ekbom.analysis.randomisation import difference_test
from ekbom.analysis.randomisation_result import RandomisationResult, untested
from ekbom.analysis.result import Check, Effect, OutcomeVerdict
from ekbom.protocol.model import Outcome


def judge_periods(case: Case, outcome: Outcome, reports: PeriodReports) -> OutcomeVerdict:
    """Return what the reports of the periods say; none of them gets a word."""
    protocol = case.trial.protocol
    names = (protocol.treatment.name, protocol.reference.name)
    impression = outcome.kind == "impression"
    pairs = complete_pairs(reports, case.schedule)
    least = protocol.decision.min_period_pairs
    back = reports.reached_back
    checks = (
        Check("complete_pairs", pairs, least, pairs >= least, NONE),
        Check("recall_within_analysed_nights", back, 0, back == 0, NONE),
    )
    theta, reason = None, "shown as counts" if impression else None
    if not impression:
        try:
            theta = estimate_periods(outcome=outcome, plan=protocol.analysis, reports=reports)
        except TooFewNightsError:
            same = len(reports.value) > 1 and np.ptp(reports.value) == 0
            reason = "every report is the same" if same else "there are too few reports"
    turned = None if theta is None else oriented(theta, outcome=outcome)
    return OutcomeVerdict(
        outcome=outcome,
        effect=None if theta is None else Effect.of(theta, outcome=outcome),
        effect_full_exposure=None,
        probability=None if turned is None else probability_of(oriented=turned, mid=outcome.mid),
        randomisation=_period_test(case, outcome, reports),
        nights=reports.nights,
        checks=checks,
        verdict=None,
        reason=reason,
        theta=theta,
        further=None if turned is None else further_probabilities(turned, outcome),
        impressions=count_impressions(reports=reports, names=names) if impression else None,
    )


def _period_test(case: Case, outcome: Outcome, reports: PeriodReports) -> RandomisationResult:
    if case.reference is None:
        return RandomisationResult(1, True, reason=NOT_DRAWN)
    if not len(reports.value):
        return untested(reference=case.reference, reason=NO_REPORTS)
    periods = len(case.schedule.sequence)
    block = np.zeros(periods, dtype=np.int64)
    has_block = case.schedule.block >= 0
    block[case.schedule.period[has_block]] = case.schedule.block[has_block]
    return difference_test(
        period=reports.period,
        value=reports.value,
        block=block,
        reference=case.reference,
        observed=case.schedule.sequence,
        higher_is_better=outcome.direction == "higher",
    )
