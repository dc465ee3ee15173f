"""Which safety questions each kind of change asks anew."""

from __future__ import annotations

from collections.abc import Mapping

from ekbom.safety.questions import Question, questions

_ASKED: Mapping[str, tuple[str, ...]] = {
    "medicine": ("worsening_medicine", "after_medicine"),
    "changed-dose": ("rls_medicine_changed", "iron_changed", "ssri_antihistamine_changed"),
    "antibiotic": (),
    "diagnosis": (
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
        "bowel_inflamed",
        "stoma",
        "other_cause",
    ),
    "pregnancy": (),
    "surgery": (),
    "blood-result": ("ferritin", "tsat", "egfr", "high_magnesium"),
}


def asked_by(kind: str) -> tuple[Question, ...]:
    """Return the questions that a kind of change asks, in the order of the screening."""
    return tuple(q for q in questions().values() if q.id in _ASKED[kind])
