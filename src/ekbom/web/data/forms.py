"""What a person types about their data."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ekbom.web.data.phrase import Slip, identity_in
from ekbom.web.keyed import KeyedForm

EVERYTHING = "everything"
"""What stands for all of a person's trials and everything else."""

WORD = pgettext_lazy("typed to confirm", "delete")
"""What is typed before anything is deleted."""


class ImportForm(KeyedForm):
    """A trial's zip file."""

    file = forms.FileField(
        label=gettext_lazy("The file"),
        help_text=gettext_lazy("A .zip file that ekbom exported."),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        allow_empty_file=True,
    )


class DeleteForm(forms.Form):
    """What to delete, confirmed by a word that is typed."""

    what = forms.ChoiceField(
        label=gettext_lazy("What should be deleted?"), widget=forms.RadioSelect
    )
    word = forms.CharField(
        label=gettext_lazy("Type the word “delete”"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, trials: Sequence[tuple[str, str]]
    ) -> None:
        super().__init__(data)
        everything = (EVERYTHING, _("Everything that ekbom has from me"))
        what = cast("forms.ChoiceField", self.fields["what"])
        what.choices = [*trials, everything]

    def clean_word(self) -> str:
        """Take the word in any case, in the reader's language or in English."""
        word = str(self.cleaned_data["word"]).strip().casefold()
        if word not in {str(WORD).casefold(), "delete"}:
            raise forms.ValidationError(
                _("Nothing was deleted. To delete, type the word “delete”.")
            )
        return word


class PhraseForm(forms.Form):
    """The recovery phrase, typed again."""

    phrase = forms.CharField(
        label=gettext_lazy("Your recovery phrase"),
        help_text=gettext_lazy("Small letters, spaces and lines do not matter."),
        max_length=400,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )

    def clean_phrase(self) -> str:
        """Return the public half of the phrase; the phrase itself is kept nowhere."""
        found = identity_in(self.cleaned_data["phrase"])
        if isinstance(found, Slip):
            raise forms.ValidationError(found.words())
        return str(found.to_public())


class FolderForm(forms.Form):
    """The folder where backups go, on the computer that ekbom runs on."""

    folder = forms.CharField(
        label=gettext_lazy("Folder for the backups"),
        help_text=gettext_lazy(
            "On the computer that runs ekbom: a USB stick, or a folder that is copied elsewhere."
        ),
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        initial: dict[str, Any],
        data_folder: Path,
    ) -> None:
        super().__init__(data, initial=initial)
        self.data_folder = data_folder

    def clean_folder(self) -> Path:
        """Return a whole path outside of ekbom's own folder; it is made if it is not there."""
        text = str(self.cleaned_data["folder"])
        if any(unicodedata.category(sign) == "Cc" for sign in text):
            raise forms.ValidationError(_("This cannot be the name of a folder."))
        folder = Path(text).expanduser()
        if not folder.is_absolute():
            raise forms.ValidationError(
                _("Give the whole path of the folder, such as /media/stick/backups.")
            )
        if folder.resolve().is_relative_to(self.data_folder.resolve()):
            raise forms.ValidationError(
                _(
                    "Choose a folder outside of ekbom's own. "
                    "A backup beside the data is lost with it."
                )
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise forms.ValidationError(
                _("ekbom cannot write into this folder: %(why)s.") % {"why": error.strerror}
            ) from None
        return folder
