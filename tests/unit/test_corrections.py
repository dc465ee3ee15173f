"""Corrections: an answer is withdrawn, a dose put right, and what stood there before stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from ekbom.examples import example_folder
from ekbom.problem import InputError, RefusedError
from ekbom.trial.corrections import correct_dose
from ekbom.trial.folder import open_trial
from ekbom.trial.happened import of_kind
from ekbom.trial.log import log_answers
from trials import at, contents, drawn_magnesium, night, shell

MORNING, EVENING = at(50, "08:00"), at(50, "22:00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = drawn_magnesium(tmp_path / "t").path
    log(path, "urge=4", "calm=5", now=MORNING)
    log(path, "--dose", "2", "--time", "21:30", "--night", str(night(49)), now=MORNING)
    return path


def log(folder: Path, *arguments: str, now: object = EVENING, status: int = 0) -> str:
    result = shell("log", folder, *arguments, now=now)
    assert result.exit_code == status, result.output
    return " ".join(result.output.split())


def answers(folder: Path) -> dict[str, float]:
    return dict(open_trial(folder, now=EVENING).diary.nights[-1].answers)


def doses(folder: Path) -> list[str]:
    return (folder / "doses.csv").read_text().splitlines()[1:]


def test_a_corrected_answer_replaces_the_earlier_one_which_stays(folder: Path) -> None:
    log(folder, "urge=6", "--correct", now=MORNING)
    first, _, second = open_trial(folder, now=MORNING).entries
    assert (first.value, second.value, second.replaces) == (4, 6, first.id)
    assert answers(folder) == {"urge": 6, "calm": 5}


def test_a_withdrawn_answer_is_missing_and_stays_on_record(folder: Path) -> None:
    said = log(folder, "--withdraw", "urge", now=MORNING)
    assert said == f"Logged for the night of {night(49):%A, %Y-%m-%d}: urge withdrawn."
    assert answers(folder) == {"calm": 5}
    entries = open_trial(folder, now=MORNING).entries
    assert [(e.item, e.value) for e in entries] == [("urge", 4), ("calm", 5), ("urge", None)]
    assert entries[-1].replaces == entries[0].id
    header, row = (folder / "diary.csv").read_text().splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["urge"] == ""
    assert shell("check", folder, now=EVENING).exit_code == 0


def test_what_was_withdrawn_can_be_answered_anew_without_a_further_word(folder: Path) -> None:
    log(folder, "--withdraw", "urge", now=MORNING)
    log(folder, "urge=7", now=MORNING)
    entries = open_trial(folder, now=MORNING).entries
    assert entries[-1].replaces == entries[-2].id
    assert answers(folder) == {"urge": 7, "calm": 5}
    assert shell("check", folder, now=EVENING).exit_code == 0


def test_one_answer_is_withdrawn_while_another_is_given(folder: Path) -> None:
    said = log(folder, "nausea=0", "--withdraw", "calm", "--withdraw", "urge", now=MORNING)
    assert said.endswith("nausea 0, calm withdrawn, urge withdrawn.")
    assert answers(folder) == {"nausea": 0}


def test_a_night_of_which_all_is_withdrawn_is_a_night_without_a_report(folder: Path) -> None:
    log(folder, "--withdraw", "urge", "--withdraw", "calm", now=MORNING)
    assert open_trial(folder, now=EVENING).diary.nights == ()
    assert shell("check", folder, now=EVENING).exit_code == 0


def test_a_withdrawal_after_noon_is_late_and_names_its_night(folder: Path) -> None:
    log(folder, "--withdraw", "urge", "--night", str(night(49)))
    assert open_trial(folder, now=EVENING).entries[-1].late


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--withdraw", "nausea"], "nausea has no answer for the night of 2026-04-20. There is "
         "nothing to withdraw."),
        (["--withdraw", "itch"], "'itch' is not an item of this protocol."),
        (["--withdraw", "urge", "urge=5"], "urge is given twice."),
        (["--withdraw", "urge", "--withdraw", "urge"], "urge is given twice."),
        (["--withdraw", "urge", "--dose", "2"], "Log answers, a dose or an event, one at a time."),
        (["--withdraw", "urge", "--event", "note"], "--withdraw goes with answers only."),
    ],
)  # fmt: skip
def test_what_cannot_be_withdrawn_is_told_and_changes_nothing(
    folder: Path, arguments: list[str], error: str
) -> None:
    before = contents(folder)
    assert error in log(folder, *arguments, now=MORNING, status=2)
    assert contents(folder) == before


def test_a_withdrawal_twice_is_refused(folder: Path) -> None:
    log(folder, "--withdraw", "urge", now=MORNING)
    before = contents(folder)
    with pytest.raises(InputError, match="urge has no answer"):
        log_answers(path=folder, night=night(49), answers={"urge": None}, now=MORNING)
    assert contents(folder) == before


def test_a_corrected_dose_keeps_its_time_and_its_place_and_the_earlier_one(folder: Path) -> None:
    log(folder, "--dose", "2", "--time", "21:40")
    said = log(folder, "--dose", "1", "--night", str(night(49)), "--correct")
    assert said == (
        "Corrected the dose of the night of 2026-04-20. The earlier one stays on record."
    )
    assert doses(folder) == [
        "2026-04-20,21:30,Europe/Berlin,2,1,",
        "2026-04-21,21:40,Europe/Berlin,2,2,",
    ]
    (event,) = of_kind(open_trial(folder, now=EVENING).events, "dose corrected")
    assert event.detail == {
        "night": "2026-04-20",
        "before": "2026-04-20,21:30,Europe/Berlin,2,2,",
        "after": "2026-04-20,21:30,Europe/Berlin,2,1,",
    }
    assert shell("check", folder, now=EVENING).exit_code == 0


def test_the_time_of_a_dose_can_be_corrected_alone(folder: Path) -> None:
    log(folder, "--dose", "2", "--time", "22:15", "--night", str(night(49)), "--correct")
    assert doses(folder) == ["2026-04-20,22:15,Europe/Berlin,2,2,"]


def test_a_second_correction_is_a_second_event(folder: Path) -> None:
    for number in ("1", "0"):
        log(folder, "--dose", number, "--night", str(night(49)), "--correct")
    events = of_kind(open_trial(folder, now=EVENING).events, "dose corrected")
    assert [e.detail["after"].split(",")[4] for e in events] == ["1", "0"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--dose", "1"], "there is no dose of the night of 2026-04-21 to correct. To write one "
         "down, leave out --correct."),
        (["--dose", "1", "--night", "2026-05-20"], "the night of 2026-05-20 has not begun yet"),
        (["--dose", "2", "--night", "2026-04-20"], "it is what is on record already."),
        (["--dose", "7", "--night", "2026-04-20"], "7 capsules are more than the plan's 6."),
        (["--dose", "3", "--night", "2026-04-20"], "300 mg of magnesium are more than the 250 mg"),
        (["--dose", "-1", "--night", "2026-04-20"], "capsules -1 is not a number from 0."),
        (["--mg", "200", "--night", "2026-04-20"], "mg is not given on randomised nights."),
    ],
)  # fmt: skip
def test_a_correction_that_no_dose_could_be_is_refused_and_changes_nothing(
    folder: Path, arguments: list[str], error: str
) -> None:
    before = contents(folder)
    assert error in log(folder, *arguments, "--correct", status=2)
    assert contents(folder) == before


def test_a_correction_too_close_to_the_next_dose_is_refused(folder: Path) -> None:
    log(folder, "--dose", "2", "--time", "19:00")
    before = contents(folder)
    late = ("--dose", "2", "--time", "04:30", "--night", str(night(49)), "--correct")
    assert "less than 16" in log(folder, *late, status=2)
    assert contents(folder) == before


def test_open_doses_are_corrected_with_their_milligrams(folder: Path) -> None:
    open_night = ("--night", str(night(20)))
    log(folder, "--dose", "1", "--mg", "100", "--time", "21:00", *open_night)
    said = log(folder, "--dose", "2", *open_night, "--correct", status=2)
    assert "that dose has 100 mg on record beside its capsules. Give --mg too" in said
    log(folder, "--dose", "2", "--mg", "200", *open_night, "--correct")
    assert doses(folder)[-1] == "2026-03-22,21:00,Europe/Berlin,,2,200"


def test_imported_doses_are_corrected_where_they_are() -> None:
    with pytest.raises(RefusedError, match="run elsewhere"):
        correct_dose(
            path=example_folder("gwern-magnesium-citrate"),
            night=night(0),
            capsules=1,
            now=EVENING,
        )
