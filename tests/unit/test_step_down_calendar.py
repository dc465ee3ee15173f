"""A step down takes the same fewer capsules from every later night, whatever its pack holds."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ekbom.design.calendar import Calendar, CalendarNight, Happened, build_calendar
from ekbom.design.clock import Clock
from ekbom.trial.events import Event, chain_event
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.happened import evening_of, happened_so_far
from ekbom.trial.log import log_event
from trials import FAST, START, ZONE, at, drawn_magnesium, night


def _due(trial: Trial, first: int, last: int) -> list[float | None]:
    found = trial.calendar()
    return [found.nights[i].due for i in range(first, last + 1)]


def test_every_later_night_of_every_pack_has_the_same_fewer_capsules(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    detail = {"night": night(50).isoformat(), "capsules": 1}
    found = log_event(path=path, kind="step down", detail=detail, now=at(50, "20:00")).calendar()
    assert {n.due for n in found.randomised if n.night < night(50)} == {2}
    assert {(n.period, n.due) for n in found.randomised if n.night >= night(50)} == {
        (period, 1) for period in range(2, 13)
    }


def test_the_whole_dose_stays_what_a_dose_is_a_share_of(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    detail = {"night": night(50).isoformat(), "capsules": 1}
    trial = log_event(path=path, kind="step down", detail=detail, now=at(50, "20:00"))
    assert {n.capsules for n in trial.calendar().randomised} == {2}


@pytest.mark.parametrize(
    ("now", "first"),
    [(at(50, "20:00"), 50), (at(51, "00:30"), 50), (at(51, "05:59"), 50), (at(51, "07:30"), 51)],
)
def test_without_a_night_it_counts_from_the_next_capsules(
    tmp_path: Path, now: object, first: int
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    log_event(path=path, kind="step down", detail={"capsules": 1}, now=now)
    trial = open_trial(path, now=at(52))
    assert _due(trial, 49, 52) == [2 if number < first else 1 for number in range(49, 53)]


def test_a_step_down_of_titration_does_not_reach_the_capsules_fixed_later() -> None:
    events: list[Event] = []
    for kind, detail in (
        ("step down", {"capsules": 1}),
        ("dose fixed", {"mg": 100, "capsules": 2}),
        ("step down", {"capsules": 1.5, "night": "2026-05-01"}),
    ):
        events.append(chain_event(events, kind=kind, detail=detail, instant=at(20), zone=ZONE))
    assert [n for _, n in happened_so_far(events[:1], clock=Clock(ZONE)).step_downs] == [1]
    assert happened_so_far(events[:2], clock=Clock(ZONE)).step_downs == ()
    assert [n for _, n in happened_so_far(events, clock=Clock(ZONE)).step_downs] == [1.5]


def test_after_the_end_nothing_is_due(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    log_event(path=path, kind="step down", detail={"capsules": 1}, now=at(50))
    detail = {"last": night(51).isoformat(), "reason": "side effects"}
    trial = log_event(path=path, kind="ended", detail=detail, now=at(52))
    assert _due(trial, 51, 53) == [1, None, None]


def test_an_unknown_number_of_capsules_is_known_after_a_step_down() -> None:
    assert CalendarNight(START, "randomised", stepped_down=1).due == 1
    assert CalendarNight(START, "randomised", capsules=2).due == 2
    assert CalendarNight(START, "baseline").due is None


def test_from_six_in_the_morning_the_next_evening_is_meant() -> None:
    clock = Clock(ZONE)
    assert evening_of(clock, at(5, "05:59")) == night(4)
    assert evening_of(clock, at(5, "06:00")) == night(5)
    assert evening_of(clock, at(5, "23:59")) == night(5)


def _calendar(*step_downs: tuple[int, float]) -> Calendar:
    happened = Happened(
        dose_fixed=at(28),
        packs_ready=at(30),
        capsules=3.0,
        step_downs=tuple((night(first), capsules) for first, capsules in step_downs),
    )
    return build_calendar(protocol=FAST, start=START, clock=Clock(ZONE), happened=happened)


@given(
    downs=st.lists(
        st.tuples(st.integers(30, 130), st.sampled_from([0.5, 1.0, 2.0, 3.0, 5.0])), max_size=4
    )
)
def test_capsules_never_rise_whatever_step_downs_say(downs: list[tuple[int, float]]) -> None:
    due = [n.due for n in _calendar(*downs).randomised if n.due is not None]
    assert due == sorted(due, reverse=True)
    assert all(n <= 3 for n in due)
    bare = _calendar()
    assert [n.night for n in _calendar(*downs).nights] == [n.night for n in bare.nights]
    assert bare.first + timedelta(days=len(bare.nights) - 1) == bare.last


def test_the_boundary_hour_of_the_trial_dates_a_step_down(tmp_path: Path) -> None:
    """Of a night from 18:00, capsules are meant from noon on; by the default hour from 06:00."""
    path = drawn_magnesium(tmp_path / "t", replace(FAST, boundary_hour=18)).path
    log_event(path=path, kind="step down", detail={"capsules": 1}, now=at(51, "07:30"))
    trial = open_trial(path, now=at(52))
    assert _due(trial, 49, 52) == [2, 1, 1, 1]
