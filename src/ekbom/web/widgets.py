"""Form fields for a tired person: no preset, large targets, and "not answered" is no zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MINUTES = (0, 10, 20, 30, 45, 60)
"""The numbers of minutes that one tap answers."""

OTHER = "other"
"""What the button for any other number sends."""

ASK_NUMBER = _("Write the number, or choose: No answer.")
"""Said where that button was chosen, and no number was typed."""


class FormRenderer(TemplatesSetting):
    """Renders every field through one template, with its label, help and error."""

    field_template_name = "ekbom/parts/field.html"


class Scale(forms.RadioSelect):
    """A scale of whole numbers as a row of buttons, none of them chosen before it is touched.

    It is a group of radio buttons, so that keyboards and screen readers know it; a slider would
    have to stand somewhere.  ``low`` and ``high`` say what its ends mean.
    """

    template_name = "ekbom/parts/scale.html"

    def __init__(self, *, low: str = "", high: str = "") -> None:
        super().__init__()
        self.low, self.high = low, high

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Add the words at both ends."""
        found = super().get_context(name, value, dict(attrs or {}))
        return {**found, "low": self.low, "high": self.high}


class ScaleField(forms.TypedChoiceField):
    """An answer on a scale; left alone it is ``None``, never zero."""

    def __init__(
        self, *, minimum: int, maximum: int, low: str = "", high: str = "", **kwargs: Any
    ) -> None:
        super().__init__(
            choices=[(str(n), str(n)) for n in range(minimum, maximum + 1)],
            coerce=float,
            empty_value=None,
            required=False,
            widget=Scale(low=low, high=high),
            error_messages={"invalid_choice": _range(minimum, maximum)},
            **kwargs,
        )


class Minutes(forms.NumberInput):
    """An amount as a few usual numbers to tap and one place to type any other.

    What is typed counts only with the button for another number, or without any button.  That
    button without a number is no answer that could be kept, and none that was taken back.
    """

    template_name = "ekbom/parts/minutes.html"
    use_fieldset = True

    def __init__(self, *, usual: tuple[int, ...] = MINUTES, unit: str = "") -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off"})
        self.usual, self.unit = usual, unit

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Add the buttons, with the one that was chosen in a form that is sent back."""
        found = super().get_context(name, value, dict(attrs or {}))
        said = "" if value is None else str(value)
        usual = [str(n) for n in self.usual]
        other = said not in {"", *usual}
        chosen = OTHER if other else said
        typed = said if other and said != OTHER else ""
        more = {"usual": usual, "chosen": chosen, "typed": typed, "unit": self.unit}
        return {**found, **more, "ask": ASK_NUMBER}

    def value_from_datadict(
        self,
        data: Mapping[str, Any],
        files: Any,  # noqa: ARG002 - Django calls it so
        name: str,
    ) -> Any:
        """Return the tapped number, or the typed one where no other was tapped."""
        tapped, typed = data.get(name), data.get(f"{name}_{OTHER}")
        if tapped == OTHER:
            return (typed or "").strip() or OTHER
        return typed if tapped is None else tapped


class MinutesField(forms.FloatField):
    """Minutes, or another amount; left empty it is ``None``.

    ``usual`` are the numbers that one tap answers; with none there is only a place to type.
    """

    def __init__(
        self,
        *,
        minimum: float,
        maximum: float,
        unit: str = "",
        usual: tuple[int, ...] = (),
        **kwargs: Any,
    ) -> None:
        wrong = _range(minimum, maximum)
        super().__init__(
            min_value=minimum,
            max_value=maximum,
            required=False,
            widget=Minutes(usual=usual, unit=unit) if usual else _typed(unit),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Return the number; raises ValidationError where another one was chosen and none typed."""
        if value == OTHER:
            raise forms.ValidationError(ASK_NUMBER)
        return super().clean(value)


def _typed(unit: str) -> forms.NumberInput:
    return forms.NumberInput({"inputmode": "numeric", "autocomplete": "off", "data-unit": unit})


def _range(low: float, high: float) -> _StrPromise:
    return format_lazy(_("Use a number from {low:g} to {high:g}."), low=low, high=high)
