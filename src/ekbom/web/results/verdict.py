"""What the trial shows, once it is over, guessed about and opened."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ekbom.guide.place import is_drawn
from ekbom.guide.situation import situation_of
from ekbom.language import say
from ekbom.problem import InputError, RefusedError
from ekbom.report.words import notice
from ekbom.trial.happened import last_of
from ekbom.web import present
from ekbom.web.access import Visit, for_person, for_trial
from ekbom.web.course.sending import not_now, shown
from ekbom.web.models import Person, TrialRow
from ekbom.web.nights.way_steps import OPENING
from ekbom.web.refusals import problems_in
from ekbom.web.results.kept import result_of
from ekbom.web.store import load


@never_cache
@require_safe
@for_trial
def verdict(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the verdict of the trial that the person is in, or what comes before it."""
    refusal = _too_early(request, visit)
    return _page(request, visit, earlier=False) if refusal is None else refusal


@never_cache
@require_safe
@for_person
def earlier(request: HttpRequest, person: Person, trial: UUID) -> HttpResponse:
    """Show the verdict of an earlier trial of the same person; to others there is none."""
    rows = TrialRow.objects.filter(owner=person, registered=True, closed__isnull=False)
    row = rows.filter(pk=trial).first()
    if row is None:
        raise Http404
    now = present.now()
    visit = Visit(person, row, load(row, now=now), now)
    if not situation_of(trial=visit.trial, now=now).is_over:
        why = _("This trial was closed before it was over, so there is nothing to show.")
        return _refused(request, why, "trials", _("Earlier trials"))
    if not (visit.trial.protocol.imported or is_drawn(visit.trial)):
        return _never_drawn(request)
    return _page(request, visit, earlier=True)


def _too_early(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    """Return what must come before the verdict, ``None`` where nothing must any more."""
    trial = visit.trial
    if trial.protocol.imported:
        return None
    if not situation_of(trial=trial, now=visit.now).is_over:
        why = _(
            "The trial is still running. An answer before its last night is past would mislead you."
        )
        return _refused(request, why, "progress", _("How far it is"))
    if not is_drawn(trial):
        return _never_drawn(request)
    if last_of(trial.events, "unblinding") is not None:
        return None
    if last_of(trial.events, "last guess") is None:
        why = _("First, say what you think it does. It can be asked only before the opening.")
        return _refused(request, why, "last_guess", _("My last guess"))
    step = OPENING[trial.protocol.blinding]
    label = say(step.button) or _("Back to Tonight")
    why = " ".join([_("The order of treatments is still closed."), say(step.text)])
    return _refused(request, why, step.page or "tonight", label)


def _never_drawn(request: HttpRequest) -> HttpResponse:
    why = _("The order of treatments was never drawn, so there is nothing to compare.")
    return _refused(request, why, "ratings", _("My ratings"))


def _refused(request: HttpRequest, why: str, go: str, label: str) -> HttpResponse:
    return not_now(request, title=_("What the trial shows"), why=why, go=go, label=label)


def _page(request: HttpRequest, visit: Visit, *, earlier: bool) -> HttpResponse:
    try:
        found = result_of(visit.row, trial=visit.trial, now=visit.now)
    except (InputError, RefusedError) as error:
        return _refused(request, " ".join(problems_in(error)), "trial", _("Your trial"))
    # Made by report/markup.py, which escapes every text.
    result = mark_safe(found)  # noqa: S308
    return shown(
        request,
        "ekbom/results/verdict.html",
        result=result,
        earlier=earlier,
        row_id=visit.row.pk,
        origin=visit.row,
        notice=notice(),
    )
