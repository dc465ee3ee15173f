"""Ana's mornings: what she answers, corrects, takes back and skips, and what is kept of it."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.web.devices.known import me
from ekbom.web.models import EntryRow
from web.conftest import Hands
from web.lives import DAY, FIRST, TITRATION, at, registered
from web.nightly import CALM, answer, get, kinds, post, read, refused


def entries(night: date) -> list[tuple[str, float | None]]:
    found = EntryRow.objects.filter(night=night).order_by("position")
    return [(e.item, e.value) for e in found]


def test_nothing_is_preset(trial: Client) -> None:
    assert "checked" not in get(trial, "morning", night=FIRST).content.decode()


def test_what_is_answered_is_kept_and_what_is_left_stays_without_an_answer(trial: Client) -> None:
    response = post(
        trial,
        "morning",
        {"urge": "0", "minutes_to_sleep": "other", "minutes_to_sleep_other": "25"},
        night=FIRST,
    )
    assert response.headers["Location"] == reverse("tonight")
    assert entries(FIRST) == [("urge", 0), ("minutes_to_sleep", 25)]
    page = get(trial, "tonight")
    assert "Kept: 2 answers about the night of Sunday, 1 Mar." in read(page)
    assert page.context["main"] is None
    still = [f.name for f in get(trial, "morning", night=FIRST).context["form"].asked()]
    assert "urge" not in still
    assert "cramps" in still


def test_a_form_without_an_answer_is_refused(trial: Client) -> None:
    refused(post(trial, "morning", {}, night=FIRST), "Nothing is answered yet.")
    assert not EntryRow.objects.exists()


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"urge": "11"}, "urge"),
        ({"loose_stools": "other", "loose_stools_other": "2.5"}, "Use whole numbers from 0 to 30."),
        ({"minutes_awake": "other", "minutes_awake_other": "721"}, "720"),
        ({"minutes_awake": "many"}, "number"),
    ],
)
def test_what_is_off_its_scale_comes_back_as_it_was_typed(
    trial: Client, answers: dict, why: str
) -> None:
    page = post(trial, "morning", {"cramps": "3", **answers}, night=FIRST)
    refused(page, why)
    assert page.context["form"]["cramps"].value() == "3"
    assert not EntryRow.objects.exists()


def test_a_double_tap_does_nothing_twice(trial: Client) -> None:
    key = get(trial, "morning", night=FIRST).context["form"]["key"].value()
    for _ in range(2):
        response = post(trial, "morning", {"key": key, "urge": "4"}, night=FIRST)
        assert response.status_code == 302
    assert entries(FIRST) == [("urge", 4)]


def test_what_another_device_answered_is_not_overwritten(trial: Client) -> None:
    answer(trial, FIRST)
    page = post(trial, "morning", {"urge": "9", "cramps": "2"}, night=FIRST)
    refused(page, "This was answered already for the night of 1 Mar 2026.")
    assert page.context["form"]["urge"].value() == "9"
    assert f"{reverse('morning', kwargs={'night': FIRST})}?correct=1" in page.content.decode()
    assert len(entries(FIRST)) == len(CALM)


def test_a_correction_keeps_the_earlier_answer(trial: Client) -> None:
    answer(trial, FIRST)
    address = reverse("morning", kwargs={"night": FIRST}) + "?correct=1"
    page = trial.get(address)
    assert "checked" not in page.content.decode()
    assert "What stood there before stays on record." in read(page)
    assert trial.post(address, {"urge": "7"}).status_code == 302
    first, second = EntryRow.objects.filter(item="urge").order_by("position")
    assert (first.value, second.value, second.replaces) == (4, 7, first.entry)
    assert len(entries(FIRST)) == len(CALM) + 1


def test_an_answer_can_be_taken_back_and_stays_on_record(trial: Client) -> None:
    answer(trial, FIRST)
    assert post(trial, "withdraw", {"withdraw": ["urge"]}, night=FIRST).status_code == 302
    assert [e.value for e in EntryRow.objects.filter(item="urge").order_by("position")] == [4, None]
    assert get(trial, "tonight").context["main"].address == reverse(
        "morning", kwargs={"night": FIRST}
    )
    refused(post(trial, "withdraw", {"withdraw": ["urge"]}, night=FIRST), "could be taken back")


def test_a_report_can_be_skipped_with_one_tap_and_is_not_asked_for_again(trial: Client) -> None:
    page = get(trial, "morning", night=FIRST)
    data = {"key": page.context["skip"]["key"].value()}
    for _ in range(2):
        assert post(trial, "skip", data, night=FIRST, part="morning").status_code == 302
    assert kinds() == ["registered", "screening", "skipped"]
    page = get(trial, "tonight")
    assert page.context["main"] is None
    assert get(trial, "nights").context["mornings"] == ()
    answer(trial, FIRST)
    assert len(entries(FIRST)) == len(CALM)


def test_only_a_morning_and_an_evening_can_be_skipped(trial: Client) -> None:
    assert post(trial, "skip", night=FIRST, part="noon").status_code == 404
    assert trial.get(reverse("skip", kwargs={"night": FIRST, "part": "morning"})).status_code == 302
    assert kinds() == ["registered", "screening"]


def test_what_comes_after_its_night_is_kept_and_marked_late(trial: Client, clock: Hands) -> None:
    clock.now = at(FIRST + 2 * DAY, "08:00")
    assert list(get(trial, "nights").context["mornings"]) == [
        FIRST + 2 * DAY,
        FIRST + DAY,
        FIRST,
    ]
    assert "kept and marked late" in read(get(trial, "morning", night=FIRST))
    answer(trial, FIRST)
    assert set(EntryRow.objects.values_list("late", flat=True)) == {True}
    answer(trial, FIRST + 2 * DAY)
    assert set(EntryRow.objects.filter(night=FIRST + 2 * DAY).values_list("late", flat=True)) == {
        False
    }
    assert {line.state for line in get(trial, "night", night=FIRST).context["lines"]} == {
        "answered late",
        "not answered",
    }


def test_the_page_of_a_night_says_what_was_answered_and_never_what(trial: Client) -> None:
    answer(trial, FIRST, urge=9, minutes_to_sleep=417)
    page = read(get(trial, "night", night=FIRST))
    assert "Strongest urge to move answered" in page
    assert "417" not in page
    assert "kept from view until your last guess" in page
    for name in ("tonight", "nights"):
        assert "417" not in read(get(trial, name))
    assert "417" not in read(trial.get(reverse("morning", kwargs={"night": FIRST}) + "?correct=1"))


@pytest.mark.parametrize("name", ["night", "morning", "evening", "dose_correct"])
@pytest.mark.parametrize(
    ("night", "why"),
    [
        (FIRST + 10 * DAY, "has not begun yet"),
        (FIRST - DAY, "lies before the first"),
    ],
)
def test_a_night_that_is_none_says_so(trial: Client, name: str, night: date, why: str) -> None:
    for page in (get(trial, name, night=night), post(trial, name, night=night)):
        assert page.status_code in (404, 405)
    assert why in read(get(trial, name, night=night))


def test_once_a_period_the_whole_period_is_asked_about(ana: Client, clock: Hands) -> None:
    from ekbom.protocol.files import built_in

    registered(me(), clock, protocol=built_in("magnesium-rls"))
    clock.now = at(FIRST, "08:00")
    names = [f.name for f in get(ana, "morning", night=FIRST).context["form"].asked()]
    assert "irls_total" not in names


def test_a_night_is_reported_on_after_midnight_and_not_before_it(
    titration: Client, clock: Hands
) -> None:
    clock.now = at(TITRATION, "23:59")
    post(titration, "morning", CALM, night=TITRATION)
    said = read(get(titration, "tonight"))
    assert "The questions about this night come after midnight." in said
    assert not entries(TITRATION)
    assert "Answer what is open" not in read(get(titration, "night", night=TITRATION))
    clock.now = at(TITRATION, "00:01")
    post(titration, "morning", CALM, night=TITRATION)
    assert entries(TITRATION)
