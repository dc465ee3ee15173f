"""A dose that was written down wrongly, put right; what stood there stays on record."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ekbom.diary.diary import DoseTaken
from ekbom.language import say
from ekbom.report.measures import night_words
from ekbom.trial.corrections import change_dose
from ekbom.trial.folder import Trial
from ekbom.web.access import Visit
from ekbom.web.course.sending import done, is_taken, posted, shown
from ekbom.web.nights.capsules import Capsules, capsules_of, instant_of
from ekbom.web.nights.forms import DoseForm
from ekbom.web.nights.seen import DOSE, refuse_unseen, seen_of
from ekbom.web.nights.sent import for_night


@require_http_methods(["GET", "HEAD", "POST"])
@for_night
def dose_correct(request: HttpRequest, visit: Visit, night: date) -> HttpResponse:
    """Put right what was written down of a night's capsules."""
    recorded = next((d for d in visit.trial.doses if d.night == night), None)
    if recorded is None:
        return redirect("evening", night=night)
    form = DoseForm(posted(request), seen=seen_of(visit.trial, night))
    capsules = capsules_of(visit, night)
    if form.is_bound and is_taken(
        visit, form, lambda t: _corrected(t, visit, recorded, form, capsules)
    ):
        text = "The capsules of {night} are corrected. What stood there before stays on record."
        return done(request, say(text, night=night_words(night)))
    return shown(request, "ekbom/nights/dose.html", form=form, night=night)


def _corrected(
    trial: Trial, visit: Visit, before: DoseTaken, form: DoseForm, capsules: Capsules | None
) -> Trial:
    refuse_unseen(trial, night=before.night, items=(DOSE,), seen=form.cleaned_data["seen"])
    number, at = form.cleaned_data["capsules"], form.cleaned_data["at"]
    return change_dose(
        trial,
        night=before.night,
        instant=None if at is None else instant_of(trial, before.night, at, visit.now),
        capsules=number,
        mg=None if number is None else _mg(number, before, capsules),
        now=visit.now,
    )


def _mg(number: float, before: DoseTaken, capsules: Capsules | None) -> float | None:
    """Return what so many capsules hold, by what is on record, else by the plan."""
    if before.mg is None:
        return None
    if before.mg and before.capsules:
        return round(number * before.mg / before.capsules, 6)
    return None if capsules is None else capsules.mg_of(number)
