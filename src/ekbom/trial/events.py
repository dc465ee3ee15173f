"""Events: what happened to a trial, as a chain in which nothing can be changed unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ekbom.diary.table import Faults, Row, read_table
from ekbom.trial.event_kinds import KINDS, detail_faults

COLUMNS = ("id", "instant", "zone", "kind", "detail", "previous", "hash")


GENESIS = "0" * 64
"""What the first event names as the one before it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: when (UTC), on which clock, what, and the hash that seals it."""

    id: int
    instant: datetime
    zone: str
    kind: str
    detail: Mapping[str, Any]
    previous: str
    hash: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the line of events.csv, in the order of ``COLUMNS``."""
        head = (str(self.id), self.instant.isoformat(), self.zone, self.kind)
        return (*head, detail_text(self.detail), self.previous, self.hash)

    def day(self, name: str) -> date | None:
        """Return a detail as a date, or ``None`` if it is not there."""
        value = self.detail.get(name)
        return None if value is None else date.fromisoformat(value)


def detail_text(detail: Mapping[str, Any]) -> str:
    """Return an event's details as the one JSON text that is hashed."""
    return json.dumps(detail, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain_event(
    before: Sequence[Event],
    *,
    kind: str,
    detail: Mapping[str, Any],
    instant: datetime,
    zone: str,
) -> Event:
    """Return the event that follows those ``before`` it; ``instant`` is aware.

    hash = SHA-256 of the previous hash, id, instant, zone, kind and detail, one a line.
    """
    number = len(before) + 1
    previous = before[-1].hash if before else GENESIS
    plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in detail.items()}
    moment = instant.astimezone(UTC)
    sealed = _hash(previous, str(number), moment.isoformat(), zone, kind, detail_text(plain))
    return Event(number, moment, zone, kind, plain, previous, sealed)


def read_events(data: bytes, *, faults: Faults) -> list[Event]:
    """Return the events of an events.csv; what is wrong, with the chain too, goes to ``faults``."""
    events: list[Event] = []
    previous, number = GENESIS, 1
    for row in read_table(data, faults=faults, required=COLUMNS, optional=()):
        event = _event(row)
        if event is None:
            # What is wrong with this line is said; the next one is not to blame for it.
            previous, number = row.text("hash"), number + 1
            continue
        if event.previous != previous:
            row.fault(
                "it does not follow the event before it: an event was removed, added or changed",
                "Restore events.csv from a copy",
            )
        elif event.id != number:
            what = f"its id is {event.id}, not {number}"
            row.fault(what, "Restore events.csv from a copy")
        previous, number = event.hash, event.id + 1
        events.append(event)
    return events


def _event(row: Row) -> Event | None:
    number, instant, zone = row.whole("id"), row.instant("instant"), row.zone("zone")
    kind = row.text("kind")
    if not row.text("id"):
        row.fault("it has no id", "Restore events.csv from a copy")
    if kind not in KINDS:
        row.fault(f"{kind!r} is not a kind of event", f"Use one of: {', '.join(KINDS)}")
        return None
    try:
        detail = json.loads(row.text("detail"))
        detail_text(detail).encode()
    except (ValueError, RecursionError):
        detail = None
    if not isinstance(detail, dict):
        row.fault("its detail is not JSON", "Restore events.csv from a copy")
        return None
    for what, do in detail_faults(kind, detail):
        row.fault(what, do)
    if number is None or instant is None or zone is None:
        return None
    previous, sealed = row.text("previous"), row.text("hash")
    parts = (str(number), instant.isoformat(), zone, kind, detail_text(detail))
    event = Event(number, instant, zone, kind, detail, previous, sealed)
    # The cells too, as a second key of one name or a space would not change what is hashed.
    as_written = tuple(row.cells[name] for name in COLUMNS)
    if sealed != _hash(previous, *parts) or as_written != event.cells:
        row.fault("it was changed after it was written", "Restore events.csv from a copy")
    return event


def _hash(previous: str, *parts: str) -> str:
    return hashlib.sha256("\n".join([previous, *parts]).encode()).hexdigest()
