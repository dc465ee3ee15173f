from __future__ import annotations

import pytest

from ekbom.diary.studyu_map import read_map
from ekbom.diary.studyu_schedule import Stamp, schedule
from ekbom.diary.table import Faults

MAP = """
treatment = "B"
reference = "A"
{more}
[[outcomes]]
asked = "How was your sleep?"
id = "sleep"
kind = "rating"
role = "primary"
direction = "higher"
minimum = 0
maximum = 10
prior_range = 10
mid = 1
unit = "points"
"""


def read(days: str, more: str = "") -> tuple[str, int | None, list[str]]:
    """Return the schedule of ``days``, one letter a study day, ``.`` where there is no row."""
    mapping = read_map(MAP.format(more=more).encode(), file="map.toml")
    letters = {"A": "A", "B": "B", "0": "Baseline"}
    stamps = [Stamp(d, letters[c], d + 2) for d, c in enumerate(days) if c != "."]
    faults = Faults("m.csv")
    stretches, length = schedule(stamps[::-1], mapping=mapping, faults=faults)
    found = "".join(
        {"Baseline": "0"}.get(s.intervention, s.intervention) * (s.last - s.first + 1)
        for s in stretches
    )
    return found, length, [str(p) for p in faults.found]


@pytest.mark.parametrize(
    ("days", "expected", "length"),
    [
        ("AAABBBAAABBB", "AAABBBAAABBB", 3),
        ("A.ABBBA.AB.B", "AAABBBAAABBB", 3),
        ("..ABBB", "AAABBB", 3),
        ("ABABAB", "ABABAB", 1),
        ("000AAABBB", "000AAABBB", 3),
        ("AAABBBBBBAAA", "AAABBBBBBAAA", None),
        ("AAAAABBAAAA", "AAAAABBAAAA", None),
        ("AAA", "AAA", 3),
    ],
)
def test_what_the_rows_settle(days: str, expected: str, length: int | None) -> None:
    assert read(days) == (expected, length, [])


def test_a_gap_at_the_switch_asks_for_the_length_of_a_phase() -> None:
    found, length, problems = read(".AAA..BBB")
    assert (found, length) == ("", None)
    assert problems == [
        "m.csv: the treatment may have changed on a study day from 4 to 6; phases of 5 or 6 "
        "nights agree with the rows. Write phase_nights, the nights of each phase, into the map."
    ]


@pytest.mark.parametrize(("nights", "expected"), [(5, "AAAAABBBB"), (6, "AAAAAABBB")])
def test_the_map_settles_a_gap_at_the_switch(nights: int, expected: str) -> None:
    assert read(".AAA..BBB", f"phase_nights = {nights}") == (expected, nights, [])


def test_later_phases_can_settle_a_gap_at_the_switch() -> None:
    assert read("AA..BBAAABBB") == ("AAABBBAAABBB", 3, [])


def test_a_whole_phase_without_rows_is_never_passed_over() -> None:
    found, _, problems = read("AAA...AAABBB")
    assert not found
    assert "phases of 3 or 9 nights agree with the rows" in problems[0]
    found, _, problems = read("AAA...AAABBB", "phase_nights = 3")
    assert not found
    assert problems == [
        "m.csv: no row from study day 3 to 5 says what was done. "
        "Write order, the intervention of each phase in turn, into the map."
    ]
    known = 'phase_nights = 3\norder = ["A", "B", "A", "B"]'
    assert read("AAA...AAABBB", known) == ("AAABBBAAABBB", 3, [])


def test_a_phase_without_rows_between_unlike_ones_follows_the_turns_and_says_so() -> None:
    found, length, problems = read("AAABBB...BBBAAA")
    assert (found, length) == ("AAABBBAAABBBAAA", 3)
    assert problems == [
        "m.csv: no row from study day 6 to 8 says what was done. "
        "It was taken to be 'A', as the treatments take turns."
    ]


def test_a_gap_as_long_as_a_phase_is_open_where_treatments_do_not_take_turns() -> None:
    found, _, problems = read("AABBAA...AAABB.B")
    assert not found
    assert "on a study day from 6 to 9; no constant length" in problems[0]


def test_rows_that_no_length_agrees_with_ask_for_it() -> None:
    found, _, problems = read(".AA.BB.AABB.B")
    assert not found
    assert problems == [
        "m.csv: the treatment may have changed on a study day from 3 to 4; no constant length of "
        "the phases agrees with the rows. "
        "Write phase_nights, the nights of each phase, into the map."
    ]


def test_phase_nights_that_contradict_a_row_name_the_row() -> None:
    _, _, problems = read("AAABBB", "phase_nights = 4")
    assert problems == [
        "m.csv, line 5: study day 3 has 'B', but phases of 4 nights put 'A' there. "
        "Mend phase_nights or order in the map."
    ]


def test_two_interventions_on_one_day_are_an_error() -> None:
    faults = Faults("m.csv")
    mapping = read_map(MAP.format(more="").encode(), file="map.toml")
    stamps = [Stamp(0, "A", 4), Stamp(1, "B", 3), Stamp(1, "A", 2)]
    schedule(stamps, mapping=mapping, faults=faults)
    assert str(faults.found[0]) == (
        "m.csv, line 3: study day 1 has 'B' here but 'A' in line 2. "
        "Find out which was done that day and mend the other line."
    )
