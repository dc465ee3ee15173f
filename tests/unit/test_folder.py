"""The trial folder: what it says, how it is written, and who may write at one time."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from ekbom.problem import InputError, RefusedError
from ekbom.trial.check import check_trial
from ekbom.trial.files import locked, write_file
from ekbom.trial.folder import open_trial, trial_toml
from ekbom.trial.log import log_answers, log_dose, log_event
from trials import (
    FAST,
    START,
    ZONE,
    at,
    contents,
    drawn_magnesium,
    night,
    plain_protocol,
    registered,
)


def problems(path: Path, number: int = 0) -> list[str]:
    return [f"{p.severity}: {p}" for p in check_trial(path, now=at(number))[1]]


def test_a_registered_trial_reads_back(tmp_path: Path) -> None:
    trial = registered(tmp_path / "t")
    assert (trial.start, trial.zone, trial.analysis, trial.commitment) == (START, ZONE, 1, "")
    assert trial.protocol == plain_protocol()
    assert open_trial(tmp_path / "t", now=at(0)) == trial
    assert trial_toml(trial) == (tmp_path / "t/trial.toml").read_bytes()
    assert sorted(contents(tmp_path / "t")) == ["events.csv", "trial.toml"]
    assert problems(tmp_path / "t") == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("start = 2026-03-02", "start = 2026-03-03", "start"),
        ('zone = "Europe/Berlin"', 'zone = "Europe/Paris"', "zone"),
        ("analysis = 1", "analysis = 0", "analysis"),
        ("mid = 1.0", "mid = 2.0", "protocol"),
    ],
)
def test_a_registration_that_was_changed_is_noticed(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    path = registered(tmp_path / "t").path
    file = path / "trial.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert problems(path, 1) == [
        f"error: trial.toml: the {what} is not the one that was registered. "
        "Restore trial.toml from a copy."
    ]


def test_a_diary_that_differs_from_its_entries_is_noted_and_not_used(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    log_answers(path=path, night=night(0), answers={"urge": 4}, now=at(1))
    (path / "diary.csv").write_text("night,urge,nausea\n2026-03-02,9,\n", encoding="utf-8")
    trial, found = check_trial(path, now=at(1))
    assert [f"{p.severity}: {p}" for p in found] == [
        "warning: diary.csv: it differs from entries.csv, from which it is made. entries.csv was "
        "used; change answers with ekbom log, never in diary.csv."
    ]
    assert trial is not None
    assert trial.diary.nights[0].answers == {"urge": 4.0}


def test_without_entries_the_diary_is_the_source(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    (path / "diary.csv").write_text("night,day,urge\n2026-03-02,1,9\n", encoding="utf-8")
    assert open_trial(path, now=at(1)).diary.nights[0].answers == {"urge": 9.0}
    with pytest.raises(RefusedError) as caught:
        log_answers(path=path, night=night(1), answers={"urge": 4}, now=at(2))
    assert str(caught.value) == (
        "This trial has its diary in diary.csv alone, as imported trials do. "
        "Nothing can be added to it here."
    )


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "events.csv"
    write_file(file, b"old")

    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    for method in ("replace", "chmod"):
        with monkeypatch.context() as patched:
            patched.setattr(Path, method, fail)
            with pytest.raises(OSError, match=r"^the disk is gone$"):
                write_file(file, b"new")
        assert contents(tmp_path) == {"events.csv": b"old"}
    write_file(file, b"new")
    assert contents(tmp_path) == {"events.csv": b"new"}


@contextmanager
def _busy(path: Path) -> Iterator[None]:
    """Let another process hold the lock."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom ekbom.trial.files import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('locked', flush=True)\n    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"locked\n"
    try:
        yield
    finally:
        other.communicate()


def test_a_second_writer_is_refused_and_the_lock_leaves_nothing_behind(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    before = contents(path)
    with _busy(path), pytest.raises(RefusedError) as caught:
        log_answers(path=path, night=night(0), answers={"urge": 4}, now=at(1))
    assert str(caught.value) == (
        f"Another program is writing to {path}. Nothing was changed. Try again when it is done."
    )
    assert contents(path) == before
    log_answers(path=path, night=night(0), answers={"urge": 4}, now=at(1))


def test_readers_need_no_lock(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    with locked(path):
        assert open_trial(path, now=at(0)).start == START


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "nowhere"
    for act in (
        lambda: log_answers(path=path, night=night(0), answers={"urge": 4}, now=at(1)),
        lambda: log_event(path=path, kind="note", detail={"note": "x"}, now=at(1)),
    ):
        with pytest.raises(InputError) as caught:
            act()
        assert str(caught.value) == (
            f"{path}: there is no such folder. Give the folder of a trial."
        )


def test_doses_read_back_from_the_folder_with_their_instants(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    log_event(path=path, kind="zone changed", detail={"zone": "Asia/Tokyo"}, now=at(50))
    first = at(43, "21:30")
    log_dose(path=path, night=night(43), instant=first, capsules=2, mg=None, now=at(51))
    there = at(52, "21:30", "Asia/Tokyo")
    trial = log_dose(path=path, night=night(52), instant=there, capsules=2, mg=None, now=there)
    assert [(d.zone, d.instant, d.pack) for d in trial.doses] == [
        (ZONE, first, 1),
        ("Asia/Tokyo", there, 2),
    ]
    assert open_trial(path, now=at(53)).doses == trial.doses


def test_the_calendar_of_a_trial_follows_its_events(tmp_path: Path) -> None:
    trial = drawn_magnesium(tmp_path / "t")
    calendar = trial.calendar()
    assert calendar.randomised[0].night == night(42)
    assert calendar.last == night(42 + 84 - 1) == date(2026, 7, 5)
    assert {n.capsules for n in calendar.randomised} == {2}
    assert trial.fixed_dose() == 200
    assert trial.protocol == FAST
