"""No medicine goes unchecked: an empty list, another hour, a medicine told during the trial."""

from __future__ import annotations

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.safety.medicines import Medicine
from ekbom.web.begin.questions import sections
from ekbom.web.begin.said import answers_of, remember
from ekbom.web.devices.known import me
from ekbom.web.models import Person
from web.conftest import Hands
from web.test_course import event, kinds
from web.test_course_screening import said, waiting
from web.way import (
    HEALTHY,
    agree,
    list_medicines,
    plan_ana,
    posted,
    register_ana,
    section_data,
)

__all__ = ["waiting"]

pytestmark = pytest.mark.django_db


def say_now(client: Client, **changed: object) -> None:
    section = next(s for s in sections() if any(q.id in changed for q in s.questions))
    data = section_data(section, {**HEALTHY, **changed})
    assert posted(client, "begin_questions", data, part=section.number).status_code == 302


def listing(dose_at: str, *lines: tuple[str, str]) -> dict[str, str]:
    cells = {"form-TOTAL_FORMS": f"{len(lines)}", "form-INITIAL_FORMS": "0", "dose_at": dose_at}
    for n, (name, times) in enumerate(lines):
        cells |= {f"form-{n}-name": name, f"form-{n}-times": times}
    return cells


def test_a_yes_after_an_empty_list_asks_for_the_list(ana: Client) -> None:
    plan_ana(ana)
    say_now(ana, medicines="yes")
    assert "medicines_checked" not in answers_of(me())
    sent = agree(ana)
    assert (sent.status_code, sent["Location"]) == (302, reverse("begin_medicines"))
    list_medicines(ana, ("levothyroxine 50", "07:00"))
    assert ana.get(reverse("begin_agree")).status_code == 200


def test_a_yes_before_the_draw_asks_for_the_list_and_checks_it(
    waiting: Client, clock: Hands
) -> None:
    sent = waiting.post("/trial/screening/", said(medicines="yes"))
    assert sent["Location"] == "/trial/medicines/"
    assert kinds(me(), clock()).count("screening") == 1
    assert waiting.get("/trial/medicines/").status_code == 200
    listed = listing("22:00", ("gabapentin", "21:30"))
    assert waiting.post("/trial/medicines/", listed)["Location"] == "/trial/medicines/"
    assert waiting.post("/trial/screening/", said(medicines="yes")).status_code == 200
    assert event(me(), clock(), "screening")["result"] == "clinician first"
    waiting.post("/trial/medicines/", listing("22:30", ("gabapentin", "18:00")))
    assert Person.objects.get().dose_at == time(22, 30)
    sent = waiting.post("/trial/screening/", said(medicines="yes"))
    assert sent["Location"] == "/trial/draw/"


def test_a_medicine_told_in_the_trial_needs_a_clinician_before_the_draw(
    waiting: Client, clock: Hands
) -> None:
    waiting.post("/health/changed/record/", {"what": "no capsules", "kind": "medicine"})
    waiting.post("/trial/medicines/", listing("22:30", ("gabapentin", "18:00")))
    assert waiting.post("/trial/screening/", said(medicines="yes")).status_code == 200
    assert event(me(), clock(), "screening")["result"] == "clinician first"
    agreed = {"question": "medicines_checked", "by": "Dr. Chen", "on": f"{clock().date()}"}
    assert waiting.post("/trial/screening/", agreed)["Location"] == "/trial/draw/"
    assert waiting.post("/trial/screening/", said(medicines="yes"))["Location"] == "/trial/draw/"
    assert event(me(), clock(), "screening")["agreed_by"] == "Dr. Chen"


def test_the_hour_in_settings_is_checked_beside_the_medicines(ana: Client, clock: Hands) -> None:
    register_ana(ana, clock)
    remember(me(), medicines=(Medicine("gabapentin", (time(18),)),))
    sent = {"language": "", "theme": "", "dose_at": "18:30", "diary_at": "08:00"}
    page = ana.post("/settings/", sent)
    assert page.status_code == 422
    assert "gabapentin" in page.content.decode()
    assert Person.objects.get().dose_at == time(22)
    assert ana.post("/settings/", {**sent, "dose_at": "22:30"}).status_code == 302
    assert Person.objects.get().dose_at == time(22, 30)
