"""The name of an account on a device, which names nobody."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

from ekbom.web.models import Person


def account_of(person: Person) -> str:
    """Return what a device knows an account by: always the same, and nobody's name."""
    return salted_hmac("ekbom.account", str(person.pk), algorithm="sha256").hexdigest()[:32]
