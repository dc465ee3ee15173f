"""Doses as taken: one a night, never two too close, each at a time the clock showed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ekbom.design.clock import Clock, ZoneChange
from ekbom.diary.diary import DoseTaken
from ekbom.diary.doses import COLUMNS, dose_cells, read_doses, too_soon
from ekbom.diary.nights import NightRange
from ekbom.diary.table import Faults
from ekbom.trial.files import csv_bytes

BERLIN = Clock("Europe/Berlin")
NIGHTS = NightRange(date(2026, 1, 1), date(2026, 12, 31))
NIGHT = date(2026, 3, 10)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dose(
    instant: str | None, *, clock: Clock = BERLIN, night: date = NIGHT, n: float = 2.0
) -> DoseTaken:
    when = None if instant is None else utc(instant)
    zone = clock.zone if when is None else clock.zone_at(when)
    return DoseTaken(night if when is None else clock.night_of(when), when, zone, 1, n, None)


def read(*lines: str, clock: Clock = BERLIN) -> tuple[list[DoseTaken], list[str]]:
    faults = Faults("doses.csv")
    data = "\n".join([",".join(COLUMNS), *lines]).encode()
    found = read_doses(data, clock=clock, least_hours=16, nights=NIGHTS, faults=faults)
    return found, [f"{p.severity}: {p}" for p in faults.found]


def refusal(new: DoseTaken, *before: DoseTaken, clock: Clock = BERLIN) -> str | None:
    return too_soon(new, before, clock=clock, least_hours=16)


def test_doses_read_back_as_they_were_written() -> None:
    doses = [
        dose("2026-03-10T20:30"),
        dose("2026-03-12T00:15", n=1.5),
        DoseTaken(date(2026, 3, 20), None, "Europe/Berlin", None, 0.0, 0.0),
    ]
    data = csv_bytes([COLUMNS, *(dose_cells(d) for d in doses)])
    assert data.decode().splitlines()[1:] == [
        "2026-03-10,21:30,Europe/Berlin,1,2,",
        "2026-03-11,01:15,Europe/Berlin,1,1.5,",
        "2026-03-20,,Europe/Berlin,,0,0",
    ]
    assert read(*data.decode().splitlines()[1:]) == (doses, [])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "2026-03-28,02:30,Europe/Berlin,1,2,",
            "the clocks in Europe/Berlin never showed 02:30 in the night of 2026-03-28. "
            "Write the time the clock showed",
        ),
        ("2026-03-10,9pm,Europe/Berlin,1,2,", "time '9pm' is not a time of day. Write it as 21:30"),
        (
            "2026-03-10,21:30+01:00,Europe/Berlin,1,2,",
            "time '21:30+01:00' is not a time of day. Write it as 21:30",
        ),
        (
            "2026-03-10,2026-03-12T21:30+01:00,Europe/Berlin,1,2,",
            "time 2026-03-12T21:30+01:00 is not in the night of 2026-03-10. Mend one of the two",
        ),
        (
            "2026-03-10,21:30,Europe/Berlin,1,-2,",
            "capsules -2 is less than nothing. Write 0 for a dose left out",
        ),
        (
            "2026-03-10,21:30,Europe/Berlin,,,-100",
            "mg -100 is less than nothing. Write 0 for a dose left out",
        ),
        (
            "9999-12-31,21:30,Europe/Berlin,1,2,",
            "night '9999-12-31' is not a date. Write it as 2026-03-01",
        ),
        (
            "0001-01-01,21:30,Europe/Berlin,1,2,",
            "night '0001-01-01' is not a date. Write it as 2026-03-01",
        ),
        ("2026-03-10,21:30,Europe/Berlin,x,2,", "pack 'x' is not a number. Write a number such as "
         "4 or 4.5"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_dose_is_told(line: str, problem: str) -> None:
    assert read(line)[1] == [f"error: doses.csv, line 2: {problem}."]


def test_an_hour_that_came_twice_is_noted_and_its_first_taken() -> None:
    doses, problems = read("2026-10-24,02:30,Europe/Berlin,1,2,")
    assert [d.instant for d in doses] == [utc("2026-10-25T00:30")]
    assert problems == [
        "warning: doses.csv, line 2: the clocks in Europe/Berlin showed 02:30 twice in the night "
        "of 2026-10-24. The first of the two was taken."
    ]


@pytest.mark.parametrize("instant", ["2026-10-25T00:30", "2026-10-25T01:30"])
def test_a_dose_in_the_hour_that_comes_twice_reads_back_exactly(instant: str) -> None:
    taken = dose(instant)
    assert read(",".join(dose_cells(taken))) == ([taken], [])


def test_a_second_dose_in_a_night_is_refused_with_the_next_possible_time() -> None:
    first = dose("2026-03-10T20:30")
    second = dose("2026-03-11T05:00")
    assert refusal(second, first) == (
        "the night of 2026-03-10 already has a dose; the next possible time is 2026-03-11 13:30"
    )
    assert read(*(",".join(dose_cells(d)) for d in (first, second)))[1] == [
        "error: doses.csv, line 3: the night of 2026-03-10 already has a dose; the next possible "
        "time is 2026-03-11 13:30. Keep the dose that was taken; note a double dose as a deviation."
    ]


def test_the_next_possible_time_is_never_in_a_night_that_has_its_dose() -> None:
    early = dose("2026-03-10T12:00")
    again = dose("2026-03-10T20:00")
    assert refusal(again, early) == (
        "the night of 2026-03-10 already has a dose; the next possible time is 2026-03-11 12:00"
    )
    assert refusal(dose("2026-03-11T11:00"), early) is None


@pytest.mark.parametrize(("hours", "refused"), [(15.9, True), (16, False)])
def test_two_doses_are_at_least_sixteen_hours_apart(hours: float, refused: bool) -> None:
    late = dose("2026-03-11T02:00")
    following = dose((late.instant + timedelta(hours=hours)).isoformat()[:19])
    assert following.night == late.night + timedelta(1)
    expected = (
        "it is 15.9 hours from the dose of the night of 2026-03-10, less than 16; "
        "the next possible time is 2026-03-11 19:00"
    )
    assert refusal(following, late) == (expected if refused else None)


def test_a_dose_left_out_keeps_no_other_away() -> None:
    left_out = dose("2026-03-11T05:00", n=0.0)
    assert refusal(dose("2026-03-11T12:00"), left_out) is None
    assert refusal(left_out, dose("2026-03-10T05:00")) is None


def test_a_dose_without_a_time_still_fills_its_night() -> None:
    unknown = dose(None)
    assert refusal(dose("2026-03-10T20:00"), unknown) == (
        "the night of 2026-03-10 already has a dose; the next possible time is 2026-03-11 12:00"
    )
    assert refusal(dose("2026-03-11T20:00"), unknown) is None


EAST = Clock("Pacific/Auckland", (ZoneChange(utc("2026-06-10T12:00"), "Pacific/Honolulu"),))


def test_a_date_that_repeats_does_not_bring_two_doses() -> None:
    before = dose("2026-06-10T08:00", clock=EAST)
    again = dose("2026-06-11T08:00", clock=EAST)
    assert (before.zone, again.zone) == ("Pacific/Auckland", "Pacific/Honolulu")
    assert refusal(again, before, clock=EAST) == (
        "the night of 2026-06-10 already has a dose; the next possible time is 2026-06-11 12:00"
    )


@pytest.mark.parametrize("instant", ["2026-06-10T13:00", "2026-06-11T08:00"])
def test_either_evening_of_a_repeated_date_reads_back_exactly(instant: str) -> None:
    taken = dose(instant, clock=EAST)
    assert taken.night == date(2026, 6, 10)
    assert read(",".join(dose_cells(taken, clock=EAST)), clock=EAST) == ([taken], [])
