"""What the way tells before anything is registered: zones, capsules, blinding, and chances."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

import pytest
from django.urls import reverse

from ekbom.protocol.files import BUILT_IN, built_in, with_design
from ekbom.safety.fill import fill_packs
from ekbom.simulation.stored import stored_record
from ekbom.web.begin.capsules import CapsuleCount
from ekbom.web.begin.odds import odds_of
from ekbom.web.begin.planned import dose_plan_of, protocol_of
from ekbom.web.begin.said import remember, said_by
from ekbom.web.begin.zones import AREAS, old_names, zone_choices, zone_named, zone_names
from ekbom.web.devices.known import me
from web.way import PLAN, PRODUCT, have_answered, list_medicines, plan_ana, posted

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


def test_the_plan_says_that_the_trial_is_open_and_where_the_capsules_come_from(ana) -> None:
    page = on_the_plan(ana)
    said = main_of(page)
    told = (
        "Today ekbom runs open trials here. Both kinds of capsules are known to you. There is no "
        "way yet to hide from you which ones you take. Open: you will know what you take."
    )
    assert said.count(told) == 1
    assert said.count("such as microcrystalline cellulose. A pharmacist can make them for you") == 1
    assert said.index(told) < said.index("Keep and go on")


def test_the_only_way_of_blinding_is_chosen_already_and_no_plan_is(ana) -> None:
    form = on_the_plan(ana).context["form"]
    assert len(form.fields["blinding"].choices) == 1
    assert (form["blinding"].value(), form["protocol"].value()) == ("open", None)
    posted(ana, "begin_plan", PLAN)
    assert said_by(me()).plan.blinding == "open"


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
