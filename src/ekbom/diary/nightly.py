"""diary.csv: one row a night, one column an item, blank where nothing was answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ekbom.diary.diary import Diary, Night
from ekbom.diary.items import Item
from ekbom.diary.nights import NightRange
from ekbom.diary.table import Faults, Row, number_text, read_table


def read_nightly(
    data: bytes, *, items: Mapping[str, Item], nights: NightRange, faults: Faults
) -> Diary:
    """Return the diary in a diary.csv; what is wrong with it is added to ``faults``.

    A column ``day`` (1 = the first night) may stand beside ``night`` and must agree with it.
    """
    found: dict[date, Night] = {}
    for row in read_table(data, faults=faults, required=("night",), optional=("day", *items)):
        night = row.day("night")
        if night is None or not nights.allows(night, row):
            continue
        if night in found:
            row.fault(f"the night of {night} stands there twice", "Keep one row for each night")
            continue
        _check_day(row, night, nights.first)
        found[night] = Night(night, _answers(row, items))
    return Diary(tuple(found[d] for d in sorted(found)))


def nightly_cells(diary: Diary, *, items: Mapping[str, Item]) -> list[tuple[str, ...]]:
    """Return the lines of diary.csv, its heading first."""
    rows = [
        (night.date.isoformat(), *(number_text(night.answers.get(item)) for item in items))
        for night in diary.nights
    ]
    return [("night", *items), *rows]


def _answers(row: Row, items: Mapping[str, Item]) -> dict[str, float]:
    answers = {}
    for name, item in items.items():
        value = row.number(name)
        if value is None:
            continue
        off = item.fault(value)
        if off:
            row.fault(off, f"Use {item.scale}")
        else:
            answers[name] = value
    return answers


def _check_day(row: Row, night: date, start: date) -> None:
    day = row.whole("day")
    expected = (night - start).days + 1
    if day is not None and day != expected:
        row.fault(
            f"day {day} disagrees with the calendar: the night of {night} is day {expected}",
            "Mend the day or the night",
        )
