"""The safety questions on pages: what stops, what waits for a clinician, and what is kept."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from ekbom.safety.answers import Answer
from ekbom.safety.questions import questions
from ekbom.safety.screening import screen
from ekbom.web.begin.questions import CHECKED, QuestionsForm, sections
from ekbom.web.begin.said import answers_of, remember, said_by
from ekbom.web.devices.known import me
from ekbom.web.models import Draft, TrialRow
from screenings import answers as known_answers
from web.way import (
    HEALTHY,
    answer_all,
    list_medicines,
    posted,
    section_data,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 1)


def part_of(question: str) -> int:
    return next(s.number for s in sections() for q in s.questions if q.id == question)


def test_every_question_is_asked_on_one_page_but_the_one_that_the_medicines_answer() -> None:
    asked = [q.id for s in sections() for q in s.questions]
    assert sorted([*asked, CHECKED]) == sorted(questions())


def test_a_healthy_person_may_go_on(ana) -> None:
    answer_all(ana)
    page = ana.get(reverse("begin_result"))
    assert page.context["found"].result == "go"
    assert page.context["head"] == "Go: none of your answers speaks against a trial."
    assert ana.get(reverse("begin_medicines")).status_code == 200


def test_the_page_says_what_the_screening_says_for_every_answer_by_risk(ana) -> None:
    """The answers of the hand-written table of cases, each alone, as `screen` judges them."""
    said = {**known_answers(kidney_failure="yes", egfr=50, ferritin="none")}
    for name, answer in said.items():
        remember(me(), answers={name: Answer(answer.value, TODAY)})
    page = ana.get(reverse("begin_result"))
    expected = screen(answers=answers_of(me()), on=TODAY)
    assert page.context["found"] == expected
    assert page.context["others"] == [r for r in expected.open if r.answered]


@pytest.mark.parametrize(
    ("changed", "result"),
    [({"kidney_failure": "yes"}, "stop"), ({"surgery": "yes"}, "postpone"), ({"age": 17}, "stop")],
)
def test_who_must_not_start_cannot_go_on_and_is_offered_the_diary(ana, changed, result) -> None:
    answer_all(ana, **changed)
    page = ana.get(reverse("begin_result"))
    assert page.context["found"].result == result
    text = page.content.decode()
    assert f'href="{reverse("begin_diary")}"' in text
    assert f'href="{reverse("begin_medicines")}"' not in text.split("</nav>")[-1]
    for name in ("begin_medicines", "begin_product", "begin_plan", "begin_agree"):
        assert ana.get(reverse(name))["Location"] == reverse("begin_safety")


def test_an_answer_that_cannot_wait_is_followed_by_what_to_do_at_once(ana) -> None:
    section = sections()[part_of("nerve_signs") - 1]
    data = section_data(section, {**HEALTHY, "nerve_signs": "yes"})
    response = posted(ana, "begin_questions", data, part=section.number)
    assert response["Location"] == reverse("begin_result")
    page = ana.get(reverse("begin_result"))
    assert [r.question.id for r in page.context["emergency"]] == ["nerve_signs"]
    text = page.content.decode()
    assert text.index("Get help now") < text.index(page.context["head"][:20])


def test_gabapentin_for_the_legs_is_no_medicine_against_epilepsy(ana) -> None:
    """Facts 3d names anti-epileptics among what makes legs worse, and 3b gabapentin's times."""
    text = questions()["worsening_medicine"].text
    assert text.startswith("Leave out gabapentin or pregabalin for your legs here: you list them")
    assert text.endswith("or a medicine against seizures because you have epilepsy?")
    answer_all(ana, medicines="yes")
    list_medicines(ana, ("gabapentin", "21:30"), ("pregabalin", "21:30"), dose_at="22:00")
    check = ana.get(reverse("begin_medicines")).context["check"]
    assert [c.medicine for c in check.collisions] == ["gabapentin", "pregabalin"]


@pytest.mark.parametrize(
    ("question", "typed", "message"),
    [
        ("age", "fifty", "Write a number from 0 to 125, or choose one of the answers."),
        ("age", "-1", "Write a number from 0 to 125, or choose one of the answers."),
        ("age", "nan", "Write a number from 0 to 125, or choose one of the answers."),
        ("ferritin", "1e400", None),
        (
            "iron_changed",
            "2026-03-02",
            "This is no day that can be. Choose a day that has been, or one of the answers.",
        ),
        (
            "iron_changed",
            "31.12.2025",
            "This is no day that can be. Choose a day that has been, or one of the answers.",
        ),
    ],
)
def test_what_cannot_be_an_answer_is_said_at_its_question_and_kept(
    ana, question, typed, message
) -> None:
    section = sections()[part_of(question) - 1]
    data = {**section_data(section, HEALTHY), f"{question}_typed": typed}
    data.pop(f"{question}_word", None)
    response = posted(ana, "begin_questions", data, part=section.number)
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [question]
    if message:
        assert form.errors[question] == [message]
    assert f'value="{typed}"' in response.content.decode()
    assert answers_of(me()) == {}


def test_two_answers_to_one_question_are_none(ana) -> None:
    section = sections()[part_of("egfr") - 1]
    data = {**section_data(section, HEALTHY), "egfr_word": "none"}
    response = posted(ana, "begin_questions", data, part=section.number)
    assert response.status_code == 422
    assert response.context["form"].errors["egfr"] == [
        "You typed an answer and chose another one. Keep one of the two."
    ]


@pytest.mark.parametrize(("word", "answers"), [(None, 41.5), ("typed", 41.5)])
def test_a_typed_number_counts_with_its_button_and_without(ana, word, answers) -> None:
    section = sections()[part_of("ferritin") - 1]
    data = {**section_data(section, HEALTHY), "ferritin_typed": "41.5"}
    data |= {} if word is None else {"ferritin_word": word}
    assert posted(ana, "begin_questions", data, part=section.number).status_code == 302
    assert answers_of(me())["ferritin"].value == answers


def test_the_button_for_a_number_without_one_is_asked_about(ana) -> None:
    section = sections()[part_of("ferritin") - 1]
    data = {**section_data(section, HEALTHY), "ferritin_typed": " ", "ferritin_word": "typed"}
    response = posted(ana, "begin_questions", data, part=section.number)
    assert (response.status_code, answers_of(me())) == (422, {})
    assert response.context["form"].errors["ferritin"] == [
        "Nothing is typed yet. Type it, or choose another answer."
    ]


def test_nothing_is_chosen_before_it_is_touched(ana) -> None:
    for section in sections():
        text = ana.get(reverse("begin_questions", args=[section.number])).content.decode()
        assert "checked" not in text, section.name


def test_a_decimal_comma_is_understood(ana) -> None:
    section = sections()[part_of("ferritin") - 1]
    data = {**section_data(section, HEALTHY), "ferritin_typed": "74,5"}
    posted(ana, "begin_questions", data, part=section.number)
    assert answers_of(me())["ferritin"] == Answer(74.5, TODAY)


def test_what_was_answered_is_there_again(ana) -> None:
    answer_all(ana, age=61, ferritin="none", iron_changed="2025-01-02", urge="unknown")
    for section in sections():
        form = ana.get(reverse("begin_questions", args=[section.number])).context["form"]
        assert all(form[q.id].value() for q in section.questions), section.name
    form = ana.get(reverse("begin_questions", args=[part_of("age")])).context["form"]
    assert form["age"].value() == "61"
    again = ana.get(reverse("begin_questions", args=[part_of("iron_changed")])).content.decode()
    assert 'value="2025-01-02"' in again


def test_a_question_that_was_left_counts_as_not_known(ana) -> None:
    answer_all(ana)
    section = sections()[part_of("slow_pulse") - 1]
    data = section_data(section, {k: v for k, v in HEALTHY.items() if k != "slow_pulse"})
    posted(ana, "begin_questions", data, part=section.number)
    found = ana.get(reverse("begin_result")).context["found"]
    assert (found.result, [q.id for q in found.unanswered]) == ("clinician first", ["slow_pulse"])
    assert not found.may_begin


def test_an_answer_dated_where_it_was_tomorrow_already_counts_from_today(ana, clock) -> None:
    """Without a known zone the day is that of UTC; in New York it can be the day before."""
    clock.set("2026-03-02T02:00+00:00")
    answer_all(ana)
    remember(me(), zone="America/New_York")
    assert {a.on for a in answers_of(me()).values()} == {date(2026, 3, 1)}


def test_the_browsers_guess_at_the_zone_is_kept_until_the_person_says_theirs(ana) -> None:
    data = {**section_data(sections()[0], HEALTHY), "zone": "Pacific/Auckland"}
    posted(ana, "begin_questions", data, part=1)
    assert said_by(me()).zone == "Pacific/Auckland"
    posted(ana, "begin_questions", {**data, "zone": "Europe/Rome"}, part=1)
    assert said_by(me()).zone == "Pacific/Auckland"


def test_the_same_form_serves_all_questions_at_once() -> None:
    asked = [q for s in sections() for q in s.questions]
    data: dict[str, str] = {}
    for section in sections():
        data |= section_data(section, HEALTHY)
    form = QuestionsForm(data, asked=asked, known={}, today=TODAY)
    assert form.is_valid()
    given = {name: answer.value for name, answer in form.answers.items()}
    assert given == {k: v for k, v in HEALTHY.items() if k != CHECKED}


def test_the_page_for_the_doctor_says_what_to_ask(ana) -> None:
    answer_all(ana, egfr=50)
    page = ana.get(reverse("begin_doctor"))
    assert page.context["bring"] == [questions()["egfr"].bring]
    assert questions()["egfr"].bring in page.content.decode()


def test_a_draft_of_another_shape_counts_as_nothing_said(ana) -> None:
    Draft.objects.create(owner=me(), said={"answers": ["?"], "zone": "Nowhere/At all"})
    assert ana.get(reverse("begin_safety")).status_code == 200
    Draft.objects.update(said={"zone": "Nowhere/At all"})
    assert ana.get(reverse("begin_safety")).status_code == 200
    assert TrialRow.objects.count() == 0
