"""Which pack was opened when: its number, read from the pack, against the one that is due."""

from __future__ import annotations

from datetime import date, datetime

from ekbom.problem import RefusedError
from ekbom.trial.folder import Trial
from ekbom.trial.happened import of_kind

OPENED = "pack opened"


def due_pack(trial: Trial, *, night: date, now: datetime) -> int | None:
    """Return the pack of a night, ``None`` where it has none."""
    found = trial.calendar(today=trial.clock.night_of(now)).at(night)
    return None if found is None else found.pack


def refuse_pack(trial: Trial, *, pack: int, night: date, now: datetime) -> None:
    """Raise RefusedError where the pack that was taken is not the one of its night."""
    due = due_pack(trial, night=night, now=now)
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


def is_to_name(trial: Trial, pack: int) -> bool:
    """Return whether the first dose from a pack is still to come, and its number read aloud then.

    Only who blinds themselves has nobody else to notice that two packs were exchanged.
    """
    return trial.protocol.blinding == "alone" and not is_opened(trial, pack)


def pack_to_name(trial: Trial, *, night: date, now: datetime) -> int | None:
    """Return the pack of a night whose number must be read aloud with its first dose, if any."""
    pack = due_pack(trial, night=night, now=now)
    return pack if pack is not None and is_to_name(trial, pack) else None
