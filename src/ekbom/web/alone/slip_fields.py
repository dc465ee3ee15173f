"""The form into which slips are read: a place for each pack, typed into or filled by a camera."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from ekbom.language import say
from ekbom.problem import InputError, Problem
from ekbom.report.paper.camouflage import word_of
from ekbom.trial.by_hand import codes_read, slips_found
from ekbom.trial.folder import Trial
from ekbom.trial.printed import read_pack_text, read_slip_text, trial_mark
from ekbom.trial.slip_reading import How
from ekbom.trial.slips import Slip, slip_typed, slips_of
from ekbom.web.keyed import KeyedForm
from ekbom.web.refusals import problems_in

_PACK = re.compile(r"pack (\d+)")
_SCANNED = "EKBOM:"
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where the slip of one pack is read; ``known`` is what was read before, empty where lost."""

    pack: int
    known: str | None
    code: forms.BoundField
    lost: forms.BoundField
    label: forms.BoundField
    scan: forms.BoundField


def _hidden() -> forms.CharField:
    return forms.CharField(required=False, max_length=_LONGEST, widget=forms.HiddenInput)


class SlipsForm(KeyedForm):
    """The codes of packs, or that their slips are lost; what is left empty is read later.

    ``scan_N`` is what a camera read of the slip of pack N and ``label_N`` of its label; ``seen``
    are the packs that stood on the page as read before, so that nothing else is replaced.
    """

    seen = _hidden()

    def __init__(
        self, data: Mapping[str, Any] | None, *, trial: Trial, packs: Iterable[int]
    ) -> None:
        super().__init__(data)
        self.trial, self.packs = trial, tuple(packs)
        self.slips, self.known = slips_of(trial), codes_read(trial)
        self.strays = _strays(trial)
        self.scanned: set[int] = set()
        for pack in self.packs:
            self.fields.update(_fields(pack))
        self.fields["as_found"] = forms.BooleanField(
            required=False,
            initial=self.strays,
            label=_("I looked twice. These slips are really in these packs"),
        )

    @property
    def codes(self) -> dict[int, str]:
        """Return the code of each pack that something was read for, once the form is valid."""
        return {p: found for p in self.packs if (found := self.cleaned_data.get(f"code_{p}"))}

    @property
    def lost(self) -> tuple[int, ...]:
        """Return the packs whose slips are lost."""
        return tuple(p for p in self.packs if self.cleaned_data.get(f"lost_{p}"))

    @property
    def how(self) -> How:
        """Return how the codes came in: scanned only where all of them were."""
        return "scanned" if self.codes and self.scanned >= self.codes.keys() else "typed"

    @property
    def as_found(self) -> bool:
        """Return whether slips of other pairs count for what they say."""
        return bool(self.cleaned_data.get("as_found"))

    def is_correction(self, known: Collection[int]) -> bool:
        """Return whether all packs that are read anew stood on the page as read before."""
        seen = self.cleaned_data["seen"].split()
        again = {*self.codes, *self.lost} & {*known}
        return {str(pack) for pack in again} <= {*seen}

    def places(self, packs: Iterable[int]) -> Iterator[Place]:
        """Yield the places of some packs."""
        for pack in packs:
            fields = (self[f"{name}_{pack}"] for name in ("code", "lost", "label", "scan"))
            yield Place(pack, self.known.get(pack), *fields)

    def clean(self) -> dict[str, Any]:
        """Read every code, and name each that cannot be; a form that says nothing is refused."""
        for pack in self.packs:
            try:
                self.cleaned_data[f"code_{pack}"] = self._read(pack)
            except InputError as error:
                self._blame(error, pack)
        if not self.errors and not self.codes and not self.lost:
            self.add_error(None, _("Nothing is typed yet. Type the code of at least one slip."))
        return self.cleaned_data

    def blame(self, error: InputError) -> None:
        """Put what the core refused to the pack that it names."""
        for problem in error.problems:
            found = _PACK.fullmatch(problem.file)
            self._blame(InputError([problem]), int(found[1]) if found else None)

    def _read(self, pack: int) -> str:
        typed = (self.cleaned_data.get(f"code_{pack}") or "").strip()
        scan = (self.cleaned_data.get(f"scan_{pack}") or "").strip()
        if typed and self.cleaned_data.get(f"lost_{pack}"):
            do = _("Take one of both back")
            raise _fault(pack, _("it has a code, and is said to be lost"), do)
        if typed.upper().startswith(_SCANNED):
            typed, scan = "", typed
        if not typed and not scan:
            return ""
        read = self._scanned(pack, scan) if scan else None
        slip = slip_typed(typed, slips=self.slips, pack=pack) if typed else read
        assert slip is not None  # noqa: S101 - one of both was there
        if read == slip:
            self.scanned.add(pack)
        return slip.code

    def _scanned(self, pack: int, text: str) -> Slip:
        """Return the slip that a camera read, whose word must be that of its code."""
        label = (self.cleaned_data.get(f"label_{pack}") or "").strip()
        if label and read_pack_text(label, mark=trial_mark(self.trial)) != pack:
            what = _("the label that was scanned belongs to another pack")
            raise _fault(pack, what, _("Scan the label and the slip once more"))
        code, word = read_slip_text(text, name=f"pack {pack}")
        slip = slip_typed(code, slips=self.slips, pack=pack)
        if slip.treatment != word:
            what = _("the word on this slip is not the one that belongs to its code")
            raise _fault(pack, what, _("Compare the slip, and type its code"))
        return slip

    def _blame(self, error: InputError, pack: int | None) -> None:
        name = f"code_{pack}" if f"code_{pack}" in self.fields else None
        for problem, text in zip(error.problems, problems_in(error), strict=True):
            if _is_astray(problem):
                self.strays = True
            self.add_error(name, text)


def word_found(trial: Trial) -> list[tuple[int, str, str]]:
    """Return each pack whose slip was read with the word on it and its code, in order."""
    words = {t.name: word_of(t) for t in trial.protocol.treatments}
    return [(p, words[s.treatment], s.code) for p, s in sorted(slips_found(trial).items())]


def _fields(pack: int) -> dict[str, forms.Field]:
    typed = forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"})
    typed.attrs |= {"spellcheck": "false", "data-code": str(pack)}
    label = say("Code on the slip of pack {pack}", pack=pack)
    return {
        f"code_{pack}": forms.CharField(
            label=label, required=False, max_length=_LONGEST, widget=typed
        ),
        f"lost_{pack}": forms.BooleanField(required=False, label=_("This slip is lost")),
        f"label_{pack}": _hidden(),
        f"scan_{pack}": _hidden(),
    }


def _strays(trial: Trial) -> bool:
    """Return whether a slip of another pair is on record already, taken as it was found."""
    return any(slip.pair != (pack + 1) // 2 for pack, slip in slips_found(trial).items())


def _is_astray(problem: Problem) -> bool:
    return "belongs to pair" in problem.what


def _fault(pack: int, what: str, do: str) -> InputError:
    return InputError([Problem(f"pack {pack}", None, what, do)])
