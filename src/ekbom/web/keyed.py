"""Forms that can be sent twice and are taken once."""

from __future__ import annotations

import uuid

from django import forms
from django.core.validators import RegexValidator


def new_key() -> str:
    """Return an id for what a form will send."""
    return uuid.uuid4().hex


class KeyedForm(forms.Form):
    """A form with an id of its own, to be given to `store.change`: a double tap does nothing twice.

    Sent without an id it is taken as it is.
    """

    key = forms.CharField(
        required=False,
        max_length=80,
        initial=new_key,
        validators=[RegexValidator(r"^[0-9A-Za-z._-]*$")],
        widget=forms.HiddenInput,
    )
