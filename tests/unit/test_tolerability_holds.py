"""Holds that a pause, a washout or the time before the first night must neither hide nor forget."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ekbom.safety.tolerability import Advice, advise
from ekbom.safety.tolerability_nights import Course, DoseNight, Happening
from ekbom.safety.tolerability_state import fold
from ekbom.trial.log import log_event
from trials import FAST, at, drawn_magnesium, night, registered, shell

FINE = {"loose_stools": 0.0, "nausea": 0.0, "belly_pain": 0.0}
LOOSE = {**FINE, "loose_stools": 4.0}


def course(
    doses: str, *reports: dict[str, float], happened: dict[int, Happening] | None = None
) -> Course:
    """Return nights with a digit of 100 mg each, 0 without capsules; the last one is tonight."""
    return Course(
        ladder=(100.0, 200.0),
        capsule_mg=100.0,
        nights=tuple(
            DoseNight(
                night=night(i),
                mg=100.0 * int(dose),
                phase="randomised",
                answers=reports[i] if i < len(reports) else {},
                happened=(happened[i],) if happened and i in happened else (),
            )
            for i, dose in enumerate(doses)
        ),
    )


def advised(
    doses: str, *reports: dict[str, float], happened: dict[int, Happening] | None = None
) -> Advice:
    return advise(course=course(doses, *reports, happened=happened))


def plain_diary(tmp_path: Path, loose: str) -> str:
    """Return the advice of a plain diary whose first three nights had no capsules."""
    rows = [f"{night(i)},{figure},0,0" for i, figure in enumerate(loose)]
    file = tmp_path / "diary.csv"
    file.write_text("\n".join(["night,loose_stools,nausea,belly_pain", *rows, ""]))
    options = ("--ladder", "100,200", "--step", "2", "--capsules", "2", "--baseline", "3")
    result = shell("tolerate", file, *options, "--json", now=at(60))
    found = json.loads(result.stdout)
    return f"{found['action']} {found['capsules']}"


# Diarrhoea that began before the capsules.


def test_one_loose_night_more_before_the_capsules_excuses_no_dose(tmp_path: Path) -> None:
    assert plain_diary(tmp_path, "000440") == "step down 1"
    assert plain_diary(tmp_path, "004440") == "step down 1"
    assert plain_diary(tmp_path, "044440") == "clinician 0"


def test_two_nights_of_capsules_due_count_also_while_they_wait() -> None:
    waits = advised("0222", LOOSE, LOOSE, LOOSE)
    assert (waits.action, waits.reasons[0].rule) == ("hold", "loose_stools")
    assert waits.reasons[0].nights == (night(1), night(2))
    after = advised("02222", LOOSE, LOOSE, LOOSE, FINE)
    assert (after.action, after.capsules) == ("step down", 1)


def test_diarrhoea_that_is_over_after_one_night_of_waiting_lowers_nothing() -> None:
    assert advised("002222", LOOSE, LOOSE, LOOSE).reasons[0].rule == "loose_before_capsules"
    after = advised("002222", LOOSE, LOOSE, LOOSE, FINE)
    assert (after.action, after.capsules) == ("go on", 2)


def test_a_hold_by_hand_while_capsules_wait_counts() -> None:
    for number in (3, 4):
        by_hand = {number: Happening(kind="hold")}
        found = advised("2002222", FINE, LOOSE, LOOSE, {}, {}, FINE, happened=by_hand)
        assert (found.action, found.capsules) == ("step down", 1)


def test_the_record_of_a_wait_is_no_hold_against_the_dose() -> None:
    own = {3: Happening(kind="hold", rule="loose_before_capsules")}
    found = advised("200222", FINE, LOOSE, LOOSE, {}, FINE, happened=own)
    assert (found.action, found.capsules) == ("go on", 2)


def test_waiting_that_does_not_settle_ends_one_step_lower_as_the_rule_says() -> None:
    some = {**FINE, "loose_stools": 1.0}
    found = advised("200222", FINE, LOOSE, LOOSE, LOOSE, some)
    assert (found.action, found.reasons[0].rule) == ("clinician", "not_settled")
    assert "one step lower" in found.what_ends_it
    back = {5: Happening(kind="restart")}
    found = advised("200222", FINE, LOOSE, LOOSE, LOOSE, some, happened=back)
    assert (found.action, found.capsules) == ("step down", 1)


# A pause.


def test_a_hold_in_a_pause_counts_against_the_last_dose_taken() -> None:
    state = fold(course("22000", FINE, FINE, happened={3: Happening(kind="hold")}))
    assert state.holds == (200.0,)
    found = advised("2200022", FINE, FINE, {}, {}, FINE, FINE, happened={3: Happening(kind="hold")})
    assert (found.action, found.capsules) == ("step down", 1)


def test_a_loose_night_with_capsules_and_one_in_the_pause_are_a_hold() -> None:
    held = advised("2200", FINE, LOOSE, LOOSE)
    assert (held.action, held.reasons[0].nights) == ("hold", (night(1), night(2)))
    back = advised("220022", FINE, LOOSE, LOOSE, FINE, FINE)
    assert (back.action, back.capsules) == ("step down", 1)


def test_two_holds_without_a_capsule_between_them_count_at_the_same_dose() -> None:
    twice = {2: Happening(kind="hold"), 4: Happening(kind="hold")}
    state = fold(course("220000", FINE, FINE, {}, FINE, happened=twice))
    assert state.holds == (200.0, 200.0)
    assert state.ceiling_mg == 100


def test_a_hold_before_any_capsule_counts_against_none() -> None:
    found = advised("0022", FINE, FINE, FINE, happened={1: Happening(kind="hold")})
    assert (found.action, found.capsules) == ("go on", 2)


def test_a_pause_hides_no_hold_from_the_shell(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    log_event(path=path, kind="pause", detail={"first": night(49)}, now=at(48))
    log_event(path=path, kind="hold", detail={}, now=at(50, "20:00"))
    log_event(path=path, kind="resume", detail={"first": night(54)}, now=at(53))
    answers = ("loose_stools=0", "nausea=0", "belly_pain=0")
    shell("log", path, *answers, now=at(54, "07:30"))
    found = json.loads(shell("tolerate", path, "--json", now=at(54, "20:00")).stdout)
    assert (found["action"], found["capsules"]) == ("step down", 1)


# The night on which the dose is fixed.


def test_on_the_night_the_dose_is_fixed_lower_the_higher_step_is_not_advised(
    tmp_path: Path,
) -> None:
    path = registered(tmp_path / "t", FAST).path
    log_event(path=path, kind="dose fixed", detail={"mg": 100, "capsules": 1}, now=at(23, "20:00"))
    found = json.loads(shell("tolerate", path, "--json", now=at(23, "20:05")).stdout)
    assert (found["phase"], found["capsules"], found["mg"]) == ("titration", 1, 100)


# Before the first night.


@pytest.fixture
def early(tmp_path: Path) -> Path:
    """Return a trial that begins on night 4."""
    path = tmp_path / "t"
    options = ("--protocol", "magnesium-rls-fast", "--zone", "Europe/Berlin", "--confirm-mid")
    made = shell("new", path, *options, "--start", str(night(4)), now=at(0))
    assert made.exit_code == 0, made.output
    return path


def actions(path: Path, *numbers: int) -> list[str]:
    said = (shell("tolerate", path, "--json", now=at(n, "20:00")).stdout for n in numbers)
    return [json.loads(text)["action"] for text in said]


def test_a_sign_before_the_first_night_is_put_on_record_and_stays_in_force(early: Path) -> None:
    result = shell("tolerate", early, "--sign", "chest_pain", "--record", now=at(1, "20:00"))
    assert result.exit_code == 3, result.output
    assert result.stderr == "Put on record: emergency.\n"
    assert actions(early, 1, 2, 4, 5, 19) == ["clinician"] * 5
    answers = ("loose_stools=0", "nausea=0", "belly_pain=0")
    shell("log", early, *answers, "--night", str(night(18)), now=at(19, "08:00"))
    assert actions(early, 19) == ["clinician"]
    log_event(path=early, kind="restart", detail={"agreed_by": "Dr. Chen"}, now=at(19, "19:00"))
    assert actions(early, 19) == ["go on"]


def test_a_hold_before_the_first_night_stays_in_force_too(early: Path) -> None:
    log_event(path=early, kind="hold", detail={}, now=at(1, "20:00"))
    assert actions(early, 1, 3, 4, 5) == ["hold"] * 4


# An agreement to a restart.


def test_an_agreement_where_nothing_is_held_wipes_no_complaint() -> None:
    back = {2: Happening(kind="restart")}
    found = advised("2222", FINE, LOOSE, LOOSE, happened=back)
    assert (found.action, found.reasons[0].rule) == ("hold", "loose_stools")


def test_an_agreement_leaves_in_force_what_was_told_after_it() -> None:
    """Two loose nights hold the capsules unless the clinician knew of both."""
    for later, action in (((), "step down"), ((1,), "hold"), ((2,), "hold")):
        told_later = frozenset(night(n) for n in later)
        back = {3: Happening(kind="restart", told_later=told_later)}
        assert advised("2222", FINE, LOOSE, LOOSE, happened=back).action == action


def test_one_loose_night_told_after_an_agreement_counts_on() -> None:
    back = {
        2: Happening(kind="clinician hold"),
        3: Happening(kind="restart", told_later=frozenset([night(2)])),
    }
    released = advised("2222", FINE, FINE, LOOSE, happened=back)
    again = advised("22222", FINE, FINE, LOOSE, LOOSE, happened=back)
    assert (released.action, again.action) == ("step down", "hold")
