"""The last page of the way: everything once more, the agreement, and the registration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE
from ekbom.design.clock import Clock
from ekbom.language import figure, say
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import content_hash, resolved, toml_text
from ekbom.protocol.model import Outcome, Protocol
from ekbom.report.dose_words import fill_words
from ekbom.report.measures import better_words, capital, unit_words
from ekbom.report.plan_words import WAY_TITLES, WAY_WORDS, design_lines
from ekbom.report.screening_words import BY
from ekbom.safety.fill import fill_packs
from ekbom.safety.screening import ScreeningResult
from ekbom.trial.additions import add_event
from ekbom.trial.randomise import Screening, add_screening
from ekbom.web import present
from ekbom.web.begin.planned import dose_plan_of, earliest_start, protocol_of
from ekbom.web.begin.said import Said, said_by
from ekbom.web.begin.way import for_step, screening_of, step_links
from ekbom.web.data.marks import is_stopped_before, with_stop_before
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import Person
from ekbom.web.refusals import form_with
from ekbom.web.store import Step, current_row, register
from ekbom.web.widgets import ScaleField

_HERE = "begin_agree"


class AgreeForm(KeyedForm):
    """The person's own agreement to what is registered, and what they expect of it."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)
    agreed = forms.BooleanField(
        label=gettext_lazy("These differences are right for me, and I want to register this plan.")
    )

    def __init__(self, data: Mapping[str, Any] | None, *, protocol: Protocol) -> None:
        self.hash = content_hash(protocol)
        super().__init__(data, initial={"shown": self.hash})
        self.fields["expectation"] = ScaleField(
            minimum=0,
            maximum=10,
            low=_("no help at all"),
            high=_("all the help you can imagine"),
            label=_("How much help do you expect from magnesium? You need not answer."),
        )

    def clean(self) -> dict[str, Any]:
        """Refuse what was agreed to on a page that showed another plan."""
        if self.cleaned_data.get("shown") != self.hash:
            self.errors.pop("shown", None)
            self.data = {**dict(self.data.items()), "shown": self.hash, "agreed": ""}
            said = _("Your plan changed after this page was shown. Read it again, then register.")
            self.add_error(None, said)
        return self.cleaned_data


@for_step(_HERE)
@require_http_methods(["GET", "POST"])
def agree(request: HttpRequest, person: Person) -> HttpResponse:
    """Show what will be registered, and register it."""
    said, protocol = said_by(person), protocol_of(person)
    if protocol is None or said.plan is None:
        return redirect("begin_plan")
    form = AgreeForm(request.POST if request.method == "POST" else None, protocol=protocol)
    if request.method == "POST" and form.is_valid() and register_once(person, said, protocol, form):
        return redirect("tonight")
    context = {
        "form": form,
        **_summary(person, said, protocol),
        "steps": step_links(person, here=_HERE),
    }
    return render(request, "ekbom/begin/agree.html", context, status=422 if form.errors else 200)


def register_once(person: Person, said: Said, protocol: Protocol, form: AgreeForm) -> bool:
    """Register the trial; one that a double tap has registered already is the same one."""
    try:
        _register(person, said, protocol, form.cleaned_data["expectation"])
    except (InputError, RefusedError) as error:
        row = current_row(person)
        if row is not None and row.registered:
            return True
        form_with(form, error)
        return False
    return True


@transaction.atomic
def _register(person: Person, said: Said, protocol: Protocol, expectation: float | None) -> None:
    now, zone, plan = present.now(), said.zone, said.plan
    if plan is None:
        raise RefusedError("There is no plan yet. Choose one first.")
    if plan.start < earliest_start(person, protocol, zone=zone):
        raise RefusedError("The first night is past by now. Choose another one in your plan.")
    found = screening_of(person)
    today = Clock(zone).local(now).date()
    steps: list[Step] = [
        lambda t: add_screening(t, screening=_screening(found, today), now=now),
        lambda t: with_stop_before(t, person=person, now=now),
    ]
    if expectation is not None:
        detail = {"benefit": expectation}
        steps.append(lambda t: add_event(t, kind="expectation", detail=detail, now=now))
    register(person, protocol=protocol, start=plan.start, zone=zone, now=now, steps=tuple(steps))
    person.dose_at, person.diary_at = said.dose_at, plan.diary_at
    person.save(update_fields=["dose_at", "diary_at"])


def _screening(found: ScreeningResult, today: date) -> Screening:
    """Return what the record may hold of a screening, dated on the trial's own calendar."""
    return Screening(BY, min(found.on, today), found.result, found.agreed_by, found.rules)


def _summary(person: Person, said: Said, protocol: Protocol) -> dict[str, Any]:
    dose = dose_plan_of(person)
    fill = None
    if dose is not None and dose.blindable and protocol.dose is not None:
        fill = fill_words(fill_packs(plan=dose, protocol=protocol), protocol)
    return {
        "protocol": protocol,
        "title": say(protocol.title),
        "treatment": say(protocol.treatment.label),
        "reference": say(protocol.reference.label),
        "hash": content_hash(protocol),
        "text": toml_text(resolved(protocol)),
        "said": said,
        "ladder": [f"{mg:g}" for mg in protocol.dose.ladder] if protocol.dose else [],
        "design": list(design_lines(protocol)),
        "outcomes": [(capital(say(o.name)), _difference(o)) for o in protocol.outcomes],
        "rule": list(rule_lines(protocol)),
        "fill": fill,
        "way": f"{say(WAY_TITLES[protocol.blinding])}. {say(WAY_WORDS[protocol.blinding])}",
        "agreed_by": screening_of(person).agreed_by,
        "stopped_before": is_stopped_before(person, now=present.now()),
    }


def _difference(outcome: Outcome) -> str:
    unit = unit_words(outcome.unit, one=outcome.mid == 1)
    return f"{figure(outcome.mid, 'g')} {unit} ({better_words(outcome)})"


def rule_lines(protocol: Protocol) -> Iterator[str]:
    """Yield how the answer will be found, in words."""
    rule, outcome = protocol.decision, protocol.primary
    yield say(
        "The answer is about one thing: {outcome}. All other questions are shown beside it, "
        "without a word of their own.",
        outcome=say(outcome.name),
    )
    values = {
        "helps": say(HELPS),
        "worse": say(WORSE),
        "same": say(NO_DIFFERENCE),
        "unsure": say(CANNOT_TELL),
        "treatment": say(protocol.treatment.label),
        "better": _percent(rule.probability_better),
        "mid": _percent(rule.probability_mid),
        "negligible": _percent(rule.probability_negligible),
        "size": outcome.mid,
    }
    yield say(
        "“{helps}”: {treatment} is better with a probability of {better} at least, and better by "
        "{size:g} or more with {mid} at least.",
        **values,
    )
    yield say("“{worse}”: the same, the other way round.", **values)
    yield say(
        "“{same}”: the difference is smaller than {size:g} either way, with a probability of "
        "{negligible} at least.",
        **values,
    )
    yield say("“{unsure}”: in all other cases, and where too many nights are missing.", **values)
    yield say(
        "A test that looks at nothing but the drawn order must agree, where it is able to. Nobody "
        "looks at the answer before the end."
    )


def _percent(share: float) -> str:
    return f"{figure(100 * share, 'g')} %"
