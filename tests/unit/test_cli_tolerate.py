"""ekbom tolerate: a diary in, tonight's advice out; warning signs before anything is read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from broken_folders import KINDS_OF_BREAKAGE
from ekbom.report.tolerability_words import advice_lines
from ekbom.safety.questions import questions
from ekbom.safety.tolerability import advise
from ekbom.safety.tolerability_rules import signs
from ekbom.trial.folder import open_trial
from ekbom.trial.randomise import randomise
from trials import GO, at, contents, drawn_magnesium, night, shell, with_dose_fixed

EVENING = at(48, "20:00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return drawn_magnesium(tmp_path / "t").path


def tolerate(*arguments: str | Path, now: datetime = EVENING, status: int = 0) -> str:
    result = shell("tolerate", *arguments, now=now)
    assert result.exit_code == status, result.output
    return result.output


def report(folder: Path, number: int, *answers: str) -> None:
    result = shell("log", folder, *answers, now=at(number + 1, "07:30"))
    assert result.exit_code == 0, result.output


def loose(folder: Path) -> None:
    for number in (46, 47):
        report(folder, number, "loose_stools=4", "nausea=0", "belly_pain=0")


def test_a_quiet_night_goes_on_and_nothing_is_written(folder: Path) -> None:
    report(folder, 47, "loose_stools=0")
    before = contents(folder)
    said = tolerate(folder).splitlines()
    assert said[:3] == [
        f"For the night of {night(48):%A, %Y-%m-%d}:",
        "Go on as planned.",
        "Capsules that night: 2 (200 mg elemental, if they hold magnesium).",
    ]
    assert contents(folder) == before


def test_a_hold_says_what_why_by_which_source_and_what_ends_it(folder: Path) -> None:
    loose(folder)
    before = contents(folder)
    said = tolerate(folder, status=3)
    assert "Hold: take no capsules tonight.\nCapsules that night: none.\n" in said
    assert "Your registered plan says: stop the capsules after two days in a row" in said
    assert f"Because of the nights of: {night(46)}, {night(47)}." in said
    assert "Rule: loose_stools. Our own choice. Sources: S35 Magnaspartate SmPC" in said
    assert "What ends this: A night for which you report no loose stool" in said
    assert "For your record: hold (add --record)." in said
    assert contents(folder) == before


def test_record_writes_the_event_once(folder: Path) -> None:
    loose(folder)
    assert tolerate(folder, "--record", status=3).endswith("Put on record: hold.\n")
    after = contents(folder)
    said = tolerate(folder, "--record", status=3)
    assert said.endswith("Nothing new to put on record.\n")
    assert contents(folder) == after
    (event,) = [e for e in open_trial(folder, now=EVENING).events if e.kind == "hold"]
    assert event.detail == {"night": night(48).isoformat(), "note": "loose_stools"}


def test_in_the_morning_the_coming_evening_is_meant(folder: Path) -> None:
    loose(folder)
    said = tolerate(folder, "--record", now=at(48, "08:00"), status=3)
    assert f"For the night of {night(48):%A, %Y-%m-%d}:" in said
    assert "Hold" in said
    report(folder, 48, "loose_stools=0")
    said = tolerate(folder, now=at(49, "08:00"), status=3)
    assert "Capsules that night: 1 (100 mg elemental" in said


def test_json_is_one_record_of_the_same_advice(folder: Path) -> None:
    loose(folder)
    result = shell("tolerate", folder, "--json", "--record", now=EVENING)
    assert result.exit_code == 3
    record = json.loads(result.stdout)
    assert (record["action"], record["level"], record["capsules"], record["mg"]) == (
        "hold", "HOLD", 0, 0,
    )  # fmt: skip
    assert record["night"] == night(48).isoformat()
    assert record["reasons"][0]["sources"] == ["S35", "S23"]
    assert record["reasons"][0]["text"].startswith("Your registered plan says: ")
    assert record["record"] == [{"kind": "hold", "detail": {"note": "loose_stools"}}]
    assert "Put on record: hold." in result.stderr


def test_the_list_of_signs_names_each_with_its_level() -> None:
    said = tolerate("--signs")
    assert said.startswith("EMERGENCY: stop the capsules and call your local emergency number\n")
    for sign in signs().values():
        assert f"  {sign.id}" in said
        assert sign.wording in said


@pytest.mark.parametrize("place", ["missing", "folder", "nothing"])
def test_emergency_advice_needs_no_folder(tmp_path: Path, place: str) -> None:
    where = {"missing": [tmp_path / "none"], "folder": [tmp_path], "nothing": []}[place]
    said = tolerate(*where, "--sign", "chest_pain", status=3)
    assert said.splitlines()[:7] == [
        "EMERGENCY. Stop the capsules. Call your local emergency number now.",
        "You reported: chest pain.",
        "Do not wait for unblinding, and do not wait for anything here: ekbom is not",
        "watching.",
        "Tell the emergency service or the clinician. Treat this as if you took",
        "magnesium.",
        "Tell them the highest magnesium dose of your plan.",
    ]
    assert ("The trial could not be read." in said) == bool(where)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a trial with answers and doses, as the ways to break it expect them."""
    folder = drawn_magnesium(tmp_path_factory.mktemp("sound") / "t").path
    for number in (42, 43):
        shell("log", folder, "--dose", "2", "--time", "21:30", now=at(number, "21:35"))
        report(folder, number, "urge=4", "calm=6")
    return contents(folder)


@pytest.mark.parametrize("name", KINDS_OF_BREAKAGE)
def test_emergency_and_same_day_advice_come_out_of_every_broken_folder(
    tmp_path: Path, sound: dict[str, bytes], name: str
) -> None:
    for file, data in sound.items():
        (tmp_path / file).write_bytes(data)
    KINDS_OF_BREAKAGE[name].how(tmp_path)
    for sign, level in (("fainting", "EMERGENCY"), ("rectal_bleeding", "SAME DAY")):
        said = shell("tolerate", tmp_path, "--sign", sign, now=EVENING)
        assert said.exit_code == 3, said.output
        assert said.stdout.startswith(level)
        record = shell("tolerate", tmp_path, "--sign", sign, "--json", now=EVENING)
        assert record.exit_code == 3, record.output
        assert json.loads(record.stdout)["level"] == level


def test_very_bad_belly_pain_is_for_the_emergency_number_as_in_the_screening() -> None:
    said = tolerate("--sign", "severe_belly_pain", status=3)
    assert said.startswith("SAME DAY.")
    assert said.splitlines()[2] == "If the pain is very bad, call your local emergency number."
    record = json.loads(tolerate("--sign", "severe_belly_pain", "--json", status=3))
    assert "If the pain is very bad, call" in record["reasons"][0]["text"]
    asked = questions()["severe_belly_pain"].rules[0].reason
    assert "if the pain is very bad, call your local emergency number" in asked
    assert "very bad" not in tolerate("--sign", "rectal_bleeding", status=3)


def test_a_hold_speaks_of_stool_types_only_where_the_diary_has_them(
    folder: Path, tmp_path: Path
) -> None:
    loose(folder)
    assert "type 6 or 7" not in tolerate(folder, status=3)
    file = tmp_path / "diary.csv"
    file.write_text("night,stool_type\n2026-03-01,6\n2026-03-02,7\n")
    said = tolerate(file, "--ladder", "100,200", "--step", "2", status=3)
    assert "A stool of type 6 or 7 counts as much as 3 loose stools." in " ".join(said.split())


def test_no_line_is_longer_than_80_signs(folder: Path) -> None:
    loose(folder)
    for more in ([], ["--worse"], ["--sign", "severe_belly_pain"], ["--signs"], ["--end"]):
        said = shell("tolerate", folder, *more, now=EVENING).stdout
        assert max(map(len, said.splitlines())) <= 80


def test_the_dose_that_helpers_are_told_comes_from_the_plan(folder: Path) -> None:
    said = tolerate(folder, "--sign", "muscle_weakness", status=3)
    assert "By your plan that is up to 200 mg elemental magnesium a day." in said


def test_in_an_emergency_nothing_milder_stands_in_the_way(folder: Path) -> None:
    for number in (45, 46, 47):
        report(folder, number, "nausea=6", "loose_stools=0")
    assert "after nausea or belly pain" in tolerate(folder, status=3)
    assert "nausea" not in tolerate(folder, "--sign", "fainting", status=3)
    record = json.loads(tolerate(folder, "--sign", "fainting", "--json", status=3))
    assert [r["rule"] for r in record["reasons"]] == [
        "emergency_sign", "nausea_or_pain", "serious_event",
    ]  # fmt: skip


def test_a_fact_that_is_not_verified_is_called_so() -> None:
    found = advise(reported=["fainting"])
    doubtful = replace(found, reasons=tuple(replace(r, verified=False) for r in found.reasons))
    assert "Not verified." in "\n".join(advice_lines(doubtful, recordable=False))
    assert "Not verified." not in "\n".join(advice_lines(found, recordable=False))


def test_the_persons_word_offers_an_end_and_ends_nothing(folder: Path) -> None:
    said = tolerate(folder, "--worse", "--record", status=3)
    assert "You may end the trial. Please contact a clinician.\nCapsules that night: 2" in said
    kinds = [e.kind for e in open_trial(folder, now=EVENING).events]
    assert "unblinding" not in kinds
    assert "ended" not in kinds
    assert kinds[-1] == "note"


def test_the_persons_wish_is_recorded_as_an_end(folder: Path) -> None:
    tolerate(folder, "--end", "--record", status=3)
    event = open_trial(folder, now=EVENING).events[-1]
    assert (event.kind, event.detail) == (
        "ended", {"last": night(47).isoformat(), "reason": "own wish"},
    )  # fmt: skip
    assert "the trial has ended" in tolerate(folder, status=3)


def test_the_calendar_follows_a_recorded_step_down(folder: Path) -> None:
    for number in (45, 46, 47):
        report(folder, number, "nausea=6", "loose_stools=0")
    said = tolerate(folder, "--record", status=3)
    assert "Step down: take fewer capsules from now on.\nCapsules that night: 1 " in said
    assert "from every later pack, whichever treatment it holds" in said
    found = open_trial(folder, now=EVENING).calendar()
    assert {n.due for n in found.randomised if n.night >= night(48)} == {1}
    assert "Go on as planned.\nCapsules that night: 1 " in tolerate(folder, now=at(49, "20:00"))


def test_baseline_has_no_capsules_and_red_flags_count(tmp_path: Path) -> None:
    folder = with_dose_fixed(tmp_path / "t").path
    said = tolerate(folder, now=at(28, "20:00"))
    assert "This is the washout. No capsules are due that night." in said
    assert tolerate(folder, "--sign", "fainting", now=at(28, "20:00"), status=3)


def test_a_plain_diary_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "diary.csv"
    file.write_text("night,loose_stools,nausea\n2026-03-01,4,0\n2026-03-02,5,0\n")
    said = tolerate(file, "--ladder", "100,200", "--step", "2", "--capsules", "2", status=3)
    assert "For the night of Tuesday, 2026-03-03:\nHold: take no capsules tonight." in said
    assert "(add --record)" not in said


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "Give the folder of a trial, a diary.csv, or --sign SIGN."),
        (["--record", "--worse"], "--record goes with the folder of a trial."),
        (["--sign", "hiccups"], "'hiccups' is not in the list of signs. If you feel in danger, "),
        (["diary.csv"], "A plain diary needs --ladder 100,200 and --step 1."),
        (["diary.csv", "--ladder", "200,100", "--step", "1"], "write rising steps in mg"),
        (["diary.csv", "--ladder", "100,much", "--step", "1"], "write rising steps in mg"),
        (["diary.csv", "--ladder", "100", "--step", "2"], "the ladder has 1 steps."),
        (["nowhere"], "there is no such folder"),
    ],
)
def test_slips_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], error: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("diary.csv").write_text("night,nausea\n2026-03-01,1\n")
    said = " ".join(tolerate(*arguments, status=2).replace("│", " ").split())
    assert error in said


def test_a_folder_knows_its_own_ladder(folder: Path) -> None:
    said = tolerate(folder, "--step", "1", status=2)
    assert "the folder of a trial knows them" in " ".join(said.split())


def test_the_advice_is_the_same_whatever_the_allocation(tmp_path: Path) -> None:
    said = []
    for name, source in (("a", bytes), ("b", lambda n: b"\xff" * n)):
        trial = with_dose_fixed(tmp_path / name / "t")
        randomise(trial=trial, now=at(29), screening=GO, source=source)
        folder = trial.path
        shell("log", folder, "--event", "packs ready", "spare_nights=2", now=at(30))
        loose(folder)
        said.append(
            [
                tolerate(folder, *more, status=3)
                for more in (["--json"], ["--sign", "chest_pain"], ["--worse"])
            ]
        )
    orders = [(tmp_path / n / "t" / "allocation.csv").read_text() for n in "ab"]
    assert orders[0] != orders[1]
    assert said[0] == said[1]
