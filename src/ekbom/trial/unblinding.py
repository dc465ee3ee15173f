"""The opening of the whole order: put on record first, and only then in the clear."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from ekbom.problem import RefusedError
from ekbom.trial.additions import append_event
from ekbom.trial.allocation import allocation_csv
from ekbom.trial.blinding import blinding_of
from ekbom.trial.ending import is_over, opened_from
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.happened import last_of
from ekbom.trial.log import write_changes, writing
from ekbom.trial.place import ALLOCATION, SEAL
from ekbom.trial.randomise import Drawn
from ekbom.trial.seal import Seal, seal_bytes
from ekbom.trial.sealed import SealedBlinding, open_sealed
from ekbom.trial.sealing import Key


def refuse_unblinding(trial: Trial, *, guessed: bool = True) -> None:
    """Make sure that the order may be opened here, as far as the trial's own record tells.

    ``guessed`` wants the last guess on record.  Raises RefusedError if anything stands against it.
    """
    if trial.protocol.imported:
        raise RefusedError("The order of an imported trial is open already.")
    if trial.protocol.blinding == "alone":
        raise RefusedError(
            "Nobody keeps the order of this trial: it stands on the slips in the packs. Read them: "
            f"ekbom slips read {trial.place}"
        )
    if last_of(trial.events, "randomised") is None:
        raise RefusedError(
            "The order of treatments has not been drawn yet, so there is nothing to open."
        )
    if last_of(trial.events, "unblinding") is not None and not opening_begun(trial):
        raise RefusedError("The order is open already, and that is on record. Nothing changed.")
    if guessed and last_of(trial.events, "last guess") is None and not opening_begun(trial):
        raise RefusedError(
            "The last guess is not on record. Once the order is known it is too late for it, and "
            "it tells how well the blinding held. The one who took the capsules writes it down: "
            f"ekbom log {trial.place} --event 'last guess' opinion=helps sure=7. "
            "Without it: --without-guess"
        )


def is_early(trial: Trial, *, now: datetime) -> bool:
    """Return whether an opening at ``now`` would come before the trial is over.

    One that was begun is only finished, whenever that is.
    """
    return not is_over(trial=trial, now=now) and not opening_begun(trial)


def early_cost(trial: Trial, *, now: datetime) -> str:
    """Return what it costs to open the order before the trial is over."""
    calendar = trial.calendar(today=trial.clock.night_of(now))
    return (
        f"The trial is not over: its last planned night is {calendar.last}. Once the order is "
        "open, the nights that follow no longer count in the main result, and what is left may be "
        "too little to tell. That cannot be undone."
    )


def unblind(trial: Trial, *, seal: Seal | None, now: datetime, early: bool = False) -> Drawn:
    """Return the trial with the opening of its order on record, and the order in the clear.

    ``seal`` is the opened one, ``None`` for an open trial.  The whole order is known from the
    coming night on, or from where somebody told it.  Of an opening that was interrupted only the
    files are made.  Raises RefusedError before the trial is over, unless it may be ``early``;
    then the record says so.
    """
    before_the_end = is_early(trial, now=now)
    if before_the_end and not early:
        raise RefusedError(
            f"This opens the order early. {early_cost(trial, now=now)} If it must be, add --early."
        )
    kept = {}
    if seal is not None:
        kept = {SEAL: seal_bytes(seal), ALLOCATION: allocation_csv(trial, seal.treatments)}
    if last_of(trial.events, "unblinding") is None:
        detail: dict[str, Any] = {"night": opened_from(trial, now=now)}
        if before_the_end:
            detail["early"] = True
        trial = append_event(trial, kind="unblinding", detail=detail, now=now)
    return Drawn(trial, kept)


def record_unblinding(
    *, path: Path, key: Key | None, now: datetime, guessed: bool = True, early: bool = False
) -> Trial:
    """Open the order of the trial in a folder for good, and return the trial as it then is.

    ``key`` is ``None`` for an open trial.  The record is written first: a crash leaves an opening
    on record that nobody has seen yet, which is finished by opening again, and never an order that
    was seen without a record of it.  Takes and refuses what `refuse_unblinding`, `open_sealed` and
    `unblind` do; where they refuse, nothing is written.
    """
    with writing(path, now=now) as found:
        refuse_unblinding(found, guessed=guessed)
        seal = None if key is None else open_sealed(found, key=key)
        opened = unblind(found, seal=seal, now=now, early=early)
        write_changes(found, opened.trial)
        write_changes(opened.trial, opened.trial, opened.kept)
        return open_trial(path, now=now)


def is_sealed(trial: Trial) -> bool:
    """Return whether the order is kept in a seal that needs a key."""
    return isinstance(blinding_of(trial), SealedBlinding)


def opening_begun(trial: Trial) -> bool:
    """Return whether an opening is on record whose files are not all there."""
    if last_of(trial.events, "unblinding") is None or not is_sealed(trial):
        return False
    return any(trial.place.read(name) is None for name in (SEAL, ALLOCATION))
