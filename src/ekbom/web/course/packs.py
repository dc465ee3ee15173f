"""Making the packs: what is in all of them alike, and, on its own page, what is in each."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ekbom.design.calendar import spare_nights
from ekbom.guide.place import is_drawn
from ekbom.language import say
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.periods import period_count
from ekbom.report.plan_words import OPEN_COST
from ekbom.safety.fill import Fill, fill
from ekbom.trial.blinding import blinding_of
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.sending import done, is_taken, logged, not_now, posted, shown
from ekbom.web.keyed import KeyedForm
from ekbom.web.refusals import problems_in

_HALVES = ("pairs", "counterbalanced")
"""Designs of which everybody knows that half of the packs hold magnesium."""


class ReadyForm(KeyedForm):
    """How many further nights the spare capsules of a pack cover."""

    spare_nights = forms.IntegerField(
        label=gettext_lazy("For how many extra nights do the spare capsules of one pack last?"),
        help_text=gettext_lazy("They help after a long pause. 0 is fine."),
        min_value=0,
        max_value=365,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class GivenForm(KeyedForm):
    """Nothing but that somebody else has given over all packs."""


class ListForm(KeyedForm):
    """Nothing but the wish to see the list."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def make(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show how many capsules go into the packs, and put on record that they are ready."""
    trial = visit.trial
    if trial.protocol.blinding == "alone" and not trial.protocol.imported:
        return redirect("alone")
    refusal = _not_yet(request, trial)
    if refusal is not None:
        return refusal
    ready = last_of(trial.events, "packs ready") is not None
    form = None if ready else _form(request, trial)
    if (
        form is not None
        and form.is_bound
        and is_taken(visit, form, lambda t: _ready(t, visit, form))
    ):
        return done(request, _("The packs are on record. Tonight says when capsules begin."))
    return shown(
        request,
        "ekbom/course/packs.html",
        form=form,
        fill=pack_fill(trial),
        halves=trial.protocol.design.kind in _HALVES,
        way=trial.protocol.blinding,
        packs=period_count(trial.protocol.design),
        ready=ready,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def contents(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say what the list costs; asked for by its button, show which pack holds which treatment."""
    trial = visit.trial
    refusal = _not_yet(request, trial)
    if refusal is not None:
        return refusal
    if trial.protocol.blinding != "open":
        return _refused(request, _("In this trial the list is not shown here."))
    rows = None
    if request.method == "POST":
        try:
            rows = _rows(trial)
        except (InputError, RefusedError) as error:
            return _refused(request, " ".join(problems_in(error)))
    cost, form = say(OPEN_COST), None if rows else ListForm()
    page = "ekbom/course/packing_list.html"
    return shown(request, page, form=form, rows=rows, cost=cost, fill=pack_fill(trial))


def _rows(trial: Trial) -> list[tuple[int, str]]:
    labels = {t.name: say(t.label) for t in trial.protocol.treatments}
    treatments = blinding_of(trial).open(trial=trial).treatments
    return [(number, labels[name]) for number, name in enumerate(treatments, start=1)]


def _form(request: HttpRequest, trial: Trial) -> KeyedForm:
    """Return the form of who made the packs, or of who was given them."""
    if trial.protocol.blinding != "open":
        return GivenForm(posted(request))
    return ReadyForm(posted(request), initial={"spare_nights": spare_nights(trial.protocol)})


def _ready(trial: Trial, visit: Visit, form: KeyedForm) -> Trial:
    """Put the packs on record; those of somebody else are filled by the plan."""
    spare = form.cleaned_data.get("spare_nights", spare_nights(trial.protocol))
    return logged(trial, visit, "packs ready", spare_nights=spare)


def pack_fill(trial: Trial) -> Fill | None:
    """Return the capsules of the packs, ``None`` where their number a night is not on record."""
    fixed, dose = last_of(trial.events, "dose fixed"), trial.protocol.dose
    capsules = None if fixed is None else fixed.detail.get("capsules")
    if dose is None or not capsules:
        return None
    return fill(design=trial.protocol.design, dose=dose, a_night=round(capsules), opened=0)


def _not_yet(request: HttpRequest, trial: Trial) -> HttpResponse | None:
    if trial.protocol.imported or trial.protocol.dose is None:
        return _refused(request, _("There are no packs in this trial."))
    if is_drawn(trial):
        return None
    why, label, go = _("The order is not drawn yet. Draw it first."), _("Draw the order"), "draw"
    if trial.protocol.blinding == "helper":
        why, label, go = (
            _("Your helper has not drawn the order yet."),
            _("Ask your helper"),
            "helper",
        )
    return not_now(request, title=_("Make the packs"), why=why, go=go, label=label)


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    return not_now(
        request, title=_("Make the packs"), why=why, go="tonight", label=_("Back to Tonight")
    )
