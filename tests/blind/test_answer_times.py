"""No page takes longer for one order than for the other, as far as a clock can tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from blind.lives import CALM, Life, protocol_of
from blind.seals import opposites
from blind.times import apart
from ekbom.web.models import Person
from web.conftest import Hands
from web.lives import DAY
from web.sites import ClinicBrowser, become

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

STAGE = "loose stools"
PAGES = ("tonight", "progress", "trial", "nights", "export", "api:plan", "unblind", "verdict")


@pytest.fixture(name="twins")
def _twins(settings: Any, clock: Hands) -> tuple[Life, Life]:
    """Ana and Anna at a clinic, on the same evening of the same trial with opposite orders."""
    become(settings, "clinic")
    orders = opposites(protocol_of("clinic"))
    one, other = (_lived(name, o, clock) for name, o in zip(("ana", "anna"), orders, strict=True))
    return one, other


def _lived(name: str, order: tuple[str, ...], clock: Hands) -> Life:
    clock.set("2026-03-01T19:00+01:00")
    ana = Person.objects.create(username=name)
    life = Life("clinic", order, ana, ClinicBrowser(), clock)
    assert STAGE in life.stages()
    life.arrive()
    return life


def test_no_page_and_no_form_takes_longer_for_one_order(twins: tuple[Life, Life]) -> None:
    asked = {page: [_asking(life.browser, reverse(page)) for life in twins] for page in PAGES}
    asked["keeping a diary"] = [_keeping(life) for life in twins]
    assert [page for page, (one, other) in asked.items() if apart(one, other)] == []


def test_five_milliseconds_for_one_order_are_found(
    twins: tuple[Life, Life], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ekbom.web.course import sending

    real = sending.render

    def dawdling(request: Any, *args: Any, **how: Any) -> Any:
        if request.user == twins[0].ana:
            time.sleep(0.005)
        return real(request, *args, **how)

    monkeypatch.setattr(sending, "render", dawdling)
    one, other = (_asking(life.browser, reverse("progress")) for life in twins)
    # A machine may be too busy for it once; for pages that are alike it is never so three times.
    assert any(apart(one, other) for _ in range(3))


def _asking(browser: Client, path: str) -> Callable[[], object]:
    return lambda: browser.get(path).content


def _keeping(life: Life) -> Callable[[], object]:
    """Return what corrects an answer of last night, each time to another one."""
    path = reverse("morning", kwargs={"night": life.trial.clock.night_of(life.clock()) - DAY})
    said = iter(range(10**6))
    return lambda: life.browser.post(path, {**CALM, "urge": next(said) % 10}).content
