"""The kinds of events: which details each carries, and what is wrong with given ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from ekbom.diary.table import day_in, is_zone, number_in
from ekbom.protocol.doses import is_named


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
    "packing step": {
        "step": _field(str, "the step of making packs alone, or: again"),
        "pair": _field(int, "the pair of packs that it was done for", required=False),
    },
    "pack opened": {
        "pack": _field(int, "the number on the pack"),
        "night": _field(date, "the first night with capsules from it"),
    },
    "slip read": {
        "pack": _field(int, "the number on the pack"),
        "code": _field(str, "the code on its slip, empty where the slip is lost"),
        "how": _field(str, "typed, scanned or lost"),
    },
    "randomised": {
        "commitment": _field(str, "what was committed to"),
        "sequences": _field(int, "how many orders could have been drawn"),
        "by_hand": _field(bool, "whether a shuffle draws it, by hand", required=False),
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
        "period": _field(int, "that period, if it is not the one being lived", required=False),
        "what": _field(
            str, "break glass, pack seen through, helper told, or other", required=False
        ),
        "whole": _field(bool, "whether it showed the whole order, not one period", required=False),
        "note": _NOTE,
    },
    "unblinding": {
        "night": _field(date, "the night from which the whole allocation was known"),
        "early": _field(bool, "whether it was opened before the trial was over", required=False),
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
    "look": {
        "pair": _field(int, "the pair after which it was taken"),
        "result": _field(str, "continue or stop, where the order is sealed", required=False),
    },
    "unplanned look": {},
    "note": {"night": _NIGHT, "note": _field(str, "in your own words")},
}
"""Every kind of event, with the details it carries."""


_BY_WHAT_IS_DONE = (
    "registered",
    "imported",
    "screening",
    "randomised",
    "packing step",
    "slip read",
    "dose corrected",
    "diary brought along",
    "brought in",
    "look",
    "unplanned look",
)


BY_HAND = tuple(kind for kind in KINDS if kind not in _BY_WHAT_IS_DONE)
"""The kinds that a person writes down; the others are written by what they do."""


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
