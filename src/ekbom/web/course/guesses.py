"""What the person believes, asked before they can know; and the opening of the order."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.guide.guesses import guess_due, is_opened, known_from, periods_over
from ekbom.guide.missing import missing_nights
from ekbom.guide.place import is_drawn
from ekbom.guide.situation import Situation, situation_of
from ekbom.language import say
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.model import Protocol
from ekbom.trial.additions import UNSURE
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.sending import done, is_taken, logged, not_now, posted, shown
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import TrialRow
from ekbom.web.results.kept import result_of
from ekbom.web.store import load
from ekbom.web.widgets import ScaleField

_SIGNS = (
    ("taste", gettext_lazy("The taste")),
    ("stools", gettext_lazy("My stools")),
    ("effect", gettext_lazy("How my legs were")),
    ("saw it", gettext_lazy("I saw it, or was told")),
)

_OPINIONS = (
    ("helps", gettext_lazy("It helps me")),
    ("no difference", gettext_lazy("It makes no difference")),
    ("makes it worse", gettext_lazy("It makes it worse")),
    (UNSURE, gettext_lazy("I don't know")),
)


def _own_words() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("In your own words, if you want"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _sure() -> ScaleField:
    return ScaleField(
        minimum=0,
        maximum=10,
        low=gettext_lazy("a pure guess"),  # type: ignore[arg-type]  # shown, and so said, only later
        high=gettext_lazy("certain"),  # type: ignore[arg-type]  # shown, and so said, only later
        label=gettext_lazy("How sure are you?"),
    )


class GuessForm(KeyedForm):
    """For which treatment a period was taken, how surely, and why."""

    treatment = forms.ChoiceField(
        label=gettext_lazy("What do you think you took?"), widget=forms.RadioSelect
    )
    sure = _sure()
    signs = forms.MultipleChoiceField(
        label=gettext_lazy("What makes you think so?"),
        choices=_SIGNS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    words = _own_words()

    def __init__(self, data: Mapping[str, Any] | None, *, protocol: Protocol) -> None:
        super().__init__(data)
        names = [(t.name, say(t.label)) for t in protocol.treatments]
        choice = self.fields["treatment"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [*names, (UNSURE, _("I don't know"))]

    @property
    def why(self) -> str:
        """Return what the guess rests on, as one text."""
        said = self.cleaned_data
        return "; ".join(filter(None, [*said["signs"], said["words"].strip()]))


class LastGuessForm(KeyedForm):
    """What the person thinks that the trial will show."""

    opinion = forms.ChoiceField(
        label=gettext_lazy("What do you think it does for your legs?"),
        choices=_OPINIONS,
        widget=forms.RadioSelect,
    )
    sure = _sure()
    words = _own_words()


class SkipForm(KeyedForm):
    """A guess that is left out with one tap."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def guess(request: HttpRequest, visit: Visit, period: int) -> HttpResponse:
    """Ask for which treatment a period that is over was taken."""
    trial, here = visit.trial, situation_of(trial=visit.trial, now=visit.now)
    if trial.protocol.imported or not is_drawn(trial) or period not in periods_over(here):
        return _no_guess(request, _("This period is not over, so there is nothing to guess yet."))
    if is_opened(here):
        return _no_guess(request, _("The order is open, so nothing is left to guess."))
    if period in {event.detail["period"] for event in of_kind(trial.events, "guess")}:
        return _no_guess(request, _("You have made your guess about this period."))
    after = "last_guess" if here.is_over else "tonight"
    if request.method == "POST" and "skip" in request.POST:
        unsure = SkipForm(request.POST)
        if is_taken(visit, unsure, lambda t: _unguessed(t, visit, period)):
            return done(request, _("That is fine. There is no guess about this period."), after)
    form = GuessForm(posted(request), protocol=trial.protocol)
    if form.is_bound and is_taken(visit, form, lambda t: _guessed(t, visit, period, form)):
        return done(request, _("Your guess is written down."), after)
    return shown(
        request,
        "ekbom/course/guess.html",
        form=form,
        period=period,
        open=trial.protocol.blinding == "open",
        over=here.is_over,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def last_guess(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask, before the order is opened, what the trial will show; the last period comes first."""
    here = situation_of(trial=visit.trial, now=visit.now)
    refusal = _not_over(request, here)
    if refusal is not None:
        return refusal
    if last_of(visit.trial.events, "last guess") is not None:
        return _go_on(request, _("You have made your last guess."))
    due = guess_due(here)
    if request.method != "POST" and due is not None:
        return redirect("guess", period=due[0])
    if request.method == "POST" and "skip" in request.POST:
        unsure = SkipForm(request.POST)
        if is_taken(visit, unsure, lambda t: logged(t, visit, "last guess", opinion=UNSURE)):
            return done(request, _("That is fine. There is no last guess."), "unblind")
    form = LastGuessForm(posted(request))
    if form.is_bound and is_taken(visit, form, lambda t: _guessed_last(t, visit, form)):
        return done(request, _("Your last guess is written down."), "unblind")
    return shown(request, "ekbom/course/last_guess.html", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def unblind(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Open the order, once the last guess was made and nothing is left to add."""
    here = situation_of(trial=visit.trial, now=visit.now)
    refusal = _not_over(request, here)
    if refusal is not None:
        return refusal
    if last_of(visit.trial.events, "last guess") is None:
        return not_now(
            request,
            title=_("Open the order"),
            why=_("First, say what you think it does. It can be asked only before the opening."),
            go="last_guess",
            label=_("My last guess"),
        )
    elsewhere = _elsewhere(request, visit.trial)
    if elsewhere is not None:
        return elsewhere
    form = SkipForm(posted(request))
    night = known_from(here)
    if form.is_bound and is_taken(
        visit, form, lambda t: logged(t, visit, "unblinding", night=night)
    ):
        _work_out(visit)
        return done(request, _("The order is open."), "verdict")
    missing = missing_nights(trial=visit.trial, now=visit.now)
    return shown(request, "ekbom/course/unblind.html", form=form, missing=missing)


def _elsewhere(request: HttpRequest, trial: Trial) -> HttpResponse | None:
    """Return the page on which the order is opened, where that is not here."""
    if trial.protocol.blinding == "clinic":
        why = _("The clinic opens the order. After that you see here what the trial shows.")
        return not_now(
            request,
            title=_("Open the order"),
            why=why,
            go="tonight",
            label=_("Back to Tonight"),
        )
    pages = {"helper": "helper", "alone": "read_slips"}
    page = pages.get(trial.protocol.blinding)
    return None if page is None else redirect(page)


def _work_out(visit: Visit) -> None:
    """Work the result out while the person waits for it anyway; a page is given up on sooner."""
    row = TrialRow.objects.get(pk=visit.row.pk)
    with contextlib.suppress(InputError, RefusedError):
        result_of(row, trial=load(row, now=visit.now), now=visit.now)


def _guessed(trial: Trial, visit: Visit, period: int, form: GuessForm) -> Trial:
    said = form.cleaned_data
    return logged(
        trial,
        visit,
        "guess",
        period=period,
        treatment=said["treatment"],
        sure=said["sure"],
        why=form.why,
    )


def _unguessed(trial: Trial, visit: Visit, period: int) -> Trial:
    return logged(trial, visit, "guess", period=period, treatment=UNSURE)


def _guessed_last(trial: Trial, visit: Visit, form: LastGuessForm) -> Trial:
    said = form.cleaned_data
    return logged(
        trial,
        visit,
        "last guess",
        opinion=said["opinion"],
        sure=said["sure"],
        why=said["words"].strip(),
    )


def _no_guess(request: HttpRequest, why: str) -> HttpResponse:
    return not_now(
        request, title=_("Your guess"), why=why, go="tonight", label=_("Back to Tonight")
    )


def _not_over(request: HttpRequest, here: Situation) -> HttpResponse | None:
    """Return why there is nothing to open: still running, never drawn, or open already."""
    if is_opened(here) or here.trial.protocol.imported:
        return _go_on(request, _("The order is open."))
    if not here.is_over:
        why = _("The trial is still running. Its order is opened when its last night is past.")
    elif not is_drawn(here.trial):
        why = _("The order of treatments was never drawn, so there is nothing to open.")
    else:
        return None
    return not_now(
        request, title=_("Open the order"), why=why, go="tonight", label=_("Back to Tonight")
    )


def _go_on(request: HttpRequest, why: str) -> HttpResponse:
    return not_now(
        request, title=_("Open the order"), why=why, go="verdict", label=_("What it shows")
    )
