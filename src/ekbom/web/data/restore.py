"""Putting a backup in the place of the database."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyrage
from django.db import connection

from ekbom.problem import RefusedError
from ekbom.web.data import postgres_copy, sqlite_copy
from ekbom.web.data.automatic import arrange, arrangement
from ekbom.web.data.backup import Manifest, read_backup
from ekbom.web.serving.running import alone
from ekbom.web.site import Site
from ekbom.web.upgrade import refuse_newer

_PASSING = ("django_session", "ekbom_pairingcode", "ekbom_onetimelink", "ekbom_helperlink")
"""Tables of what lets somebody in for a while; what was true then need not be true now."""


def restore(
    file: Path,
    *,
    identity: pyrage.x25519.Identity,
    site: Site,
    now: datetime,
    over: bool = False,
) -> Manifest:
    """Put a backup in the place of the database, and return what the backup says of itself.

    Nobody is logged in afterwards; devices that were paired then are paired again.  What stood
    there is kept aside, and replaced only with ``over``.  Raises RefusedError if ekbom runs, if
    there is a database already, or if the backup is of a newer ekbom or of another kind of
    database; InputError if it cannot be opened or is damaged.  Then nothing is changed.
    """
    with alone(site.data), tempfile.TemporaryDirectory(dir=site.data, prefix=".backup-") as work:
        copy = Path(work) / "copy"
        manifest = read_backup(file, identity=identity, into=copy)
        _refuse(manifest, site, over=over)
        name = f"replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        if site.database:
            postgres_copy.put_back(copy, migrations=manifest.migrations, aside=name)
        else:
            connection.close()
            sqlite_copy.put_back(copy, data=site.data, aside=site.data / name)
        _log_everybody_out()
        how = arrangement(site.data)
        if not how.recipient:
            arrange(replace(how, recipient=str(identity.to_public())), site.data)
        return manifest


def known_devices() -> list[str]:
    """Return the names of the devices that the database lets in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM ekbom_device WHERE removed IS NULL ORDER BY paired")
        return [name for (name,) in cursor.fetchall()]


def _refuse(manifest: Manifest, site: Site, *, over: bool) -> None:
    kind = "postgresql" if site.database else "sqlite"
    if manifest.kind != kind:
        raise RefusedError(
            f"This backup is of another kind of database ({manifest.kind}). Nothing was changed."
        )
    refuse_newer(manifest.migrations)
    empty = (
        postgres_copy.is_empty() if site.database else not (site.data / sqlite_copy.FILE).exists()
    )
    if not empty and not over:
        raise RefusedError(
            f"There is a diary in {site.data} already. Nothing was changed. To put the backup in "
            "its place, add --replace: what is there now is kept aside."
        )


def _log_everybody_out() -> None:
    # A backup of an older ekbom may not have all of them.
    found = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in filter(found.__contains__, _PASSING):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of our own
