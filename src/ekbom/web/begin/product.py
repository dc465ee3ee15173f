"""The page of the product: what its label says, and the steps to the dose that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.evidence.facts import limits, salts
from ekbom.language import say
from ekbom.problem import InputError
from ekbom.protocol.doses import is_named
from ekbom.report.dose_words import STUDY, mg_words, need_sentence
from ekbom.report.measures import capital
from ekbom.safety.dose_plan import AGREEMENT_DAYS, MOST_MG, STUDY_MG, DosePlan
from ekbom.web.begin.capsules import counts
from ekbom.web.begin.planned import dose_plan, dose_plan_of
from ekbom.web.begin.said import Product, product_of, remember, today_of
from ekbom.web.begin.way import for_step, product_done, step_links
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import Person
from ekbom.web.refusals import form_with

_HERE = "begin_product"
_UNITS = (
    ("capsule", gettext_lazy("one capsule or tablet")),
    ("scoop", gettext_lazy("one scoop of powder")),
    ("gram", gettext_lazy("one gram of powder")),
)
_STATES = (
    ("elemental", gettext_lazy("Of magnesium itself, such as “magnesium (as citrate) 100 mg”")),
    ("compound", gettext_lazy("Of the whole compound, such as “magnesium citrate 500 mg”")),
    ("unknown", gettext_lazy("The label does not say")),
)
_AGREED = ("agreed_by", "agreed_mg", "agreed_on")
_ASKED_HERE = ("agreement", "finer measure")
"""Needs whose sentence names an option of the shell; the page has words of its own."""


class ProductForm(KeyedForm):
    """A label, the dose that is wanted, and all other magnesium of a day."""

    amount_mg = forms.FloatField(
        min_value=1, max_value=100_000, label=gettext_lazy("How many mg does the label name?")
    )
    unit = forms.ChoiceField(
        choices=_UNITS, widget=forms.RadioSelect, label=gettext_lazy("For how much is that?")
    )
    states = forms.ChoiceField(
        choices=_STATES,
        widget=forms.RadioSelect,
        label=gettext_lazy("What are these mg of?"),
        help_text=gettext_lazy(
            "Where a label gives two numbers, take the one of magnesium itself. Labels also call "
            "it “elemental magnesium”."
        ),
    )
    salt = forms.ChoiceField(
        required=False, label=gettext_lazy("Which kind of magnesium does the label name?")
    )
    region = forms.ChoiceField(
        label=gettext_lazy("Where do you live?"),
        help_text=gettext_lazy("Each region has its own limit for magnesium from supplements."),
    )
    others_mg = forms.FloatField(
        min_value=0,
        max_value=10_000,
        label=gettext_lazy("Magnesium from everything else in a day, in mg"),
        help_text=gettext_lazy(
            "Multivitamins, antacids, laxatives, other supplements. Write 0 if there is none. Food "
            "does not count."
        ),
    )
    target_mg = forms.FloatField(
        min_value=1,
        max_value=MOST_MG,
        initial=200,
        label=gettext_lazy("The most magnesium a night that you want to try, in mg"),
        help_text=gettext_lazy(
            "The one study of magnesium citrate in restless legs took 200 mg of magnesium itself."
        ),
    )
    agreed_by = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Doctor or other clinician who agreed to more than the limit"),
    )
    agreed_mg = forms.FloatField(
        required=False,
        min_value=1,
        max_value=10_000,
        label=gettext_lazy("How many mg a day they agreed to, from all supplements together"),
    )
    agreed_on = forms.DateField(
        required=False,
        label=gettext_lazy("Day on which they agreed"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, person: Person) -> None:
        self.today = today_of(person)
        self.known = known = product_of(person)
        super().__init__(data, initial={} if known is None else _typed(known))
        self.plan: DosePlan | None = None
        self.voided = False
        for name, choices in (("salt", _salts()), ("region", _regions())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = choices

    def clean_states(self) -> str:
        """Refuse a label that leaves open what its number means: nothing can follow from it."""
        states: str = self.cleaned_data["states"]
        if states == "unknown":
            raise ValidationError(
                _(
                    "Without this, no dose can be worked out. Ask the maker or a pharmacist how "
                    "much magnesium itself is in it. They may call it elemental magnesium."
                )
            )
        return states

    def clean(self) -> dict[str, Any]:
        """Refuse a dose above the limit that no named clinician agreed to."""
        self._look_at_agreement()
        if not self.errors and self._is_about_another():
            self._forget_agreement()
        if not self.errors:
            self._work_out()
        return self.cleaned_data

    def _look_at_agreement(self) -> None:
        by, mg, on = (self.cleaned_data.get(name) for name in _AGREED)
        if by and not is_named(by):
            self.add_error("agreed_by", _("Write the name of the person who agreed."))
        if bool(by) != bool(on):
            self.add_error("agreed_on", _("Give both the name and the day, or neither."))
        if by and mg is None and "agreed_mg" not in self.errors:
            self.add_error("agreed_mg", _("Write how many mg a day they agreed to."))
        if on and on > self.today:
            self.add_error("agreed_on", _("This day has not come yet."))
        elif on and (self.today - on).days > AGREEMENT_DAYS:
            said = _("This is more than %(days)s days ago. Ask again, and write the new day.")
            self.add_error("agreed_on", said % {"days": AGREEMENT_DAYS})

    def _is_about_another(self) -> bool:
        """Return whether a kept agreement was sent along with another product or dose."""
        known, sent = self.known, self.product
        if known is None or not known.agreed_by or sent == known:
            return False
        return all(getattr(known, name) == getattr(sent, name) for name in _AGREED)

    def _forget_agreement(self) -> None:
        """Let the agreement be written down anew, where it was to another product or dose."""
        self.voided = True
        self.data = {**dict(self.data.items()), **dict.fromkeys(_AGREED, "")}
        said = _(
            "You changed the product or the dose, so the old agreement does not count. If they "
            "agreed to this one too, write it down again."
        )
        self.add_error("agreed_by", said)

    @property
    def product(self) -> Product:
        """Return what was typed."""
        data = {name: v for name, v in self.cleaned_data.items() if name != "key"}
        return Product(**{**data, "salt": data["salt"] or None})

    def _work_out(self) -> None:
        try:
            self.plan = dose_plan(self.product, today=self.today)
        except InputError as error:
            form_with(self, error)
            return
        if "agreement" in self.plan.needs and self.cleaned_data["agreed_mg"]:
            said = _("Together with everything else of a day, this is more than they agreed to.")
            self.add_error("target_mg", said)
        elif "agreement" in self.plan.needs:
            self.add_error(
                "target_mg",
                _(
                    "With everything else of a day this is more than the limit of %(limit)s mg. "
                    "Take less, or write down the clinician who agreed."
                )
                % {"limit": f"{self.plan.limit.mg_per_day:g}"},
            )


@for_step(_HERE)
@require_http_methods(["GET", "POST"])
def product(request: HttpRequest, person: Person) -> HttpResponse:
    """Ask for the product, and show the steps to the dose that it makes possible."""
    form = ProductForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        remember(person, product=form.product)
        return redirect(_HERE)
    if form.voided and form.known is not None:
        bare = replace(form.known, agreed_by="", agreed_mg=None, agreed_on=None)
        remember(person, product=bare)
    plan = None if form.is_bound else dose_plan_of(person)
    context = {
        "form": form,
        "done": product_done(person),
        "steps": step_links(person, here=_HERE),
        **({} if plan is None else dose_context(plan)),
    }
    return render(request, "ekbom/begin/product.html", context, status=422 if form.errors else 200)


def dose_context(plan: DosePlan) -> dict[str, Any]:
    """Return what a page says of a dose plan."""
    return {
        "plan": plan,
        "unit": _unit(plan),
        "one": mg_words(plan.per_unit),
        "exact": plan.per_unit.low == plan.per_unit.high,
        "ladder": [(s.units, mg_words(s.mg), mg_words(s.day_mg)) for s in plan.steps],
        "with_others": plan.other.high > 0,
        "limit_name": say(plan.limit.name),
        "limit_text": say(plan.limit.text),
        "study": say(STUDY[plan.reaches_study], mg=STUDY_MG),
        "needs": [need_sentence(plan, n) for n in plan.needs if n not in _ASKED_HERE],
        "capsules": counts(plan),
        "coarse": "finer measure" in plan.needs,
        "sources": plan.limit.sources,
    }


def _unit(plan: DosePlan) -> str:
    return str(dict(_UNITS)[plan.unit])


def _salts() -> list[tuple[str, Any]]:
    """Return the kinds and, below each, its exact forms; citrate first."""
    kinds = sorted({s.kind for s in salts().values()}, key=lambda kind: (kind != "citrate", kind))
    groups = [(capital(say(kind)), list(_forms(kind))) for kind in kinds]
    return [("", _("I don't know")), *groups]


def _forms(kind: str) -> list[tuple[str, str]]:
    exact = [(s.id, say(s.name)) for s in salts().values() if s.kind == kind]
    whole = (kind, _("%(kind)s, exact form not named") % {"kind": capital(say(kind))})
    return exact if [name for name, _ in exact] == [kind] else [whole, *exact]


def _regions() -> list[tuple[str, str]]:
    once = {limit.name: (limit.regions[0], say(limit.name)) for limit in limits().values()}
    return [("", "---------"), *once.values()]


def _typed(product: Product) -> dict[str, Any]:
    names = (name for name in ProductForm.base_fields if name != "key")
    return {name: _plain(getattr(product, name)) for name in names}


def _plain(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value
