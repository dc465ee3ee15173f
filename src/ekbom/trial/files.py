"""Writing files so that a crash leaves the old one or the new one, and one writer at a time."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ekbom.problem import InputError, Problem, RefusedError

if sys.platform != "win32":
    import fcntl


def write_file(path: Path, data: bytes) -> None:
    """Put ``data`` into ``path`` so that every reader sees all of it or what stood there before."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise RefusedError(f"{path} is not a file, so it was not replaced. Nothing was changed.")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _umask() -> int:
    """Return which rights the person withholds from new files: a diary is nobody else's."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as the bytes of a CSV file with plain line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other writer out of ``folder`` meanwhile.

    Raises RefusedError if another program is writing to it now, InputError if it is no folder.
    """
    if not folder.is_dir():
        problem = Problem(
            str(folder), None, "there is no such folder", "Give the folder of a trial"
        )
        raise InputError([problem])
    if sys.platform == "win32":
        yield from _locked_by_file(folder)
        return
    # The folder itself is locked, so that no lock file is left behind by a crash or a refusal.
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _busy(folder) from None
        yield
    finally:
        os.close(handle)


def _locked_by_file(folder: Path) -> Iterator[None]:
    lock = folder / ".lock"
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        raise _busy(folder) from None
    try:
        yield
    finally:
        os.close(handle)
        lock.unlink()


def _busy(folder: Path) -> RefusedError:
    return RefusedError(
        f"Another program is writing to {folder}. Nothing was changed. Try again when it is done."
    )


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
