"""What the way tells before anything is registered: zones, capsules, blinding, and chances."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

import pytest
from django.urls import reverse

from ekbom.protocol.files import BUILT_IN, built_in, with_design
from ekbom.report.capsule_words import capsule_sentence
from ekbom.report.plan_words import WAY_TITLES, WAY_WORDS
from ekbom.safety.fill import fill_packs
from ekbom.safety.hiding import fills_of
from ekbom.safety.preparation import whole_counts
from ekbom.simulation.stored import stored_record
from ekbom.web.begin.capsules import CapsuleCount
from ekbom.web.begin.odds import odds_of
from ekbom.web.begin.planned import dose_plan_of, protocol_of, with_dose
from ekbom.web.begin.said import remember, said_by
from ekbom.web.begin.zones import AREAS, old_names, zone_choices, zone_named, zone_names
from ekbom.web.devices.known import me
from ekbom.web.store import current_row
from web.lives import trial_of
from web.way import PLAN, PRODUCT, agree, have_answered, list_medicines, plan_ana, posted

pytestmark = pytest.mark.django_db

FAST, SLOW = (stored_record(built_in(n)) for n in ("magnesium-rls-fast", "magnesium-rls"))


def helps(record, size: str, tau: float) -> int:
    rows = (r for r in record["rows"] if r["scale"] == "full" and not r["unblinded"])
    words = next(r["words"] for r in rows if (r["size"], r["tau"]) == (size, tau))
    return round(100 * words["helps"]["value"])


def main_of(page) -> str:
    found = page.content.decode().split("<main")[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def on_the_plan(ana, **product: str):
    have_answered()
    list_medicines(ana)
    posted(ana, "begin_product", {**PRODUCT, **product})
    return ana.get(reverse("begin_plan"))


def test_each_zone_is_offered_once_and_found_by_its_old_name_too() -> None:
    """The names of the time zone database: zone.tab has those of now, tzdata.zi the old ones."""
    offered = [z for _, group in zone_choices() if isinstance(group, list) for z, _ in group]
    assert sorted([*offered, "UTC"]) == sorted(zone_names())
    now = {"Asia/Calcutta": "Asia/Kolkata", "Europe/Kiev": "Europe/Kyiv"}
    assert {old: zone_named(old) for old in now} == now
    assert set(now) & zone_names() == set()
    assert set(now.values()) <= zone_names()
    cities = {z for z in available_timezones() if z.partition("/")[0] in AREAS}
    assert cities - zone_names() - set(old_names()) == set()


def test_a_zone_that_was_kept_by_its_old_name_is_shown_by_the_one_it_has_now(ana) -> None:
    remember(me(), zone="Asia/Calcutta")
    assert on_the_plan(ana).context["form"]["zone"].value() == "Asia/Kolkata"
    assert ana.get(reverse("begin_diary")).context["form"]["zone"].value() == "Asia/Kolkata"


@pytest.mark.parametrize("page", ["begin_product", "begin_plan"])
def test_the_capsules_of_both_kinds_are_counted_before_registration(ana, page) -> None:
    """As the fill counts them: packs of one size, half of them without magnesium."""
    on_the_plan(ana)
    told = ana.get(reverse(page))
    assert told.context["capsules"] == (CapsuleCount(32, 222, 201), CapsuleCount(18, 135, 114))
    assert "32 weeks 222 201" in main_of(told)
    assert "18 weeks 135 114" in main_of(told)


def test_the_counts_of_the_plan_are_those_that_are_registered(ana, clock) -> None:
    plan_ana(ana)
    counted = ana.get(reverse("begin_plan")).context["capsules"][1]
    fill = fill_packs(plan=dose_plan_of(me()), protocol=protocol_of(me()))
    assert (counted.magnesium + counted.without, counted.without) == (fill.total, 6 * fill.pack)


def test_powder_is_not_counted_in_capsules(ana) -> None:
    powder = {"amount_mg": "160", "unit": "gram", "states": "compound"}
    assert on_the_plan(ana, **powder).context["capsules"] == ()


def test_the_plan_says_what_each_way_costs_and_where_the_capsules_come_from(ana) -> None:
    said = main_of(on_the_plan(ana))
    told = [f"{WAY_TITLES[way]} {WAY_WORDS[way]}" for way in ("open", "helper", "alone")]
    assert [said.count(text) for text in told] == [1, 1, 1]
    assert said.count(WAY_TITLES["clinic"]) == 0
    assert said.count("such as microcrystalline cellulose.") == 1
    assert said.count("A pharmacist can make them") == 0
    assert said.index(told[-1]) < said.index("Keep and go on")


def test_no_way_of_blinding_is_chosen_before_somebody_chooses_and_then_it_is_kept(ana) -> None:
    form = on_the_plan(ana).context["form"]
    ways = [way for way, _ in form.fields["blinding"].choices]
    assert (ways, form["blinding"].value()) == (["open", "helper", "alone"], None)
    posted(ana, "begin_plan", {**PLAN, "blinding": "alone"})
    assert said_by(me()).plan.blinding == "alone"
    assert ana.get(reverse("begin_plan")).context["form"]["blinding"].value() == "alone"


@pytest.mark.parametrize("way", ["open", "helper", "alone", "clinic"])
def test_the_way_that_was_chosen_is_the_one_that_is_agreed_to_and_registered(
    ana, clock, settings, way
) -> None:
    settings.EKBOM_CLINIC_KEY = "age1clinic"
    plan_ana(ana, blinding=way)
    said = main_of(ana.get(reverse("begin_agree")))
    assert said.count(f"{WAY_TITLES[way]}. {WAY_WORDS[way]}") == 1
    assert [said.count(text) for other, text in WAY_WORDS.items() if other != way] == [0, 0, 0]
    assert agree(ana).status_code == 302
    assert trial_of(me(), clock()).protocol.blinding == way


def test_a_plan_for_a_clinic_that_has_no_key_any_more_is_chosen_anew(ana, settings) -> None:
    settings.EKBOM_CLINIC_KEY = "age1clinic"
    plan_ana(ana, blinding="clinic")
    settings.EKBOM_CLINIC_KEY = ""
    assert agree(ana)["Location"] == reverse("begin_plan")
    assert current_row(me()) is None


SALT = {"amount_mg": "100", "unit": "gram", "states": "elemental", "salt": "oxide"}
CITRATE = {"amount_mg": "161.1", "unit": "gram", "states": "elemental"}


def chosen(ana, way: str, **product: str):
    page = on_the_plan(ana, **product)
    return page, posted(ana, "begin_plan", {**PLAN, "blinding": way})


@pytest.mark.parametrize("way", ["helper", "alone"])
def test_a_powder_of_another_salt_cannot_be_hidden_and_it_says_what_would_help(ana, way) -> None:
    page, answer = chosen(ana, way, **SALT)
    why = (
        "How much of this powder goes into a capsule is not known here: it is no magnesium "
        "citrate. Choose a product in capsules, or an open trial."
    )
    assert main_of(page).count(why) == 1
    assert (answer.status_code, answer.context["form"].errors) == (422, {"blinding": [why]})
    assert said_by(me()).plan is None


def test_a_powder_of_citrate_is_hidden_in_capsules_whose_number_is_said(ana) -> None:
    """Whole capsules for every step: the ladder's tenths of a milligram do not stand against it."""
    page, answer = chosen(ana, "helper", **CITRATE)
    ladder = (96.7, 193.3)
    dose = with_dose(built_in("magnesium-rls"), dose_plan_of(me())).dose
    assert (dose.ladder, whole_counts(dose)) == (ladder, (2, 4, 6))
    told = [capsule_sentence(fill) for fill in fills_of(dose, salt="citrate")]
    assert len(told) == 2
    assert [main_of(page).count(text) for text in told] == [1, 1]
    assert answer.status_code == 302


def test_steps_that_are_no_whole_capsules_are_refused_where_packs_must_hide_them(ana) -> None:
    page, answer = chosen(ana, "alone", **CITRATE, target_mg="180")
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["blinding"]
    assert "Not every step of this dose is a whole number of capsules" in main_of(page)
    assert posted(ana, "begin_plan", PLAN).status_code == 302


def test_another_product_that_cannot_be_hidden_leads_back_to_the_plan(ana) -> None:
    plan_ana(ana, blinding="helper")
    posted(ana, "begin_product", {**PRODUCT, **SALT})
    assert agree(ana)["Location"] == reverse("begin_plan")
    assert current_row(me()) is None


def test_the_chances_begin_with_a_sentence_on_100_people(ana, clock) -> None:
    plan_ana(ana)
    page = ana.get(reverse("begin_chances"))
    found = page.context["odds"].found
    assert found == (
        "Think of 100 people for whom magnesium citrate does help: “strongest urge to move” is "
        "better by 1.5 points, most of it within 2 nights. With this plan "
        f"{helps(FAST, 'worthwhile', 2)} of them get the clear answer “helps”."
    )
    said = main_of(page)
    order = (found, "is no failure", "What makes it better", "Where these numbers come from")
    places = [said.index(text) for text in order]
    assert places == sorted(places)


def test_the_other_chances_are_the_tables_own_numbers() -> None:
    told = odds_of(FAST)
    counts = [int(n) for text in told.others[:4] for n in re.findall(r": (\d+) of 100", text)]
    sizes = [("large", 2.0), ("small", 2.0), ("worthwhile", 7.0), ("worthwhile", 21.0)]
    assert counts == [helps(FAST, *size) for size in sizes]
    assert told.others[4] == (
        "It does nothing: fewer than 1 of 100 get “helps” by mistake. 36 get “no worthwhile "
        "difference”."
    )
    soon, late = (helps(SLOW, "worthwhile", tau) for tau in (2.0, 7.0))
    assert told.better[0] == (
        f"The long plan takes 32 weeks. With it {soon} of those 100 people get “helps”, and {late} "
        "of 100 where it takes 7 nights to work."
    )


def test_the_longest_plan_is_compared_with_no_longer_one() -> None:
    assert [len(odds_of(record).better) for record in (FAST, SLOW)] == [2, 1]


def test_a_table_without_the_effects_has_no_such_sentence() -> None:
    rows = [r for r in FAST["rows"] if r["size"] == "none"]
    assert odds_of({**FAST, "rows": rows}) is None


def test_both_plans_tell_their_chances_in_the_same_words(ana) -> None:
    choices = on_the_plan(ana).context["choices"]
    assert [c.odds for c in choices] == [odds_of(stored_record(built_in(n))) for n in BUILT_IN]


def test_a_plan_of_ones_own_counts_its_own_capsules_at_registration(ana, clock) -> None:
    plan_ana(ana, pairs="7")
    fill = fill_packs(
        plan=dose_plan_of(me()),
        protocol=with_design(built_in("magnesium-rls-fast"), pairs=7),
    )
    assert f"of magnesium and {7 * fill.pack} of placebo" in main_of(
        ana.get(reverse("begin_agree"))
    )
