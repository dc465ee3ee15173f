"""The page on which everything, or one trial, is deleted."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ekbom.language import date_text
from ekbom.web import present
from ekbom.web.access import for_person
from ekbom.web.data.automatic import arrangement
from ekbom.web.data.deletion import delete_person, delete_trial
from ekbom.web.data.forms import EVERYTHING, DeleteForm
from ekbom.web.data.trials import Kept, kept_trial
from ekbom.web.devices.known import device_asking
from ekbom.web.models import Device, Person


@require_http_methods(["GET", "HEAD", "POST"])
@for_person
def delete(request: HttpRequest, person: Person) -> HttpResponse:
    """Delete one trial or everything, once a word was typed; say what cannot be reached."""
    here = device_asking(request)
    sent = request.POST if request.method == "POST" else None
    form = DeleteForm(sent, trials=_choices(person))
    if form.is_valid():
        if form.cleaned_data["what"] == EVERYTHING:
            delete_person(person, here=here, now=present.now())
        else:
            row = person.trials.get(pk=form.cleaned_data["what"])
            delete_trial(row, here=here, now=present.now())
        response = redirect("deleted")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
    seen = {
        "form": form,
        "phones": _others(person, here),
        "backups": arrangement().folder,
        "clinic": settings.SITE.several_people,
    }
    return render(request, "ekbom/data/delete.html", seen, status=422 if form.is_bound else 200)


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """Say that it is gone, and which copies only their owner can delete; nobody need be known."""
    return render(request, "ekbom/data/deleted.html", {"clinic": settings.SITE.several_people})


def _choices(person: Person) -> list[tuple[str, str]]:
    """Return each trial and diary by its id, in words; the one that the person is in first."""
    rows = sorted(person.trials.all(), key=lambda row: (row.closed is not None, row.created))
    return [(str(row.pk), _words(kept_trial(row))) for row in rows]


def _words(kept: Kept) -> str:
    row, begun = kept.row, date_text(kept.start)
    if row.closed is None:
        return _("The trial I am in now") if row.registered else _("The diary I keep now")
    words = (
        _("The trial begun on %(begun)s and closed on %(closed)s")
        if row.registered
        else _("The diary begun on %(begun)s and closed on %(closed)s")
    )
    return words % {"begun": begun, "closed": date_text(row.closed.date())}


def _others(person: Person, here: Device | None) -> list[Device]:
    known = person.devices.filter(removed=None).order_by("paired")
    return [device for device in known if here is None or device.pk != here.pk]
