"""Ana, who blinds herself, somewhere in her trial, made in the server's database."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from alone_trials import codes
from ekbom.trial.printed import pack_text, slip_text, trial_mark
from ekbom.trial.slips import slips_of
from web.alone_lives import COINS, events, fixed, her_trial, over, packed, with_her_slips
from web.conftest import Hands


def at_stage(*, stage_of: str, now: datetime) -> None:
    """Bring Ana to a stage of `alone_lives`, whatever the server's clock says."""
    stages = {"fixed": fixed, "slips": with_her_slips, "packed": packed, "over": over}
    with tempfile.TemporaryDirectory() as folder:
        stages[stage_of](Path(folder) / "t", Hands(now))


def slips(*, now: datetime) -> list[tuple[str, int, str]]:
    """Return the code, pair and word of every slip."""
    return [(slip.code, slip.pair, slip.treatment) for slip in slips_of(her_trial(now))]


def papers(*, now: datetime) -> dict[str, str]:
    """Return what the square codes say of pack 3, of its slip, and of a strange pack."""
    found = her_trial(now)
    code = codes(found, COINS)[3]
    treatment = next(slip.treatment for slip in slips_of(found) if slip.code == code)
    return {
        "code 3": code,
        "slip 3": slip_text(code=code, treatment=treatment),
        "label 3": pack_text(mark=trial_mark(found), pack=3),
        "strange label": pack_text(mark="0123ABCD", pack=3),
    }


def readings(*, now: datetime) -> list[list[object]]:
    """Return every slip that was read: its pack, its code, and how."""
    return [[d["pack"], d["code"], d["how"]] for d in events(now, "slip read")]
