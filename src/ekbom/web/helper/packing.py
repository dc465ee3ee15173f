"""Making the packs: what goes into each, shown or printed for whoever can open the order."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ekbom.guide.place import is_drawn
from ekbom.language import say
from ekbom.problem import InputError, RefusedError
from ekbom.report.paper.instructions import instruction_sheet
from ekbom.report.paper.labels import label_sheet
from ekbom.report.paper.packing_list import keeper_papers
from ekbom.report.paper.setting import Document, Paper, pdf_of
from ekbom.report.paper.shopping import shopping_list
from ekbom.safety.preparation import needs_of
from ekbom.trial.folder import Trial
from ekbom.trial.seal import Seal
from ekbom.trial.sealed import open_sealed, packing_list
from ekbom.web.course.packs import pack_fill
from ekbom.web.helper.forms import KeyForm, PaperForm, SecretPaperForm
from ekbom.web.helper.links import take_turn
from ekbom.web.helper.sealing import too_many
from ekbom.web.helper.visits import Helping, for_helper
from ekbom.web.helper.work import next_step, packing_page
from ekbom.web.refusals import form_with, problems_in

_SHOWN = "list"


@require_http_methods(["GET", "HEAD", "POST"])
@for_helper
def packs(request: HttpRequest, helping: Helping) -> HttpResponse:
    """Show or print what tells the order; the passphrase is asked for each time."""
    if request.method != "POST":
        return redirect("helper_work")
    if not is_drawn(helping.trial) or helping.here.is_over:
        return next_step(request, helping)
    form = SecretPaperForm(request.POST)
    seal = opened(helping, form) if form.is_valid() else None
    if seal is None:
        return packing_page(request, helping, form)
    what, paper = request.POST.get("what", _SHOWN), form.cleaned_data["paper"]
    if what == _SHOWN:
        # A browser can send its form anew when somebody else goes back to the page.
        if not take_turn(helping.link, turn=form.cleaned_data["turn"]):
            return redirect("helper_work")
        context = {"rows": _rows(helping.trial, seal), "fill": pack_fill(helping.trial)}
        return render(request, "ekbom/helper/list.html", context)
    secret = keeper_papers(trial=helping.trial, treatments=seal.treatments)
    return _printed(request, helping, secret.get(what), what, paper)


@require_http_methods(["GET", "HEAD", "POST"])
@for_helper
def papers(request: HttpRequest, helping: Helping) -> HttpResponse:
    """Print what is the same for every order: shopping list, labels and instructions."""
    if request.method != "POST":
        return redirect("helper_work")
    if not is_drawn(helping.trial) or helping.here.is_over:
        return next_step(request, helping)
    form = PaperForm(request.POST, auto_id="open_%s")
    if not form.is_valid():
        return packing_page(request, helping, paper=form)
    what = request.POST.get("what", "")
    try:
        document = _open_paper(helping.trial, what)
    except (InputError, RefusedError) as error:
        return packing_page(request, helping, paper=form_with(form, error))
    return _printed(request, helping, document, what, form.cleaned_data["paper"])


def opened(helping: Helping, form: KeyForm) -> Seal | None:
    """Return the order that a typed key opens; ``None`` where it does not, said at its field."""
    if not helping.may_try():
        form.add_error(None, too_many())
        return None
    try:
        return open_sealed(helping.trial, key=form.key)
    except (InputError, RefusedError) as error:
        helping.note_wrong()
        form.add_error("passphrase", problems_in(error))
        return None


def _rows(trial: Trial, seal: Seal) -> list[tuple[int, str]]:
    labels = {t.name: say(t.label) for t in trial.protocol.treatments}
    return [(pack.number, labels[pack.treatment]) for pack in packing_list(seal)]


def _open_paper(trial: Trial, what: str) -> Document | None:
    match what:
        case "labels.pdf":
            return label_sheet(trial=trial)
        case "instructions.pdf":
            return instruction_sheet(trial=trial)
        case "shopping-list.pdf":
            found = needs_of(trial=trial, size=None, salt=None, a_night=None)
            return shopping_list(fill=found.fill, a_night=found.a_night)
        case _:
            return None


def _printed(
    request: HttpRequest, helping: Helping, document: Document | None, what: str, paper: Paper
) -> HttpResponse:
    """Return a paper as a file to print, with a name that is the same for every order."""
    if document is None:
        return next_step(request, helping)
    data = pdf_of(document, paper=paper, made=helping.now)
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{what}"'
    return response
