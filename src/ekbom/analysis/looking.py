"""A declared look into a sealed trial: its keeper learns one word, continue or stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from ekbom.analysis.decision import HELPS, WORSE
from ekbom.analysis.verdict import due_look, verdict_at_look
from ekbom.problem import RefusedError
from ekbom.trial.additions import append_event
from ekbom.trial.ending import is_over
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.trial.log import write_changes, writing
from ekbom.trial.sealed import open_sealed, require_sealed
from ekbom.trial.sealing import Key

Advice = Literal["continue", "stop"]


def take_look(
    *, path: Path, number: int, key: Key, now: datetime, wait: Callable[[], object]
) -> Advice:
    """Take the declared look ``number`` (from 1) into the trial in a folder.

    The order is opened in memory alone.  What is returned, and put on record, is the same word
    whether the trial stops for benefit or for harm.  ``wait`` is called before that: the analysis
    takes longer for some answers than for others.  Takes and refuses what `refuse_look` and
    `open_sealed` do; where they refuse, nothing is written.
    """
    with writing(path, now=now) as trial:
        refuse_look(trial, number=number, now=now)
        order = open_sealed(trial, key=key).treatments
        pair, verdict = verdict_at_look(trial=trial, now=now, treatments=order)
        word = verdict.outcomes[trial.protocol.primary.id].verdict
        advice: Advice = "stop" if word in (HELPS, WORSE) else "continue"
        detail = {"pair": pair, "result": advice}
        wait()
        write_changes(trial, append_event(trial, kind="look", detail=detail, now=now))
        return advice


def refuse_look(trial: Trial, *, number: int, now: datetime) -> None:
    """Make sure that the declared look ``number`` may be taken; raises RefusedError if not."""
    _refuse_way(trial)
    require_sealed(trial)
    if last_of(trial.events, "unblinding") is not None:
        raise RefusedError(f"The order is open. What it says: ekbom verdict {trial.place}")
    if is_over(trial=trial, now=now):
        raise RefusedError(
            "The trial is over: no look is needed. After the last guess open the order: "
            f"ekbom unblind {trial.place}"
        )
    due = due_look(trial=trial, now=now)
    if due is None:
        raise RefusedError(f"No declared look is due. {_declared(trial)}")
    first = trial.protocol.looks.index(due) + 1
    if first != number:
        raise RefusedError(f"Look {number} is not due, look {first} is. {_declared(trial)}")


def _refuse_way(trial: Trial) -> None:
    if trial.protocol.imported or trial.protocol.blinding == "open":
        raise RefusedError(
            f"The order of this trial is open. Run: ekbom verdict {trial.place} --look"
        )
    if trial.protocol.blinding == "alone":
        raise RefusedError(
            "Nobody keeps the order of this trial, so nobody can look without seeing it. "
            "It has its verdict at the end."
        )


def _declared(trial: Trial) -> str:
    looks = enumerate(trial.protocol.looks, start=1)
    named = ", ".join(f"look {number} after pair {look.after_pair}" for number, look in looks)
    return f"Declared: {named or 'none'}."
