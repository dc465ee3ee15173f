"""What a helper types: nothing of it is kept, and none of it stands in an address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from ekbom.problem import InputError, RefusedError
from ekbom.trial.keeper import either_key, new_passphrase, passphrase_key, recovery_key
from ekbom.trial.sealing import Key
from ekbom.web.refusals import problems_in

_LONGEST = 500


def _secret(label: Any, help_text: Any = "") -> forms.CharField:
    """Return a field whose text is not shown, and not offered to be kept by the browser."""
    shut = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=_LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs=shut),
    )


def _on_paper(label: Any) -> forms.CharField:
    """Return a field for what stands on paper; it is shown, as it is compared sign by sign."""
    open_ = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=_LONGEST, widget=forms.TextInput(attrs=open_))


class PassphraseForm(forms.Form):
    """A passphrase of the helper's own, typed twice."""

    passphrase = _secret(
        gettext_lazy("A passphrase of your own"),
        gettext_lazy("Take 4 words that do not belong together, or 14 signs."),
    )
    passphrase_again = _secret(gettext_lazy("The same once more"))

    def clean(self) -> dict[str, Any]:
        """Refuse a passphrase that is easy to guess or was typed in two ways."""
        said = self.cleaned_data
        if len(said) == len(self.fields):
            try:
                said["new"] = new_passphrase(said["passphrase"], said["passphrase_again"])
            except InputError as error:
                self.add_error("passphrase", problems_in(error))
        return said


class ProofForm(forms.Form):
    """Both of what the helper keeps, to show that each opens the order."""

    recovery_code = _on_paper(gettext_lazy("The recovery code, from your paper"))
    passphrase = _secret(gettext_lazy("Your passphrase"))

    def keys(self) -> dict[str, Key]:
        """Return the key of each field; what is no recovery code is said at its field."""
        found = {"passphrase": passphrase_key(self.cleaned_data["passphrase"])}
        try:
            found["recovery_code"] = recovery_key(self.cleaned_data["recovery_code"])
        except InputError as error:
            self.refuse("recovery_code", error)
        return found

    def refuse(self, name: str, error: InputError | RefusedError) -> None:
        """Say at a field why what was typed there does not do."""
        self.add_error(name, problems_in(error))


class KeyForm(forms.Form):
    """The passphrase, or the recovery code in its place."""

    passphrase = _secret(gettext_lazy("Your passphrase, or the recovery code"))

    @property
    def key(self) -> Key:
        """Return the key that was typed."""
        return either_key(self.cleaned_data["passphrase"])


class PaperForm(forms.Form):
    """The size of the helper's paper."""

    paper = forms.ChoiceField(
        label=gettext_lazy("The size of your paper"),
        choices=(("a4", "A4"), ("letter", "Letter")),
        initial="a4",
        widget=forms.RadioSelect,
    )


class SecretPaperForm(PaperForm, KeyForm):
    """What tells the order, shown or printed: the key is asked for each time.

    ``turn`` is that of the page: sent anew by a browser that still has it, it shows no list.
    """

    turn = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    field_order = ("passphrase", "paper")
