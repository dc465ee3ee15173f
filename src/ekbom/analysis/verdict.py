"""From a trial to its verdict, outcome by outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from ekbom.analysis.adherence import count_doses
from ekbom.analysis.decision import CANNOT_TELL, Probability, probability_of
from ekbom.analysis.estimate import Estimate, Setting, estimate
from ekbom.analysis.judgement import (
    NONE,
    Judgement,
    check_settled,
    describe_answers,
    judge,
    oriented,
)
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.observations import TooFewNightsError
from ekbom.analysis.opening import at_opening
from ekbom.analysis.period_outcome import (
    PeriodReports,
    collect_reports,
    complete_pairs,
    count_impressions,
    estimate_periods,
)
from ekbom.analysis.randomisation import difference_test, gls_test
from ekbom.analysis.randomisation_reference import ReferenceSet, reference_set
from ekbom.analysis.randomisation_result import RandomisationResult, untested
from ekbom.analysis.result import (
    Check,
    Effect,
    Looks,
    OutcomeVerdict,
    SideEffects,
    TrialVerdict,
)
from ekbom.analysis.schedule import Flags, Schedule, lay_out
from ekbom.analysis.sensitivity import sensitivities
from ekbom.analysis.side_effects import revealed_gap, summarise_side_effects
from ekbom.analysis.sufficiency import check_reports, count_nights, summarise_periods
from ekbom.design.calendar import Calendar
from ekbom.design.plan import design_of
from ekbom.problem import RefusedError
from ekbom.protocol.model import DecisionRule, Outcome
from ekbom.trial.blinding import blinding_of
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind

NOT_DRAWN = "the order of treatments was not drawn by chance"
NO_REPORTS = "there are no analysed reports"
ONE_SIDED = "the plan analyses no night of one of the two treatments"

_DAYS_LATE = 2
"""Days after which a pause is no longer written down while it is lived."""

_TIED_TO_TREATMENT = ("side effects", "lack of benefit")


def reach_verdict(
    *, trial: Trial, now: datetime, only: Sequence[str] | None = None
) -> TrialVerdict:
    """Return what a finished trial says about its outcomes.

    Parameters
    ----------
    trial
        The trial as its folder tells it.
    now
        The present, aware.
    only
        Ids of the outcomes wanted; all if ``None``.

    Raises
    ------
    RefusedError
        Before the last planned night is past, unless the trial was ended; and where the allocation
        may not be opened.
    InputError
        If the allocation's files are damaged.
    """
    calendar = trial.calendar(today=trial.clock.night_of(now))
    require_over(trial=trial, calendar=calendar, now=now)
    return _verdict(trial, calendar, only, rule=trial.protocol.decision, until=None)


def verdict_at_look(*, trial: Trial, now: datetime) -> tuple[int, TrialVerdict]:
    """Return the pair of the declared look that is due and what the primary outcome says up to it.

    The stored threshold of that look takes the place of the final one; no sensitivity analysis is
    run.  Raises RefusedError if the protocol declares no look that is due.
    """
    calendar = trial.calendar(today=trial.clock.night_of(now))
    taken = {e.detail["pair"] for e in of_kind(trial.events, "look")}
    for look in trial.protocol.looks:
        last = max(n.night for n in calendar.randomised if n.block == look.after_pair)
        if look.after_pair in taken or now < trial.clock.ends(last):
            continue
        rule = replace(trial.protocol.decision, probability_better=look.probability_better)
        primary = (trial.protocol.primary.id,)
        return look.after_pair, _verdict(trial, calendar, primary, rule=rule, until=last)
    declared = ", ".join(f"pair {look.after_pair}" for look in trial.protocol.looks)
    raise RefusedError(
        f"No declared look is due. Declared: {declared or 'none'}. Looking anyway makes an honest "
        "answer impossible to promise; if you must, use --unplanned-look."
    )


def is_over(*, trial: Trial, now: datetime) -> bool:
    """Return whether the last planned night is past or the trial was ended."""
    if last_of(trial.events, "ended") is not None:
        return True
    calendar = trial.calendar(today=trial.clock.night_of(now))
    return now >= trial.clock.ends(calendar.last)


def require_over(*, trial: Trial, calendar: Calendar, now: datetime) -> None:
    """Refuse to analyse a trial that is still running; see `reach_verdict`."""
    if not is_over(trial=trial, now=now):
        raise RefusedError(
            f"The trial is still running: its last planned night is {calendar.last}. A verdict "
            "before that would mislead. Come back when that night is past. Stopping early is "
            "possible and cannot be undone: log the event 'ended' (docs/trial-folder.md)."
        )


@dataclass(frozen=True, slots=True)
class _Case:
    """A trial with the blind lifted; ``until`` cuts it at a look.

    ``left_out`` counts the answers that came after the opening, which are not in ``trial``.
    """

    trial: Trial
    schedule: Schedule
    reference: ReferenceSet | None
    side_effects: SideEffects
    rule: DecisionRule
    until: date | None
    left_out: int = 0

    def usable(self) -> Flags:
        """Return the nights whose reports may be analysed."""
        schedule = self.schedule
        before = np.array([self.until is None or d <= self.until for d in schedule.dates])
        found: Flags = schedule.randomised & schedule.analysed & ~schedule.known & before
        return found


def _verdict(
    trial: Trial,
    calendar: Calendar,
    only: Sequence[str] | None,
    *,
    rule: DecisionRule,
    until: date | None,
) -> TrialVerdict:
    treatments = blinding_of(trial).open(trial=trial).treatments
    trial, left_out = at_opening(trial)
    schedule = lay_out(trial=trial, calendar=calendar, treatments=treatments)
    reference = _reference(trial)
    harms = summarise_side_effects(trial=trial, schedule=schedule, reference=reference, until=until)
    case = _Case(trial, schedule, reference, harms, rule, until, left_out)
    outcomes = [o for o in trial.protocol.outcomes if only is None or o.id in only]
    return TrialVerdict(
        trial=trial,
        schedule=schedule,
        outcomes={o.id: _outcome(case, o) for o in outcomes},
        side_effects=harms,
        looks=Looks(
            declared=len(trial.protocol.looks),
            taken=len(of_kind(trial.events, "look")),
            unplanned=len(of_kind(trial.events, "unplanned look")),
        ),
        doses=count_doses(trial=trial, schedule=schedule),
    )


def _reference(trial: Trial) -> ReferenceSet | None:
    plan = trial.protocol.analysis
    if not trial.protocol.randomised:
        return None
    return reference_set(
        design=design_of(trial.protocol),
        limit=plan.enumerate_up_to,
        draws=plan.sampled_sequences,
        seed=plan.sampling_seed,
    )


def _outcome(case: _Case, outcome: Outcome) -> OutcomeVerdict:
    value = case.trial.diary.values(outcome.id, dates=case.schedule.dates)
    if outcome.schedule == "period":
        reports = collect_reports(outcome=outcome, schedule=case.schedule, value=value)
        return _period_outcome(case, outcome, reports)
    plan = case.trial.protocol.analysis
    setting = Setting(
        outcome=outcome,
        plan=plan,
        schedule=case.schedule,
        value=value,
        use=case.usable(),
        dose=case.schedule.dose,
        effect_sd=plan.effect_sd,
        tau_median=plan.tau_median,
    )
    return _nightly_outcome(case, setting)


def _nightly_outcome(case: _Case, setting: Setting) -> OutcomeVerdict:
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
    history = list(_history(case))
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
        further=_further(turned, outcome),
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
    case: _Case,
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


def _further(turned: Mixture, outcome: Outcome) -> dict[float, Probability]:
    return {mid: probability_of(oriented=turned, mid=mid) for mid in outcome.mid_also}


def _nightly_test(case: _Case, setting: Setting) -> RandomisationResult:
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


def _period_outcome(case: _Case, outcome: Outcome, reports: PeriodReports) -> OutcomeVerdict:
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
        further=None if turned is None else _further(turned, outcome),
        impressions=count_impressions(reports=reports, names=names) if impression else None,
    )


def _period_test(case: _Case, outcome: Outcome, reports: PeriodReports) -> RandomisationResult:
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


def _written_late(trial: Trial, event: Event) -> bool:
    """Return whether an event that moves nights was written down when they were long past."""
    if trial.protocol.imported or event.kind not in ("pause", "resume", "period ended"):
        return False
    night = event.day("last" if event.kind == "period ended" else "first")
    return night is not None and (trial.clock.night_of(event.instant) - night).days > _DAYS_LATE


def _history(case: _Case) -> Iterator[Check]:
    """Yield what happened on the way that a reader must know."""
    events = case.trial.events
    looks = len(of_kind(events, "unplanned look"))
    effect = NONE if not looks else "none: the stated error rates no longer hold"
    yield Check("unplanned_looks", looks, 0, looks == 0, effect)
    brought = len(of_kind(events, "brought in"))
    if brought:
        effect = "none: it was brought in from a file, so it may have been looked at elsewhere"
        yield Check("brought_in", brought, 0, False, effect)
    ended = last_of(events, "ended")
    reason = "" if ended is None else ended.detail["reason"].strip().lower()
    if ended and reason in _TIED_TO_TREATMENT and ended.day("last") != case.schedule.calendar.last:
        effect = f"none: it was stopped for {reason}, which may hang on the treatment"
        yield Check("stopped_early", None, None, False, effect)
    late = sum(_written_late(case.trial, event) for event in events)
    if late:
        effect = "none: pauses or ends of periods were written down days after the fact"
        yield Check("calendar_events_written_late", late, 0, False, effect)
    marked = len(case.schedule.calendar.marked)
    if marked:
        effect = "none: a long pause, after which the first nights could not be run again"
        yield Check("periods_interrupted", marked, 0, False, effect)
    opened = int((case.schedule.known & case.schedule.randomised).sum())
    if opened:
        effect = "none: left out, because the allocation was known"
        yield Check("nights_after_unblinding", opened, 0, False, effect)
    if case.left_out:
        effect = "none: left out, because they were written down after the opening"
        yield Check("answers_after_unblinding", case.left_out, 0, False, effect)
    if case.trial.protocol.blinding == "open":
        yield Check("blinded", 0, 1, False, "none: expectation may be part of the effect")
