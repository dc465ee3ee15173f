"""Deleting, so that it is gone: rows, copies that ekbom made, and what phones keep."""

from __future__ import annotations

import logging
import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction

from ekbom.web.data.automatic import backup_if_due, remove_backups
from ekbom.web.devices.known import me
from ekbom.web.models import Device, Draft, Person, Setting, TrialRow
from ekbom.web.store import remembered

COPIES = ("before-upgrade-*", "replaced-*", ".backup-*", "*.log*")
"""What ekbom itself may have put into its folder that has entries in it, beside the database."""


def delete_trial(row: TrialRow, *, here: Device | None, now: datetime) -> None:
    """Delete a trial or diary, and every copy that ekbom made of it.

    With the one that a person is in goes what they said on the way to it.
    Other devices than ``here`` are told to wipe what they keep.
    """
    with transaction.atomic():
        person = row.owner
        if row.closed is None:
            Draft.objects.filter(owner=person).delete()
        row.delete()
        _wipe_others(person, here)
        transaction.on_commit(lambda: _scrub(now))
    remembered.forget()


def delete_person(person: Person, *, here: Device | None, now: datetime) -> None:
    """Delete everything that is kept about a person, and every copy that ekbom made.

    The device ``here`` stays known, without its name.  Of the others there stays what their cookie
    is compared with, so that they can be told to wipe.  On a machine of one's own it is everything
    that there is; in a clinic it is this person's account too, and nobody else's.
    """
    with transaction.atomic():
        known = list(Device.objects.filter(owner=person))
        _delete_sessions(person)
        person.delete()
        if not settings.SITE.several_people:
            Setting.objects.all().delete()
            _know_again(known, here, now)
        transaction.on_commit(lambda: _scrub(now, everything=True))
    remembered.forget()


def _know_again(known: list[Device], here: Device | None, now: datetime) -> None:
    owner = me()
    for device in known:
        stays = here is not None and device.pk == here.pk
        Device.objects.create(
            id=device.pk,
            owner=owner,
            name="",
            token_hash=device.token_hash,
            paired=now,
            last_contact=now,
            removed=None if stays else now,
            wipe=not stays,
        )


def _wipe_others(person: Person, here: Device | None) -> None:
    others = Device.objects.filter(owner=person)
    if here is not None:
        others = others.exclude(pk=here.pk)
    others.update(wipe=True, unsent=0)


def _delete_sessions(person: Person) -> None:
    """Delete a person's sessions; where there is one person, all of them."""
    for session in Session.objects.all():
        owner = session.get_decoded().get("_auth_user_id")
        if not settings.SITE.several_people or owner == str(person.pk):
            session.delete()


def _scrub(now: datetime, *, everything: bool = False) -> None:
    """Take what was deleted out of the files too: the database's, and the copies that were made."""
    if not settings.SITE.several_people:
        _remove_copies(settings.SITE.data)
        remove_backups(everything=everything)
        backup_if_due(now)
    if connection.vendor == "sqlite":
        _empty_free_pages()


def _empty_free_pages() -> None:
    """Write the database anew without its free pages, and empty the journal beside it.

    Where somebody reads or writes all the while, what was deleted leaves the journal later.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, *_) = cursor.fetchone()
    except OperationalError:
        busy = 1
    if busy:
        logging.getLogger(__name__).warning("what was deleted leaves the journal at the next stop")


def _remove_copies(data: Path) -> None:
    for pattern in COPIES:
        for copy in data.glob(pattern):
            if copy.is_dir():
                shutil.rmtree(copy, ignore_errors=True)
            else:
                copy.unlink(missing_ok=True)
