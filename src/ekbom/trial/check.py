"""Everything that is wrong with a trial folder, the allocation's files included."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ekbom.problem import Problem, errors
from ekbom.trial.blinding import blinding_of
from ekbom.trial.folder import Trial, read_trial
from ekbom.trial.place import EVENTS, Place


def check_trial(place: Place | Path, *, now: datetime) -> tuple[Trial | None, list[Problem]]:
    """Return the trial, if it can be read at all, and every problem of its files."""
    trial, problems = read_trial(place, now=now)
    if trial is None:
        return None, problems
    if any(p.file == EVENTS for p in errors(problems)):
        return trial, problems  # only sound events tell how the allocation must look
    return trial, problems + blinding_of(trial).problems(trial=trial)
