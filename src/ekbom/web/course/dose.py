"""Fixing the dose that was tolerated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from ekbom.guide.situation import situation_of
from ekbom.language import retell
from ekbom.protocol.model import Dose
from ekbom.safety.fixed_dose import refuse_untolerated
from ekbom.safety.tolerability_course import course_of
from ekbom.safety.tolerability_rules import rules
from ekbom.trial.additions import add_event
from ekbom.trial.folder import Trial
from ekbom.web.access import Visit, for_trial
from ekbom.web.course.sending import done, is_taken, not_now, posted, shown
from ekbom.web.keyed import KeyedForm


class DoseForm(KeyedForm):
    """One of the doses that were tolerated, and how many capsules that is."""

    mg = forms.TypedChoiceField(
        label=gettext_lazy("Which dose?"), coerce=float, widget=forms.RadioSelect
    )
    capsules = forms.IntegerField(
        label=gettext_lazy("How many capsules is that a night?"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(
        self, data: Mapping[str, Any] | None, *, dose: Dose, most: float, content: float | None
    ) -> None:
        super().__init__(data)
        steps = [mg for mg in dose.ladder if mg <= most + 1e-9]
        self.content = content
        rungs, capsules = self.fields["mg"], self.fields["capsules"]
        assert isinstance(rungs, forms.ChoiceField)  # noqa: S101 - declared above
        assert isinstance(capsules, forms.IntegerField)  # noqa: S101 - declared above
        rungs.choices = [(f"{mg:g}", self._step(mg)) for mg in reversed(steps)]
        capsules.max_value = dose.max_capsules
        if content is not None:
            del self.fields["capsules"]

    def _step(self, mg: float) -> str:
        if self.content is None:
            return _("%(mg)g mg") % {"mg": mg}
        capsules = round(mg / self.content, 2)
        said = ngettext(
            "%(mg)g mg, that is %(capsules)g capsule a night",
            "%(mg)g mg, that is %(capsules)g capsules a night",
            1 if capsules == 1 else 2,
        )
        return said % {"mg": mg, "capsules": capsules}

    def detail(self) -> dict[str, object]:
        """Return the event's details."""
        mg = self.cleaned_data["mg"]
        known = self.cleaned_data.get("capsules")
        capsules = known if self.content is None else round(mg / self.content, 2)
        return {"mg": mg, "capsules": capsules}


@require_http_methods(["GET", "HEAD", "POST"])
@for_trial
def fix(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what was tolerated and why, and put the dose on record."""
    trial, dose = visit.trial, visit.trial.protocol.dose
    here = situation_of(trial=trial, now=visit.now)
    if dose is None or trial.protocol.imported or here.is_over:
        return _no_dose(request, _("There is no dose to fix in this trial now."))
    if trial.fixed_dose() is not None:
        return _no_dose(request, _("The dose is fixed. From here on it never goes up."))
    most = None if here.advice is None else here.advice.tolerated_mg
    content = course_of(trial=trial, now=visit.now).capsule_mg
    rule = retell(rules()["tolerated"].text)
    form = None
    if most is not None:
        form = DoseForm(posted(request), dose=dose, most=most, content=content)
        if form.is_bound and is_taken(visit, form, lambda t: _fixed(t, form, visit)):
            return done(request, _("The dose is fixed. Next, the order of treatments is drawn."))
    return shown(
        request, "ekbom/course/dose.html", form=form, most=most, rule=rule, steps=dose.ladder
    )


def _fixed(trial: Trial, form: DoseForm, visit: Visit) -> Trial:
    detail = form.detail()
    refuse_untolerated(trial=trial, detail=detail, now=visit.now)
    return add_event(trial, kind="dose fixed", detail=detail, now=visit.now)


def _no_dose(request: HttpRequest, why: str) -> HttpResponse:
    return not_now(
        request, title=_("Fix the dose"), why=why, go="tonight", label=_("Back to Tonight")
    )
