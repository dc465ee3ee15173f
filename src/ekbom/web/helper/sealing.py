"""Drawing and sealing the order: nothing counts before its helper has opened it once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ekbom.guide.place import is_drawn
from ekbom.problem import InputError, RefusedError
from ekbom.trial.codes import draw_code
from ekbom.trial.folder import Trial
from ekbom.trial.place import SEALED
from ekbom.trial.seal import Secrets
from ekbom.trial.sealed_draw import draw_sealed, keep_sealed, sealed_begun
from ekbom.trial.sealing import RECOVERY_SYMBOLS, Lock, Sealed, sealed_from, unseal
from ekbom.web.helper.forms import PassphraseForm, ProofForm
from ekbom.web.helper.links import drop_draft, keep_draft, next_turn, use_up
from ekbom.web.helper.visits import Helping, for_helper
from ekbom.web.helper.work import next_step, stepped
from ekbom.web.refusals import form_with
from ekbom.web.store import change_files, load

SOURCE: Secrets = secrets.token_bytes
"""Where the bytes of every draw come from."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_helper
def seal(request: HttpRequest, helping: Helping) -> HttpResponse:
    """Draw the order, seal it at once, and show its recovery code, on this one page alone."""
    if request.method != "POST":
        return redirect("helper_work")
    if is_drawn(helping.trial):
        return next_step(request, helping)
    form = PassphraseForm(request.POST)
    if sealed_begun(helping.trial):
        return _recorded(request, helping, None, form)
    if not form.is_valid():
        return stepped(request, "seal", form)
    code = _drawn(helping, form)
    return (
        render(request, "ekbom/helper/code.html", {"code": code}) if code else _again(request, form)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_helper
def prove(request: HttpRequest, helping: Helping) -> HttpResponse:
    """Have the helper open the order with each of what they keep; only then put it on record."""
    if request.method != "POST":
        return redirect("helper_work")
    draft = bytes(helping.link.sealed)
    if is_drawn(helping.trial) or not draft:
        return next_step(request, helping)
    form = ProofForm(request.POST)
    if not helping.may_try():
        form.add_error(None, too_many())
    elif form.is_valid():
        if _opens(sealed_from(draft), form):
            return _recorded(request, helping, draft, form)
        helping.note_wrong()
    return stepped(request, "prove", form)


@require_POST
@for_helper
def begin_again(request: HttpRequest, helping: Helping) -> HttpResponse:
    """Throw away an order that is not on record, for whoever missed its code."""
    del request
    drop_draft(helping.link)
    return redirect("helper_work")


def too_many() -> str:
    """Say that too many wrong passphrases were typed."""
    return _("That was wrong too often. Wait ten minutes. Then try again.")


def _drawn(helping: Helping, form: PassphraseForm) -> str:
    """Keep a new sealed order and return its recovery code; nothing if another was asked for."""
    turn = next_turn(helping.link)
    code = draw_code(symbols=RECOVERY_SYMBOLS, secrets=SOURCE)
    lock = Lock(code, form.cleaned_data["new"])
    try:
        data = draw_sealed(helping.trial, lock=lock, now=helping.now, source=SOURCE)
    except (InputError, RefusedError) as error:
        form_with(form, error)
        return ""
    return code if keep_draft(helping.link, turn=turn, data=data) else ""


def _again(request: HttpRequest, form: PassphraseForm) -> HttpResponse:
    if not form.errors:
        form.add_error(None, _("This was sent twice at once. Begin again."))
    return stepped(request, "seal", form)


def _opens(draft: Sealed, form: ProofForm) -> bool:
    """Return whether both keys open the order; which does not is said at its field."""
    for name, key in form.keys().items():
        try:
            unseal(draft, key=key)
        except InputError as error:
            form.refuse(name, error)
    return not form.errors


def _recorded(
    request: HttpRequest, helping: Helping, draft: bytes | None, form: PassphraseForm | ProofForm
) -> HttpResponse:
    """Put the order on record; where this very one is there already, nothing more happens.

    Without ``draft`` a draw that was interrupted is finished.
    """
    try:
        with transaction.atomic():
            change_files(helping.row, lambda t: _kept(t, helping, draft), now=helping.now)
            use_up(helping.link, now=helping.now)
    except (InputError, RefusedError) as error:
        return stepped(request, "prove" if draft else "seal", form_with(form, error))
    found = load(type(helping.row).objects.get(pk=helping.row.pk), now=helping.now)
    if draft not in (None, found.place.read(SEALED)):
        return render(request, "ekbom/helper/other.html")
    return redirect("helper_work")


def _kept(trial: Trial, helping: Helping, draft: bytes | None) -> tuple[Trial, Mapping[str, bytes]]:
    if is_drawn(trial):
        return trial, {}
    drawn = keep_sealed(trial, now=helping.now, data=draft)
    return drawn.trial, drawn.kept
