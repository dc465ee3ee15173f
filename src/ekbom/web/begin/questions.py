"""The safety questions as forms: a few on each page, or all of those that are asked anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ekbom.evidence.facts import Source
from ekbom.language import say
from ekbom.report.lines import basis
from ekbom.report.measures import capital
from ekbom.safety.answers import Answer, value_in
from ekbom.safety.questions import UNKNOWN, Question, Value, questions
from ekbom.web.keyed import KeyedForm

MEDICINES, CHECKED = "medicines", "medicines_checked"
"""Whether any medicine is taken; and the question that the page of medicines answers itself."""

CRISIS = "dark_thoughts"
"""The question whose yes is met with help and nothing else; no agreement is taken on its pages."""

TYPED = "typed"
"""What the button says that stands for the place to type."""

_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Section:
    """The questions of one page; ``number`` counts from 1."""

    number: int
    name: str
    questions: tuple[Question, ...]

    @property
    def heading(self) -> str:
        """Return what the page is about, in the reader's language."""
        return capital(say(self.name))

    def open(self, answers: Mapping[str, Answer]) -> bool:
        """Return whether a question of the page has no answer yet."""
        return any(q.id not in answers for q in self.questions)


@dataclass(frozen=True, slots=True)
class Row:
    """One question on its page, and why it is asked."""

    field: BoundField
    why: str
    sources: tuple[Source, ...]


def sections() -> tuple[Section, ...]:
    """Return the pages of questions, in the order in which they are asked."""
    asked = (q for q in questions().values() if q.id != CHECKED)
    groups = groupby(asked, key=lambda q: q.section)
    return tuple(Section(n, name, tuple(qs)) for n, (name, qs) in enumerate(groups, start=1))


class TypedOrWord(forms.MultiWidget):
    """A place to type a number or a day, and buttons for the answers that are neither."""

    template_name = "ekbom/begin/typed_or_word.html"

    def __init__(self, *, typed: forms.Widget, words: list[tuple[str, str]], unit: str) -> None:
        super().__init__({"typed": typed, "word": forms.RadioSelect(choices=words)})
        self.words, self.unit = frozenset(word for word, _ in words), unit

    def decompress(self, value: str | None) -> list[str]:
        """Return what stands in the place to type, and which button is chosen."""
        if not value:
            return ["", ""]
        return ["", value] if value in self.words else [value, TYPED]

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Add the unit."""
        return {**super().get_context(name, value, dict(attrs or {})), "unit": self.unit}


class TypedOrWordField(forms.MultiValueField):
    """A number or a day as it was typed, or the word of a button; empty where there is neither."""

    default_error_messages = {
        "both": gettext_lazy("You typed an answer and chose another one. Keep one of the two."),
        "neither": gettext_lazy("Nothing is typed yet. Type it, or choose another answer."),
    }

    def __init__(self, *, widget: TypedOrWord, label: str) -> None:
        parts = (forms.CharField(max_length=_LONGEST, required=False), forms.CharField())
        super().__init__(fields=parts, widget=widget, label=label, required=False)

    def compress(self, data_list: list[str]) -> str:
        """Return the one answer; raises ValidationError where there are two, or one is missing.

        What is typed counts without its button.
        """
        typed, word = data_list or ("", "")
        if typed and word not in ("", TYPED):
            raise forms.ValidationError(self.error_messages["both"], code="both")
        if word == TYPED and not typed:
            raise forms.ValidationError(self.error_messages["neither"], code="neither")
        return typed or word


class QuestionsForm(KeyedForm):
    """Some safety questions, with the answers that are ``known`` filled in.

    No question must be answered: one without an answer counts as "I don't know".  ``today`` is the
    day on the person's calendar; ``answers`` holds what was answered, once the form is valid, and
    ``None`` for a question that was left.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        asked: Iterable[Question],
        known: Mapping[str, Answer],
        today: date,
    ) -> None:
        self.asked, self.today = tuple(asked), today
        texts = {name: _text(answer.value) for name, answer in known.items()}
        super().__init__(data, initial=texts)
        self.fields.update({q.id: _field(q, today) for q in self.asked})

    def rows(self) -> Iterator[Row]:
        """Yield the questions as a page shows them."""
        for question in self.asked:
            rule = question.rules[0]
            said = basis(rule.sources, verified=rule.verified, ours=rule.ours)
            why = f"{say(rule.reason)} {said}"
            yield Row(self[question.id], why, rule.sources)

    @property
    def answers(self) -> dict[str, Answer | None]:
        """Return the answers by question."""
        values = ((q.id, self._value(q, self.cleaned_data[q.id])) for q in self.asked)
        return {name: None if v is None else Answer(v, self.today) for name, v in values}

    def clean(self) -> dict[str, Any]:
        """Name every answer that its question does not take."""
        for question in self.asked:
            text = self.cleaned_data.get(question.id)
            if text and self._value(question, text) is None:
                self.add_error(question.id, _fault(question))
        return self.cleaned_data

    def _value(self, question: Question, text: str) -> Value | None:
        plain = text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text
        return value_in(question, plain, today=self.today) if plain else None


def _field(question: Question, today: date) -> forms.Field:
    label = say(question.text)
    words = [(w, capital(say(says)) if says else _yes_no(w)) for w, says in question.words.items()]
    words.append((UNKNOWN, _("I don't know")))
    if question.kind == "yes_no":
        return forms.ChoiceField(
            choices=words, widget=forms.RadioSelect, label=label, required=False
        )
    if question.kind == "date":
        attrs = {"type": "date", "max": today.isoformat(), "aria-label": _("The day")}
        typed: forms.Widget = forms.DateInput(attrs=attrs)
        words.insert(0, (TYPED, _("On the day above")))
    else:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        spoken = _("The number in %(unit)s") % {"unit": say(question.unit)}
        typed = forms.TextInput(attrs={**attrs, "aria-label": spoken})
        words.insert(0, (TYPED, _("The number above")))
    widget = TypedOrWord(typed=typed, words=words, unit=say(question.unit) if question.unit else "")
    return TypedOrWordField(widget=widget, label=label)


def _yes_no(word: str) -> str:
    return _("Yes") if word == "yes" else _("No")


def _fault(question: Question) -> str:
    if question.kind == "date":
        return _("This is no day that can be. Choose a day that has been, or one of the answers.")
    return _("Write a number from %(least)s to %(most)s, or choose one of the answers.") % {
        "least": f"{question.least:g}",
        "most": f"{question.most:g}",
    }


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else f"{value:g}"
