"""A warning sign from a phone with a wrong clock or a used id: it counts all the same."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from ekbom.guide.situation import situation_of
from ekbom.trial.additions import add_event
from ekbom.web.devices.known import me
from ekbom.web.models import EventRow
from ekbom.web.store import current_row, load
from web.conftest import Hands
from web.nightly import stepped
from web.phones import OPEN_DOSES, began, item, sent

SIGN = {"kind": "event", "data": {"event": "signs", "signs": ["chest_pain"]}}


def stopped(clock: Hands) -> bool:
    return bool(situation_of(trial=load(current_row(me()), now=clock()), now=clock()).stopped)


def test_a_sign_from_a_clock_that_stands_years_back_stops_the_capsules(
    ana: Client, clock: Hands
) -> None:
    row = began(OPEN_DOSES, clock)
    clock.set("2026-03-02T21:00+01:00")
    assert sent(ana, item(row, instant="2010-01-01T00:00:00+00:00", **SIGN)) == [("accepted", "")]
    assert EventRow.objects.order_by("number").last().instant == clock()
    assert stopped(clock)


def test_a_sign_from_before_a_clinician_s_agreement_counts_from_its_arrival(
    ana: Client, clock: Hands
) -> None:
    row = began(OPEN_DOSES, clock)
    clock.set("2026-03-02T21:00+01:00")
    assert sent(ana, item(row, instant=clock(), **SIGN)) == [("accepted", "")]
    clock.on(days=1)
    agreed = {"agreed_by": "Dr. Chen"}
    stepped(lambda t: add_event(t, kind="restart", detail=agreed, now=clock()), clock())
    clock.on(days=1)
    assert not stopped(clock)
    slow = item(row, instant=clock() - timedelta(days=2), **SIGN)
    assert sent(ana, slow) == [("accepted", "")]
    assert stopped(clock)


def test_a_used_id_never_swallows_a_sign(trial: Client, clock: Hands) -> None:
    row = current_row(me())
    one = item(row, instant=clock())
    sign = {**item(row, instant=clock(), **SIGN), "id": one["id"]}
    assert sent(trial, one, sign, sign) == [("accepted", ""), ("accepted", ""), ("duplicate", "")]
    assert stopped(clock)
