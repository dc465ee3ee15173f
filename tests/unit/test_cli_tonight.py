"""ekbom tonight: one screen of plain text, the most important first; JSON for programs."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from broken_folders import KINDS_OF_BREAKAGE
from ekbom.examples import example_folder
from trials import FAST, at, contents, drawn, drawn_magnesium, night, registered, shell

EVENING = at(43, "20:00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return drawn_magnesium(tmp_path / "t").path


def tonight(folder: Path, *more: str, now: datetime = EVENING) -> str:
    result = shell("tonight", folder, *more, now=now)
    assert result.exit_code == 0, result.output
    return result.stdout


def log(folder: Path, *arguments: str, now: datetime) -> None:
    result = shell("log", folder, *arguments, now=now)
    assert result.exit_code == 0, result.output


def test_a_capsule_night_says_what_to_take_and_how_to_write_it_down(folder: Path) -> None:
    before = contents(folder)
    said = tonight(folder)
    assert said.startswith(
        f"Tonight, {night(43):%A, %Y-%m-%d}: night 2 of 7 of period 1 of 12, pack 1.\n\nNow:\n"
    )
    assert (
        "  - Your registered plan says: 2 capsules from pack 1 (200 mg elemental, if they\n"
        f"    hold magnesium).\n      ekbom log {folder} --dose 2\n"
    ) in said
    assert contents(folder) == before


def test_each_command_that_is_named_does_what_it_says(folder: Path) -> None:
    log(folder, "--dose", "2", now=EVENING)
    assert "Tonight's dose is written down: 2 capsules." in tonight(folder)
    morning = at(44, "08:00")
    said = tonight(folder, now=morning)
    assert f"ekbom log {folder} urge=_ minutes_to_sleep=_ ...\n" in said
    log(folder, "urge=4", "minutes_to_sleep=20", now=morning)
    said = tonight(folder, now=morning)
    assert (
        f"Done:\n  - The report on last night, {night(43):%A, %Y-%m-%d}: 2 of 11 answered.\n"
        in said
    )
    assert "  - Of last night: minutes_awake, cramps," in said


def test_advice_comes_first_with_its_rule_its_source_and_what_ends_it(folder: Path) -> None:
    for number in (41, 42):
        log(folder, "loose_stools=4", now=at(number + 1, "08:00"))
    log(folder, "--event", "hold", f"night={night(43)}", now=EVENING)
    said = tonight(folder)
    first, plan = said.splitlines()[:2]
    assert first == "Hold: take no capsules tonight."
    assert plan.startswith("Your registered plan says: ")
    assert "our own choice]." in said
    assert "What ends this: " in said
    assert f"More: ekbom tolerate {folder}\n" in said
    assert f"No capsules tonight. Write that down too.\n      ekbom log {folder} --dose 0" in said
    assert "2 capsules" not in said
    assert "it gives no dosing advice" in " ".join(said.split())


def test_an_emergency_on_record_comes_first(folder: Path) -> None:
    log(folder, "--event", "emergency", f"night={night(43)}", now=EVENING)
    assert tonight(folder).startswith("Take no capsules. Call a clinician first.\n")


@pytest.mark.parametrize("number", [*range(0, 130, 9), 125, 126])
def test_the_two_standing_steps_are_there_on_every_day(folder: Path, number: int) -> None:
    # Cut back to what was there by then, as a folder may not speak of the future.
    if number < 31:
        folder = registered(folder.parent / "early", FAST).path
    said = tonight(folder, now=at(number, "20:00"))
    assert "      ekbom screen --change KIND\n" in said
    assert said.endswith("      ekbom tolerate --signs\n")
    assert len(said.splitlines()) <= 32
    assert max(len(line) for line in said.splitlines() if str(folder) not in line) <= 96


def test_in_the_whole_text_nothing_tells_the_treatment(folder: Path) -> None:
    for number in range(42, 126, 7):
        said = tonight(folder, now=at(number, "20:00")) + tonight(
            folder, "--json", now=at(number, "20:00")
        )
        assert "placebo" not in said


def test_json_says_the_same_for_programs(folder: Path) -> None:
    record = json.loads(tonight(folder, "--json"))
    assert (record["format"], record["night"], record["current"]) == (
        1,
        str(night(43)),
        str(night(43)),
    )
    assert record["place"]["pack"] == 1
    steps = {step["id"]: step for step in record["steps"]}
    assert (steps["dose"]["when"], steps["dose"]["capsules"]) == ("now", 2)
    assert steps["morning"]["items"][0] == "urge"
    assert [gap["id"] for gap in record["missing"]] == ["mornings", "doses"]
    assert record["advice"]["action"] == "go on"


def test_a_planned_end_of_a_pause_says_when_the_trial_goes_on(folder: Path) -> None:
    log(folder, "--event", "pause", f"first={night(43)}", now=at(43))
    assert f"To go on tonight:\n      ekbom log {folder} --event resume first=" in tonight(folder)
    log(folder, "--event", "resume", f"first={night(46)}", now=EVENING)
    assert f"  - The trial goes on with the night of {night(46):%A, %Y-%m-%d}.\n" in tonight(folder)


def test_a_folder_with_a_space_can_be_copied_as_a_command(tmp_path: Path) -> None:
    said = tonight(drawn_magnesium(tmp_path / "my trial").path)
    assert f"ekbom log '{tmp_path / 'my trial'}' --dose 2" in said


def test_a_trial_without_capsules_and_an_imported_one(tmp_path: Path) -> None:
    said = tonight(drawn(tmp_path / "t").path, now=at(3, "20:00"))
    assert "night 2 of 3 of period 1 of 8.\n" in said
    assert "What your trial has for period 1." in said
    example = example_folder("gwern-magnesium-citrate")
    said = tonight(example)
    assert said.startswith("This trial was run elsewhere, so nothing is due here.\n")
    assert f"      ekbom verdict {example}\n" in said


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a trial with answers and doses, as the ways to break it expect them."""
    folder = drawn_magnesium(tmp_path_factory.mktemp("sound") / "t").path
    for number in (42, 43):
        log(folder, "--dose", "2", "--time", "21:30", now=at(number, "21:35"))
        log(folder, "urge=4", "calm=6", now=at(number + 1, "07:30"))
    return contents(folder)


@pytest.mark.parametrize("name", KINDS_OF_BREAKAGE)
def test_a_folder_that_cannot_be_read_is_told_and_nothing_else(
    tmp_path: Path, sound: dict[str, bytes], name: str
) -> None:
    for file, data in sound.items():
        (tmp_path / file).write_bytes(data)
    KINDS_OF_BREAKAGE[name].how(tmp_path)
    result = shell("tonight", tmp_path, now=at(60))
    in_files_of_the_draw = KINDS_OF_BREAKAGE[name].said[0].startswith("allocation.")
    assert result.exit_code == (0 if in_files_of_the_draw else 2), result.output
    assert (result.stdout == "") != in_files_of_the_draw


def test_no_folder_is_bad_input(tmp_path: Path) -> None:
    result = shell("tonight", tmp_path / "nowhere", now=EVENING)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no such folder" in result.stderr
