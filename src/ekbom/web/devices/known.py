"""Which devices are known, by a secret that only their cookie holds."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from ekbom.web.models import Device, Person

COOKIE = "ekbom_device"
"""The lasting cookie of a known device."""

_ME = "me"


def device_of(token: str) -> Device | None:
    """Return the known device that holds this secret, ``None`` for any other."""
    if not token:
        return None
    found = Device.objects.select_related("owner").filter(
        token_hash=token_hash(token), removed=None
    )
    return found.first()


def know_device(*, owner: Person, name: str, now: datetime) -> tuple[Device, str]:
    """Remember a new device and return it with its secret, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    device = Device.objects.create(
        owner=owner, name=name, token_hash=token_hash(token), paired=now, last_contact=now
    )
    return device, token


def me() -> Person:
    """Return the one person of a machine or a home."""
    return Person.objects.get_or_create(username=_ME)[0]


def token_hash(token: str) -> str:
    """Return what is kept of a secret, which does not give it away."""
    return hashlib.sha256(token.encode()).hexdigest()
