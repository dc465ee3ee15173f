"""Fresh answers before the draw: go on, a clinician first, or not at all."""

from __future__ import annotations

import pytest
from django.test import Client

from ekbom.report.screening_words import BY
from ekbom.web.begin.questions import sections
from ekbom.web.devices.known import me
from web.conftest import Hands
from web.lives import DAY, WASHOUT, at, tolerates
from web.test_course import event, kinds, read, taken
from web.way import HEALTHY, register_ana, section_data


@pytest.fixture
def waiting(ana: Client, clock: Hands) -> Client:
    """Ana, who answered the questions 30 days ago, with the dose fixed and nothing drawn."""
    register_ana(ana, clock)
    clock.now = at(WASHOUT - DAY, "09:00")
    tolerates(me())
    taken(ana.post("/trial/dose/", {"mg": "200"}))
    clock.on(days=2)
    ana.get("/trial/")
    return ana


def said(**changed: object) -> dict[str, str]:
    """Return what a browser sends for all questions."""
    answers = {**HEALTHY, **changed}
    return {k: v for section in sections() for k, v in section_data(section, answers).items()}


def test_answers_that_say_go_open_the_draw(waiting: Client, clock: Hands) -> None:
    assert waiting.post("/trial/draw/").status_code == 409
    page = waiting.get("/trial/screening/").content.decode()
    assert 'name="age_typed" value="52"' in page
    taken(waiting.post("/trial/screening/", said()), "/trial/draw/")
    detail = event(me(), clock(), "screening")
    assert (detail["result"], detail["on"], detail["by"]) == ("go", f"{clock().date()}", BY)
    taken(waiting.post("/trial/draw/"), "/trial/draw/")
    assert kinds(me(), clock())[-1] == "randomised"


def test_a_new_answer_that_says_stop_bars_the_draw(waiting: Client, clock: Hands) -> None:
    page = waiting.post("/trial/screening/", said(bowel_blocked="yes"))
    assert page.status_code == 200
    assert "What your answers mean now" in read(page)
    assert event(me(), clock(), "screening")["result"] == "stop"
    assert waiting.post("/trial/draw/").status_code == 409
    assert "randomised" not in kinds(me(), clock())


def test_dr_chen_agrees_and_the_draw_is_open(waiting: Client, clock: Hands) -> None:
    page = waiting.post("/trial/screening/", said(slow_pulse="yes"))
    assert "A clinician agreed to this" in read(page)
    result = event(me(), clock(), "screening")["result"]
    assert result in ("stop", "clinician first")
    today = f"{clock().date()}"
    wrong = {"question": "slow_pulse", "by": "-", "on": today}
    assert waiting.post("/trial/screening/", wrong).status_code == 422
    taken(waiting.post("/trial/screening/", {**wrong, "by": "Dr. Chen"}), "/trial/draw/")
    detail = event(me(), clock(), "screening")
    assert (detail["result"], detail["agreed_by"]) == ("clinician first", "Dr. Chen")
    taken(waiting.post("/trial/draw/"), "/trial/draw/")


def test_what_was_typed_wrong_stays_and_nothing_is_recorded(waiting: Client, clock: Hands) -> None:
    before = kinds(me(), clock())
    page = waiting.post("/trial/screening/", said(age="<b>old</b>"))
    assert page.status_code == 422
    assert "&lt;b&gt;old&lt;/b&gt;" in page.content.decode()
    assert kinds(me(), clock()) == before


def test_an_agreement_about_nothing_is_not_kept(waiting: Client, clock: Hands) -> None:
    before = kinds(me(), clock())
    sent = {"question": "pregnant", "by": "Dr. Chen", "on": f"{clock().date()}"}
    taken(waiting.post("/trial/screening/", sent), "/trial/screening/")
    assert kinds(me(), clock()) == before
