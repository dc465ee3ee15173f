"""What a named clinician may agree to on the way, and what is met with help alone."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from ekbom.safety.answers import Agreement
from ekbom.safety.questions import questions
from ekbom.web.begin.planned import dose_plan_of
from ekbom.web.begin.questions import sections
from ekbom.web.begin.said import agreements_of, answers_of
from ekbom.web.devices.known import me
from ekbom.web.store import current_row, load
from web.way import (
    HEALTHY,
    PLAN,
    PRODUCT,
    agree,
    answer_all,
    differences,
    have_answered,
    list_medicines,
    plan_ana,
    posted,
    register_ana,
    section_data,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 1)


def part_of(question: str) -> int:
    return next(s.number for s in sections() for q in s.questions if q.id == question)


def agreement(client, question: str, by: str = "Dr. Chen", on: str = "2026-03-01"):
    return posted(client, "begin_result", {"about": question, "by": by, "on": on})


def test_a_stop_without_agreement_takes_no_agreement(ana) -> None:
    answer_all(ana, kidney_failure="yes")
    assert agreement(ana, "kidney_failure").status_code == 302
    assert agreements_of(me()) == ()


def test_dr_chen_agrees_and_the_record_says_so(ana, clock) -> None:
    answer_all(ana, slow_pulse="yes")
    assert ana.get(reverse("begin_medicines")).status_code == 302
    assert agreement(ana, "slow_pulse").status_code == 302
    assert ana.get(reverse("begin_result")).context["found"].may_begin
    list_medicines(ana)
    posted(ana, "begin_product", PRODUCT)
    posted(ana, "begin_plan", PLAN)
    differences(ana)
    assert agree(ana).status_code == 302
    event = load(current_row(me()), now=clock()).events[1]
    assert (event.kind, event.detail["result"]) == ("screening", "clinician first")
    assert (event.detail["agreed_by"], event.detail["rules"]) == ("Dr. Chen", "slow_pulse")


def test_an_answer_that_changes_voids_what_was_agreed_about_it(ana) -> None:
    answer_all(ana, egfr=50)
    agreement(ana, "egfr")
    assert [a.by for a in agreements_of(me())] == ["Dr. Chen"]
    answer_all(ana, egfr=50)
    assert [a.by for a in agreements_of(me())] == ["Dr. Chen"]
    answer_all(ana, egfr=45)
    assert agreements_of(me()) == ()


@pytest.mark.parametrize(
    ("by", "on", "field"),
    [
        ("", "2026-03-01", "by"),
        ("?", "2026-03-01", "by"),
        ("Dr. Chen", "2026-03-02", "on"),
        ("Dr. Chen", "2026-02-28", "on"),
        ("Dr. Chen", "soon", "on"),
    ],
)
def test_an_agreement_by_nobody_or_of_an_impossible_day_is_refused_and_kept(
    ana, by, on, field
) -> None:
    answer_all(ana, slow_pulse="yes")
    response = agreement(ana, "slow_pulse", by, on)
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert (form["by"].value(), form["on"].value()) == (by, on)
    assert agreements_of(me()) == ()


def test_thoughts_of_ending_ones_life_are_met_with_help_and_nothing_to_do(ana) -> None:
    answer_all(ana, dark_thoughts="yes", slow_pulse="yes", ferritin="none")
    main = ana.get(reverse("begin_result")).content.decode().split("<main")[1].split("</main>")[0]
    assert [" ".join(t.split()) for t in re.findall(r">([^<]+)<", main) if t.strip()] == [
        "Get help now",
        next(r.reason for r in questions()["dark_thoughts"].rules if r.when == "yes"),
        "The trial can wait.",
        "Back to the questions",
    ]
    assert re.findall(r"<(?:form|button|input|details|nav)\b", main) == []
    back = reverse("begin_questions", args=[part_of("dark_thoughts")])
    assert re.findall(r'href="([^"]+)"', main) == [back]


def test_no_agreement_is_taken_in_spite_of_thoughts_of_ending_ones_life(ana) -> None:
    answer_all(ana, dark_thoughts="yes", slow_pulse="yes")
    page = posted(
        ana,
        "begin_result",
        {"about": ["dark_thoughts", "slow_pulse"], "by": "Dr. Chen", "on": "2026-03-01"},
    )
    assert (page.status_code, agreements_of(me())) == (200, ())
    assert page.templates[0].name == "ekbom/begin/crisis.html"


def test_who_answered_that_by_mistake_goes_back_and_on(ana) -> None:
    answer_all(ana, dark_thoughts="yes")
    answer_all(ana, dark_thoughts="no")
    assert ana.get(reverse("begin_result")).context["found"].may_begin


def test_dr_chen_is_named_once_for_all_that_she_agreed_to(ana) -> None:
    answer_all(ana, slow_pulse="yes", egfr=50, ferritin="none", kidney_failure="yes")
    form = ana.get(reverse("begin_result")).context["form"]
    assert {name for name, _ in form.fields["about"].choices} == {"slow_pulse", "egfr", "ferritin"}
    assert form["about"].value() is None
    sent = {"about": ["slow_pulse", "egfr"], "by": "Dr. Chen", "on": "2026-03-01"}
    assert posted(ana, "begin_result", sent)["Location"] == reverse("begin_result")
    assert set(agreements_of(me())) == {
        Agreement(name, "Dr. Chen", TODAY) for name in ("slow_pulse", "egfr")
    }
    left = ana.get(reverse("begin_result")).context["form"]
    assert [name for name, _ in left.fields["about"].choices] == ["ferritin"]


@pytest.mark.parametrize("about", [[], ["kidney_failure"], ["slow_pulse", "kidney_failure"]])
def test_nothing_is_agreed_that_was_not_ticked_or_that_nobody_may_agree_to(ana, about) -> None:
    answer_all(ana, slow_pulse="yes", kidney_failure="yes")
    sent = {"about": about, "by": "Dr. Chen", "on": "2026-03-01"}
    response = posted(ana, "begin_result", sent)
    assert (response.status_code, agreements_of(me())) == (422, ())
    assert list(response.context["form"].errors) == ["about"]
    assert response.context["form"]["by"].value() == "Dr. Chen"


def test_an_answer_given_again_is_as_young_as_today_but_where_somebody_agreed(ana, clock) -> None:
    answer_all(ana, egfr=50)
    agreement(ana, "egfr")
    clock.on(days=20)
    answer_all(ana, egfr=50)
    given = answers_of(me())
    assert {name for name, answer in given.items() if answer.on == TODAY} == {"egfr"}
    assert ana.get(reverse("begin_result")).context["found"].agreed_by == "Dr. Chen"


def test_in_a_running_trial_they_are_met_with_help_alone_too(ana, clock) -> None:
    register_ana(ana, clock)
    data: dict[str, str] = {}
    for section in sections():
        data |= section_data(section, {**HEALTHY, "dark_thoughts": "yes"})
    page = ana.post("/trial/screening/", data)
    assert page.templates[0].name == "ekbom/begin/crisis.html"
    ana.post("/trial/screening/", {"question": "dark_thoughts", "by": "Dr. Chen", "on": TODAY})
    assert agreements_of(me()) == ()


AGREED = {
    "target_mg": "400",
    "agreed_by": "Dr. Chen",
    "agreed_mg": "400",
    "agreed_on": "2026-03-01",
}


def test_more_than_the_limit_needs_a_named_clinician(ana) -> None:
    have_answered()
    list_medicines(ana)
    agreed = {**AGREED, "target_mg": "300", "agreed_mg": "300"}
    assert posted(ana, "begin_product", {**PRODUCT, **agreed}).status_code == 302
    dose = dose_plan_of(me()).to_dose()
    assert (dose.ladder, dose.limit_mg) == ((100.0, 200.0, 300.0), 300.0)
    assert dose.agreed_by == "Dr. Chen, 2026-03-01"
    page = ana.get(reverse("begin_product"))
    assert [row[0] for row in page.context["ladder"]] == [1, 2, 3]
    assert page.context["form"]["agreed_by"].value() == "Dr. Chen"


@pytest.mark.parametrize("changed", [{"target_mg": "350"}, {"amount_mg": "50"}])
def test_an_agreement_does_not_carry_another_dose_or_product(ana, changed) -> None:
    have_answered()
    list_medicines(ana)
    agreed = {**PRODUCT, **AGREED, "target_mg": "300"}
    assert posted(ana, "begin_product", agreed).status_code == 302
    response = posted(ana, "begin_product", {**agreed, **changed})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["agreed_by"]
    assert response.context["form"]["agreed_by"].value() == ""
    assert ana.get(reverse("begin_plan"))["Location"] == reverse("begin_product")
    assert posted(ana, "begin_product", {**agreed, **changed}).status_code == 302


def test_an_agreement_of_a_month_ago_registers_nothing_above_the_limit(ana, clock) -> None:
    plan_ana(ana)
    agreed = {**PRODUCT, **AGREED, "agreed_mg": "300", "target_mg": "300"}
    assert posted(ana, "begin_product", agreed).status_code == 302
    assert ana.get(reverse("begin_agree")).status_code == 200
    clock.on(days=28)
    have_answered()
    assert ana.get(reverse("begin_agree")).status_code == 200
    clock.on(days=1)
    have_answered()
    list_medicines(ana)
    assert ana.get(reverse("begin_agree"))["Location"] == reverse("begin_product")
