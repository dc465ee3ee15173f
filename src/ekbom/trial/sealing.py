"""Closing a seal with age, so that only its keepers open it; the only file here that knows age.

The file allocation.sealed has the seal, padded and encrypted to a key made for it alone, and that
key in boxes: one is opened by the helper's passphrase, one by the recovery code on paper.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ekbom.problem import InputError, Problem, RefusedError
from ekbom.trial.place import SEALED
from ekbom.trial.seal import Seal, commitment, seal_bytes, seal_from

FORMAT = 1

RECOVERY_SYMBOLS = 26
"""Symbols of a recovery code before its check symbol: 128 bits."""

_PADDED = 4096
"""Bytes of every seal before encryption: the length of what age makes tells that of its content."""

_AROUND, _EACH, _SPARE = 102, 98, 256
"""Bytes that age adds: always, for each key, and at most for the stanza of random length that it
mixes in; the field ends in so many blanks that it is as long for every draw."""

_TEXTS = ("protocol", "method", "commitment", "sealed", "checksum")
_RESTORE = "Restore it from a copy"

KeyKind = Literal["passphrase", "recovery", "identity"]


@dataclass(frozen=True, slots=True)
class Lock:
    """Who will be able to open a seal: whoever has the recovery code, and one more.

    That is whoever knows the passphrase, or has the secret half of one of ``keys`` (age1...).
    """

    recovery: str = field(repr=False)
    passphrase: str = field(default="", repr=False)
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """What opens a seal; the ``secret`` of an identity is the text of an age key file."""

    kind: KeyKind
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What allocation.sealed says: in the clear what the seal belongs to, and the seal, closed."""

    protocol: str
    method: str
    commitment: str
    content: bytes
    boxes: Mapping[str, bytes]
    keys: int = 0


def sealed_bytes(sealed: Sealed) -> bytes:
    """Return the file allocation.sealed, as long for every order that the protocol can draw."""
    most = _AROUND + _EACH * (sealed.keys + 1) + _SPARE + _PADDED
    width = len(_text(bytes(most)))
    tables = {
        "format": FORMAT,
        "protocol": sealed.protocol,
        "method": sealed.method,
        "commitment": sealed.commitment,
        "keys": sealed.keys,
        "sealed": _text(sealed.content).ljust(width),
        "boxes": {name: _text(box) for name, box in sealed.boxes.items()},
    }
    checksum = hashlib.sha256(json.dumps(tables).encode()).hexdigest()
    return (json.dumps({**tables, "checksum": checksum}, indent=1) + "\n").encode()


def sealed_from(data: bytes) -> Sealed:
    """Return what an allocation.sealed says; raises ValueError if a single byte was changed."""
    try:
        found = json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, Mapping) or found.get("format") != FORMAT:
        raise ValueError("it is not of a format that this ekbom knows")
    if not _is_sound(found):
        raise ValueError("a field is missing or is not what it should be")
    sealed = Sealed(
        protocol=found["protocol"],
        method=found["method"],
        commitment=found["commitment"],
        content=base64.b64decode(found["sealed"].rstrip(" "), validate=True),
        boxes={n: base64.b64decode(b, validate=True) for n, b in found["boxes"].items()},
        keys=found["keys"],
    )
    if sealed_bytes(sealed) != data:
        raise ValueError("it was changed after it was written")
    return sealed


def _is_sound(found: Mapping[str, Any]) -> bool:
    boxes, keys = found.get("boxes"), found.get("keys")
    return (
        all(isinstance(found.get(name), str) for name in _TEXTS)
        and isinstance(boxes, Mapping)
        and all(isinstance(box, str) for box in boxes.values())
        and type(keys) is int
        and 0 <= keys <= 100
    )


def seal_up(seal: Seal, *, lock: Lock) -> Sealed:
    """Return a seal closed with ``lock``; nothing of its content can be seen from outside.

    Raises InputError for a key that is none, RefusedError where the names of the treatments are
    too long to be sealed.
    """
    age = _age()
    identity = age.x25519.Identity.generate()
    keys = [identity.to_public(), *(_recipient(key) for key in lock.keys)]
    secrets = {"passphrase": lock.passphrase, "recovery": lock.recovery}
    boxes = {
        name: age.passphrase.encrypt(str(identity).encode(), secret)
        for name, secret in secrets.items()
        if secret
    }
    empty = Sealed(seal.protocol, seal.method, commitment(seal), b"", boxes, len(lock.keys))
    return replace(empty, content=age.encrypt(_padded(seal, boxes), keys))


def unseal(sealed: Sealed, *, key: Key) -> Seal:
    """Return the seal, opened with ``key`` and compared with what stands outside it.

    Raises InputError if the key does not open it, or if it was changed.
    """
    content = _decrypted(sealed.content, _identities(sealed, key), key.kind)
    try:
        found = json.loads(content)
        seal = seal_from(json.dumps(found["seal"]).encode())
        same = found["boxes"] == _digest(sealed.boxes)
    except (ValueError, KeyError, TypeError):
        raise _damaged("what is sealed in it cannot be read") from None
    outside = (sealed.protocol, sealed.method, sealed.commitment)
    if not same or outside != (seal.protocol, seal.method, commitment(seal)):
        raise _damaged("it was changed: what is sealed in it is not what stands around it")
    return seal


def require_recipients(keys: tuple[str, ...]) -> None:
    """Make sure that every key is the public half of an age key; raises InputError if not."""
    for key in keys:
        _recipient(key)


def _recipient(key: str) -> Any:
    age = _age()
    if key.strip().upper().startswith("AGE-SECRET-KEY-"):
        # It is not repeated, as messages end up in logs.
        what = "it is the secret half of an age key"
        do = "Give the public half, age1.... Others may have seen this one: make a new pair"
        raise InputError([Problem("the key", None, what, do)])
    try:
        return age.x25519.Recipient.from_str(key.strip())
    except age.RecipientError:
        what = "it is not the public half of an age key"
        do = "Give one such as age1..., which age-keygen prints as the public key"
        raise InputError([Problem(f"the key {key[:12]}", None, what, do)]) from None


def _identities(sealed: Sealed, key: Key) -> list[Any]:
    """Return the secret keys that ``key`` stands for."""
    age = _age()
    if key.kind == "identity":
        return [_identity(line) for line in _secret_lines(key.secret)]
    box = sealed.boxes.get(key.kind)
    if box is None:
        raise RefusedError(
            "This order was sealed without a passphrase. Give the key it was sealed to with "
            "--identity FILE, or use the recovery code with --recovery."
        )
    try:
        return [_identity(age.passphrase.decrypt(box, key.secret).decode())]
    except age.DecryptError:
        raise _wrong(key.kind) from None


def _secret_lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise _wrong("identity")
    return found


def _identity(line: str) -> Any:
    age = _age()
    try:
        return age.x25519.Identity.from_str(line)
    except age.IdentityError:
        raise _wrong("identity") from None


def _decrypted(content: bytes, identities: list[Any], kind: KeyKind) -> bytes:
    age = _age()
    try:
        plain: bytes = age.decrypt(content, identities)
    except age.DecryptError:
        if kind == "identity":
            raise _wrong(kind) from None
        raise _damaged("it was changed: its own key does not open it") from None
    return plain


def _padded(seal: Seal, boxes: Mapping[str, bytes]) -> bytes:
    """Return the seal, with what proves the boxes, filled up with blanks to one fixed length."""
    tables = {"boxes": _digest(boxes), "seal": json.loads(seal_bytes(seal))}
    plain = json.dumps(tables).encode()
    if len(plain) > _PADDED:
        raise RefusedError(
            "The names of the treatments are too long for their order to be sealed. Give them "
            "shorter names in the protocol."
        )
    return plain.ljust(_PADDED)


def _digest(boxes: Mapping[str, bytes]) -> str:
    tables = {name: _text(box) for name, box in boxes.items()}
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _wrong(kind: KeyKind) -> InputError:
    names = {
        "passphrase": ("the passphrase", "Type it again; without it, use --recovery"),
        "recovery": ("the recovery code", "Compare it with the paper, sign by sign"),
        "identity": ("the key file", "Give the file with the secret half of the key"),
    }
    name, do = names[kind]
    return InputError([Problem(name, None, "it does not open this order", do)])


def _damaged(what: str) -> InputError:
    return InputError([Problem(SEALED, None, what, _RESTORE)])


def _age() -> Any:
    """Return the library, which only those need who seal or open."""
    try:
        import pyrage  # noqa: PLC0415 - the core runs without it
    except ImportError:
        raise RefusedError(
            "Sealing needs the package pyrage, which is not installed. Install it: "
            "pip install pyrage"
        ) from None
    return pyrage
