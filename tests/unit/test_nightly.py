"""diary.csv: one row a night, blank where nothing was answered."""

from datetime import date, timedelta

import numpy as np
import pytest

from ekbom.diary.diary import Diary, Night
from ekbom.diary.items import Item, items_of
from ekbom.diary.nightly import nightly_cells, read_nightly
from ekbom.diary.nights import NightRange
from ekbom.diary.table import Faults
from ekbom.protocol.files import built_in
from ekbom.trial.files import csv_bytes

ITEMS = {"urge": Item("urge", 0, 10, whole=True), "calm": Item("calm", 0, 10, whole=True)}
FIRST = date(2026, 3, 1)


def read(text: str) -> tuple[Diary, list[str]]:
    faults = Faults("diary.csv")
    nights = NightRange(FIRST, date(2026, 3, 9), date(2026, 3, 8))
    diary = read_nightly(text.encode(), items=ITEMS, nights=nights, faults=faults)
    return diary, [f"{p.severity}: {p}" for p in faults.found]


def test_a_diary_reads_back_as_it_was_written() -> None:
    diary = Diary((Night(FIRST, {"urge": 4.0}), Night(FIRST + timedelta(3), {"calm": 0.0})))
    text = csv_bytes(nightly_cells(diary, items=ITEMS)).decode()
    assert text == "night,urge,calm\n2026-03-01,4,\n2026-03-04,,0\n"
    assert read(text) == (diary, [])


def test_missing_is_missing_and_never_zero() -> None:
    diary, _ = read("night,urge\n2026-03-01,\n2026-03-02,0\n")
    assert [dict(n.answers) for n in diary.nights] == [{}, {"urge": 0.0}]
    days = [FIRST, FIRST + timedelta(1), FIRST + timedelta(2)]
    np.testing.assert_array_equal(diary.values("urge", dates=days), [np.nan, 0.0, np.nan])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "night,urge\n2026-03-01,4\n2026-03-01,5\n",
            "line 3: the night of 2026-03-01 stands there twice. Keep one row for each night",
        ),
        (
            "night,day,urge\n2026-03-04,3,4\n",
            "line 2: day 3 disagrees with the calendar: the night of 2026-03-04 is day 4. "
            "Mend the day or the night",
        ),
        (
            "night,urge\n2026-03-01,11\n",
            "line 2: urge 11 is off its scale of 0 to 10. Use whole numbers from 0 to 10",
        ),
        (
            "night,itch\n2026-03-01,1\n",
            "line 1: the column 'itch' is not known here. Remove it or use one of: night, day, "
            "urge, calm",
        ),
        ("urge\n4\n", "line 1: the column 'night' is missing. Add it to the heading"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(text: str, problem: str) -> None:
    assert read(text)[1] == [f"error: diary.csv, {problem}."]


def test_a_day_that_agrees_may_stand_there() -> None:
    assert read("day,night,urge\n4,2026-03-04,4\n,2026-03-05,5\n")[1] == []


def test_rows_may_stand_in_any_order() -> None:
    diary, problems = read("night,urge\n2026-03-04,4\n2026-03-02,5\n")
    assert ([n.date.day for n in diary.nights], problems) == ([2, 4], [])


def test_a_diary_keeps_its_nights_in_order_each_once() -> None:
    with pytest.raises(ValueError, match=r"^nights must be in order, each date once$"):
        Diary((Night(FIRST), Night(FIRST)))


def test_every_outcome_and_side_effect_is_an_item_with_its_scale() -> None:
    protocol = built_in("magnesium-rls")
    items = items_of(protocol)
    assert list(items) == [
        *(o.id for o in protocol.outcomes),
        *(s.id for s in protocol.side_effects),
    ]
    assert items["urge"].scale == "whole numbers from 0 to 10"
    assert items["minutes_to_sleep"].scale == "numbers from 0 to 720"
    assert items["loose_stools"].scale == "whole numbers from 0 to 30"
