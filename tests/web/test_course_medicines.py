"""Other medicines, or another hour of the capsules, while a trial runs."""

from __future__ import annotations

import re
from datetime import time

import pytest
from django.test import Client

from ekbom.guide.situation import situation_of
from ekbom.web.begin.said import medicines_of
from ekbom.web.devices.known import me
from ekbom.web.models import Person
from web.conftest import Hands
from web.lives import DAY, PERIODS, at, kinds, trial_of
from web.test_begin_medicines import listing
from web.test_course import drawn, event, over, read, refused, taken, tolerated

__all__ = ["drawn", "over", "tolerated"]

PAGE = "/trial/medicines/"
GABAPENTIN = ("gabapentin", "18:00")


@pytest.fixture
def running(drawn: Client, clock: Hands) -> Client:
    """Ana on an evening of her first period; she takes gabapentin at six and capsules at ten."""
    Person.objects.update(dose_at=time(22), diary_at=time(8))
    clock.now = at(PERIODS + 2 * DAY, "20:00")
    taken(drawn.post(PAGE, listing("22:00", GABAPENTIN)), PAGE)
    taken(drawn.post("/health/agreed/", {"name": "Dr. Chen"}))
    return drawn


def alarms(client: Client) -> list[str]:
    """Return the hours at which the calendar file rings."""
    text = client.get("/reminders.ics").content.decode()
    return re.findall(r"DTSTART:\d{8}T(\d{4})", text)


def test_another_hour_is_followed_by_tonight_calendar_and_history(
    running: Client, clock: Hands
) -> None:
    assert alarms(running)[0] == "2200"
    taken(running.post(PAGE, listing("22:30", GABAPENTIN)), PAGE)
    assert Person.objects.get().dose_at == time(22, 30)
    assert alarms(running)[0] == "2230"
    assert "22:30" in read(running.get("/tonight/"))
    assert event(me(), clock(), "note") == {"note": "capsules at 22:30"}
    history = read(running.get("/trial/"))
    assert "A note. From now on the capsules are planned for 22:30." in history
    assert kinds(me(), clock()).count("no capsules") == 1


def test_an_hour_from_the_settings_is_on_record_too(running: Client, clock: Hands) -> None:
    sent = {"language": "", "theme": "", "dose_at": "23:00", "diary_at": "08:00"}
    assert running.post("/settings/", sent).status_code == 302
    assert event(me(), clock(), "note") == {"note": "capsules at 23:00"}
    assert alarms(running)[0] == "2300"


def test_the_same_list_and_hour_again_change_nothing(running: Client, clock: Hands) -> None:
    before = kinds(me(), clock())
    taken(running.post(PAGE, listing("22:00", GABAPENTIN)), PAGE)
    assert kinds(me(), clock()) == before


@pytest.mark.parametrize(
    ("hour", "why"),
    [("18:30", "gabapentin"), ("07:00", "in the morning"), ("25:00", "Enter a valid time")],
)
def test_an_hour_that_does_not_fit_is_refused_and_the_old_one_stays(
    running: Client, clock: Hands, hour: str, why: str
) -> None:
    before = kinds(me(), clock())
    refused(running.post(PAGE, listing(hour, GABAPENTIN)), why)
    assert Person.objects.get().dose_at == time(22)
    assert (kinds(me(), clock()), alarms(running)[0]) == (before, "2200")


def test_a_medicine_that_nobody_told_stops_the_capsules_at_once(
    running: Client, clock: Hands
) -> None:
    more = listing("22:30", GABAPENTIN, ("levothyroxine", "07:00"))
    taken(running.post(PAGE, more), PAGE)
    assert event(me(), clock(), "no capsules") == {"note": "medicine"}
    assert situation_of(trial=trial_of(me(), clock()), now=clock()).kept_away
    assert "no capsules for now" in read(running.get(PAGE))
    assert [m.name for m in medicines_of(me())] == ["gabapentin", "levothyroxine"]


def test_it_stops_them_too_where_its_hour_is_refused(running: Client, clock: Hands) -> None:
    more = listing("22:00", GABAPENTIN, ("levothyroxine", "22:00"))
    refused(running.post(PAGE, more), "levothyroxine")
    assert situation_of(trial=trial_of(me(), clock()), now=clock()).kept_away
    assert [m.name for m in medicines_of(me())] == ["gabapentin"]


def test_a_medicine_that_is_left_out_is_a_change_too(running: Client, clock: Hands) -> None:
    taken(running.post(PAGE, {**listing("22:00"), "none": "1"}), PAGE)
    assert event(me(), clock(), "no capsules") == {"note": "changed-dose"}


def test_what_was_told_and_agreed_to_before_is_listed_without_a_second_stop(
    running: Client, clock: Hands
) -> None:
    clock.on(days=1)
    running.post("/health/changed/record/", {"what": "no capsules", "kind": "medicine"})
    running.post("/health/agreed/", {"name": "Dr. Chen"})
    before = kinds(me(), clock())
    taken(running.post(PAGE, listing("22:00", GABAPENTIN, ("levothyroxine", "07:00"))), PAGE)
    assert kinds(me(), clock()) == before


def test_after_the_end_no_hour_is_asked(over: Client, clock: Hands) -> None:
    assert "The trial is over" in read(over.get(PAGE))
    assert over.post(PAGE, listing("22:00", GABAPENTIN)).status_code == 409
