"""From a trial to its verdict, outcome by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from ekbom.analysis.adherence import count_doses
from ekbom.analysis.case import Case
from ekbom.analysis.estimate import Setting
from ekbom.analysis.guesses import GuessSummary, weigh_guesses
from ekbom.analysis.nightly_verdict import judge_nights
from ekbom.analysis.opening import at_opening
from ekbom.analysis.period_outcome import collect_reports
from ekbom.analysis.period_verdict import judge_periods
from ekbom.analysis.randomisation_reference import ReferenceSet, reference_set
from ekbom.analysis.result import Looks, OutcomeVerdict, TrialVerdict
from ekbom.analysis.schedule import lay_out
from ekbom.analysis.side_effects import summarise_side_effects
from ekbom.design.calendar import Calendar
from ekbom.design.plan import design_of
from ekbom.problem import RefusedError
from ekbom.protocol.model import DecisionRule, Outcome
from ekbom.trial.blinding import blinding_of
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind


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
    case = Case(trial, schedule, reference, harms, rule, until, left_out)
    outcomes = [o for o in trial.protocol.outcomes if only is None or o.id in only]
    found = {o.id: _outcome(case, o) for o in outcomes}
    return TrialVerdict(
        trial=trial,
        schedule=schedule,
        outcomes=found,
        side_effects=harms,
        looks=Looks(
            declared=len(trial.protocol.looks),
            taken=len(of_kind(trial.events, "look")),
            unplanned=len(of_kind(trial.events, "unplanned look")),
        ),
        doses=count_doses(trial=trial, schedule=schedule),
        guesses=None if until else _guesses(case, found.get(trial.protocol.primary.id)),
    )


def _guesses(case: Case, primary: OutcomeVerdict | None) -> GuessSummary | None:
    return weigh_guesses(
        trial=case.trial,
        schedule=case.schedule,
        reference=case.reference,
        periods=() if primary is None else primary.periods,
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


def _outcome(case: Case, outcome: Outcome) -> OutcomeVerdict:
    value = case.trial.diary.values(outcome.id, dates=case.schedule.dates)
    if outcome.schedule == "period":
        reports = collect_reports(outcome=outcome, schedule=case.schedule, value=value)
        return judge_periods(case, outcome, reports)
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
    return judge_nights(case, setting)
