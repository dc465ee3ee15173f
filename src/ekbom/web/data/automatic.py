"""Backups that make themselves: once a day, into a folder that the person chose."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from ekbom.problem import InputError, RefusedError
from ekbom.web.data.backup import write_backup
from ekbom.web.serving.private import write_private

EVERY = timedelta(hours=24)
KEPT = 14
"""How often a backup is made, and how many are kept."""

_STATE = "backups.json"
_MADE = ("last", "by_hand")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """How backups are made here.

    ``recipient`` is the public half of the recovery phrase, empty until it was typed again;
    ``last`` is when the last one made itself; ``by_hand`` when one was last made into a file of
    the person's own; ``failed`` says why none could make itself since.
    """

    recipient: str = ""
    folder: str = ""
    last: datetime | None = None
    by_hand: datetime | None = None
    failed: str = ""

    @property
    def latest(self) -> datetime | None:
        """Return when the last backup was made, however it was made."""
        return max((at for at in (self.last, self.by_hand) if at is not None), default=None)

    @property
    def ready(self) -> bool:
        """Return whether backups can make themselves."""
        return bool(self.recipient and self.folder)

    def due(self, now: datetime) -> bool:
        """Return whether a backup is to be made now."""
        return self.ready and (self.last is None or not self.last <= now < self.last + EVERY)

    @property
    def prefix(self) -> str:
        """Return how the files of this phrase begin, so that those of others are left alone."""
        return f"ekbom-{hashlib.sha256(self.recipient.encode()).hexdigest()[:8]}-"


def arrangement(data: Path | None = None) -> Arrangement:
    """Return how backups are made at this installation."""
    file = (data or settings.SITE.data) / _STATE
    if not file.exists():
        return Arrangement()
    said = json.loads(file.read_bytes())
    made = {at: datetime.fromisoformat(said[at]) for at in _MADE if said.get(at)}
    return Arrangement(**{**said, **made})


def arrange(how: Arrangement, data: Path | None = None) -> Arrangement:
    """Keep how backups are made from now on, and return it."""
    file = (data or settings.SITE.data) / _STATE
    write_private(file, json.dumps(asdict(how), indent=1, default=datetime.isoformat).encode())
    return how


def backup_if_due(now: datetime) -> Path | None:
    """Make the day's backup if it is due, and return its file; a failure is kept, not raised."""
    if not arrangement().due(now):
        return None
    try:
        return backup_now(now)
    except (OSError, InputError, RefusedError):
        return None


def backup_now(now: datetime) -> Path:
    """Make a backup in the chosen folder, remove those beyond the last 14, and return its file.

    Raises OSError if the folder is not there or full, RefusedError if the backup is not sound; the
    arrangement then says why.
    """
    with _one_at_a_time:
        how = arrangement()
        file = Path(how.folder) / f"{how.prefix}{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.age"
        try:
            write_backup(file, recipient=how.recipient, data=settings.SITE.data, now=now)
        except (OSError, InputError, RefusedError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            arrange(replace(how, failed=why or str(error)))
            raise
        arrange(replace(how, last=now, failed=""))
        for old in [*backups_of(how)[:-KEPT], *file.parent.glob(f".{how.prefix}*.half")]:
            old.unlink(missing_ok=True)
        return file


def backups_of(how: Arrangement) -> list[Path]:
    """Return the backups in the chosen folder, the oldest first."""
    return sorted(Path(how.folder).glob(f"{how.prefix}*Z.age")) if how.ready else []


def remove_backups(*, everything: bool) -> None:
    """Remove the backups in the chosen folder, and the arrangement too if asked."""
    with _one_at_a_time:
        for file in backups_of(arrangement()):
            file.unlink(missing_ok=True)
        if everything:
            (settings.SITE.data / _STATE).unlink(missing_ok=True)
        elif arrangement().latest is not None:
            arrange(replace(arrangement(), last=None, by_hand=None))
