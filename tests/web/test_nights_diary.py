"""A diary without a trial, a trial run elsewhere, and every page at every stage."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.examples import example_folder
from ekbom.trial.folder import open_trial
from ekbom.web.devices.known import COOKIE, me
from ekbom.web.models import EventRow
from ekbom.web.store import begin_diary, bring_in
from web.conftest import Hands
from web.lives import DAY, FAST, FIRST, ZONE, at
from web.nightly import answer, get, post, read
from web.states import NOW, STAGES, browser_at


def test_a_diary_without_a_trial(ana: Client, clock: Hands) -> None:
    begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())
    assert "Your diary begins tonight." in read(get(ana, "tonight"))
    clock.now = at(FIRST + DAY, "08:00")
    page = get(ana, "tonight")
    assert page.context["main"].address == reverse("morning", kwargs={"night": FIRST + DAY})
    assert page.context["mornings"] == (FIRST,)
    assert reverse("begin_safety") in page.content.decode()
    answer(ana, FIRST + DAY)
    answer(ana, FIRST)
    assert get(ana, "nights").context["mornings"] == ()
    assert "Nothing is asked this evening." in read(get(ana, "evening", night=FIRST))
    for name in ("changed", "complaint"):
        assert get(ana, name).headers["Location"] == reverse("tonight")
    assert post(ana, "skip", night=FIRST, part="morning").status_code == 302
    assert not EventRow.objects.exists()


@pytest.mark.parametrize("stage", STAGES)
def test_every_page_stands_at_every_stage(db: None, clock: Hands, stage: str) -> None:
    clock.now = NOW
    client = Client()
    client.cookies[COOKIE] = browser_at(stage)
    for number in (0, 1, 3):
        night = NOW.date() - number * DAY
        for name in ("night", "morning", "evening", "dose_correct"):
            assert get(client, name, night=night).status_code in (200, 302, 404), (name, night)
    for name in ("tonight", "nights", "changed", "complaint", "agreed", "signs"):
        assert get(client, name).status_code in (200, 302), name
    for said in ("worse", "end"):
        assert get(client, "word", said=said).status_code in (200, 302)


def test_a_trial_that_was_run_elsewhere_can_be_looked_at(ana: Client, clock: Hands) -> None:
    folder = example_folder("gwern-magnesium-citrate")
    bring_in(me(), trial=open_trial(folder, now=clock()), now=clock())
    assert "run elsewhere" in read(get(ana, "tonight"))
    night = date(2013, 9, 25)
    for name in ("night", "morning", "evening"):
        assert get(ana, name, night=night).status_code == 200
    page = post(ana, "morning", {"mood": "3", "MP": "3"}, night=night)
    assert page.status_code == 422
    assert get(ana, "nights").status_code == 200
