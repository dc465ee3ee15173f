"""Ana's trial, and phones that keep entries of it and send them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from ekbom.protocol.files import built_in
from ekbom.trial.additions import add_answers, add_dose, add_event
from ekbom.trial.folder import Trial
from ekbom.trial.randomise import Screening, add_screening, draw_order
from ekbom.web.api.account import account_of
from ekbom.web.devices.known import me
from ekbom.web.models import DoseRow, EntryRow, EventRow, Submission, TrialRow
from ekbom.web.store import change, change_files, current_row, register
from web.conftest import Hands

FAST = built_in("magnesium-rls-fast")
OPEN_DOSES = replace(FAST, phases=replace(FAST.phases, baseline_nights=0))
FIRST = date(2026, 3, 1)
ZONE = "Europe/Berlin"
TABLES = (EntryRow, DoseRow, EventRow, Submission)


def began(protocol, clock: Hands) -> TrialRow:
    row = register(me(), protocol=protocol, start=FIRST, zone=ZONE, now=clock())
    clock.on(minutes=1)
    screened = Screening(by="the safety questions", on=FIRST)
    step(row, clock, lambda t: add_screening(t, screening=screened, now=clock()))
    return current_row(me())


def step(row: TrialRow, clock: Hands, taken: Callable[[Trial], Trial]) -> Trial:
    return change(row, taken, now=clock())


def item(row: TrialRow, *, instant: datetime | str, night: date = FIRST, **told: Any) -> dict:
    """An entry as a phone keeps it: answers, unless something else is told."""
    if "kind" not in told:
        told = {"kind": "answers", "data": {"answers": {"urge": 4}}, **told}
    return {
        "id": uuid4().hex,
        "account": account_of(row.owner),
        "trial": str(row.pk),
        "night": night.isoformat(),
        "instant": instant if isinstance(instant, str) else instant.isoformat(),
        "zone": ZONE,
        **told,
    }


def sent(client: Client, *items: dict) -> list[tuple[str, str]]:
    response = post(client, "outbox", {"items": list(items)})
    assert response.status_code == 200, response.content
    return [(r["status"], r["reason"]) for r in response.json()["results"]]


def refused_with(client: Client, one: dict) -> str:
    """Send an item that is refused, and return what a correction of it names as seen."""
    (result,) = post(client, "outbox", {"items": [one]}).json()["results"]
    assert (result["status"], result["reason"]) == ("refused", "not possible")
    return result["seen"]


def post(client: Client, name: str, body: object, **more: Any):
    return client.post(f"/api/{name}", json.dumps(body), content_type="application/json", **more)


def counts() -> dict[str, int]:
    return {table.__name__: table.objects.count() for table in TABLES}


def entries() -> list[tuple]:
    rows = EntryRow.objects.order_by("position")
    return [(e.night, e.item, e.value, e.instant, e.received, e.late) for e in rows]


def fixed_secrets(byte: int) -> Callable[[int], bytes]:
    return lambda length: bytes([byte]) * length


def drawn(row: TrialRow, clock: Hands, byte: int) -> tuple[str, ...]:
    """Draw the order, from given bytes, and return it."""
    orders = []

    def draw(trial: Trial):
        found = draw_order(trial, now=clock(), source=fixed_secrets(byte))
        orders.append(json.loads(found.kept["allocation.json"])["treatments"])
        return found.trial, found.kept

    change_files(row, draw, now=clock())
    return tuple(orders[0])


def lived(row: TrialRow, clock: Hands, byte: int) -> tuple[str, ...]:
    """Live Ana's trial up to its randomised nights, with answers that could leak."""
    fixed = {"mg": 200, "capsules": 2}
    for number in range(3):
        night = FIRST + timedelta(days=number)
        clock.set(f"{night + timedelta(days=1)}T08:00+01:00")
        answers = {"urge": 7 - number, "minutes_to_sleep": 123 + number, "other_complaint": 9}
        step(
            row,
            clock,
            lambda t, n=night, a=answers: add_answers(t, night=n, answers=a, now=clock()),
        )
    clock.set("2026-03-20T21:00+01:00")
    step(
        row,
        clock,
        lambda t: add_dose(
            t, night=date(2026, 3, 20), instant=clock(), capsules=2, mg=187, now=clock()
        ),
    )
    clock.set("2026-03-29T10:00+02:00")
    step(row, clock, lambda t: add_event(t, kind="dose fixed", detail=fixed, now=clock()))
    order = drawn(row, clock, byte)
    clock.set("2026-04-11T10:00+02:00")
    step(
        row,
        clock,
        lambda t: add_event(t, kind="packs ready", detail={"spare_nights": 1}, now=clock()),
    )
    step(
        row,
        clock,
        lambda t: add_event(
            t, kind="note", detail={"note": "Zopiclone from Dr. Chen"}, now=clock()
        ),
    )
    clock.set("2026-04-15T20:00+02:00")
    return order
