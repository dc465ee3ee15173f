"""Pauses, and new time zones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.guide.situation import situation_of
from ekbom.report.measures import night_words
from ekbom.trial.folder import Trial
from ekbom.trial.happened import happened_so_far
from ekbom.web.access import Visit, for_trial
from ekbom.web.begin.zones import zone_choices, zone_named
from ekbom.web.course.sending import (
    done,
    is_taken,
    logged,
    not_now,
    posted,
    shown,
    tonight_of,
)
from ekbom.web.keyed import KeyedForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_DAY = timedelta(days=1)


def day_field(label: _StrPromise) -> forms.DateField:
    """Return a field for a night, with the calendar that the browser has."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget)


class PauseForm(KeyedForm):
    """From when on a trial is paused."""

    first = day_field(gettext_lazy("First night without the trial"))
    note = forms.CharField(
        label=gettext_lazy("Why, if you want to say"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ResumeForm(KeyedForm):
    """From when on a trial goes on."""

    first = day_field(gettext_lazy("First night of the trial again"))


class ZoneForm(KeyedForm):
    """Where the person's clocks are set from now on."""

    zone = forms.ChoiceField(label=gettext_lazy("Which time zone are you in now?"))
    sure = forms.BooleanField(
        required=False, label=gettext_lazy("Yes, my clocks show that time now")
    )

    def __init__(self, data: Mapping[str, Any] | None, *, zone: str) -> None:
        super().__init__(data, initial={"zone": zone})
        choice = self.fields["zone"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = zone_choices()


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def pause(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put a pause on record, from tonight or from a night that was named."""
    if _open_pause(visit.trial) is not None:
        return not_now(
            request,
            title=_("Pause the trial"),
            why=_("The trial is paused already."),
            go="resume",
            label=_("Go on with the trial"),
        )
    form = PauseForm(posted(request), initial={"first": _asked(request, visit)})
    if form.is_bound and is_taken(visit, form, lambda t: _broken(t, visit, "pause", form)):
        night = night_words(form.cleaned_data["first"])
        return done(request, _("The trial is paused from %(night)s on.") % {"night": night})
    return shown(request, "ekbom/course/pause.html", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def resume(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put on record from which night on a paused trial goes on."""
    since = _open_pause(visit.trial)
    if since is None:
        return not_now(
            request,
            title=_("Go on with the trial"),
            why=_("The trial is not paused, or the night on which it goes on is known."),
            go="trial",
            label=_("Your trial"),
        )
    first = max(tonight_of(visit), since)
    form = ResumeForm(posted(request), initial={"first": first})
    if form.is_bound and is_taken(visit, form, lambda t: _broken(t, visit, "resume", form)):
        night = night_words(form.cleaned_data["first"])
        return done(request, _("The trial goes on with %(night)s.") % {"night": night})
    return shown(request, "ekbom/course/resume.html", form=form, since=since)


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def zone(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say first what another zone does to tonight; on the second tap, put it on record."""
    here = zone_named(visit.trial.clock.zone_at(visit.now))
    form = ZoneForm(posted(request), zone=here)
    effects: tuple[str, ...] = ()
    if form.is_bound and form.is_valid():
        if form.cleaned_data["zone"] == here:
            form.add_error("zone", _("That is the zone that your trial has already."))
        elif not form.cleaned_data["sure"]:
            effects = tuple(_effects(visit, form.cleaned_data["zone"]))
        elif is_taken(visit, form, lambda t: _moved(t, visit, form.cleaned_data["zone"])):
            return done(request, _("Your trial follows your new clock."))
    return shown(request, "ekbom/course/zone.html", form=form, here=here, effects=effects)


def _asked(request: HttpRequest, visit: Visit) -> date:
    """Return the night that a link named, or tonight."""
    try:
        return date.fromisoformat(request.GET.get("first", ""))
    except ValueError:
        return tonight_of(visit)


def _open_pause(trial: Trial) -> date | None:
    pauses = happened_so_far(trial.events, clock=trial.clock).pauses
    return pauses[-1].first if pauses and pauses[-1].resumed is None else None


def _broken(trial: Trial, visit: Visit, kind: str, form: KeyedForm) -> Trial:
    said = form.cleaned_data
    return logged(trial, visit, kind, first=said["first"], note=said.get("note"))


def _moved(trial: Trial, visit: Visit, name: str) -> Trial:
    return logged(trial, visit, "zone changed", zone=name)


def _effects(visit: Visit, name: str) -> Iterator[str]:
    """Yield what a new zone does to this night and the next ones."""
    before = visit.trial
    after = _moved(before, visit, name)
    old, new = before.clock.local(visit.now), after.clock.local(visit.now)
    yield _("Your clock goes from %(old)s to %(new)s.") % {
        "old": f"{old:%H:%M}",
        "new": f"{night_words(new.date())}, {new:%H:%M}",
    }
    here = situation_of(trial=after, now=visit.now)
    yield _("Tonight is then the night of %(night)s.") % {"night": night_words(here.night)}
    for night in _skipped(before, after, visit):
        yield _("Your clock skips the night of %(night)s. It is left out, and nothing is due.") % {
            "night": night_words(night)
        }
    if new.date() < old.date():
        yield _("A date comes twice. Both count as one night, with one dose.")
    yield _("Times that you wrote down before keep their own zone.")


def _skipped(before: Trial, after: Trial, visit: Visit) -> Iterator[date]:
    first = before.clock.night_of(visit.now)
    for night in (first + n * _DAY for n in range(3)):
        if after.clock.begins(night) is None and before.clock.begins(night) is not None:
            yield night
