"""Many kinds of broken trial folder: each is told in full, none is touched."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from broken_folders import KINDS_OF_BREAKAGE, WARNINGS, edit
from ekbom.trial.log import log_answers, log_dose
from ekbom.trial.randomise import randomise
from trials import FAST, GO, at, contents, drawn_magnesium, night, shell

LAST = 60
"""The broken folders are read on the morning after this night."""


def _sound(path: Path) -> None:
    """Make a trial with all its files: 2 nights answered, 2 doses."""
    drawn_magnesium(path)
    for number in (42, 43):
        log_dose(
            path=path,
            night=night(number),
            instant=at(number, "21:30"),
            capsules=2,
            mg=None,
            now=at(number, "21:35"),
        )
        answers = {"urge": 4.0, "calm": 6.0}
        log_answers(path=path, night=night(number), answers=answers, now=at(number + 1, "07:30"))


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = tmp_path_factory.mktemp("sound") / "t"
    _sound(path)
    return contents(path)


@pytest.fixture
def folder(tmp_path: Path, sound: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("t")
    path.mkdir()
    for name, data in sound.items():
        (path / name).write_bytes(data)
    return path


def test_the_sound_folder_is_in_order(folder: Path) -> None:
    result = shell("check", folder, now=at(LAST))
    assert (result.exit_code, result.stdout) == (
        0,
        "t is in order: 2 nights in the diary, events unchanged. The order agrees with its seed "
        "and its commitment.\n",
    )


@pytest.mark.parametrize("name", KINDS_OF_BREAKAGE)
def test_a_broken_folder_is_told_in_full_and_left_as_it_is(folder: Path, name: str) -> None:
    broken = KINDS_OF_BREAKAGE[name]
    broken.how(folder)
    before = contents(folder)
    result = shell("check", folder, now=at(LAST))
    assert result.stdout.splitlines() == [f"error: {line}" for line in broken.said]
    assert (result.exit_code, result.stderr) == (2, "")
    assert contents(folder) == before


@pytest.mark.parametrize("name", KINDS_OF_BREAKAGE)
def test_no_verdict_and_no_entry_on_a_broken_folder(folder: Path, name: str) -> None:
    KINDS_OF_BREAKAGE[name].how(folder)
    before = contents(folder)
    ahead = name == "an answer for a night to come"
    verdict = shell("verdict", folder, now=at(LAST if ahead else 130))
    assert verdict.exit_code == 2, verdict.output
    assert isinstance(verdict.exception, SystemExit)
    assert verdict.stdout == ""
    in_files_of_the_draw = KINDS_OF_BREAKAGE[name].said[0].startswith("allocation.")
    entry = shell("log", folder, "urge=4", "--night", night(59).isoformat(), now=at(LAST))
    assert entry.exit_code == (0 if in_files_of_the_draw else 2), entry.output
    if not in_files_of_the_draw:
        assert contents(folder) == before


def test_at_least_twenty_four_kinds_are_told() -> None:
    assert len(KINDS_OF_BREAKAGE) >= 24


def test_a_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["check", "nowhere"], ["verdict", "nowhere"], ["log", "nowhere", "urge=4"],
                    ["randomise", "nowhere"]):  # fmt: skip
        result = shell(*command, now=at(LAST))
        assert result.exit_code == 2
        assert result.output.removeprefix("error: ") == (
            "nowhere: there is no such folder. Give the folder of a trial.\n"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_another_program_writes_to(folder: Path) -> None:
    from ekbom.trial.files import locked

    before = contents(folder)
    with locked(folder):
        result = shell("log", folder, "urge=4", "--night", night(59).isoformat(), now=at(LAST))
    assert (result.exit_code, result.stderr) == (
        3,
        "Another program is writing to t. Nothing was changed. Try again when it is done.\n",
    )
    assert contents(folder) == before


@pytest.mark.parametrize("name", WARNINGS)
def test_what_can_be_read_is_kept_and_noted(folder: Path, name: str) -> None:
    odd = WARNINGS[name]
    odd.how(folder)
    before = contents(folder)
    result = shell("check", folder, now=at(250))
    assert result.stdout.splitlines() == [f"warning: {line}" for line in odd.said]
    assert result.exit_code == 0
    assert contents(folder) == before


def test_semicolons_of_a_spreadsheet_are_understood(folder: Path) -> None:
    file = folder / "entries.csv"
    file.write_bytes(file.read_bytes().replace(b",", b";"))
    assert shell("check", folder, now=at(LAST)).exit_code == 0


def test_the_values_of_odd_files_are_kept(folder: Path) -> None:
    from ekbom.trial.folder import open_trial

    for odd in WARNINGS.values():
        odd.how(folder)
        entries = folder / "entries.csv"
        lines = entries.read_text(encoding="utf-8").splitlines()
        kept = [line.replace("x1,", f"x{n},", 1) for n, line in enumerate(lines)]
        entries.write_text("\n".join(kept) + "\n", encoding="utf-8")
    trial = open_trial(folder, now=at(250))
    values = {(n.date, item): v for n in trial.diary.nights for item, v in n.answers.items()}
    assert values[night(44), "minutes_awake"] == 12.5
    assert values[night(130), "urge"] == 4
    assert trial.doses[-1].instant == at(236, "02:30") + timedelta(days=1)


def test_check_prints_the_problems_as_json(folder: Path) -> None:
    edit("trial.toml", "analysis = 1", "analysis = 2")(folder)
    result = shell("check", folder, "--json", now=at(LAST))
    assert result.exit_code == 2
    assert json.loads(result.stdout) == [
        {
            "file": "trial.toml",
            "line": None,
            "what": "it was registered with analysis 2, newer than this ekbom knows",
            "do": "Install a newer ekbom",
            "severity": "error",
        }
    ]


def test_a_broken_folder_is_never_randomised(tmp_path: Path) -> None:
    from trials import with_dose_fixed

    trial = with_dose_fixed(tmp_path / "t", FAST)
    (trial.path / "entries.csv").write_text("nonsense\n", encoding="utf-8")
    before = contents(trial.path)
    result = shell(
        "randomise", trial.path, "--screened-by", GO.by, "--date", "2026-03-30", now=at(29)
    )
    assert result.exit_code == 2
    assert contents(trial.path) == before
    with pytest.raises(Exception, match=r"^entries\.csv, line 1: the column 'id' is missing"):
        randomise(trial=trial, now=at(29), screening=GO)
