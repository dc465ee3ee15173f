"""Medicines, product and plan on their pages: what is refused, and what is kept."""

from __future__ import annotations

import re
from datetime import time

import pytest
from django.urls import reverse

from ekbom.safety.medicines import Medicine
from ekbom.web.begin.said import answers_of, medicines_of, plan_of, product_of, said_by
from ekbom.web.devices.known import me
from web.test_begin_agreements import AGREED
from web.way import (
    PLAN,
    PRODUCT,
    agree,
    differences,
    have_answered,
    list_medicines,
    plan_ana,
    posted,
)

pytestmark = pytest.mark.django_db


def line(name: str, times: str, number: int = 0) -> dict[str, str]:
    return {f"form-{number}-name": name, f"form-{number}-times": times}


def agree_to_medicines(client) -> None:
    data = {"about": "medicines_checked", "by": "Dr. Chen", "on": "2026-03-01"}
    posted(client, "begin_result", data)


def rows_of(response) -> list[tuple[str, str]]:
    return [(r["name"].value() or "", r["times"].value() or "") for r in response.context["rows"]]


def test_medicines_far_from_the_capsules_are_no_obstacle(ana) -> None:
    have_answered(medicines="yes")
    assert list_medicines(ana, ("levothyroxine 50", "7:00"), dose_at="22:30").status_code == 302
    page = ana.get(reverse("begin_medicines"))
    assert page.context["check"].result == "go"
    assert medicines_of(me()) == (Medicine("levothyroxine 50", (time(7),)),)
    assert answers_of(me())["medicines_checked"].value == "yes"
    assert ana.get(reverse("begin_product")).status_code == 200


def test_a_medicine_too_close_asks_for_another_hour_and_says_which_are_free(ana) -> None:
    have_answered(medicines="yes")
    list_medicines(ana, ("gabapentin", "21:30"), dose_at="22:00")
    page = ana.get(reverse("begin_medicines"))
    assert page.context["check"].result == "move the dose"
    assert ana.get(reverse("begin_product"))["Location"] == reverse("begin_medicines")
    assert page.context["window"] in page.content.decode()
    list_medicines(ana, ("gabapentin", "18:00"), dose_at="22:00")
    assert ana.get(reverse("begin_product")).status_code == 200


def test_a_medicine_that_forbids_magnesium_lets_nobody_on(ana) -> None:
    have_answered(medicines="yes")
    list_medicines(ana, ("a muscle relaxant", "08:00"))
    assert ana.get(reverse("begin_medicines")).context["check"].result == "stop"
    posted(
        ana, "begin_result", {"about": "medicines_checked", "by": "Dr. Chen", "on": "2026-03-01"}
    )
    assert ana.get(reverse("begin_product"))["Location"] == reverse("begin_medicines")


def test_an_unknown_medicine_waits_for_what_a_pharmacist_says(ana) -> None:
    have_answered(medicines="yes")
    list_medicines(ana, ("Xyzol", "08:00"))
    page = ana.get(reverse("begin_medicines"))
    assert page.context["check"].unknown == ("Xyzol",)
    assert ana.get(reverse("begin_product")).status_code == 302
    data = {
        "dose_at": "22:00",
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "0",
        **line("Xyzol", "08:00"),
        "form-0-group": "other",
    }
    posted(ana, "begin_medicines", data)
    assert medicines_of(me()) == (Medicine("Xyzol (other)", (time(8),)),)
    assert ana.get(reverse("begin_product")).status_code == 200


def test_another_list_voids_what_was_agreed_about_the_old_one(ana) -> None:
    have_answered(medicines="yes")
    list_medicines(ana, ("Xyzol", "08:00"))
    posted(
        ana, "begin_result", {"about": "medicines_checked", "by": "Dr. Chen", "on": "2026-03-01"}
    )
    assert ana.get(reverse("begin_product")).status_code == 200
    list_medicines(ana, ("Xyzol", "08:00"))
    assert ana.get(reverse("begin_product")).status_code == 200
    list_medicines(ana, ("Xyzol", "08:00"), ("Abcdol", "09:00"))
    assert ana.get(reverse("begin_product")).status_code == 302


def test_lines_come_and_go_without_a_script_and_nothing_typed_is_lost(ana) -> None:
    have_answered(medicines="yes")
    typed = {
        "dose_at": "22:15",
        "form-TOTAL_FORMS": "2",
        "form-INITIAL_FORMS": "0",
        **line("iron", "half past", 0),
        **line("gabapentin", "18:00", 1),
    }
    more = posted(ana, "begin_medicines", {**typed, "add": "1"})
    assert rows_of(more) == [("iron", "half past"), ("gabapentin", "18:00"), ("", "")]
    assert more.context["hour"]["dose_at"].value() == "22:15"
    fewer = posted(ana, "begin_medicines", {**typed, "remove": "0"})
    assert rows_of(fewer) == [("gabapentin", "18:00")]
    assert said_by(me()).medicines is None


@pytest.mark.parametrize(
    ("name", "times", "field"),
    [("gabapentin", "9pm", "times"), ("12", "08:00", "name"), ("", "08:00", "name")],
)
def test_a_line_that_cannot_be_read_is_said_and_kept(ana, name, times, field) -> None:
    have_answered(medicines="yes")
    response = list_medicines(ana, (name, times))
    assert response.status_code == 422
    assert list(response.context["rows"][0].errors) == [field]
    assert rows_of(response) == [(name, times)]
    assert said_by(me()).medicines is None


def test_a_medicine_whose_times_matter_needs_them(ana) -> None:
    have_answered(medicines="yes")
    response = list_medicines(ana, ("levothyroxine", ""))
    assert response.status_code == 422
    assert "'levothyroxine' has no time" in response.context["form"].non_field_errors()[0]


def test_an_empty_list_is_asked_about_where_something_is_taken(ana) -> None:
    have_answered(medicines="yes")
    assert list_medicines(ana).status_code == 422
    data = {"dose_at": "22:00", "form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0", "none": "1"}
    assert posted(ana, "begin_medicines", data).status_code == 302
    assert answers_of(me())["medicines"].value == "no"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount_mg": "much"}, "amount_mg"),
        ({"amount_mg": "0"}, "amount_mg"),
        ({"amount_mg": "inf"}, "amount_mg"),
        ({"unit": "bucket"}, "unit"),
        ({"unit": "gram", "amount_mg": "2000"}, "__all__"),
        ({"states": "unknown"}, "states"),
        ({"salt": "salt"}, "salt"),
        ({"region": ""}, "region"),
        ({"others_mg": ""}, "others_mg"),
        ({"others_mg": "-1"}, "others_mg"),
        ({"target_mg": "400"}, "target_mg"),
        ({"others_mg": "100"}, "target_mg"),
        ({"target_mg": "400", "agreed_by": "Dr. Chen", "agreed_mg": "400"}, "agreed_on"),
        ({**AGREED, "agreed_by": ".."}, "agreed_by"),
        ({**AGREED, "agreed_on": "2026-03-02"}, "agreed_on"),
        ({**AGREED, "agreed_on": "2026-01-31"}, "agreed_on"),
        ({**AGREED, "agreed_on": "0001-01-01"}, "agreed_on"),
        ({**AGREED, "agreed_mg": ""}, "agreed_mg"),
        ({**AGREED, "agreed_mg": "399"}, "target_mg"),
        ({**AGREED, "others_mg": "1"}, "target_mg"),
        ({**AGREED, "target_mg": "1001", "agreed_mg": "5000"}, "target_mg"),
    ],
)
def test_a_product_that_cannot_be_is_refused_at_its_field_and_kept(ana, changed, field) -> None:
    have_answered()
    list_medicines(ana)
    response = posted(ana, "begin_product", {**PRODUCT, **changed})
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert {n: form[n].value() for n in PRODUCT} == {n: {**PRODUCT, **changed}[n] for n in PRODUCT}
    assert product_of(me()) is None


def test_a_product_without_a_step_lets_nobody_on(ana) -> None:
    have_answered()
    list_medicines(ana)
    posted(ana, "begin_product", {**PRODUCT, "amount_mg": "400"})
    assert ana.get(reverse("begin_product")).context["plan"].steps == ()
    assert ana.get(reverse("begin_plan"))["Location"] == reverse("begin_product")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"protocol": "mine"}, "protocol"),
        ({"start": "2026-02-28"}, "start"),
        ({"start": "2027-03-20"}, "start"),
        ({"start": "tomorrow"}, "start"),
        ({"dose_at": "09:00"}, "dose_at"),
        ({"dose_at": "25:00"}, "dose_at"),
        ({"diary_at": "19:00"}, "diary_at"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"blinding": "double"}, "blinding"),
        ({"blinding": "clinic"}, "blinding"),
        ({"blinding": ""}, "blinding"),
        ({"pairs": "0"}, "pairs"),
        ({"pairs": "13"}, "__all__"),
        ({"period_nights": "7", "unanalysed_nights": "7"}, "__all__"),
        ({"period_nights": "366", "pairs": "12"}, "__all__"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field_and_kept(ana, changed, field) -> None:
    have_answered()
    list_medicines(ana)
    posted(ana, "begin_product", PRODUCT)
    response = posted(ana, "begin_plan", {**PLAN, **changed})
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert {n: form[n].value() for n in PLAN} == {n: {**PLAN, **changed}[n] for n in PLAN}
    assert plan_of(me()) is None


def test_an_hour_too_close_to_a_medicine_is_refused_in_the_plan_too(ana) -> None:
    have_answered(medicines="yes")
    list_medicines(ana, ("gabapentin", "18:00"), dose_at="22:00")
    posted(ana, "begin_product", PRODUCT)
    response = posted(ana, "begin_plan", {**PLAN, "dose_at": "18:30"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["dose_at"]
    assert said_by(me()).dose_at == time(22)


@pytest.mark.parametrize("typed", ["0", "-1", "10", "nan", "much", ""])
def test_a_difference_that_cannot_be_is_refused_and_kept(ana, typed) -> None:
    plan_ana(ana)
    response = differences(ana, urge=typed)
    assert response.status_code == 422
    form = response.context["form"]
    assert form["urge"].value() == typed
    assert form.errors
    assert plan_of(me()).mids["urge"] == 1


def test_the_plan_in_the_evening_of_new_york_begins_that_very_night(ana, clock) -> None:
    clock.set("2026-03-02T02:00+00:00")
    zone = "America/New_York"
    plan_ana(ana, start="2026-03-01", zone=zone)
    assert agree(ana).status_code == 302


def test_a_difference_too_large_is_refused_in_our_words(ana) -> None:
    plan_ana(ana)
    for wrong in ("99", "0", "x"):
        form = differences(ana, urge=wrong).context["form"]
        assert form.errors == {"urge": ["Write a number above 0, and no more than 10."]}


def test_the_doctors_page_has_no_heading_without_a_text(ana) -> None:
    have_answered()
    page = ana.get(reverse("begin_doctor")).content.decode()
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings == ["If you agree to the trial"]


def test_a_whole_evening_is_named_once(ana) -> None:
    have_answered()
    list_medicines(ana)
    page = ana.get(reverse("begin_medicines"))
    assert page.context["window"] == "The whole evening is free, from 18:00 to 23:59."


def test_a_page_says_whether_there_is_a_diary_whose_plan_can_be_asked_for(ana, clock) -> None:
    assert 'data-diary="no"' in ana.get(reverse("welcome")).content.decode()
    posted(ana, "begin_diary", {"zone": "Europe/Berlin", "bedtime": "22:30"})
    assert "data-diary" not in ana.get(reverse("tonight")).content.decode()
