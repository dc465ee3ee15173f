"""A copy of a SQLite database as it is at one instant, while entries go on pouring in."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from django.db import connection

FILE = "ekbom.sqlite3"


def copy_database(folder: Path) -> None:
    """Copy the database into a folder, as one file that stands alone.

    Raises OSError if the copy cannot be written, and RuntimeError within a transaction, for whose
    end SQLite would wait for ever.
    """
    if connection.in_atomic_block:
        raise RuntimeError("no copy can be made within a transaction")
    connection.ensure_connection()
    try:
        with closing(sqlite3.connect(folder / FILE)) as copy:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error), str(folder)) from error


def count_rows(folder: Path) -> Mapping[str, int]:
    """Return how many rows each table of a copy has; raises sqlite3.Error if it is not sound."""
    with closing(_opened(folder / FILE)) as copy:
        (said,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(said)
        names = copy.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        return {name: _count(copy, name) for (name,) in sorted(names)}


def put_back(folder: Path, *, data: Path, aside: Path) -> None:
    """Put a copy in the place of the database; what stands there goes into ``aside``."""
    place = data / FILE
    if place.exists():
        aside.mkdir(mode=0o700)
        _close_journal(place)
        for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
            if (data / name).exists():
                (data / name).rename(aside / name)
    (folder / FILE).chmod(0o600)
    (folder / FILE).rename(place)


def _close_journal(file: Path) -> None:
    """Bring everything into the one file, so that it can be moved; a broken one is left as is."""
    try:
        with closing(sqlite3.connect(file)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError:
        return


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _count(copy: sqlite3.Connection, name: str) -> int:
    (rows,) = copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - a table's name
    return int(rows)
