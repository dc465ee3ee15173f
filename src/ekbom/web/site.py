"""Where the application runs, and for whom: read once, before anything else of it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import platformdirs

from ekbom.problem import RefusedError

Kind = Literal["machine", "home", "clinic"]

KINDS: tuple[Kind, ...] = ("machine", "home", "clinic")

HERE = ("localhost", "127.0.0.1", "[::1]")
"""The names that a machine has for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One installation.

    ``machine``: one person on this computer, no password.  ``home``: the same person on their
    phones too, over HTTPS.  ``clinic``: several people with accounts.  ``data`` is the folder of
    everything that is kept; ``database`` the address of a PostgreSQL database, empty for SQLite in
    ``data``; ``hosts`` are the names under which the pages are asked for; ``address`` is where
    other devices reach them, empty if they cannot.  ``seal_to`` are the public halves of the age
    keys to which a clinic's orders are sealed; the secret halves are nowhere on the server.
    """

    kind: Kind
    data: Path
    database: str = ""
    hosts: tuple[str, ...] = HERE
    address: str = ""
    seal_to: tuple[str, ...] = ()

    @property
    def encrypted(self) -> bool:
        """Return whether browsers reach this site over HTTPS alone."""
        return self.kind == "clinic"

    @property
    def several_people(self) -> bool:
        """Return whether people have accounts here."""
        return self.kind == "clinic"

    def databases(self) -> dict[str, object]:
        """Return the database as Django wants it."""
        if self.database:
            return _postgres(self.database)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": self.data / "ekbom.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                # FULL: with NORMAL an acknowledged entry can be lost when the power fails.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA secure_delete=ON;",
            },
        }


def site_from(environ: Mapping[str, str] = os.environ) -> Site:
    """Return the installation that the environment describes; without a word, this machine's own.

    ``EKBOM_SITE`` is a kind, ``EKBOM_DATA`` a folder, ``EKBOM_DATABASE`` a postgresql:// address,
    ``EKBOM_HOSTS`` names with commas between, ``EKBOM_ADDRESS`` such as https://trial.example.org,
    ``EKBOM_CLINIC_KEY`` public age keys with commas between.  Raises ValueError for a kind that
    there is not, InputError for a key that is none, RefusedError for keys without a clinic.
    """
    kind = environ.get("EKBOM_SITE", "machine")
    if kind not in KINDS:
        raise ValueError(f"EKBOM_SITE is {kind!r}; use one of: {', '.join(KINDS)}")
    hosts = tuple(filter(None, environ.get("EKBOM_HOSTS", "").split(",")))
    return Site(
        kind=kind,
        data=Path(environ.get("EKBOM_DATA") or platformdirs.user_data_path("ekbom")),
        database=environ.get("EKBOM_DATABASE", ""),
        hosts=(*HERE, *hosts),
        address=environ.get("EKBOM_ADDRESS", "").rstrip("/"),
        seal_to=_keys(environ.get("EKBOM_CLINIC_KEY", ""), kind),
    )


def kept_secret(folder: Path, name: str) -> str:
    """Return a secret of this installation, made at the first call and readable by nobody else."""
    file = folder / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        secret = secrets.token_urlsafe(48)
        opened.write(secret)
    return secret


def _keys(text: str, kind: str) -> tuple[str, ...]:
    """Return the public keys in a list of them; nothing that opens a seal may come further."""
    keys = tuple(filter(None, (key.strip() for key in text.split(","))))
    if keys and kind != "clinic":
        raise RefusedError("Orders are sealed to a key at a clinic only: set EKBOM_SITE=clinic.")
    if keys:
        from ekbom.trial.sealing import require_recipients  # noqa: PLC0415 - only a clinic needs it

        require_recipients(keys)
    return keys


def _postgres(address: str) -> dict[str, object]:
    parts = urlsplit(address)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or unquote(query.get("host", "")),
        "PORT": str(parts.port or query.get("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
