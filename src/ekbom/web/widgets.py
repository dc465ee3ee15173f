"""Form fields for a tired person: no preset, large targets, and "not answered" is no zero."""

from __future__ import annotations

from django import forms
from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Renders every field through one template, with its label, help and error."""

    field_template_name = "ekbom/parts/field.html"


class Scale(forms.RadioSelect):
    """A scale of whole numbers as a row of buttons, none of them chosen before it is touched.

    It is a group of radio buttons, so that keyboards and screen readers know it; a slider would
    have to stand somewhere.
    """

    template_name = "ekbom/parts/scale.html"

    def __init__(self, *, low: str = "", high: str = "") -> None:
        super().__init__()
        self.low, self.high = low, high

    def get_context(
        self, name: str, value: object, attrs: dict[str, object] | None
    ) -> dict[str, object]:
        """Add the words at both ends."""
        return {**super().get_context(name, value, attrs), "low": self.low, "high": self.high}


class ScaleField(forms.TypedChoiceField):
    """An answer on a scale; left alone it is ``None``, never zero."""

    def __init__(
        self, *, minimum: int, maximum: int, low: str = "", high: str = "", **kwargs: object
    ) -> None:
        choices = [(str(n), str(n)) for n in range(minimum, maximum + 1)]
        super().__init__(
            choices=choices,
            coerce=float,
            empty_value=None,
            required=False,
            widget=Scale(low=low, high=high),
            **kwargs,  # type: ignore[arg-type]
        )


class MinutesField(forms.FloatField):
    """Minutes, or another amount, typed on a phone's number pad; left empty it is ``None``."""

    def __init__(self, *, minimum: float, maximum: float, unit: str = "", **kwargs: object) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off", "data-unit": unit}
        super().__init__(
            min_value=minimum,
            max_value=maximum,
            required=False,
            widget=forms.NumberInput(attrs=attrs),
            **kwargs,  # type: ignore[arg-type]
        )
