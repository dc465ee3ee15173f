"""What keeps a word from shining through folded paper: one size for all, letters over letters."""

from __future__ import annotations

import hashlib

from ekbom.language import say
from ekbom.protocol.model import Treatment

_LONGEST = 40
_LETTERS = "aebdgmnopqsuABDEGMNPRS"


def word_of(kind: Treatment) -> str:
    """Return a treatment in the person's words, or its short name where those are too long."""
    word = say(kind.label)
    return word if len(word) <= _LONGEST else kind.name


def cover_letters(count: int) -> str:
    """Return letters without meaning, the same on all papers of all trials."""
    found = hashlib.shake_256(b"what covers the word of a folded slip").digest(count)
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in found)
