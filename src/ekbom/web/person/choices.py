"""Pages of a person's own choices: settings and language."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ekbom.guide.reminders import reminders
from ekbom.problem import InputError
from ekbom.web import present
from ekbom.web.access import Visit, for_person, person_of
from ekbom.web.begin.medicines import hour_fault
from ekbom.web.begin.said import medicines_of
from ekbom.web.course.medicines import keep_hour
from ekbom.web.models import Person
from ekbom.web.person.forms import SettingsForm
from ekbom.web.refusals import form_with
from ekbom.web.store import current_row, load


@require_http_methods(["GET", "POST"])
@for_person
def own_settings(request: HttpRequest, person: Person) -> HttpResponse:
    """Show and change how pages look, their language, and the times of day."""
    chosen = Person.objects.filter(pk=person.pk)
    form = SettingsForm(request.POST or None, initial=chosen.values(*SettingsForm.base_fields)[0])
    if request.method == "POST" and form.is_valid() and _fits(form, person):
        _keep_hour(person, form.cleaned_data["dose_at"])
        chosen.update(**form.cleaned_data)
        with translation.override(form.cleaned_data["language"] or translation.get_language()):
            messages.success(request, _("Saved."))
        return redirect("settings")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "ekbom/person/settings.html", {"form": form}, status=status)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language at once, for a stranger too, and go back to the page."""
    chosen = request.POST.get("language", "")
    onward = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure())
    response = redirect(onward if safe else "start")
    if chosen not in dict(settings.LANGUAGES):
        return response
    person = person_of(request)
    if person is not None:
        Person.objects.filter(pk=person.pk).update(language=chosen)
    name = settings.LANGUAGE_COOKIE_NAME
    response.set_cookie(name, chosen, max_age=31_536_000, httponly=True, samesite="Lax")
    return response


def _keep_hour(person: Person, at: time | None) -> None:
    """Put another hour of the capsules on record, where a trial runs."""
    row, now = current_row(person), present.now()
    if at is not None and row is not None and row.registered:
        keep_hour(Visit(person, row, load(row, now=now), now), at)


def _fits(form: SettingsForm, person: Person) -> bool:
    """Return whether the times of day can be meant in the person's trial; say so if not."""
    row = current_row(person)
    dose_at, diary_at = form.cleaned_data["dose_at"], form.cleaned_data["diary_at"]
    fault = hour_fault(dose_at, medicines_of(person)) if dose_at else ""
    if fault:
        form.add_error("dose_at", fault)
        return False
    if row is None or not row.registered or not dose_at or not diary_at:
        return True
    now = present.now()
    try:
        reminders(trial=load(row, now=now), now=now, dose_at=dose_at, diary_at=diary_at)
    except InputError as error:
        form_with(form, error)
        return False
    return True
