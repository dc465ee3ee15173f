"""Invariants of the calendar, whatever happened."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ekbom.design.calendar import Calendar, Happened, Pause, build_calendar
from ekbom.design.clock import Clock
from ekbom.protocol.files import built_in
from ekbom.protocol.model import Protocol

START = date(2026, 1, 5)
DAY = timedelta(days=1)
FAST = built_in("magnesium-rls-fast")


def _instant(number: int) -> datetime:
    return datetime(2026, 1, 5, 9, tzinfo=UTC) + number * DAY


@st.composite
def pauses(draw: st.DrawFn, most: int = 3) -> tuple[Pause, ...]:
    edges = sorted(draw(st.lists(st.integers(0, 140), max_size=2 * most, unique=True)))
    found = [
        Pause(START + a * DAY, START + b * DAY)
        for a, b in zip(edges[::2], edges[1::2], strict=False)
    ]
    return tuple(found)


@st.composite
def happenings(draw: st.DrawFn) -> Happened:
    fixed = draw(st.integers(14, 40))
    return Happened(
        dose_fixed=_instant(fixed),
        packs_ready=_instant(fixed + draw(st.integers(0, 30))),
        pauses=draw(pauses()),
        capsules=2.0,
        spare_nights=draw(st.integers(0, 4)),
    )


def _calendar(happened: Happened, start: date = START, protocol: Protocol = FAST) -> Calendar:
    return build_calendar(protocol=protocol, start=start, clock=Clock("UTC"), happened=happened)


@given(happened=happenings())
def test_nights_are_consecutive_dates(happened: Happened) -> None:
    found = _calendar(happened)
    assert [n.night for n in found.nights] == [START + i * DAY for i in range(len(found.nights))]


@given(happened=happenings())
def test_every_period_has_its_planned_number_of_analysed_nights(happened: Happened) -> None:
    found = _calendar(happened)
    counts = Counter(n.period for n in found.nights if n.analysed)
    assert set(counts) == set(range(1, 13))
    assert set(counts.values()) == {5}


@given(happened=happenings())
def test_periods_keep_their_order_and_paused_nights_are_bare(happened: Happened) -> None:
    found = _calendar(happened)
    order = [n.period for n in found.randomised]
    assert order == sorted(order)
    for n in found.nights:
        paused = any(p.first <= n.night < p.resumed for p in happened.pauses)
        assert (n.phase == "paused") == paused
        assert not paused or (n.capsules is None and not n.analysed and n.period is None)


@given(happened=happenings(), first=st.integers(0, 120), length=st.integers(1, 3))
def test_a_short_pause_moves_later_nights_by_its_length(
    happened: Happened, first: int, length: int
) -> None:
    bare = replace(happened, pauses=(), dose_fixed=_instant(20), packs_ready=_instant(20))
    pause = Pause(START + first * DAY, START + (first + length) * DAY)
    before, after = _calendar(bare), _calendar(replace(bare, pauses=(pause,)))
    kept = [n for n in after.nights if n.phase != "paused"]
    if first >= 42:  # all of the washout, which waits for no event any more, is lived by then
        moved = [
            replace(n, night=n.night + length * DAY) if n.night >= pause.first else n
            for n in before.nights
        ]
        assert kept == moved
    assert len(after.nights) >= len(before.nights)


@given(happened=happenings(), shift=st.integers(-300, 300))
def test_shifting_the_start_shifts_everything(happened: Happened, shift: int) -> None:
    by = shift * DAY
    shifted = replace(
        happened,
        dose_fixed=happened.dose_fixed and happened.dose_fixed + by,
        packs_ready=happened.packs_ready and happened.packs_ready + by,
        pauses=tuple(Pause(p.first + by, p.resumed + by) for p in happened.pauses if p.resumed),
    )
    found, moved = _calendar(happened), _calendar(shifted, START + by)
    assert [replace(n, night=n.night + by) for n in found.nights] == list(moved.nights)


@given(happened=happenings(), last=st.integers(0, 200))
def test_an_early_end_only_takes_capsules_away(happened: Happened, last: int) -> None:
    end = START + last * DAY
    found, ended = _calendar(happened), _calendar(replace(happened, ended=end))
    for before, after in zip(found.nights, ended.nights, strict=True):
        assert after == (before if before.night <= end else replace(before, capsules=None))
