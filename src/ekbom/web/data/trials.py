"""Earlier trials, and making room for a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ekbom.trial.ending import is_over
from ekbom.trial.folder import Trial
from ekbom.web import present
from ekbom.web.access import Visit, for_diary, for_person
from ekbom.web.data.moving import zip_response
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import close, load


@dataclass(frozen=True, slots=True)
class Kept:
    """A trial or diary as the list of them shows it."""

    row: TrialRow
    title: str
    start: date
    nights: int


@require_safe
@for_person
def trials(request: HttpRequest, person: Person) -> HttpResponse:
    """List a person's trials and diaries, the latest first."""
    rows = person.trials.order_by("-created")
    kept = [kept_trial(row) for row in rows]
    current = next((one for one in kept if one.row.closed is None), None)
    earlier = [one for one in kept if one.row.closed is not None]
    return render(request, "ekbom/data/trials.html", {"current": current, "earlier": earlier})


@require_safe
@for_person
def earlier_trial(request: HttpRequest, person: Person, trial: UUID) -> HttpResponse:
    """Show one of a person's earlier trials."""
    kept = kept_trial(_earlier(person, trial))
    return render(request, "ekbom/data/earlier.html", {"kept": kept})


@require_safe
@for_person
def earlier_export(request: HttpRequest, person: Person, trial: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    """Give an earlier trial as a zip file."""
    return zip_response(_earlier(person, trial))


@require_http_methods(["GET", "HEAD", "POST"])
@for_diary
def new_trial(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put the finished trial, or the diary, among the earlier ones, so that another can begin."""
    form = forms.Form(request.POST if request.method == "POST" else None)
    over = _is_over(visit)
    if request.method == "POST":
        if over:
            close(visit.row, now=visit.now)
            return redirect("welcome")
        form.add_error(None, _("Your trial is not over yet. Nothing was changed."))
    seen = {
        "form": form,
        "over": over,
        "registered": visit.row.registered,
        "closed": over and _is_unopened(visit.trial),
    }
    return render(request, "ekbom/data/new.html", seen, status=422 if form.is_bound else 200)


def kept_trial(row: TrialRow) -> Kept:
    """Return a trial or diary as a list shows it."""
    trial = load(row, now=present.now())
    title = trial.protocol.title if row.registered else _("Diary without a trial")
    return Kept(row, title, trial.start, len(trial.diary.nights))


def _is_over(visit: Visit) -> bool:
    return not visit.row.registered or is_over(trial=visit.trial, now=visit.now)


def _is_unopened(trial: Trial) -> bool:
    """Return whether there is an order that nobody can open any more once the trial is closed."""
    if trial.protocol.imported or trial.protocol.blinding == "open":
        return False
    kinds = {event.kind for event in trial.events}
    return "randomised" in kinds and "unblinding" not in kinds


def _earlier(person: Person, trial: UUID) -> TrialRow:
    """Return a closed trial of this person; every other one is as if it were not there."""
    return get_object_or_404(TrialRow.objects.exclude(closed=None), pk=trial, owner=person)
