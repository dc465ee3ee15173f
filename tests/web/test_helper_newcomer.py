"""Ben, who has never seen a trial: he is told all that he needs, and nothing he cannot do."""

from __future__ import annotations

import re
from pathlib import Path

import pyrage
import pytest
from django.test import Client

from ekbom.report.paper.instructions import instruction_sheet
from ekbom.report.paper.setting import pdf_of
from ekbom.report.paper.shopping import shopping_list
from ekbom.safety.preparation import needs_of
from ekbom.web.devices.known import COOKIE, me
from ekbom.web.models import TrialRow
from papers import ready
from web.boxes import quick_box
from web.conftest import Hands, browser_of
from web.helping import PASSPHRASE, arrived, asked, asks_for, heading, read, sealed, tolerated
from web.lives import trial_of

EACH = 19
"""Capsules of a pack of Ana's plan: 2 for each of 7 nights, 3 spare, 2 as proof."""


@pytest.fixture
def row(ana: Client, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> TrialRow:
    """Ana's trial, its order sealed by Ben."""
    monkeypatch.setattr(pyrage.passphrase, "encrypt", quick_box)
    found = tolerated(clock)
    sealed(found, clock())
    return found


def test_every_place_says_the_same_number_of_capsules(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    ben, trial = arrived(ana), trial_of(me(), clock())
    assert f"There are 4 packs. Each gets {EACH} capsules" in read(ben.get("/helper/"))
    assert f"There are 4 packs. Each gets {EACH} capsules" in read(asks_for(ben, "list", "wrong"))
    assert f"{EACH} capsules in each pack" in read(asks_for(ben, "list"))
    assert f"Each pack has {EACH} capsules" in read(ana.get("/trial/packs/"))
    needs = needs_of(trial=trial, size=None, salt=None, a_night=None)
    assert (needs.fill.packs, needs.fill.pack) == (4, EACH)
    printed = ben.post("/helper/papers/", {"paper": "a4", "what": "shopping-list.pdf"})
    document = shopping_list(fill=needs.fill, a_night=needs.a_night)
    assert printed.content == pdf_of(document, paper="a4", made=clock())
    assert printed["Content-Disposition"] == 'attachment; filename="shopping-list.pdf"'


@pytest.mark.parametrize("way", ["helper", "alone"])
def test_instructions_name_commands_only_in_the_shell(tmp_path: Path, way: str) -> None:
    trial = ready(tmp_path / "trial", way)
    told = [str(instruction_sheet(trial=trial, commands=on).data) for on in (False, True)]
    assert [bool(re.search(r"ekbom [a-z]+ DIR", text)) for text in told] == [False, True]


def test_a_form_refused_as_forged_leads_the_helper_back_to_their_own_page(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    """On Ana's own device too, where it would have led to her pages."""
    link = asked(ana)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[COOKIE] = browser_of(clock).cookies[COOKIE].value
    own = {"origin": "http://testserver"}
    for path, back in (("/helper/packs/", "/helper/"), ("/helper/done/", "/helper/"), (link, link)):
        answer = strict.post(path, {"passphrase": PASSPHRASE}, headers=own)
        assert (answer.status_code, heading(answer)) == (403, "Nothing was saved")
        assert re.findall(r'<a class="button" href="([^"]*)"', answer.content.decode()) == [back]
        assert answer["Referrer-Policy"] == "strict-origin"
        assert "Warning signs" not in answer.content.decode()


@pytest.mark.parametrize("on_hers", [True, False])
def test_on_anas_own_device_the_last_page_leads_back_to_hers(
    ana: Client, row: TrialRow, on_hers: bool
) -> None:
    link, ben = asked(ana), ana if on_hers else Client()
    ben.post(link)
    page = ben.post("/helper/done/")
    assert ("Open their page" in read(page)) == on_hers
    assert ("Close this page now." in read(page)) == (not on_hers)


def test_a_page_without_a_next_step_has_a_way_back_on_anas_own_device(
    ana: Client, row: TrialRow
) -> None:
    pages = [read(client.get("/helper/")) for client in (ana, Client())]
    assert ["To the first page" in page for page in pages] == [True, False]


def test_anas_trial_page_leads_to_her_helper_and_to_what_she_buys(
    ana: Client, row: TrialRow
) -> None:
    page = ana.get("/trial/").content.decode()
    assert [f'href="{a}"' in page for a in ("/trial/helper/", "/trial/buy/")] == [True, True]
    ana.post("/trial/packs/", {"key": "given"})
    page = ana.get("/trial/").content.decode()
    assert [f'href="{a}"' in page for a in ("/trial/helper/", "/trial/buy/")] == [True, False]
