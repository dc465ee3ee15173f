"""Answers as they were given, and the diary they add up to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ekbom.diary.diary import Night
from ekbom.diary.entries import COLUMNS, Entry, current_entries, derive_diary, read_entries
from ekbom.diary.items import Item
from ekbom.diary.nights import NightRange
from ekbom.diary.table import Faults
from ekbom.trial.files import csv_bytes

ITEMS = {
    "urge": Item("urge", 0, 10, whole=True),
    "minutes": Item("minutes", 0, 720, whole=False),
}
FIRST = date(2026, 3, 1)
NIGHTS = NightRange(FIRST, date(2026, 3, 9), date(2026, 3, 8))
WHEN = datetime(2026, 3, 2, 7, tzinfo=UTC)
ENTRY = Entry("a1", WHEN, WHEN, "Europe/Berlin", "shell", FIRST, "urge", 4.0, late=False)


def read(*lines: tuple[str, ...]) -> tuple[list[Entry], list[str]]:
    faults = Faults("entries.csv")
    found = read_entries(csv_bytes([COLUMNS, *lines]), items=ITEMS, nights=NIGHTS, faults=faults)
    return found, [f"{p.severity}: {p}" for p in faults.found]


def line(**changes: str) -> tuple[str, ...]:
    cells = dict(zip(COLUMNS, ENTRY.cells, strict=True)) | changes
    return tuple(cells.values())


def test_entries_read_back_as_they_were_written() -> None:
    second = replace(ENTRY, id="a2", item="minutes", value=12.5, late=True)
    third = replace(ENTRY, id="a3", value=5.0, replaces="a1")
    entries = [ENTRY, second, third]
    assert read(*(e.cells for e in entries)) == (entries, [])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"value": "11"}, "urge 11 is off its scale of 0 to 10. Use whole numbers from 0 to 10"),
        ({"value": "-1"}, "urge -1 is off its scale of 0 to 10. Use whole numbers from 0 to 10"),
        ({"value": "4.5"}, "urge 4.5 is not a whole number. Use whole numbers from 0 to 10"),
        (
            {"item": "minutes", "value": "721"},
            "minutes 721 is off its scale of 0 to 720. Use numbers from 0 to 720",
        ),
        ({"value": "x"}, "value 'x' is not a number. Write a number such as 4 or 4.5"),
        (
            {"value": ""},
            "it has no value. Leave unanswered items out; blank only withdraws an entry",
        ),
        ({"item": "itch"}, "'itch' is not an item of this protocol. Use one of: urge, minutes"),
        ({"late": "maybe"}, "late 'maybe' is neither yes nor no. Write yes or no"),
        ({"id": ""}, "it has no id. Give every entry an id of its own"),
        ({"zone": "CEST!"}, "zone 'CEST!' is not a time zone. Write one such as Europe/Berlin"),
        ({"night": "yesterday"}, "night 'yesterday' is not a date. Write it as 2026-03-01"),
        (
            {"received": "2026-03-02T07:00"},
            "received '2026-03-02T07:00' is not an instant with its offset from UTC. "
            "Write it as 2026-03-01T21:30:00+00:00",
        ),
        (
            {"night": "2026-02-28"},
            "the night of 2026-02-28 lies before the first night, 2026-03-01. Mend the date",
        ),
        ({"night": "2026-03-10"}, "the night of 2026-03-10 has not begun yet. Mend the date"),
        (
            {"replaces": "a0"},
            "it replaces 'a0', which is not the current answer to urge for the night of "
            "2026-03-01. Name the id of the answer it corrects",
        ),
    ],
)
def test_what_is_wrong_with_an_entry_is_told(changes: dict[str, str], problem: str) -> None:
    assert read(line(**changes))[1] == [f"error: entries.csv, line 2: {problem}."]


def test_a_night_after_the_plan_is_kept_and_noted() -> None:
    entries, problems = read(line(night="2026-03-09"))
    assert [e.night for e in entries] == [date(2026, 3, 9)]
    assert problems == [
        "warning: entries.csv, line 2: the night of 2026-03-09 lies after the last planned night, "
        "2026-03-08. It was kept and is not analysed."
    ]


def test_an_id_used_twice_is_told() -> None:
    assert read(line(), line(item="minutes"))[1] == [
        "error: entries.csv, line 3: the id 'a1' was used before. Give every entry an id of its "
        "own."
    ]


def test_a_second_answer_must_say_which_it_replaces() -> None:
    assert read(line(), line(id="a2"))[1] == [
        "error: entries.csv, line 3: urge was already answered for the night of 2026-03-01. "
        "If it is a correction, write a1 into replaces."
    ]


def test_only_the_current_answer_can_be_replaced() -> None:
    lines = [line(), line(id="a2", replaces="a1"), line(id="a3", replaces="a1")]
    assert len(read(*lines)[1]) == 1
    assert read(*lines[:2], line(id="a3", replaces="a2"))[1] == []


def test_a_correction_counts_and_the_earlier_answer_stays_on_record() -> None:
    second = replace(ENTRY, id="a2", value=7.0, late=True, replaces="a1")
    assert derive_diary([ENTRY, second]).nights == (
        Night(FIRST, {"urge": 7.0}, frozenset({"urge"})),
    )
    assert current_entries([ENTRY, second]) == [second]


def test_a_withdrawn_answer_is_missing_and_not_zero() -> None:
    gone = replace(ENTRY, id="a2", value=None, replaces="a1")
    assert read(ENTRY.cells, gone.cells) == ([ENTRY, gone], [])
    assert derive_diary([ENTRY, gone]).nights == ()


def test_the_diary_has_one_row_a_night_in_order() -> None:
    later = replace(ENTRY, id="a2", night=FIRST + timedelta(1), value=1.0)
    other = replace(ENTRY, id="a3", item="minutes", value=30.0)
    assert derive_diary([later, ENTRY, other]).nights == (
        Night(FIRST, {"urge": 4.0, "minutes": 30.0}),
        Night(FIRST + timedelta(1), {"urge": 1.0}),
    )
