"""The recovery phrase, and one backup: encrypted, checked, and nothing left beside it."""

from __future__ import annotations

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
from hypothesis import given
from hypothesis import strategies as st

from ekbom.problem import InputError
from ekbom.protocol.files import built_in
from ekbom.trial.additions import add_answers
from ekbom.web.data.backup import read_backup, write_backup
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
        tar.extractall(tmp_path / "out")
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
archive = len(before) // 10240 * 10240  # a tar archive is a whole number of such blocks
for limit in (50_000, archive):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write_backup(folder / "b.age", recipient=recipient, data=site.data, now=now)
    except OSError as error:
        print(error.strerror)
assert (folder / "b.age").read_bytes() == before
print([p.name for p in folder.iterdir()], list(site.data.glob(".backup-*")))
"""


def test_a_disk_that_is_full_leaves_the_old_backup_and_no_half_one(tmp_path: Path) -> None:
    """No file can grow beyond the limit, as on a full disk: in copying, then in sealing."""
    said = Installation(tmp_path / "data").python(FULL)
    assert said.splitlines()[-1] == "['b.age'] []"
    assert len(said.splitlines()) == 3
