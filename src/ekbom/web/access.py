"""Who may see a page: the person of this device or session, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ekbom.trial.folder import Trial
from ekbom.web import present
from ekbom.web.errors import locked
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import current_row, load

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Visit:
    """A person at a page, at one instant, with the trial or diary that they are in."""

    person: Person
    row: TrialRow
    trial: Trial
    now: datetime


def person_of(request: HttpRequest) -> Person | None:
    """Return who is asking, ``None`` for a stranger."""
    return request.user if isinstance(request.user, Person) else None


def for_person(
    view: Callable[Concatenate[HttpRequest, Person, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give a view the person who asks; a stranger sees only how to come in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        person = person_of(request)
        return locked(request) if person is None else view(request, person, *args, **kwargs)

    return guarded


def for_diary(
    view: Callable[Concatenate[HttpRequest, Visit, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give a view the visit of a person who keeps a diary, in a trial or without one."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        person = person_of(request)
        if person is None:
            return locked(request)
        row = current_row(person)
        if row is None:
            return redirect("welcome")
        now = present.now()
        return view(request, Visit(person, row, load(row, now=now), now), *args, **kwargs)

    return guarded


def for_trial(
    view: Callable[Concatenate[HttpRequest, Visit, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give a view the visit of a person in a registered trial; others go back to Tonight."""

    @for_diary
    @wraps(view)
    def guarded(request: HttpRequest, visit: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
        return (
            view(request, visit, *args, **kwargs) if visit.row.registered else redirect("tonight")
        )

    return guarded
