"""The guide through the making of packs alone: one step after the other, each put on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ekbom.guide.place import is_drawn
from ekbom.guide.situation import situation_of
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.periods import period_count
from ekbom.report.packing_words import said_step
from ekbom.report.paper.labels import capsules_a_night
from ekbom.trial.folder import Trial
from ekbom.trial.packing import Move, add_again, add_move, done_so_far, moves_of, next_move
from ekbom.trial.slip_making import draw_codes
from ekbom.web.access import Visit
from ekbom.web.alone.places import before_slips, for_making, refused
from ekbom.web.course.sending import done, is_taken, posted, shown
from ekbom.web.keyed import KeyedForm
from ekbom.web.refusals import form_with, problems_in
from ekbom.web.store import change_files


class StepForm(KeyedForm):
    """A step that was done; its pair is empty where it is done once for all."""

    step = forms.CharField(max_length=40, widget=forms.HiddenInput)
    pair = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class SlipsForm(KeyedForm):
    """Nothing but the wish to have the slips made."""


class AgainForm(KeyedForm):
    """A pair whose packs are made again, and that this is meant."""

    pair = forms.TypedChoiceField(coerce=int, widget=forms.RadioSelect)
    sure = forms.BooleanField()

    def __init__(self, data: Mapping[str, Any] | None, *, pairs: int) -> None:
        super().__init__(data, auto_id="again_%s")
        choice, sure = self.fields["pair"], self.fields["sure"]
        assert isinstance(choice, forms.TypedChoiceField)  # noqa: S101 - declared above
        choice.label = _("Which pair is made again?")
        packs = _("Pair %(pair)d: packs %(first)d and %(second)d")
        choice.choices = [
            (n, packs % {"pair": n, "first": 2 * n - 1, "second": 2 * n})
            for n in range(1, pairs + 1)
        ]
        sure.label = _("I make both packs of this pair again")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_making
def guide(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the next step of making the packs, and put on record that it is done."""
    if not is_drawn(visit.trial):
        return _slips(request, visit)
    form = StepForm(request.POST) if "step" in request.POST else None
    if form is not None and is_taken(visit, form, lambda t: _stepped(t, visit, form)):
        return redirect("alone")
    return _guide(request, visit, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_making
def again(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say what to do when a pack is lost or spilled, and put on record that a pair is made anew."""
    if not is_drawn(visit.trial):
        return redirect("alone")
    form = AgainForm(posted(request), pairs=period_count(visit.trial.protocol.design) // 2)
    if form.is_bound and is_taken(
        visit, form, lambda t: add_again(t, pair=form.cleaned_data["pair"], now=visit.now)
    ):
        said = _("Written down. Pair %(pair)d begins anew.") % {"pair": form.cleaned_data["pair"]}
        return done(request, said, "alone")
    return shown(request, "ekbom/alone/again.html", form=form)


def _slips(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Offer the making of the slips, or say what comes before it."""
    here = situation_of(trial=visit.trial, now=visit.now)
    before, form = before_slips(here), SlipsForm(posted(request))
    if form.is_bound and before is not None:
        why, go, label = before
        return refused(request, why, go, label, _("Make the packs alone"))
    if form.is_bound and _are_made(visit, form):
        return done(request, _("The slips are made. Print them next."), "alone_papers")
    packs = period_count(visit.trial.protocol.design)
    page = "ekbom/alone/slips.html"
    return shown(request, page, form=None if before else form, before=before, packs=packs)


def _are_made(visit: Visit, form: SlipsForm) -> bool:
    """Make the slips; where a second tap finds them made, nothing more happens."""
    if not form.is_valid():
        return False
    try:
        change_files(visit.row, lambda t: _made(t, visit), now=visit.now)
    except (InputError, RefusedError) as error:
        form_with(form, error)
        return False
    return True


def _made(trial: Trial, visit: Visit) -> tuple[Trial, Mapping[str, bytes]]:
    if is_drawn(trial):
        return trial, {}
    drawn = draw_codes(trial, now=visit.now)
    return drawn.trial, drawn.kept


def _stepped(trial: Trial, visit: Visit, form: StepForm) -> Trial:
    """Return the trial with the step done; told of by another device already, it is done."""
    move = Move(form.cleaned_data["step"], form.cleaned_data["pair"])
    if move in done_so_far(trial):
        return trial
    if move != next_move(trial):
        raise RefusedError(_("Another step comes next. None is left out, as that keeps the blind."))
    return add_move(trial, step=move.step, pair=move.pair, now=visit.now)


def _guide(request: HttpRequest, visit: Visit, sent: StepForm | None) -> HttpResponse:
    trial = visit.trial
    try:
        capsules = round(capsules_a_night(trial) or 0)
    except RefusedError as error:
        return refused(request, " ".join(problems_in(error)))
    due, everything, told = next_move(trial), moves_of(trial), done_so_far(trial)
    before = [move for move in everything if move in told]
    form = None
    if due is not None:
        form = StepForm(auto_id=False, initial={"step": due.step, "pair": due.pair})
    return shown(
        request,
        "ekbom/alone/guide.html",
        form=sent,
        step=None if due is None else _said(due, trial, capsules),
        step_form=form,
        number=len(before) + 1,
        all=len(everything),
        last=_said(before[-1], trial, capsules) if before else None,
        steps=[(_said(move, trial, capsules), move in told, move == due) for move in everything],
    )


def _said(move: Move, trial: Trial, capsules: int) -> Mapping[str, Any]:
    return said_step(move, protocol=trial.protocol, capsules=capsules)
