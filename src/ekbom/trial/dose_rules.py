"""What may be fixed, stepped down to or written down as a dose: never above the limit, never up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ekbom.diary.diary import DoseTaken
from ekbom.problem import RefusedError
from ekbom.protocol.doses import exceeds, most_mg
from ekbom.protocol.model import Dose
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind


def refuse_dose(trial: Trial, detail: Mapping[str, Any]) -> None:
    """Raise RefusedError where an event `dose fixed` is not on the plan, too much, or goes up."""
    dose = trial.protocol.dose
    if dose is None:
        raise RefusedError("This protocol has no dose, so 'dose fixed' has no meaning in it.")
    if detail["mg"] not in dose.ladder:
        steps = ", ".join(f"{step:g}" for step in dose.ladder)
        raise RefusedError(
            f"{detail['mg']:g} mg is not on the registered ladder. Its steps are: {steps} mg."
        )
    if detail.get("capsules", 0) > dose.max_capsules:
        raise RefusedError(f"The registered plan allows at most {dose.max_capsules} capsules.")
    _refuse_above_limit(trial, detail["mg"], detail.get("capsules"))
    _refuse_upward(trial, detail["mg"], detail.get("capsules"))
    _refuse_untolerated(trial, dose, detail["mg"])


def refuse_step_down(trial: Trial, capsules: float) -> None:
    """Raise RefusedError where an event `step down` does not go down."""
    before = _capsules_before(trial)
    if before is not None and capsules >= before:
        raise RefusedError(f"{capsules:g} capsules are no step down from {before:g}.")
    plan = trial.protocol.dose
    if plan is not None and capsules > plan.max_capsules:
        raise RefusedError(f"The registered plan allows at most {plan.max_capsules} capsules.")


def too_much(trial: Trial, dose: DoseTaken) -> str | None:
    """Return why a dose cannot be what the plan meant, where it holds more than the limit."""
    content = _capsule_mg(trial)
    mg = dose.mg
    if mg is None and dose.capsules is not None and content is not None:
        mg = dose.capsules * content
    most = most_mg(trial.protocol.dose)
    if trial.protocol.imported or mg is None or not math.isfinite(mg) or not exceeds(mg, most):
        return None
    return f"{mg:g} mg of magnesium are more than the {most:g} mg a day of this trial's limit"


def _refuse_above_limit(trial: Trial, mg: float, capsules: float | None) -> None:
    most, content = most_mg(trial.protocol.dose), _taken_mg(trial)
    if exceeds(mg, most):
        raise RefusedError(
            f"{mg:g} mg is more than the {most:g} mg elemental a day of this trial's limit. More "
            "needs a named clinician's agreement in the registered protocol (agreed_by)."
        )
    if capsules is not None and content is not None and exceeds(capsules * content, most):
        raise RefusedError(
            f"{capsules:g} capsules of {content:g} mg, as they were logged, hold "
            f"{capsules * content:g} mg: more than the {most:g} mg elemental a day of this trial's "
            "limit."
        )


def _refuse_upward(trial: Trial, mg: float, capsules: float | None) -> None:
    fixed = trial.fixed_dose()
    drawn = last_of(trial.events, "randomised") is not None
    if fixed is not None and (mg > fixed or drawn):
        raise RefusedError(
            f"The dose is fixed at {fixed:g} mg and never goes up. "
            "To take less for good, log a 'step down'."
        )
    before = _recorded_capsules(trial)
    if capsules is not None and before is not None and capsules > before:
        raise RefusedError(
            f"The dose is {before:g} capsules a night on record and never goes up to {capsules:g}."
        )


def _refuse_untolerated(trial: Trial, dose: Dose, mg: float) -> None:
    most = _tolerated(trial, dose)
    if mg > most:
        raise RefusedError(
            f"After a hold or a step down the dose does not rise again: at most {most:g} mg can be "
            "fixed."
        )


def _tolerated(trial: Trial, dose: Dose) -> float:
    """Return the most that holds and step-downs leave of the ladder.

    A hold takes the ladder one rung down from the open dose.  A step down goes to the rung that
    its capsules come to; where their content is not known it is one rung, or the restart after the
    hold before it.
    """
    most, held = math.inf, False
    for event in of_kind(trial.events, "hold", "step down"):
        now, content = min(most, _open_mg(trial, event)), _taken_mg(trial)
        if event.kind == "step down":
            now, content = _before_step_down(trial, event, now, content)
        if now == math.inf:
            continue  # no dose was taken yet
        if event.kind == "step down" and content is not None:
            rungs = [r for r in dose.ladder if not exceeds(r, event.detail["capsules"] * content)]
            most = min(most, max(rungs, default=dose.ladder[0]))
        elif event.kind == "hold" or not held:
            most = max((r for r in dose.ladder if r < now), default=dose.ladder[0])
        held = event.kind == "hold"
    return most


def _before_step_down(
    trial: Trial, event: Event, now: float, content: float | None
) -> tuple[float, float | None]:
    """Return the mg a night before a step down, and of one capsule: as last fixed, if it was."""
    fixed = last_of([e for e in trial.events if e.id < event.id], "dose fixed")
    if fixed is None:
        return now, content
    mg, capsules = float(fixed.detail["mg"]), fixed.detail.get("capsules")
    return min(now, mg), mg / capsules if capsules else content


def _open_mg(trial: Trial, event: Event) -> float:
    """Return the open dose that the plan had reached by an event's night; infinite before any."""
    night = event.day("night") or trial.clock.night_of(event.instant)
    nights = trial.calendar(today=trial.clock.night_of(event.instant)).nights
    steps = [n.step for n in nights if n.night <= night and n.step is not None]
    return trial.protocol.phases.titration[steps[-1] - 1].mg if steps else math.inf


def _capsules_before(trial: Trial) -> float | None:
    """Return the capsules a night on record, or those last taken where none are."""
    recorded = _recorded_capsules(trial)
    taken = (d.capsules for d in reversed(trial.doses) if d.capsules)
    return next(taken, None) if recorded is None else recorded


def _recorded_capsules(trial: Trial) -> float | None:
    events = of_kind(trial.events, "dose fixed", "step down")
    return next((n for e in reversed(events) if (n := e.detail.get("capsules")) is not None), None)


def _capsule_mg(trial: Trial) -> float | None:
    """Return the elemental mg of one capsule, as fixed or as last taken, if either is known."""
    fixed = last_of(trial.events, "dose fixed")
    capsules = fixed.detail.get("capsules") if fixed else None
    if fixed is not None and capsules:
        return float(fixed.detail["mg"]) / float(capsules)
    return _taken_mg(trial)


def _taken_mg(trial: Trial) -> float | None:
    """Return the elemental mg of one capsule as it was last logged with both."""
    known = (d.mg / d.capsules for d in reversed(trial.doses) if d.mg and d.capsules)
    return next(known, None)
