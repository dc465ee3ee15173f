"""Orders put behind the seal, and a seal whose outside is the same for every order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import pyrage
import pytest

from ekbom.design.plan import design_of
from ekbom.protocol.model import Protocol
from ekbom.trial.seal import drawn_from
from ekbom.trial.sealing import Key, Lock

RECOVERY = "what stands on Ben's paper"
BENS_KEY = Key("recovery", RECOVERY)

KEEPER = pyrage.x25519.Identity.generate()
"""The key of a clinic's pharmacist, and of the seal itself where age is stood in for."""

HELPERS = Lock(recovery=RECOVERY, passphrase="four words of Ben's own")
CLINICS = Lock(recovery=RECOVERY, keys=(str(KEEPER.to_public()),))

_SALT = bytes(range(32))
_MORE = 300
"""Bytes that a stand-in for age adds to what it closes, whatever that is."""


def opposites(protocol: Protocol) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return two orders that differ in every period."""
    one = drawn_from("0", protocol=protocol, design=design_of(protocol))
    names = (protocol.treatment.name, protocol.reference.name)
    other = dict(zip(names, reversed(names), strict=True))
    return one, tuple(other[name] for name in one)


def source_of(order: tuple[str, ...], protocol: Protocol) -> Callable[[int], bytes]:
    """Return a source of chance that draws this very order, with the same salt for each."""
    design = design_of(protocol)
    seeds = (number.to_bytes(32, "big") for number in count())
    seed = next(s for s in seeds if drawn_from(s.hex(), protocol=protocol, design=design) == order)
    given = iter((seed, _SALT))
    return lambda _: next(given)


def stub_seal(patch: pytest.MonkeyPatch) -> None:
    """Let commitment and ciphertext, and so the chain after them, be the same for every order.

    What is sealed can still be opened, with its own key alone; how long it is can still be seen.
    """
    kept: dict[tuple[bytes, str], bytes] = {}

    def closed(plain: bytes, secret: str) -> bytes:
        content = hashlib.shake_256(secret.encode()).digest(len(plain) + _MORE)
        kept[content, secret] = plain
        return content

    def opened(content: bytes, secret: str) -> bytes:
        if (content, secret) not in kept:
            raise pyrage.DecryptError
        return kept[content, secret]

    keeper = SimpleNamespace(generate=lambda: KEEPER, from_str=pyrage.x25519.Identity.from_str)
    age = SimpleNamespace(
        encrypt=lambda plain, keys: closed(plain, "the seal"),
        decrypt=lambda content, identities: opened(content, "the seal"),
        passphrase=SimpleNamespace(encrypt=closed, decrypt=opened),
        x25519=SimpleNamespace(Identity=keeper, Recipient=pyrage.x25519.Recipient),
        DecryptError=pyrage.DecryptError,
        RecipientError=pyrage.RecipientError,
        IdentityError=pyrage.IdentityError,
    )
    patch.setattr("ekbom.trial.sealing._age", lambda: age)
    patch.setattr("ekbom.trial.seal._canonical", _outside)


def _outside(seal: Any) -> str:
    return f"{seal.protocol} {seal.method}"
