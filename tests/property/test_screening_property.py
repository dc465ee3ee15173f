"""Adding a risk never improves the answer, whatever else is true; a don't-know never hides one."""

from __future__ import annotations

import itertools
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.safety.answers import Agreement, Answer
from ekbom.safety.questions import RESULTS, UNKNOWN, Value, questions
from ekbom.safety.rescreening import DECISIONS, Change, changes, rescreen
from ekbom.safety.screening import ScreeningResult, screen
from screenings import BY_RISK, TODAY, answers

ANSWERS = st.fixed_dictionaries({name: st.sampled_from(v) for name, v in BY_RISK.items()})
AGREEMENTS = st.lists(
    st.builds(
        Agreement,
        question=st.sampled_from(list(BY_RISK)),
        by=st.sampled_from(["Dr. Chen", "", "  "]),
        on=st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days)),
    ),
    max_size=60,
)
STOPS = [q for q in questions().values() if any(r.result == "stop" for r in q.rules)]


def screened(values: dict[str, Value], agreements: list[Agreement] | None = None):
    given_answers = {name: Answer(value, TODAY) for name, value in values.items()}
    return screen(answers=given_answers, agreements=agreements or [], on=TODAY)


def rank(found: ScreeningResult) -> tuple[int, bool]:
    """Return how bad a result is: the result, and whether the trial may not begin."""
    return RESULTS.index(found.result), not found.may_begin


def test_in_a_healthy_person_every_pair_of_answers_of_every_question() -> None:
    for name, values in BY_RISK.items():
        for less, more in itertools.combinations(values, 2):
            healthy = screen(answers=answers(**{name: less}), on=TODAY)
            risky = screen(answers=answers(**{name: more}), on=TODAY)
            assert rank(healthy) <= rank(risky), (name, less, more)


@settings(max_examples=25, deadline=None)
@given(values=ANSWERS, agreements=AGREEMENTS)
def test_adding_a_risk_never_improves_the_answer(
    values: dict[str, Value], agreements: list[Agreement]
) -> None:
    for name, ordered in BY_RISK.items():
        ranks = [rank(screened({**values, name: value}, agreements)) for value in ordered]
        assert [r for r, _ in ranks] == sorted(r for r, _ in ranks), name
        assert [may for _, may in ranks] == sorted(may for _, may in ranks), name


@settings(max_examples=25, deadline=None)
@given(values=ANSWERS, agreements=AGREEMENTS)
def test_leaving_a_question_out_is_never_better_than_dont_know(
    values: dict[str, Value], agreements: list[Agreement]
) -> None:
    for name in BY_RISK:
        without = screened({q: v for q, v in values.items() if q != name}, agreements)
        assert rank(without) >= rank(screened({**values, name: UNKNOWN}, agreements))


@settings(max_examples=25, deadline=None)
@given(values=ANSWERS, agreements=AGREEMENTS)
def test_never_go_with_a_dont_know_on_a_stop_item(
    values: dict[str, Value], agreements: list[Agreement]
) -> None:
    for question in STOPS:
        found = screened({**values, question.id: UNKNOWN}, agreements)
        assert found.result != "go"


@settings(max_examples=100, deadline=None)
@given(values=ANSWERS, agreements=AGREEMENTS)
def test_an_agreement_by_nobody_or_out_of_time_lifts_nothing(
    values: dict[str, Value], agreements: list[Agreement]
) -> None:
    empty = [a for a in agreements if not a.by.strip() or a.on != TODAY]
    assert screened(values, empty) == screened(values)


@settings(max_examples=100, deadline=None)
@given(values=ANSWERS, agreements=AGREEMENTS)
def test_one_more_agreement_never_makes_it_worse_and_lifts_no_plain_stop(
    values: dict[str, Value], agreements: list[Agreement]
) -> None:
    found = screened(values, agreements)
    assert rank(found) <= rank(screened(values, agreements[:-1]))
    plain = [r for r in found.reasons if r.rule.result == "stop" and not r.rule.agreement]
    assert all(r.result == "stop" for r in plain)
    assert not (plain and found.may_begin)


@settings(max_examples=100, deadline=None)
@given(values=ANSWERS, agreements=AGREEMENTS)
def test_the_record_never_holds_an_answer(
    values: dict[str, Value], agreements: list[Agreement]
) -> None:
    found = screened(values, agreements)
    allowed = {q.record for q in questions().values()}
    assert set(found.rules.split(", ")) <= {*allowed, ""}
    assert "dark_thoughts" not in found.rules


@settings(max_examples=25, deadline=None)
@given(values=ANSWERS, agreements=AGREEMENTS, kind=st.sampled_from(list(changes())))
def test_in_a_running_trial_adding_a_risk_never_improves_the_answer(
    values: dict[str, Value], agreements: list[Agreement], kind: str
) -> None:
    given_answers = {name: Answer(value, TODAY) for name, value in values.items()}
    for name, ordered in BY_RISK.items():
        ranks = [
            DECISIONS.index(
                rescreen(
                    answers=given_answers,
                    change=Change(kind=kind, on=TODAY, answers={name: Answer(value, TODAY)}),
                    agreements=agreements,
                    on=TODAY,
                ).decision
            )
            for value in ordered
        ]
        assert ranks == sorted(ranks), name
