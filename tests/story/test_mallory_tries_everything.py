"""What an attacker tried: each attempt is refused with a message, and nothing is left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import read_toml
from ekbom.simulation.folder import demonstration
from ekbom.trial.files import write_file
from ekbom.trial.seal import seal_from
from trials import at, contents, shell

OVER = at(400)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mallory") / "trial"
    demonstration(path=path, zone="UTC", rng=np.random.Generator(np.random.PCG64(1945)))
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("--event", "note", "note=" + '"' * 65_700),
        ("--event", "note", "note=\udcff"),
        ("--event", "pause", "first=9999-12-31"),
        ("--event", "resume", "first=9999-12-31"),
        ("--event", "dose fixed", "mg=200"),
        ("--dose", "1", "--night", "9999-12-31", "--time", "21:00"),
        ("--dose", "500", "--night", "2025-03-01"),
    ],
    ids=lambda a: a[-1][:24].encode("unicode_escape").decode(),
)
def test_logging_what_cannot_be_is_refused(lived: Path, arguments: tuple[str, ...]) -> None:
    before = contents(lived)
    result = shell("log", str(lived), *arguments, now=OVER)
    assert result.exit_code in (2, 3), result.output
    assert contents(lived) == before


@pytest.mark.parametrize("start", ["9999-12-31", "0001-01-01", "2099-01-01"])
def test_a_trial_cannot_begin_in_another_age(tmp_path: Path, start: str) -> None:
    path = tmp_path / "t"
    result = shell(
        "new",
        str(path),
        *("--protocol", "magnesium-rls-fast", "--zone", "UTC", "--confirm-mid", "--start", start),
        now=at(0),
    )
    assert (result.exit_code, path.exists()) == (2, False)


@pytest.mark.parametrize("name", ["entries.csv", "doses.csv", "events.csv", "diary.csv"])
def test_a_folder_in_the_place_of_a_file_is_not_taken_for_absent(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t"
    demonstration(path=path, zone="UTC", rng=np.random.Generator(np.random.PCG64(1)))
    (path / name).unlink()
    (path / name).mkdir()
    result = shell("check", str(path), now=OVER)
    expected = f"error: {name}: it is not a file that can be read. Restore it from a copy."
    assert (result.exit_code, result.stdout.splitlines()[0]) == (2, expected)


@pytest.mark.parametrize("text", ["x = " + "9" * 5000, "x = " + "[" * 5000])
def test_hostile_toml_is_told(text: str) -> None:
    with pytest.raises(InputError, match=r"not TOML|too long, or is nested"):
        read_toml(text.encode(), file="trial.toml")


@pytest.mark.parametrize("text", ["[" * 100_000, json.dumps({"method": "\ud800"})])
def test_a_hostile_seal_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested|seal|surrogates"):
        seal_from(text.encode())


@pytest.mark.parametrize(
    "design",
    [
        'kind = "pairs"\npairs = 10000',
        'kind = "complete"\nperiods = 1000\nmax_run = 999',
        'kind = "pairs"\npairs = 200\nperiod_nights = 10000',
    ],
)
def test_a_trial_that_nobody_could_live_is_refused_at_once(tmp_path: Path, design: str) -> None:
    file = tmp_path / "endless.toml"
    text = shell("protocol", "show", "magnesium-rls-fast", "--toml", now=at(0)).stdout
    head, rest = text.split("[protocol.design]" if "[protocol.design]" in text else "[design]")
    after = rest[rest.index("\n[") :]
    file.write_text(f"{head}[design]\n{design}\n{after}", encoding="utf-8")
    result = shell("protocol", "check", str(file), now=at(0))
    assert result.exit_code == 2
    assert "more than" in result.output


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(RefusedError, match="is not a file, so it was not replaced"):
        write_file(pipe, b"page")
    assert pipe.is_fifo()


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"before")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_file(link, b"after")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"after")


def test_new_files_keep_the_rights_that_the_person_withholds(tmp_path: Path) -> None:
    mask = os.umask(0o077)
    try:
        write_file(tmp_path / "diary", b"mine")
    finally:
        os.umask(mask)
    assert (tmp_path / "diary").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback(
    lived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "entries.csv")

    monkeypatch.setattr("ekbom.trial.log.write_file", full)
    result = shell("log", str(lived), "--event", "note", "note=x", now=OVER)
    assert (result.exit_code, result.stderr) == (2, "entries.csv: No space left on device.\n")
