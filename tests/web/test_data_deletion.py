"""What is deleted is gone: rows, files, backups, sessions, and what other devices keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.protocol.files import built_in
from ekbom.web.data.automatic import Arrangement, arrange, arrangement, backup_now, backups_of
from ekbom.web.data.phrase import new_identity
from ekbom.web.devices.known import device_of, know_device, me
from ekbom.web.models import Device, Draft, Person, Setting, TrialRow
from ekbom.web.store import close, register
from installations import Installation

NOW = datetime(2026, 3, 20, 8, tzinfo=UTC)
FAST = built_in("magnesium-rls-fast")
FIRST = date(2026, 3, 1)


def registered(person: Person | None = None) -> TrialRow:
    return register(person or me(), protocol=FAST, start=FIRST, zone="Europe/Berlin", now=NOW)


@pytest.fixture
def data(tmp_path: Path, settings) -> Path:
    settings.SITE = replace(settings.SITE, data=tmp_path / "data")
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def delete(client: Client, what: object, word: str = "delete"):
    return client.post(reverse("delete"), {"what": str(what), "word": word})


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["", "yes", "deleted", "DELETE please"])
def test_nothing_is_deleted_without_the_word(ana, data: Path, word: str) -> None:
    row = registered()
    page = delete(ana, "everything", word)
    assert page.status_code == 422
    assert TrialRow.objects.get() == row


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["delete", " Delete ", "DELETE"])
def test_the_word_is_taken_in_any_case(ana, data: Path, word: str) -> None:
    registered()
    assert delete(ana, "everything", word).url == reverse("deleted")
    assert TrialRow.objects.count() == 0


@pytest.mark.django_db
def test_one_trial_is_deleted_and_the_others_stay(ana, data: Path) -> None:
    earlier = registered()
    close(earlier, now=NOW)
    now = registered()
    Draft.objects.create(owner=me(), said={"medicines": ["levodopa"]})
    _, phone = know_device(owner=me(), name="phone", now=NOW)
    assert delete(ana, earlier.pk).url == reverse("deleted")
    assert [row.pk for row in TrialRow.objects.all()] == [now.pk]
    assert Draft.objects.count() == 1
    assert [(d.name, d.wipe) for d in Device.objects.order_by("name")] == [
        ("Ana's laptop", False),
        ("phone", True),
    ]
    assert device_of(phone) is not None
    assert delete(ana, now.pk).url == reverse("deleted")
    assert (TrialRow.objects.count(), Draft.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_the_browser_is_told_to_forget_what_it_keeps(ana, data: Path) -> None:
    registered()
    assert delete(ana, "everything").headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.django_db
def test_after_everything_this_browser_is_still_known_and_phones_are_told_to_wipe(
    ana, data: Path
) -> None:
    registered()
    me().save()
    _, phone = know_device(owner=me(), name="Ana's phone", now=NOW)
    Setting.objects.create(name="subscription", value="secret")
    before = me().pk
    assert delete(ana, "everything").status_code == 302
    assert ana.get(reverse("data")).status_code == 200
    assert me().pk != before
    assert device_of(phone) is None
    assert [(d.name, d.removed is not None, d.wipe) for d in Device.objects.order_by("wipe")] == [
        ("", False, False),
        ("", True, True),
    ]
    assert Setting.objects.count() == 0


@pytest.mark.django_db
def test_another_persons_trial_cannot_be_deleted(ana, data: Path) -> None:
    ben = registered(Person.objects.create(username="ben"))
    registered()
    assert delete(ana, ben.pk).status_code == 422
    assert TrialRow.objects.count() == 2


@pytest.mark.django_db
def test_in_a_clinic_only_ones_own_goes(ana, data: Path, settings) -> None:
    settings.SITE = replace(settings.SITE, kind="clinic")
    ben = Person.objects.create(username="ben")
    kept = registered(ben)
    registered()
    Setting.objects.create(name="x", value="of the clinic")
    arrange(Arrangement(recipient=str(new_identity().to_public()), folder=str(data)))
    ana.force_login(me(), backend=settings.AUTHENTICATION_BACKENDS[0])
    others = Client()
    others.force_login(ben, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert delete(ana, "everything").status_code == 302
    assert [row.pk for row in TrialRow.objects.all()] == [kept.pk]
    assert [p.username for p in Person.objects.all()] == ["ben"]
    assert ana.get(reverse("data")).status_code in (302, 403)
    assert others.get(reverse("data")).status_code == 200
    assert (Setting.objects.count(), arrangement().ready) == (1, True)


@pytest.mark.django_db
def test_the_page_names_what_it_cannot_reach(ana, data: Path) -> None:
    registered()
    device, _ = know_device(owner=me(), name="<b>phone</b>", now=NOW)
    Device.objects.filter(pk=device.pk).update(unsent=3)
    page = ana.get(reverse("delete")).content.decode()
    assert "&lt;b&gt;phone&lt;/b&gt;, while it is offline." in page
    assert "It has 3 answers that were not sent yet." in page
    assert "Backups that you made by hand, or moved or copied elsewhere." in page


@pytest.mark.django_db(transaction=True)
def test_automatic_backups_go_and_a_new_one_is_made_of_what_stays(
    ana, data: Path, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "holiday.jpg").write_bytes(b"x")
    arrange(Arrangement(recipient=str(new_identity().to_public()), folder=str(stick)))
    earlier = registered()
    close(earlier, now=NOW)
    registered()
    (data / "before-upgrade-20260101T000000Z.tar").write_bytes(b"old")
    (data / "replaced-20260101T000000Z").mkdir()
    (data / "replaced-20260101T000000Z" / "ekbom.sqlite3").write_bytes(b"old")
    old = backup_now(NOW - timedelta(days=3))
    delete(ana, earlier.pk)
    (new,) = backups_of(arrangement())
    assert new != old
    assert sorted(p.name for p in stick.iterdir()) == [new.name, "holiday.jpg"]
    assert [p.name for p in data.iterdir()] == ["backups.json"]
    delete(ana, "everything")
    assert [p.name for p in stick.iterdir()] == ["holiday.jpg"]
    assert list(data.iterdir()) == []


LIVED = """
prepare_database(site)
row = registered()
answer(row, FIRST, note="SECRETnote", urge=4)
Draft.objects.create(owner=me(), said={"medicines": ["SECRETmedicine"]})
know_device(owner=me(), name="SECRETphone", now=now)
Setting.objects.create(name="refined", value="SECRETplan")
person = me(); person.first_name = "SECRETname"; person.save()
from django.contrib.sessions.backends.db import SessionStore
session = SessionStore(); session["typed"] = "SECRETtyped"; session.save()
"""

DELETED = """
from ekbom.web.data.deletion import delete_person
delete_person(me(), here=None, now=now)
def held():
    return sorted(p.name for p in site.data.iterdir() if b"SECRET" in p.read_bytes())
print("held while it runs:", held())
"""


def holding(data: Path) -> list[str]:
    return sorted(p.name for p in data.iterdir() if p.is_file() and b"SECRET" in p.read_bytes())


def test_no_deleted_word_is_left_in_any_file(tmp_path: Path) -> None:
    home = Installation(tmp_path / "data")
    home.python(LIVED)
    assert holding(home.data) == ["ekbom.sqlite3"]
    assert home.python(DELETED) == "held while it runs: []\n"
    assert holding(home.data) == []
    assert (home.data / "ekbom.sqlite3").stat().st_size > 0


def test_no_word_of_a_deleted_trial_is_left_while_others_read(tmp_path: Path) -> None:
    """A reader that has the old state open delays the emptying of the journal, not the deletion."""
    home = Installation(tmp_path / "data")
    said = home.python(
        LIVED
        + """
import sqlite3
from ekbom.web.data.deletion import delete_trial
reader = sqlite3.connect(site.data / "ekbom.sqlite3")
reader.execute("SELECT count(*) FROM ekbom_eventrow").fetchone()
delete_trial(row, here=None, now=now)
reader.close()
connection.close()
print([p.name for p in site.data.iterdir() if b"SECRETnote" in p.read_bytes()])
"""
    )
    assert said == "[]\n"
