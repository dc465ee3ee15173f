"""The fields of a tired person: nothing preset, every end named, and no answer stays no answer."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django import forms
from django.http import QueryDict

from ekbom.web.widgets import MINUTES, MinutesField, ScaleField


class Night(forms.Form):
    urge = ScaleField(minimum=0, maximum=10, low="none", high="the worst", label="The urge?")
    awake = MinutesField(minimum=0, maximum=720, usual=MINUTES, label="Minutes awake?")
    total = MinutesField(minimum=0, maximum=40, label="The total?")
    sure = forms.BooleanField(required=False, label="I have read it.")


class Inputs(HTMLParser):
    """Every input of some markup, in order, and the ids that there are."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.inputs: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input":
            self.inputs.append(found)
        if found.get("id"):
            self.ids.append(str(found["id"]))


def drawn(form: forms.Form) -> str:
    return "".join(field.as_field_group() for field in form)


def sent(text: str) -> Night:
    return Night(QueryDict(text))


def checked(form: forms.Form) -> list[tuple[str | None, str | None]]:
    inputs = Inputs(drawn(form)).inputs
    return [(i["name"], i["value"]) for i in inputs if "checked" in i]


def test_nothing_is_chosen_before_it_is_touched() -> None:
    assert checked(Night()) == []
    assert [i.get("value") for i in Inputs(drawn(Night())).inputs if i["type"] == "number"] == [
        "",
        None,
    ]


def test_a_form_left_alone_has_no_answer_and_none_of_them_is_zero() -> None:
    form = sent("")
    assert form.is_valid()
    assert [form.cleaned_data[name] for name in ("urge", "awake", "total")] == [None, None, None]


@pytest.mark.parametrize(
    ("text", "urge", "awake"),
    [
        ("urge=0&awake=0", 0, 0),
        ("urge=10&awake=45", 10, 45),
        ("urge=&awake=", None, None),
        ("awake=other&awake_other=25", None, 25),
        ("awake_other=25", None, 25),
        ("awake=25", None, 25),
    ],
)
def test_what_is_tapped_or_typed_is_the_answer(
    text: str, urge: float | None, awake: float | None
) -> None:
    form = sent(text)
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["urge"], form.cleaned_data["awake"]) == (urge, awake)


@pytest.mark.parametrize(("tapped", "answer"), [("10", 10), ("", None)])
def test_a_number_typed_before_another_button_was_tapped_does_not_count(
    tapped: str, answer: float | None
) -> None:
    form = sent(f"awake={tapped}&awake_other=25")
    assert form.is_valid()
    assert form.cleaned_data["awake"] == answer


@pytest.mark.parametrize("text", ["urge=11", "urge=3.5", "awake=721", "awake=-1", "awake=ten"])
def test_an_impossible_answer_is_refused_at_its_field(text: str) -> None:
    form = sent(text)
    assert not form.is_valid()
    field, _, _ = text.partition("=")
    assert form.errors == {field: [f"Use a number from 0 to {10 if field == 'urge' else 720}."]}


@pytest.mark.parametrize("typed", ["", "&awake_other=", "&awake_other=+"])
def test_another_number_that_was_chosen_and_not_typed_is_asked_for(typed: str) -> None:
    form = sent(f"urge=7&awake=other{typed}")
    assert form.errors == {"awake": ["Write the number, or choose: No answer."]}
    assert checked(form) == [("urge", "7"), ("awake", "other")]


def test_a_form_that_is_sent_back_keeps_what_was_chosen_and_typed() -> None:
    form = sent("urge=7&awake=other&awake_other=900")
    assert not form.is_valid()
    assert checked(form) == [("urge", "7"), ("awake", "other")]
    assert [i["value"] for i in Inputs(drawn(form)).inputs if i["name"] == "awake_other"] == ["900"]


def test_a_word_typed_for_a_number_comes_back_and_not_as_markup() -> None:
    form = sent('awake=other&awake_other="><script>')
    assert not form.is_valid()
    assert [i["value"] for i in Inputs(drawn(form)).inputs if i["name"] == "awake_other"] == [
        '"><script>'
    ]
    assert "<script>" not in drawn(form)


def test_every_scale_and_amount_can_be_taken_back_without_a_script() -> None:
    empty = [i["name"] for i in Inputs(drawn(Night())).inputs if i.get("value") == ""]
    assert empty == ["urge", "awake_other", "awake"]


def test_the_ends_of_a_scale_are_read_aloud_with_their_numbers() -> None:
    labels = re.findall(r'<label class="scale-step">(.*?)</label>', drawn(Night()), re.DOTALL)
    words = [re.sub(r"<[^>]+>", "", label).strip() for label in labels]
    assert words == ["0, none", *(str(n) for n in range(1, 10)), "10, the worst"]


def test_no_two_controls_share_an_id_and_every_label_finds_its_own() -> None:
    form = sent("urge=99&awake=x&total=x")
    markup = drawn(form)
    ids = Inputs(markup).ids
    assert len(ids) == len(set(ids))
    aims = re.findall(r'<label for="([^"]*)"', markup)
    described = [
        one for group in re.findall(r'aria-describedby="([^"]*)"', markup) for one in group.split()
    ]
    assert set(aims + described) - set(ids) == set()
    assert described == ["id_urge_error", "id_awake_error", "id_total_error"]


def test_a_single_box_is_tapped_on_its_words_too() -> None:
    box = Night()["sure"].as_field_group()
    assert re.search(r"<label><input[^>]*><span>I have read it\.</span></label>", box)
