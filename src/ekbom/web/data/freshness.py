"""Whether the last backup is too old."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from ekbom.language import say
from ekbom.web.data.automatic import arrangement
from ekbom.web.models import Person
from ekbom.web.store import current_row, load

_TOO_OLD = timedelta(days=7)


def backup_warning(person: Person, now: datetime) -> str | None:
    """Return what to say of missing backups, ``None`` if all is well.

    It speaks after seven days without a backup; where none was ever set up, from the eighth night
    of a diary.  In a clinic the clinic makes the backups, and nothing is said.
    """
    if settings.SITE.several_people:
        return None
    latest = arrangement().latest
    if latest is not None and now - latest > _TOO_OLD:
        return say("The last backup is {days} days old.", days=(now - latest).days)
    if latest is None and _nights_kept(person, now) > _TOO_OLD.days:
        return say("There is no backup of your diary yet.")
    return None


def _nights_kept(person: Person, now: datetime) -> int:
    row = current_row(person)
    return 0 if row is None else len(load(row, now=now).diary.nights)
