"""Ending a trial early, and what went otherwise than planned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.guide.place import is_drawn
from ekbom.guide.situation import situation_of
from ekbom.protocol.periods import period_count
from ekbom.trial.folder import Trial
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.breaks import day_field
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

REASONS = (
    ("side effects", gettext_lazy("Side effects")),
    ("lack of benefit", gettext_lazy("It does not help")),
    ("illness or medicine", gettext_lazy("An illness, or another medicine")),
    ("own wish", gettext_lazy("I do not want to go on")),
    ("other", gettext_lazy("Another reason")),
)
"""Why a trial is ended; the first two may hang on the treatment, and the verdict says so."""

_WHOLE = "whole"
_SHOWN = (
    ("", gettext_lazy("No")),
    ("pack seen through", gettext_lazy("Yes, I could see, feel or taste it")),
    ("helper told", gettext_lazy("Yes, somebody told me about one pack")),
    (_WHOLE, gettext_lazy("Yes, somebody told me about all packs")),
    ("other", gettext_lazy("Yes, in another way")),
)
"""What may show what a pack holds; the first is none of it."""


class StopForm(KeyedForm):
    """Why and with which night a trial ends."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you want to stop?"), choices=REASONS, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=gettext_lazy("In your own words, if you want"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    last = day_field(gettext_lazy("The last night with capsules"))
    sure = forms.BooleanField(
        label=gettext_lazy("I want to end the trial. I know that this cannot be undone.")
    )

    @property
    def why(self) -> str:
        """Return the reason, in the person's own words where none of the others fits."""
        reason, words = self.cleaned_data["reason"], self.cleaned_data["words"].strip()
        return words if reason == "other" and words else str(reason)


class DeviationForm(KeyedForm):
    """What went otherwise than planned."""

    night = day_field(gettext_lazy("Which night?"))
    note = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    what = forms.ChoiceField(
        label=gettext_lazy("Did it show you what a pack holds?"),
        help_text=gettext_lazy("Do not write down what you learned."),
        choices=_SHOWN,
        initial="",
        required=False,
        widget=forms.RadioSelect,
    )
    period = forms.TypedChoiceField(
        label=gettext_lazy("Which pack was it?"),
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None, *, trial: Trial, night: date) -> None:
        super().__init__(data, initial={"night": night})
        packs = range(1, period_count(trial.protocol.design) + 1)
        choice = self.fields["period"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [("", _("The one in use that night")), *((n, str(n)) for n in packs)]
        if trial.protocol.imported or not is_drawn(trial):
            del self.fields["what"], self.fields["period"]

    @property
    def event(self) -> tuple[str, dict[str, Any]]:
        """Return the kind of event that was told, and its detail."""
        said = self.cleaned_data
        detail = {"night": said["night"], "note": said["note"]}
        what = said.get("what")
        if not what:
            return "deviation", detail
        if what == _WHOLE:
            return "incident", {**detail, "what": "helper told", "whole": True}
        return "incident", {**detail, "what": what, "period": said["period"]}


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def stop(request: HttpRequest, visit: Visit) -> HttpResponse:
    """End a trial for good; everything before counts."""
    if visit.trial.protocol.imported or situation_of(trial=visit.trial, now=visit.now).is_over:
        return not_now(
            request,
            title=_("Stop the trial"),
            why=_("The trial is over already."),
            go="verdict",
            label=_("What it shows"),
        )
    form = StopForm(posted(request), initial={"last": _last_night(visit)})
    if form.is_bound and is_taken(visit, form, lambda t: _ended(t, visit, form)):
        said = _("The trial has ended. Take no more capsules of it. What you wrote down counts.")
        return done(request, said)
    return shown(request, "ekbom/course/stop.html", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def deviation(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put on record what went otherwise than planned, or what showed a pack's content."""
    night = visit.trial.clock.night_of(visit.now)
    form = DeviationForm(posted(request), trial=visit.trial, night=night)
    if form.is_bound and is_taken(visit, form, lambda t: _deviated(t, visit, form)):
        return done(request, _("It is written down. Go on as planned."), "trial")
    return shown(request, "ekbom/course/deviation.html", form=form)


def _last_night(visit: Visit) -> date:
    """Return the last night with capsules, or the one before tonight where none were taken."""
    taken = [d.night for d in visit.trial.doses if d.capsules]
    before = tonight_of(visit) - timedelta(days=1)
    return max(taken, default=max(before, visit.trial.start))


def _ended(trial: Trial, visit: Visit, form: StopForm) -> Trial:
    more = form.cleaned_data["words"].strip()
    trial = logged(trial, visit, "ended", last=form.cleaned_data["last"], reason=form.why)
    if not more or more == form.why:
        return trial
    return logged(trial, visit, "note", note=more)


def _deviated(trial: Trial, visit: Visit, form: DeviationForm) -> Trial:
    kind, detail = form.event
    return logged(trial, visit, kind, **detail)
