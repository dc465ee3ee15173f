"""Which devices are known, by a secret that only their cookie holds."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from ekbom.language import Text, say
from ekbom.web.models import Device, Person

THIS_COMPUTER: Text = "This computer"
"""The name of the browser that opened the printed address; it is said in the reader's language."""

COOKIE = "ekbom_device"
"""The lasting cookie of a known device."""

_ME = "me"
_LASTS = timedelta(days=400)
"""The longest that browsers keep a cookie; each day of use begins it anew."""
_CONTACT_EVERY = timedelta(minutes=15)
"""How exact the last contact is: a page that only shows something should seldom write."""


def device_of(token: str) -> Device | None:
    """Return the known device that holds this secret, ``None`` for any other."""
    if not token:
        return None
    found = Device.objects.select_related("owner").filter(
        token_hash=token_hash(token), removed=None
    )
    return found.first()


def name_words(device: Device) -> str:
    """Return a device's name as its owner wrote it, or ours in the reader's language."""
    return say(THIS_COMPUTER) if device.name == THIS_COMPUTER else device.name


def device_asking(request: HttpRequest) -> Device | None:
    """Return the known device that asks, ``None`` for any other."""
    return device_of(request.COOKIES.get(COOKIE, ""))


def know_device(*, owner: Person, name: str, now: datetime) -> tuple[Device, str]:
    """Remember a new device and return it with its secret, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    device = Device.objects.create(
        owner=owner, name=name, token_hash=token_hash(token), paired=now, last_contact=now
    )
    return device, token


def in_touch(device: Device, *, now: datetime) -> bool:
    """Note that a device was here, and return whether that was worth noting."""
    if now - device.last_contact < _CONTACT_EVERY:
        return False
    try:
        return bool(Device.objects.filter(pk=device.pk, removed=None).update(last_contact=now))
    except OperationalError:
        # A busy database must not come between a person and what they typed.
        return False


def set_cookie(response: HttpResponse, token: str) -> None:
    """Give a browser the secret that it is known by."""
    response.set_cookie(COOKIE, token, max_age=_LASTS, httponly=True, samesite="Lax")


def me() -> Person:
    """Return the one person of a machine or a home."""
    return Person.objects.get_or_create(username=_ME)[0]


def token_hash(token: str) -> str:
    """Return what is kept of a secret, which does not give it away."""
    return hashlib.sha256(token.encode()).hexdigest()
