"""From a label to the ladder: what is counted, what is refused, what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ekbom.problem import InputError, RefusedError
from ekbom.protocol.doses import Interval, Label, Supplement
from ekbom.protocol.files import built_in, checked
from ekbom.protocol.model import DesignPlan
from ekbom.safety.dose_plan import Agreement, DosePlan, plan_dose
from ekbom.safety.fill import Fill, fill_packs

TODAY = date(2026, 3, 2)
CHEN = Agreement("Dr. Chen", TODAY)
SLOW = built_in("magnesium-rls")


def plan(amount: float = 100, **changes: object) -> DosePlan:
    fields: dict[str, object] = {
        "label": Label(amount, "elemental", "citrate"),
        "unit": "capsule",
        "target_mg": 200,
        "region": "EU",
        "today": TODAY,
    }
    return plan_dose(**{**fields, **changes})


def said(**changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        plan(**changes)
    return [str(p) for p in caught.value.problems]


def test_the_ladder_rises_by_100_mg_to_the_target() -> None:
    assert [s.mg.high for s in plan(50, target_mg=250).steps] == [100, 200, 250]
    assert [s.mg.high for s in plan(50, target_mg=100).steps] == [100]
    assert [s.units for s in plan(200).steps] == [1]


def test_six_capsules_a_night_are_the_most() -> None:
    found = plan(20)
    assert found.top is not None
    assert (found.top.units, found.needs) == (6, ("stronger capsules",))


def test_all_sources_are_summed_by_their_upper_end() -> None:
    antacid = Supplement("antacid", Label(500, "compound", "citrate"))
    found = plan(50, other=[antacid])
    assert str(found.other) == "52 to 81 mg"
    assert [(s.units, str(s.day_mg)) for s in found.steps] == [
        (2, "152 to 181 mg"),
        (3, "202 to 231 mg"),
    ]
    assert found.needs == ("agreement", "less from other sources")


def test_the_label_may_leave_the_limit_open_and_then_the_upper_end_is_used() -> None:
    found = plan(label=Label(500, "compound", "citrate"), target_mg=250)
    assert (found.undecided, found.wanted.verdict) == (True, "may be above")
    assert [s.units for s in found.steps] == [1, 2, 3]
    assert "exact form" in found.needs
    assert not plan().undecided


def test_the_lower_end_says_whether_it_is_the_dose_of_the_study() -> None:
    at_most = plan(label=Label(1000, "compound", "citrate"), target_mg=350, region="US")
    assert at_most.top is not None
    assert (str(at_most.top.mg), at_most.reaches_study) == ("207 to 323 mg", "at least")
    open_ = plan(label=Label(1450, "compound", "citrate"), target_mg=250)
    assert open_.top is not None
    assert (str(open_.top.mg), open_.reaches_study) == ("150 to 234 mg", "open")
    assert plan(150).reaches_study == "below"
    assert plan(400).reaches_study == "below"


def test_an_agreement_counts_only_where_it_is_needed() -> None:
    assert plan(agreement=CHEN).agreement is None
    assert plan(target_mg=300, agreement=CHEN).agreement == CHEN


def test_an_agreement_holds_for_28_days_and_for_as_much_as_was_agreed() -> None:
    recent = Agreement("Dr. Chen", TODAY - timedelta(days=28), 300)
    assert plan(target_mg=300, agreement=recent).agreement == recent
    old = Agreement("Dr. Chen", TODAY - timedelta(days=29), 300)
    assert said(target_mg=300, agreement=old) == [
        "the agreement: 2026-02-01 is more than 28 days ago. Ask again, and give the new day."
    ]
    assert said(target_mg=301, agreement=recent) == [
        "the agreement: it is to 300 mg a day, and this would be 301 mg. Take less, or ask again."
    ]


def test_no_agreement_makes_a_slip_a_dose() -> None:
    assert plan(200, target_mg=1000, agreement=CHEN).cap_mg == 1000
    assert said(target_mg=1001, agreement=CHEN) == [
        "the target: 1001 mg is more than the 1000 mg that any trial here takes. Give elemental mg "
        "a night, such as 200."
    ]


def test_an_agreement_by_nobody_or_of_tomorrow_is_refused() -> None:
    for name in ("", "  ", "-"):
        assert said(agreement=Agreement(name, TODAY)) == [
            "the agreement: it names nobody. Give the clinician's name."
        ]
    assert said(agreement=Agreement("Dr. Chen", date(2026, 3, 3))) == [
        "the agreement: 2026-03-03 lies in the future. Give the day on which they agreed."
    ]


def test_everything_that_makes_no_sense_is_told_at_once() -> None:
    assert said(amount=0.0, target_mg=float("nan"), region="Mars") == [
        "the label: 0 mg in one capsule makes no sense. Give what one capsule holds, 1 to "
        "100000 mg.",
        "the target: nan mg makes no sense. Give elemental mg a night, such as 200.",
        "the region: there is no region 'mars'. Use one of: eu, de, us, no, uk, gb, unknown.",
    ]
    assert said(amount=1001, unit="gram") == [
        "the label: 1001 mg in one gram makes no sense. Give what one gram holds, 1 to 1000 mg."
    ]
    assert said(label=Label(100, "compound", "citrat"))[0].startswith("the label: no salt 'citrat'")


def test_powder_is_weighed_and_cannot_be_blinded() -> None:
    grams = plan(label=Label(1000, "compound", "trimagnesium_dicitrate_anhydrous"), unit="gram")
    assert [s.grams for s in grams.steps] == [Interval(0.6, 0.6), Interval(1.2, 1.2)]
    assert (grams.blindable, grams.needs) == (False, ("capsules instead of powder",))
    assert plan().blindable


def test_a_scoop_is_told_in_quarters_and_in_grams_of_the_compound() -> None:
    scoops = plan(300, unit="scoop")
    assert [s.units for s in scoops.steps] == [0.25, 0.5]
    grams = scoops.steps[1].grams
    assert grams is not None
    assert (round(grams.low, 2), round(grams.high, 2)) == (0.93, 1.45)
    stated = plan(label=Label(1600, "compound", "citrate"), unit="scoop").steps[0].grams
    assert stated == Interval(0.4, 0.4)


def test_a_plan_becomes_the_dose_of_a_protocol() -> None:
    dose = plan(label=Label(500, "compound", "citrate")).to_dose()
    assert (dose.substance, dose.ladder) == ("magnesium citrate", (80.8, 161.6))
    assert (dose.region, dose.limit_mg, dose.agreed_by) == ("eu", 250, "")
    assert plan(label=Label(100, "elemental")).to_dose().substance == "magnesium"
    exact = plan(label=Label(500, "compound", "oxide"), target_mg=350, region="US")
    assert exact.to_dose().substance == "Magnesium oxide"


def test_an_agreed_dose_keeps_who_agreed_and_when_and_up_to_what() -> None:
    vitamin = Supplement("multivitamin", Label(56, "elemental"))
    dose = plan(target_mg=300, agreement=CHEN, other=[vitamin]).to_dose()
    assert (dose.ladder, dose.limit_mg) == ((100, 200, 300), 356)
    assert dose.agreed_by == "Dr. Chen, 2026-03-02"
    checked(replace(SLOW, dose=dose), file="agreed")


def test_without_a_step_there_is_no_dose() -> None:
    with pytest.raises(RefusedError, match="there is no ladder"):
        plan(400).to_dose()


def test_a_pack_has_its_nights_15_percent_spare_and_2_proof_capsules() -> None:
    assert fill_packs(plan=plan(), protocol=SLOW) == Fill(
        opened=7 + 14, packs=6, planned=56, spare=9, proof=2
    )
    assert fill_packs(plan=plan(), protocol=SLOW).pack == 67


def test_15_percent_of_20_capsules_are_3() -> None:
    design = DesignPlan(kind="pairs", pairs=6, period_nights=10)
    assert fill_packs(plan=plan(), protocol=replace(SLOW, design=design)).spare == 3


def test_a_ladder_of_one_step_is_taken_in_all_open_nights() -> None:
    assert fill_packs(plan=plan(200), protocol=SLOW).opened == 14


def test_powder_a_dose_out_of_reach_and_a_trial_without_a_dose_have_no_packs() -> None:
    powder = plan(label=Label(100, "elemental"), unit="gram")
    for found, protocol in ((powder, SLOW), (plan(400), SLOW), (plan(), replace(SLOW, dose=None))):
        with pytest.raises(RefusedError, match="Packs are filled with capsules only"):
            fill_packs(plan=found, protocol=protocol)
