"""The forms of a night: answers, capsules, and what is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from typing import Any

from django import forms

from ekbom.language import Text, say
from ekbom.trial.folder import Trial
from ekbom.web.keyed import KeyedForm, mark_of
from ekbom.web.nights.items import fields_of, name_of

_ASK_CAPSULES: Text = "Write how many capsules you took."

ALL, FEWER, NONE = "all", "fewer", "none"
"""How the capsules of a night were taken: as planned, another number, none."""


class SeenForm(KeyedForm):
    """A form about a night that carries what its page was made from, if something is corrected."""

    seen = forms.CharField(required=False, max_length=8000, widget=forms.HiddenInput)


def content_of_night(
    answers: Mapping[str, float], capsules: float | None = None, at: time | None = None
) -> str:
    """Return the mark of a report on a night, the same for a page and for a phone's outbox."""
    told = None if capsules is None else [float(capsules), at and f"{at:%H:%M}"]
    return mark_of("night", [{item: float(value) for item, value in answers.items()}, told])


class AnswersForm(SeenForm):
    """Answers to some items of a night; ``shown`` are those that the page asks for now."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        trial: Trial,
        items: Iterable[str],
        shown: Iterable[str],
        auto_id: str = "id_%s",
        seen: str = "",
    ) -> None:
        super().__init__(data, auto_id=auto_id, initial={"seen": seen})
        self.trial, self.items = trial, tuple(items)
        self.fields.update(fields_of(trial.protocol, self.items))
        self._shown = frozenset(shown)

    @property
    def answers(self) -> dict[str, float]:
        """Return what was answered, once the form is valid."""
        given = ((item, self.cleaned_data.get(item)) for item in self.items)
        return {item: float(value) for item, value in given if value is not None}

    @property
    def mark(self) -> str:
        """Return the mark of what the form says, once it is valid."""
        return content_of_night(self.answers)

    def asked(self) -> Iterator[forms.BoundField]:
        """Yield the fields to show: those asked for, and those that something was sent for."""
        for item in self.items:
            field = self[item]
            if item in self._shown or (self.is_bound and field.value()):
                yield field

    def clean(self) -> dict[str, Any]:
        """Name every value that is not on its scale."""
        for item in self.items:
            value = self.cleaned_data.get(item)
            off = None if value is None else self.trial.items[item].fault(value)
            if off:
                self.add_error(item, say("Use {scale}.", scale=self.trial.items[item].scale))
        return self.cleaned_data


class MorningForm(AnswersForm):
    """The answers about a night; sent without any it is refused."""

    def clean(self) -> dict[str, Any]:
        """Refuse a form without any answer, which says nothing."""
        super().clean()
        if not self.errors and not self.answers:
            self.add_error(
                None,
                say("Nothing is answered yet. Answer what you can, or skip this report."),
            )
        return self.cleaned_data


class TakenForm(AnswersForm):
    """The capsules of a night as they were taken, and the evening's answers if there are any.

    ``planned`` is the plan's number, ``None`` where it is not known; ``capsules`` is false for a
    night whose plan has none.  The plan may change while the form is open: "all" are as many as
    the form showed.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        planned: float | None,
        capsules: bool,
        stopped: bool,
        now: bool,
        **asked: Any,
    ) -> None:
        super().__init__(data, **asked)
        self.planned, self.has_capsules = _shown(data, planned), capsules
        if capsules:
            # What was taken before the page could say that there are none is kept as it was.
            told = data is not None and data.get("taken") == ALL and "all_are" in data
            offered = _taken_fields(self.planned, stopped=stopped and not told, now=now)
            self.fields.update(offered)
            self.fields["all_are"] = _planned_field(self.planned)
            self.order_fields(["key", "taken", "capsules", "at", *self.items])

    @property
    def mark(self) -> str:
        """Return the mark of what the form says, once it is valid."""
        return content_of_night(self.answers, self.taken, self.time)

    @property
    def taken(self) -> float | None:
        """Return how many capsules were taken, ``None`` where that is not said."""
        match self.cleaned_data.get("taken"):
            case "none":
                return 0.0
            case "all" if self.planned is not None:
                return self.planned
            case "all" | "fewer":
                number: float | None = self.cleaned_data.get("capsules")
                return number
        return None

    @property
    def time(self) -> time | None:
        """Return the time of day on the wall, ``None`` if it was left empty."""
        at: time | None = self.cleaned_data.get("at")
        return at

    def clean(self) -> dict[str, Any]:
        """Refuse a number that is missing, and a form that says nothing."""
        super().clean()
        if self.errors:
            return self.cleaned_data
        if self.cleaned_data.get("taken") and self.taken is None:
            self.add_error("capsules", say(_ASK_CAPSULES))
        elif not self.cleaned_data.get("taken") and not self.answers:
            self.add_error(None, say("Nothing is chosen yet. Choose what you took."))
        return self.cleaned_data


class DoseForm(SeenForm):
    """A dose put right; what is left empty stays as it was."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, seen: str = "") -> None:
        super().__init__(data, initial={"seen": seen})
        self.fields["capsules"] = _number(say("How many capsules did you take? 0 for none."))
        self.fields["at"] = _wall(say("At what time?"))

    @property
    def mark(self) -> str:
        """Return the mark of what the form says, once it is valid."""
        capsules = self.cleaned_data["capsules"]
        return (
            super().mark
            if capsules is None
            else content_of_night({}, capsules, self.cleaned_data["at"])
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a form that changes nothing."""
        said = [self.cleaned_data.get(name) for name in ("capsules", "at")]
        if not self.errors and said == [None, None]:
            self.add_error(None, say("Nothing is changed yet."))
        return self.cleaned_data


class WithdrawForm(SeenForm):
    """Answers of a night that are taken back; each stays on record."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        trial: Trial,
        items: Iterable[str],
        seen: str = "",
    ) -> None:
        super().__init__(data, auto_id="withdraw_%s", initial={"seen": seen})
        self.fields["withdraw"] = forms.MultipleChoiceField(
            label=say("Which answers do you take back?"),
            choices=[(item, name_of(trial.protocol, item)) for item in items],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": say("Choose the answers that you take back.")},
        )


def _shown(data: Mapping[str, Any] | None, planned: float | None) -> float | None:
    """Return how many capsules the form that was sent showed as all of them."""
    sent = None if data is None else data.get("all_are")
    if sent is None:
        return planned
    try:
        found: float | None = _planned_field(None).clean(sent)
    except forms.ValidationError:
        return planned
    return found


def _planned_field(planned: float | None) -> forms.Field:
    return forms.FloatField(
        required=False, min_value=0, max_value=100, initial=planned, widget=forms.HiddenInput
    )


def _as_planned(planned: float | None) -> str:
    if planned is None:
        return say("All, as planned")
    return say("1, as planned") if planned == 1 else say("All {n:g}, as planned", n=planned)


def _taken_fields(planned: float | None, *, stopped: bool, now: bool) -> dict[str, forms.Field]:
    known = planned is not None
    ways = {
        ALL: _as_planned(planned),
        FEWER: say("Another number"),
        NONE: say("None"),
    }
    number = _number(
        say("How many capsules?"), say("Only if you chose another number.") if known else ""
    )
    # Without a network nobody else would ask for it; see amounts.js.
    number.widget.attrs |= {"data-with": f"taken={FEWER}", "data-ask": say(_ASK_CAPSULES)}
    order = (NONE, FEWER) if stopped else (ALL, FEWER, NONE)
    left = say("Leave it empty if it was just now.")
    return {
        "taken": forms.ChoiceField(
            label=say("Which capsules did you take?"),
            choices=[(way, ways[way]) for way in order],
            widget=forms.RadioSelect,
            required=False,
        ),
        "capsules": number,
        "at": _wall(
            say("At what time?"), left if now else say("Leave it empty if you do not know.")
        ),
    }


def _number(label: str, help_text: str = "") -> forms.Field:
    return forms.FloatField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def _wall(label: str, help_text: str = "") -> forms.Field:
    return forms.TimeField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
