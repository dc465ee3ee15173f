"""The opening of the order, when the trial is over and the last guess is made."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ekbom.problem import InputError, RefusedError
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.trial.seal import Seal
from ekbom.trial.unblinding import opening_begun, refuse_unblinding, unblind
from ekbom.web.helper.forms import KeyForm
from ekbom.web.helper.links import use_up
from ekbom.web.helper.packing import opened
from ekbom.web.helper.visits import Helping, for_helper
from ekbom.web.helper.work import next_step, stepped
from ekbom.web.refusals import form_with
from ekbom.web.store import change_files


@require_http_methods(["GET", "HEAD", "POST"])
@for_helper
def open_order(request: HttpRequest, helping: Helping) -> HttpResponse:
    """Compare the order with all that is on record of it, and open it for good."""
    if request.method != "POST":
        return redirect("helper_work")
    if not _is_due(helping):
        return next_step(request, helping)
    form = KeyForm(request.POST)
    seal = opened(helping, form) if form.is_valid() else None
    if seal is None:
        return stepped(request, "open", form)
    try:
        change_files(helping.row, lambda t: _opened(t, seal, helping), now=helping.now)
    except (InputError, RefusedError) as error:
        return stepped(request, "open", form_with(form, error))
    use_up(helping.link, now=helping.now)
    return redirect("helper_work")


def _is_due(helping: Helping) -> bool:
    """Return whether the trial is over, so that nothing is lost by opening its order."""
    try:
        refuse_unblinding(helping.trial)
    except RefusedError:
        return False
    return helping.here.is_over or opening_begun(helping.trial)


def _opened(trial: Trial, seal: Seal, helping: Helping) -> tuple[Trial, Mapping[str, bytes]]:
    """Return the opened trial; a second tap finds it open and changes nothing."""
    if last_of(trial.events, "unblinding") is not None and not opening_begun(trial):
        return trial, {}
    refuse_unblinding(trial)
    drawn = unblind(trial, seal=seal, now=helping.now)
    return drawn.trial, drawn.kept
