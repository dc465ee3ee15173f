"""Backups: a phrase that people can copy, files that are checked, and what comes back of them."""

from __future__ import annotations

import ast
import io
import json
import os
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from ekbom.problem import InputError
from ekbom.protocol.files import built_in
from ekbom.trial.additions import add_answers
from ekbom.web.data.automatic import (
    KEPT,
    Arrangement,
    arrange,
    arrangement,
    backup_if_due,
    backup_now,
    backups_of,
)
from ekbom.web.data.backup import read_backup, write_backup
from ekbom.web.data.freshness import backup_warning
from ekbom.web.data.phrase import Slip, groups_of, identity_in, new_identity
from ekbom.web.devices.known import me
from ekbom.web.store import change, register
from installations import Installation

NOW = datetime(2026, 3, 20, 8, tzinfo=UTC)
FAST = built_in("magnesium-rls-fast")
FIRST = date(2026, 3, 1)
SIGNS = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"

# --- the phrase


def test_a_phrase_is_an_age_key_in_groups_of_four() -> None:
    identity = new_identity()
    groups = groups_of(identity)
    assert "AGE-SECRET-KEY-1" + "".join(groups) == str(identity)
    assert [len(group) for group in groups] == [4] * 14 + [2]


@pytest.mark.parametrize("way", [" ".join, "-".join, "\n".join, lambda g: "".join(g).lower()])
def test_a_phrase_is_taken_however_it_is_spaced(way) -> None:
    identity = new_identity()
    assert str(identity_in(way(groups_of(identity)))) == str(identity)
    assert str(identity_in(str(identity))) == str(identity)


def test_every_slip_in_one_sign_is_found_with_its_group() -> None:
    """BIP 173: the code of Bech32 tells every phrase from one that differs in up to four signs."""
    signs = "".join(groups_of(new_identity()))
    for place, right in enumerate(signs):
        for wrong in SIGNS.replace(right, ""):
            typed = signs[:place] + wrong + signs[place + 1 :]
            assert identity_in(typed) == Slip(58, group=place // 4 + 1)


@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_phrase(text: str) -> None:
    found = identity_in(text)
    assert isinstance(found, Slip)
    assert found.words()


def test_a_phrase_with_a_sign_too_few_and_with_a_sign_that_is_in_none() -> None:
    signs = "".join(groups_of(new_identity()))
    assert identity_in(signs[:-1]).words() == "A phrase has 58 signs. This one has 57."
    said = "The sign B is never in a phrase. Look at it again."
    assert identity_in("B" + signs[1:]).words() == said


# --- one file


@pytest.fixture
def data(tmp_path: Path, settings) -> Path:
    """The folder of an installation of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.SITE = replace(settings.SITE, data=folder)
    return folder


def lived() -> None:
    row = register(me(), protocol=FAST, start=FIRST, zone="Europe/Berlin", now=NOW)
    for n in range(3):
        night = FIRST + timedelta(days=n)
        change(
            row,
            lambda t, night=night: add_answers(t, night=night, answers={"urge": 4}, now=NOW),
            now=NOW,
        )


@pytest.mark.skipif("EKBOM_DATABASE" in os.environ, reason="a PostgreSQL backup has tables")
@pytest.mark.django_db(transaction=True)
def test_a_backup_opens_with_any_age_program(data: Path, tmp_path: Path) -> None:
    lived()
    identity = new_identity()
    file = tmp_path / "b.age"
    write_backup(file, recipient=str(identity.to_public()), data=data, now=NOW)
    plain = pyrage.decrypt(file.read_bytes(), [identity])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        assert tar.getnames() == ["backup.json", "ekbom.sqlite3"]
        tar.extractall(tmp_path / "out", filter="data")
    said = json.loads((tmp_path / "out" / "backup.json").read_bytes())
    assert (said["format"], said["made"], said["rows"]["ekbom_entryrow"]) == (
        1,
        "2026-03-20T08:00:00+00:00",
        3,
    )
    with closing(sqlite3.connect(tmp_path / "out" / "ekbom.sqlite3")) as database:
        assert (
            database.execute("SELECT item, value FROM ekbom_entryrow").fetchall()
            == [("urge", 4.0)] * 3
        )


@pytest.mark.django_db(transaction=True)
def test_nothing_unencrypted_stays_behind(data: Path, tmp_path: Path) -> None:
    lived()
    folder = tmp_path / "out"
    folder.mkdir()
    write_backup(folder / "b.age", recipient=str(new_identity().to_public()), data=data, now=NOW)
    assert list(data.iterdir()) == []
    assert [p.name for p in folder.iterdir()] == ["b.age"]
    assert (folder / "b.age").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spoil", ["flip", "cut", "other phrase", "nonsense"])
def test_a_damaged_backup_is_refused(data: Path, tmp_path: Path, spoil: str) -> None:
    identity = new_identity()
    file = tmp_path / "b.age"
    write_backup(file, recipient=str(identity.to_public()), data=data, now=NOW)
    whole = file.read_bytes()
    middle = len(whole) // 2
    spoiled = {
        "flip": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "cut": whole[:-1],
        "other phrase": whole,
        "nonsense": b"nonsense",
    }
    file.write_bytes(spoiled[spoil])
    typed = new_identity() if spoil == "other phrase" else identity
    with pytest.raises(InputError, match="cannot be opened with this recovery phrase"):
        read_backup(file, identity=typed, into=tmp_path / "again")


FULL = """
import resource
from ekbom.web.data.backup import write_backup
from ekbom.web.data.phrase import new_identity
prepare_database(site)
recipient = str(new_identity().to_public())
folder = site.data.parent / "stick"
folder.mkdir()
write_backup(folder / "b.age", recipient=recipient, data=site.data, now=now)
before = (folder / "b.age").read_bytes()
for limit in (50_000, len(before) - 10):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write_backup(folder / "b.age", recipient=recipient, data=site.data, now=now)
    except OSError as error:
        print(error.strerror)
assert (folder / "b.age").read_bytes() == before
print([p.name for p in folder.iterdir()], list(site.data.glob(".backup-*")))
"""


def test_a_disk_that_is_full_leaves_the_old_backup_and_no_half_one(tmp_path: Path) -> None:
    """No file can grow beyond the limit, as on a full disk: in copying first, then in encrypting."""
    said = Installation(tmp_path / "data").python(FULL)
    assert said.splitlines()[-1] == "['b.age'] []"
    assert len(said.splitlines()) == 3


# --- by itself


@pytest.fixture
def arranged(data: Path, tmp_path: Path) -> Arrangement:
    folder = tmp_path / "stick"
    folder.mkdir()
    return arrange(Arrangement(recipient=str(new_identity().to_public()), folder=str(folder)))


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_made_each_day_and_the_last_14_are_kept(arranged: Arrangement) -> None:
    stranger = Path(arranged.folder) / "ekbom-00000000-20200101T000000Z.age"
    stranger.write_bytes(b"another installation's")
    made = [backup_if_due(NOW + timedelta(hours=h)) for h in range(0, 24 * 16, 8)]
    assert [file is not None for file in made] == [True, False, False] * 16
    kept = backups_of(arrangement())
    assert kept == [file for file in made if file is not None][-KEPT:]
    assert stranger.exists()
    assert arrangement().last == NOW + timedelta(days=15)


@pytest.mark.django_db(transaction=True)
def test_a_stick_that_is_not_there_is_said_and_tried_again(arranged: Arrangement) -> None:
    Path(arranged.folder).rmdir()
    assert backup_if_due(NOW) is None
    assert arrangement().failed == "No such file or directory"
    Path(arranged.folder).mkdir()
    assert backup_if_due(NOW + timedelta(minutes=10)) is not None
    assert arrangement().failed == ""


@pytest.mark.django_db(transaction=True)
def test_before_the_phrase_was_typed_again_no_backup_is_made(data: Path, tmp_path: Path) -> None:
    arrange(Arrangement(folder=str(tmp_path)))
    assert backup_if_due(NOW) is None
    assert backups_of(arrangement()) == []


@pytest.mark.django_db(transaction=True)
def test_a_clock_set_back_does_not_keep_backups_from_being_made(arranged: Arrangement) -> None:
    backup_now(NOW + timedelta(days=300))
    assert backup_if_due(NOW) is not None


@pytest.mark.django_db(transaction=True)
def test_who_is_warned_of_missing_backups(arranged: Arrangement) -> None:
    person = me()
    assert backup_warning(person, NOW) is None
    row = register(person, protocol=FAST, start=FIRST, zone="Europe/Berlin", now=NOW)
    for n in range(8):
        assert backup_warning(person, NOW) is None
        night = FIRST + timedelta(days=n)
        change(
            row,
            lambda t, night=night: add_answers(t, night=night, answers={"urge": 4}, now=NOW),
            now=NOW,
        )
        row.refresh_from_db()
    assert backup_warning(person, NOW) == "There is no backup of your diary yet."
    backup_now(NOW)
    assert backup_warning(person, NOW + timedelta(days=7)) is None
    said = "The last backup is 8 days old."
    assert backup_warning(person, NOW + timedelta(days=8)) == said


# --- the pages


def shown_phrase(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split("<code>")[1:]]


@pytest.mark.django_db(transaction=True)
def test_ana_sets_up_backups(ana, data: Path, tmp_path: Path) -> None:
    page = ana.post(reverse("backup_phrase"))
    groups = shown_phrase(page.content.decode())
    assert ana.get(reverse("backup_folder")).url == reverse("backup")
    slip = ["QQQQ" if groups[2] != "QQQQ" else "PPPP", *groups[1:]]
    wrong = ana.post(reverse("backup_typed"), {"phrase": " ".join(slip)})
    assert wrong.status_code == 422
    assert groups[5] + " " + groups[6] in wrong.content.decode()  # what was typed is kept
    other = groups_of(new_identity())
    assert ana.post(reverse("backup_typed"), {"phrase": " ".join(other)}).status_code == 422
    assert arrangement().recipient == ""
    right = ana.post(reverse("backup_typed"), {"phrase": "".join(groups).lower()})
    assert right.url == reverse("backup_folder")
    assert arrangement().recipient == str(identity_in("".join(groups)).to_public())
    stick = tmp_path / "stick" / "ekbom"
    done = ana.post(reverse("backup_folder"), {"folder": str(stick)}, follow=True)
    assert "A backup was made and checked." in done.content.decode()
    (file,) = stick.iterdir()
    identity = identity_in("".join(groups))
    assert read_backup(file, identity=identity, into=tmp_path / "again").rows["ekbom_device"] == 1


@pytest.mark.django_db(transaction=True)
def test_the_phrase_is_shown_once_and_kept_nowhere(ana, data: Path) -> None:
    groups = shown_phrase(ana.post(reverse("backup_phrase")).content.decode())
    session = ana.session
    kept = json.dumps(dict(session)) + "".join(str(p.read_bytes()) for p in data.iterdir())
    for name in ("backup", "backup_typed"):
        page = ana.get(reverse(name)).content.decode()
        assert [group for group in groups[:-1] if group in page + kept] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("folder", ["backups", "/proc/nowhere", "", "a\0b", "{data}/inside"])
def test_a_folder_where_no_backup_can_go_is_refused(ana, data: Path, folder: str) -> None:
    arrange(Arrangement(recipient=str(new_identity().to_public())))
    page = ana.post(reverse("backup_folder"), {"folder": folder.format(data=data)})
    assert page.status_code == 422
    assert arrangement().folder == ""


@pytest.mark.django_db(transaction=True)
def test_in_a_clinic_nobody_chooses_a_folder(ana, settings) -> None:
    settings.SITE = replace(settings.SITE, kind="clinic")
    ana.force_login(me(), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert "The clinic makes the backups" in ana.get(reverse("backup")).content.decode()
    for name in ("backup_phrase", "backup_typed", "backup_folder", "backup_now"):
        assert ana.post(reverse(name)).status_code == 404


# --- in the shell


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str, Path]:
    """An installation with a trial of three nights, the phrase of its first backup, and that."""
    folder = tmp_path_factory.mktemp("home")
    home = Installation(folder / "data")
    home.python(
        "prepare_database(site)\n"
        "row = registered(); know_device(owner=me(), name='phone', now=now)\n"
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
