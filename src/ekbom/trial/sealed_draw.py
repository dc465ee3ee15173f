"""Drawing an order that is sealed at once: nobody sees it, and nothing keeps it in the clear."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path

from ekbom.problem import RefusedError
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.happened import last_of
from ekbom.trial.log import write_changes, writing
from ekbom.trial.place import SEALED
from ekbom.trial.randomise import (
    Drawn,
    Screening,
    committed,
    fresh_seal,
    refuse_draw,
    refuse_other_draw,
)
from ekbom.trial.seal import Secrets
from ekbom.trial.sealed import SealedBlinding, sealed_of
from ekbom.trial.sealing import Lock, sealed_from


def record_sealed(
    *, path: Path, now: datetime, data: bytes | None = None, screening: Screening | None = None
) -> Trial:
    """Write a sealed order into the folder, and return the trial as it then is.

    Takes and refuses what `keep_sealed` does; where it refuses, nothing is written.
    """
    with writing(path, now=now) as found:
        drawn = keep_sealed(found, now=now, data=data, screening=screening)
        write_changes(found, drawn.trial, drawn.kept)
        return open_trial(path, now=now)


def draw_sealed(
    trial: Trial,
    *,
    lock: Lock,
    now: datetime,
    screening: Screening | None = None,
    source: Secrets = secrets.token_bytes,
) -> bytes:
    """Draw the order, close it with ``lock`` at once, and return the file allocation.sealed.

    Nothing is kept of the order but that.  Refuses what `draw_order` does, and a draw that was
    begun already, which `keep_sealed` finishes.
    """
    refuse_draw(trial, now=now, screening=screening)
    refuse_other_draw(trial, command="seal")
    if sealed_begun(trial):
        raise RefusedError("The order is sealed already; only its record is not finished.")
    seal = fresh_seal(trial, now=now, source=source)
    return SealedBlinding(lock).prepare(trial=trial, seal=seal)[SEALED]


def keep_sealed(
    trial: Trial, *, now: datetime, data: bytes | None = None, screening: Screening | None = None
) -> Drawn:
    """Return the trial with its order drawn, and allocation.sealed, which is ``data``.

    Without ``data`` a draw that was interrupted is finished: for that it need not be opened.
    Refuses what `draw_order` does, and a second draw; raises InputError for a damaged file.
    """
    refuse_draw(trial, now=now, screening=screening)
    refuse_other_draw(trial, command="seal")
    begun = trial.place.read(SEALED)
    if begun is not None and data not in (None, begun):
        raise RefusedError(
            "Another order was sealed for this trial meanwhile. It counts, and this one is "
            f"thrown away. Run ekbom seal {trial.place} again to finish that one."
        )
    kept = begun or data
    sealed = sealed_of(trial) if begun else kept and sealed_from(kept)
    if not kept or not sealed or (trial.commitment and sealed.commitment != trial.commitment):
        raise RefusedError(
            f"The order was drawn and committed to, but {SEALED} is missing. It is never drawn "
            "twice: restore it from a copy."
        )
    after = committed(trial, commitment=sealed.commitment, now=now, screening=screening)
    return Drawn(after, {SEALED: kept})


def sealed_begun(trial: Trial) -> bool:
    """Return whether a sealed draw was begun that is not on record yet."""
    begun = trial.place.read(SEALED) is not None or bool(trial.commitment)
    return begun and last_of(trial.events, "randomised") is None
