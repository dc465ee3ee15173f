"""The first dose from a pack: its number is read from the pack, so that an exchange is noticed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms

from ekbom.language import Text, say
from ekbom.problem import InputError
from ekbom.trial.additions import add_event
from ekbom.trial.folder import Trial
from ekbom.trial.opened import OPENED, is_opened
from ekbom.trial.printed import read_pack_text, trial_mark
from ekbom.web.nights.forms import TakenForm

_SCANNED = "EKBOM:"

NUMBER: Text = "Which number is on the pack?"
UNREAD: Text = "Read the number on the pack, and write it here."
SWALLOWED: Text = "I have swallowed capsules from this other pack"
EXCHANGED: Text = (
    "The capsules of this night come from pack {due}, and this one has the number {pack}. Close "
    "it, put it back, and take pack {due}. Then write its number here."
)


def with_opened(trial: Trial, *, pack: int, due: int, night: date, now: datetime) -> Trial:
    """Return the trial with the pack on record as opened, or with what was taken instead of it."""
    if pack != due:
        note = say("The capsules came from pack {other}, not from pack {due}.", other=pack, due=due)
        detail: dict[str, Any] = {"night": str(night), "note": note}
        return add_event(trial, kind="deviation", detail=detail, now=now)
    if is_opened(trial, due):
        return trial
    return add_event(trial, kind=OPENED, detail={"pack": due, "night": str(night)}, now=now)


class OpeningForm(TakenForm):
    """The capsules of a night; ``due`` is the pack whose number is asked for, ``None`` for none.

    Who swallowed capsules from another pack says so, and that goes on record.
    """

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, due: int | None, **asked: Any
    ) -> None:
        super().__init__(data, **asked)
        self.due = due if self.has_capsules else None
        self.other: int | None = None
        if self.due is not None:
            self.fields["pack"] = _number()
            self.fields["swallowed"] = forms.BooleanField(label=say(SWALLOWED), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a pack that is not the one of the night, unless its capsules are swallowed."""
        super().clean()
        if self.errors or self.due is None or not self.taken:
            return self.cleaned_data
        pack = self._pack()
        if pack is None:
            self.add_error("pack", say(UNREAD))
        elif pack != self.due:
            self.other = pack
            if not self.cleaned_data["swallowed"]:
                self.add_error("pack", say(EXCHANGED, due=self.due, pack=pack))
        return self.cleaned_data

    def opened(self, trial: Trial, *, night: date, now: datetime) -> Trial:
        """Return the trial with the pack on record as opened, or with what was taken instead."""
        if self.due is None or not self.taken:
            return trial
        pack = self.due if self.other is None else self.other
        return with_opened(trial, pack=pack, due=self.due, night=night, now=now)

    def _pack(self) -> int | None:
        """Return the number that was typed, or that of a label that was scanned."""
        text = self.cleaned_data["pack"].strip()
        if text.upper().startswith(_SCANNED):
            try:
                return read_pack_text(text, mark=trial_mark(self.trial))
            except InputError:
                return None
        return int(text) if text.isascii() and text.isdigit() else None


def _number() -> forms.CharField:
    return forms.CharField(
        label=say(NUMBER),
        help_text=say("This is the first evening with a new pack. Read it from the pack itself."),
        required=False,
        max_length=60,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
