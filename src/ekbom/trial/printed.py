"""What the square codes on paper say: those on the packs, and those on the slips inside them."""

from __future__ import annotations

import hashlib

from ekbom.problem import InputError, Problem, RefusedError
from ekbom.trial.codes import read_code
from ekbom.trial.folder import Trial
from ekbom.trial.slips import SYMBOLS

_PACK, _SLIP = "EKBOM:PACK", "EKBOM:SLIP"


def trial_mark(trial: Trial) -> str:
    """Return the eight signs by which paper tells one trial from another.

    They come from the first event, so they were there before any order was drawn.
    """
    if not trial.events:
        raise RefusedError(f"{trial.place} has no events, so its packs cannot be told from others.")
    return trial.events[0].hash[:8].upper()


def pack_text(*, mark: str, pack: int) -> str:
    """Return what the square code on a pack says: the trial, the pack's number and a check."""
    said = f"{_PACK}:{mark}:{pack}"
    return f"{said}:{_check(said)}"


def read_pack_text(text: str, *, mark: str) -> int:
    """Return the number of the pack whose square code was read.

    Raises InputError for another code, a damaged one, and a pack of another trial.
    """
    said, _, check = text.strip().rpartition(":")
    head, _, number = said.rpartition(":")
    kind, _, trial = head.rpartition(":")
    if kind != _PACK or not number.isdecimal() or check != _check(said):
        raise _fault("the label", "this is not the code of a pack", "Scan the label on the pack")
    if trial != mark:
        what = "this pack belongs to another trial"
        raise _fault("the label", what, "Take the pack of this trial")
    return int(number)


def slip_text(*, code: str, treatment: str) -> str:
    """Return what the square code on a slip says: its code and the name of the treatment."""
    return f"{_SLIP}:{code}:{treatment}"


def read_slip_text(text: str, *, name: str = "the slip") -> tuple[str, str]:
    """Return the code and the treatment's name that a slip's square code says.

    Raises InputError for another code and for one that is damaged.
    """
    head, _, treatment = text.strip().rpartition(":")
    kind, _, code = head.rpartition(":")
    if kind != _SLIP or not treatment:
        raise _fault(name, "this is not the code of a slip", "Scan the slip, or type its code")
    return read_code(code, symbols=SYMBOLS, name=name), treatment


def _check(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()[:4].upper()


def _fault(name: str, what: str, do: str) -> InputError:
    return InputError([Problem(name, None, what, do)])
