"""A person's choices, and the password that they set once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.utils.translation import gettext_lazy as _

from ekbom.web.models import Person


def _clock(**kwargs: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(required=False, widget=widget, **kwargs)


class SettingsForm(forms.Form):
    """Language, light or dark, and the times of day for reminders."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As my browser asks for")), *settings.LANGUAGES],
        widget=forms.RadioSelect,
    )
    theme = forms.ChoiceField(
        label=_("Light or dark"),
        required=False,
        choices=[
            ("", _("Dark at night, by day as my device is")),
            ("device", _("Always as my device is")),
            ("light", _("Always light")),
            ("dark", _("Always dark")),
        ],
        widget=forms.RadioSelect,
    )
    dose_at = _clock(
        label=_("When do you take capsules in the evening?"), help_text=_("Such as 21:30.")
    )
    diary_at = _clock(label=_("When do you answer in the morning?"), help_text=_("Such as 08:00."))


class PasswordForm(forms.Form):
    """A password of a person's own choice."""

    password = forms.CharField(
        label=_("Choose a password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_password(self) -> str:
        """Refuse a password that is easily guessed."""
        password = str(self.cleaned_data["password"])
        validate_password(password, self.person)
        return password
