"""The forms of logging in, in plain words and without what is not in use here."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


class PlainLoginForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """Name and password; nobody resets their password by themselves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Name")
        self.fields["remember"].label = _("Stay logged in on this device")
        self.fields["password"].help_text = ""
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)


class PlainPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A passkey's name, and that it is enough to log in with."""

    passwordless = forms.BooleanField(
        label=_("I can log in with it alone, without a password"), required=False, initial=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = _("My passkey")
        self.fields["name"].label = _("What do you call it?")
