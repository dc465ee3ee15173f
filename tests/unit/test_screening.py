"""The safety screening: what decides, what an agreement can do, and answers files."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta

import pytest

from ekbom.evidence.facts import sources
from ekbom.problem import InputError
from ekbom.report.lines import basis
from ekbom.report.screening_words import form_lines
from ekbom.safety.answers import Agreement, Answer, read_answers, typed_answers
from ekbom.safety.questions import RESULTS, UNKNOWN, Rule, questions, worst
from ekbom.safety.screening import screen
from screenings import BY_RISK, EIGHT_WEEKS, LATELY, TODAY, agreed, answers

PLAIN_STOPS = {
    "age": 17,
    **dict.fromkeys(
        [
            "kidney_failure",
            "high_magnesium",
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
            "would_change_prescribed",
        ],
        "yes",
    ),
    "egfr": 29.9,
}
AGREEABLE_STOPS = [
    "heart_block",
    "slow_pulse",
    "low_pressure",
    "weak_heart",
    "pacemaker",
    "neuromuscular",
    "struvite_stones",
    "leg_swollen",
    "nerve_signs",
    "walking_pain",
    "after_medicine",
    "dark_thoughts",
]


def found(on: date = TODAY, agreements: tuple[Agreement, ...] = (), **changed):
    return screen(answers=answers(**changed), agreements=agreements, on=on)


def test_a_healthy_person_with_restless_legs_may_go() -> None:
    result = found()
    assert (result.result, result.reasons, result.unanswered) == ("go", (), ())
    assert (result.may_begin, result.for_clinician, result.rules) == (True, (), "")


def test_nobody_who_answers_nothing_may_go() -> None:
    result = screen(answers={}, on=TODAY)
    assert result.result == "clinician first"
    assert result.unanswered == tuple(questions().values())
    assert all(not r.answered for r in result.reasons)
    assert (result.may_begin, result.for_clinician, result.on) == (False, (), TODAY)


def test_an_unanswered_question_counts_as_dont_know() -> None:
    for name in questions():
        given = {"medicines": "yes"} if name == "medicines_checked" else {}
        left_out = {q: a for q, a in answers(**given).items() if q != name}
        without = screen(answers=left_out, on=TODAY)
        unknown = found(**given, **{name: UNKNOWN})
        assert (without.result, [r.rule for r in without.reasons]) == (
            unknown.result,
            [r.rule for r in unknown.reasons],
        )
        assert [q.id for q in without.unanswered] == [name]


def test_the_worst_answer_decides_and_every_reason_is_listed_worst_first() -> None:
    result = found(
        stoma="yes", iron_changed=LATELY, diagnosed="no", medicines="yes", medicines_checked="yes"
    )
    assert [(r.question.id, r.result) for r in result.reasons] == [
        ("stoma", "stop"),
        ("iron_changed", "postpone"),
        ("diagnosed", "clinician first"),
        ("medicines", "go"),
    ]
    assert result.result == "stop"


def test_no_agreement_shortens_a_postponement_so_it_is_worse_than_clinician_first() -> None:
    assert RESULTS == ("go", "clinician first", "postpone", "stop")
    assert worst([]) == "go"
    assert not any(r.agreement for q in questions().values() for r in q.rules if r.within_weeks)
    assert found(iron_changed=LATELY, agreements=(agreed("iron_changed"),)).result == "postpone"


@pytest.mark.parametrize("name", AGREEABLE_STOPS)
def test_stop_or_clinician_means_stop_until_a_named_clinician_agreed(name: str) -> None:
    assert found(**{name: "yes"}).result == "stop"
    result = found(**{name: "yes"}, agreements=(agreed(name),))
    assert (result.result, result.may_begin) == ("clinician first", True)
    assert result.agreed_by == "Dr. Chen"
    assert result.reasons[0].agreed == agreed(name)


@pytest.mark.parametrize(("name", "value"), PLAIN_STOPS.items())
def test_a_plain_stop_is_lifted_by_no_agreement(name: str, value: str | float) -> None:
    result = found(**{name: value}, agreements=(agreed(name),))
    assert (result.result, result.may_begin, result.agreed_by) == ("stop", False, "")


def test_the_stops_are_those_of_the_two_lists_above() -> None:
    stops = {(q.id, r.agreement) for q in questions().values() for r in q.rules if _stops(r)}
    assert stops == {(name, False) for name in PLAIN_STOPS} | {(n, True) for n in AGREEABLE_STOPS}


def _stops(rule: Rule) -> bool:
    return rule.result == "stop"


def test_dont_know_on_a_stop_item_is_clinician_first() -> None:
    for question in questions().values():
        if any(map(_stops, question.rules)):
            assert found(**{question.id: UNKNOWN}).result == "clinician first", question.id


@pytest.mark.parametrize(
    "agreement",
    [
        agreed("slow_pulse", by=""),
        agreed("slow_pulse", by=" \t"),
        agreed("slow_pulse", on=TODAY - timedelta(days=1)),
        agreed("slow_pulse", on=TODAY + timedelta(days=1)),
        agreed("heart_block"),
    ],
    ids=["nobody", "a blank", "before the answer", "in the future", "of another question"],
)
def test_an_agreement_that_does_not_count(agreement: Agreement) -> None:
    assert found(slow_pulse="yes", agreements=(agreement,)).result == "stop"


def test_an_agreement_is_younger_than_the_answer_and_not_than_the_day() -> None:
    later = TODAY + timedelta(days=5)
    result = found(on=later, slow_pulse="yes", agreements=(agreed("slow_pulse", on=later),))
    assert (result.may_begin, result.on) == (True, TODAY)


def test_every_open_point_needs_its_own_agreement() -> None:
    half = found(slow_pulse="yes", diagnosed="no", agreements=(agreed("slow_pulse"),))
    assert (half.result, half.may_begin, half.agreed_by) == ("clinician first", False, "")
    both = (agreed("slow_pulse"), agreed("diagnosed", by="Dr. Okafor "))
    whole = found(slow_pulse="yes", diagnosed="no", agreements=both)
    assert (whole.may_begin, whole.agreed_by) == (True, "Dr. Okafor, Dr. Chen")


def test_pregnancy_is_for_a_clinician_and_never_for_a_trial_run_alone() -> None:
    result = found(pregnant="yes", agreements=(agreed("pregnant"),))
    assert (result.result, result.may_begin) == ("clinician first", False)


def test_iron_comes_first() -> None:
    for changed in ({"ferritin": 75}, {"tsat": 19.9}, {"ferritin": "none"}, {"tsat": "none"}):
        result = found(**changed)
        assert result.result == "clinician first"
        assert result.reasons[0].rule.reason.startswith("Iron first.")
    assert found(ferritin=75.1).result == "go"
    assert "only through a vein" in found(ferritin=75.1).reasons[0].rule.reason


def test_eight_weeks_are_counted_to_the_day_and_the_day_is_said() -> None:
    result = found(rls_medicine_changed=LATELY)
    assert (result.result, result.reasons[0].until) == ("postpone", TODAY + timedelta(days=1))
    assert found(rls_medicine_changed=EIGHT_WEEKS).result == "go"


def test_medicines_that_nobody_checked_are_for_a_clinician() -> None:
    for taken, checked in (("yes", "no"), ("yes", UNKNOWN), (UNKNOWN, "no")):
        result = found(medicines=taken, medicines_checked=checked)
        assert (result.result, result.may_begin) == ("clinician first", False)
    assert found(medicines="yes", medicines_checked="yes").result == "go"
    by = (agreed("medicines_checked"),)
    assert found(medicines="yes", medicines_checked="no", agreements=by).may_begin


def test_without_medicines_it_does_not_matter_what_was_checked() -> None:
    for checked in ("yes", "no", UNKNOWN):
        assert found(medicines="no", medicines_checked=checked).reasons == ()
    left_out = {q: a for q, a in answers().items() if q != "medicines_checked"}
    assert screen(answers=left_out, on=TODAY).unanswered == ()


@pytest.mark.parametrize(("days", "result"), [(0, "go"), (28, "go"), (29, "postpone")])
def test_answers_count_for_28_days(days: int, result: str) -> None:
    later = found(on=TODAY + timedelta(days=days))
    assert (later.result, later.days_old, later.may_begin) == (result, days, result == "go")
    assert later.rules == ("" if result == "go" else "old_answers")


def test_one_old_answer_is_enough_and_no_agreement_makes_it_younger() -> None:
    given = {**answers(slow_pulse="yes"), "age": Answer(40, TODAY - timedelta(days=29))}
    result = screen(answers=given, agreements=(agreed("slow_pulse"),), on=TODAY)
    assert (result.result, result.may_begin, result.agreed_by) == ("postpone", False, "")


@pytest.mark.parametrize(
    ("age", "egfr", "result", "says"),
    [
        (52, "none", "go", "Below the age of 65 none is asked for here"),
        (64, "none", "go", "Below the age of 65 none is asked for here"),
        (65, "none", "clinician first", "From the age of 65, have your kidney function"),
        (66, "none", "clinician first", "From the age of 65, have your kidney function"),
        (52, UNKNOWN, "clinician first", "If you had none, answer: none."),
        (64, UNKNOWN, "clinician first", "If you had none, answer: none."),
        (65, UNKNOWN, "clinician first", "From the age of 65, find out your kidney function"),
        (66, UNKNOWN, "clinician first", "From the age of 65, find out your kidney function"),
    ],
)
def test_what_a_missing_kidney_test_means_by_age(
    age: int, egfr: str, result: str, says: str
) -> None:
    (reason,) = found(age=age, egfr=egfr).reasons
    assert (reason.result, reason.question.id) == (result, "egfr")
    assert says in reason.rule.reason


def test_a_clinician_is_asked_no_date_of_birth() -> None:
    assert found(age=17).for_clinician == ()


def test_from_65_a_kidney_test_of_the_last_12_months_is_needed() -> None:
    assert found(age=64.9, egfr="none").result == "go"
    assert found(age=65, egfr="none").result == "clinician first"
    assert found(age=65, egfr=60).result == "go"
    assert [r.question.id for r in found(age=UNKNOWN, egfr="none").reasons] == ["age", "egfr"]


def test_what_to_take_to_the_clinician_is_short_and_says_each_thing_once() -> None:
    result = found(ferritin=60, tsat=15, slow_pulse="yes", low_pressure="yes", stoma=UNKNOWN)
    assert result.for_clinician == (
        "Have your pulse and blood pressure taken.",
        "Ask for ferritin and transferrin saturation (TSAT), or for the results you have, and what "
        "they mean for you.",
        "You did not know: Do you have a stoma (a colostomy or an ileostomy)?",
    )


def test_what_goes_on_record_names_rules_and_never_an_answer_or_a_warning_sign() -> None:
    result = found(dark_thoughts="yes", leg_swollen="yes", ferritin=42)
    assert result.rules == "warning_sign, ferritin"


def test_every_rule_has_a_source_or_is_marked() -> None:
    for question in questions().values():
        for rule in question.rules:
            assert rule.sources or rule.ours or not rule.verified, question.id
            assert all(sources()[s.id] == s for s in rule.sources)
            said = basis(rule.sources, verified=rule.verified, ours=rule.ours)
            assert ("not verified" in said) is (not rule.verified)
            assert ("our own choice" in said) is rule.ours


def test_what_is_not_verified_is_the_red_flags() -> None:
    unverified = {q.facts_row for q in questions().values() if not all(r.verified for r in q.rules)}
    assert unverified == {("3d red flags",)}


ROWS = {
    *[
        "3a kidney failure",
        "3a kidney disease",
        "3a heart",
        "3a neuromuscular",
        "3a bowel",
        "3a struvite",
    ],
    *["3a product", "3a pregnancy", "3a age", "3a diagnosis and iron", "3a recent changes"],
    *[
        "3a surgery",
        "3a never",
        "3b",
        "3d criteria",
        "3d mimics",
        "3d reversible causes",
        "3d drugs",
    ],
    *["3d red flags", "fact 5"],
}


def test_every_row_of_the_gate_and_of_the_rls_check_is_asked_about() -> None:
    assert {row for q in questions().values() for row in q.facts_row} == ROWS
    assert Counter(row for q in questions().values() for row in q.facts_row)["3a bowel"] == 7


def test_the_texts_are_plain_and_whole() -> None:
    for question in questions().values():
        assert question.text.endswith("?")
        assert question.bring == "" or question.bring.endswith(".")
        for rule in question.rules:
            assert rule.reason.endswith(".")
            assert rule.urgent in ("", "today", "emergency")
            assert not any(shame in rule.reason.lower() for shame in ("fault", "should have"))


def test_what_could_raise_a_doubt_about_a_medicine_says_never_to_stop_it_alone() -> None:
    for name in ("after_medicine", "worsening_medicine", "would_change_prescribed"):
        reason = found(**{name: "yes"}).reasons[0].rule.reason
        assert "Do not stop" in reason or "Never stop" in reason


# ------------------------------------------------------------------------------ answers files


def read(text: str, file: str = "answers.toml"):
    return read_answers(text.encode(), file=file, today=TODAY)


def test_a_file_holds_words_numbers_dates_and_agreements() -> None:
    read_file = read(
        'answered = 2026-03-19\nage = 52\nstoma = "No"\nallergy = false\nurge = true\n'
        'tsat = 24.5\negfr = "none"\niron_changed = 2026-01-02\nheart_block = "don\'t know"\n'
        'pacemaker = ""\n[[agreement]]\nquestion = "heart_block"\nby = " Dr. Chen "\n'
        "on = 2026-03-20\n"
    )
    assert {name: a.value for name, a in read_file.answers.items()} == {
        "age": 52,
        "stoma": "no",
        "allergy": "no",
        "urge": "yes",
        "tsat": 24.5,
        "egfr": "none",
        "iron_changed": date(2026, 1, 2),
        "heart_block": "unknown",
    }
    assert {a.on for a in read_file.answers.values()} == {date(2026, 3, 19)}
    assert read_file.agreements == (Agreement("heart_block", "Dr. Chen", TODAY),)


def test_json_says_the_same_as_toml() -> None:
    tables = {
        "answered": "2026-03-19",
        "age": 52,
        "iron_changed": "2026-01-02",
        "stoma": None,
        "agreement": [{"question": "age", "by": "Dr. Chen", "on": "2026-03-20"}],
    }
    toml = (
        "answered = 2026-03-19\nage = 52\niron_changed = 2026-01-02\n"
        '[[agreement]]\nquestion = "age"\nby = "Dr. Chen"\non = 2026-03-20\n'
    )
    assert read(json.dumps(tables), "answers.json") == read(toml)


def faults(text: str, file: str = "answers.toml") -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text, file)
    return [str(p) for p in caught.value.problems]


def test_every_fault_of_a_file_is_told_at_once_with_its_key_and_what_to_do() -> None:
    assert faults(
        "answered = 2027-01-01\nage = 400\nferritn = 3\nstoma = 4\niron_changed = 2026-03-21\n"
        'egfr = "1,00"\ntsat = nan\n[[agreement]]\nquestion = "heart"\nby = ""\nextra = 1\n'
    ) == [
        "answers.toml: answered: 2027-01-01 is in the future; today is 2026-03-20. Give the day on "
        "which it was said.",
        "answers.toml, agreement 1: there is no question 'heart'. Did you mean weak_heart? See "
        "ekbom screen --form for all of them.",
        "answers.toml: agreement 1: nobody is named (by). Write the clinician's name; an agreement "
        "without a name counts for nothing.",
        "answers.toml: agreement 1: 'extra' is not known. An agreement has question, by and on.",
        "answers.toml: agreement 1: on: it is missing. Write a date such as 2026-03-01.",
        "answers.toml: age: 400 cannot be an answer. Write a number from 0 to 125 (years) or "
        "unknown.",
        "answers.toml: there is no question 'ferritn'. Did you mean ferritin? See ekbom screen "
        "--form for all of them.",
        "answers.toml: stoma: 4 cannot be an answer. Write yes, no or unknown.",
        "answers.toml: iron_changed: '2026-03-21' cannot be an answer. Write a date such as "
        "2026-03-01, not in the future, no (never) or unknown.",
        "answers.toml: egfr: '1,00' cannot be an answer. Write a number from 0 to 250 (mL/min per "
        "1.73 m2), none (no such test in the last 12 months) or unknown.",
        "answers.toml: tsat: nan cannot be an answer. Write a number from 0 to 100 (%), none (no "
        "such test in the last 12 months) or unknown.",
    ]


@pytest.mark.parametrize(
    ("text", "file", "fault"),
    [
        ("age = 52", "a.toml", "answered: it is missing"),
        ("answered = 3", "a.toml", "answered: 3 is not a date"),
        ("answered = 2026-03-19T10:00:00", "a.toml", "is not a date"),
        ("answered =", "a.toml", "it is not TOML"),
        ("{", "a.json", "it is not JSON"),
        ("[]", "a.json", "it is not a JSON object of questions and answers"),
        ('{"stoma": "yes", "stoma": "no"}', "a.json", "stoma stands there twice"),
        ("answered = 2026-03-19\nagreement = 3", "a.toml", "agreement: it is not a list of tables"),
        ("answered = 2026-03-19\nage = true", "a.toml", "age: True cannot be an answer"),
        ("answered = 2026-03-19\nage = -1", "a.toml", "age: -1 cannot be an answer"),
        ("answered = 2026-03-19\nage = [52]", "a.toml", "age: [52] cannot be an answer"),
        ("answered = 2026-03-19\n[age]\nx = 1", "a.toml", "age: {'x': 1} cannot be an answer"),
        (f"answered = 2026-03-19\nage = 0x{'f' * 5000}", "a.toml", "age: this cannot be an answer"),
        ("answered = 2026-03-19\niron_changed = 1700-01-01", "a.toml", "cannot be an answer"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, file: str, fault: str) -> None:
    assert any(fault in said for said in faults(text, file))


def test_a_printed_form_is_an_answers_file_without_answers() -> None:
    text = "\n".join(form_lines(today=TODAY))
    assert read(text).answers == {}
    uncommented = text.replace("# [[", "[[").replace('# question = "', 'question = "')
    uncommented = uncommented.replace("# by =", "by =").replace("# on =", "on =")
    assert read(uncommented).agreements == (agreed("slow_pulse"),)
    assert [text.count(f"\n{name} = ") for name in questions()] == [1] * len(questions())


def test_a_saved_form_reads_back_as_the_same_answers() -> None:
    given = {**answers(iron_changed=LATELY, tsat=24.5, stoma=UNKNOWN)}
    text = "\n".join(form_lines(today=TODAY, answers=given))
    assert read(text).answers == given


def test_typed_answers_are_read_like_those_of_a_file() -> None:
    typed = typed_answers({"egfr": "52", "stoma": "N"}, today=TODAY, file="--answer")
    assert typed == {"egfr": Answer(52, TODAY), "stoma": Answer("no", TODAY)}
    with pytest.raises(InputError, match=r"--answer: egfr: 'x' cannot .*\n--answer: there is no"):
        typed_answers({"egfr": "x", "heart": "yes"}, today=TODAY, file="--answer")


def test_the_table_of_risks_names_every_question_and_begins_with_no_risk() -> None:
    assert set(BY_RISK) == set(questions())
    assert screen(answers=answers(), on=TODAY).result == "go"
