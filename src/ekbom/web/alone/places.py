"""Who may make packs alone, from when on, and what stands against it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ekbom.guide.place import is_drawn
from ekbom.guide.situation import Situation, situation_of
from ekbom.trial.folder import Trial
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.sending import not_now

P = ParamSpec("P")


def is_alone(trial: Trial) -> bool:
    """Return whether somebody blinds themselves in a trial."""
    return trial.protocol.blinding == "alone" and not trial.protocol.imported


def for_alone(
    view: Callable[Concatenate[HttpRequest, Visit, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give a view the visit of somebody who blinds themselves; others are told that they do not."""

    @for_trial
    @wraps(view)
    def guarded(request: HttpRequest, visit: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_alone(visit.trial):
            return refused(request, _("In this trial you do not make the packs alone."))
        return view(request, visit, *args, **kwargs)

    return guarded


def for_making(
    view: Callable[Concatenate[HttpRequest, Visit, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give a view the visit of somebody who can still make packs alone."""

    @for_alone
    @wraps(view)
    def guarded(request: HttpRequest, visit: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
        if situation_of(trial=visit.trial, now=visit.now).is_over:
            why = _("The trial is over, so no packs are made any more.")
            return refused(request, why, "read_slips", _("Read the slips"))
        return view(request, visit, *args, **kwargs)

    return guarded


def before_slips(here: Situation) -> tuple[str, str, str] | None:
    """Return why the slips cannot be made now, where to go and its words; ``None`` if they can."""
    if is_drawn(here.trial):
        return None
    if not here.draw_is_open:
        why = _("The slips are made when the dose is fixed, and only once.")
        return why, "tonight", _("Back to Tonight")
    if here.screened not in ("not needed", "fit"):
        why = _("First answer the safety questions again. Your last answers do not count any more.")
        return why, "trial_screening", _("Safety questions")
    return None


def refused(
    request: HttpRequest, why: str, go: str = "tonight", label: str = "", title: str = ""
) -> HttpResponse:
    """Return a page that says why something about the packs cannot be done now."""
    label = label or _("Back to Tonight")
    return not_now(request, title=title or _("Packs"), why=why, go=go, label=label)
