"""The clock of Ana's computer ran ten days ahead for an evening, and then was set right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.problem import InputError
from ekbom.trial.folder import open_trial
from ekbom.web.devices.known import me
from ekbom.web.models import EntryRow, TrialRow
from ekbom.web.store import current_row, files_of, remembered
from web.conftest import Hands
from web.lives import DAY, TITRATION, at, registered, tolerates
from web.nightly import answer, get, post, read, take

WRONG = TITRATION + 10 * DAY

PAGES = ("tonight", "nights", "trial", "progress", "data", "changed", "signs", "settings", "delete")


@pytest.fixture
def put_right(ana: Client, clock: Hands) -> Client:
    registered(me(), clock)
    clock.now = at(TITRATION - DAY, "09:00")
    tolerates(me(), until=TITRATION)
    clock.now = at(WRONG, "22:00")
    take(ana, WRONG, capsules="1")
    clock.now = at(WRONG, "08:00")
    answer(ana, WRONG)
    assert post(ana, "skip", night=WRONG - DAY, part="morning").status_code == 302
    clock.now = at(TITRATION, "22:00")
    remembered.forget()
    return ana


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_locked(put_right: Client, name: str) -> None:
    assert get(put_right, name).status_code == 200


def test_tonight_names_the_clock(put_right: Client, clock: Hands) -> None:
    assert "The clock here is wrong, or was wrong." in read(get(put_right, "tonight"))
    clock.now = at(WRONG + DAY, "22:00")
    assert "The clock here" not in read(get(put_right, "tonight"))


def test_the_diary_goes_on_from_the_right_day(put_right: Client, clock: Hands) -> None:
    take(put_right, TITRATION, capsules="1")
    clock.now = at(TITRATION, "08:00")
    answer(put_right, TITRATION)
    remembered.forget()
    assert get(put_right, "tonight").status_code == 200
    assert EntryRow.objects.filter(night=TITRATION).exists()
    assert EntryRow.objects.filter(night=WRONG).exists()


def test_everything_can_be_exported_and_deleted(put_right: Client) -> None:
    assert put_right.get(reverse("export")).status_code == 200
    gone = put_right.post(reverse("delete"), {"what": "everything", "word": "delete"})
    assert gone.headers["Location"] == reverse("deleted")
    assert not TrialRow.objects.exists()


def test_a_folder_from_elsewhere_that_is_ahead_is_refused_as_ever(
    put_right: Client, clock: Hands, tmp_path
) -> None:
    for name, data in files_of(current_row(me()), now=clock()).items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match="has not begun yet"):
        open_trial(tmp_path, now=clock())
    assert open_trial(tmp_path, now=clock() + timedelta(days=11)).doses
