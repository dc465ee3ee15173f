"""Nights on a clock that changes: summer time, and dates that come twice or never."""

from __future__ import annotations

from datetime import date

from django.test import Client

from ekbom.trial.additions import add_event
from ekbom.web.devices.known import me
from ekbom.web.models import DoseRow, EntryRow
from ekbom.web.store import begin_diary, current_row, load
from web.conftest import Hands
from web.lives import DAY, FAST, TITRATION, ZONE, at, registered, tolerates
from web.nightly import answer, get, post, read, refused, stepped, take


def test_the_spring_clock_change(ana: Client, clock: Hands) -> None:
    """In Berlin 2026-03-29 02:00 became 03:00: 02:30 never was."""
    night = date(2026, 3, 28)
    registered(me(), clock)
    tolerates(me(), until=night)
    clock.now = at(night, "08:00")
    page = post(ana, "evening", {"taken": "all", "at": "02:30"}, night=night)
    refused(page, "Your clock never showed that time in this night.")
    take(ana, night, "all", at="03:30")
    dose = DoseRow.objects.order_by("position").last()
    assert dose.instant.isoformat() == "2026-03-29T01:30:00+00:00"


def test_the_autumn_clock_change_and_its_week(ana: Client, clock: Hands) -> None:
    """In Berlin 2026-10-25 03:00 became 02:00: of two 02:30 the later one is taken."""
    first = date(2026, 10, 10)
    clock.set("2026-10-10T20:00+02:00")
    begin_diary(me(), protocol=FAST, start=first, zone=ZONE, now=clock())
    for number in range(20):
        night = first + number * DAY
        clock.now = at(night, "08:00")
        answer(ana, night)
    assert EntryRow.objects.filter(item="urge").count() == 20
    assert not EntryRow.objects.filter(late=True).exists()


def test_a_date_that_the_clock_skips_is_no_night(trial: Client, clock: Hands) -> None:
    """Ana flies from Honolulu over the date line to Kiritimati: her clock skips 2026-03-05."""
    for zone, when in (
        ("Pacific/Honolulu", "2026-03-03T10:00Z"),
        ("Pacific/Kiritimati", "2026-03-05T10:30Z"),
    ):
        now = clock.set(when)
        stepped(
            lambda t, z=zone, n=now: add_event(t, kind="zone changed", detail={"zone": z}, now=n),
            now,
        )
    clock.set("2026-03-07T08:00+14:00")
    skipped = date(2026, 3, 5)
    assert "your clock skipped that date" in read(get(trial, "morning", night=skipped)).lower()
    assert skipped not in get(trial, "nights").context["mornings"]
    assert skipped not in [night for night, _ in get(trial, "nights").context["nights"]]


def test_a_date_that_the_clock_shows_twice_is_one_night(titration: Client, clock: Hands) -> None:
    """Ana flies east from Kiritimati to Honolulu: 2026-03-15 comes twice, with one dose."""
    now = clock.set("2026-03-15T08:00+14:00")
    stepped(
        lambda t: add_event(t, kind="zone changed", detail={"zone": "Pacific/Kiritimati"}, now=now),
        now,
    )
    clock.set("2026-03-15T20:00+14:00")
    take(titration, TITRATION, "all", capsules="1")
    now = clock.set("2026-03-15T22:00+14:00")
    stepped(
        lambda t: add_event(t, kind="zone changed", detail={"zone": "Pacific/Honolulu"}, now=now),
        now,
    )
    clock.set("2026-03-15T20:30-10:00")
    assert load(current_row(me()), now=clock()).clock.night_of(clock()) == TITRATION
    page = post(titration, "evening", {"taken": "all"}, night=TITRATION)
    refused(page, "A dose is written down already for the night of 15 Mar 2026.")
    assert DoseRow.objects.count() == 1
