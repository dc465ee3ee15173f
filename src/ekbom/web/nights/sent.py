"""Pages of a night: is it one that can be written about, and where to go when that is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ekbom.problem import InputError
from ekbom.trial.log_faults import night_faults, raise_faults
from ekbom.web.access import Visit, for_diary
from ekbom.web.refusals import problems_in

P = ParamSpec("P")


def for_night(
    view: Callable[Concatenate[HttpRequest, Visit, date, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give a view a night that something can be written about; say why where it is no such."""

    @for_diary
    @wraps(view)
    def guarded(
        request: HttpRequest, visit: Visit, /, night: date, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        try:
            raise_faults(night_faults(visit.trial, night, visit.now))
        except InputError as error:
            found = {"night": night, "problems": problems_in(error)}
            return render(request, "ekbom/nights/no_such_night.html", found, status=404)
        return view(request, visit, night, *args, **kwargs)

    return guarded


def is_early(visit: Visit, night: date) -> bool:
    """Return whether a night is still to be slept, so that nobody can report on it yet."""
    return visit.trial.clock.local(visit.now).date() <= night


def is_late(visit: Visit, night: date) -> bool:
    """Return whether what is written about a night now comes after it is over."""
    return visit.trial.clock.night_of(visit.now) > night
