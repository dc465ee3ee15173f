"""The draw of the order, and the safety questions that must be fresh for it."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ekbom.design.plan import design_of
from ekbom.guide.place import is_drawn
from ekbom.guide.situation import Situation, situation_of
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.periods import period_count
from ekbom.report.screening_words import BY, head_words
from ekbom.safety.answers import Agreement, Answer
from ekbom.safety.questions import questions
from ekbom.safety.screening import ScreeningResult, is_asked, screen
from ekbom.trial.folder import Trial
from ekbom.trial.randomise import Screening, add_screening, draw_order
from ekbom.web.access import Visit, for_trial
from ekbom.web.begin.questions import CHECKED, QuestionsForm
from ekbom.web.begin.safety import AgreementForm, crisis_of, help_alone
from ekbom.web.begin.said import (
    agreements_of,
    answers_of,
    list_is_missing,
    remember,
    said_by,
    today_of,
)
from ekbom.web.begin.way import checked_answer
from ekbom.web.clinic import drawn_to_clinic
from ekbom.web.course.guesses import SkipForm
from ekbom.web.course.medicines import told_on
from ekbom.web.course.sending import REFUSED, is_taken, not_now, posted, shown
from ekbom.web.refusals import form_with
from ekbom.web.store import change, change_files

_ELSEWHERE: Mapping[str, str] = {"helper": "helper", "alone": "alone"}
"""The pages of those ways in which the order is not drawn here."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def draw(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Let chance draw the order, once, and show the number that proves it."""
    trial, here = visit.trial, situation_of(trial=visit.trial, now=visit.now)
    if trial.protocol.blinding in _ELSEWHERE and not trial.protocol.imported:
        return redirect(_ELSEWHERE[trial.protocol.blinding])
    if not is_drawn(trial) and not here.draw_is_open:
        why = _("The order is drawn when the dose is fixed, and only once.")
        return _no_draw(request, why, "tonight", _("Back to Tonight"))
    if not is_drawn(trial) and here.screened not in ("not needed", "fit"):
        why = _("First answer the safety questions again. Your last answers do not count any more.")
        return _no_draw(request, why, "trial_screening", _("Safety questions"))
    form = None if is_drawn(trial) else SkipForm(posted(request))
    if form is not None and form.is_bound and _is_drawn_now(visit, form):
        return redirect("draw")
    return shown(request, "ekbom/course/draw.html", form=form, trial=trial, **_numbers(here))


def _numbers(here: Situation) -> dict[str, object]:
    protocol = here.trial.protocol
    return {
        "periods": period_count(protocol.design),
        "orders": design_of(protocol).count(),
        "packs_due": here.packs_are_open,
    }


def _is_drawn_now(visit: Visit, form: SkipForm) -> bool:
    """Draw the order; where it was drawn meanwhile, by a second tap, nothing more happens."""
    if not form.is_valid():
        return False
    try:
        change_files(visit.row, lambda t: _drawn(t, visit), now=visit.now)
    except (InputError, RefusedError) as error:
        form_with(form, error)
        return False
    return True


def _drawn(trial: Trial, visit: Visit) -> tuple[Trial, Mapping[str, bytes]]:
    if is_drawn(trial):
        return trial, {}
    draw_now = drawn_to_clinic if trial.protocol.blinding == "clinic" else draw_order
    drawn = draw_now(trial, now=visit.now)
    return drawn.trial, drawn.kept


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def screening(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask the safety questions anew, and put on record what they say now."""
    person, trial = visit.person, visit.trial
    here = situation_of(trial=trial, now=visit.now)
    if trial.protocol.imported or here.is_over:
        why = _("The trial is over, so nothing is asked before it any more.")
        return _no_draw(request, why, "tonight", _("Back to Tonight"))
    if request.method == "POST" and "question" in request.POST:
        return _agreed(request, visit)
    asked = [q for q in questions().values() if q.id != CHECKED and is_asked(q, answers_of(person))]
    form = QuestionsForm(
        posted(request), asked=asked, known=answers_of(person), today=today_of(person)
    )
    if form.is_bound and form.is_valid():
        _remember(visit, form)
        if list_is_missing(said_by(person)):
            return redirect("trial_medicines")
        found = screened(visit)
        if is_taken(visit, form, lambda t: _recorded(t, visit, found)):
            return redirect("draw") if found.may_begin else _result(request, visit, found)
    medicines = [m.name for m in said_by(person).medicines or ()]
    return shown(request, "ekbom/course/screening.html", form=form, medicines=medicines)


def screened(visit: Visit) -> ScreeningResult:
    """Return what the answers say today, by the days that the trial's own protocol gives them."""
    return screen(
        answers=answers_of(visit.person),
        agreements=agreements_of(visit.person),
        on=today_of(visit.person),
        longest_days=visit.trial.protocol.screening_days,
    )


def _remember(visit: Visit, form: QuestionsForm) -> None:
    """Keep the answers; whether the medicines go with the dose follows from those listed.

    A medicine that was told during the trial goes with it when a clinician says so since.
    """
    person, since = visit.person, told_on(visit)
    remember(person, answers=form.answers)
    said = said_by(person)
    agreed = any(a.question == CHECKED and since and a.on >= since for a in said.agreements)
    if since and not agreed:
        remember(person, answers={CHECKED: None})
    checked = "no" if since else checked_answer(said, person.dose_at or said.dose_at)
    remember(person, answers={CHECKED: Answer(checked, form.today)})


def _recorded(trial: Trial, visit: Visit, found: ScreeningResult) -> Trial:
    result = Screening(BY, found.on, found.result, found.agreed_by, found.rules)
    return add_screening(trial, screening=result, now=visit.now)


def _result(
    request: HttpRequest, visit: Visit, found: ScreeningResult, sent: AgreementForm | None = None
) -> HttpResponse:
    """Show what stands against going on, and where a clinician's agreement is written down."""
    crisis = crisis_of(found)
    if crisis is not None:
        return help_alone(request, crisis.rule.reason, back=reverse("trial_screening"))
    cards = []
    for reason in found.open:
        liftable = reason.rule.agreement and reason.answered
        mine = sent is not None and sent.reason.question.id == reason.question.id
        new = AgreementForm(None, reason=reason, person=visit.person) if liftable else None
        cards.append((reason, sent if mine else new))
    context = {"head": head_words(found), "cards": cards, "form": sent}
    status = 200 if sent is None else REFUSED
    return render(request, "ekbom/course/screening_result.html", context, status=status)


def _agreed(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Keep a named clinician's agreement about one answer, and put the new result on record."""
    found, name = screened(visit), request.POST["question"]
    reason = next((r for r in found.open if r.question.id == name and r.answered), None)
    if reason is None or not reason.rule.agreement:
        return redirect("trial_screening")
    form = AgreementForm(request.POST, reason=reason, person=visit.person)
    if not form.is_valid():
        return _result(request, visit, found, form)
    given = Agreement(name, form.cleaned_data["by"], form.cleaned_data["on"])
    others = tuple(a for a in agreements_of(visit.person) if a.question != name)
    remember(visit.person, agreements=(*others, given))
    found = screened(visit)
    change(visit.row, lambda t: _recorded(t, visit, found), now=visit.now)
    return redirect("draw") if found.may_begin else _result(request, visit, found)


def _no_draw(request: HttpRequest, why: str, go: str, label: str) -> HttpResponse:
    return not_now(request, title=_("Draw the order"), why=why, go=go, label=label)
