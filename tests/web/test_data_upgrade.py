"""A newer ekbom opens what an older one left behind; an older one leaves a newer one's alone."""

from __future__ import annotations

import ast
import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from ekbom.web.data.archive import unpack
from installations import Installation

pytestmark = pytest.mark.slow

RELEASES = sorted(p for p in (Path(__file__).parent / "releases").iterdir() if p.is_dir())

OLDER = """
from django.core.management import call_command
prepare_database(site)
row = registered()
answer(row, FIRST, note="a cold", urge=4)
call_command("migrate", "mfa", "0001", verbosity=0)
"""
"""The middle of a trial in a database from before the last change of the tables of passkeys."""

STATE = """
from ekbom.web.data.backup import applied_migrations
trial = load(current_row(me()), now=now)
print([trial.protocol_hash, trial.analysis, list(map(list, applied_migrations()))])
"""

PREPARE = """
print(prepare_database(site))
"""

EXPORT = """
import sys
from ekbom.web.data.archive import pack
for n, row in enumerate(TrialRow.objects.order_by("created")):
    Path(sys.argv[1], f"{n}.zip").write_bytes(pack(files_of(row, now=now)))
"""


def state(home: Installation) -> tuple[object, list[list[str]]]:
    hash_, analysis, applied = ast.literal_eval(home.python(STATE))
    return (hash_, analysis), applied


def exports(home: Installation, to: Path) -> list[bytes]:
    to.mkdir()
    home.python(EXPORT, to)
    return [file.read_bytes() for file in sorted(to.iterdir())]


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "data")


def test_an_upgrade_in_mid_trial_backs_up_first_and_changes_no_trial(home, tmp_path) -> None:
    home.python(OLDER)
    (before, old), files = state(home), exports(home, tmp_path / "1")
    (said,) = ast.literal_eval(home.python(PREPARE))
    (after, new) = state(home)
    assert (after, exports(home, tmp_path / "2")) == (before, files)
    assert len(new) > len(old)
    (copy,) = home.data.glob("before-upgrade-*.tar")
    assert said == (
        f"A copy from before the upgrade was made and checked: {copy}. It is not encrypted, as no "
        "recovery phrase was set up yet."
    )
    assert copy.stat().st_mode & 0o777 == 0o600
    with tarfile.open(copy) as tar:
        kept = json.loads(tar.extractfile("backup.json").read())
    assert kept["migrations"] == old
    assert ast.literal_eval(home.python(PREPARE)) == []
    assert list(home.data.glob("before-upgrade-*")) == [copy]


def test_the_copy_is_encrypted_where_there_is_a_phrase_and_comes_back(home, tmp_path) -> None:
    home.python(OLDER)
    phrase = home.python(
        """
from ekbom.web.data.automatic import Arrangement, arrange
from ekbom.web.data.phrase import groups_of, new_identity
identity = new_identity()
arrange(Arrangement(recipient=str(identity.to_public())))
print("".join(groups_of(identity)))
"""
    )
    files = exports(home, tmp_path / "1")
    home.python(PREPARE)
    (copy,) = home.data.glob("before-upgrade-*")
    assert copy.suffix == ".age"
    other = Installation(tmp_path / "other")
    assert other.shell("restore", copy, typed=phrase).returncode == 0
    _, applied = state(other)
    other.python(PREPARE)
    assert len(state(other)[1]) > len(applied)
    assert exports(other, tmp_path / "2") == files


def test_a_newer_database_is_refused_and_left_as_it_is(home) -> None:
    home.python(
        'prepare_database(site); connection.cursor().execute("INSERT INTO django_migrations '
        "(app, name, applied) VALUES ('ekbom', '0999_later', '2030-01-01')\"); connection.close()"
    )
    before = (home.data / "ekbom.sqlite3").read_bytes()
    said = home.python(
        "from ekbom.problem import RefusedError\n"
        "try: prepare_database(site)\n"
        "except RefusedError as error: print(error)"
    )
    assert said == (
        "This diary was last opened with a newer ekbom. Install that one. Nothing was changed.\n"
    )
    assert (home.data / "ekbom.sqlite3").read_bytes() == before


def test_no_backup_no_upgrade(home) -> None:
    home.python(OLDER)
    before = state(home)
    said = home.python(
        "import ekbom.web.upgrade as upgrade\n"
        "from ekbom.problem import RefusedError\n"
        "def full(*_, **__): raise OSError(28, 'No space left on device')\n"
        "upgrade.write_plain_copy = full\n"
        "try: prepare_database(site)\n"
        "except RefusedError as error: print(error)"
    )
    assert said == (
        "No backup could be made before the upgrade (No space left on device). Nothing was "
        "changed.\n"
    )
    assert state(home) == before


def test_what_a_crash_left_of_a_copy_is_cleared_away(home) -> None:
    (home.data / ".backup-x").mkdir(parents=True)
    (home.data / ".backup-x" / "ekbom.sqlite3").write_bytes(b"SECRET")
    home.python(PREPARE)
    assert not list(home.data.glob(".backup-*"))


@pytest.mark.parametrize("release", RELEASES, ids=lambda p: p.name)
def test_what_a_release_left_behind_opens_with_the_same_verdict(
    release: Path, home, tmp_path
) -> None:
    home.data.mkdir()
    database = gzip.decompress((release / "ekbom.sqlite3.gz").read_bytes())
    (home.data / "ekbom.sqlite3").write_bytes(database)
    home.python(PREPARE)
    finished, running = exports(home, tmp_path / "1")
    assert files_in(finished) == files_in((release / "finished.zip").read_bytes())
    assert files_in(running) == files_in((release / "running.zip").read_bytes())
    said = json.loads(
        home.python(
            """
import json
from ekbom.analysis.verdict import reach_verdict
from ekbom.report.record import verdict_record
row = TrialRow.objects.exclude(closed=None).get()
print(json.dumps(verdict_record(reach_verdict(trial=load(row, now=now), now=now))))
"""
        )
    )
    kept = json.loads((release / "verdict.json").read_bytes())
    said = as_far_as_then(said, kept)
    assert numbers(said) == pytest.approx(numbers(kept), rel=1e-6, abs=1e-9)
    assert words(said) == words(kept)


def files_in(packed: bytes) -> dict[str, bytes]:
    return dict(unpack(io.BytesIO(packed), name="export").files)


def as_far_as_then(said: object, kept: object) -> object:
    """Return a record without the fields that its older release did not know yet."""
    match said, kept:
        case dict(), dict():
            return {k: as_far_as_then(v, kept[k]) for k, v in said.items() if k in kept}
        case list(), list() if len(said) == len(kept):
            return [as_far_as_then(*pair) for pair in zip(said, kept, strict=True)]
        case _:
            return said


def leaves(record: object) -> list[object]:
    match record:
        case dict():
            return [leaf for value in record.values() for leaf in leaves(value)]
        case list():
            return [leaf for value in record for leaf in leaves(value)]
        case _:
            return [record]


def numbers(record: object) -> list[float]:
    return [x for x in leaves(record) if isinstance(x, float)]


def words(record: object) -> list[object]:
    return [x for x in leaves(record) if not isinstance(x, float)]
