"""An order that a patient drew at home is not taken for one that the clinic drew and keeps."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any

import pytest

from ekbom.trial.folder import open_trial
from ekbom.trial.log import changed_files
from ekbom.trial.sealed_draw import draw_sealed, keep_sealed
from ekbom.trial.sealing import Lock
from ekbom.web.data.taking_in import Unfolded
from ekbom.web.models import TrialRow
from ekbom.web.store import close, current_row, files_of
from trials import at
from web.clinics import PUBLIC, browser_of, drawn
from web.helping import CODE
from web.moved import upload, zipped

pytestmark = pytest.mark.django_db


def drawn_at_home(files: dict[str, bytes], now: datetime) -> tuple[dict[str, bytes], bytes]:
    """Return Ana's trial with an order that she drew, and its seal: her own code opens it too."""
    trial = open_trial(Unfolded(files), now=now)
    data = draw_sealed(trial, lock=Lock(CODE, keys=(PUBLIC,)), now=now)
    after = keep_sealed(trial, now=now, data=data)
    return {**changed_files(None, after.trial), **after.kept}, data


def told(page: Any) -> str:
    return html.unescape(page.content.decode())


def test_a_seal_made_at_home_is_not_finished_here_as_if_it_were_the_clinics(row, clock) -> None:
    ana, files = browser_of(row), files_of(row, now=at(1))
    _, data = drawn_at_home(files, at(1))
    close(row, now=at(1))
    page = upload(ana, zipped({**files, "allocation.sealed": data}))
    assert page.status_code == 422
    assert (
        "allocation.sealed: An order of treatments is in it, but no draw of it is on record. "
        "Finish the draw where it was begun, and export again."
    ) in told(page)
    assert current_row(row.owner) is None


def test_an_order_that_was_drawn_at_home_is_not_the_clinics(row, clock) -> None:
    ana, files = browser_of(row), files_of(row, now=at(1))
    close(row, now=at(1))
    page = upload(ana, zipped(drawn_at_home(files, at(1))[0]))
    assert page.status_code == 422
    assert (
        "events.csv: Its order of treatments was not drawn by this clinic. Ask your clinic how to "
        "go on with this trial."
    ) in told(page)
    assert current_row(row.owner) is None


def test_a_trial_whose_order_this_clinic_drew_is_brought_in_again(row, clock) -> None:
    ana = browser_of(row)
    files = files_of(drawn(ana, row), now=at(1))
    close(row, now=at(1))
    assert upload(ana, zipped(files)).status_code in (200, 302)
    again = TrialRow.objects.get(owner=row.owner, closed=None)
    assert files_of(again, now=at(1))["allocation.sealed"] == files["allocation.sealed"]
