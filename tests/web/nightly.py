"""Nights written down by posting to the real addresses, as a browser does."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse

from ekbom.trial.randomise import Screening, add_screening
from ekbom.web.devices.known import me
from ekbom.web.models import EventRow
from ekbom.web.store import change, current_row
from web.lives import DAY, PERIODS, WASHOUT, at, registered, tolerates

CALM = {"urge": 4, "loose_stools": 0, "nausea": 0, "belly_pain": 0, "other_complaint": 0}
"""A night's answers without complaints."""


def read(response: Any) -> str:
    """Return what a page says, its tags left out and its spaces made one."""
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    plain = re.sub(r"<[^>]+>", " ", main[0] if main else response.content.decode())
    return " ".join(html.unescape(plain).split())


def get(client: Client, name: str, **where: Any) -> Any:
    """Ask for a page by the name of its address."""
    return client.get(reverse(name, kwargs=where or None))


def post(client: Client, name: str, data: Any = None, **where: Any) -> Any:
    """Send a form to an address by its name."""
    return client.post(reverse(name, kwargs=where or None), data or {})


def answer(client: Client, night: date, **answers: float) -> None:
    """Answer about a night, with nothing else wrong than what ``answers`` say."""
    response = post(client, "morning", {**CALM, **answers}, night=night)
    assert response.status_code == 302, read(response)


def take(client: Client, night: date, taken: str = "all", **more: object) -> None:
    """Write down the capsules of an evening."""
    response = post(client, "evening", {"taken": taken, **more}, night=night)
    assert response.status_code == 302, read(response)


def refused(response: Any, why: str) -> None:
    """Make sure that a form came back with the reason."""
    assert (response.status_code, why in read(response)) == (422, True), read(response)


def kinds() -> list[str]:
    """Return the kinds of all events so far, in order."""
    return list(EventRow.objects.order_by("number").values_list("kind", flat=True))


def drawn(client: Client, clock: Any) -> None:
    """Take a new trial to the evening of its first randomised night."""
    registered(me(), clock)
    clock.now = at(WASHOUT - DAY, "09:00")
    tolerates(me())
    now = clock()
    screening = Screening(by="Dr. Chen", on=now.date())
    stepped(lambda t: add_screening(t, screening=screening, now=now), now)
    assert post(client, "fix_dose", {"mg": "200"}).status_code == 302
    assert post(client, "draw").status_code == 302
    clock.now = at(PERIODS - DAY, "10:00")
    assert post(client, "packs", {"spare_nights": "2"}).status_code == 302
    clock.now = at(PERIODS, "22:00")


def rows() -> list[tuple[str, int]]:
    """Return how many rows every table has."""
    from django.apps import apps

    return [
        (m.__name__, m._default_manager.count()) for m in apps.get_app_config("ekbom").get_models()
    ]


def stepped(step: Any, now: Any) -> None:
    """Take a step in the trial that somebody is in."""
    change(current_row(me()), step, now=now)
