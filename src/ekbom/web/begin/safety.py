"""The safety questions: page by page, what they found, and who agreed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.language import retell, say
from ekbom.protocol.doses import is_named
from ekbom.report.lines import source_words, used
from ekbom.report.screening_words import head_words
from ekbom.safety.answers import Agreement
from ekbom.safety.screening import Reason, ScreeningResult
from ekbom.web.begin.questions import CHECKED, CRISIS, QuestionsForm, Section, sections
from ekbom.web.begin.said import answers_of, remember, said_by, today_of
from ekbom.web.begin.way import for_step, screening_of, step_links
from ekbom.web.begin.zones import ZoneGuessForm
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import Person

_HERE = "begin_safety"


class ClinicianForm(KeyedForm):
    """Which clinician agreed to a trial, and when."""

    by = forms.CharField(
        max_length=200, label=gettext_lazy("Name of the doctor or other clinician")
    )
    on = forms.DateField(
        label=gettext_lazy("Day on which they agreed"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, person: Person, **more: Any) -> None:
        self.today, self.given = today_of(person), answers_of(person)
        super().__init__(data, initial={"on": self.today}, **more)

    @property
    def about_answers(self) -> Collection[str]:
        """Return the questions whose answers they agreed to a trial in spite of."""
        return ()

    def clean_by(self) -> str:
        """Refuse a text that names nobody."""
        name: str = self.cleaned_data["by"]
        if not is_named(name):
            raise ValidationError(_("Write the name of the person who agreed."))
        return name

    def clean_on(self) -> object:
        """Refuse a day that is still to come, or before the answer."""
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise ValidationError(_("This day has not come yet. Write it down when they agreed."))
        if on < max((self.given[name].on for name in self.about_answers), default=date.min):
            raise ValidationError(
                _("This is before the day of your answer. They must know your answer first.")
            )
        return on


class AgreementForm(ClinicianForm):
    """Which clinician agreed to a trial in spite of one answer, and when."""

    def __init__(self, data: Mapping[str, Any] | None, *, reason: Reason, person: Person) -> None:
        self.reason = reason
        super().__init__(data, person=person, auto_id=f"{reason.question.id}_%s")

    @property
    def about_answers(self) -> Collection[str]:
        """Return the one question."""
        return (self.reason.question.id,)


class AgreementsForm(ClinicianForm):
    """Which clinician agreed, when, and in spite of which answers: each is ticked by itself."""

    about = forms.MultipleChoiceField(
        label=gettext_lazy("What did they agree to? Tick each one that they know of."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick at least one.")},
    )
    field_order = ("key", "about", "by", "on")

    def __init__(
        self, data: Mapping[str, Any] | None, *, reasons: Sequence[Reason], person: Person
    ) -> None:
        super().__init__(data, person=person)
        about = self.fields["about"]
        assert isinstance(about, forms.MultipleChoiceField)  # noqa: S101 - declared above
        about.choices = [(r.question.id, say(r.question.text)) for r in reasons]

    @property
    def about_answers(self) -> Collection[str]:
        """Return the questions that are ticked."""
        ticked: list[str] = self.cleaned_data.get("about", [])
        return ticked

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Return one agreement for each answer that was ticked."""
        by, on = self.cleaned_data["by"], self.cleaned_data["on"]
        return tuple(Agreement(name, by, on) for name in self.cleaned_data["about"])


@for_step(_HERE)
@require_http_methods(["GET"])
def safety(request: HttpRequest, person: Person) -> HttpResponse:
    """Show what is asked, and what is answered already."""
    answers = answers_of(person)
    pages = [(section, section.open(answers)) for section in sections()]
    first = next((s for s, is_open in pages if is_open), None)
    context = {
        "pages": pages,
        "first": first,
        "begun": bool(answers),
        "steps": step_links(person, here=_HERE),
    }
    return render(request, "ekbom/begin/safety.html", context)


@for_step(_HERE)
@require_http_methods(["GET", "POST"])
def section_page(request: HttpRequest, person: Person, part: int) -> HttpResponse:
    """Ask the questions of one section."""
    pages = sections()
    if not 1 <= part <= len(pages):
        raise Http404
    section, said = pages[part - 1], said_by(person)
    guess = ZoneGuessForm(request.POST or None)
    if request.method == "POST" and not said.zone and guess.is_valid():
        remember(person, zone=guess.cleaned_data["zone"])
    form = QuestionsForm(
        request.POST if request.method == "POST" else None,
        asked=section.questions,
        known=answers_of(person),
        today=today_of(person),
    )
    if request.method == "POST" and form.is_valid():
        remember(person, answers=form.answers)
        return _after(person, section, pages)
    context = {
        "form": form,
        "section": section,
        "count": len(pages),
        "before": part - 1,
        "guess": None if said.zone else guess,
        "steps": step_links(person, here=_HERE),
    }
    return render(request, "ekbom/begin/section.html", context, status=422 if form.errors else 200)


def _after(person: Person, section: Section, pages: tuple[Section, ...]) -> HttpResponse:
    """Lead to what an answer asks for at once; else to the next page, and last to the result."""
    ids = {q.id for q in section.questions}
    found = screening_of(person, medicines=False)
    urgent = any(r.rule.urgent and r.answered and r.question.id in ids for r in found.open)
    if urgent or section.number == len(pages):
        return redirect("begin_result")
    return redirect("begin_questions", part=section.number + 1)


@for_step(_HERE)
@require_http_methods(["GET", "POST"])
def result(request: HttpRequest, person: Person) -> HttpResponse:
    """Say what the answers mean, and take down a clinician's agreement."""
    found = screening_of(person, medicines=CHECKED in said_by(person).answers)
    crisis = crisis_of(found)
    if crisis is not None:
        part = next(s.number for s in sections() if crisis.question in s.questions)
        back = reverse("begin_questions", args=[part])
        return help_alone(request, crisis.rule.reason, back=back)
    reasons = tuple(r for r in found.open if r.rule.agreement and r.answered)
    data = request.POST if request.method == "POST" and reasons else None
    form = AgreementsForm(data, reasons=reasons, person=person)
    if form.is_valid():
        _agree(person, form)
    if request.method == "POST" and not form.errors:
        return redirect("begin_result")
    context = {**result_context(person, found), "form": form if reasons else None}
    return render(request, "ekbom/begin/result.html", context, status=422 if form.errors else 200)


def result_context(person: Person, found: ScreeningResult) -> dict[str, Any]:
    """Return what a page says of a screening."""
    open_ = [r for r in found.open if r.answered]
    urgent = [r for r in open_ if r.rule.urgent]
    return {
        "found": found,
        "head": head_words(found),
        "emergency": [r for r in urgent if r.rule.urgent == "emergency"],
        "today": [r for r in urgent if r.rule.urgent == "today"],
        "others": [r for r in open_ if r not in urgent],
        "agreed": [r for r in found.reasons if r.agreed],
        "good": [r for r in found.reasons if r.answered and r.result == "go"],
        "bring": [retell(text) for text in found.for_clinician],
        "sources": [source_words(s) for s in used(r.rule.sources for r in found.reasons)],
        "first_open": next((s for s in sections() if s.open(answers_of(person))), None),
        "steps": step_links(person, here=_HERE),
    }


@for_step(_HERE)
@require_http_methods(["GET"])
def doctor(request: HttpRequest, person: Person) -> HttpResponse:
    """Show what to take to the doctor, for printing."""
    found = screening_of(person, medicines=CHECKED in said_by(person).answers)
    context = {**result_context(person, found), "said": said_by(person)}
    return render(request, "ekbom/begin/doctor.html", context)


def crisis_of(found: ScreeningResult) -> Reason | None:
    """Return what is answered with help and nothing else, ``None`` where there is none."""
    urgent = (r for r in found.open if r.answered and r.rule.urgent)
    return next((r for r in urgent if r.question.id == CRISIS), None)


def help_alone(request: HttpRequest, reason: str, *, back: str) -> HttpResponse:
    """Show the help and nothing to do but that; ``back`` leads to the answer itself."""
    context = {"reason": reason, "back": back}
    return render(request, "ekbom/begin/crisis.html", context)


def _agree(person: Person, form: AgreementsForm) -> None:
    given = form.agreements
    ticked = {a.question for a in given}
    others = tuple(a for a in said_by(person).agreements if a.question not in ticked)
    remember(person, agreements=(*others, *given))
