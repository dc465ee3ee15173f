"""The safety questions: page by page, what they found, and who agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.language import retell
from ekbom.protocol.doses import is_named
from ekbom.report.lines import source_words, used
from ekbom.report.screening_words import head_words
from ekbom.safety.answers import Agreement
from ekbom.safety.questions import questions
from ekbom.safety.screening import Reason, ScreeningResult
from ekbom.web.begin.questions import CHECKED, QuestionsForm, Section, sections
from ekbom.web.begin.said import Said, answers_of, remember, said_by, today_of
from ekbom.web.begin.way import for_step, screening_of, step_links
from ekbom.web.begin.zones import ZoneGuessForm
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import Person

_HERE = "begin_safety"


class AgreementForm(KeyedForm):
    """Which clinician agreed to a trial in spite of one answer, and when."""

    by = forms.CharField(
        max_length=200, label=gettext_lazy("Name of the doctor or other clinician")
    )
    on = forms.DateField(
        label=gettext_lazy("Day on which they agreed"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, reason: Reason, person: Person) -> None:
        self.reason, self.today = reason, today_of(person)
        self.answered = answers_of(person)[reason.question.id].on
        super().__init__(data, auto_id=f"{reason.question.id}_%s", initial={"on": self.today})

    def clean_by(self) -> str:
        """Refuse a text that names nobody."""
        name: str = self.cleaned_data["by"]
        if not is_named(name):
            raise ValidationError(_("Write the name of the person who agreed."))
        return name

    def clean_on(self) -> object:
        """Refuse a day that is still to come, or before the answer."""
        on = self.cleaned_data["on"]
        if on > self.today:
            raise ValidationError(_("This day has not come yet. Write it down when they agreed."))
        if on < self.answered:
            raise ValidationError(
                _("This is before the day of your answer. They must know your answer first.")
            )
        return on


@dataclass(frozen=True, slots=True)
class ReasonCard:
    """One reason as a page shows it, with the form that records an agreement where one is due."""

    reason: Reason
    sources: tuple[str, ...]
    form: AgreementForm | None = None


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
def result(request: HttpRequest, person: Person, question: str = "") -> HttpResponse:
    """Say what the answers mean; an agreement is recorded for ``question``."""
    said = said_by(person)
    found = screening_of(person, medicines=CHECKED in said.answers)
    sent: AgreementForm | None = None
    if request.method == "POST":
        reason = next((r for r in found.open if r.question.id == question and _liftable(r)), None)
        if reason is None:
            return redirect("begin_result")
        sent = AgreementForm(request.POST, reason=reason, person=person)
        if sent.is_valid():
            _agree(person, said, question, sent)
            return redirect("begin_result")
    context = result_context(person, found, sent)
    return render(request, "ekbom/begin/result.html", context, status=422 if sent else 200)


def result_context(
    person: Person, found: ScreeningResult, sent: AgreementForm | None = None
) -> dict[str, Any]:
    """Return what a page says of a screening; ``sent`` is a form that comes back with faults."""
    open_ = [_card(r, person, sent) for r in found.open if r.answered]
    urgent = [c for c in open_ if c.reason.rule.urgent]
    return {
        "form": sent,
        "found": found,
        "head": head_words(found),
        "emergency": [c for c in urgent if c.reason.rule.urgent == "emergency"],
        "today": [c for c in urgent if c.reason.rule.urgent == "today"],
        "others": [c for c in open_ if c not in urgent],
        "agreed": [_card(r, person) for r in found.reasons if r.agreed],
        "good": [_card(r, person) for r in found.reasons if r.answered and r.result == "go"],
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


def _liftable(reason: Reason) -> bool:
    return reason.rule.agreement and reason.answered


def _card(reason: Reason, person: Person, sent: AgreementForm | None = None) -> ReasonCard:
    form = None
    if reason.agreed is None and _liftable(reason) and reason.result != "go":
        mine = sent is not None and sent.reason.question.id == reason.question.id
        form = sent if mine else AgreementForm(None, reason=reason, person=person)
    return ReasonCard(reason, tuple(source_words(s) for s in reason.rule.sources), form)


def _agree(person: Person, said: Said, question: str, form: AgreementForm) -> None:
    given = Agreement(questions()[question].id, form.cleaned_data["by"], form.cleaned_data["on"])
    others = tuple(a for a in said.agreements if a.question != question)
    remember(person, agreements=(*others, given))
