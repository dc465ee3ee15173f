"""What this computer is called in the network at home."""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import dataclass
from ipaddress import ip_address

_PATIENCE = 2.0
"""Seconds to wait for a name; without anybody who knows it, computers ask for longer."""


@dataclass(frozen=True, slots=True)
class Names:
    """Under what a phone reaches this computer.

    ``host`` ends in .local; ``address`` is a number such as 192.168.1.20, empty where the name is
    enough.
    """

    host: str
    address: str = ""

    @property
    def reached(self) -> str:
        """Return what stands in the address that a phone opens."""
        return self.address or self.host

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return every name under which pages may be asked for."""
        return tuple(filter(None, (self.host, self.address)))


def names_now() -> Names | None:
    """Return what this computer is called now, ``None`` if it is in no network.

    Where its name is not known in the network, that is the number it has there today.
    """
    number = _own_address()
    if number is None:
        return None
    host = f"{local_name(socket.gethostname())}.local"
    return Names(host) if _is_known(host) else Names(host, number)


def local_name(name: str) -> str:
    """Return a computer's name as it may stand in an address."""
    first = name.partition(".")[0].lower()
    return re.sub(r"[^a-z0-9-]+", "-", first).strip("-")[:63] or "ekbom"


def _own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # An address kept for examples: nothing is sent, the way there is only looked up.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if ip_address(found).is_loopback else found


def _is_known(host: str) -> bool:
    found: list[object] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, None))
        except OSError:
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    return bool(found)
