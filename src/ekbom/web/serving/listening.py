"""Sockets on this computer alone, and the first port that is free."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator

from ekbom.problem import RefusedError

_TRIES = 20
_WAITING = 128


def listen_here(port: int) -> tuple[int, list[socket.socket]]:
    """Return the first free port from ``port`` on, and what listens on it, for this computer alone.

    Both addresses of localhost are taken: another user's program on one of them would get the
    visitors of the other.  Raises RefusedError if twenty ports in a row are taken.
    """
    for candidate in range(port, min(port + _TRIES, 65_536)):
        with contextlib.suppress(OSError):
            return candidate, list(_both(candidate))
    raise RefusedError(f"The ports from {port} on are all taken. Choose another one with --port.")


def free_port(port: int) -> int:
    """Return the first port from ``port`` on that no program listens on in the network."""
    for candidate in range(port, min(port + _TRIES, 65_536)):
        with contextlib.suppress(OSError), _bound(socket.AF_INET, "0.0.0.0", candidate):  # noqa: S104
            return candidate
    raise RefusedError(f"The ports from {port} on are all taken in the network.")


def _both(port: int) -> Iterator[socket.socket]:
    first = _bound(socket.AF_INET, "127.0.0.1", port)
    try:
        second = _bound(socket.AF_INET6, "::1", port) if _has_six() else None
    except OSError:
        first.close()
        raise
    yield first
    if second is not None:
        yield second


def _has_six() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address, port))
        # From now on whoever comes waits for an answer, and no other program can have the port.
        made.listen(_WAITING)
    except OSError:
        made.close()
        raise
    return made
