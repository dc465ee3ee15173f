"""A diary without a trial: a zone and a bedtime are enough to begin tonight."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.design.clock import Clock
from ekbom.problem import RefusedError
from ekbom.protocol.files import built_in
from ekbom.web import present
from ekbom.web.access import for_person
from ekbom.web.begin.said import remember, said_by
from ekbom.web.begin.zones import guessed, zone_choices, zone_named
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import Person
from ekbom.web.store import begin_diary, current_row

PROTOCOL = "magnesium-rls-fast"
"""The protocol whose questions a diary asks, so that its nights can become a trial's baseline."""


class DiaryForm(KeyedForm):
    """Where a person lives and when they go to bed."""

    zone = forms.ChoiceField(
        label=gettext_lazy("Your time zone"), widget=forms.Select(attrs=guessed())
    )
    bedtime = forms.TimeField(
        label=gettext_lazy("About when do you go to bed?"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101 - declared above
        zone.choices = zone_choices()


@for_person
@require_http_methods(["GET", "POST"])
def diary(request: HttpRequest, person: Person) -> HttpResponse:
    """Begin a diary without a trial."""
    if current_row(person) is not None:
        return redirect("tonight")
    said = said_by(person)
    known = {"zone": zone_named(said.zone), "bedtime": said.dose_at or person.dose_at}
    form = DiaryForm(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        begin_once(person, form.cleaned_data["zone"], form.cleaned_data["bedtime"])
        return redirect("tonight")
    context = {"form": form}
    return render(request, "ekbom/begin/diary.html", context, status=422 if form.errors else 200)


def begin_once(person: Person, zone: str, bedtime: time) -> None:
    """Begin the diary; one that a double tap has begun already is the same one."""
    now, protocol = present.now(), built_in(PROTOCOL)
    first = Clock(zone, boundary_hour=protocol.boundary_hour).night_of(now)
    try:
        with transaction.atomic():
            begin_diary(person, protocol=protocol, start=first, zone=zone, now=now)
            person.dose_at = bedtime.replace(second=0, microsecond=0)
            person.save(update_fields=["dose_at"])
            remember(person, zone=zone)
    except RefusedError:
        if current_row(person) is None:
            raise
