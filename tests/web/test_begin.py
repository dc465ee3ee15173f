"""The way from the welcome to registration, by HTTP."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.urls import reverse

from ekbom.evidence.facts import salts
from ekbom.protocol.files import BUILT_IN, built_in, content_hash
from ekbom.trial.additions import add_answers
from ekbom.web.begin.agree import AgreeForm, register_once
from ekbom.web.begin.diary import begin_once
from ekbom.web.begin.planned import dose_plan, planned_protocol, protocol_of
from ekbom.web.begin.said import Plan, Product, said_by
from ekbom.web.devices.known import me
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import change, current_row, load
from web.way import (
    PLAN,
    PRODUCT,
    agree,
    answer_all,
    differences,
    list_medicines,
    plan_ana,
    posted,
    register_ana,
)

pytestmark = pytest.mark.django_db


def next_of(response) -> str:
    assert response.status_code == 302
    return response["Location"]


def test_the_start_leads_to_the_welcome_and_later_to_tonight(ana, clock) -> None:
    assert next_of(ana.get("/")) == reverse("welcome")
    register_ana(ana, clock)
    assert next_of(ana.get("/")) == reverse("tonight")


def test_ana_walks_the_whole_way_and_her_trial_is_registered(ana, clock) -> None:
    row = register_ana(ana, clock)
    trial = load(row, now=clock())
    assert [e.kind for e in trial.events] == ["registered", "screening", "expectation"]
    assert trial.events[1].detail == {
        "by": "ekbom's safety questions, answered by the person",
        "on": "2026-03-01",
        "result": "go",
    }
    assert trial.events[2].detail == {"benefit": 6.0}
    assert (trial.start, trial.zone) == (date(2026, 3, 1), "Europe/Berlin")
    assert trial.protocol.dose.region == "eu"
    assert trial.protocol.dose.ladder == (100.0, 200.0)
    person = Person.objects.get(pk=me().pk)
    assert (person.dose_at, person.diary_at) == (time(22), time(8))


def test_the_plan_as_it_comes_is_answered_from_the_table_that_comes_with_it(ana, clock) -> None:
    plan_ana(ana)
    page = ana.get(reverse("begin_chances"))
    assert page.status_code == 200
    assert (page.context["state"], page.context["exact"]) == ("done", True)
    assert page.context["weeks"] == "18"
    text = page.content.decode()
    assert text.count("<svg") >= 2
    assert "style=" not in text


def test_the_page_shows_the_very_hash_that_is_registered(ana, clock) -> None:
    plan_ana(ana)
    protocol = protocol_of(me())
    page = ana.get(reverse("begin_agree"))
    assert page.context["hash"] == content_hash(protocol)
    agree(ana)
    trial = load(current_row(me()), now=clock())
    assert trial.protocol_hash == page.context["hash"]
    assert [e.kind for e in trial.events] == ["registered", "screening"]


def test_the_labels_steps_are_the_dose_ladder_and_each_lasts_as_long_as_planned(ana, clock) -> None:
    plan_ana(ana)
    posted(ana, "begin_product", {**PRODUCT, "amount_mg": "80"})
    protocol = protocol_of(me())
    assert protocol.dose.ladder == (80.0, 160.0)
    assert [(s.nights, s.mg) for s in protocol.phases.titration] == [(7, 80.0), (7, 160.0)]
    assert protocol.dose.limit_mg == 250
    built = built_in("magnesium-rls-fast")
    assert (protocol.design, protocol.analysis) == (built.design, built.analysis)


def test_sent_twice_registers_once(ana, clock) -> None:
    plan_ana(ana)
    for _ in range(2):
        assert next_of(agree(ana)) == reverse("tonight")
    assert TrialRow.objects.count() == 1


def test_nothing_is_registered_without_the_persons_own_yes(ana, clock) -> None:
    plan_ana(ana)
    response = posted(ana, "begin_agree", {"expectation": "3"})
    assert response.status_code == 422
    assert response.context["form"]["expectation"].value() == "3"
    assert TrialRow.objects.count() == 0


def test_who_has_not_come_so_far_is_led_to_the_first_open_step(ana, clock) -> None:
    names = ("begin_medicines", "begin_product", "begin_plan", "begin_differences", "begin_agree")
    assert [next_of(ana.get(reverse(n))) for n in names] == [reverse("begin_safety")] * 5
    answer_all(ana)
    assert [next_of(ana.get(reverse(n))) for n in names[1:]] == [reverse("begin_medicines")] * 4
    list_medicines(ana)
    assert [next_of(ana.get(reverse(n))) for n in names[2:]] == [reverse("begin_product")] * 3


def test_in_a_trial_the_way_leads_to_tonight(ana, clock) -> None:
    register_ana(ana, clock)
    for name in ("begin_safety", "begin_medicines", "begin_plan", "begin_agree", "begin_diary"):
        assert next_of(ana.get(reverse(name))) == reverse("tonight")


def test_another_plan_asks_for_its_differences_anew(ana, clock) -> None:
    plan_ana(ana)
    posted(ana, "begin_plan", {**PLAN, "protocol": "magnesium-rls"})
    assert next_of(ana.get(reverse("begin_agree"))) == reverse("begin_differences")
    differences(ana, urge="1.5")
    protocol = protocol_of(me())
    assert (protocol.name, protocol.outcome("urge").mid) == ("magnesium-rls", 1.5)
    assert protocol.outcome("irls_total").mid == 3


def test_the_way_begins_again_after_a_month(ana, clock) -> None:
    plan_ana(ana)
    clock.on(days=29)
    assert next_of(ana.get(reverse("begin_agree"))) == reverse("begin_safety")
    page = ana.get(reverse("begin_result"))
    assert "Answer again" in page.context["head"]
    answer_all(ana)
    assert next_of(ana.get(reverse("begin_agree"))) != reverse("begin_safety")


def test_a_first_night_that_is_past_by_now_is_refused_and_nothing_is_registered(ana, clock) -> None:
    plan_ana(ana)
    clock.on(days=2)
    response = agree(ana)
    assert response.status_code == 422
    assert response.context["form"].non_field_errors() == [
        "The first night is past by now. Choose another one in your plan."
    ]
    assert TrialRow.objects.count() == 0


def test_a_kept_diary_becomes_the_baseline_of_the_trial(ana, clock) -> None:
    response = posted(ana, "begin_diary", {"zone": "Europe/Berlin", "bedtime": "22:30"})
    assert next_of(response) == reverse("tonight")
    row = current_row(me())
    assert not row.registered
    now = clock.on(hours=12)
    first = date(2026, 3, 1)
    change(row, lambda t: add_answers(t, night=first, answers={"urge": 4}, now=now), now=now)
    clock.on(days=20)
    plan_ana(ana, start="2026-03-08")
    assert agree(ana).status_code == 302
    trial = load(current_row(me()), now=clock())
    assert trial.start == date(2026, 3, 8)
    assert Person.objects.get(pk=me().pk).dose_at == time(22)


def test_a_diary_may_not_be_used_for_more_nights_than_the_baseline_has(ana, clock) -> None:
    posted(ana, "begin_diary", {"zone": "Europe/Berlin", "bedtime": "22:30"})
    now = clock.on(hours=12)
    change(
        current_row(me()),
        lambda t: add_answers(t, night=date(2026, 3, 1), answers={"urge": 4}, now=now),
        now=now,
    )
    clock.on(days=20)
    answer_all(ana)
    list_medicines(ana)
    posted(ana, "begin_product", PRODUCT)
    too_early = posted(ana, "begin_plan", {**PLAN, "start": "2026-03-06"})
    assert too_early.status_code == 422
    assert too_early.context["form"].errors["start"] == [
        "This night is past. The earliest that can be is 7 Mar 2026."
    ]
    assert posted(ana, "begin_plan", {**PLAN, "start": "2026-03-07"}).status_code == 302


@pytest.mark.parametrize("page", ["welcome", "begin_safety", "begin_diary"])
def test_the_first_pages_open(ana, page) -> None:
    assert ana.get(reverse(page)).status_code == 200


def test_two_taps_that_come_at_the_same_moment_register_one_trial(ana, clock) -> None:
    plan_ana(ana)
    said, protocol = said_by(me()), protocol_of(me())
    form = AgreeForm({"agreed": "on", "shown": content_hash(protocol)}, protocol=protocol)
    assert form.is_valid()
    assert [register_once(me(), said, protocol, form) for _ in range(2)] == [True, True]
    assert TrialRow.objects.count() == 1


def test_two_taps_that_come_at_the_same_moment_begin_one_diary(ana, clock) -> None:
    for _ in range(2):
        begin_once(me(), "Europe/Berlin", time(22))
    assert [row.registered for row in TrialRow.objects.all()] == [False]


def test_a_diary_begun_in_the_morning_has_the_night_that_is_just_over(ana, clock) -> None:
    clock.set("2026-03-02T08:00+01:00")
    posted(ana, "begin_diary", {"zone": "Europe/Berlin", "bedtime": "22:30"})
    assert load(current_row(me()), now=clock()).start == date(2026, 3, 1)


@pytest.mark.parametrize("salt", [s.id for s in salts().values()])
@pytest.mark.parametrize("name", BUILT_IN)
def test_every_salt_makes_a_protocol_that_can_be_registered(db, clock, salt, name) -> None:
    product = Product(
        amount_mg=300,
        states="compound",
        salt=salt,
        unit="capsule",
        region="us",
        target_mg=300,
        others_mg=40,
    )
    dose = dose_plan(product, today=date(2026, 3, 1))
    plan = Plan(protocol=name, start=date(2026, 3, 1), diary_at=time(8))
    protocol = planned_protocol(plan, dose)
    assert protocol.dose.ladder[-1] <= 310 + 1e-9
    assert [s.mg for s in protocol.phases.titration] == list(protocol.dose.ladder)
    citrate = salts()[salt].kind == "citrate"
    assert (protocol.treatment.label == "magnesium citrate") == citrate


def test_powder_is_weighed_and_its_packs_are_not_counted(ana, clock) -> None:
    plan_ana(ana)
    powder = {"amount_mg": "160", "unit": "gram", "states": "compound", "salt": "citrate"}
    assert posted(ana, "begin_product", {**PRODUCT, **powder}).status_code == 302
    assert ana.get(reverse("begin_product")).status_code == 200
    page = ana.get(reverse("begin_agree"))
    assert (page.status_code, page.context["fill"]) == (200, None)


def test_the_whole_way_in_german(ana, clock) -> None:
    """Numbers and days are typed and sent as in English; pages open, and the trial is the same."""
    me()
    Person.objects.update(language="de")
    row = register_ana(ana, clock, start="01.03.2026")
    assert load(row, now=clock()).protocol_hash == content_hash(protocol_of(me()))
    assert load(row, now=clock()).protocol.title == built_in("magnesium-rls-fast").title


def test_every_page_of_the_way_opens_in_german(ana, clock) -> None:
    me()
    Person.objects.update(language="de")
    plan_ana(ana)
    for page in ("safety", "result", "doctor", "medicines", "product", "plan", "differences"):
        response = ana.get(reverse(f"begin_{page}"))
        assert response.status_code == 200, page
        assert 'lang="de"' in response.content.decode()
    assert ana.get(reverse("begin_chances")).context["exact"]
    assert ana.get(reverse("begin_agree")).status_code == 200


def test_what_is_registered_is_what_the_page_showed(ana, clock) -> None:
    plan_ana(ana)
    page = ana.get(reverse("begin_agree"))
    shown = page.context["form"]["shown"].value()
    assert f'name="shown" value="{shown}"' in page.content.decode()
    assert differences(ana, urge="2").status_code == 302
    sent = posted(ana, "begin_agree", {"agreed": "on", "shown": shown, "expectation": "6"})
    assert sent.status_code == 422
    assert "Your plan changed after this page was shown." in sent.content.decode()
    assert TrialRow.objects.count() == 0
    now_shown = sent.context["form"]["shown"].value()
    assert now_shown == content_hash(protocol_of(me())) != shown
    assert posted(ana, "begin_agree", {"agreed": "on", "shown": now_shown}).status_code == 302
    assert load(current_row(me()), now=clock()).protocol == protocol_of(me())
