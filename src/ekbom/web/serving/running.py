"""One server for each data folder: who runs it, and where."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ekbom.problem import RefusedError
from ekbom.web.serving.private import write_private

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOCK = "serving.lock"
_ADDRESS = "serving.address"
_OPENER = "open-ekbom.html"
_PATIENCE = 10.0
"""Seconds in which a server that was just started says where it is."""


class RunsAlreadyError(RefusedError):
    """A server runs for this folder; ``address`` opens it in a browser."""

    def __init__(self, address: str) -> None:
        super().__init__("ekbom runs already.")
        self.address = address


@contextlib.contextmanager
def alone(data: Path) -> Iterator[None]:
    """Be the one server of a data folder; the lock ends with the process, however that ends.

    Raises RunsAlreadyError if another one is, RefusedError if that one does not say where.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(data / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if not _locked(handle):
            raise RunsAlreadyError(_address_soon(data))
        _forget(data)
        try:
            yield
        finally:
            _forget(data)
    finally:
        os.close(handle)


def say_where(data: Path, *, address: str) -> None:
    """Let a second start of the same folder know where this one is."""
    write_private(data / _ADDRESS, address.encode())


def opener(data: Path, *, address: str) -> Path:
    """Return a file of one's own that leads a browser to ``address``.

    The address holds a secret, and every user of a computer sees what a browser is started with.
    """
    file = data / _OPENER
    page = (
        f'<!DOCTYPE html><title>ekbom</title><meta http-equiv="refresh" content="0; url={address}">'
    )
    write_private(file, page.encode())
    return file


def _address_soon(data: Path) -> str:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError):
            return (data / _ADDRESS).read_text(encoding="utf-8")
        time.sleep(0.1)
    raise RefusedError(
        f"Another ekbom is starting or stopping for {data}. Wait a little and try again."
    )


def _forget(data: Path) -> None:
    for name in (_ADDRESS, _OPENER):
        (data / name).unlink(missing_ok=True)


def _locked(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
