"""The page of medicines: their names and times, and what they mean for the hour of the dose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.language import say
from ekbom.problem import InputError
from ekbom.report.lines import used
from ekbom.report.medicine_words import (
    NEVER,
    collision_words,
    found_words,
    groups,
    head_words,
    pause_words,
    unknown_words,
    window_words,
)
from ekbom.safety.answers import Answer
from ekbom.safety.interactions import is_listed
from ekbom.safety.medicine_list import clock_in
from ekbom.safety.medicines import Medicine, MedicineCheck, check_medicines
from ekbom.web.begin.questions import CHECKED, MEDICINES
from ekbom.web.begin.said import Said, remember, said_by, today_of
from ekbom.web.begin.way import (
    checked_answer,
    for_step,
    medicine_check_of,
    medicines_done,
    step_links,
)
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import Person
from ekbom.web.refusals import form_with

_HERE = "begin_medicines"
_MOST = 40
_OTHER = "other"


class HourForm(KeyedForm):
    """The hour at which the capsules would be taken."""

    dose_at = forms.TimeField(
        label=gettext_lazy("When would you take the capsules?"),
        help_text=gettext_lazy("About your bedtime, such as 22:00."),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def clean_dose_at(self) -> time:
        """Return the hour to the minute."""
        at: time = self.cleaned_data["dose_at"]
        return at.replace(second=0, microsecond=0)


class MedicineForm(forms.Form):
    """One medicine: its name, its times of day, and the group that a pharmacist named."""

    name = forms.CharField(
        max_length=150, required=False, label=gettext_lazy("Name of the medicine or supplement")
    )
    times = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Times of day"),
        help_text=gettext_lazy("Such as 08:00 21:30. Leave empty if there is no fixed time."),
    )
    group = forms.ChoiceField(
        required=False,
        label=gettext_lazy("What did a doctor or pharmacist say it is?"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["group"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [("", _("Not asked yet")), *_groups()]

    @property
    def unlisted(self) -> bool:
        """Return whether our table does not know this name, so that somebody must be asked."""
        said = self["name"].value() or ""
        return any(c.isalpha() for c in said) and not is_listed(said)

    def clean_name(self) -> str:
        """Refuse a name without letters."""
        name: str = self.cleaned_data["name"]
        if name and not any(c.isalpha() for c in name):
            raise ValidationError(_("Write the name with letters."))
        return name

    def clean_times(self) -> tuple[time, ...]:
        """Return the times; refuse what is no time of day."""
        words = self.cleaned_data["times"].replace(",", " ").replace(";", " ").split()
        found = {word: clock_in(word) for word in words}
        wrong = [word for word, clock in found.items() if clock is None]
        if wrong:
            raise ValidationError(
                _("“%(text)s” is no time of day. Write it as 08:00 or 21:30."),
                params={"text": wrong[0]},
            )
        return tuple(sorted({clock for clock in found.values() if clock is not None}))

    def clean(self) -> dict[str, Any]:
        """Refuse times without a name."""
        if self.cleaned_data.get("times") and not self.cleaned_data.get("name", "x"):
            self.add_error("name", _("Write the name that these times belong to."))
        return self.cleaned_data

    def medicine(self) -> Medicine | None:
        """Return the medicine, ``None`` for an empty line."""
        name, group = (self.cleaned_data.get(part, "") for part in ("name", "group"))
        if not name:
            return None
        if group and not is_listed(name):
            name = f"{name} ({group})"
        return Medicine(name, self.cleaned_data["times"])


Kept = Callable[[HourForm, tuple[Medicine, ...]], bool]
"""Keeps a list with its hour, and returns whether it was kept."""

MedicineRows = forms.formset_factory(MedicineForm, extra=0, max_num=_MOST, absolute_max=_MOST + 10)


@for_step(_HERE)
@require_http_methods(["GET", "POST"])
def medicines(request: HttpRequest, person: Person) -> HttpResponse:
    """Ask for all medicines with their times, and say what they mean for the hour of the dose."""
    return list_page(request, person, here=_HERE)


def list_page(
    request: HttpRequest, person: Person, *, here: str, kept: Kept | None = None
) -> HttpResponse:
    """Show the list at the address ``here``: on the way to a trial, or in one.

    ``kept`` keeps a list while capsules are taken, or puts into the form why it does not.
    """
    said = said_by(person)
    onward = here if here == _HERE else "trial_screening" if kept is None else "tonight"
    if request.method != "POST":
        known = said.dose_at if here == _HERE else person.dose_at
        hour = HourForm(initial={"dose_at": known or said.dose_at or person.dose_at})
        return _page(request, person, hour, _rows_of(said), onward)
    if "add" in request.POST or "remove" in request.POST:
        hour, rows = _unjudged(request.POST), MedicineRows(_moved(request.POST))
        return _page(request, person, hour, rows, onward)
    hour, rows = HourForm(request.POST), MedicineRows(request.POST)
    if hour.is_valid() & rows.is_valid() and _keep(person, said, hour, rows, kept):
        if here != _HERE and kept is None:
            Person.objects.filter(pk=person.pk).update(dose_at=hour.cleaned_data["dose_at"])
        return redirect(here)
    return _page(request, person, hour, rows, onward, status=422)


def _keep(person: Person, said: Said, hour: HourForm, rows: Any, kept: Kept | None) -> bool:
    """Keep the list, and the answers that follow from it; an agreement was about the old list."""
    listed = tuple(m for form in rows if (m := form.medicine()) is not None)
    at = hour.cleaned_data["dose_at"]
    takes = said.answers.get(MEDICINES)
    if not listed and takes is not None and takes.text == "yes" and "none" not in hour.data:
        hour.add_error(None, _("You said that you take something. Write it down, or tick: none."))
        return False
    try:
        check_medicines(medicines=listed, dose_time=at)
    except InputError as error:
        form_with(hour, error)
        return False
    if kept is not None:
        return kept(hour, listed)
    keep_medicines(person, listed, at)
    return True


def keep_medicines(person: Person, listed: tuple[Medicine, ...], at: time) -> None:
    """Keep the medicines and the hour of the dose, with the answers that follow from them."""
    said, today = said_by(person), today_of(person)
    if (said.medicines, said.dose_at) != (listed, at):
        # Whoever agreed has seen another list, or another hour.
        remember(person, medicines=listed, dose_at=at, answers={CHECKED: None})
    checked = checked_answer(said_by(person), at)
    takes = "yes" if listed else "no"
    remember(person, answers={MEDICINES: Answer(takes, today), CHECKED: Answer(checked, today)})


def hour_fault(at: time, listed: tuple[Medicine, ...]) -> str:
    """Return what is wrong with an hour of the capsules beside these medicines, empty if nothing.

    One that nobody may take with magnesium is no matter of the hour.
    """
    check = check_medicines(medicines=listed, dose_time=at)
    said = [*map(collision_words, check.collisions), window_words(check)]
    return " ".join(said) if check.collisions else ""


def check_context(check: MedicineCheck) -> dict[str, Any]:
    """Return what a page says of a check of medicines."""
    return {
        "check": check,
        "head": head_words(check),
        "stops": [found_words(f) for f in check.stops],
        "pauses": [pause_words(f) for f in check.pauses],
        "clinician": [found_words(f) for f in check.clinician],
        "collisions": [collision_words(c) for c in check.collisions],
        "keep": [found_words(f) for f in check.keep],
        "unknown": check.unknown,
        "ask": list(unknown_words(check.unknown)) if check.unknown else [],
        "window": "" if check.result == "stop" else window_words(check),
        "sources": used(f.interaction.sources for f in check.found),
        "never": say(NEVER),
    }


def _page(
    request: HttpRequest,
    person: Person,
    hour: HourForm,
    rows: Any,
    onward: str,
    *,
    status: int = 200,
) -> HttpResponse:
    check = medicine_check_of(said_by(person))
    wrong = next((form for form in rows if form.is_bound and form.errors), None)
    context = {
        "form": hour if hour.errors or wrong is None else wrong,
        "hour": hour,
        "rows": rows,
        "done": medicines_done(person),
        "in_trial": onward != _HERE,
        "onward": onward,
        "steps": step_links(person, here=_HERE) if onward == _HERE else (),
        **({} if check is None or request.method == "POST" else check_context(check)),
    }
    return render(request, "ekbom/begin/medicines.html", context, status=status)


def _unjudged(data: QueryDict) -> HourForm:
    """Return the hour as it was typed, not judged while lines come and go."""
    return HourForm(initial={"dose_at": data.get("dose_at", "")})


def _rows_of(said: Said) -> Any:
    listed = [
        {"name": m.name, "times": " ".join(f"{t:%H:%M}" for t in m.times)}
        for m in said.medicines or ()
    ]
    return MedicineRows(initial=[*listed, {}])


def _moved(data: QueryDict) -> Mapping[str, Any]:
    """Return the lines as they were typed, with one more or without the one to remove."""
    prefix = MedicineRows.get_default_prefix()
    total = data.get(f"{prefix}-TOTAL_FORMS", "0")
    count = min(int(total), _MOST) if total.isdecimal() and len(total) < 4 else 0
    lines = [
        {name: data.get(f"{prefix}-{n}-{name}", "") for name in MedicineForm.base_fields}
        for n in range(count)
        if data.get("remove") != str(n)
    ]
    lines += [{}] if "add" in data and len(lines) < _MOST else []
    cells = {f"{prefix}-{n}-{name}": v for n, line in enumerate(lines) for name, v in line.items()}
    return {
        **cells,
        f"{prefix}-TOTAL_FORMS": str(len(lines)),
        f"{prefix}-INITIAL_FORMS": "0",
    }


def _groups() -> list[tuple[str, str]]:
    named = [(entry.name, say(entry.name)) for entry in groups()]
    return [*named, (_OTHER, _("None of these; they said that it is another medicine"))]
