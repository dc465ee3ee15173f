"""Reminders as a calendar file, or as an address that a calendar asks by itself."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from ekbom.guide.reminders import Reminder, reminders
from ekbom.problem import InputError, RefusedError
from ekbom.report.calendar_file import calendar_file, reminder_lines
from ekbom.web import present
from ekbom.web.access import Visit, for_diary
from ekbom.web.devices.known import token_hash
from ekbom.web.devices.limits import may_try, note_try, sender
from ekbom.web.errors import missing, too_often
from ekbom.web.models import Person, Setting
from ekbom.web.refusals import problems_in
from ekbom.web.store import current_row, load

FILE = "ekbom.ics"
_FEED = "reminders"
_WRONG_ADDRESSES = 20


@require_http_methods(["GET", "POST"])
@for_diary
def overview(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show which reminders there are, and how a phone gets them."""
    page: dict[str, object] = {"feeds": settings.SITE.several_people}
    if request.method == "POST" and settings.SITE.several_people:
        token = _new_address(visit.person)
        page["address"] = request.build_absolute_uri(reverse("reminders_feed", args=[token]))
    if visit.row.registered and _times(visit.person):
        page |= _lines(visit)
    return render(request, "ekbom/person/reminders.html", page)


@require_GET
@for_diary
def file(request: HttpRequest, visit: Visit) -> HttpResponse:  # noqa: ARG001 - for the visit alone
    """Return the calendar file; where there can be none, go to the page that says why."""
    if not visit.row.registered or not _times(visit.person):
        return redirect("reminders")
    try:
        return _calendar(_reminders(visit))
    except (InputError, RefusedError):
        return redirect("reminders")


@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Return the calendar to whoever has its secret address; it names nothing and nobody."""
    who = sender(request)
    if not settings.SITE.several_people or not may_try(_FEED, who=who, times=_WRONG_ADDRESSES):
        return too_often(request) if settings.SITE.several_people else missing(request)
    kept = Setting.objects.filter(name__startswith=f"{_FEED}:", value=token_hash(token)).first()
    person = None if kept is None else _person(kept)
    row = None if person is None else current_row(person)
    if person is None or row is None or not row.registered or not _times(person):
        note_try(_FEED, who=who)
        return missing(request)
    now = present.now()
    return _calendar(_reminders(Visit(person, row, load(row, now=now), now)))


def _times(person: Person) -> bool:
    return person.dose_at is not None and person.diary_at is not None


def _reminders(visit: Visit) -> tuple[Reminder, Reminder]:
    person = visit.person
    assert person.dose_at and person.diary_at  # noqa: PT018, S101 - asked by `_times` before
    return reminders(
        trial=visit.trial, now=visit.now, dose_at=person.dose_at, diary_at=person.diary_at
    )


def _lines(visit: Visit) -> dict[str, object]:
    try:
        found = list(reminder_lines(_reminders(visit), file=FILE))
    except (InputError, RefusedError) as error:
        return {"problems": problems_in(error)}
    return {"lines": found[:2]}


def _calendar(found: tuple[Reminder, Reminder]) -> HttpResponse:
    response = HttpResponse(
        calendar_file(found, now=present.now()), content_type="text/calendar; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response


def _new_address(person: Person) -> str:
    """Return the secret of a new address; the one before it leads nowhere then."""
    token = secrets.token_urlsafe(32)
    Setting.objects.update_or_create(
        name=f"{_FEED}:{person.pk}", defaults={"value": token_hash(token)}
    )
    return token


def forget_address(person: Person) -> None:
    """Let the secret address of a person's calendar lead nowhere."""
    Setting.objects.filter(name=f"{_FEED}:{person.pk}").delete()


def _person(kept: Setting) -> Person | None:
    pk = kept.name.partition(":")[2]
    return Person.objects.filter(pk=pk, is_active=True).first()
