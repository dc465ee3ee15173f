"""Codes that pair a phone: each works once, for ten minutes."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from ekbom.web.devices.known import token_hash
from ekbom.web.models import PairingCode, Person

LASTS = timedelta(minutes=10)

_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Signs that nobody takes for each other; 12 of them are 60 bits."""
_LENGTH = 12


def new_code(*, owner: Person, now: datetime) -> str:
    """Return a new code; it is kept nowhere but in what is shown, and earlier ones end."""
    PairingCode.objects.filter(owner=owner).delete()
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    PairingCode.objects.create(owner=owner, code_hash=token_hash(code), made=now)
    return "-".join(code[n : n + 4] for n in range(0, _LENGTH, 4))


def use_code(code: str, *, now: datetime) -> Person | None:
    """Return whose code it is and use it up; ``None`` for one that does not work (any more).

    The code is looked up by its hash, so that the time it takes tells nothing about it.
    """
    plain = code.replace("-", "").replace(" ", "").upper()
    good = PairingCode.objects.filter(
        code_hash=token_hash(plain), used=None, made__gt=now - LASTS, made__lte=now
    )
    found = good.select_related("owner").first()
    # Of two phones at the same moment, one finds it unused.
    if found is None or not good.filter(pk=found.pk).update(used=now):
        return None
    return found.owner
