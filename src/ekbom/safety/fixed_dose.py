"""Whether the dose may be fixed: at a step that was tolerated at most, and never during a hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ekbom.problem import RefusedError
from ekbom.safety.tolerability_course import course_of
from ekbom.safety.tolerability_rules import rules
from ekbom.safety.tolerability_state import State, fold, tolerated_mg
from ekbom.trial.dose_rules import refuse_dose
from ekbom.trial.event_kinds import detail_faults
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of

_ROUNDING = 1e-9
"""Milligrams by which two equal doses may differ through floating point alone."""


def refuse_untolerated(*, trial: Trial, detail: Mapping[str, Any], now: datetime) -> None:
    """Make sure that an event `dose fixed` names a dose that the person was seen to tolerate.

    ``detail`` is the event's, ``now`` aware.  A plan without open doses, or without the side
    effects in its diary, has nothing to show it with: then only what speaks against the dose
    counts.  Raises RefusedError with what is tolerated and why.  What `log_event` refuses whatever
    was tolerated is left to it.
    """
    if detail_faults("dose fixed", detail) or last_of(trial.events, "ended") is not None:
        return
    refuse_dose(trial, detail)
    course = course_of(trial=trial, now=now)
    state = fold(course)
    _refuse_in_hold(trial, state)
    most = tolerated_mg(state, course) if _is_shown(trial) else state.ceiling_mg
    if most is None:
        raise RefusedError(
            "No step counts as tolerated yet, so no dose can be fixed. Your registered plan says: "
            f"{rules()['tolerated'].text} What is still missing: ekbom tonight {trial.place}"
        )
    if detail["mg"] > most + _ROUNDING:
        raise RefusedError(
            f"{detail['mg']:g} mg is more than the {most:g} mg that was tolerated. Your registered "
            f"plan says: {rules()['tolerated'].text}"
        )


def _refuse_in_hold(trial: Trial, state: State) -> None:
    if state.holding_since is not None:
        raise RefusedError(
            f"A hold is in force since the night of {state.holding_since}, so no dose can be fixed "
            f"now. Why, and what ends it: ekbom tolerate {trial.place}"
        )


def _is_shown(trial: Trial) -> bool:
    """Return whether the plan has open doses, and a diary that tells how they are tolerated."""
    asked = rules()["loose_stools"].at_least.keys() & trial.items.keys()
    return bool(trial.protocol.phases.titration) and bool(asked)
