"""Reading a CSV file so that every fault is named with its line and nothing is dropped silently."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from ekbom.problem import Problem, Severity

YEARS = range(1900, 2201)
"""Years in which nights can lie; beyond them clocks and calendars have no end."""

_BOM = "\ufeff"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class _Lines(Iterator[list[str]], Protocol):
    """What `csv.reader` gives."""

    line_num: int


@dataclass(slots=True)
class Faults:
    """Collects the problems of one file."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, line: int | None, what: str, do: str, *, severity: Severity = "error") -> None:
        """Note one problem."""
        self.found.append(Problem(self.file, line, what, do, severity))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its 1-based line in the file and its cells by column name."""

    line: int
    cells: dict[str, str]
    faults: Faults

    def text(self, column: str) -> str:
        """Return a cell without surrounding space; empty if the column is not there."""
        return self.cells.get(column, "").strip()

    def number(self, column: str) -> float | None:
        """Return a cell as a number, ``None`` if it is empty or cannot be read (then noted)."""
        text = self.text(column)
        if not text:
            return None
        if text.count(",") == 1 and "." not in text:
            self.note(f"{column} {text!r} has a decimal comma", "It was read as a decimal point")
            text = text.replace(",", ".")
        value = number_in(text)
        if value is None:
            self.fault(f"{column} {text!r} is not a number", "Write a number such as 4 or 4.5")
        return value

    def whole(self, column: str) -> int | None:
        """Return a cell as a whole number, ``None`` if it is empty or cannot be read."""
        value = self.number(column)
        if value is None:
            return None
        if value != int(value):
            self.fault(f"{column} {value:g} is not a whole number", "Write a whole number")
            return None
        return int(value)

    def day(self, column: str) -> date | None:
        """Return a cell as a date, ``None`` if it cannot be read (then noted)."""
        text = self.text(column)
        found = day_in(text)
        if found is None:
            self.fault(f"{column} {text!r} is not a date", "Write it as 2026-03-01")
        return found

    def instant(self, column: str) -> datetime | None:
        """Return a cell as an aware UTC instant, ``None`` if it cannot be read (then noted)."""
        text = self.text(column)
        try:
            value = datetime.fromisoformat(text)
            if value.tzinfo is not None and value.year in YEARS:
                return value.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.fault(
            f"{column} {text!r} is not an instant with its offset from UTC",
            "Write it as 2026-03-01T21:30:00+00:00",
        )
        return None

    def zone(self, column: str) -> str | None:
        """Return a cell as the name of a time zone, ``None`` if there is no such zone (noted)."""
        text = self.text(column)
        if not is_zone(text):
            self.fault(f"{column} {text!r} is not a time zone", "Write one such as Europe/Berlin")
            return None
        return text

    def fault(self, what: str, do: str) -> None:
        """Note something in this line that stops the work."""
        self.faults.add(self.line, what, do)

    def note(self, what: str, do: str) -> None:
        """Note something in this line that was left out or assumed."""
        self.faults.add(self.line, what, do, severity="warning")


def number_in(text: str) -> float | None:
    """Return a plain decimal number in a text, ``None`` if it is none (as 1_000, inf and nan)."""
    value = float(text) if _NUMBER.fullmatch(text) else float("nan")
    return value if abs(value) < float("inf") else None


def number_text(value: float | None) -> str:
    """Return a number as a cell that reads back as the same number; empty for ``None``."""
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(float(value))


def day_in(text: str) -> date | None:
    """Return a date written as 2026-03-01, of a year that a trial can have; else ``None``."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def is_zone(name: str) -> bool:
    """Return whether ``name`` is a time zone this computer knows, such as Europe/Berlin."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return bool(name)


def read_table(
    data: bytes, *, faults: Faults, required: Sequence[str], optional: Sequence[str] | None = None
) -> list[Row]:
    """Return the rows of a CSV file, noting all that is wrong with its outside.

    Commas, semicolons and tabs are understood as separators; a byte-order mark and an unknown
    column are noted.  With ``optional=None`` any further column is welcome.  Raises nothing:
    where the file cannot be read at all, the rows are empty and ``faults`` says why.
    """
    text = _decoded(data, faults)
    if text is None:
        return []
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        return _rows(lines, faults, required, optional)
    except csv.Error as error:
        faults.add(lines.line_num, f"it is not CSV: {error}", "Mend the quotation marks")
        return []


def _rows(
    lines: _Lines, faults: Faults, required: Sequence[str], optional: Sequence[str] | None
) -> list[Row]:
    heading = [name.strip() for name in next(lines, [])]
    if not _heading_is_usable(heading, faults, required, optional):
        return []
    rows = []
    for cells in lines:
        if not any(c.strip() for c in cells):
            continue
        if len(cells) != len(heading):
            faults.add(
                lines.line_num,
                f"it has {len(cells)} cells where the heading has {len(heading)}",
                "Give every line one cell for each column",
            )
            continue
        rows.append(Row(lines.line_num, dict(zip(heading, cells, strict=True)), faults))
    return rows


def _decoded(data: bytes, faults: Faults) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.add(line, "it is not UTF-8 text", "Save the file as CSV in UTF-8")
        return None
    if "\0" in text:
        faults.add(None, "it is not a text file", "Save the file as CSV in UTF-8")
        return None
    if text.startswith(_BOM):
        faults.add(
            1,
            "it begins with a byte-order mark, as spreadsheets write it",
            "It was read without the mark",
            severity="warning",
        )
        text = text.removeprefix(_BOM)
    return text


def _separator(text: str) -> str:
    heading = text.split("\n", 1)[0]
    return max(",;\t", key=heading.count)


def _heading_is_usable(
    heading: list[str], faults: Faults, required: Sequence[str], optional: Sequence[str] | None
) -> bool:
    missing = [name for name in required if name not in heading]
    for name in missing:
        faults.add(1, f"the column {name!r} is missing", "Add it to the heading")
    twice = sorted({name for name in heading if heading.count(name) > 1})
    for name in twice:
        faults.add(1, f"the column {name!r} stands there twice", "Keep one of the two")
    if optional is not None:
        for name in heading:
            if name not in required and name not in optional:
                faults.add(
                    1,
                    f"the column {name!r} is not known here",
                    f"Remove it or use one of: {', '.join([*required, *optional])}",
                )
    return not missing and not twice
