"""Ana takes her trial out, brings it in, closes it, and finds it among the earlier ones."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.urls import reverse

from ekbom.trial.additions import add_event
from ekbom.trial.folder import open_trial
from ekbom.web.data.archive import pack, unpack
from ekbom.web.devices.known import me
from ekbom.web.models import Person
from ekbom.web.store import begin_diary, change, close, current_row
from trials import shell
from web.lives import FAST, FIRST
from web.moved import answer, registered, rows, upload

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


# --- out


def test_the_export_is_a_trial_folder_whose_bytes_do_not_change(ana, clock, tmp_path) -> None:
    row = registered(clock)
    answer(row, FIRST, clock.on(hours=12), urge=4)
    first = ana.get(reverse("export"))
    assert first.headers["Content-Disposition"] == 'attachment; filename="ekbom-trial.zip"'
    assert first.headers["Cache-Control"] == "no-store"
    clock.on(days=3)
    assert ana.get(reverse("export")).content == first.content
    infos = zipfile.ZipFile(io.BytesIO(first.content)).infolist()
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    zipfile.ZipFile(io.BytesIO(first.content)).extractall(tmp_path)
    trial = open_trial(tmp_path / "ekbom-trial", now=clock())
    assert [(e.item, e.value) for e in trial.entries] == [("urge", 4)]
    assert shell("check", tmp_path / "ekbom-trial", now=clock()).exit_code == 0


def test_a_diary_without_a_trial_goes_out_and_comes_in_again(ana, clock) -> None:
    diary = begin_diary(me(), protocol=FAST, start=FIRST, zone="Europe/Berlin", now=clock())
    answer(diary, FIRST, clock.on(hours=12), urge=4, minutes_to_sleep=25)
    out = ana.get(reverse("export")).content
    names = zipfile.ZipFile(io.BytesIO(out)).namelist()
    assert names == [
        f"ekbom-trial/{n}" for n in ("readme.txt", "trial.toml", "entries.csv", "diary.csv")
    ]
    assert b"without a trial" in zipfile.ZipFile(io.BytesIO(out)).read(names[0])
    assert ana.post(reverse("new_trial")).url == reverse("welcome")
    assert upload(ana, out).url == reverse("tonight")
    row = current_row(me())
    assert (row.registered, row.pk == diary.pk) == (False, False)
    assert ana.get(reverse("export")).content == out


def test_somebody_without_a_diary_has_nothing_to_export(ana) -> None:
    assert ana.get(reverse("export")).url == reverse("welcome")


# --- earlier trials


def test_a_running_trial_is_not_closed(ana, clock) -> None:
    registered(clock)
    assert "not over yet" in text(ana.get(reverse("new_trial")))
    page = ana.post(reverse("new_trial"))
    assert page.status_code == 422
    assert current_row(me()) is not None


def test_a_finished_trial_moves_to_the_earlier_ones(ana, clock) -> None:
    row = registered(clock)
    now = clock.on(days=2)
    change(
        row,
        lambda t: add_event(t, kind="ended", detail={"last": FIRST, "reason": "moved"}, now=now),
        now=now,
    )
    out = ana.get(reverse("export")).content
    assert ana.post(reverse("new_trial")).url == reverse("welcome")
    assert current_row(me()) is None
    listed = text(ana.get(reverse("trials")))
    assert reverse("earlier_trial", args=[row.pk]) in listed
    page = text(ana.get(reverse("earlier_trial", args=[row.pk])))
    assert reverse("earlier_verdict", args=[row.pk]) in page
    assert ana.get(reverse("earlier_export", args=[row.pk])).content == out


def test_another_persons_trial_is_as_if_it_were_not_there(ana, clock) -> None:
    ben = Person.objects.create(username="ben")
    row = registered(clock, ben)
    close(row, now=clock())
    mine = registered(clock)
    unknown = "00000000-0000-4000-8000-000000000000"
    for name in ("earlier_trial", "earlier_export"):
        pages = [ana.get(reverse(name, args=[pk])) for pk in (row.pk, unknown, mine.pk)]
        assert [p.status_code for p in pages] == [404] * 3
        assert text(pages[0]) == text(pages[1]) == text(pages[2])
    assert str(row.pk) not in text(ana.get(reverse("trials")))


NAMES = ("data", "export", "import_trial", "delete", "backup", "backup_phrase", "backup_typed",
         "backup_folder", "backup_now", "new_trial", "trials")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_sees_and_changes_nothing(mallory, clock, name: str) -> None:
    row = registered(clock)
    close(row, now=clock())
    before = rows()
    for response in (
        mallory.get(reverse(name)),
        mallory.post(reverse(name), {"word": "delete", "what": "everything"}),
    ):
        assert response.status_code in (403, 405)
    assert mallory.get(reverse("earlier_trial", args=[row.pk])).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("name", NAMES)
def test_every_page_opens(ana, clock, name: str) -> None:
    for prepare in (lambda: None, lambda: registered(clock)):
        prepare()
        assert ana.get(reverse(name)).status_code in (200, 302, 405)


def test_packing_and_unpacking_are_each_others_opposite() -> None:
    files = {"trial.toml": b"a", "events.csv": b"b" * 100_000}
    packed = pack(files)
    assert pack(files) == packed
    assert unpack(io.BytesIO(packed), name="x").files == files
    assert unpack(io.BytesIO(packed), name="x").left_out == ()
