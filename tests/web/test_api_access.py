"""Who may ask the interface for devices, how often, and what a removed phone hears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.web.devices.known import COOKIE, know_device, me
from ekbom.web.models import Device, TrialRow
from web.conftest import Hands, browser_of
from web.phones import (
    FAST,
    began,
    counts,
    item,
    post,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(ana: Client, clock: Hands) -> TrialRow:
    """Ana's trial, which begins on 1 March, with a screening on record."""
    return began(FAST, clock)


def test_a_stranger_gets_nothing_and_leaves_no_trace(mallory, row) -> None:
    before = counts()
    assert mallory.get("/api/plan").status_code == 403
    assert mallory.get("/api/token").status_code == 403
    assert post(mallory, "outbox", {"items": []}).status_code == 403
    assert post(mallory, "contact", {"unsent": 0}).status_code == 403
    assert counts() == before


def test_what_writes_needs_the_token_of_this_site(row, clock) -> None:
    _, secret = know_device(owner=me(), name="phone", now=clock())
    phone = Client(enforce_csrf_checks=True)
    phone.cookies[COOKIE] = secret
    clock.set("2026-03-02T08:00+01:00")
    one = {"items": [item(row, instant=clock())]}
    assert post(phone, "outbox", one).status_code == 403
    token = phone.get("/api/token").json()["token"]
    assert post(phone, "outbox", one, headers={"X-CSRFToken": "x" * 64}).status_code == 403
    assert post(phone, "outbox", one, headers={"X-CSRFToken": token}).status_code == 200


def order(phone: Client, unsent: int, **more: bool) -> str:
    """Return what a phone that calls is told to do."""
    return post(phone, "contact", {"unsent": unsent, **more}).json()["order"]


def states(client: Client) -> list[str]:
    """Return what the pages, the plan and a call say that they were made from."""
    pages = [client.get(reverse(name)).context["made_from"] for name in ("tonight", "nights")]
    called = post(client, "contact", {"unsent": 0}).json()["state"]
    return [*pages, client.get("/api/plan").json()["state"], called]


def test_a_call_tells_a_page_that_something_came_in_after_it_was_made(ana, row, clock) -> None:
    before = states(ana)
    assert (len({*before}), states(ana)) == (1, before)
    post(ana, "outbox", {"items": [item(row, instant=clock())]})
    after = states(ana)
    assert (len({*after}), after == before) == (1, False)


def test_a_removed_phone_is_told_to_forget_and_sees_nothing(ana, row, clock) -> None:
    device, secret = know_device(owner=me(), name="phone", now=clock())
    phone = Client()
    phone.cookies[COOKIE] = secret
    assert order(phone, 2) == "go on"
    Device.objects.filter(pk=device.pk).update(removed=clock())
    assert order(phone, 2) == "wipe"
    assert phone.get("/api/token").json()["account"] == ""
    assert phone.get("/api/plan").status_code == 403
    assert post(phone, "outbox", {"items": [item(row, instant=clock())]}).status_code == 403


def test_a_phone_whose_data_were_deleted_forgets_once(ana, row, clock) -> None:
    device, secret = know_device(owner=me(), name="phone", now=clock())
    phone = Client()
    phone.cookies[COOKIE] = secret
    Device.objects.filter(pk=device.pk).update(wipe=True)
    assert order(phone, 1) == "wipe"
    assert order(phone, 1) == "wipe"
    assert order(phone, 0, wiped=True) == "go on"
    assert order(phone, 0) == "go on"


def test_a_contact_is_noted_with_what_is_unsent(ana, row, clock) -> None:
    now = clock.on(hours=3)
    post(ana, "contact", {"unsent": 7})
    device = Device.objects.get()
    assert (device.last_contact, device.unsent) == (now, 7)


def test_a_device_that_asks_without_end_is_told_to_wait(ana, row) -> None:
    found = {post(ana, "contact", {"unsent": 0}).status_code for _ in range(260)}
    assert found == {200, 429}
    other = browser_of(Hands(datetime(2026, 3, 1, 20, tzinfo=UTC)))
    assert post(other, "contact", {"unsent": 0}).status_code == 200


def test_too_much_at_once_is_refused(ana, row, clock) -> None:
    response = post(ana, "outbox", {"items": ["x" * 1024] * 1100})
    assert response.status_code == 413
    many = [item(row, instant=clock()) for _ in range(201)]
    assert post(ana, "outbox", {"items": many}).status_code == 422


def test_what_cannot_be_read_names_its_place(ana, row, clock) -> None:
    response = post(ana, "outbox", {"items": [item(row, instant="yesterday")]})
    assert response.status_code == 422
    assert "items.0.answers.instant" in response.json()["detail"]
