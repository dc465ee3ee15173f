"""What is asked while a phone is paired."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PhoneForm(forms.Form):
    """The name of a phone, so that one can be told from another."""

    name = forms.CharField(
        label=_("What do you call this phone?"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
