"""Tonight: which night it is, what to do and what is missing, at every turn of a trial."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from ekbom.analysis.verdict import is_over
from ekbom.examples import example_folder
from ekbom.guide.missing import MissingNight, items_due, missing_nights
from ekbom.guide.situation import situation_of
from ekbom.guide.tonight import Tonight, tonight
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.model import DesignPlan, Dose, Outcome, Protocol
from ekbom.report.tonight_words import tonight_lines, tonight_record
from ekbom.trial.create import register_trial
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.log import log_answers, log_dose, log_event
from ekbom.trial.randomise import Screening, randomise, record_screening
from ekbom.trial.seal import draw_seal
from trials import (
    FAST,
    GO,
    START,
    at,
    drawn,
    drawn_magnesium,
    night,
    plain_protocol,
    registered,
    with_dose_fixed,
)

ALWAYS = [("change", "any time"), ("signs", "any time")]
ASKED_FIRST = [("guess", "now"), ("last_guess", "now"), ("verdict", "waiting")]
"""What comes at the end of a trial, before anything was said of it."""


def asks(path: Path, number: int, clock: str = "20:00", zone: str = "Europe/Berlin") -> Tonight:
    now = at(number, clock, zone)
    return tonight(trial=open_trial(path, now=now), now=now)


def todo(found: Tonight) -> list[tuple[str, str]]:
    """Return the steps but for the two that stand there always."""
    steps = [(s.id, str(s.when)) for s in found.steps]
    assert steps[-2:] == ALWAYS
    return steps[:-2]


def gaps(found: Tonight) -> list[str]:
    return [gap.id for gap in found.missing]


def event(path: Path, kind: str, number: int, clock: str = "10:00", **detail: object) -> Trial:
    return log_event(path=path, kind=kind, detail=detail, now=at(number, clock))


def screen(path: Path, number: int, result: str = "go", **more: str) -> None:
    screening = Screening(by="Dr. Chen", on=night(number), result=result, **more)
    record_screening(path=path, screening=screening, now=at(number))


def answer(path: Path, number: int, clock: str = "07:30", **answers: float) -> None:
    log_answers(path=path, night=night(number), answers=answers, now=at(number + 1, clock))


def answer_all(path: Path, number: int, **changes: float) -> None:
    now = at(number + 1, "07:30")
    trial = open_trial(path, now=now)
    items = items_due(protocol=trial.protocol, calendar=trial.calendar(), night=night(number))
    answers = {item: changes.get(item, 1.0 if item == "impression" else 0.0) for item in items}
    log_answers(path=path, night=night(number), answers=answers, now=now)


def take(path: Path, number: int, capsules: float, mg: float | None = None) -> None:
    now = at(number, "21:30")
    night_ = night(number)
    log_dose(path=path, night=night_, instant=now, capsules=capsules, mg=mg, now=now)


# The way, in order.


def test_before_the_first_night_the_trial_waits(tmp_path: Path) -> None:
    now = at(-3)
    trial = register_trial(
        path=tmp_path / "t", protocol=FAST, start=START, zone="Europe/Berlin", now=now
    )
    found = tonight(trial=trial, now=now)
    assert found.place.phase == "before"
    assert todo(found) == [("begin", "waiting")]
    assert found.step("begin").until == START
    assert missing_nights(trial=trial, now=now) == ()


def test_the_first_day_has_nothing_to_report_yet(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    screen(path, 0)
    found = asks(path, 0, "10:00")
    assert (found.current, found.night) == (night(-1), night(0))
    assert (found.place.phase, found.place.day, found.place.of) == ("baseline", 1, 14)
    assert todo(found) == [("morning", "in the morning")]
    assert found.missing == ()


def test_a_morning_asks_about_the_night_before_until_it_is_answered(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    screen(path, 0)
    assert todo(asks(path, 1, "06:30")) == [("last_night", "now"), ("morning", "in the morning")]
    answer_all(path, 0)
    assert todo(asks(path, 1, "08:00")) == [("morning", "in the morning"), ("last_night", "done")]


def test_at_two_in_the_night_it_is_still_the_evening_before(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    found = asks(path, 3, "02:00")
    assert (found.current, found.night, found.place.day) == (night(2), night(2), 3)
    assert found.step("last_night").night == night(1)


def test_a_night_with_the_main_answer_is_done_and_its_gaps_are_named(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    screen(path, 0)
    answer(path, 0, urge=4, nausea=0)
    found = asks(path, 1, "09:00")
    assert found.step("last_night").when == "done"
    (gap,) = found.missing
    assert (gap.id, gap.nights) == ("answers", (night(0),))
    assert gap.items[:2] == ("minutes_to_sleep", "minutes_awake")
    assert "urge" not in gap.items
    assert "nausea" not in gap.items


def test_a_night_without_the_main_answer_is_still_asked_for(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    answer(path, 0, nausea=0)
    step = asks(path, 1, "09:00").step("last_night")
    assert step is not None
    assert (step.when, step.items[0], step.late) == ("now", "urge", False)
    assert asks(path, 1, "12:00").step("last_night").late


def test_without_a_screening_on_record_no_capsule_is_named(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    found = asks(path, 14)
    assert todo(found)[0] == ("screen", "now")
    assert ("dose", "waiting") in todo(found)
    dose = found.step("dose")
    assert dose is not None
    assert (dose.waits_for, dose.capsules, dose.mg) == ("screen", None, None)
    assert gaps(found)[0] == "screening"


@pytest.mark.parametrize(
    ("result", "more", "state"),
    [
        ("go", {}, "fit"),
        ("clinician first", {}, "not agreed"),
        ("clinician first", {"agreed_by": "Dr. Chen"}, "fit"),
        ("postpone", {}, "unfit"),
        ("stop", {}, "unfit"),
    ],
)
def test_capsules_wait_for_a_screening_that_lets_them(
    tmp_path: Path, result: str, more: dict[str, str], state: str
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    screen(path, 41, result, **more)
    now = at(43, "20:00")
    assert situation_of(trial=open_trial(path, now=now), now=now).screened == state
    found = asks(path, 43)
    assert (("dose", "now") in todo(found)) == (state == "fit")
    assert (("screen", "now") in todo(found)) == (state != "fit")


def test_titration_names_milligrams_and_capsules_once_they_are_known(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    screen(path, 10)
    found = asks(path, 14, "09:00")
    place = found.place
    assert (place.phase, place.step, place.steps, place.day, place.of) == ("titration", 1, 2, 1, 7)
    dose = found.step("dose")
    assert dose is not None
    assert (dose.when, dose.mg, dose.capsules, dose.pack) == ("this evening", 100, None, None)
    take(path, 14, 1, 100)
    second = asks(path, 22)
    assert (second.place.step, second.place.day, second.place.mg) == (2, 2, 200)
    dose = second.step("dose")
    assert dose is not None
    assert (dose.when, dose.mg, dose.capsules) == ("now", 200, 2)


def test_a_dose_that_is_written_down_is_done(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    take(path, 43, 2)
    found = asks(path, 43, "22:00")
    assert found.step("dose").when == "done"


def test_the_dose_to_fix_is_the_most_that_was_tolerated(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    screen(path, 10)
    for number in range(14, 28):
        take(path, number, 1 if number < 21 else 2, 100 if number < 21 else 200)
        answer_all(path, number, loose_stools=4 if number in (22, 23) else 0)
    found = asks(path, 28, "09:00")
    assert found.place.phase == "waiting"
    step = found.step("fix_dose")
    assert step is not None
    assert (step.when, step.mg, step.capsules) == ("now", 100, 1)
    assert gaps(found) == ["dose_fixed", "mornings"]


def test_with_nothing_written_down_no_step_counts_as_tolerated(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    screen(path, 10)
    found = asks(path, 40)
    assert (found.place.phase, found.place.day) == ("waiting", 13)
    step = found.step("fix_dose")
    assert step is not None
    assert (step.mg, step.capsules) == (None, None)
    assert found.step("dose") is None


def test_after_the_dose_come_the_draw_and_the_packs(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    assert todo(asks(path, 29))[:2] == [("screen", "now"), ("last_night", "now")]
    assert ("randomise", "waiting") in todo(asks(path, 29))
    screen(path, 29)
    found = asks(path, 29)
    assert (found.place.phase, found.place.day, found.place.of) == ("washout", 2, 14)
    assert todo(found)[0] == ("randomise", "now")
    assert gaps(found)[0] == "draw"
    randomise(trial=open_trial(path, now=at(30)), now=at(30))
    found = asks(path, 30)
    assert todo(found)[0] == ("packs", "now")
    assert found.step("packs").until == night(42)
    event(path, "packs ready", 31)
    found = asks(path, 31)
    wait = found.step("wait")
    assert wait is not None
    assert (wait.when, wait.until) == ("waiting", night(42))
    assert "packs" not in gaps(found)


def test_the_washout_goes_on_without_harm_until_the_packs_are_ready(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    randomise(trial=open_trial(path, now=at(30)), now=at(30), screening=GO)
    for clock in ("09:00", "13:00", "20:00"):
        found = asks(path, 60, clock)
        assert (found.place.phase, found.place.day, found.place.of) == ("washout", 33, 14)
        assert found.step("dose") is None
        assert found.step("no_capsules") is None
    for clock, first in (("17:00", 60), ("18:00", 61)):
        assert asks(path, 60, clock).step("packs").until == night(first)
    event(path, "packs ready", 60, "17:00")
    found = asks(path, 60, "17:01")
    assert (found.place.phase, found.place.day, found.place.period) == ("randomised", 1, 1)
    assert found.step("dose").when == "this evening"


def test_a_randomised_night_has_its_period_pack_and_capsules(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    found = asks(path, 42 + 21 + 2)
    place = found.place
    assert (place.day, place.of, place.period, place.periods, place.pack) == (3, 7, 4, 12, 4)
    dose = found.step("dose")
    assert dose is not None
    assert (dose.when, dose.capsules, dose.mg, dose.pack) == ("now", 2, 200, 4)


def test_a_step_down_takes_the_fewer_capsules_of_every_later_night(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "step down", 50, capsules=1, night=night(49))
    assert asks(path, 90).step("dose").capsules == 1


def test_a_hold_replaces_the_capsules_and_is_asked_onto_the_record(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    for number in (48, 49):
        take(path, number, 2)
        answer_all(path, number, loose_stools=4)
    found = asks(path, 50)
    assert todo(found)[:2] == [("advice", "now"), ("record", "now")]
    assert ("no_capsules", "now") in todo(found)
    assert found.step("dose") is None
    assert found.advice is not None
    assert found.advice.action == "hold"
    event(path, "hold", 50, "20:05", night=night(50), note="loose_stools")
    found = asks(path, 50, "20:10")
    assert todo(found)[0] == ("advice", "now")
    assert found.step("record") is None


def test_after_an_emergency_nothing_is_taken_until_a_clinician_agrees(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "emergency", 50, "20:05", night=night(50))
    assert todo(asks(path, 50, "20:10"))[0] == ("advice", "now")
    assert ("no_capsules", "now") in todo(asks(path, 70))
    event(path, "restart", 71, agreed_by="Dr. Chen")
    assert asks(path, 71).step("dose").capsules == 1


@pytest.mark.parametrize("clock", ["09:00", "13:00", "20:00"])
def test_an_open_pause_asks_for_nothing(tmp_path: Path, clock: str) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    for number in range(48):
        answer_all(path, number)
    event(path, "pause", 48, first=night(48))
    found = asks(path, 53, clock)
    assert (found.place.phase, found.place.day) == ("paused", 6)
    assert todo(found) == [("resume", "waiting")]
    assert gaps(found) == ["doses"]
    event(path, "resume", 53, "21:00", first=night(55))
    found = asks(path, 53, "21:05")
    assert todo(found) == [("wait", "waiting")]
    assert found.step("wait").until == night(55)
    assert asks(path, 55).place.phase == "randomised"


def test_a_long_pause_runs_the_first_nights_again_and_the_period_is_longer(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "pause", 45, first=night(45))
    event(path, "resume", 50, first=night(50))
    place = asks(path, 50).place
    assert (place.period, place.day, place.of) == (1, 4, 9)


def test_washout_between_periods_waits_for_the_next(tmp_path: Path) -> None:
    design = replace(FAST.design, washout_nights=3)
    path = drawn_magnesium(tmp_path / "t", replace(FAST, design=design)).path
    found = asks(path, 50)
    assert (found.place.phase, found.place.day, found.place.of) == ("washout", 2, 3)
    assert found.step("wait").until == night(52)


def test_after_the_last_night_the_verdict_waits_for_its_end(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    assert asks(path, 125).place.period == 12
    found = asks(path, 126, "09:00")
    assert found.place.phase == "over"
    assert todo(found) == [("last_night", "now"), ("guess", "now"), ("verdict", "waiting")]
    verdict = found.step("verdict")
    assert verdict is not None
    assert verdict.earliest == at(126, "12:00")
    found = asks(path, 126, "12:00")
    assert todo(found) == [("last_night", "now"), *ASKED_FIRST]
    assert gaps(found)[0] == "verdict"
    assert todo(asks(path, 140)) == ASKED_FIRST


def test_the_last_guess_comes_before_the_opening_and_that_before_the_verdict(
    tmp_path: Path,
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "guess", 140, period=12, treatment="placebo", sure=3)
    assert todo(asks(path, 140)) == [("last_guess", "now"), ("verdict", "waiting")]
    event(path, "last guess", 140, opinion="don't know")
    found = asks(path, 140)
    assert todo(found) == [("unblind", "now"), ("verdict", "waiting")]
    assert found.step("unblind").night == night(140)
    event(path, "unblinding", 140, "21:00", night=night(140))
    assert todo(asks(path, 140, "21:05")) == [("verdict", "now")]


def test_a_guess_is_asked_of_the_period_that_is_just_over_until_the_next_is(
    tmp_path: Path,
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    assert asks(path, 48).step("guess") is None
    for number, clock, period in ((49, "06:00", 1), (55, "20:00", 1), (56, "08:00", 2)):
        guess = asks(path, number, clock).step("guess")
        assert (guess.period, guess.night) == (period, night(41 + 7 * period))
    assert asks(path, 49, "05:59").step("guess") is None
    event(path, "guess", 56, period=2, treatment="don't know")
    assert asks(path, 56).step("guess") is None
    assert asks(path, 63).step("guess").period == 3


def test_a_period_that_was_broken_off_can_be_guessed_and_a_later_one_not(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "ended", 60, last=night(59), reason="own wish")
    guess = asks(path, 60).step("guess")
    assert (guess.period, guess.night) == (3, night(59))
    assert asks(path, 300).step("guess").period == 3


def test_once_the_order_is_open_nobody_is_asked_to_guess(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "unblinding", 60, night=night(59))
    found = [asks(path, number).step("guess") for number in (60, 63, 140)]
    assert found == [None, None, None]
    assert todo(asks(path, 140)) == [("verdict", "now")]


def test_an_order_opened_after_the_report_is_known_from_the_coming_night_on(
    tmp_path: Path,
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "ended", 60, "07:00", last=night(59), reason="own wish")
    event(path, "last guess", 60, "07:00", opinion="helps")
    assert asks(path, 60, "07:30").step("unblind").night == night(59)
    answer(path, 59, urge=4)
    assert asks(path, 60, "07:31").step("unblind").night == night(60)
    event(path, "unblinding", 60, "07:32", night=night(60))
    with pytest.raises(InputError, match="has not begun yet"):
        event(path, "unblinding", 60, "07:33", night=night(61))


@pytest.mark.parametrize("clock", ["09:00", "11:59", "12:00", "20:00"])
@pytest.mark.parametrize("number", [100, 125, 126, 127, 400])
def test_the_verdict_is_ready_exactly_when_the_analysis_gives_it(
    tmp_path: Path, number: int, clock: str
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    now = at(number, clock)
    trial = open_trial(path, now=now)
    assert ("verdict" in gaps(asks(path, number, clock))) == is_over(trial=trial, now=now)


def test_an_ended_trial_has_its_verdict_and_may_still_be_answered(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "ended", 60, last=night(59), reason="own wish")
    found = asks(path, 60)
    assert found.place.phase == "ended"
    assert todo(found) == [("last_night", "now"), *ASKED_FIRST]
    found = asks(path, 70)
    assert todo(found) == [*ASKED_FIRST, ("last_night", "any time")]
    assert max(next(g.nights for g in found.missing if g.id == "mornings")) == night(59)
    assert todo(asks(path, 300)) == ASKED_FIRST


def test_a_trial_that_ended_before_the_draw_has_nothing_to_compare(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    event(path, "ended", 20, last=night(19), reason="own wish")
    found = asks(path, 30)
    assert [s for s in todo(found) if s[1] == "now"] == [("no_verdict", "now")]
    assert "verdict" not in gaps(found)


def test_an_abandoned_trial_waits_for_years(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    screen(path, 0)
    found = asks(path, 2000)
    assert found.place.phase == "waiting"
    assert todo(found)[:2] == [("screen", "now"), ("fix_dose", "now")]


def test_an_imported_trial_has_only_its_verdict() -> None:
    now = at(0)
    trial = open_trial(example_folder("gwern-magnesium-citrate"), now=now)
    found = tonight(trial=trial, now=now)
    assert (found.place.phase, todo(found), found.missing) == (
        "imported",
        [("verdict", "now")],
        (),
    )
    assert missing_nights(trial=trial, now=now) == ()


# A trial in which nothing is swallowed.


def test_without_a_dose_the_draw_comes_before_the_first_period(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    assert todo(asks(path, 1))[0] == ("randomise", "now")
    found = asks(path, 2)
    assert (found.place.phase, todo(found)[0]) == ("waiting", ("randomise", "now"))
    randomise(trial=open_trial(path, now=at(2)), now=at(2))
    found = asks(path, 2)
    assert (found.place.phase, found.place.period) == ("randomised", 1)
    assert ("treatment", "now") in todo(found)


def test_a_draw_that_comes_too_late_begins_with_a_pause(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    found = asks(path, 4)
    assert todo(found)[0] == ("pause", "now")
    assert found.step("pause").night == night(2)
    assert found.step("randomise").when == "waiting"
    event(path, "pause", 4, first=night(2))
    assert todo(asks(path, 4))[0] == ("randomise", "now")
    randomise(trial=open_trial(path, now=at(4)), now=at(4))
    event(path, "resume", 4, "11:00", first=night(4))
    assert asks(path, 4).place.period == 1


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4])
def test_the_draw_is_offered_exactly_when_it_would_not_be_refused(
    tmp_path: Path, number: int
) -> None:
    path = registered(tmp_path / "t").path
    offered = ("randomise", "now") in todo(asks(path, number, "10:00"))
    try:
        randomise(trial=open_trial(path, now=at(number, "10:00")), now=at(number, "10:00"))
        done = True
    except RefusedError:
        done = False
    assert offered == done


@pytest.mark.parametrize(
    ("result", "on", "agreed_by"),
    [
        ("go", 1, ""),
        ("go", 2, ""),
        ("stop", 29, ""),
        ("postpone", 29, ""),
        ("clinician first", 29, ""),
        ("clinician first", 29, "Dr. Chen"),
    ],
)
def test_a_screening_is_asked_for_exactly_when_the_draw_would_be_refused(
    tmp_path: Path, result: str, on: int, agreed_by: str
) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    screen(path, on, result, agreed_by=agreed_by)
    offered = ("randomise", "now") in todo(asks(path, 30, "10:00"))
    try:
        randomise(trial=open_trial(path, now=at(30, "10:00")), now=at(30, "10:00"))
        done = True
    except RefusedError:
        done = False
    assert offered == done


# What is missing.


def test_mornings_are_told_the_newest_first_and_late_once_the_night_is_over(
    tmp_path: Path,
) -> None:
    path = registered(tmp_path / "t", FAST).path
    answer(path, 1, urge=4)
    now = at(3, "09:00")
    assert missing_nights(trial=open_trial(path, now=now), now=now) == (
        MissingNight(night=night(2), late=False),
        MissingNight(night=night(0), late=True),
    )
    now = at(3, "12:00")
    found = missing_nights(trial=open_trial(path, now=now), now=now)
    assert [(n.night, n.late) for n in found] == [(night(2), True), (night(0), True)]


@pytest.mark.parametrize("clock", ["06:00", "09:00", "11:59", "12:00", "17:00", "23:00"])
def test_a_missing_night_is_late_exactly_when_its_answer_would_be(
    tmp_path: Path, clock: str
) -> None:
    path = registered(tmp_path / "t", FAST).path
    now = at(3, clock)
    for missing in missing_nights(trial=open_trial(path, now=now), now=now):
        trial = log_answers(path=path, night=missing.night, answers={"urge": 4}, now=now)
        assert trial.entries[-1].late == missing.late
    assert missing_nights(trial=open_trial(path, now=now), now=now) == ()


def test_a_date_that_the_clock_skipped_is_not_missing_and_asks_for_nothing(
    tmp_path: Path,
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    # A flight west over the date line: the clock never shows the evening of night 46.
    for zone, now in (
        ("Pacific/Honolulu", at(44, "10:00")),
        ("Pacific/Kiritimati", at(46, "00:30", "Pacific/Honolulu")),
    ):
        log_event(path=path, kind="zone changed", detail={"zone": zone}, now=now)
    skipped = [n for n in range(44, 49) if _begins(path, n) is None]
    assert skipped == [46]
    found = asks(path, 48, "09:00", "Pacific/Kiritimati")
    for gap in found.missing:
        assert night(46) not in gap.nights
    monday = asks(path, 47, "09:00", "Pacific/Kiritimati")
    assert (monday.night, monday.step("last_night").night) == (night(47), night(45))
    assert monday.place.day == 6


def _begins(path: Path, number: int) -> datetime | None:
    return open_trial(path, now=at(60)).clock.begins(night(number))


def test_a_night_that_is_shown_twice_keeps_its_one_dose(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    take(path, 44, 2)
    # A flight east: the evening of night 44 comes again.
    log_event(
        path=path, kind="zone changed", detail={"zone": "Pacific/Honolulu"}, now=at(44, "22:00")
    )
    found = asks(path, 44, "20:00", "Pacific/Honolulu")
    assert found.night == night(44)
    assert found.step("dose").when == "done"


def test_the_next_dose_keeps_its_distance_from_the_last(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    late = at(45, "04:30")
    log_dose(path=path, night=night(44), instant=late, capsules=2, mg=None, now=late)
    dose = asks(path, 45, "19:00").step("dose")
    assert dose is not None
    assert dose.earliest == at(45, "20:30")
    assert asks(path, 45, "20:30").step("dose").earliest is None


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_each_morning_of_a_daylight_saving_week_belongs_to_the_evening_before(
    tmp_path: Path, day: date
) -> None:
    path = tmp_path / "t"
    now = datetime.combine(day, time(8), UTC)
    register_trial(path=path, protocol=FAST, start=day, zone="Europe/Berlin", now=now)
    for n in range(1, 4):
        date_ = date.fromordinal(day.toordinal() + n)
        now = datetime.combine(date_, time(8), UTC)
        trial = open_trial(path, now=now)
        found = tonight(trial=trial, now=now)
        assert (found.night, found.place.day) == (date_, n + 1)
        log_answers(path=path, night=found.step("last_night").night, answers={"urge": 4}, now=now)
    trial = open_trial(path, now=now)
    assert [n.date for n in trial.diary.nights] == [
        date.fromordinal(day.toordinal() + n) for n in range(3)
    ]


def test_once_a_period_is_asked_on_the_night_that_the_analysis_reads(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    event(path, "pause", 45, first=night(45))
    event(path, "resume", 48, first=night(48))
    trial = open_trial(path, now=at(60))
    calendar = trial.calendar()
    asked = [
        number
        for number in range(42, 70)
        if "impression" in items_due(protocol=FAST, calendar=calendar, night=night(number))
    ]
    assert asked == [51, 58, 65]


def test_evening_questions_are_asked_in_the_evening(tmp_path: Path) -> None:
    calm = Outcome(
        id="calm",
        question="How calm are you?",
        kind="rating",
        role="secondary",
        direction="higher",
        minimum=0,
        maximum=10,
        prior_range=10,
        mid=1,
        unit="points",
        speaks_of="today",
    )
    protocol = plain_protocol(outcomes=(*plain_protocol().outcomes, calm))
    path = drawn(tmp_path / "t", protocol).path
    assert ("evening_answers", "this evening") in todo(asks(path, 3, "10:00"))
    found = asks(path, 3)
    assert ("evening_answers", "now") in todo(found)
    assert found.step("morning").items == ("urge", "nausea")
    log_answers(path=path, night=night(3), answers={"calm": 4}, now=at(3, "20:01"))
    assert ("evening_answers", "done") in todo(asks(path, 3))


# Whatever the allocation.


def _of_seed(protocol: Protocol, hash_: str, number: int) -> tuple[str, ...]:
    seal = draw_seal(protocol=protocol, protocol_hash=hash_, secrets=lambda n: bytes([number]) * n)
    return seal.treatments


def _said(path: Path, number: int, clock: str) -> str:
    now = at(number, clock)
    trial = open_trial(path, now=now)
    found = tonight(trial=trial, now=now)
    return json.dumps(tonight_record(found)) + "\n".join(tonight_lines(found, trial=trial))


def _lived(path: Path, seed: int) -> list[str]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(randomise.__kwdefaults__, "source", lambda n: bytes([seed]) * n)
        drawn_magnesium(path)
    for number in range(42, 60):
        take(path, number, 2)
        answer_all(path, number, loose_stools=3 if number in (48, 49) else 0, urge=number % 7)
    said = [_said(path, n, clock) for n in range(60, 135, 7) for clock in ("09:00", "20:00")]
    shutil.rmtree(path)
    return said


def test_opposite_allocations_say_the_same_to_the_byte(tmp_path: Path) -> None:
    hash_ = registered(tmp_path / "first", FAST).protocol_hash
    orders = {_of_seed(FAST, hash_, n): n for n in range(256)}
    swap = {"magnesium": "placebo", "placebo": "magnesium"}
    one, other = next((a, b) for a in orders if (b := tuple(swap[t] for t in a)) in orders)
    assert one != other
    path = tmp_path / "t"
    assert _lived(path, orders[one]) == _lived(path, orders[other])


def test_a_plan_with_as_yet_unnamed_capsules_still_names_the_pack(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    event(path, "dose fixed", 28, mg=200)
    randomise(trial=open_trial(path, now=at(29)), now=at(29), screening=GO)
    event(path, "packs ready", 30)
    found = asks(path, 43)
    dose = found.step("dose")
    assert dose is not None
    assert (dose.capsules, dose.mg, dose.pack) == (None, 200, 1)


def test_a_dose_without_a_ladder_in_nights_still_leads_to_the_packs(tmp_path: Path) -> None:
    protocol = plain_protocol(
        dose=Dose(substance="tea", ladder=(100.0,)),
        design=DesignPlan(kind="pairs", pairs=4, period_nights=3),
    )
    path = registered(tmp_path / "t", protocol).path
    found = asks(path, 2)
    assert (found.place.phase, todo(found)[0]) == ("waiting", ("fix_dose", "now"))
