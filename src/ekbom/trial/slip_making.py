"""Making the slips of a trial that one person blinds alone: once, and on record."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path

from ekbom.problem import RefusedError
from ekbom.protocol.periods import refuse_unpaired
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.log import write_changes, writing
from ekbom.trial.place import SLIPS
from ekbom.trial.randomise import (
    Drawn,
    Screening,
    committed,
    refuse_draw,
    refuse_late_draw,
    refuse_other_draw,
)
from ekbom.trial.seal import Secrets
from ekbom.trial.slips import draw_slips, slips_commitment, slips_csv, slips_problems


def make_slips(
    *,
    path: Path,
    now: datetime,
    screening: Screening | None = None,
    source: Secrets = secrets.token_bytes,
) -> Trial:
    """Write slips.csv into a folder, once, and return the trial as it then is.

    Takes and refuses what `draw_codes` does; where it refuses, nothing is written.
    """
    with writing(path, now=now) as trial:
        drawn = draw_codes(trial, now=now, screening=screening, source=source)
        write_changes(trial, drawn.trial, drawn.kept)
        return open_trial(path, now=now)


def draw_codes(
    trial: Trial,
    *,
    now: datetime,
    screening: Screening | None = None,
    source: Secrets = secrets.token_bytes,
) -> Drawn:
    """Draw the codes of the slips, and return the trial with the file that holds them.

    What is drawn are codes; the order is drawn by the shuffle.  Raises RefusedError as `draw_order`
    does, and where the trial is not blinded alone or a shuffle of pairs cannot draw its order.
    ``source`` may be anything but `secrets.token_bytes` only in a demonstration.
    """
    refuse_draw(trial, now=now, screening=screening)
    _refuse_other_plans(trial)
    data = trial.place.read(SLIPS)
    if data is None:
        data = _new(trial, now, source)
    elif found := slips_problems(trial):
        raise RefusedError(f"The making of the slips cannot be finished. {found[0]}")
    commitment = slips_commitment(data)
    made = committed(trial, commitment=commitment, now=now, screening=screening, by_hand=True)
    return Drawn(made, {SLIPS: data})


def _new(trial: Trial, now: datetime, source: Secrets) -> bytes:
    refuse_late_draw(trial, now=now)
    if trial.commitment:
        raise RefusedError(
            f"The slips were made and put on record, but {SLIPS} is missing. They are never made "
            "twice: restore it from a copy."
        )
    return slips_csv(draw_slips(protocol=trial.protocol, secrets=source))


def _refuse_other_plans(trial: Trial) -> None:
    refuse_other_draw(trial, command="slips make")
    refuse_unpaired(trial.protocol)
