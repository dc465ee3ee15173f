"""The passphrase of somebody who keeps a sealed order: read alike each time, and hard to guess."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from ekbom.problem import InputError, Problem

LEAST_WORDS, LEAST_SIGNS = 4, 14

_WORD, _DIFFERENT = 3, 6
"""Fewest letters of what counts as a word, and fewest different signs of any passphrase."""


def read_passphrase(text: str) -> str:
    """Return a passphrase as it counts, however its blanks and accents were typed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def refuse_weak(passphrase: str) -> None:
    """Make sure that a passphrase is hard to guess; raises InputError, saying why, if it is not."""
    words = [word for word in passphrase.split() if len(word) >= _WORD]
    long = len(passphrase) >= LEAST_SIGNS or len(words) >= LEAST_WORDS
    if long and len(set(passphrase)) >= _DIFFERENT and not _is_pattern(passphrase):
        return
    what = (
        "it is too easy to guess. Whoever copies the trial's files can try passphrases for months "
        "on their own computer"
    )
    do = f"Take at least {LEAST_WORDS} words that do not belong together, or {LEAST_SIGNS} signs"
    raise InputError([Problem("the passphrase", None, what, do)])


def _is_pattern(passphrase: str) -> bool:
    """Return whether it is one piece over and over, or mostly counts up or down, as 1234 does."""
    repeated = passphrase in (passphrase + passphrase)[1:-1]
    jumps = sum(abs(ord(one) - ord(other)) > 1 for one, other in pairwise(passphrase))
    return repeated or jumps < _DIFFERENT
