"""What the keeper of a sealed order types, read as the keys that it stands for."""

from __future__ import annotations

from ekbom.problem import InputError, Problem
from ekbom.trial.codes import read_code
from ekbom.trial.passphrase import read_passphrase, refuse_weak
from ekbom.trial.sealing import RECOVERY_SYMBOLS, Key


def new_passphrase(typed: str, again: str) -> str:
    """Return a new passphrase as it counts.

    Raises InputError if it is easy to guess, or was not typed alike twice.
    """
    passphrase = read_passphrase(typed)
    refuse_weak(passphrase)
    if read_passphrase(again) != passphrase:
        what = "these were two different ones"
        raise InputError([Problem("the passphrase", None, what, "Type the same one twice")])
    return passphrase


def passphrase_key(text: str) -> Key:
    """Return the key that a passphrase stands for."""
    return Key("passphrase", read_passphrase(text))


def recovery_key(text: str) -> Key:
    """Return the key that a recovery code stands for; raises InputError if it is none."""
    return Key("recovery", read_code(text, symbols=RECOVERY_SYMBOLS, name="the recovery code"))


def either_key(text: str) -> Key:
    """Return the key for what may be a recovery code, and is a passphrase otherwise."""
    try:
        return recovery_key(text)
    except InputError:
        return passphrase_key(text)
