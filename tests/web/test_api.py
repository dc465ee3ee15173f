"""What a device sends from its outbox is taken once, whole, in order, or stays on the device."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from ekbom.diary.diary import DoseTaken
from ekbom.trial.additions import add_answers
from ekbom.web.api.account import account_of
from ekbom.web.devices.known import me
from ekbom.web.models import DoseRow, EventRow, Person, TrialRow
from ekbom.web.store import begin_diary, change, close, current_row, load
from web.conftest import Hands
from web.phones import (
    FAST,
    FIRST,
    OPEN_DOSES,
    ZONE,
    began,
    counts,
    entries,
    item,
    post,
    refused_with,
    sent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(ana: Client, clock: Hands) -> TrialRow:
    """Ana's trial, which begins on 1 March, with a screening on record."""
    return began(FAST, clock)


def test_an_entry_keeps_the_device_s_instant_and_says_when_it_arrived(ana, row, clock) -> None:
    given = clock.set("2026-03-02T08:00+01:00")
    arrived = clock.set("2026-03-05T09:30+01:00")
    assert sent(ana, item(row, instant=given)) == [("accepted", "")]
    assert entries() == [(FIRST, "urge", 4.0, given, arrived, False)]


def test_an_instant_in_the_future_becomes_now(ana, row, clock) -> None:
    now = clock.set("2026-03-02T08:00+01:00")
    assert sent(ana, item(row, instant=now + timedelta(days=400))) == [("accepted", "")]
    assert entries() == [(FIRST, "urge", 4.0, now, now, False)]


def test_what_is_sent_twice_is_written_once(ana, row, clock) -> None:
    clock.set("2026-03-02T08:00+01:00")
    one = item(row, instant=clock())
    assert sent(ana, one, one) == [("accepted", ""), ("duplicate", "")]
    assert sent(ana, one) == [("duplicate", "")]
    assert len(entries()) == 1


def test_a_form_that_arrived_by_itself_is_a_duplicate_in_the_outbox(ana, row, clock) -> None:
    now = clock.set("2026-03-02T08:00+01:00")
    one = item(row, instant=now)
    answered = lambda t: add_answers(t, night=FIRST, answers={"urge": 4}, now=now)  # noqa: E731
    change(row, answered, now=now, key=one["id"])
    assert sent(ana, one) == [("duplicate", "")]
    assert len(entries()) == 1


def test_one_bad_entry_does_not_stop_the_others_and_the_order_is_kept(ana, row, clock) -> None:
    now = clock.set("2026-03-02T08:00+01:00")
    off = {"kind": "answers", "data": {"answers": {"urge": 4, "nausea": 11}}}
    unknown = {"kind": "answers", "data": {"answers": {"mood": 4}}}
    later = {"kind": "answers", "data": {"answers": {"cramps": 7}, "correct": True}}
    items = [
        item(row, instant=now, **off),
        item(row, instant=now),
        item(row, instant=now, **unknown),
        item(row, instant=now, **later),
    ]
    assert sent(ana, *items) == [
        ("refused", "not possible"),
        ("accepted", ""),
        ("refused", "not possible"),
        ("accepted", ""),
    ]
    assert [(e[1], e[2]) for e in entries()] == [("urge", 4.0), ("cramps", 7.0)]


def test_an_entry_that_was_refused_can_be_sent_again_as_a_correction(ana, row, clock) -> None:
    clock.set("2026-03-02T08:00+01:00")
    sent(ana, item(row, instant=clock()))
    again = item(row, instant=clock(), data={"answers": {"urge": 6}})
    again["data"] |= {"seen": refused_with(ana, again), "correct": True}
    assert sent(ana, again) == [("accepted", "")]
    assert load(current_row(me()), now=clock()).diary.nights[0].answers == {"urge": 6.0}


def test_a_refusal_says_why_in_words_for_a_page(ana, row, clock) -> None:
    clock.set("2026-03-02T08:00+01:00")
    sent(ana, item(row, instant=clock()))
    response = post(ana, "outbox", {"items": [item(row, instant=clock())]})
    assert response.json()["results"][0]["words"] == [
        "This was answered already for the night of 1 Mar 2026. To change it, open that night and "
        "correct it."
    ]


def test_only_what_is_worse_counts_where_that_was_meant(ana, row, clock) -> None:
    clock.set("2026-03-02T08:00+01:00")
    morning = {"loose_stools": 2, "nausea": 5}
    sent(ana, item(row, instant=clock(), data={"answers": morning}))
    evening = {"loose_stools": 4, "nausea": 1}
    told = item(row, instant=clock.on(hours=2), data={"answers": evening, "worst": True})
    assert sent(ana, told) == [("accepted", "")]
    found = load(current_row(me()), now=clock()).diary.nights[0].answers
    assert found == {"loose_stools": 4, "nausea": 5}


def test_other_people_s_and_other_trials_entries_are_refused_and_leave_no_trace(
    ana, row, clock
) -> None:
    clock.set("2026-03-02T08:00+01:00")
    ben = Person.objects.create(username="ben")
    before = counts()
    other = item(row, instant=clock(), account=account_of(ben))
    earlier = item(row, instant=clock(), trial=str(uuid4()))
    assert sent(ana, other, earlier) == [("refused", "other account"), ("refused", "other trial")]
    assert counts() == before


def test_an_entry_of_a_closed_trial_is_refused_and_can_go_into_the_new_one(ana, row, clock) -> None:
    clock.set("2026-03-02T08:00+01:00")
    one = item(row, instant=clock())
    close(row, now=clock())
    new = begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())
    assert sent(ana, one) == [("refused", "other trial")]
    assert sent(ana, {**one, "trial": str(new.pk)}) == [("accepted", "")]


def test_without_a_diary_nothing_is_taken_and_the_answer_says_so(ana, clock) -> None:
    assert ana.get("/api/plan").status_code == 409
    assert post(ana, "outbox", {"items": []}).status_code == 409


def test_a_dose_and_the_evening_s_answers_are_kept_together(ana, clock) -> None:
    row = began(OPEN_DOSES, clock)
    now = clock.set("2026-03-01T22:30+01:00")
    dose = {"kind": "dose", "data": {"capsules": 1, "at": "22:05", "answers": {"nausea": 2}}}
    assert sent(ana, item(row, instant=now, **dose)) == [("accepted", "")]
    at = datetime(2026, 3, 1, 21, 5, tzinfo=UTC)
    assert [d.instant for d in DoseRow.objects.all()] == [at]
    assert [(e[1], e[2]) for e in entries()] == [("nausea", 2.0)]


def test_a_dose_whose_answers_are_refused_is_not_half_written(ana, clock) -> None:
    row = began(OPEN_DOSES, clock)
    now = clock.set("2026-03-01T22:30+01:00")
    dose = {"kind": "dose", "data": {"capsules": 1, "answers": {"nausea": 12}}}
    before = counts()
    assert sent(ana, item(row, instant=now, **dose)) == [("refused", "not possible")]
    assert counts() == before


def test_the_capsules_of_an_open_step_stand_for_its_milligrams(ana, clock) -> None:
    row = began(OPEN_DOSES, clock)
    now = clock.set("2026-03-01T22:30+01:00")
    sent(ana, item(row, instant=now, kind="dose", data={"capsules": 1, "whole": True}))
    assert load(current_row(me()), now=now).doses == (
        DoseTaken(FIRST, now, ZONE, None, 1.0, 100.0),
    )


def test_a_wall_time_is_read_on_the_device_s_own_clock(ana, clock) -> None:
    row = began(OPEN_DOSES, clock)
    now = clock.set("2026-03-01T23:30+01:00")
    away = item(row, instant=now, kind="dose", data={"capsules": 1, "at": "22:05"})
    away["zone"] = "Europe/Lisbon"
    assert sent(ana, away) == [("accepted", "")]
    assert DoseRow.objects.get().instant == datetime(2026, 3, 1, 22, 5, tzinfo=UTC)


def test_a_time_that_the_clock_never_showed_is_refused(ana, clock) -> None:
    row = began(OPEN_DOSES, clock)
    night = date(2026, 3, 28)  # in which the clocks of Berlin go forward
    now = clock.set("2026-03-29T08:00+02:00")
    dose = item(row, instant=now, night=night, kind="dose", data={"capsules": 1, "at": "02:30"})
    assert sent(ana, dose)[0][0] == "refused"


def test_a_warning_sign_that_was_kept_stops_the_capsules_when_it_arrives(ana, clock) -> None:
    row = began(OPEN_DOSES, clock)
    clock.set("2026-03-02T21:00+01:00")
    told = {"kind": "event", "data": {"event": "signs", "signs": ["fainting"]}}
    assert sent(ana, item(row, instant=clock(), **told)) == [("accepted", "")]
    kinds = [e.kind for e in EventRow.objects.order_by("number")]
    assert kinds == ["registered", "screening", "emergency"]
    night = next(n for n in ana.get("/api/plan").json()["nights"] if n["night"] == "2026-03-02")
    assert (night["capsules"], night["dose"]) == (0.0, "Take no capsules. Call a clinician first.")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"event": "skipped", "part": "morning"}, "skipped"),
        ({"event": "side effect", "note": "<b>ä</b> rash"}, "side effect"),
        ({"event": "deviation", "note": "took two"}, "deviation"),
        ({"event": "note", "note": "slept away"}, "note"),
    ],
)
def test_what_happened_keeps_the_instant_at_which_it_was_written(
    ana, row, clock, told, kind
) -> None:
    given = clock.set("2026-03-02T08:00+01:00")
    clock.on(days=2)
    assert sent(ana, item(row, instant=given, kind="event", data=told)) == [("accepted", "")]
    found = EventRow.objects.order_by("number").last()
    assert (found.kind, found.instant) == (kind, given)


@pytest.mark.parametrize(
    "told",
    [
        {"event": "skipped"},
        {"event": "side effect"},
        {"event": "signs", "signs": []},
        {"event": "signs", "signs": ["headache"]},
    ],
)
def test_what_happened_must_say_what_it_is(ana, row, clock, told) -> None:
    before = counts()
    assert sent(ana, item(row, instant=clock(), kind="event", data=told))[0][0] == "refused"
    assert counts() == before


def test_a_clock_that_stands_before_the_trial_is_not_believed(ana, row, clock) -> None:
    clock.on(days=3)
    note = {"kind": "event", "data": {"event": "note", "note": "x"}}
    wrong = item(row, instant="1970-01-01T00:10:00+00:00", **note)
    before = counts()
    assert sent(ana, wrong) == [("refused", "not possible")]
    assert counts() == before


def test_a_diary_without_a_trial_takes_answers_alone(ana, clock) -> None:
    diary = begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())
    clock.set("2026-03-02T08:00+01:00")
    dose = item(diary, instant=clock(), kind="dose", data={"capsules": 1})
    note = item(diary, instant=clock(), kind="event", data={"event": "note", "note": "x"})
    assert sent(ana, item(diary, instant=clock()), dose, note) == [
        ("accepted", ""),
        ("refused", "not possible"),
        ("refused", "not possible"),
    ]
    assert ana.get("/api/plan").json()["registered"] is False
