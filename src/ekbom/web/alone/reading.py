"""Reading the slips when the trial is over: some now and others later, then the order is open."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ekbom.guide.missing import missing_nights
from ekbom.guide.place import is_drawn
from ekbom.guide.situation import situation_of
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.periods import period_count
from ekbom.trial.by_hand import codes_read, is_read, reached, unread
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.trial.printed import trial_mark
from ekbom.trial.slip_reading import add_readings, opened_with
from ekbom.web.access import Visit
from ekbom.web.alone.places import for_alone, refused
from ekbom.web.alone.slip_fields import SlipsForm, word_found
from ekbom.web.course.sending import done, is_taken, posted, shown
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import TrialRow
from ekbom.web.refusals import form_with
from ekbom.web.results.kept import result_of
from ekbom.web.store import change_files, load


class ComparedForm(KeyedForm):
    """That every slip was compared with the list, which no code can do."""

    compared = forms.BooleanField(
        label=gettext_lazy("Every line is as I find it on the slips"),
        error_messages={"required": gettext_lazy("Compare the list with the slips first.")},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_alone
def read(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Read slips, pack by pack; once all are known, compare them and open the order."""
    refusal = _not_due(request, visit)
    if refusal is not None:
        return refusal
    trial = visit.trial
    if "compare" in request.POST:
        return _opening(request, visit)
    packs = range(1, period_count(trial.protocol.design) + 1)
    form = SlipsForm(posted(request), trial=trial, packs=packs)
    if form.is_bound and is_taken(visit, form, lambda t: _readings(t, visit, form)):
        return done(request, _("Written down."), "read_slips")
    if not form.is_bound and not unread(trial):
        return _compare(request, visit, ComparedForm())
    return _reading(request, visit, form)


@never_cache
@require_http_methods(["GET", "HEAD"])
@for_alone
def correct(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what was read, with a place to put each right."""
    refusal = _not_due(request, visit)
    if refusal is not None:
        return refusal
    packs = range(1, period_count(visit.trial.protocol.design) + 1)
    return _reading(request, visit, SlipsForm(None, trial=visit.trial, packs=packs), open_=True)


def _reading(
    request: HttpRequest, visit: Visit, form: SlipsForm, *, open_: bool = False
) -> HttpResponse:
    trial = visit.trial
    needed, known = unread(trial), codes_read(trial)
    never = [p for p in form.packs if p not in known and p not in reached(trial)]
    again = sorted(known)
    faulty = any(form.errors.get(f"code_{p}") for p in again) if form.is_bound else False
    return shown(
        request,
        "ekbom/alone/read.html",
        form=form,
        needed=tuple(form.places(needed)),
        again=tuple(form.places(again)),
        never=tuple(form.places(never)),
        again_open=open_ or faulty,
        strays=form.strays,
        seen=" ".join(map(str, again)),
        mark=trial_mark(trial),
        missing=missing_nights(trial=trial, now=visit.now),
    )


def _compare(request: HttpRequest, visit: Visit, form: ComparedForm) -> HttpResponse:
    lost = sorted(pack for pack, code in codes_read(visit.trial).items() if not code)
    found = word_found(visit.trial)
    return shown(request, "ekbom/alone/compare.html", form=form, found=found, lost=lost)


def _opening(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Open the order, once everything that it needs was read and compared."""
    if unread(visit.trial):
        return redirect("read_slips")
    form = ComparedForm(request.POST)
    if not form.is_valid():
        return _compare(request, visit, form)
    try:
        change_files(visit.row, lambda t: _opened(t, visit), now=visit.now)
    except (InputError, RefusedError) as error:
        return _compare(request, visit, form_with(form, error))
    _work_out(visit)
    return done(request, _("The order is open."), "verdict")


def _readings(trial: Trial, visit: Visit, form: SlipsForm) -> Trial:
    """Return the trial with what was read; a pack's own field is where it is put right."""
    try:
        return add_readings(
            trial,
            codes=form.codes,
            lost=form.lost,
            how=form.how,
            now=visit.now,
            as_found=form.as_found,
            correct=form.is_correction(codes_read(trial)),
        )
    except InputError as error:
        form.blame(error)
        raise RefusedError(_("The slips contradict each other, so none is written down.")) from None


def _opened(trial: Trial, visit: Visit) -> tuple[Trial, Mapping[str, bytes]]:
    opened = opened_with(trial, now=visit.now)
    return opened.trial, opened.kept


def _work_out(visit: Visit) -> None:
    """Work the result out while the person waits for it anyway; a page is given up on sooner."""
    row = TrialRow.objects.get(pk=visit.row.pk)
    with contextlib.suppress(InputError, RefusedError):
        result_of(row, trial=load(row, now=visit.now), now=visit.now)


def _not_due(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    """Return the page that says why no slip is read now, ``None`` where slips are read."""
    found = _first(visit)
    if found is None:
        return None
    why, go, label = found
    return refused(request, why, go, label, _("Read the slips"))


def _first(visit: Visit) -> tuple[str, str, str] | None:
    """Return why nothing is read now, where to go and the words for it."""
    trial = visit.trial
    if is_drawn(trial) and is_read(trial):
        return _("The slips are read, and the order is open."), "verdict", _("What it shows")
    if not situation_of(trial=trial, now=visit.now).is_over:
        why = _(
            "The trial is still running. Reading a slip now breaks the blind, and that cannot be "
            "undone. If an envelope came open, write that down instead."
        )
        return why, "deviation", _("Write down what happened")
    if not is_drawn(trial):
        why = _("The slips were never made, so there is nothing to read.")
        return why, "tonight", _("Back to Tonight")
    if not reached(trial):
        why = _("The trial ended before the first pack, so there is no slip to read.")
        return why, "tonight", _("Back to Tonight")
    if last_of(trial.events, "last guess") is None:
        why = _("First, say what you think it does. It can be asked only before the opening.")
        return why, "last_guess", _("My last guess")
    return None
