"""What comes back from the keeper's copy of a trial: looks, the opening, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ekbom.problem import InputError, Problem, RefusedError
from ekbom.trial.allocation import allocation_csv, seal_fault
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import of_kind
from ekbom.trial.place import ALLOCATION, SEAL
from ekbom.trial.randomise import Drawn
from ekbom.trial.seal import Seal, seal_bytes, seal_from
from ekbom.trial.unblinding import is_sealed, refuse_unblinding, unblind

_BY_KEEPERS = ("look", "unblinding")


def take_back(trial: Trial, *, copy: Trial, now: datetime) -> Drawn:
    """Return the trial with what its keeper did in a copy, and the files of the opened order.

    ``copy`` is the keeper's, read and checked.  Only looks and the opening come over, and only
    where the copy's events go on from those here.  Raises RefusedError if they do not, or say
    anything else; InputError if the opened order is not the one that was sealed.
    """
    new = list(_new_events(trial, copy))
    _refuse_others(new)
    if new[-1].instant > now:
        raise RefusedError(
            f"The copy {copy.place} was written at {new[-1].instant:%Y-%m-%d %H:%M} UTC, which is "
            "not past here. Set the clocks of both computers right. Nothing was changed."
        )
    _refuse_looks(trial, of_kind(new, "look"))
    kept: Mapping[str, bytes] = {}
    if of_kind(new, "unblinding"):
        refuse_unblinding(trial, guessed=False)
        _refuse_told_otherwise(trial, new[-1])
        seal = _opened(trial, copy)
        kept = {SEAL: seal_bytes(seal), ALLOCATION: allocation_csv(trial, seal.treatments)}
    return Drawn(replace(trial, events=copy.events), kept)


def _new_events(trial: Trial, copy: Trial) -> tuple[Event, ...]:
    if not is_sealed(trial):
        raise RefusedError("Nobody keeps the order of this trial, so nothing comes back.")
    known = len(trial.events)
    if copy.events == trial.events[: len(copy.events)] and len(copy.events) < known:
        raise RefusedError(
            f"The copy {copy.place} is older than the trial, and nothing was done in it."
        )
    if copy.events[:known] != trial.events:
        raise RefusedError(
            f"The events of {copy.place} do not go on from those of the trial: either it is a copy "
            "of another one, or more has happened since it was made. Export it again, and do in "
            "the new copy what was done in this one. Nothing was changed."
        )
    if len(copy.events) == known:
        raise RefusedError(f"Nothing was done in {copy.place} that is not on record already.")
    return copy.events[known:]


def _refuse_others(new: list[Event]) -> None:
    """Let in what a keeper may do, in an order in which it can have been done."""
    for event in new:
        if event.kind not in _BY_KEEPERS:
            raise RefusedError(
                f"The copy has an event {event.kind!r}. From a copy only looks and the opening "
                "come back. Nothing was changed."
            )
    if any(event.kind == "unblinding" for event in new[:-1]):
        raise RefusedError("The copy says more after its opening. Nothing was changed.")


def _refuse_looks(trial: Trial, looks: list[Event]) -> None:
    declared = [look.after_pair for look in trial.protocol.looks]
    taken = [event.detail["pair"] for event in (*of_kind(trial.events, "look"), *looks)]
    if set(taken) - set(declared) or len(set(taken)) < len(taken):
        raise RefusedError(
            "The copy has a look that the protocol did not declare, or one taken twice. Nothing "
            "was changed."
        )


def _refuse_told_otherwise(trial: Trial, opening: Event) -> None:
    """Make sure that an opening says of its night, and of being early, what is so."""
    found = unblind(trial, seal=None, now=opening.instant, early=True).trial.events[-1]
    if opening.detail != found.detail:
        raise RefusedError(
            "The opening in the copy does not tell since when the order is known, or that it was "
            "early, as ekbom unblind does. Nothing was changed."
        )


def _opened(trial: Trial, copy: Trial) -> Seal:
    """Return the order that was opened in the copy, once more compared with the commitment."""
    data = copy.place.read(SEAL)
    if data is None:
        raise RefusedError(
            f"The opening of {copy.place} was interrupted. Finish it there: ekbom unblind"
        )
    try:
        seal = seal_from(data)
        fault = seal_fault(trial, seal)
    except ValueError as error:
        fault = f"it is damaged: {error}"
    if fault is not None:
        do = "Open the order again, in a new export"
        raise InputError([Problem(SEAL, None, fault, do)])
    return seal
