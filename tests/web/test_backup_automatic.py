"""Backups that make themselves, and the pages on which Ana sets them up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

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
from ekbom.web.data.backup import read_backup
from ekbom.web.data.freshness import backup_warning
from ekbom.web.data.phrase import groups_of, identity_in, new_identity
from ekbom.web.data.sqlite_copy import FILE
from ekbom.web.devices.known import me
from ekbom.web.store import change, register
from trials import shell

NOW = datetime(2026, 3, 20, 8, tzinfo=UTC)
FAST = built_in("magnesium-rls-fast")
FIRST = date(2026, 3, 1)


@pytest.fixture
def data(tmp_path: Path, settings) -> Path:
    """The folder of an installation of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.SITE = replace(settings.SITE, data=folder)
    return folder


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("folder", [True, False])
def test_one_that_was_made_in_the_shell_is_known_everywhere(
    ana, arranged: Arrangement, data: Path, tmp_path: Path, folder: bool
) -> None:
    """Ana's stick is away for three weeks, or was never named; then she makes one by hand."""
    before = NOW - timedelta(days=21) if folder else None
    arrange(replace(arranged, last=before, folder=arranged.folder if folder else ""))
    (data / FILE).touch()
    register(me(), protocol=FAST, start=FIRST, zone="Europe/Berlin", now=NOW)
    done = shell("backup", "--to", tmp_path / "x.age", now=NOW)
    assert done.exit_code == 0, done.output
    assert (arrangement().last, arrangement().latest) == (before, NOW)
    assert backup_warning(me(), NOW) is None
    assert backup_warning(me(), NOW + timedelta(days=8)) == "The last backup is 8 days old."
    pages = [ana.get(reverse(name)) for name in ("backup", "data")]
    assert [page.context["how"].latest for page in pages] == [NOW, NOW]
    said = " ".join(page.content.decode() for page in pages).lower()
    assert said.count("last backup") == 2
    assert "none yet" not in said
    assert "no backup has been made" not in said


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
