"""The safety screening against cases written by hand from our table of clinical facts.

Each case names the row of the table, what differs from a healthy person of 40 with diagnosed
restless legs, ferritin 180 ng/mL, TSAT 45 % and eGFR 95, and the result that the row asks for.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from ekbom.safety.questions import questions
from ekbom.safety.screening import screen
from screenings import TODAY, agreed, answers

STOP, POSTPONE, CLINICIAN, GO = "stop", "postpone", "clinician first", "go"
WEEKS_4, WEEKS_8 = TODAY - timedelta(weeks=4), TODAY - timedelta(weeks=8)

CASES = [
    # row, what differs, who agreed to what, result, whether the trial may begin
    ("3a kidney failure", {"egfr": 29}, [], STOP, False),
    ("3a kidney failure", {"egfr": 12}, ["egfr"], STOP, False),
    ("3a kidney failure", {"kidney_failure": "yes"}, [], STOP, False),
    ("3a kidney failure", {"kidney_failure": "yes"}, ["kidney_failure"], STOP, False),
    ("3a kidney failure", {"kidney_failure": "unknown"}, [], CLINICIAN, False),
    ("3a kidney failure", {"high_magnesium": "yes"}, [], STOP, False),
    ("3a kidney disease", {"egfr": 30}, [], CLINICIAN, False),
    ("3a kidney disease", {"egfr": 59}, ["egfr"], CLINICIAN, True),
    ("3a kidney disease", {"egfr": 60}, [], GO, True),
    ("3a kidney disease", {"kidney_disease": "yes", "egfr": 85}, [], CLINICIAN, False),
    ("3a kidney disease", {"age": 65, "egfr": "none"}, [], CLINICIAN, False),
    ("3a kidney disease", {"age": 71, "egfr": 74}, [], GO, True),
    ("3a kidney disease", {"age": 64, "egfr": "none"}, [], GO, True),
    ("3a age", {"age": 17}, [], STOP, False),
    ("3a age", {"age": 17}, ["age"], STOP, False),
    ("3a age", {"age": 18}, [], GO, True),
    ("3a heart", {"heart_block": "yes"}, [], STOP, False),
    ("3a heart", {"heart_block": "yes"}, ["heart_block"], CLINICIAN, True),
    ("3a heart", {"heart_block": "unknown"}, [], CLINICIAN, False),
    ("3a heart", {"slow_pulse": "yes"}, [], STOP, False),
    ("3a heart", {"low_pressure": "yes"}, [], STOP, False),
    ("3a heart", {"weak_heart": "yes"}, [], STOP, False),
    ("3a heart", {"pacemaker": "yes"}, [], STOP, False),
    ("3a neuromuscular", {"neuromuscular": "yes"}, [], STOP, False),
    ("3a neuromuscular", {"neuromuscular": "yes"}, ["neuromuscular"], CLINICIAN, True),
    ("3a bowel", {"bowel_blocked": "yes"}, [], STOP, False),
    ("3a bowel", {"severe_belly_pain": "yes"}, [], STOP, False),
    ("3a bowel", {"bowel_inflamed": "yes"}, ["bowel_inflamed"], STOP, False),
    ("3a bowel", {"stoma": "yes"}, [], STOP, False),
    ("3a bowel", {"rectal_bleeding": "yes"}, [], STOP, False),
    ("3a bowel", {"diarrhoea": "yes"}, [], STOP, False),
    ("3a bowel", {"dehydrated": "yes"}, [], STOP, False),
    ("3a bowel", {"stoma": "unknown"}, [], CLINICIAN, False),
    ("3a struvite", {"struvite_stones": "yes"}, [], STOP, False),
    ("3a struvite", {"struvite_stones": "yes"}, ["struvite_stones"], CLINICIAN, True),
    ("3a product", {"allergy": "yes"}, [], STOP, False),
    ("3a product", {"phenylketonuria": "yes"}, [], STOP, False),
    ("3a product", {"fructose_intolerance": "yes"}, [], STOP, False),
    ("3a pregnancy", {"pregnant": "yes"}, [], CLINICIAN, False),
    ("3a pregnancy", {"pregnant": "yes"}, ["pregnant"], CLINICIAN, False),
    ("3a diagnosis and iron", {"diagnosed": "no"}, [], CLINICIAN, False),
    ("3a diagnosis and iron", {"ferritin": "none"}, [], CLINICIAN, False),
    ("3a diagnosis and iron", {"tsat": "unknown"}, [], CLINICIAN, False),
    ("fact 5", {"ferritin": 75}, [], CLINICIAN, False),
    ("fact 5", {"ferritin": 76}, [], GO, True),
    ("fact 5", {"tsat": 19}, [], CLINICIAN, False),
    ("fact 5", {"tsat": 20}, [], GO, True),
    ("fact 5", {"ferritin": 30, "tsat": 10}, ["ferritin", "tsat"], CLINICIAN, True),
    ("3a recent changes", {"rls_medicine_changed": WEEKS_4}, [], POSTPONE, False),
    ("3a recent changes", {"rls_medicine_changed": WEEKS_8}, [], GO, True),
    ("3a recent changes", {"iron_changed": WEEKS_4}, [], POSTPONE, False),
    ("3a recent changes", {"ssri_antihistamine_changed": TODAY}, [], POSTPONE, False),
    ("3a surgery", {"surgery": "yes"}, [], POSTPONE, False),
    ("3a never", {"would_change_prescribed": "yes"}, [], STOP, False),
    ("3b", {"medicines": "yes", "medicines_checked": "yes"}, [], GO, True),
    ("3b", {"medicines": "yes", "medicines_checked": "no"}, [], CLINICIAN, False),
    ("3b", {"medicines": "yes", "medicines_checked": "unknown"}, [], CLINICIAN, False),
    (
        "3b",
        {"medicines": "yes", "medicines_checked": "no"},
        ["medicines_checked"],
        CLINICIAN,
        True,
    ),
    ("3d criteria", {"urge": "no"}, [], CLINICIAN, False),
    ("3d criteria", {"worse_at_rest": "no"}, [], CLINICIAN, False),
    ("3d criteria", {"better_moving": "no"}, [], CLINICIAN, False),
    ("3d criteria", {"worse_evening": "no"}, [], CLINICIAN, False),
    ("3d criteria", {"other_cause": "yes"}, [], CLINICIAN, False),
    ("3d criteria", {"often": "no"}, [], GO, True),
    ("3d mimics", {"other_cause": "unknown"}, [], CLINICIAN, False),
    ("3d reversible causes", {"ferritin": 20, "egfr": 25}, ["ferritin"], STOP, False),
    ("3d drugs", {"worsening_medicine": "yes"}, [], CLINICIAN, False),
    ("3d drugs", {"alcohol_or_caffeine": "yes"}, [], GO, True),
    ("3d red flags", {"leg_swollen": "yes"}, [], STOP, False),
    ("3d red flags", {"nerve_signs": "yes"}, [], STOP, False),
    ("3d red flags", {"walking_pain": "yes"}, ["walking_pain"], CLINICIAN, True),
    ("3d red flags", {"after_medicine": "yes"}, [], STOP, False),
    ("3d red flags", {"dark_thoughts": "yes"}, [], STOP, False),
    ("3d red flags", {"dark_thoughts": "unknown"}, [], CLINICIAN, False),
]


@pytest.mark.parametrize(("row", "changed", "agreements", "result", "may_begin"), CASES)
def test_screening_agrees_with_the_row_of_the_facts(
    row: str, changed: dict[str, object], agreements: list[str], result: str, may_begin: bool
) -> None:
    found = screen(answers=answers(**changed), agreements=[agreed(a) for a in agreements], on=TODAY)
    assert (found.result, found.may_begin) == (result, may_begin)
    assert any(row in questions()[name].facts_row for name in changed)


def test_the_cases_cover_every_row() -> None:
    rows = {row for question in questions().values() for row in question.facts_row}
    assert {row for row, *_ in CASES} == rows


URGENT = [
    ("3d red flags", "leg_swollen", "today"),
    ("3d red flags", "nerve_signs", "emergency"),
    ("3d red flags", "dark_thoughts", "emergency"),
    ("3d red flags", "after_medicine", "today"),
    ("3c same day", "severe_belly_pain", "today"),
    ("3c same day", "bowel_blocked", "today"),
    ("3c same day", "rectal_bleeding", "today"),
    ("3c same day", "dehydrated", "today"),
]


@pytest.mark.parametrize(("row", "name", "urgent"), URGENT)
def test_what_cannot_wait_is_said_to_be_urgent(row: str, name: str, urgent: str) -> None:
    found = screen(answers=answers(**{name: "yes"}), on=TODAY)
    assert found.reasons[0].rule.urgent == urgent
