"""What a helper does now: seal the order, prove it, make the packs, and in the end open it."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ekbom.guide.place import is_drawn
from ekbom.safety.fill import Fill
from ekbom.trial.sealed_draw import sealed_begun
from ekbom.trial.unblinding import opening_begun
from ekbom.web.course.packs import pack_fill
from ekbom.web.course.sending import REFUSED
from ekbom.web.helper.forms import KeyForm, PaperForm, PassphraseForm, ProofForm, SecretPaperForm
from ekbom.web.helper.visits import Helping, for_helper


@require_safe
@for_helper
def work(request: HttpRequest, helping: Helping) -> HttpResponse:
    """Show the step that comes next."""
    return next_step(request, helping)


def next_step(request: HttpRequest, helping: Helping) -> HttpResponse:
    """Return the page of the step that a trial is at."""
    if helping.has("unblinding") and not opening_begun(helping.trial):
        return render(request, "ekbom/helper/opened.html")
    if not is_drawn(helping.trial):
        return _before(request, helping)
    if not helping.here.is_over:
        return packing_page(request, helping)
    if not helping.has("last guess") and not opening_begun(helping.trial):
        return render(request, "ekbom/helper/waiting.html")
    return stepped(request, "open", KeyForm())


def packing_page(
    request: HttpRequest,
    helping: Helping,
    form: SecretPaperForm | None = None,
    paper: PaperForm | None = None,
) -> HttpResponse:
    """Return the page from which the packs are made; a form given to it is one that was refused."""
    # Two forms on one page: each field has an id of its own.
    other = paper or PaperForm(auto_id="open_%s")
    fill = pack_fill(helping.trial)
    form = form or SecretPaperForm(initial={"turn": helping.link.turn})
    return stepped(request, "packs", form, paper=other, fill=fill)


def stepped(
    request: HttpRequest,
    page: str,
    form: forms.Form,
    *,
    paper: PaperForm | None = None,
    fill: Fill | None = None,
) -> HttpResponse:
    """Return the page of a step with its form, or its two, of which one may have been refused."""
    refused = any(one is not None and one.is_bound and one.errors for one in (form, paper))
    known = {"form": form, "paper": paper, "fill": fill}
    status = REFUSED if refused else 200
    return render(request, f"ekbom/helper/{page}.html", known, status=status)


def _before(request: HttpRequest, helping: Helping) -> HttpResponse:
    if helping.link.sealed:
        return stepped(request, "prove", ProofForm())
    if sealed_begun(helping.trial):
        return render(request, "ekbom/helper/finish.html")
    here = helping.here
    if not here.draw_is_open or here.screened not in ("not needed", "fit"):
        return render(request, "ekbom/helper/too_early.html")
    return stepped(request, "seal", PassphraseForm())
