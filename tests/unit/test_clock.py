"""The noon rule, with times written out."""

from datetime import UTC, date, datetime, time

import pytest

from ekbom.design.clock import Clock, ZoneChange

BERLIN = Clock("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "night"),
    [
        ("2026-03-02T10:59:59", "2026-03-01"),
        ("2026-03-02T11:00:00", "2026-03-02"),
        ("2026-03-02T22:59:59", "2026-03-02"),
        ("2026-03-02T23:00:00", "2026-03-02"),
        ("2026-03-03T06:00:00", "2026-03-02"),
    ],
)
def test_a_night_runs_from_noon_to_noon_local_time(instant: str, night: str) -> None:
    assert BERLIN.night_of(utc(instant)) == date.fromisoformat(night)


@pytest.mark.parametrize(
    ("night", "begins", "hours"),
    [
        ("2026-03-27", "2026-03-27T11:00", 24),
        ("2026-03-28", "2026-03-28T11:00", 23),
        ("2026-03-29", "2026-03-29T10:00", 24),
        ("2026-10-24", "2026-10-24T10:00", 25),
        ("2026-10-25", "2026-10-25T11:00", 24),
    ],
)
def test_daylight_saving_makes_one_night_shorter_and_one_longer(
    night: str, begins: str, hours: int
) -> None:
    day = date.fromisoformat(night)
    start = BERLIN.begins(day)
    assert start == utc(begins)
    assert (BERLIN.ends(day) - start).total_seconds() == hours * 3600


def test_both_of_the_repeated_hours_belong_to_the_same_night() -> None:
    night = date(2026, 10, 24)
    assert BERLIN.shown(night, time(2, 30)) == [utc("2026-10-25T00:30"), utc("2026-10-25T01:30")]
    assert {BERLIN.night_of(i) for i in BERLIN.shown(night, time(2, 30))} == {night}


def test_the_hour_that_the_clocks_leave_out_is_never_shown() -> None:
    assert BERLIN.shown(date(2026, 3, 28), time(2, 30)) == []
    assert BERLIN.shown(date(2026, 3, 28), time(3, 30)) == [utc("2026-03-29T01:30")]


# Leaves Auckland (UTC+12) in the evening of 10 June and lands in Honolulu (UTC-10) when its clocks
# show the morning of 10 June again.
EAST = Clock("Pacific/Auckland", (ZoneChange(utc("2026-06-10T18:00"), "Pacific/Honolulu"),))


def test_a_local_date_that_repeats_on_a_flight_east_is_one_night() -> None:
    night = date(2026, 6, 10)
    assert EAST.begins(night) == utc("2026-06-10T00:00")
    assert EAST.ends(night) == utc("2026-06-11T22:00") == EAST.begins(date(2026, 6, 11))
    first_evening, second_evening = utc("2026-06-10T08:00"), utc("2026-06-11T08:00")
    assert EAST.local(first_evening).isoformat() == "2026-06-10T20:00:00+12:00"
    assert EAST.local(second_evening).isoformat() == "2026-06-10T22:00:00-10:00"
    assert EAST.night_of(first_evening) == EAST.night_of(second_evening) == night


def test_on_a_repeated_date_last_night_is_the_evening_before_the_flight() -> None:
    landed = utc("2026-06-10T18:00")
    assert EAST.local(landed).isoformat() == "2026-06-10T08:00:00-10:00"
    assert EAST.night_spoken_of(landed) == date(2026, 6, 10)


def test_the_first_evening_after_a_flight_east_is_that_of_the_next_night() -> None:
    assert EAST.first_evening_after(utc("2026-06-10T18:00")) == date(2026, 6, 11)


# Leaves Honolulu in the morning of 10 June; the clocks at once show the morning of 11 June.
WEST = Clock("Pacific/Honolulu", (ZoneChange(utc("2026-06-10T18:00"), "Pacific/Auckland"),))


def test_a_flight_west_over_the_date_line_skips_a_night() -> None:
    assert WEST.begins(date(2026, 6, 9)) == utc("2026-06-09T22:00")
    assert WEST.begins(date(2026, 6, 10)) is None
    assert WEST.begins(date(2026, 6, 11)) == utc("2026-06-11T00:00") == WEST.ends(date(2026, 6, 9))
    assert WEST.shown(date(2026, 6, 10), time(22)) == []
    assert WEST.night_of(utc("2026-06-10T18:30")) == date(2026, 6, 9)
    assert WEST.night_spoken_of(utc("2026-06-10T18:30")) == date(2026, 6, 9)
    assert WEST.first_evening_after(utc("2026-06-10T12:00")) == date(2026, 6, 11)


def test_samoa_had_no_night_of_30_december_2011() -> None:
    apia = Clock("Pacific/Apia")
    assert apia.begins(date(2011, 12, 29)) == utc("2011-12-29T22:00")
    assert apia.begins(date(2011, 12, 30)) is None
    assert apia.ends(date(2011, 12, 29)) == utc("2011-12-30T22:00")
    assert apia.begins(date(2011, 12, 31)) == utc("2011-12-30T22:00")
    assert apia.night_spoken_of(utc("2011-12-30T18:00")) == date(2011, 12, 29)


def test_a_night_without_an_evening_is_not_the_one_spoken_of() -> None:
    # 14:00 on 10 June in Honolulu becomes noon on 11 June in Auckland: 10 June has two hours.
    clock = Clock("Pacific/Honolulu", (ZoneChange(utc("2026-06-11T00:00"), "Pacific/Auckland"),))
    assert clock.night_of(utc("2026-06-10T23:00")) == date(2026, 6, 10)
    assert clock.night_spoken_of(utc("2026-06-11T03:00")) == date(2026, 6, 9)
    assert clock.first_evening_after(utc("2026-06-10T23:00")) == date(2026, 6, 11)


def test_a_change_of_zone_in_the_night_leaves_that_night_its_begin() -> None:
    # Berlin to New York in the evening of 10 June; the next noon is New York's.
    clock = Clock("Europe/Berlin", (ZoneChange(utc("2026-06-10T20:00"), "America/New_York"),))
    assert clock.begins(date(2026, 6, 10)) == utc("2026-06-10T10:00")
    assert clock.begins(date(2026, 6, 11)) == utc("2026-06-11T16:00")
    assert clock.night_of(utc("2026-06-11T15:59")) == date(2026, 6, 10)
    assert clock.zone_at(utc("2026-06-10T19:59")) == "Europe/Berlin"
    assert clock.zone_at(utc("2026-06-10T20:00")) == "America/New_York"


def test_the_farthest_flight_east_stays_in_the_night_that_had_begun() -> None:
    # Midnight begins a night here, and UTC+14 is 26 hours ahead of UTC-12.
    clock = Clock(
        "Pacific/Kiritimati", (ZoneChange(utc("2026-06-12T10:30"), "Etc/GMT+12"),), boundary_hour=0
    )
    assert clock.night_of(utc("2026-06-12T10:15")) == date(2026, 6, 13)
    assert clock.local(utc("2026-06-12T10:45")).date() == date(2026, 6, 11)
    assert clock.night_of(utc("2026-06-12T10:45")) == date(2026, 6, 13)


def test_shift_workers_may_begin_their_nights_at_another_hour() -> None:
    clock = Clock("Europe/Berlin", boundary_hour=6)
    assert clock.night_of(utc("2026-06-10T03:59")) == date(2026, 6, 9)
    assert clock.night_of(utc("2026-06-10T04:00")) == date(2026, 6, 10)


@pytest.mark.parametrize(
    ("instant", "night"),
    [
        ("2026-06-10T05:00", "2026-06-09"),
        ("2026-06-10T09:59", "2026-06-09"),
        ("2026-06-10T10:00", "2026-06-09"),
        ("2026-06-10T15:59:59", "2026-06-09"),
        ("2026-06-10T16:00", None),
        ("2026-06-10T21:59", None),
        ("2026-06-10T22:00", "2026-06-10"),
    ],
)
def test_last_night_is_the_one_begun_the_evening_before_until_18_o_clock(
    instant: str, night: str | None
) -> None:
    expected = None if night is None else date.fromisoformat(night)
    assert BERLIN.night_spoken_of(utc(instant)) == expected


@pytest.mark.parametrize(
    ("instant", "night"),
    [
        ("2026-06-10T05:00", "2026-06-10"),
        ("2026-06-10T15:59:59", "2026-06-10"),
        ("2026-06-10T16:00", "2026-06-11"),
        ("2026-06-10T22:30", "2026-06-11"),
    ],
)
def test_the_first_evening_after_an_event_is_one_that_has_not_begun(
    instant: str, night: str
) -> None:
    assert BERLIN.first_evening_after(utc(instant)) == date.fromisoformat(night)
