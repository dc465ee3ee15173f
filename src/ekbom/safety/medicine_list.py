"""A person's list of medicines, as they write it: in a file, or one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from ekbom.problem import InputError, Problem
from ekbom.protocol.files import read_toml
from ekbom.safety.medicines import Medicine

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_LIKE_A_CLOCK = re.compile(r"[0-9]+[:.h][0-9]*|[0-9]+[ap]m", re.IGNORECASE)
_LONGEST = 200
"""Most letters of a name, and most medicines of a list."""

_Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MedicineList:
    """The medicines of a file and, where it says so, the planned time of the dose."""

    medicines: tuple[Medicine, ...]
    dose_at: time | None = None


def clock_in(text: str) -> time | None:
    """Return a time of day written as 21:30, or ``None`` if it is none."""
    found = _CLOCK.fullmatch(text.strip())
    return time(int(found[1]), int(found[2])) if found else None


def medicine_in(text: str) -> Medicine:
    """Return a medicine written as ``gabapentin 08:00 21:00``.

    Raises InputError where there is no name, or what should be a time is none.
    """
    words = re.split(r"[\s,;]+", text.strip())
    cut = len(words)
    while cut and _LIKE_A_CLOCK.fullmatch(words[cut - 1]):
        cut -= 1
    table = {"name": " ".join(words[:cut]), "times": words[cut:]}
    faults = list(_medicine_faults(table, repr(text)))
    if faults:
        raise InputError(Problem("your medicines", None, what, do) for what, do in faults)
    return _medicine(table)


def read_medicines(data: bytes, *, file: str) -> MedicineList:
    """Return the medicines in a TOML file: ``dose_at``, and a name and times for each.

    Raises InputError with every fault at once, with what to do.
    """
    tables = read_toml(data, file=file)
    faults = list(_list_faults(tables))
    if faults:
        raise InputError(Problem(file, None, what, do) for what, do in faults)
    medicines = tuple(_medicine(table) for table in tables.get("medicine", []))
    return MedicineList(medicines, _clock(tables.get("dose_at")))


def _list_faults(tables: Mapping[str, Any]) -> Iterator[_Fault]:
    for key in sorted(set(tables) - {"dose_at", "medicine"}):
        yield f"there is no field {key!r}", "Use dose_at and [[medicine]]"
    if "dose_at" in tables and _clock(tables["dose_at"]) is None:
        yield f"dose_at {tables['dose_at']!s} is not a time of day", 'Write it as "21:30"'
    listed = tables.get("medicine", [])
    if not isinstance(listed, list) or not all(isinstance(m, dict) for m in listed):
        yield "medicine is not a list of tables", "Begin each with a line [[medicine]]"
    elif len(listed) > _LONGEST:
        yield f"{len(listed)} medicines are more than {_LONGEST}", "Mend the file"
    else:
        for number, table in enumerate(listed, start=1):
            yield from _medicine_faults(table, f"medicine {number}")


def _medicine_faults(table: Mapping[str, Any], where: str) -> Iterator[_Fault]:
    for key in sorted(set(table) - {"name", "times"}):
        yield f"{where}: there is no field {key!r}", "Use name and times"
    name, times = table.get("name"), table.get("times", [])
    if not isinstance(name, str) or not any(c.isalpha() for c in name):
        yield f"{where} has no name", "Write the name first, then its times: gabapentin 21:00"
    elif len(name) > _LONGEST:
        yield f"{where}: its name is longer than {_LONGEST} letters", "Write its name alone"
    if not isinstance(times, list):
        yield f"{where}: times is not a list", 'Write it as times = ["21:00"]'
        return
    for clock in times:
        if _clock(clock) is None:
            yield f"{where}: {clock!s} is not a time of day", "Write it as 08:00 or 21:30"


def _medicine(table: Mapping[str, Any]) -> Medicine:
    times = {clock for text in table.get("times", []) if (clock := _clock(text)) is not None}
    return Medicine(table["name"].strip(), tuple(sorted(times)))


def _clock(value: object) -> time | None:
    """Return a time of day as TOML has it, as a time or as a text."""
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    return clock_in(value) if isinstance(value, str) else None
