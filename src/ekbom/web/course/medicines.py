"""The list of medicines and the hour of the capsules, changed while a trial runs."""

from __future__ import annotations

from datetime import date, time

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.guide.place import is_drawn
from ekbom.guide.reminders import reminders
from ekbom.guide.situation import situation_of
from ekbom.problem import InputError
from ekbom.safety.medicines import Medicine
from ekbom.trial.happened import of_kind
from ekbom.web.access import Visit, for_trial
from ekbom.web.begin.medicines import HourForm, hour_fault, keep_medicines, list_page
from ekbom.web.begin.questions import MEDICINES
from ekbom.web.begin.said import said_by
from ekbom.web.course.event_notes import hour_note
from ekbom.web.course.sending import logged, not_now
from ekbom.web.health.stops import NO_CAPSULES, stopped
from ekbom.web.models import Person
from ekbom.web.refusals import form_with
from ekbom.web.store import change

_NEW, _OTHERWISE = "medicine", "changed-dose"
"""The changes that a list can show, as the tables of safety call them."""

_STOPPED = gettext_lazy(
    "This is not the list that was checked before. It is written down: no capsules for now. "
    "When a doctor or pharmacist has agreed, write down on Tonight who it was."
)

_MORNING = time(8)
"""The hour of the diary, where a person chose none; it only helps to judge the other hour."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def medicine_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for all medicines and the hour of the capsules; what is new keeps capsules away.

    Before the draw, where no capsules are open, the list belongs to the safety questions.
    """
    if _is_over(visit):
        why = _("The trial is over, so its capsules need no hour any more.")
        title = _("Your medicines")
        return not_now(request, title=title, why=why, go="trial", label=_("Your trial"))
    here = situation_of(trial=visit.trial, now=visit.now)
    if not is_drawn(visit.trial) and here.place.phase != "titration":
        return list_page(request, visit.person, here="trial_medicines")

    def kept(hour: HourForm, listed: tuple[Medicine, ...]) -> bool:
        return _kept(request, visit, hour, listed)

    return list_page(request, visit.person, here="trial_medicines", kept=kept)


def told_on(visit: Visit) -> date | None:
    """Return the day on which another medicine was told in this trial, the last time."""
    stops = of_kind(visit.trial.events, NO_CAPSULES, "pause")
    told = [e.instant for e in stops if e.detail.get("note") in (_NEW, _OTHERWISE)]
    return visit.trial.clock.local(told[-1]).date() if told else None


def keep_hour(visit: Visit, at: time) -> None:
    """Keep the hour of the capsules; that it is another one goes on record."""
    if visit.person.dose_at == at:
        return
    with transaction.atomic():
        Person.objects.filter(pk=visit.person.pk).update(dose_at=at)
        if _is_over(visit):
            return
        change(visit.row, lambda t: logged(t, visit, "note", note=hour_note(at)), now=visit.now)


def _kept(request: HttpRequest, visit: Visit, hour: HourForm, listed: tuple[Medicine, ...]) -> bool:
    """Keep a list and its hour, or refuse both; that capsules stop is written down either way."""
    at: time = hour.cleaned_data["dose_at"]
    kind = _change(visit, listed)
    if kind is not None:
        change(visit.row, lambda t: stopped(t, visit, kind), now=visit.now)
        messages.warning(request, _STOPPED)
    if _is_refused(visit, hour, listed):
        return False
    keep_medicines(visit.person, listed, at)
    keep_hour(visit, at)
    return True


def _is_over(visit: Visit) -> bool:
    found = situation_of(trial=visit.trial, now=visit.now)
    return visit.trial.protocol.imported or found.is_over


def _change(visit: Visit, listed: tuple[Medicine, ...]) -> str | None:
    """Return the change that a list shows and nobody told yet, ``None`` where there is none."""
    said, told = said_by(visit.person), told_on(visit)
    before = {m.name.casefold() for m in said.medicines or ()}
    now = {m.name.casefold() for m in listed}
    answered = said.answers.get(MEDICINES)
    if before == now or (told is not None and answered is not None and told > answered.on):
        return None
    return _NEW if now - before else _OTHERWISE


def _is_refused(visit: Visit, hour: HourForm, listed: tuple[Medicine, ...]) -> bool:
    """Say at the hour why capsules cannot be taken then."""
    at: time = hour.cleaned_data["dose_at"]
    fault = hour_fault(at, listed)
    if fault:
        hour.add_error("dose_at", fault)
        return True
    diary_at = visit.person.diary_at or _MORNING
    try:
        reminders(trial=visit.trial, now=visit.now, dose_at=at, diary_at=diary_at)
    except InputError as error:
        form_with(hour, error)
        return True
    return False
