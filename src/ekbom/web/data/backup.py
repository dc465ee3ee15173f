"""One encrypted file with the whole database in it, verified as soon as it is written.

The file is what ``age`` makes of a tar archive: backup.json, and ekbom.sqlite3 or tables/*.csv.
Whoever has the recovery phrase opens it without ekbom; see docs/backup.md.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pyrage
from django.db import connection

from ekbom import __version__
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.web.data import postgres_copy, sqlite_copy
from ekbom.web.data.phrase import new_identity

FORMAT = 1
_MANIFEST, _TAR = "backup.json", "backup.tar"
_WORK = ".backup-"
_COPIES: Mapping[str, ModuleType] = {"sqlite": sqlite_copy, "postgresql": postgres_copy}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself: who made it and when, and how many rows it has."""

    format: int
    ekbom: str
    made: str
    kind: str
    rows: Mapping[str, int]
    migrations: tuple[tuple[str, str], ...]


def write_backup(to: Path, *, recipient: str, data: Path, now: datetime) -> Manifest:
    """Write an encrypted backup of the whole database, verify it, and return what is in it.

    ``recipient`` is the public half of the recovery phrase; ``data`` is the folder in which copies
    lie meanwhile, readable by nobody else.  The file is in its place only once it was decrypted
    again and is equal in every row.  Raises OSError if it cannot be written, RefusedError if what
    was written is not what was to be kept.
    """
    with _work(data) as work:
        manifest = _copy(work, now)
        archive = work / _TAR
        with tarfile.open(archive, "w") as tar:
            for file in sorted(p for p in work.iterdir() if p != archive):
                tar.add(file, arcname=file.name)
        half = to.with_name(f".{to.name}.half")
        # A second key, made for this one file and never kept: with it the file can be opened again
        # here, where only the public half of the phrase is known.
        check = new_identity()
        keys = [pyrage.x25519.Recipient.from_str(recipient), check.to_public()]
        try:
            _encrypt(archive, half, keys)
            archive.unlink()
            if read_backup(half, identity=check, into=work / "again") != manifest:
                raise RefusedError("The backup differs from the database. It was not kept.")
            half.replace(to)
            _sync_folder(to.parent)
        finally:
            half.unlink(missing_ok=True)
        return manifest


def write_plain_copy(to: Path, *, data: Path, now: datetime) -> Manifest:
    """Write the same archive without encryption, readable by its owner alone, and verify it."""
    with _work(data) as work:
        manifest = _copy(work, now)
        parts = sorted(work.iterdir())
        half = to.with_name(f".{to.name}.half")
        try:
            with _private(half) as file, tarfile.open(fileobj=file, mode="w") as tar:
                for part in parts:
                    tar.add(part, arcname=part.name)
            if _unpacked(half, work / "again") != manifest:
                raise RefusedError("The copy differs from the database. It was not kept.")
            half.replace(to)
            _sync_folder(to.parent)
        finally:
            half.unlink(missing_ok=True)
        return manifest


def read_backup(file: Path, *, identity: pyrage.x25519.Identity, into: Path) -> Manifest:
    """Decrypt a backup into a new folder, verify it, and return what it says of itself.

    Raises InputError if the phrase is not the one it was made for, or if it is damaged.
    """
    into.mkdir(mode=0o700)
    archive = into.with_name(f"{into.name}.tar")
    try:
        with file.open("rb") as sealed, _private(archive) as opened:
            pyrage.decrypt_io(sealed, opened, [identity])
    except (pyrage.DecryptError, OSError) as error:
        archive.unlink(missing_ok=True)
        # What is damaged behind its first bytes comes as an OSError without a number.
        if getattr(error, "errno", None) is not None:
            raise
        what = "it cannot be opened with this recovery phrase, or it is damaged"
        do = "Look whether the phrase belongs to this file, or take another backup"
        raise InputError([Problem(file.name, None, what, do)]) from error
    return _unpacked(archive, into, name=file.name)


def _unpacked(archive: Path, into: Path, *, name: str = "") -> Manifest:
    """Unpack an archive, verify what is in it, and return what it says of itself."""
    into.mkdir(mode=0o700, exist_ok=True)
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                _put(tar, member, into)
        said = _manifest_in((into / _MANIFEST).read_bytes())
        rows = _COPIES[said.kind].count_rows(into)
    except (tarfile.TarError, sqlite3.Error, ValueError, KeyError, TypeError, OSError) as error:
        raise _damaged(name or archive.name, "it is damaged") from error
    if rows != said.rows:
        raise _damaged(name or archive.name, "rows are missing in it")
    return said


def _put(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    """Unpack one plain file; `extractall` has no filter before Python 3.11.4."""
    place = into / member.name
    content = tar.extractfile(member) if member.isreg() else None
    if member.isdir():
        return
    if content is None or not place.resolve().is_relative_to(into.resolve()):
        raise ValueError(f"{member.name} has no place in a backup")
    place.parent.mkdir(parents=True, exist_ok=True)
    with _private(place) as file:
        shutil.copyfileobj(content, file)


def _manifest_in(data: bytes) -> Manifest:
    tables: dict[str, Any] = json.loads(data)
    if tables["format"] != FORMAT:
        raise RefusedError("This backup was made by a newer ekbom. Install that one first.")
    tables["migrations"] = tuple((app, name) for app, name in tables["migrations"])
    return Manifest(**tables)


def _copy(work: Path, now: datetime) -> Manifest:
    """Copy the database into a folder, with what there is to say of it."""
    copies = _COPIES[connection.vendor]
    copies.copy_database(work)
    manifest = Manifest(
        format=FORMAT,
        ekbom=__version__,
        made=now.isoformat(),
        kind=connection.vendor,
        rows=copies.count_rows(work),
        migrations=tuple(applied_migrations()),
    )
    (work / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    return manifest


def applied_migrations() -> list[tuple[str, str]]:
    """Return the migrations that the database has gone through, in their order."""
    if "django_migrations" not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return [(app, name) for app, name in cursor.fetchall()]


def clear_leftovers(data: Path) -> None:
    """Remove what a crash left of copies that were being made: they are not encrypted."""
    for left in data.glob(f"{_WORK}*"):
        shutil.rmtree(left, ignore_errors=True)


def _encrypt(archive: Path, to: Path, keys: list[pyrage.x25519.Recipient]) -> None:
    with archive.open("rb") as opened, _private(to) as sealed:
        pyrage.encrypt_io(opened, sealed, keys)


@contextmanager
def _private(file: Path) -> Iterator[Any]:
    """Give a new file that its owner alone can read, and make sure that it is on the disk."""
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    with os.fdopen(handle, "wb") as opened:
        yield opened
        opened.flush()
        os.fsync(opened.fileno())


@contextmanager
def _work(data: Path) -> Iterator[Path]:
    """Give an empty folder beside the database, which is gone afterwards with all that is in it."""
    with tempfile.TemporaryDirectory(dir=data, prefix=_WORK) as name:
        yield Path(name)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(name: str, what: str) -> InputError:
    return InputError([Problem(name, None, what, "Take another backup")])
