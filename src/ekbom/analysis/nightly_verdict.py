"""The verdict on an outcome that is answered every night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ekbom.analysis.case import NO_REPORTS, NOT_DRAWN, ONE_SIDED, Case, further_probabilities
from ekbom.analysis.decision import CANNOT_TELL, probability_of
from ekbom.analysis.estimate import Estimate, Setting, estimate
from ekbom.analysis.history import check_history
from ekbom.analysis.judgement import (
    NONE,
    Judgement,
    check_settled,
    describe_answers,
    judge,
    oriented,
)
from ekbom.analysis.observations import TooFewNightsError
from ekbom.analysis.randomisation import gls_test
from ekbom.analysis.randomisation_result import RandomisationResult, untested
from ekbom.analysis.result import Check, Effect, OutcomeVerdict
from ekbom.analysis.sensitivity import sensitivities
from ekbom.analysis.side_effects import revealed_gap
from ekbom.analysis.sufficiency import check_reports, count_nights, summarise_periods


def judge_nights(case: Case, setting: Setting) -> OutcomeVerdict:
    """Return what the analysed nights say; only the primary outcome gets a word."""
    outcome, schedule = setting.outcome, case.schedule
    nights = count_nights(schedule=schedule, value=setting.value, use=setting.use)
    periods = summarise_periods(
        protocol=case.trial.protocol, schedule=schedule, value=setting.value, use=setting.use
    )
    primary = outcome.role == "primary"
    reports = check_reports(
        rule=case.rule,
        periods=periods,
        schedule=schedule,
        value=setting.value,
        use=setting.use,
        nights=nights,
    )
    randomisation = _nightly_test(case, setting)
    history = list(check_history(case))
    try:
        found = _estimate(setting)
    except TooFewNightsError as error:
        return OutcomeVerdict(
            outcome=outcome,
            effect=None,
            effect_full_exposure=None,
            probability=None,
            randomisation=randomisation,
            nights=nights,
            checks=(*(reports if primary else _without_effect(reports)), *history),
            verdict=CANNOT_TELL if primary else None,
            because=("too_few_nights",) if primary else (),
            reason=str(error),
            periods=periods,
        )
    judgement = _judge(case, setting, found, randomisation, reports) if primary else None
    said = judgement.checks if judgement else _without_effect([*reports, *check_settled(found)])
    turned = oriented(found.theta, outcome=outcome)
    return OutcomeVerdict(
        outcome=outcome,
        effect=Effect.of(found.theta, outcome=outcome),
        effect_full_exposure=Effect.of(found.beta, outcome=outcome) if found.beta else None,
        probability=probability_of(oriented=turned, mid=outcome.mid),
        randomisation=randomisation,
        nights=nights,
        checks=(*said, *describe_answers(setting, found), *history),
        verdict=judgement.word if judgement else None,
        model_word=judgement.model_word if judgement else None,
        because=judgement.because if judgement else (),
        but_not=judgement.but_not if judgement else (),
        theta=found.theta,
        further=further_probabilities(turned, outcome),
        periods=periods,
    )


def _without_effect(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks of a secondary outcome, which has no word to take back."""
    return tuple(replace(check, effect_on_verdict=NONE) for check in checks)


def _estimate(setting: Setting) -> Estimate:
    """Return the primary estimate; raises TooFewNightsError where there is nothing to compare."""
    if not setting.schedule.compares:
        raise TooFewNightsError(ONE_SIDED)
    return estimate(setting)


def _judge(
    case: Case,
    setting: Setting,
    found: Estimate,
    randomisation: RandomisationResult,
    reports: Sequence[Check],
) -> Judgement:
    others = () if case.until else tuple(sensitivities(trial=case.trial, primary=setting))
    return judge(
        setting=setting,
        found=found,
        randomisation=randomisation,
        report_checks=reports,
        gap=revealed_gap(found=case.side_effects, items=case.trial.protocol.side_effects),
        others=others,
        rule=case.rule,
    )


def _nightly_test(case: Case, setting: Setting) -> RandomisationResult:
    if case.reference is None:
        return RandomisationResult(1, True, reason=NOT_DRAWN)
    nights = np.flatnonzero(setting.answered)
    if not len(nights):
        return untested(reference=case.reference, reason=NO_REPORTS)
    if not case.schedule.compares:
        return untested(reference=case.reference, reason=ONE_SIDED)
    plan = setting.plan
    scale = float(case.schedule.contrast(np.array([plan.tau_test]))[0])
    higher = setting.outcome.direction == "higher"
    return gls_test(
        night=nights,
        value=setting.value[nights],
        covariates=case.schedule.trend[nights, None],
        period_of_night=case.schedule.period,
        reference=case.reference,
        observed=case.schedule.sequence,
        rho0=plan.rho_test,
        tau0=plan.tau_test,
        scale=scale,
        # Where carry-over outweighs the treatment's own nights, theta and beta have opposite signs.
        higher_is_better=higher == (scale >= 0),
    )
