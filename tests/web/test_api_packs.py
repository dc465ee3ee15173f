"""The number on a new pack, sent from a phone: on record, or refused as the page refuses it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ekbom.trial.folder import Trial
from ekbom.trial.packing import add_again, next_move
from ekbom.web.devices.known import me
from ekbom.web.models import EventRow, TrialRow
from ekbom.web.store import change, current_row
from trials import at
from web.alone_lives import events, her_trial, packed
from web.conftest import Hands
from web.phones import FAST, began, item, lived, post, refused_with, sent
from web.test_course import read, taken

EXCHANGED = (
    "The capsules of this night come from pack 1, and this one has the number 2. Close it, put it "
    "back, and take pack 1. Then write its number here."
)
ASKED = "Which number is on the pack?"


@pytest.fixture
def row(ana: Client, clock: Hands, tmp_path: Path) -> TrialRow:
    """Ana's trial, which she blinds herself, on its first evening with a pack."""
    packed(tmp_path / "t", clock)
    return current_row(me())


def dose(row: TrialRow, clock: Hands, **more: Any) -> dict[str, Any]:
    data = {"capsules": 2, "whole": True, **more}
    return item(row, instant=clock(), night=tonight(clock), kind="dose", data=data)


def tonight(clock: Hands) -> date:
    return clock().date()


def doses(clock: Hands) -> list[tuple[date, float | None]]:
    return [(d.night, d.capsules) for d in her_trial(clock()).doses if d.pack is not None]


def opened() -> list[tuple[Any, ...]]:
    rows = EventRow.objects.filter(kind="pack opened").order_by("number")
    return [(e.instant, json.loads(e.detail)) for e in rows]


def asks(browser: Client, clock: Hands) -> bool:
    return ASKED in read(browser.get(f"/nights/{tonight(clock)}/evening/"))


def named(browser: Client) -> list[tuple[int | None, bool]]:
    """Return the pack of every night of the plan, and whether its number is to be read."""
    nights = browser.get("/api/plan").json()["nights"]
    return [(n["pack"], n["name_pack"]) for n in nights]


def test_the_number_goes_on_record_at_the_phone_s_instant(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    night, given = tonight(clock), clock()
    one = dose(row, clock, pack=1)
    clock.on(days=2)
    assert sent(ana, one) == [("accepted", "")]
    assert sent(ana, one) == [("duplicate", "")]
    assert opened() == [(given, {"pack": 1, "night": f"{night}"})]
    assert doses(clock) == [(night, 2.0)]


def test_another_pack_is_refused_in_the_words_of_the_page_and_nothing_is_written(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    address = f"/nights/{tonight(clock)}/evening/"
    form = {"taken": "all", "all_are": "2", "pack": "2"}
    assert EXCHANGED in read(ana.post(address, form))
    wrong = dose(row, clock, pack=2)
    before = EventRow.objects.count()
    (result,) = post(ana, "outbox", {"items": [wrong]}).json()["results"]
    assert (result["status"], result["reason"]) == ("refused", "not possible")
    assert result["words"] == [EXCHANGED]
    wrong["data"] |= {"seen": refused_with(ana, wrong), "correct": True}
    assert sent(ana, wrong) == [("refused", "not possible")]
    assert (EventRow.objects.count(), doses(clock)) == (before, [])
    assert sent(ana, dose(row, clock, pack=1)) == [("accepted", "")]


def test_what_was_swallowed_from_another_pack_is_kept_and_said(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    night = tonight(clock)
    assert sent(ana, dose(row, clock, pack=2, swallowed=True)) == [("accepted", "")]
    note = "The capsules came from pack 2, not from pack 1."
    assert events(clock(), "deviation") == [{"night": f"{night}", "note": note}]
    assert (opened(), doses(clock)) == ([], [(night, 2.0)])
    clock.on(days=1)
    assert asks(ana, clock) is True


def test_an_old_phone_s_dose_is_kept_and_the_number_is_asked_later(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    assert sent(ana, dose(row, clock)) == [("accepted", "")]
    assert (opened(), len(doses(clock))) == ([], 1)
    clock.on(days=1)
    assert asks(ana, clock) is True
    assert named(ana)[7:15] == [(1, True)] * 6 + [(2, True)] * 2


def test_no_capsules_open_no_pack(ana: Client, row: TrialRow, clock: Hands) -> None:
    assert sent(ana, dose(row, clock, capsules=0, whole=False, pack=2)) == [("accepted", "")]
    assert opened() == []


def test_two_evenings_that_name_the_same_pack_open_it_once(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    """Both were written without a network, so that the second could not know of the first."""
    first = dose(row, clock, pack=1)
    clock.on(days=1)
    second = dose(row, clock, pack=1)
    assert sent(ana, first, second) == [("accepted", ""), ("accepted", "")]
    assert len(opened()) == 1
    clock.on(days=1)
    assert sent(ana, dose(row, clock, pack=2))[0][0] == "refused"


def test_the_plan_says_of_each_night_whether_a_number_is_to_be_read(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    packs = [1] * 7 + [2] * 7
    assert [one for one in named(ana) if one[0]] == [(pack, True) for pack in packs]
    assert {name for pack, name in named(ana) if pack is None} == {False}
    sent(ana, dose(row, clock, pack=1))
    assert [one for one in named(ana) if one[0]] == [(pack, pack == 2) for pack in packs]


def test_packs_that_others_made_need_no_number(ana: Client, clock: Hands) -> None:
    row = began(FAST, clock)
    lived(row, clock, 1)
    assert {name for _, name in named(ana)} == {False}
    night = tonight(clock)
    assert sent(ana, dose(row, clock)) == [("accepted", "")]
    assert (opened(), doses(clock)) == ([], [(night, 2.0)])


# A pair that is made again.


def anew(trial: Trial, clock: Hands) -> Trial:
    return add_again(trial, pair=2, now=clock())


def test_a_pair_that_is_made_again_stands_on_tonight_until_it_is_finished(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    clock.now = at(31, "12:00")
    unfinished = "A pair of packs is being made again, and is not finished yet."
    assert unfinished not in read(ana.get("/tonight/"))
    change(row, lambda t: anew(t, clock), now=clock())
    assert unfinished in read(ana.get("/tonight/"))
    assert 'href="/trial/alone/"' in ana.get("/tonight/").content.decode()
    while (move := next_move(her_trial(clock()))) is not None:
        form = {"step": move.step, "pair": "" if move.pair is None else str(move.pair)}
        assert unfinished in read(ana.get("/tonight/"))
        taken(ana.post("/trial/alone/", form), "/trial/alone/")
    assert unfinished not in read(ana.get("/tonight/"))


def test_a_pair_that_is_begun_anew_comes_after_the_night_s_own_report(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    clock.now = at(43, "09:00")
    assert tonight(clock) - her_trial(clock()).start == timedelta(days=43)
    change(row, lambda t: anew(t, clock), now=clock())
    page = ana.get("/tonight/")
    assert page.context["main"].address.endswith("/morning/")
