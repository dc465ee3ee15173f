"""A clinic's backup: every table of PostgreSQL as it was at one instant, and back."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from ekbom.web.data.backup import read_backup
from ekbom.web.data.phrase import identity_in
from installations import Installation

SERVER = os.environ.get("EKBOM_DATABASE", "")
pytestmark = pytest.mark.skipif(not SERVER, reason="needs a PostgreSQL (.ci/with-postgres)")

NAMES = ("ekbom_clinic", "ekbom_again")

LIVED = """
prepare_database(site)
for name in ("ana", "ben"):
    person = Person.objects.create(username=name)
    row = register(person, protocol=FAST, start=FIRST, zone="Europe/Berlin", now=now)
    answer(row, FIRST, note='comma, "quote"\\nnew line \\\\N', urge=4)
"""

PHRASE = """
from ekbom.web.data.automatic import Arrangement, arrange
from ekbom.web.data.phrase import groups_of, new_identity
identity = new_identity()
arrange(Arrangement(recipient=str(identity.to_public())))
print("".join(groups_of(identity)))
"""

EXPORT = """
import hashlib
from ekbom.web.data.archive import pack
for row in TrialRow.objects.order_by("owner__username"):
    print(row.owner.username, hashlib.sha256(pack(files_of(row, now=now))).hexdigest())
"""

ADD = """
person = Person.objects.create(username="carl")
answer(register(person, protocol=FAST, start=FIRST, zone="Europe/Berlin", now=now), FIRST, urge=1)
"""


@pytest.fixture
def databases() -> Iterator[list[str]]:
    """Two empty databases of the server."""
    import psycopg

    parts = urlsplit(SERVER)
    with psycopg.connect(urlunsplit(parts), autocommit=True) as server:
        for name in NAMES:
            server.execute(f"DROP DATABASE IF EXISTS {name}")
            server.execute(f"CREATE DATABASE {name}")
        yield [urlunsplit(parts._replace(path=f"/{name}")) for name in NAMES]
        for name in NAMES:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_clinics_backup_comes_back_in_an_empty_database(databases, tmp_path: Path) -> None:
    clinic, again = (
        Installation(tmp_path / f"data{n}", database) for n, database in enumerate(databases)
    )
    clinic.python(LIVED)
    phrase = clinic.python(PHRASE)
    done = clinic.shell("backup", "--to", tmp_path / "b.age")
    assert done.returncode == 0, done.stderr
    read_backup(tmp_path / "b.age", identity=identity_in(phrase), into=tmp_path / "plain")
    with tarfile.open(tmp_path / "plain.tar") as tar:
        assert "tables/ekbom_eventrow.csv" in tar.getnames()
    done = again.shell("restore", tmp_path / "b.age", typed=phrase)
    assert done.returncode == 0, done.stderr
    assert again.python(EXPORT) == clinic.python(EXPORT)
    again.python(ADD)  # new rows get new numbers
    refused = again.shell("restore", tmp_path / "b.age", typed=phrase)
    assert refused.returncode == 3
    assert len(again.python(EXPORT).splitlines()) == 3
    done = again.shell("restore", tmp_path / "b.age", "--replace", typed=phrase)
    assert done.returncode == 0, done.stderr
    assert again.python(EXPORT) == clinic.python(EXPORT)
    asides = again.python(
        "cursor = connection.cursor()\n"
        "cursor.execute(\"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'replaced-%'\")\n"
        "for (name,) in cursor.fetchall():\n"
        "    cursor.execute(f'SELECT count(*) FROM \"{name}\".ekbom_person')\n"
        "    print(cursor.fetchone())"
    )
    assert asides == "(3,)\n"


def test_a_backup_of_another_kind_of_database_is_refused(databases, tmp_path: Path) -> None:
    clinic = Installation(tmp_path / "data", databases[0])
    clinic.python(LIVED)
    phrase = clinic.python(PHRASE)
    clinic.shell("backup", "--to", tmp_path / "b.age")
    refused = Installation(tmp_path / "home").shell("restore", tmp_path / "b.age", typed=phrase)
    assert refused.returncode == 3
    assert "another kind of database" in refused.stderr
