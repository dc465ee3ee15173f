"""What is sent from a page or a phone that is behind: it counts as what it says, or comes back."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from ekbom.trial.additions import add_event
from ekbom.web.devices.known import me
from ekbom.web.models import DoseRow, EntryRow, EventRow
from ekbom.web.store import current_row
from web.conftest import Hands
from web.lives import DAY, FIRST, at, registered, tolerates
from web.nightly import answer, get, post, read, refused, stepped, take
from web.phones import OPEN_DOSES, began, item, refused_with, sent

SECOND = FIRST + 21 * DAY
"""The first night of the second step."""


@pytest.fixture
def stepped_down(ana: Client, clock: Hands) -> Client:
    """Ana after a step down from two capsules to one; her page and phone may be older."""
    registered(me(), clock)
    clock.now = at(FIRST + 20 * DAY, "09:00")
    tolerates(me(), until=SECOND)
    for night in (SECOND, SECOND + DAY):
        clock.now = at(night, "22:00")
        take(ana, night)
        clock.now = at(night, "08:00")
        answer(ana, night, loose_stools=4)
    assert post(ana, "advice_record").status_code == 302
    clock.now = at(HELD, "22:00")
    take(ana, HELD, "none")
    clock.now = at(HELD, "08:00")
    answer(ana, HELD)
    clock.now = at(AFTER, "22:00")
    assert post(ana, "advice_record").status_code == 302
    return ana


HELD, AFTER = SECOND + 2 * DAY, SECOND + 3 * DAY


def last_dose() -> tuple:
    dose = DoseRow.objects.order_by("position").last()
    return dose.night, dose.capsules, dose.mg


# The dose of an older plan.


def test_a_phone_s_all_of_an_older_plan_counts_as_the_capsules_it_says(
    stepped_down: Client, clock: Hands
) -> None:
    told = {"kind": "dose", "data": {"capsules": 2, "whole": True}}
    one = item(current_row(me()), instant=clock(), night=AFTER, **told)
    assert sent(stepped_down, one) == [("accepted", "")]
    assert last_dose() == (AFTER, 2, 200)


def test_a_phone_s_all_that_is_no_plan_is_not_hidden_behind_the_plan_s_milligrams(
    stepped_down: Client, clock: Hands
) -> None:
    told = {"kind": "dose", "data": {"capsules": 4, "whole": True}}
    one = item(current_row(me()), instant=clock(), night=AFTER, **told)
    assert sent(stepped_down, one) == [("refused", "not possible")]
    assert last_dose()[0] == HELD


def test_a_page_s_all_of_an_older_plan_counts_as_the_capsules_it_showed(
    stepped_down: Client, clock: Hands
) -> None:
    take(stepped_down, AFTER, "all", all_are="2.0")
    assert last_dose() == (AFTER, 2, 200)


def test_a_page_carries_the_number_that_it_shows(stepped_down: Client) -> None:
    page = get(stepped_down, "evening", night=AFTER)
    assert page.context["form"]["all_are"].value() == 1
    assert 'name="all_are" value="1' in page.content.decode()
    take(stepped_down, AFTER, all_are="1.0")
    assert last_dose() == (AFTER, 1, 100)


def test_a_refused_page_shows_the_number_again_that_it_showed_first(stepped_down: Client) -> None:
    page = post(stepped_down, "evening", {"taken": "all", "all_are": "4"}, night=AFTER)
    assert page.status_code == 422
    assert "All 4, as planned" in read(page)


def test_capsules_taken_while_the_plan_has_none_have_their_milligrams(
    stepped_down: Client, clock: Hands
) -> None:
    stepped(lambda t: add_event(t, kind="hold", detail={"note": "x"}, now=clock()), clock())
    take(stepped_down, AFTER, "all", all_are="2")
    assert last_dose() == (AFTER, 2, 200)


# The same form, with other words.


def urges() -> list[float | None]:
    found = EntryRow.objects.filter(item="urge").order_by("position")
    return list(found.values_list("value", flat=True))


def test_a_form_that_was_sent_before_comes_back_with_what_it_says_now(trial: Client) -> None:
    key = get(trial, "morning", night=FIRST).context["form"]["key"].value()
    assert post(trial, "morning", {"key": key, "urge": "4"}, night=FIRST).status_code == 302
    page = post(trial, "morning", {"key": key, "urge": "4", "cramps": "3"}, night=FIRST)
    refused(page, "You sent this page before, with other answers.")
    form = page.context["form"]
    assert (form["cramps"].value(), form["key"].value() == key) == ("3", False)
    again = {"key": form["key"].value(), "cramps": "3"}
    assert post(trial, "morning", again, night=FIRST).status_code == 302
    assert EntryRow.objects.get(item="cramps").value == 3


def test_any_form_that_was_sent_before_is_taken_only_with_the_same_words(trial: Client) -> None:
    told = {"key": "k1", "night": FIRST.isoformat(), "note": "I took two"}
    assert post(trial, "deviation", told).status_code == 302
    assert post(trial, "deviation", told).status_code == 302
    assert EventRow.objects.filter(kind="deviation").count() == 1
    refused(post(trial, "deviation", {**told, "note": "I took none"}), "You sent this page before")
    assert EventRow.objects.filter(kind="deviation").count() == 1


def test_a_dose_with_a_used_key_and_another_number_is_not_swallowed(
    ana: Client, clock: Hands
) -> None:
    began(OPEN_DOSES, clock)
    clock.set("2026-03-01T22:30+01:00")
    told = {"key": "k1", "taken": "fewer", "capsules": "1"}
    assert post(ana, "evening", told, night=FIRST).status_code == 302
    refused(post(ana, "evening", {**told, "capsules": "2"}, night=FIRST), "You sent this page")


def test_what_a_page_sent_is_known_again_in_the_outbox(ana: Client, clock: Hands) -> None:
    row = began(OPEN_DOSES, clock)
    clock.set("2026-03-01T22:30+01:00")
    key = "a1b2c3d4"
    told = {"key": key, "taken": "fewer", "capsules": "1", "at": "22:05"}
    assert post(ana, "evening", told, night=FIRST).status_code == 302
    data = {"capsules": 1, "at": "22:05"}
    kept = {**item(row, instant=clock(), kind="dose", data=data), "id": key}
    assert sent(ana, kept) == [("duplicate", "")]
    data["capsules"] = 2
    assert sent(ana, kept) == [("refused", "not possible")]


def test_a_phone_s_other_words_with_a_used_id_are_taken_once_as_a_correction(
    trial: Client, clock: Hands
) -> None:
    row = current_row(me())
    one = item(row, instant=clock())
    assert sent(trial, one) == [("accepted", "")]
    other = {**one, "data": {"answers": {"urge": 7}}}
    other["data"] |= {"correct": True, "seen": refused_with(trial, other)}
    assert sent(trial, other, other) == [("accepted", ""), ("duplicate", "")]
    assert urges() == [4, 7]


# Corrections of what was corrected meanwhile.


def corrections(client: Client, count: int) -> list[dict]:
    """Open the page that corrects a night so many times, and return what its forms carry."""
    page = reverse("morning", kwargs={"night": FIRST}) + "?correct=1"
    forms = [client.get(page).context["form"] for _ in range(count)]
    return [{n: form[n].value() for n in ("key", "seen")} for form in forms]


def correct(client: Client, told: dict):
    return client.post(reverse("morning", kwargs={"night": FIRST}) + "?correct=1", told)


def test_a_correction_of_what_was_changed_meanwhile_comes_back(trial: Client) -> None:
    answer(trial, FIRST)
    first, second = corrections(trial, 2)
    assert correct(trial, {**first, "urge": "7"}).status_code == 302
    page = correct(trial, {**second, "urge": "2"})
    refused(page, "This was changed meanwhile")
    assert urges() == [4, 7]
    form = page.context["form"]
    assert form["urge"].value() == "2"
    again = {"key": form["key"].value(), "seen": form["seen"].value(), "urge": "2"}
    assert correct(trial, again).status_code == 302
    assert urges() == [4, 7, 2]


def test_a_correction_of_something_else_is_not_held_up(trial: Client) -> None:
    answer(trial, FIRST)
    first, second = corrections(trial, 2)
    assert correct(trial, {**first, "urge": "7"}).status_code == 302
    assert correct(trial, {**second, "nausea": "2"}).status_code == 302


def test_the_outbox_does_not_do_what_the_page_refused(trial: Client, clock: Hands) -> None:
    answer(trial, FIRST)
    first, second = corrections(trial, 2)
    assert correct(trial, {**first, "urge": "7"}).status_code == 302
    data = {"answers": {"urge": 2}, "correct": True, "seen": second["seen"]}
    kept = {**item(current_row(me()), instant=clock(), data=data), "id": second["key"]}
    data["seen"] = refused_with(trial, kept)
    assert sent(trial, kept) == [("accepted", "")]
    assert urges() == [4, 7, 2]


def test_a_phone_that_saw_nothing_of_a_night_overwrites_nothing(
    trial: Client, clock: Hands
) -> None:
    """A refused entry, sent as a correction while the night was corrected once more elsewhere."""
    answer(trial, FIRST)
    row = current_row(me())
    data = {"answers": {"urge": 2}}
    kept = item(row, instant=clock(), data=data)
    seen = refused_with(trial, kept)
    assert correct(trial, {"urge": "7"}).status_code == 302
    data |= {"correct": True, "seen": ""}
    assert sent(trial, kept) == [("refused", "not possible")]
    data["seen"] = seen
    data["seen"] = refused_with(trial, kept)
    assert sent(trial, kept) == [("accepted", "")]
    assert urges() == [4, 7, 2]


def test_a_phone_that_saw_no_dose_overwrites_none(ana: Client, clock: Hands) -> None:
    row = began(OPEN_DOSES, clock)
    clock.set("2026-03-01T22:30+01:00")
    take(ana, FIRST, "fewer", capsules="1")
    data = {"capsules": 2, "correct": True}
    kept = item(row, instant=clock(), kind="dose", data=data)
    data["seen"] = refused_with(ana, kept)
    assert DoseRow.objects.get().capsules == 1
    assert sent(ana, kept) == [("accepted", "")]
    assert DoseRow.objects.get().capsules == 2


def test_an_answer_that_was_changed_meanwhile_is_not_taken_back(trial: Client) -> None:
    answer(trial, FIRST)
    page = trial.get(reverse("morning", kwargs={"night": FIRST}) + "?correct=1")
    form = page.context["withdrawal"]
    told = {"key": form["key"].value(), "seen": form["seen"].value(), "withdraw": ["urge"]}
    assert correct(trial, {"urge": "7"}).status_code == 302
    page = post(trial, "withdraw", told, night=FIRST)
    refused(page, "This was changed meanwhile")
    assert urges() == [4, 7]
    again = {**told, "seen": page.context["form"]["seen"].value()}
    assert post(trial, "withdraw", again, night=FIRST).status_code == 302
    assert urges() == [4, 7, None]


def test_a_dose_that_was_changed_meanwhile_comes_back(ana: Client, clock: Hands) -> None:
    began(OPEN_DOSES, clock)
    clock.set("2026-03-01T22:30+01:00")
    take(ana, FIRST, "fewer", capsules="1")
    seen = get(ana, "dose_correct", night=FIRST).context["form"]["seen"].value()
    assert (
        post(ana, "dose_correct", {"seen": seen, "capsules": "0"}, night=FIRST).status_code == 302
    )
    late = {"seen": seen, "capsules": "2"}
    page = post(ana, "dose_correct", late, night=FIRST)
    refused(page, "This was changed meanwhile")
    assert DoseRow.objects.get().capsules == 0
    data = {**late, "seen": page.context["form"]["seen"].value()}
    assert post(ana, "dose_correct", data, night=FIRST).status_code == 302
    assert DoseRow.objects.get().capsules == 2


# A database that is busy.


@pytest.mark.django_db(transaction=True)
def test_what_a_busy_database_cannot_take_comes_back_as_it_was_typed(
    trial: Client, clock: Hands
) -> None:
    def busy(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    clock.on(minutes=30)
    with connection.execute_wrapper(busy):
        page = post(trial, "morning", {"key": "k1", "urge": "4", "cramps": "3"}, night=FIRST)
    assert page.status_code == 503
    assert "This is not saved yet, as the diary is busy. Send it again." in read(page)
    form = page.context["form"]
    assert (form["urge"].value(), form["cramps"].value()) == ("4", "3")
    again = {"key": form["key"].value(), "urge": "4", "cramps": "3"}
    assert post(trial, "morning", again, night=FIRST).status_code == 302
    assert urges() == [4]
