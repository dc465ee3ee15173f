"""The recovery phrase: the secret half of an age key, written so that people can copy it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyrage

from ekbom.language import say

_PREFIX = "AGE-SECRET-KEY-1"
_LETTERS = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
"""The 32 signs of a key; there is no 1, B, I or O in it, so that none is taken for another."""

_LENGTH = 58
_GROUP = 4
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


@dataclass(frozen=True, slots=True)
class Slip:
    """Why a typed phrase is none; ``group`` is the 1-based one to look at, if it is known."""

    length: int
    group: int | None = None
    wrong: str = ""

    def words(self) -> str:
        """Return what to do about it."""
        if self.wrong:
            return say("The sign {sign} is never in a phrase. Look at it again.", sign=self.wrong)
        if self.length != _LENGTH:
            return say(
                "A phrase has {wanted} signs. This one has {found}.",
                wanted=_LENGTH,
                found=self.length,
            )
        if self.group is not None:
            return say("Something is wrong in group {group}. Look at it again.", group=self.group)
        return say("Something is wrong in this phrase. Compare each group with your copy.")


def new_identity() -> pyrage.x25519.Identity:
    """Return a new key, made by chance."""
    return pyrage.x25519.Identity.generate()


def groups_of(identity: pyrage.x25519.Identity) -> list[str]:
    """Return the phrase of a key in groups of four signs; its last six signs check the others."""
    signs = str(identity).removeprefix(_PREFIX)
    return [signs[n : n + _GROUP] for n in range(0, len(signs), _GROUP)]


def identity_in(text: str) -> pyrage.x25519.Identity | Slip:
    """Return the key whose phrase was typed, or what is wrong with it.

    Case, spaces, strokes and the words that age itself puts before a key do not matter.
    """
    signs = re.sub(r"[\s\-]", "", text).upper().removeprefix(_PREFIX.replace("-", ""))
    wrong = next((sign for sign in signs if sign not in _LETTERS), "")
    if wrong or len(signs) != _LENGTH:
        return Slip(len(signs), wrong=wrong)
    if _remainder(signs) != 1:
        return Slip(len(signs), group=_group_of_slip(signs))
    try:
        return pyrage.x25519.Identity.from_str(_PREFIX + signs)
    except pyrage.IdentityError:
        return Slip(len(signs))


def _group_of_slip(signs: str) -> int | None:
    """Return the group in which one other sign would make the phrase right, if there is one."""
    return _slips().get(_remainder(signs) ^ 1)


@functools.cache
def _slips() -> Mapping[int, int]:
    """Return by what each slip in one sign changes the remainder, and the group it is in.

    The code is linear, so that this is the same for every phrase.
    """
    sound = _LETTERS[0] * _LENGTH
    whole = _remainder(sound)
    return {
        _remainder(sound[:place] + sign + sound[place + 1 :]) ^ whole: place // _GROUP + 1
        for place in range(_LENGTH)
        for sign in _LETTERS[1:]
    }


def _remainder(signs: str) -> int:
    """Return the remainder of Bech32 (BIP 173), which is 1 for a sound phrase.

    Up to four wrong signs always give another.
    """
    human = _PREFIX[:-1].lower()
    values = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    remainder = 1
    for value in (*values, *map(_LETTERS.index, signs)):
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            remainder ^= generator if top >> bit & 1 else 0
    return remainder
