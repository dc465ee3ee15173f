"""Something changed in health or medicines: what that means before the next capsule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from ekbom.evidence.facts import Source
from ekbom.guide.situation import Situation, situation_of
from ekbom.language import Text, retell, say
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.doses import is_named
from ekbom.report.change_words import change_headline, matters
from ekbom.report.screening_words import agreed_words
from ekbom.safety.answers import Agreement
from ekbom.safety.rescreening import (
    Change,
    ChangeKind,
    Consequence,
    Rescreening,
    changes,
    rescreen,
)
from ekbom.safety.tolerability import advise
from ekbom.safety.tolerability_course import course_of
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of
from ekbom.web.access import Visit, for_trial
from ekbom.web.begin.questions import CRISIS, QuestionsForm
from ekbom.web.begin.safety import help_alone
from ekbom.web.begin.said import agreements_of, answers_of, remember, said_by
from ekbom.web.course.sending import done, is_taken, logged, posted, shown
from ekbom.web.health.change_questions import asked_by
from ekbom.web.health.stops import (
    NO_CAPSULES,
    lifted,
    needs_agreement,
    over,
    stopped,
    stopped_by,
    with_stop,
)
from ekbom.web.keyed import KeyedForm
from ekbom.web.refusals import form_with
from ekbom.web.store import change

_PAGE_WORDS: Mapping[str, Text] = {
    "medicine": "A new medicine: no capsules until a doctor or pharmacist has said that magnesium "
    "goes with it. Ask which hours keep the two apart. If they cannot be kept apart, the trial "
    "ends. The new medicine always comes first.",
}
"""Reasons that name the shell, said for a page."""

CAPSULES, PAUSE, END = "capsules", "pause", "ended"
"""What can follow a change by a tap: capsules go on, a pause, the end."""

_MEDICINES = ("medicine", "changed-dose", "antibiotic")
"""Changes after which the list of medicines may be another."""

_MOST = timedelta(days=364)
"""How far from today a day of a course can lie."""


class ChangeForm(QuestionsForm):
    """A change, with the safety questions that it asks anew and the days of a course."""

    def __init__(self, data: Any = None, *, kind: ChangeKind, today: date) -> None:
        super().__init__(data, asked=asked_by(kind.id), known={}, today=today)
        self.kind = kind
        if kind.longest_days:
            self.fields.update(_course_fields())
        if kind.decision == "clinician first":
            self.fields["agreed_by"] = forms.CharField(
                label=say("Has a doctor or pharmacist agreed already that you go on? Their name"),
                required=False,
                max_length=120,
            )

    def clean(self) -> dict[str, Any]:
        """Refuse a course that ends before it begins, and an agreement of nobody."""
        super().clean()
        for field in ("first", "last"):
            day = self.cleaned_data.get(field)
            if day is not None and abs(day - self.today) > _MOST:
                self.add_error(field, say("This day is too far from today. Check the year."))
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if last is not None and last < (first or self.today):
            self.add_error("last", say("This day is before the first day of the course."))
        name = self.cleaned_data.get("agreed_by")
        if name and not is_named(name):
            self.add_error("agreed_by", say("Write the name of a person, such as Dr. Chen."))
        return self.cleaned_data

    @property
    def change(self) -> Change:
        """Return the change as it was told, once the form is valid."""
        said = self.cleaned_data
        return Change(
            kind=self.kind.id,
            on=self.today,
            answers={name: a for name, a in self.answers.items() if a is not None},
            first=said.get("first"),
            last=said.get("last"),
            interacting=said.get("interacting") != "no",
        )

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Return the agreement that was named, to the change and to each of its answers."""
        name = self.cleaned_data.get("agreed_by", "")
        about = (self.kind.id, *self.change.answers) if name else ()
        return tuple(Agreement(one, name, self.today) for one in about)


class ConsequenceForm(KeyedForm):
    """What a person puts on record after a change, by one tap."""

    what = forms.ChoiceField(
        choices=[(one, one) for one in (NO_CAPSULES, CAPSULES, PAUSE, END)],
        widget=forms.HiddenInput,
    )
    kind = forms.ChoiceField(choices=lambda: [(k, k) for k in changes()], widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Why:
    """One consequence: what it says and where that comes from."""

    text: str
    ours: bool
    verified: bool
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Tap:
    """Something to put on record with one tap."""

    text: str
    button: str
    form: ConsequenceForm


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def changed(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask what changed and say what it means; where it means no capsules, they stop at once."""
    kind = changes().get(request.GET.get("kind", ""))
    if kind is None:
        return shown(request, "ekbom/health/changed.html", kinds=tuple(changes().values()))
    today = visit.trial.clock.local(visit.now).date()
    form = ChangeForm(posted(request), kind=kind, today=today)
    if not form.is_bound or not form.is_valid():
        return shown(request, "ekbom/health/change.html", form=form, kind=kind)
    found = _judged(visit, form, today)
    try:
        trial = change(visit.row, lambda t: with_stop(t, visit, found, kind), now=visit.now)
    except (InputError, RefusedError) as error:
        form_with(form, error)
        return shown(request, "ekbom/health/change.html", form=form, kind=kind)
    crisis = next((c for c in found.consequences if c.urgent and c.about == CRISIS), None)
    if crisis is not None:
        return help_alone(request, crisis.text, back=reverse("trial_screening"))
    here = situation_of(trial=trial, now=visit.now)
    return shown(
        request,
        "ekbom/health/consequence.html",
        found=found,
        headline=change_headline(found),
        urgent=tuple(c for c in found.consequences if c.urgent),
        whys=tuple(_why(c) for c in found.consequences if matters(c, found)),
        bring=tuple(map(retell, found.for_clinician)),
        taps=tuple(_taps(here, found, kind)),
        stopped=here.kept_away,
        medicines=kind.id in _MEDICINES,
        agreement=here.kept_away and needs_agreement(here),
    )


@require_POST
@for_trial
def changed_record(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put on record what a change means, as the person chose it."""
    form = ConsequenceForm(request.POST)
    if is_taken(visit, form, lambda t: _recorded(t, visit, form)):
        return done(request, say("Put on record."))
    if form.non_field_errors():
        return shown(request, "ekbom/nights/refused.html", form=form)
    return redirect("changed")


def _course_fields() -> dict[str, forms.Field]:
    day = forms.DateInput(attrs={"type": "date"})
    return {
        "first": forms.DateField(label=say("First day of the course"), required=False, widget=day),
        "last": forms.DateField(
            label=say("Last day of the course"),
            help_text=say("Leave it empty if you do not know it yet."),
            required=False,
            widget=day,
        ),
        "interacting": forms.ChoiceField(
            label=say("Did a doctor or pharmacist say that magnesium does not disturb it?"),
            choices=[("no", _("Yes, they said so")), ("yes", _("No, or I do not know"))],
            widget=forms.RadioSelect,
            required=False,
        ),
    }


def _judged(visit: Visit, form: ChangeForm, today: date) -> Rescreening:
    """Judge a change beside all that was said before, and keep what was said now."""
    before, person = answers_of(visit.person), visit.person
    agreements = (*agreements_of(person), *form.agreements)
    found = rescreen(answers=before, change=form.change, agreements=agreements, on=today)
    if form.change.answers:
        remember(person, answers=form.change.answers)
    # An agreement to this change is not one to the next change of the same kind.
    lasting = tuple(a for a in form.agreements if a.question != form.kind.id)
    if lasting:
        remember(person, agreements=(*said_by(person).agreements, *lasting))
    return found


def _why(one: Consequence) -> Why:
    text = say(_PAGE_WORDS.get(one.about, one.text))
    agreed = f" {agreed_words(one.agreed)}" if one.agreed else ""
    return Why(f"{text}{agreed}", one.ours, one.verified, tuple(one.sources))


def _taps(here: Situation, found: Rescreening, kind: ChangeKind) -> Iterator[Tap]:
    """Yield what can be put on record after a change, beside what is on record already."""
    if found.decision == "go on" and kind.longest_days and stopped_by(here, kind.id):
        text, button = say("Until now your record said: no capsules."), _lifts(here, kind)
        seen = here.trial.events[-1].id
        yield _tap(text, button, what=CAPSULES, kind=kind.id, seen=seen)
    elif found.decision == "end":
        text = say("What you wrote down until now counts. You may go on answering.")
        yield _tap(text, say("End the trial"), what=END, kind=kind.id)
    elif found.decision == "pause" and found.nights == "move":
        text = say("The trial waits, and later nights move by as much.")
        yield _tap(text, say("Pause the trial from tonight"), what=PAUSE, kind=kind.id)


def _lifts(here: Situation, kind: ChangeKind) -> str:
    if all(event.detail.get("note") == kind.id for event in here.kept_away_by):
        return say("Capsules go on from tonight")
    return say("This change no longer stops the capsules")


def _tap(text: str, button: str, **said: object) -> Tap:
    return Tap(text, button, ConsequenceForm(initial=said, auto_id=False))


def _recorded(trial: Trial, visit: Visit, form: ConsequenceForm) -> Trial:
    said, night = form.cleaned_data, evening_of(visit.trial.clock, visit.now)
    kind = said["kind"]
    match said["what"]:
        case "pause":
            # The pause takes the place of the stop; what only a clinician ends stays.
            moves = changes()[kind].nights == "move"
            trial = over(trial, visit, kind) if moves else trial
            return logged(trial, visit, PAUSE, first=night, note=kind)
        case "ended":
            last = _last_with_capsules(trial, visit)
            return logged(trial, visit, END, last=last, reason=f"change: {kind}")
        case "capsules":
            return lifted(trial, visit, kind, seen=said["seen"])
    return stopped(trial, visit, kind)


def _last_with_capsules(trial: Trial, visit: Visit) -> str:
    """Return the last night with capsules as the plan counts it when somebody ends."""
    advice = advise(course=course_of(trial=trial, now=visit.now), words=["end"])
    ends = (r.detail["last"] for r in advice.record if r.kind == "ended")
    night: str = next(ends, trial.clock.night_of(visit.now).isoformat())
    return night
