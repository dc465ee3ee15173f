"""The first page: what this is, what it is not, and the two ways on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ekbom.web.access import for_person
from ekbom.web.begin.said import said_by
from ekbom.web.begin.way import next_step
from ekbom.web.models import Person
from ekbom.web.store import current_row


@for_person
@require_http_methods(["GET"])
def start(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001 - a view
    """Lead to tonight, or to the welcome where nothing has begun."""
    return redirect("welcome" if current_row(person) is None else "tonight")


@for_person
@require_http_methods(["GET"])
def welcome(request: HttpRequest, person: Person) -> HttpResponse:
    """Say what ekbom is and is not, what is known, how long it takes, and how to begin."""
    begun = bool(said_by(person).answers)
    row = current_row(person)
    context = {
        "begun": begun,
        "next": next_step(person) if begun and (row is None or not row.registered) else "",
        "row": row,
    }
    return render(request, "ekbom/begin/welcome.html", context)
