"""ekbom backup and ekbom restore, as they are typed."""

from __future__ import annotations

import ast
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ekbom.web.data.phrase import groups_of, identity_in, new_identity
from installations import Installation

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str, Path]:
    """An installation with a trial of three nights, the phrase of its first backup, and that."""
    folder = tmp_path_factory.mktemp("home")
    home = Installation(folder / "data")
    home.python(
        "prepare_database(site)\n"
        "row = registered(); know_device(owner=me(), name='phone', now=now)\n"
        "from ekbom.web.helper.links import new_link; new_link(row, now=now)\n"
        "[answer(row, FIRST + timedelta(days=n), urge=n, cramps=n) for n in range(3)]"
    )
    asked = home.open("backup", "--to", str(folder / "b.age"))
    lines = [asked.stdout.readline() for _ in range(6)]
    phrase = "".join(lines[2:5]).replace(" ", "").replace("\n", "")
    wrong = ("P" if phrase[0] != "P" else "Q") + phrase[1:]
    out, err = asked.communicate(f"{wrong}\n{phrase}\n", timeout=60)
    assert asked.returncode == 0, err
    assert "Something is wrong in group 1." in err
    assert "and checked it" in out
    return home, phrase, folder / "b.age"


EXPORT = """
import sys
from ekbom.web.data.archive import pack
Path(sys.argv[1]).write_bytes(pack(files_of(current_row(me()), now=now)))
"""


def exported(home: Installation, to: Path) -> bytes:
    home.python(EXPORT, to)
    return to.read_bytes()


def test_what_was_backed_up_comes_back_elsewhere(home, tmp_path: Path) -> None:
    first, phrase, file = home
    second = Installation(tmp_path / "new" / "data")
    done = second.shell("restore", file, typed=phrase + "\n")
    assert done.returncode == 0, done.stderr
    assert "Paired again: phone." in done.stdout
    assert exported(second, tmp_path / "2.zip") == exported(first, tmp_path / "1.zip")
    links = []
    for one in (first, second):
        with closing(sqlite3.connect(one.data / "ekbom.sqlite3")) as rows:
            links += rows.execute("SELECT count(*) FROM ekbom_helperlink").fetchall()
    assert links == [(1,), (0,)]
    state = json.loads((second.data / "backups.json").read_bytes())
    assert state["recipient"] == str(identity_in(phrase).to_public())


def test_a_diary_is_not_overwritten_unless_asked_and_then_kept_aside(home, tmp_path: Path) -> None:
    _, phrase, file = home
    other = Installation(tmp_path / "data")
    other.python("prepare_database(site); answer(registered(), FIRST, urge=9)")
    before = exported(other, tmp_path / "1.zip")
    refused = other.shell("restore", file, typed=phrase + "\n")
    assert refused.returncode == 3
    assert "--replace" in refused.stderr
    assert exported(other, tmp_path / "2.zip") == before
    assert other.shell("restore", file, "--replace", typed=phrase + "\n").returncode == 0
    assert exported(other, tmp_path / "3.zip") != before
    (aside,) = other.data.glob("replaced-*")
    with closing(sqlite3.connect(aside / "ekbom.sqlite3")) as old:
        assert old.execute("SELECT value FROM ekbom_entryrow").fetchall() == [(9.0,)]


def test_restoring_is_refused_while_ekbom_runs(home, tmp_path: Path) -> None:
    from ekbom.web.serving.running import alone, say_where

    _, phrase, file = home
    other = Installation(tmp_path / "data")
    with alone(other.data):
        say_where(other.data, address="http://localhost:1/")
        refused = other.shell("restore", file, typed=phrase + "\n")
    assert (refused.returncode, refused.stderr) == (
        3,
        "ekbom runs. Stop it first. Nothing was changed.\n",
    )
    assert not (other.data / "ekbom.sqlite3").exists()


def test_a_wrong_phrase_restores_nothing(home, tmp_path: Path) -> None:
    _, _, file = home
    other = Installation(tmp_path / "data")
    typed = "".join(groups_of(new_identity()))
    refused = other.shell("restore", file, typed=typed + "\n")
    assert refused.returncode == 2
    assert "cannot be opened with this recovery phrase" in refused.stderr
    assert not (other.data / "ekbom.sqlite3").exists()
    assert not list(other.data.glob(".backup-*"))


def test_a_backup_does_not_overwrite_a_file_and_needs_a_diary(home, tmp_path: Path) -> None:
    first, _, file = home
    before = file.read_bytes()
    assert first.shell("backup", "--to", file).returncode == 3
    assert file.read_bytes() == before
    empty = Installation(tmp_path / "data")
    refused = empty.shell("backup", "--to", tmp_path / "x.age")
    assert refused.returncode == 3
    assert "nothing to back up" in refused.stderr
    assert not (tmp_path / "x.age").exists()


POUR = """
import threading
from ekbom.web.data.backup import read_backup, write_backup
from ekbom.web.data.phrase import new_identity
prepare_database(site)
row, stop = registered(), threading.Event()
def pour():
    n = 0
    while not stop.is_set():
        n += 1
        night = FIRST + timedelta(days=n % 15)
        step = lambda t: add_answers(
            t, night=night, answers={"urge": 4, "cramps": 4}, now=now, correct=True
        )
        change(row, step, now=now, key=f"phone-{n}")
    connection.close()
thread = threading.Thread(target=pour)
thread.start()
identity, seen = new_identity(), []
for n in range(5):
    file = site.data / f"b{n}.age"
    said = write_backup(file, recipient=str(identity.to_public()), data=site.data, now=now)
    assert read_backup(file, identity=identity, into=site.data / f"again{n}") == said
    seen.append((said.rows["ekbom_entryrow"], said.rows["ekbom_submission"]))
stop.set()
thread.join()
print(seen)
"""


def test_a_backup_made_while_entries_pour_in_has_no_half_submission(tmp_path: Path) -> None:
    seen = ast.literal_eval(Installation(tmp_path / "data").python(POUR))
    assert [entries for entries, _ in seen] == [2 * submissions for _, submissions in seen]
    assert seen[-1] > seen[0]
