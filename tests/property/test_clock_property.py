"""Nights partition time, whatever the person's clock does."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ekbom.design.clock import Clock, ZoneChange

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Auckland",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 365 * 24 * 60).map(lambda m: FIRST + timedelta(minutes=m))


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    changes = draw(
        st.lists(st.tuples(instants, st.sampled_from(ZONES)), max_size=4, unique_by=lambda c: c[0])
    )
    hour = draw(st.integers(0, 18))
    zone = draw(st.sampled_from(ZONES))
    return Clock(zone, tuple(ZoneChange(*c) for c in sorted(changes)), boundary_hour=hour)


@given(clock=clocks(), instant=instants)
def test_every_instant_belongs_to_exactly_one_night(clock: Clock, instant: datetime) -> None:
    night = clock.night_of(instant)
    start = clock.begins(night)
    assert start is not None
    assert start <= instant < clock.ends(night)
    around = [night + timedelta(days=d) for d in range(-3, 4)]
    holding = [
        n for n in around if (b := clock.begins(n)) is not None and b <= instant < clock.ends(n)
    ]
    assert holding == [night]


@given(clock=clocks(), day=st.dates(date(2026, 1, 2), date(2026, 12, 30)))
def test_a_night_begins_in_itself_and_ends_where_the_next_begins(clock: Clock, day: date) -> None:
    start = clock.begins(day)
    if start is None:
        return
    assert clock.night_of(start) == day
    following = clock.night_of(clock.ends(day))
    assert clock.begins(following) == clock.ends(day)
    assert following > day


@given(clock=clocks(), instant=instants)
def test_the_clock_shows_every_instant_of_a_night(clock: Clock, instant: datetime) -> None:
    wall = clock.local(instant).time()
    assert instant in clock.shown(clock.night_of(instant), wall)
    zone = clock.zone_at(instant)
    assert instant in clock.shown(clock.night_of(instant), wall, zone=zone)


@given(clock=clocks(), instant=instants)
def test_last_night_has_had_its_evening_and_the_next_evening_is_to_come(
    clock: Clock, instant: datetime
) -> None:
    spoken, coming = clock.night_spoken_of(instant), clock.first_evening_after(instant)
    assert coming >= clock.night_of(instant)
    assert spoken is None or spoken < coming
    local = clock.local(instant)
    assert (spoken is None) == (local.hour >= clock.evening_hour)


@given(day=st.dates(date(2026, 1, 2), date(2026, 12, 30)), zone=st.sampled_from(ZONES))
def test_without_travel_a_night_begins_at_noon_of_its_date(day: date, zone: str) -> None:
    start = Clock(zone).begins(day)
    assert start == datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
