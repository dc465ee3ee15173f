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
from ekbom.protocol.model import DecisionRule, Look, Outcome
from ekbom.trial.blinding import blinding_of
from ekbom.trial.ending import is_over
from ekbom.trial.folder import Trial
from ekbom.trial.happened import of_kind


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


def verdict_at_look(
    *, trial: Trial, now: datetime, treatments: tuple[str, ...] | None = None
) -> tuple[int, TrialVerdict]:
    """Return the pair of the declared look that is due and what the primary outcome says up to it.

    The stored threshold of that look takes the place of the final one; no sensitivity analysis is
    run.  ``treatments`` are those of a sealed order, which its keeper opened.  Raises RefusedError
    if the protocol declares no look that is due.
    """
    calendar = trial.calendar(today=trial.clock.night_of(now))
    look = due_look(trial=trial, now=now)
    if look is None:
        declared = ", ".join(f"pair {look.after_pair}" for look in trial.protocol.looks)
        raise RefusedError(
            f"No declared look is due. Declared: {declared or 'none'}. Looking anyway makes an "
            "honest answer impossible to promise; if you must, use --unplanned-look."
        )
    rule = replace(trial.protocol.decision, probability_better=look.probability_better)
    primary, last = (trial.protocol.primary.id,), _last_night(calendar, look)
    found = _verdict(trial, calendar, primary, rule=rule, until=last, treatments=treatments)
    return look.after_pair, found


def due_look(*, trial: Trial, now: datetime) -> Look | None:
    """Return the first declared look whose nights are past and that was not taken, if any."""
    calendar = trial.calendar(today=trial.clock.night_of(now))
    taken = {e.detail["pair"] for e in of_kind(trial.events, "look")}
    for look in trial.protocol.looks:
        last = _last_night(calendar, look)
        past = last is not None and now >= trial.clock.ends(last)
        if look.after_pair not in taken and past:
            return look
    return None


def _last_night(calendar: Calendar, look: Look) -> date | None:
    """Return the last night of a look's pair, ``None`` where an early end left it none."""
    return max((n.night for n in calendar.randomised if n.block == look.after_pair), default=None)


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
    treatments: tuple[str, ...] | None = None,
) -> TrialVerdict:
    if treatments is None:
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
