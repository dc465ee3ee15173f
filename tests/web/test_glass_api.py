"""A blind broken without a network: the plan has the words, and the record is made once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from ekbom.guide.break_glass import pack_in_use
from ekbom.guide.tonight import tonight
from ekbom.trial.additions import add_event
from ekbom.web.devices.known import me
from ekbom.web.models import EventRow, TrialRow
from ekbom.web.store import begin_diary, change, current_row, load
from web.conftest import Hands
from web.lives import PERIODS, at
from web.nightly import drawn, get, read
from web.phones import FAST, FIRST, ZONE, began, counts, item, lived, post, sent
from web.test_glass import ADVICE, RECORDED, incidents, told

WAY = (
    "This trial is open. The packing list says what pack {pack} holds. It is on the page where "
    "the packs are made."
)
NONE = (
    "No pack is in use yet, so there is nothing to open. Whatever you took so far, you took openly."
)


@pytest.fixture
def treated(ana: Client, clock: Hands) -> Client:
    """Ana on the first evening with a pack."""
    drawn(ana, clock)
    return ana


def broken(instant: datetime | str, pack: int | None = 1, **more: object) -> dict:
    """What a phone keeps where somebody tapped that a pack is being opened."""
    data = {"event": "break glass", "pack": pack}
    return item(current_row(me()), instant=instant, night=PERIODS, kind="event", data=data) | more


def glass(client: Client) -> dict:
    return client.get("/api/plan").json()["glass"]


# What the plan says.


def test_the_plan_has_the_advice_and_the_way_of_this_trial(treated: Client) -> None:
    found = glass(treated)
    assert " ".join(found["advice"]) + " " == ADVICE
    assert (found["way"], found["none"]) == (WAY, NONE)
    assert f"{found['recorded']} {found['means']}".replace("{pack}", "1") == RECORDED
    assert (found["pack"], found["broken"], found["opened"]) == (1, [], False)


def test_the_plan_knows_what_is_on_record_and_when_the_order_is_open(
    treated: Client, clock: Hands
) -> None:
    sent(treated, broken(clock()))
    assert glass(treated)["broken"] == [1]
    row, now = current_row(me()), clock()
    opened = {"night": PERIODS}
    change(row, lambda t: add_event(t, kind="unblinding", detail=opened, now=now), now=now)
    found = glass(treated)
    assert (found["opened"], found["way"]) == (
        True,
        "The whole order was opened already. What this trial shows says what the packs held.",
    )


def test_before_the_draw_no_pack_is_in_use(ana: Client, clock: Hands) -> None:
    began(FAST, clock)
    assert (glass(ana)["pack"], glass(ana)["none"]) == (None, NONE)


def test_opposite_orders_give_the_same_plan_after_the_blind_was_broken(
    ana: Client, clock: Hands
) -> None:
    orders, plans = set(), set()
    for byte in (1, 2, 3, 4, 5, 6):
        clock.set("2026-03-01T21:00+01:00")
        TrialRow.objects.all().delete()
        row = began(FAST, clock)
        orders.add(lived(row, clock, byte)[0])
        one = broken(clock())
        answer = post(ana, "outbox", {"items": [one]}).content.replace(one["id"].encode(), b"id")
        plan = ana.get("/api/plan").content.replace(str(row.pk).encode(), b"id")
        plans.add((answer, plan))
    assert orders == {"magnesium", "placebo"}
    assert len(plans) == 1


def test_a_diary_without_a_trial_has_nothing_to_open(ana: Client, clock: Hands) -> None:
    begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())
    assert glass(ana) is None


# What a phone sends.


def test_what_was_tapped_is_on_record_at_the_phone_s_instant(treated: Client, clock: Hands) -> None:
    given = clock()
    clock.on(days=3)
    assert sent(treated, broken(given)) == [("accepted", "")]
    assert incidents(clock) == [told()]
    assert EventRow.objects.order_by("number").last().instant == given
    assert tonight(trial=load(current_row(me()), now=clock()), now=clock()).step("no_capsules")


def test_sent_twice_or_tapped_twice_it_is_there_once(treated: Client, clock: Hands) -> None:
    one, other = broken(clock()), broken(clock.on(minutes=1))
    assert sent(treated, one) == [("accepted", "")]
    before = EventRow.objects.count()
    assert sent(treated, one, other) == [("duplicate", ""), ("accepted", "")]
    assert (incidents(clock), EventRow.objects.count()) == ([told()], before)


def test_from_the_page_and_from_the_phone_it_is_there_once(treated: Client, clock: Hands) -> None:
    one = broken(clock())
    treated.post("/signs/open/", {"pack": "1", "key": one["id"]})
    assert sent(treated, one) == [("accepted", "")]
    assert incidents(clock) == [told()]


def test_an_id_that_was_used_for_something_else_does_not_swallow_it(
    treated: Client, clock: Hands
) -> None:
    note = broken(clock()) | {"data": {"event": "note", "note": "x"}}
    assert sent(treated, note, broken(clock(), id=note["id"])) == [("accepted", "")] * 2
    assert incidents(clock) == [told()]


def test_without_a_pack_the_one_in_use_at_that_instant_is_meant(
    treated: Client, clock: Hands
) -> None:
    given = clock()
    clock.on(days=8)
    assert sent(treated, broken(given, None)) == [("accepted", "")]
    assert incidents(clock) == [told()]


@pytest.mark.parametrize("wrong", ["1970-01-01T00:10:00+00:00", "2026-02-28T20:00:00+00:00"])
def test_a_clock_that_stands_before_the_trial_does_not_keep_it_from_the_record(
    treated: Client, clock: Hands, wrong: str
) -> None:
    assert sent(treated, broken(wrong)) == [("accepted", "")]
    assert incidents(clock) == [told()]
    assert EventRow.objects.order_by("number").last().instant == clock()


def test_a_clock_that_is_ahead_is_held_to_now(treated: Client, clock: Hands) -> None:
    assert sent(treated, broken(clock() + timedelta(days=400))) == [("accepted", "")]
    assert EventRow.objects.order_by("number").last().instant == clock()


def test_a_pack_that_the_plan_does_not_have_is_refused_and_stays_on_the_phone(
    treated: Client, clock: Hands
) -> None:
    before = counts()
    assert sent(treated, broken(clock(), 13)) == [("refused", "not possible")]
    assert counts() == before


def test_before_the_first_pack_it_is_refused_with_the_reason(ana: Client, clock: Hands) -> None:
    began(FAST, clock)
    before = counts()
    (result,) = post(ana, "outbox", {"items": [broken(clock(), None)]}).json()["results"]
    assert (result["status"], result["words"]) == ("refused", [NONE])
    assert counts() == before


@pytest.mark.parametrize("pack", [0, -1, 1.5, "x", 10**6])
def test_what_is_no_number_of_a_pack_cannot_be_read(
    treated: Client, clock: Hands, pack: object
) -> None:
    assert post(treated, "outbox", {"items": [broken(clock(), pack)]}).status_code == 422


def test_the_phone_and_the_server_mean_the_same_pack(treated: Client, clock: Hands) -> None:
    """The rule of rules.js, on the nights of the plan, at hours around every change of pack."""
    plan = treated.get("/api/plan").json()
    trial = load(current_row(me()), now=clock())
    for hours in range(-48, 13 * 24):
        now = at(PERIODS, "12:30") + timedelta(hours=hours)
        begun = [
            n["pack"]
            for n in plan["nights"]
            if n["pack"] and datetime.fromisoformat(n["evening_begins"]) <= now
        ]
        on_the_phone = begun[-1] if begun else None
        assert on_the_phone == pack_in_use(trial=trial, now=now), now


def test_the_page_without_a_network_has_advice_and_ways_before_there_is_a_plan(
    mallory: Client, db: None
) -> None:
    said = read(get(mallory, "offline"))
    assert "Stop the capsules now. Take no more of them." in said
    assert "open the sealed card of the pack that is in use" in said
