"""What to buy for the packs of a trial, and whether what is there lasts; nothing tells an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ekbom.guide.situation import situation_of
from ekbom.problem import InputError, RefusedError
from ekbom.report.paper.setting import PAPERS, Document, Paper, pdf_of
from ekbom.report.paper.shopping import shopping_list
from ekbom.safety.fill import check_stock
from ekbom.safety.preparation import needs_of, sizes
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.sending import not_now, shown
from ekbom.web.keyed import KeyedForm
from ekbom.web.nights.capsules import units_of
from ekbom.web.refusals import form_with, problems_in

_MOST = 100_000
_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


class SuppliesForm(KeyedForm):
    """The size of the empty capsules that are filled, and how many filled ones are there."""

    size = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Which size of empty capsules do you fill?"),
        help_text=gettext_lazy("It stands on their box. 000 is the largest."),
    )
    magnesium = forms.IntegerField(
        label=gettext_lazy("Magnesium capsules that you have, filled"),
        required=False,
        min_value=0,
        max_value=_MOST,
        widget=forms.NumberInput(attrs=_DIGITS),
    )
    placebo = forms.IntegerField(
        label=gettext_lazy("Placebo capsules that you have, filled"),
        required=False,
        min_value=0,
        max_value=_MOST,
        widget=forms.NumberInput(attrs=_DIGITS),
    )

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        super().__init__(data)
        choice = self.fields["size"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [("", _("I do not know it yet")), *((s, s) for s in sizes())]

    def clean(self) -> dict[str, Any]:
        """Refuse one kind of capsules without the other: packs are made in pairs."""
        known = {name: self.cleaned_data.get(name) for name in ("magnesium", "placebo")}
        for name, count in known.items():
            if count is None and any(n is not None for n in known.values()) and not self.errors:
                fault = _("Count both kinds. 0 is fine.")
                self.add_error(name, ValidationError(fault))
        return self.cleaned_data


@never_cache
@require_safe
@for_trial
def buy(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what to buy, spare and proof included; with a size of capsules, of powder too."""
    refusal = _refusal(request, visit)
    if refusal is not None:
        return refusal
    form, listed = SuppliesForm(request.GET or None), None
    try:
        listed = _listed(visit, form)
    except (InputError, RefusedError) as error:
        if form.is_bound:
            form_with(form, error)
    asked = request.GET.urlencode()
    back = "alone" if visit.trial.protocol.blinding == "alone" else "tonight"
    return shown(request, "ekbom/course/buy.html", form=form, sheet=listed, asked=asked, back=back)


@never_cache
@require_safe
@for_trial
def buy_paper(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Send the shopping list as a PDF."""
    refusal = _refusal(request, visit)
    if refusal is not None:
        return refusal
    try:
        return sent_paper(request, visit, "shopping", _listed(visit, SuppliesForm(request.GET)))
    except (InputError, RefusedError) as error:
        return _refused(request, " ".join(problems_in(error)))


def sent_paper(
    request: HttpRequest, visit: Visit, name: str, document: Document | None
) -> HttpResponse:
    """Return a document as a PDF, on the paper that was asked for; raises Http404 for no other."""
    size = next((known for known in PAPERS if known == request.GET.get("on")), None)
    if size is None or document is None:
        raise Http404
    data = pdf_of(document, paper=size, made=visit.now)
    heads = {"Content-Disposition": f'attachment; filename="ekbom-{name}-{size}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=heads)


def paper_sizes() -> tuple[tuple[Paper, str], ...]:
    """Return the sizes of paper, each with its name."""
    return ("a4", _("A4")), ("letter", _("US Letter"))


def _listed(visit: Visit, form: SuppliesForm) -> Document | None:
    """Return the list; until the dose is fixed it counts the highest step."""
    if form.is_bound and not form.is_valid():
        return None
    said = form.cleaned_data if form.is_bound else {}
    protocol, size = visit.trial.protocol, said.get("size") or None
    known = None if protocol.dose is None else units_of(visit.person, max(protocol.dose.ladder))
    a_night = None if size or known is None else round(known)
    found = needs_of(trial=visit.trial, size=size, salt=None, a_night=a_night)
    stock = None
    if said.get("magnesium") is not None:
        nights = protocol.design.period_nights
        there = {kind: said[kind] for kind in ("magnesium", "placebo")}
        stock = check_stock(fill=found.fill, nights=nights, **there)
    return shopping_list(
        fill=found.fill, a_night=found.a_night, shopping=found.shopping, stock=stock
    )


def _refusal(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    trial = visit.trial
    if trial.protocol.imported or trial.protocol.dose is None:
        return _refused(request, _("There are no packs in this trial."))
    if situation_of(trial=trial, now=visit.now).is_over:
        return _refused(request, _("The trial is over, so no packs are made any more."))
    return None


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    return not_now(
        request, title=_("What to buy"), why=why, go="tonight", label=_("Back to Tonight")
    )
