"""What a change during a trial means: go on, clinician first, pause, or end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ekbom.evidence.facts import sources
from ekbom.report.lines import basis
from ekbom.safety.answers import Agreement, Answer
from ekbom.safety.questions import Value
from ekbom.safety.rescreening import DECISIONS, Change, Rescreening, changes, rescreen
from screenings import LATELY, TODAY, agreed, answers

WEEK = timedelta(days=7)


def decided(
    kind: str,
    *agreements: Agreement,
    before: dict[str, Answer] | None = None,
    on: date = TODAY,
    told: dict[str, Value] | None = None,
    **course: object,
) -> Rescreening:
    anew = {name: Answer(value, TODAY) for name, value in (told or {}).items()}
    change = Change(kind=kind, on=TODAY, answers=anew, **course)
    known = answers() if before is None else before
    return rescreen(answers=known, change=change, agreements=agreements, on=on)


def test_rules_8_names_the_kinds_of_change_and_every_decision_is_reached() -> None:
    assert set(changes()) == {
        "medicine",
        "changed-dose",
        "antibiotic",
        "diagnosis",
        "pregnancy",
        "surgery",
        "blood-result",
    }
    assert DECISIONS == ("go on", "clinician first", "pause", "end")


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        ("medicine", "clinician first"),
        ("changed-dose", "clinician first"),
        ("antibiotic", "pause"),
        ("diagnosis", "clinician first"),
        ("pregnancy", "end"),
        ("surgery", "pause"),
        ("blood-result", "clinician first"),
    ],
)
def test_what_each_change_means_where_nothing_more_is_told(kind: str, decision: str) -> None:
    found = decided(kind)
    assert found.decision == decision
    assert found.consequences[0].about == kind
    assert found.for_clinician
    assert decided(kind, before={}).decision == decision


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        decided("party")


# ------------------------------------------------------------------------- antibiotics


def test_during_an_antibiotic_no_capsules_until_the_day_after_and_nights_stay() -> None:
    found = decided("antibiotic", first=TODAY, last=TODAY + WEEK)
    assert (found.decision, found.until, found.nights) == (
        "pause",
        TODAY + WEEK + timedelta(days=1),
        "as allocated",
    )


def test_on_the_day_after_the_course_capsules_go_on() -> None:
    last = TODAY + WEEK
    assert decided("antibiotic", first=TODAY, last=last, on=last).decision == "pause"
    after = decided("antibiotic", first=TODAY, last=last, on=last + timedelta(days=1))
    assert (after.decision, after.until) == ("go on", None)


@pytest.mark.parametrize(("days", "decision"), [(1, "pause"), (14, "pause"), (15, "end")])
def test_a_course_over_14_days_ends_the_trial(days: int, decision: str) -> None:
    last = TODAY + timedelta(days=days - 1)
    assert decided("antibiotic", first=TODAY, last=last).decision == decision
    assert decided("antibiotic", last=last).decision == decision


def test_a_long_course_ends_the_trial_even_when_it_is_over() -> None:
    first = TODAY - timedelta(days=20)
    assert decided("antibiotic", first=first, last=TODAY - timedelta(days=2)).decision == "end"


def test_a_course_whose_end_is_not_known_pauses_without_a_day() -> None:
    found = decided("antibiotic", first=TODAY)
    assert (found.decision, found.until) == ("pause", None)


def test_an_antibiotic_counts_as_interacting_unless_somebody_who_knows_said_no() -> None:
    assert decided("antibiotic", last=TODAY + WEEK).decision == "pause"
    assert decided("antibiotic", last=TODAY + WEEK, interacting=False).decision == "go on"


def test_an_agreement_does_not_shorten_a_pause() -> None:
    by = agreed("antibiotic")
    assert decided("antibiotic", by, last=TODAY + WEEK).decision == "pause"
    assert decided("surgery", agreed("surgery")).decision == "pause"
    assert decided("pregnancy", agreed("pregnancy")).decision == "end"


# ------------------------------------------------------------------------- answers told anew


@pytest.mark.parametrize(
    ("kind", "told", "decision"),
    [
        ("blood-result", {"egfr": 95}, "go on"),
        ("blood-result", {"egfr": 45}, "clinician first"),
        ("blood-result", {"egfr": 29}, "end"),
        ("blood-result", {"ferritin": 40}, "clinician first"),
        ("blood-result", {"high_magnesium": "yes"}, "end"),
        ("blood-result", {"egfr": "unknown"}, "clinician first"),
        ("blood-result", {"age": 40}, "clinician first"),
        ("blood-result", {"alcohol_or_caffeine": "no"}, "clinician first"),
        ("diagnosis", {"heart_block": "yes"}, "clinician first"),
        ("diagnosis", {"neuromuscular": "yes"}, "clinician first"),
        ("diagnosis", {"kidney_failure": "yes"}, "end"),
        ("diagnosis", {"stoma": "yes"}, "end"),
        ("diagnosis", {"rectal_bleeding": "yes"}, "clinician first"),
        ("diagnosis", {"pregnant": "yes"}, "end"),
        ("medicine", {"rls_medicine_changed": TODAY}, "pause"),
        ("changed-dose", {"ssri_antihistamine_changed": LATELY}, "pause"),
        ("medicine", {"worsening_medicine": "yes"}, "clinician first"),
        ("blood-result", {"surgery": "yes"}, "pause"),
    ],
)
def test_an_answer_told_anew_is_judged_like_at_the_screening(
    kind: str, told: dict[str, Value], decision: str
) -> None:
    assert decided(kind, told=told).decision == decision


def test_a_changed_medicine_for_restless_legs_pauses_until_8_weeks_have_passed() -> None:
    found = decided("medicine", told={"rls_medicine_changed": TODAY})
    assert (found.until, found.nights) == (TODAY + timedelta(weeks=8), "move")


def test_the_worst_of_several_decides_and_all_are_listed() -> None:
    found = decided("medicine", told={"iron_changed": TODAY, "kidney_disease": "yes"})
    assert [(c.about, c.decision) for c in found.consequences] == [
        ("iron_changed", "pause"),
        ("medicine", "clinician first"),
        ("kidney_disease", "clinician first"),
    ]


def test_with_two_pauses_the_later_day_counts_and_one_without_a_day_leaves_it_open() -> None:
    both = {"iron_changed": LATELY, "rls_medicine_changed": TODAY}
    assert decided("medicine", told=both).until == TODAY + timedelta(weeks=8)
    assert decided("surgery", told=both).until is None


def test_an_earlier_answer_still_counts_and_a_new_one_takes_its_place() -> None:
    before = answers(kidney_disease="yes")
    assert decided("blood-result", told={"tsat": 30}, before=before).decision == "clinician first"
    told = {"kidney_disease": "no"}
    assert decided("blood-result", told=told, before=before).decision == "go on"


def test_the_age_told_at_the_screening_judges_a_new_kidney_answer() -> None:
    told = {"egfr": "none"}
    assert decided("blood-result", told=told, before=answers(age=70)).decision == "clinician first"
    assert decided("blood-result", told=told, before=answers(age=50)).decision == "go on"


def test_a_named_clinicians_agreement_since_the_change_lets_the_person_go_on() -> None:
    assert decided("medicine", agreed("medicine")).decision == "go on"
    assert decided("medicine", agreed("medicine", by=" ")).decision == "clinician first"
    early = agreed("medicine", on=TODAY - timedelta(days=1))
    assert decided("medicine", early).decision == "clinician first"
    told = {"heart_block": "yes"}
    both = (agreed("diagnosis"), agreed("heart_block"))
    assert decided("diagnosis", *both, told=told).decision == "go on"
    assert decided("diagnosis", both[0], told=told).decision == "clinician first"


def test_no_agreement_lifts_a_plain_stop_in_a_running_trial() -> None:
    for name in ("kidney_failure", "stoma", "diarrhoea", "rectal_bleeding"):
        found = decided("diagnosis", agreed("diagnosis"), agreed(name), told={name: "yes"})
        assert found.decision != "go on"


def test_an_agreement_of_the_screening_holds_for_an_answer_that_stays() -> None:
    before = answers(slow_pulse="yes")
    with_it = decided("blood-result", agreed("slow_pulse"), before=before, told={"egfr": 90})
    without = decided("blood-result", before=before, told={"egfr": 90})
    assert (with_it.decision, without.decision) == ("go on", "clinician first")


def test_every_change_has_a_source_or_is_marked() -> None:
    for change in changes().values():
        assert change.sources or change.ours
        assert all(sources()[s.id] == s for s in change.sources)
        assert "our own choice" in basis(change.sources, verified=True, ours=change.ours)
        assert change.reason.endswith(".")
