"""What is bought and printed for packs that somebody makes alone; nothing tells an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ekbom.guide.place import is_drawn
from ekbom.problem import InputError, RefusedError
from ekbom.report.paper.instructions import instruction_sheet
from ekbom.report.paper.labels import label_sheet
from ekbom.report.paper.setting import PAPERS, Document, Paper, pdf_of
from ekbom.report.paper.shopping import shopping_list
from ekbom.report.paper.slips import slip_sheets
from ekbom.safety.preparation import needs_of, sizes
from ekbom.trial.folder import Trial
from ekbom.trial.packing import next_move
from ekbom.trial.slips import slips_of
from ekbom.web.access import Visit
from ekbom.web.alone.places import for_making, refused
from ekbom.web.course.sending import shown
from ekbom.web.keyed import KeyedForm
from ekbom.web.nights.capsules import units_of
from ekbom.web.refusals import form_with, problems_in

PRINTED = ("labels", "slips", "instructions", "shopping")


class SizeForm(KeyedForm):
    """The size of the empty capsules that are filled; without one, ready capsules are counted."""

    size = forms.ChoiceField(required=False)

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        super().__init__(data)
        choice = self.fields["size"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.label = _("Which size of empty capsules do you fill?")
        choice.help_text = _("It stands on their box. 000 is the largest.")
        choice.choices = [("", _("I do not know it yet")), *((s, s) for s in sizes())]


@never_cache
@require_safe
@for_making
def buy(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what to buy, spare and proof included; with a size of capsules, of powder too."""
    form, sheet = SizeForm(request.GET if "size" in request.GET else None), None
    size = form.cleaned_data["size"] if form.is_bound and form.is_valid() else ""
    try:
        sheet = _shopping(visit, size)
    except (InputError, RefusedError) as error:
        if form.is_bound:
            form_with(form, error)
    address = f"&size={size}" if size else ""
    return shown(request, "ekbom/alone/buy.html", form=form, sheet=sheet, address=address)


@never_cache
@require_safe
@for_making
def papers(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Offer what is printed, for both sizes of paper."""
    made = is_drawn(visit.trial)
    open_ = made and next_move(visit.trial) is not None
    return shown(request, "ekbom/alone/papers.html", sizes=_sizes(), made=made, slips=open_)


@never_cache
@require_safe
@for_making
def paper(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Send one of the papers as a PDF."""
    what, asked = request.GET.get("what"), request.GET.get("on")
    found = next((known for known in PAPERS if known == asked), None)
    if found is None or what not in PRINTED:
        raise Http404
    try:
        document = _document(visit, what, request.GET.get("size", ""))
    except (InputError, RefusedError) as error:
        return refused(request, " ".join(problems_in(error)), "alone", _("To the packs"))
    return _sent(document, visit, what, found)


def _document(visit: Visit, what: str, size: str) -> Document:
    trial = visit.trial
    match what:
        case "shopping":
            return _shopping(visit, size)
        case "labels":
            return label_sheet(trial=trial)
        case "slips":
            _refuse_slips(trial)
            return slip_sheets(protocol=trial.protocol, slips=slips_of(trial))
        case _:
            return instruction_sheet(trial=trial)


def _refuse_slips(trial: Trial) -> None:
    if not is_drawn(trial):
        raise RefusedError(_("The slips are not made yet."))
    if next_move(trial) is None:
        raise RefusedError(_("All packs are made, so no slip is printed any more."))


def _shopping(visit: Visit, size: str) -> Document:
    """Return the shopping list; until the dose is fixed it counts the highest step."""
    dose = visit.trial.protocol.dose
    known = None if dose is None else units_of(visit.person, max(dose.ladder))
    a_night = None if size or known is None else round(known)
    found = needs_of(trial=visit.trial, size=size or None, salt=None, a_night=a_night)
    return shopping_list(fill=found.fill, a_night=found.a_night, shopping=found.shopping)


def _sent(document: Document, visit: Visit, what: str, size: Paper) -> HttpResponse:
    data = pdf_of(document, paper=size, made=visit.now)
    heads = {"Content-Disposition": f'attachment; filename="ekbom-{what}-{size}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=heads)


def _sizes() -> tuple[tuple[Paper, str], ...]:
    return ("a4", _("A4")), ("letter", _("US Letter"))
