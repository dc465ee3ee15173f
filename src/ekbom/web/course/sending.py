"""How the forms of a trial's course are sent: a step is taken, or the page says why not."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from ekbom.language import say
from ekbom.problem import InputError, RefusedError
from ekbom.trial.additions import add_event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of
from ekbom.web.access import Visit
from ekbom.web.keyed import BehindError, KeyedForm
from ekbom.web.refusals import form_with
from ekbom.web.store import Step, change

REFUSED = 422
"""The status of a page that comes back with what was typed, and why it was not taken."""

BUSY = 503
"""The status of a page that comes back with what was typed, as it could not be saved just now."""

NOT_NOW = 409
"""The status of something sent whose time has not come, or is past; asking is no fault."""


def is_taken(visit: Visit, form: KeyedForm, step: Step) -> bool:
    """Take the step that a valid form asks for; what the core refuses is put into the form."""
    if not form.is_valid():
        return False
    try:
        key = form.cleaned_data["key"]
        change(visit.row, step, now=visit.now, key=key, content=form.mark)
    except BehindError as error:
        form_with(form, error).renew(error.fields)
        return False
    except OperationalError:
        form.add_error(None, say("This is not saved yet, as the diary is busy. Send it again."))
        form.busy = True
        return False
    except (InputError, RefusedError) as error:
        form_with(form, error)
        return False
    return True


def shown(
    request: HttpRequest, template: str, *, form: KeyedForm | None = None, **context: object
) -> HttpResponse:
    """Return a page of the course, with its form if it has one."""
    refused = form is not None and form.is_bound and bool(form.errors)
    known = {"form": form, **context}
    status = BUSY if form is not None and form.busy else REFUSED
    return render(request, template, known, status=status if refused else 200)


def not_now(request: HttpRequest, *, title: str, why: str, go: str, label: str) -> HttpResponse:
    """Return a page that says why something cannot be done now, and where to go instead."""
    found = {"title": title, "why": why, "go": go, "label": label}
    status = NOT_NOW if request.method == "POST" else 200
    return render(request, "ekbom/course/not_now.html", found, status=status)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, ``None`` where the page is only asked for."""
    return request.POST if request.method == "POST" else None


def done(request: HttpRequest, said: str, to: str = "tonight") -> HttpResponse:
    """Go on to another page, which says first what was done."""
    messages.success(request, said)
    return redirect(to)


def tonight_of(visit: Visit) -> date:
    """Return the night that is meant when none is named."""
    return evening_of(visit.trial.clock, visit.now)


def logged(trial: Trial, visit: Visit, kind: str, **detail: object) -> Trial:
    """Return the trial with an event; what is ``None`` or empty is left out of it."""
    said = {name: value for name, value in detail.items() if value not in (None, "")}
    return add_event(trial, kind=kind, detail=said, now=visit.now)
