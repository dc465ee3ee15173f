"""Accounts of a clinic: made and reset by whoever runs the server, opened by a link, once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction

from ekbom.problem import InputError, Problem, RefusedError
from ekbom.web.devices.known import token_hash
from ekbom.web.models import OneTimeLink, Person
from ekbom.web.person.alarms import forget_address

LINK_LASTS = timedelta(hours=24)


def add_account(name: str, *, now: datetime) -> str:
    """Make an account and return the secret of the link that opens it.

    Raises InputError for a name that cannot be used, RefusedError for one that is taken.
    """
    person = Person(username=name.lower())
    person.set_unusable_password()
    try:
        person.clean_fields(exclude={"language", "theme", "dose_at", "diary_at"})
    except ValidationError as error:
        what = " ".join(error.messages)
        raise InputError([Problem("NAME", None, what, "Give a short name")]) from None
    with transaction.atomic():
        if Person.objects.filter(username=person.username).exists():
            raise RefusedError(f"There is an account {person.username} already. Use reset.")
        person.save()
        return _new_link(person, now)


def reset_account(name: str, *, now: datetime) -> str:
    """Take an account's password, passkeys and calendar away; return the secret of a new link.

    Whoever is logged in to it is logged out.  Raises RefusedError if there is no such account.
    """
    with transaction.atomic():
        person = Person.objects.filter(username=name.lower()).first()
        if person is None:
            raise RefusedError(
                f"There is no account {name}. Make it with: ekbom account add {name}"
            )
        # Every session is tied to the password, so that another one ends them all.
        person.set_unusable_password()
        person.save()
        Authenticator.objects.filter(user=person).delete()
        forget_address(person)
        return _new_link(person, now)


def link_of(token: str, *, now: datetime) -> OneTimeLink | None:
    """Return the link that a secret opens, ``None`` if it does not (any more)."""
    good = OneTimeLink.objects.select_related("owner").filter(
        token_hash=token_hash(token),
        used=None,
        made__gt=now - LINK_LASTS,
        made__lte=now,
        owner__is_active=True,
    )
    return good.first()


def use_link(link: OneTimeLink, *, now: datetime) -> bool:
    """Use a link up, and return whether nobody did before."""
    return bool(OneTimeLink.objects.filter(pk=link.pk, used=None).update(used=now))


def _new_link(person: Person, now: datetime) -> str:
    OneTimeLink.objects.filter(owner=person).delete()
    token = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(owner=person, token_hash=token_hash(token), made=now)
    return token
