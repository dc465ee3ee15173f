"""Answers to the safety questions that tests begin from, and every question's answers by risk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from ekbom.safety.answers import Agreement, Answer
from ekbom.safety.questions import Value

TODAY = date(2026, 3, 20)
LONG_AGO, EIGHT_WEEKS, LATELY = (TODAY - timedelta(days=d) for d in (400, 56, 55))

_NO = [
    "leg_swollen",
    "nerve_signs",
    "walking_pain",
    "after_medicine",
    "dark_thoughts",
    "pregnant",
    "other_cause",
    "kidney_failure",
    "kidney_disease",
    "high_magnesium",
    "struvite_stones",
    "heart_block",
    "slow_pulse",
    "low_pressure",
    "weak_heart",
    "pacemaker",
    "neuromuscular",
    "bowel_blocked",
    "severe_belly_pain",
    "bowel_inflamed",
    "stoma",
    "rectal_bleeding",
    "diarrhoea",
    "dehydrated",
    "allergy",
    "phenylketonuria",
    "fructose_intolerance",
    "worsening_medicine",
    "alcohol_or_caffeine",
    "medicines",
    "surgery",
    "would_change_prescribed",
]
_YES = ["urge", "worse_at_rest", "better_moving", "worse_evening", "often", "diagnosed"]

BY_RISK: Mapping[str, tuple[Value, ...]] = {
    **dict.fromkeys(_NO, ("no", "unknown", "yes")),
    **dict.fromkeys(_YES, ("yes", "unknown", "no")),
    # A medicine that is known can be checked; one that is not cannot.
    "medicines": ("no", "yes", "unknown"),
    "medicines_checked": ("yes", "unknown", "no"),
    "age": (18, 64, 65, 99, "unknown", 17.9, 3),
    "ferritin": (300, 100.1, 100, 75.1, "unknown", "none", 75, 2),
    "tsat": (45, 20, "unknown", "none", 19.9, 0),
    "egfr": (110, 60, "none", "unknown", 59.9, 30, 29.9, 4),
    "rls_medicine_changed": ("no", LONG_AGO, EIGHT_WEEKS, "unknown", LATELY, TODAY),
    "iron_changed": ("no", LONG_AGO, EIGHT_WEEKS, "unknown", LATELY, TODAY),
    "ssri_antihistamine_changed": ("no", LONG_AGO, EIGHT_WEEKS, "unknown", LATELY, TODAY),
}
"""Answers of every question, written by hand: each at least as risky as the one before it."""


def answers(**changed: Value) -> dict[str, Answer]:
    """Return the answers of a healthy person of 40 with restless legs, some of them changed."""
    harmless: dict[str, Value] = {name: values[0] for name, values in BY_RISK.items()}
    harmless |= {"age": 40, "ferritin": 180, "egfr": 95}
    assert set(changed) <= set(harmless)
    return {name: Answer(value, TODAY) for name, value in {**harmless, **changed}.items()}


def agreed(question: str, by: str = "Dr. Chen", on: date = TODAY) -> Agreement:
    """Return a clinician's agreement, given on the day of the answers."""
    return Agreement(question, by, on)
