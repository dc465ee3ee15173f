"""Ana's evenings: the capsules as she took them, and the complaints of the day."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from ekbom.web.devices.known import me
from ekbom.web.models import DoseRow, EntryRow, EventRow
from ekbom.web.store import current_row, load
from web.conftest import Hands
from web.lives import DAY, FIRST, TITRATION, at
from web.nightly import CALM, answer, get, post, read, refused, stepped, take
from web.way import register_ana


def test_capsules_as_planned_take_two_taps(titration: Client, clock: Hands) -> None:
    page = get(titration, "evening", night=TITRATION)
    assert [value for value, _ in page.context["form"].fields["taken"].choices] == [
        "all",
        "fewer",
        "none",
    ]
    take(titration, TITRATION, "all", capsules="1")
    dose = DoseRow.objects.get()
    assert (dose.night, dose.capsules, dose.mg, dose.instant) == (TITRATION, 1, 100, clock())
    clock.now = at(TITRATION + DAY, "22:00")
    page = get(titration, "evening", night=TITRATION + DAY)
    assert "1, as planned" in read(page)
    take(titration, TITRATION + DAY)
    assert [(d.capsules, d.mg) for d in DoseRow.objects.order_by("position")] == [
        (1, 100),
        (1, 100),
    ]


def test_all_of_an_unknown_number_needs_the_number(titration: Client) -> None:
    refused(post(titration, "evening", {"taken": "all"}, night=TITRATION), "how many capsules")
    assert not DoseRow.objects.exists()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"taken": "fewer", "capsules": "1"}, (1, 100)),
        ({"taken": "none"}, (0, 0)),
        ({"taken": "all", "at": "21:30"}, (2, 200)),
    ],
)
def test_capsules_of_the_second_step(
    titration: Client, clock: Hands, data: dict, expected: tuple
) -> None:
    night = FIRST + 21 * DAY
    tolerates_on(night)
    clock.now = at(night, "22:00")
    take(titration, night, **data)
    dose = DoseRow.objects.order_by("position").last()
    assert (dose.night, dose.capsules, dose.mg) == (night, *expected)
    if data.get("at"):
        assert dose.instant == at(night, "21:30")


def tolerates_on(until: date) -> None:
    """Let Ana have taken one capsule every evening of the first step, and answered."""
    from ekbom.trial.additions import add_answers, add_dose

    now = at(until - DAY, "09:00")

    def nights(t):
        for number in range((until - TITRATION).days):
            night = TITRATION + number * DAY
            t = add_dose(t, night=night, instant=at(night, "21:30"), capsules=1, mg=100, now=now)
            t = add_answers(t, night=night, answers=CALM, now=now, instant=at(night, "07:30"))
        return t

    stepped(nights, now)


def test_two_doses_within_sixteen_hours_are_refused_with_the_next_time(
    titration: Client, clock: Hands
) -> None:
    clock.now = at(TITRATION, "23:30")
    take(titration, TITRATION, "all", capsules="1", at="23:00")
    clock.now = at(TITRATION + DAY, "12:30")
    page = post(titration, "evening", {"taken": "all"}, night=TITRATION + DAY)
    refused(page, "The next possible time is 16 Mar 2026 15:00.")
    assert "16 hours must lie between two doses" in read(page)
    assert DoseRow.objects.count() == 1


def test_a_second_dose_in_a_night_is_refused(titration: Client) -> None:
    take(titration, TITRATION, "all", capsules="1")
    refused(post(titration, "evening", {"taken": "all"}, night=TITRATION), "Take only one a night.")
    assert "What you took is written down." in read(get(titration, "evening", night=TITRATION))


def test_a_time_that_has_not_come_is_refused(titration: Client) -> None:
    data = {"taken": "all", "capsules": "1", "at": "23:59"}
    refused(post(titration, "evening", data, night=TITRATION), "That time has not come yet.")


def test_a_dose_that_was_forgotten_is_written_down_without_a_time(
    titration: Client, clock: Hands
) -> None:
    clock.now = at(TITRATION + DAY, "20:00")
    assert get(titration, "nights").context["doses"] == (TITRATION,)
    take(titration, TITRATION, "all", capsules="1")
    assert DoseRow.objects.get().instant is None
    assert get(titration, "nights").context["doses"] == ()


def test_what_came_of_a_night_does_not_change_what_it_had(titration: Client, clock: Hands) -> None:
    for number in (0, 1):
        clock.now = at(TITRATION + number * DAY, "08:00")
        answer(titration, TITRATION + number * DAY, loose_stools=4)
    page = get(titration, "evening", night=TITRATION + DAY)
    assert not page.context["capsules"].stopped
    take(titration, TITRATION + DAY, "all", capsules="1")
    assert [(d.capsules, d.mg) for d in DoseRow.objects.all()] == [(1, 100)]
    assert get(titration, "evening", night=TITRATION).context["capsules"].mg == 100


def test_the_product_says_how_many_capsules_a_step_is(ana: Client, clock: Hands) -> None:
    register_ana(ana, clock)
    clock.now = at(TITRATION, "22:00")
    assert "1 capsule (100 mg elemental)" in read(get(ana, "tonight"))
    assert "1, as planned" in read(get(ana, "evening", night=TITRATION))
    take(ana, TITRATION)
    assert [(d.capsules, d.mg) for d in DoseRow.objects.all()] == [(1, 100)]


def test_a_skipped_evening_is_not_missing(titration: Client, clock: Hands) -> None:
    clock.now = at(TITRATION + DAY, "20:00")
    assert post(titration, "skip", night=TITRATION, part="evening").status_code == 302
    assert get(titration, "nights").context["doses"] == ()


def test_a_dose_is_corrected_and_what_stood_there_stays_on_record(titration: Client) -> None:
    take(titration, TITRATION, "all", capsules="1")
    refused(post(titration, "dose_correct", {}, night=TITRATION), "Nothing is changed yet.")
    assert post(titration, "dose_correct", {"capsules": "0"}, night=TITRATION).status_code == 302
    assert [(d.capsules, d.mg) for d in DoseRow.objects.all()] == [(0, 0)]
    assert EventRow.objects.order_by("number").last().kind == "dose corrected"
    page = post(titration, "dose_correct", {"capsules": "0"}, night=TITRATION)
    refused(page, "This is what is written down already.")


def test_an_evening_without_capsules_asks_nothing(trial: Client, clock: Hands) -> None:
    clock.now = at(FIRST + DAY, "21:00")
    assert "Nothing is asked this evening." in read(get(trial, "evening", night=FIRST + DAY))


def test_complaints_since_the_morning_count_for_the_last_capsules_and_only_when_worse(
    titration: Client, clock: Hands
) -> None:
    take(titration, TITRATION, "all", capsules="1")
    clock.now = at(TITRATION, "08:00")
    answer(titration, TITRATION, loose_stools=1, nausea=3)
    clock.now = at(TITRATION + DAY, "21:00")
    assert get(titration, "evening", night=TITRATION + DAY).context["last"] == TITRATION
    assert (
        post(titration, "since", {"loose_stools": "4", "nausea": "0"}, night=TITRATION).status_code
        == 302
    )
    trial = load(current_row(me()), now=clock())
    answers = next(n.answers for n in trial.diary.nights if n.date == TITRATION)
    assert (answers["loose_stools"], answers["nausea"]) == (4, 3)
    assert EntryRow.objects.filter(night=TITRATION, item="loose_stools").count() == 2
