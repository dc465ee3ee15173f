"""Events: what happened to a trial, as a chain in which nothing can be changed unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ekbom.diary.table import Faults, Row, day_in, is_zone, number_in, read_table
from ekbom.protocol.doses import is_named

COLUMNS = ("id", "instant", "zone", "kind", "detail", "previous", "hash")


class Name(str):
    """The name of a person, as the type of a detail; what names nobody is refused."""

    __slots__ = ()


_WORDS: Mapping[type, str] = {
    str: "a text",
    Name: "the name of a person, such as Dr. Chen",
    bool: "true or false",
    int: "a whole number from 0",
    float: "a number from 0",
    date: "a date such as 2026-03-01",
    ZoneInfo: "a time zone such as Europe/Berlin",
}

_LARGEST, _LONGEST = 1e6, 4000
"""Most that a number in an event may be, and most bytes of a text."""

GENESIS = "0" * 64
"""What the first event names as the one before it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One detail of an event: its type, whether it must be there, and what it says."""

    type: type
    required: bool
    says: str


def _field(kind: type, says: str, *, required: bool = True) -> Field:
    return Field(kind, required, says)


_REGISTRATION = {
    "protocol": _field(str, "hash of the protocol"),
    "analysis": _field(int, "version of the analysis", required=False),
    "start": _field(date, "the first night", required=False),
    "zone": _field(ZoneInfo, "the zone at the start", required=False),
}
_NIGHT = _field(date, "the night it concerns", required=False)
_NOTE = _field(str, "in your own words", required=False)

KINDS: Mapping[str, Mapping[str, Field]] = {
    "registered": {
        **_REGISTRATION,
        "mids_confirmed": _field(bool, "whether the person confirmed the MIDs"),
    },
    "imported": {
        **_REGISTRATION,
        "source": _field(str, "where the data come from"),
    },
    "screening": {
        "by": _field(Name, "who screened"),
        "on": _field(date, "the day of the screening"),
        "result": _field(str, "go, clinician first, postpone or stop"),
        "agreed_by": _field(Name, "the clinician who agreed", required=False),
        "rules": _field(str, "ids of the safety rules that spoke, never answers", required=False),
    },
    "dose fixed": {
        "mg": _field(float, "elemental mg a night"),
        "capsules": _field(float, "capsules a night", required=False),
    },
    "packs ready": {
        "spare_nights": _field(int, "nights that a pack's spare covers", required=False),
    },
    "randomised": {
        "commitment": _field(str, "what was committed to"),
        "sequences": _field(int, "how many orders could have been drawn"),
    },
    "pause": {"first": _field(date, "first night without a dose"), "note": _NOTE},
    "resume": {"first": _field(date, "first night with a dose again"), "note": _NOTE},
    "no capsules": {
        "until": _field(
            date, "the first night with capsules again; without it, until `restart`", required=False
        ),
        "note": _NOTE,
    },
    "zone changed": {"zone": _field(ZoneInfo, "the zone from now on")},
    "period ended": {
        "last": _field(date, "the period's last night"),
        "reason": _field(str, "why", required=False),
    },
    "ended": {
        "last": _field(date, "the last night with capsules"),
        "reason": _field(str, "finished, side effects, lack of benefit, or another"),
    },
    "hold": {
        "night": _NIGHT,
        "clinician": _field(bool, "whether a clinician must agree to a restart", required=False),
        "note": _NOTE,
    },
    "restart": {
        "night": _NIGHT,
        "agreed_by": _field(Name, "the clinician who agreed that capsules are taken again"),
        "note": _NOTE,
    },
    "step down": {
        "night": _NIGHT,
        "capsules": _field(float, "capsules a night from now on"),
        "note": _NOTE,
    },
    "dose corrected": {
        "night": _field(date, "the night of the dose"),
        "before": _field(str, "its line of doses.csv as it was"),
        "after": _field(str, "its line of doses.csv from then on"),
    },
    "side effect": {"night": _NIGHT, "note": _field(str, "in your own words")},
    "emergency": {"night": _NIGHT, "note": _NOTE},
    "deviation": {"night": _NIGHT, "note": _field(str, "in your own words")},
    "incident": {
        "night": _field(date, "the night from which one period's treatment was known"),
        "note": _NOTE,
    },
    "unblinding": {
        "night": _field(date, "the night from which the whole allocation was known"),
        "note": _NOTE,
    },
    "expectation": {
        "benefit": _field(float, "how much help is expected before the start, from 0 to 10"),
    },
    "guess": {
        "period": _field(int, "the period that it is about"),
        "treatment": _field(str, "the treatment that it was taken for, or: don't know"),
        "sure": _field(float, "how sure, from 0 to 10", required=False),
        "why": _field(str, "taste, stools, effect, saw it, or in your own words", required=False),
    },
    "last guess": {
        "opinion": _field(str, "helps, no difference, makes it worse, or: don't know"),
        "sure": _field(float, "how sure, from 0 to 10", required=False),
        "why": _field(str, "in your own words", required=False),
    },
    "skipped": {
        "night": _field(date, "the night without a report"),
        "part": _field(str, "evening or morning"),
    },
    "ratings seen": {"note": _NOTE},
    "diary brought along": {
        "first": _field(date, "the first night that was kept before registration"),
        "entries": _field(int, "how many answers"),
    },
    "brought in": {
        "note": _field(str, "why it was noted", required=False),
    },
    "look": {"pair": _field(int, "the pair after which it was taken")},
    "unplanned look": {},
    "note": {"night": _NIGHT, "note": _field(str, "in your own words")},
}
"""Every kind of event, with the details it carries."""

_BY_WHAT_IS_DONE = (
    "registered",
    "imported",
    "screening",
    "randomised",
    "dose corrected",
    "diary brought along",
    "brought in",
    "look",
    "unplanned look",
)

BY_HAND = tuple(kind for kind in KINDS if kind not in _BY_WHAT_IS_DONE)
"""The kinds that a person writes down; the others are written by what they do."""


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


def detail_faults(kind: str, detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with the details of an event, and what to do, for each fault."""
    fields = KINDS[kind]
    found = [
        (f"{kind!r} has no {name} ({field.says})", f"Give {name}")
        for name, field in fields.items()
        if field.required and name not in detail
    ]
    known = ", ".join(fields) or "none"
    for name, value in detail.items():
        if name not in fields:
            found.append((f"{kind!r} has no detail called {name!r}", f"It knows: {known}"))
        elif not _is(value, fields[name].type):
            wanted = _WORDS[fields[name].type]
            found.append((f"{name} {value!r} is not {wanted}", f"Give {name} as {wanted}"))
    return found


def detail_in(kind: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return details that a person wrote as texts, each as what its event takes, if it is that."""
    fields = KINDS.get(kind, {})
    return {k: _read_as(text, fields[k].type) if k in fields else text for k, text in texts.items()}


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


def _is(value: object, wanted: type) -> bool:
    if wanted is date:
        return isinstance(value, str) and _is_date(value)
    if wanted is ZoneInfo:
        return isinstance(value, str) and is_zone(value)
    if wanted is bool:
        return isinstance(value, bool)
    if isinstance(value, int | float) and not isinstance(value, bool):
        fits = wanted is float or (wanted is int and isinstance(value, int))
        return fits and 0 <= value <= _LARGEST
    if not isinstance(value, str) or not _is_plain(value):
        return False
    return wanted is str or (wanted is Name and is_named(value))


def _is_plain(text: str) -> bool:
    """Return whether a text is short enough, and can be written as UTF-8."""
    try:
        return len(text.encode()) <= _LONGEST
    except UnicodeEncodeError:
        return False


def _read_as(text: str, wanted: type) -> object:
    """Return a text as a number or a truth where one is wanted and it is one, else as it is."""
    if wanted is bool:
        return {"true": True, "false": False}.get(text, text)
    if wanted not in (int, float):
        return text
    value = number_in(text)
    if value is None:
        return text
    return int(value) if value == int(value) else value


def _is_date(text: str) -> bool:
    return day_in(text) is not None
