"""Which pack was opened when: its number, read from the pack, against the one that is due."""

from __future__ import annotations

from datetime import date, datetime

from ekbom.problem import RefusedError
from ekbom.trial.folder import Trial
from ekbom.trial.happened import of_kind

OPENED = "pack opened"


def refuse_pack(trial: Trial, *, pack: int, night: date, now: datetime) -> None:
    """Raise RefusedError where the pack that was taken is not the one of its night."""
    found = trial.calendar(today=trial.clock.night_of(now)).at(night)
    due = None if found is None else found.pack
    if due is None:
        raise RefusedError(f"No pack is due on the night of {night}.")
    if pack != due:
        raise RefusedError(
            f"The capsules of the night of {night} come from pack {due}, and this one has the "
            f"number {pack}. Close it, put it back, and take pack {due}. If you swallowed capsules "
            "from it already, write that down as a deviation."
        )


def is_opened(trial: Trial, pack: int) -> bool:
    """Return whether a pack is on record as opened."""
    return any(event.detail["pack"] == pack for event in of_kind(trial.events, OPENED))


def pack_to_name(trial: Trial, *, night: date, now: datetime) -> int | None:
    """Return the pack whose number must be read aloud with the first dose from it, if any.

    Only who blinds themselves has nobody else to notice that two packs were exchanged.
    """
    found = trial.calendar(today=trial.clock.night_of(now)).at(night)
    if trial.protocol.blinding != "alone" or found is None or found.pack is None:
        return None
    return None if is_opened(trial, found.pack) else found.pack
