"""A copy of a PostgreSQL database as it is at one instant: a CSV file for each table."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

FOLDER = "tables"


def copy_database(folder: Path) -> None:
    """Copy every table into a folder."""
    (folder / FOLDER).mkdir()
    with _snapshot() as (raw, tables):
        for table in tables:
            command = f'COPY "{table}" TO STDOUT (FORMAT csv, HEADER)'
            with (
                (folder / FOLDER / f"{table}.csv").open("wb") as file,
                raw.cursor() as cursor,
                cursor.copy(command) as rows,
            ):
                for data in rows:
                    file.write(data)


def count_rows(folder: Path) -> Mapping[str, int]:
    """Return how many rows each table of a copy has."""
    files = sorted((folder / FOLDER).glob("*.csv"))
    return {file.stem: _count(file) for file in files}


def is_empty() -> bool:
    """Return whether the database has no table."""
    return not connection.introspection.table_names()


def put_back(folder: Path, *, migrations: Sequence[tuple[str, str]], aside: str) -> None:
    """Put a copy into the database; tables that stand there go into the schema ``aside``."""
    with connection.cursor() as cursor:
        if not is_empty():
            cursor.execute(f'ALTER SCHEMA public RENAME TO "{aside}"')
            cursor.execute("CREATE SCHEMA public")
    for app, name in _last_of_each(migrations):
        call_command("migrate", app, name, verbosity=0, interactive=False)
    with transaction.atomic(), connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        names = ", ".join(f'"{table}"' for table in tables)
        cursor.execute(f"TRUNCATE {names} CASCADE")
        for table in tables:
            _fill(table, folder / FOLDER / f"{table}.csv")
    _count_on()


def _fill(table: str, file: Path) -> None:
    if not file.exists():
        return
    with file.open("rb") as opened, connection.connection.cursor() as cursor:
        columns = next(csv.reader([opened.readline().decode()]))
        named = ", ".join(f'"{column}"' for column in columns)
        with cursor.copy(f'COPY "{table}" ({named}) FROM STDIN (FORMAT csv)') as rows:
            while data := opened.read(65_536):
                rows.write(data)


def _count_on() -> None:
    """Let new rows get numbers after those that were put back."""
    with connection.cursor() as cursor:
        models = apps.get_models(include_auto_created=True)
        for command in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(command)


def _last_of_each(migrations: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield each application's last migration, in the order in which they were applied."""
    yield from {app: (app, name) for app, name in migrations}.values()


@contextmanager
def _snapshot() -> Iterator[tuple[Any, list[str]]]:
    """Give a connection that sees one instant of the database, and the names of its tables."""
    own: BaseDatabaseWrapper = connection.copy()
    with closing(own):
        own.ensure_connection()
        own.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield own.connection, sorted(own.introspection.table_names())


def _count(file: Path) -> int:
    csv.field_size_limit(sys.maxsize)
    with file.open(encoding="utf-8", newline="") as opened:
        return sum(1 for _ in csv.reader(opened)) - 1
