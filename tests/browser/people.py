"""People whose trials stand somewhere, for tests in a browser: made in the server's database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from ekbom.protocol.files import built_in
from ekbom.trial.additions import add_event
from ekbom.trial.randomise import Screening, add_screening
from ekbom.web.begin.said import Product, remember
from ekbom.web.devices.known import me
from ekbom.web.models import Device, DoseRow, EntryRow, EventRow
from ekbom.web.store import begin_diary, change, current_row, register
from web.way import PRODUCT

PROTOCOL = built_in("magnesium-rls-fast")
ZONE = "Europe/Berlin"


def registered(*, now: datetime) -> str:
    """Let Ana's trial begin tonight, and return its id."""
    row = register(me(), protocol=PROTOCOL, start=now.date(), zone=ZONE, now=now)
    change(row, lambda t: _screened(t, now), now=now)
    return str(row.pk)


def in_capsules(*, now: datetime, zone: str = ZONE) -> str:
    """Let Ana's open capsules begin tonight: a trial without baseline nights."""
    phases = replace(PROTOCOL.phases, baseline_nights=0)
    row = register(
        me(), protocol=replace(PROTOCOL, phases=phases), start=now.date(), zone=zone, now=now
    )
    change(row, lambda t: _screened(t, now), now=now)
    return str(row.pk)


def in_known_capsules(*, now: datetime, zone: str = ZONE) -> str:
    """Let Ana's open capsules begin tonight, with a product whose label she wrote down."""
    typed = {k: float(v) if k.endswith("_mg") else v for k, v in PRODUCT.items()}
    remember(me(), product=Product(**typed))
    return in_capsules(now=now, zone=zone)


def keeps_a_diary(*, now: datetime) -> str:
    """Let Ana keep a diary without a trial, from a week ago on."""
    start = now.date() - timedelta(days=7)
    return str(begin_diary(me(), protocol=PROTOCOL, start=start, zone=ZONE, now=now).pk)


def chest_pain(*, now: datetime) -> None:
    """Let a warning sign be told on another device."""
    row, detail = current_row(me()), {"note": "chest_pain"}
    change(row, lambda t: add_event(t, kind="emergency", detail=detail, now=now), now=now)


def written(*, now: datetime) -> dict[str, list[list[object]]]:
    """Return everything that the database has of Ana's diary."""
    row = current_row(me())
    return {
        "entries": [
            [str(e.night), e.item, e.value, e.instant.isoformat(), e.late]
            for e in EntryRow.objects.filter(trial=row).order_by("position")
        ],
        "doses": [
            [str(d.night), d.capsules, d.instant.isoformat() if d.instant else None]
            for d in DoseRow.objects.filter(trial=row).order_by("position")
        ],
        "events": [
            [e.kind, e.instant.isoformat(), e.detail]
            for e in EventRow.objects.filter(trial=row).order_by("number")
        ],
    }


def paused(*, first: str, now: datetime) -> None:
    """Let Ana pause her trial."""
    detail = {"first": date.fromisoformat(first)}
    change(current_row(me()), lambda t: add_event(t, kind="pause", detail=detail, now=now), now=now)


def _screened(trial, now: datetime):
    said = Screening(by="the safety questions", on=now.date())
    return add_screening(trial, screening=said, now=now)


def removes_phones(*, now: datetime) -> None:
    """Let Ana remove every device that she has."""
    Device.objects.update(removed=now)
