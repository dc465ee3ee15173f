"""The seal: the drawn order with its seed and salt, and the commitment made to it in public."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from ekbom.design.design import Design, draw_sequence
from ekbom.design.plan import design_of, names
from ekbom.protocol.model import Protocol

METHOD = "rank below count from raw PCG64 words, unranked in lexicographic order; version 1"
"""How a seed becomes a sequence; a later reader draws again by it."""

_BYTES = 32

Secrets = Callable[[int], bytes]
"""Where secret bytes come from: `secrets.token_bytes`, or a seeded source in a demonstration."""


@dataclass(frozen=True, slots=True)
class Seal:
    """All that is hidden until unblinding: the order of treatments, its seed and the salt.

    ``seed`` and ``salt`` are 64 hexadecimal digits (256 bits) each; ``protocol`` is the hash of
    the protocol; ``treatments`` names the treatment of each period.
    """

    protocol: str
    method: str
    treatments: tuple[str, ...]
    seed: str
    salt: str


def draw_seal(*, protocol: Protocol, protocol_hash: str, secrets: Secrets) -> Seal:
    """Draw the order of treatments by chance and return it with all that proves it.

    Takes 256 bits for the seed and 256 for the salt from ``secrets``.
    """
    seed, salt = secrets(_BYTES).hex(), secrets(_BYTES).hex()
    treatments = drawn_from(seed, protocol=protocol, design=design_of(protocol))
    return Seal(protocol_hash, METHOD, treatments, seed, salt)


def drawn_from(seed: str, *, protocol: Protocol, design: Design) -> tuple[str, ...]:
    """Return the treatments that a seed (hexadecimal) draws; the same on every machine."""
    rng = np.random.Generator(np.random.PCG64(int(seed, 16)))
    return names(protocol, draw_sequence(design, rng))


def commitment(seal: Seal) -> str:
    """Return SHA-256 over the salt and the sealed content, which gives nothing away.

    The salt keeps anyone from trying out the few sequences that a small design has.
    """
    salted = bytes.fromhex(seal.salt) + _canonical(seal).encode()
    return hashlib.sha256(salted).hexdigest()


def seal_bytes(seal: Seal) -> bytes:
    """Return the seal as a readable file."""
    return (json.dumps(asdict(seal), indent=2) + "\n").encode()


def seal_from(data: bytes) -> Seal:
    """Return the seal in a file; raises ValueError if it is none."""
    try:
        found = json.loads(data)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    wanted = {"protocol", "method", "treatments", "seed", "salt"}
    if not isinstance(found, Mapping) or set(found) != wanted:
        raise ValueError(f"a seal has exactly these fields: {', '.join(sorted(wanted))}")
    treatments = found["treatments"]
    texts = [found[name] for name in wanted - {"treatments"}]
    if not isinstance(treatments, list) or not all(isinstance(t, str) for t in treatments + texts):
        raise ValueError("a seal holds texts, and a list of treatments")
    for name in ("seed", "salt"):
        if len(bytes.fromhex(found[name])) != _BYTES:
            raise ValueError(f"its {name} is not 64 hexadecimal digits")
    return Seal(found["protocol"], found["method"], tuple(treatments), found["seed"], found["salt"])


def _canonical(seal: Seal) -> str:
    return json.dumps(asdict(seal), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
