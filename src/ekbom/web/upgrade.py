"""Bringing the database to what this ekbom needs, after a verified backup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.core.management import call_command

from ekbom.language import say
from ekbom.problem import RefusedError
from ekbom.web import present
from ekbom.web.data.automatic import arrangement
from ekbom.web.data.backup import (
    applied_migrations,
    clear_leftovers,
    write_backup,
    write_plain_copy,
)
from ekbom.web.site import Site

OURS = "ekbom"
_KEPT = 3
"""How many copies from before an upgrade are kept."""


def prepare_database(site: Site) -> list[str]:
    """Make the database ready for this ekbom and return what there is to say about it.

    An older one is backed up, the backup is verified, and only then is it changed; trials stay as
    they are, their protocols and analyses too.  Raises RefusedError for a database that a newer
    ekbom has changed, and if no backup can be made; then nothing is changed.
    """
    clear_leftovers(site.data)
    applied = applied_migrations()
    refuse_newer(applied)
    if set(applied) >= set(_known_migrations()):
        return []
    said = [] if not applied else [_backed_up(site, present.now())]
    call_command("migrate", verbosity=0, interactive=False)
    return said


def refuse_newer(applied: Iterable[tuple[str, str]]) -> None:
    """Refuse a database that went through changes which this ekbom does not know."""
    known = set(_known_migrations())
    if any(app == OURS and (app, name) not in known for app, name in applied):
        raise RefusedError(
            say(
                "This diary was last opened with a newer ekbom. Install that one. "
                "Nothing was changed."
            )
        )


def _known_migrations() -> Iterator[tuple[str, str]]:
    """Yield every migration that is installed, by its file alone: importing them takes long."""
    for config in apps.get_app_configs():
        for file in Path(config.path, "migrations").glob("[!_]*.py"):
            yield config.label, file.stem


def _backed_up(site: Site, now: datetime) -> str:
    """Make a backup from before the upgrade, and return where it is."""
    name = f"before-upgrade-{now:%Y%m%dT%H%M%SZ}"
    how = arrangement(site.data)
    try:
        if how.recipient:
            file = site.data / f"{name}.age"
            write_backup(file, recipient=how.recipient, data=site.data, now=now)
            said = say("A backup from before the upgrade was made and checked: {file}", file=file)
        else:
            file = site.data / f"{name}.tar"
            write_plain_copy(file, data=site.data, now=now)
            said = say(
                "A copy from before the upgrade was made and checked: {file}. It is not encrypted, "
                "as no recovery phrase was set up yet.",
                file=file,
            )
    except OSError as error:
        raise RefusedError(
            say(
                "No backup could be made before the upgrade ({why}). Nothing was changed.",
                why=error.strerror,
            )
        ) from error
    for old in sorted(site.data.glob("before-upgrade-*"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    return said
