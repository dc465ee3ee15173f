"""No label, target or company of supplements leads above the limit without an agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ekbom.evidence.facts import limit_for, limits, salts
from ekbom.protocol.doses import Label, Supplement, compound, elemental, most_mg, total
from ekbom.protocol.files import built_in, checked
from ekbom.protocol.model import Phases
from ekbom.safety.dose_plan import MOST_MG, Agreement, DosePlan, plan_dose

SALTS = st.sampled_from([None, *salts(), *{s.kind for s in salts().values()}])
STATES = st.sampled_from(["elemental", "compound"])
LABELS = st.builds(Label, st.floats(1, 1000), STATES, SALTS)
UNITS = st.sampled_from(["capsule", "scoop", "gram"])
TARGETS = st.one_of(st.sampled_from([100.0, 200.0, 250.0, 350.0, 400.0]), st.floats(1, MOST_MG))
REGIONS = st.sampled_from([*limits()])
OTHERS = st.lists(
    st.builds(Supplement, st.just("x"), st.builds(Label, st.floats(0, 500), STATES, SALTS)),
    max_size=3,
)
TODAY = date(2026, 3, 2)
ROUNDING = 1e-6
PROTOCOL = built_in("magnesium-rls-fast")


def plan(
    label: Label, unit: str, target: float, region: str, other: list[Supplement], **more: object
) -> DosePlan:
    return plan_dose(
        label=label,
        unit=unit,
        target_mg=target,
        region=region,
        today=TODAY,
        other=other,
        **more,
    )


@given(LABELS, UNITS, TARGETS, REGIONS, OTHERS)
def test_no_step_is_above_the_limit_without_an_agreement(
    label: Label, unit: str, target: float, region: str, other: list[Supplement]
) -> None:
    found = plan(label, unit, target, region, other)
    for step in found.steps:
        assert step.mg.high + total(other).high <= limit_for(region).mg_per_day + ROUNDING
    if found.steps:
        assert max(found.to_dose().ladder) <= limit_for(region).mg_per_day


@given(LABELS, UNITS, TARGETS, REGIONS, OTHERS)
def test_no_step_is_above_the_target_even_with_an_agreement(
    label: Label, unit: str, target: float, region: str, other: list[Supplement]
) -> None:
    agreed = plan(label, unit, target, region, other, agreement=Agreement("Dr. Chen", TODAY))
    assert all(step.mg.high <= target + ROUNDING for step in agreed.steps)
    plain = plan(label, unit, target, region, other)
    assert len(agreed.steps) >= len(plain.steps)


@given(LABELS, UNITS, TARGETS, REGIONS, OTHERS)
def test_the_steps_rise_in_what_can_be_measured(
    label: Label, unit: str, target: float, region: str, other: list[Supplement]
) -> None:
    units = [s.units for s in plan(label, unit, target, region, other).steps]
    assert units == sorted(set(units))
    parts = {"capsule": 1, "scoop": 4, "gram": 10}[unit]
    assert all(u > 0 and u * parts == pytest.approx(round(u * parts)) for u in units)
    assert unit != "capsule" or all(u <= 6 for u in units)


@given(LABELS, UNITS, TARGETS, REGIONS, OTHERS, LABELS)
def test_one_more_source_never_allows_more(
    label: Label, unit: str, target: float, region: str, other: list[Supplement], more: Label
) -> None:
    before = plan(label, unit, target, region, other).top
    after = plan(label, unit, target, region, [*other, Supplement("more", more)]).top
    assert (after.units if after else 0) <= (before.units if before else 0)


@given(LABELS, UNITS, TARGETS, REGIONS, OTHERS, st.booleans())
def test_a_protocol_takes_the_ladder_of_every_plan(
    label: Label, unit: str, target: float, region: str, other: list[Supplement], agreed: bool
) -> None:
    agreement = Agreement("Dr. Chen", TODAY) if agreed else None
    found = plan(label, unit, target, region, other, agreement=agreement)
    if found.steps and min(s.mg.high for s in found.steps) > 0.1:
        dose = found.to_dose()
        checked(replace(PROTOCOL, dose=dose, phases=Phases()), file="planned")
        assert max(dose.ladder) <= most_mg(dose)
        assert bool(dose.agreed_by) == (found.agreement is not None)


@given(st.floats(1, 5000), st.sampled_from([*salts()]))
def test_a_known_salt_goes_round_from_compound_to_elemental_and_back(mg: float, salt: str) -> None:
    back = compound(elemental(Label(mg, "compound", salt)).high, salt=salt)
    assert (back.low, back.high) == (pytest.approx(mg), pytest.approx(mg))


@given(st.floats(1, 5000), SALTS)
def test_an_open_label_goes_round_by_its_ends(mg: float, salt: str | None) -> None:
    weight = compound(mg, salt=salt)
    assert elemental(Label(weight.low, "compound", salt)).high == pytest.approx(mg)
    assert elemental(Label(weight.high, "compound", salt)).low == pytest.approx(mg)


@given(LABELS, TARGETS, REGIONS)
def test_capsules_times_their_content_are_the_step(
    label: Label, target: float, region: str
) -> None:
    for step in plan(label, "capsule", target, region, []).steps:
        assert step.mg.high / step.units == pytest.approx(elemental(label).high)
        assert step.mg.low / step.units == pytest.approx(elemental(label).low)


@given(LABELS, TARGETS, REGIONS)
def test_grams_of_powder_hold_the_step(label: Label, target: float, region: str) -> None:
    for step in plan(label, "scoop", target, region, []).steps:
        assert step.grams is not None
        lightest = elemental(Label(step.grams.low * 1000, "compound", label.salt))
        heaviest = elemental(Label(step.grams.high * 1000, "compound", label.salt))
        assert lightest.low <= step.mg.low * (1 + 1e-9)
        assert heaviest.high >= step.mg.high * (1 - 1e-9)
