"""Which capsules the advice is for, at every hour of the day, and that no report is overlooked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ekbom.safety.tolerability import Advice, advise
from ekbom.safety.tolerability_course import capsules_night, course_of, record_advice
from ekbom.trial.create import register_trial
from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_answers, log_dose, log_event
from trials import FAST, ZONE, at, drawn_magnesium, night, shell


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return drawn_magnesium(tmp_path / "t").path


def next_night(path: Path, now: datetime) -> date:
    return capsules_night(trial=open_trial(path, now=now), now=now)


def advice(path: Path, now: datetime) -> Advice:
    return advise(course=course_of(trial=open_trial(path, now=now), now=now))


def told(path: Path, number: int, now: datetime, **answers: float) -> None:
    log_answers(path=path, night=night(number), answers=answers, now=now)


def taken(path: Path, number: int, clock: str, capsules: float = 2) -> None:
    when = at(number, clock) if clock > "12" else at(number + 1, clock)
    log_dose(
        path=path, night=night(number), instant=when, capsules=capsules, mg=None, now=when
    )  # fmt: skip


def test_in_the_early_morning_last_nights_diarrhoea_holds(tmp_path: Path) -> None:
    """A newcomer's walk: Berlin, 05:10 on 23 November, loose stools on the 21st and the 22nd."""
    clock = datetime(2026, 11, 23, 5, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    start = date(2026, 11, 22) - timedelta(days=16)
    path = tmp_path / "t"
    registered = clock - timedelta(days=17)
    register_trial(path=path, protocol=FAST, start=start, zone="Europe/Berlin", now=registered)
    for day, stools in ((21, 3), (22, 4)):
        answered = clock.replace(day=day + 1)
        result = shell("log", path, f"loose_stools={stools}", now=answered)
        assert f"2026-11-{day}" in result.output
    result = shell("tolerate", path, now=clock)
    assert result.exit_code == 3
    assert result.stdout.startswith(
        "For the night of Monday, 2026-11-23:\nHold: take no capsules tonight.\n"
    )
    assert "Because of the nights of: 2026-11-21, 2026-11-22." in result.stdout


@pytest.mark.parametrize("clock", ["00:30", "03:00", "05:59"])
def test_before_a_late_dose_tonights_capsules_are_meant(folder: Path, clock: str) -> None:
    for number in (43, 44):
        told(folder, number, at(number + 1, "07:30"), loose_stools=0)
    found = advice(folder, at(46, clock))
    assert (found.night, found.action, found.capsules) == (night(45), "go on", 2)


def test_before_a_late_dose_a_hold_stands(folder: Path) -> None:
    for number in (43, 44):
        told(folder, number, at(number + 1, "07:30"), loose_stools=4)
    found = advice(folder, at(46, "00:30"))
    assert (found.night, found.action) == (night(45), "hold")


def test_once_the_dose_is_on_record_the_next_capsules_are_meant(folder: Path) -> None:
    assert next_night(folder, at(45, "21:29")) == night(45)
    taken(folder, 45, "21:30")
    assert next_night(folder, at(45, "21:31")) == night(46)
    assert next_night(folder, at(45, "21:00")) == night(45)


def test_a_dose_left_out_is_decided_too(folder: Path) -> None:
    taken(folder, 45, "21:30", capsules=0)
    assert next_night(folder, at(45, "21:31")) == night(46)


def test_an_answer_of_the_evening_is_no_report(tmp_path: Path) -> None:
    evening = tuple(
        replace(o, speaks_of="today") if o.id == "calm" else o for o in FAST.outcomes
    )  # fmt: skip
    folder = drawn_magnesium(tmp_path / "t", replace(FAST, outcomes=evening)).path
    told(folder, 45, at(45, "22:00"), calm=5)
    assert next_night(folder, at(46, "01:00")) == night(45)
    told(folder, 45, at(46, "02:00"), urge=5)
    assert next_night(folder, at(46, "02:01")) == night(46)


def test_a_report_that_was_taken_back_is_none(folder: Path) -> None:
    told(folder, 45, at(46, "02:00"), urge=5)
    log_answers(path=folder, night=night(45), answers={"urge": None}, now=at(46, "02:05"))
    assert next_night(folder, at(46, "02:10")) == night(45)


def test_a_report_before_the_capsules_of_the_evening_stops_these_capsules(folder: Path) -> None:
    for number in (43, 44):
        taken(folder, number, "21:30")
    told(folder, 44, at(45, "07:30"), loose_stools=4)
    told(folder, 45, at(45, "20:00"), loose_stools=5)
    found = advice(folder, at(45, "20:05"))
    assert (found.night, found.action, found.capsules) == (night(45), "hold", 0)
    assert [r.rule for r in found.reasons] == ["loose_stools"]
    assert found.reasons[0].nights == (night(44), night(45))


def test_a_good_report_before_the_capsules_ends_no_hold(folder: Path) -> None:
    for number in (43, 44):
        told(folder, number, at(number + 1, "07:30"), loose_stools=4)
    told(folder, 45, at(45, "20:00"), loose_stools=0, nausea=0, belly_pain=0)
    assert advice(folder, at(45, "20:05")).action == "hold"
    assert advice(folder, at(46, "07:30")).action == "step down"


def by_day(path: Path, *, boundary: int, evening: int) -> None:
    """Register the trial of a shift worker whose evening comes at another hour."""
    protocol = replace(FAST, boundary_hour=boundary, evening_hour=evening)
    register_trial(path=path, protocol=protocol, start=night(0), zone=ZONE, now=at(0, "08:00"))


def test_who_sleeps_by_day_from_the_morning_on(tmp_path: Path) -> None:
    path = tmp_path / "t"
    by_day(path, boundary=6, evening=8)
    assert next_night(path, at(15, "08:30")) == night(15)
    told(path, 15, at(15, "17:00"), urge=5, loose_stools=4)
    assert next_night(path, at(15, "17:01")) == night(16)
    assert next_night(path, at(15, "08:30")) == night(15)


def test_who_sleeps_by_day_after_a_night_begun_the_evening_before(tmp_path: Path) -> None:
    path = tmp_path / "t"
    by_day(path, boundary=18, evening=20)
    assert next_night(path, at(16, "09:00")) == night(15)
    told(path, 15, at(16, "10:30"), urge=5)
    assert next_night(path, at(16, "10:31")) == night(16)
    assert next_night(path, at(16, "12:00")) == night(16)


def test_a_hold_put_on_record_in_the_early_morning_counts_from_the_coming_night(
    folder: Path,
) -> None:
    for number in (44, 45):
        taken(folder, number, "21:30")
        told(folder, number, at(number + 1, "05:00"), loose_stools=4)
    now = at(46, "05:10")
    for written in (["hold"], []):
        trial = open_trial(folder, now=now)
        found = advise(course=course_of(trial=trial, now=now))
        assert (found.night, found.action) == (night(46), "hold")
        assert record_advice(trial=trial, advice=found, now=now) == written
    evening = course_of(trial=open_trial(folder, now=at(46, "20:00")), now=at(46, "20:00"))
    assert [n.night for n in evening.nights if n.happened] == [night(46)]


def test_an_emergency_in_the_early_morning_is_put_on_record_once(folder: Path) -> None:
    told(folder, 45, at(46, "05:00"), urge=9)
    now = at(46, "05:10")
    for written in (["emergency"], []):
        trial = open_trial(folder, now=now)
        found = advise(course=course_of(trial=trial, now=now), reported=["chest_pain"])
        assert record_advice(trial=trial, advice=found, now=now) == written


def test_an_end_names_the_night_whose_capsules_were_taken(folder: Path) -> None:
    taken(folder, 45, "21:30")
    now = at(45, "23:00")
    found = advise(course=course_of(trial=open_trial(folder, now=now), now=now), words=["end"])
    assert found.record[0].detail["last"] == night(45).isoformat()


def test_over_a_date_that_the_clock_skips_the_next_night_is_one_that_there_is(
    tmp_path: Path,
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    detail = {"zone": "Pacific/Pago_Pago"}
    log_event(path=path, kind="zone changed", detail=detail, now=at(43, "20:00"))
    detail = {"zone": "Pacific/Kiritimati"}
    flown = at(45, "20:00", "Pacific/Pago_Pago")
    log_event(path=path, kind="zone changed", detail=detail, now=flown)
    trial = open_trial(path, now=flown)
    now = flown - timedelta(hours=1)
    log_dose(path=path, night=night(45), instant=now, capsules=2, mg=None, now=flown)
    found = next_night(path, flown)
    assert found > night(45)
    assert trial.clock.begins(found) is not None
