"""The page of the plan: which protocol, when it begins, at what times, and what counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ekbom.design.clock import Clock
from ekbom.language import date_text, say
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import BUILT_IN, built_in
from ekbom.protocol.model import Outcome, Protocol
from ekbom.report.measures import better_words, capital, unit_words
from ekbom.report.plan_words import WAY_TITLES, WAY_WORDS
from ekbom.simulation.stored import stored_record
from ekbom.web import present
from ekbom.web.begin.capsules import counts, fit_words
from ekbom.web.begin.chances import draw_ahead
from ekbom.web.begin.medicines import hour_fault, keep_medicines
from ekbom.web.begin.odds import Odds, odds_of
from ekbom.web.begin.planned import dose_plan_of, earliest_start, planned_protocol, ways_here
from ekbom.web.begin.said import NOWHERE, Plan, Said, remember, said_by, zone_of
from ekbom.web.begin.way import for_step, step_links
from ekbom.web.begin.zones import guessed, zone_choices, zone_named
from ekbom.web.keyed import KeyedForm
from ekbom.web.models import Person
from ekbom.web.refusals import form_with, problems_in

_HERE, _NEXT = "begin_plan", "begin_differences"
_MORNING = time(8)
_NIGHT_ENDS = time(6)
"""Capsules at this hour or later would be the next night's."""
_FARTHEST = 366
"""Days within which a trial begins."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the protocols that come with ekbom, for a fair comparison."""

    protocol: Protocol
    title: str
    summary: str
    weeks: str
    nights: int
    odds: Odds | None


class PlanForm(KeyedForm):
    """The choices of a plan."""

    protocol = forms.ChoiceField(
        widget=forms.RadioSelect, label=gettext_lazy("Which plan do you choose?")
    )
    start = forms.DateField(
        label=gettext_lazy("First night of the diary"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    dose_at = forms.TimeField(
        label=gettext_lazy("When would you take the capsules?"),
        help_text=gettext_lazy("About your bedtime, such as 22:00."),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    diary_at = forms.TimeField(
        label=gettext_lazy("When do you want to be reminded of the morning's diary?"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Your time zone"), widget=forms.Select(attrs=guessed())
    )
    blinding = forms.ChoiceField(
        widget=forms.RadioSelect, label=gettext_lazy("Who knows what is in the capsules?")
    )
    pairs = forms.IntegerField(
        required=False, min_value=1, max_value=100, label=gettext_lazy("Number of pairs of periods")
    )
    period_nights = forms.IntegerField(
        required=False, min_value=1, max_value=366, label=gettext_lazy("Nights of one period")
    )
    unanalysed_nights = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=366,
        label=gettext_lazy("First nights of each period that are left out of the analysis"),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, person: Person) -> None:
        self.person, self.said = person, said_by(person)
        self.dose = dose_plan_of(person)
        super().__init__(data, initial=_initial(self.said, person))
        for name, choices in (
            ("protocol", [(name, say(built_in(name).title)) for name in BUILT_IN]),
            ("zone", zone_choices()),
            ("blinding", [(way, say(WAY_TITLES[way])) for way in ways_here()]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = choices

    def clean_dose_at(self) -> time:
        """Refuse an hour of the morning, and one too close to a medicine."""
        at: time = self.cleaned_data["dose_at"].replace(second=0, microsecond=0)
        if _NIGHT_ENDS <= at < time(12):
            raise ValidationError(_("The capsules are for the evening: give an hour after noon."))
        fault = hour_fault(at, self.said.medicines or ())
        if fault:
            raise ValidationError(fault)
        return at

    def clean_diary_at(self) -> time:
        """Refuse an hour of the evening: nobody could say which night was meant."""
        at: time = self.cleaned_data["diary_at"].replace(second=0, microsecond=0)
        if at >= time(18):
            raise ValidationError(_("The diary speaks of last night: give an hour before 18:00."))
        return at

    def clean(self) -> dict[str, Any]:
        """Refuse choices that contradict each other, and a first night that is past."""
        if not self.errors:
            self._refuse_contradictions()
        return self.cleaned_data

    @property
    def plan(self) -> Plan:
        """Return the choices; the differences that count stay, if the protocol does."""
        data, before = self.cleaned_data, self.said.plan
        same = before is not None and before.protocol == data["protocol"]
        return Plan(
            protocol=data["protocol"],
            start=data["start"],
            diary_at=data["diary_at"],
            blinding=data["blinding"],
            pairs=data["pairs"],
            period_nights=data["period_nights"],
            unanalysed_nights=data["unanalysed_nights"],
            mids=before.mids if before is not None and same else None,
        )

    def _refuse_contradictions(self) -> None:
        if self.dose is None:
            return
        try:
            protocol = planned_protocol(self.plan, self.dose)
        except InputError as error:
            form_with(self, error)
            return
        except RefusedError as error:
            self.add_error("blinding", problems_in(error))
            return
        first = earliest_start(self.person, protocol, zone=self.cleaned_data["zone"])
        start = self.cleaned_data["start"]
        if start < first:
            said = _("This night is past. The earliest that can be is %(first)s.")
            self.add_error("start", said % {"first": date_text(first)})
        elif (start - first).days > _FARTHEST:
            self.add_error("start", _("This is more than a year away. Choose an earlier night."))


class DifferencesForm(KeyedForm):
    """The smallest difference of each outcome that would be worth having."""

    def __init__(self, data: Mapping[str, Any] | None, *, protocol: Protocol) -> None:
        self.protocol = protocol
        super().__init__(data)
        for outcome in protocol.outcomes:
            self.fields[outcome.id] = _difference(outcome)

    def outcomes(self) -> Iterator[tuple[Any, Outcome, str]]:
        """Yield each outcome with its field and on which side better lies."""
        for outcome in self.protocol.outcomes:
            yield self[outcome.id], outcome, better_words(outcome)

    @property
    def mids(self) -> dict[str, float]:
        """Return the differences by outcome."""
        return {o.id: self.cleaned_data[o.id] for o in self.protocol.outcomes}


@for_step(_HERE)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, person: Person) -> HttpResponse:
    """Ask for the choices of the plan, the protocols side by side."""
    form = PlanForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        remember(person, plan=form.plan, zone=form.cleaned_data["zone"])
        keep_medicines(person, form.said.medicines or (), form.cleaned_data["dose_at"])
        return redirect(_NEXT)
    context = {
        "form": form,
        "choices": [_choice(name) for name in BUILT_IN],
        "ways": [(say(WAY_TITLES[way]), say(WAY_WORDS[way])) for way in ways_here()],
        "fits": fit_words(form.dose),
        "capsules": counts(form.dose),
        "steps": step_links(person, here=_HERE),
    }
    return render(request, "ekbom/begin/plan.html", context, status=422 if form.errors else 200)


@for_step(_NEXT)
@require_http_methods(["GET", "POST"])
def differences(request: HttpRequest, person: Person) -> HttpResponse:
    """Ask which difference would be worth having, outcome by outcome."""
    chosen, dose = said_by(person).plan, dose_plan_of(person)
    if chosen is None or dose is None:
        return redirect(_HERE)
    form = DifferencesForm(
        request.POST if request.method == "POST" else None,
        protocol=planned_protocol(chosen, dose),
    )
    if request.method == "POST" and form.is_valid() and _fits(form, chosen, dose):
        remember(person, plan=replace(chosen, mids=form.mids))
        draw_ahead(planned_protocol(replace(chosen, mids=form.mids), dose))
        return redirect("begin_chances")
    context = {"form": form, "steps": step_links(person, here=_NEXT)}
    status = 422 if form.errors else 200
    return render(request, "ekbom/begin/differences.html", context, status=status)


def _fits(form: DifferencesForm, chosen: Plan, dose: Any) -> bool:
    try:
        planned_protocol(replace(chosen, mids=form.mids), dose)
    except InputError as error:
        form_with(form, error)
        return False
    return True


def _difference(outcome: Outcome) -> forms.FloatField:
    widest = outcome.maximum - outcome.minimum
    fault = _("Write a number above 0, and no more than %(most)s.") % {"most": f"{widest:g}"}
    return forms.FloatField(
        initial=f"{outcome.mid:g}",
        min_value=0.01,
        max_value=widest,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), fault),
        label=capital(say(outcome.name)),
        help_text=_("In %(unit)s, on a scale from %(least)s to %(most)s.")
        % {
            "unit": unit_words(outcome.unit),
            "least": f"{outcome.minimum:g}",
            "most": f"{outcome.maximum:g}",
        },
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )


def _choice(name: str) -> Choice:
    protocol = built_in(name)
    record = stored_record(protocol) or {}
    burden = record["burden"]
    return Choice(
        protocol=protocol,
        title=say(protocol.title),
        summary=say(protocol.summary.strip()),
        weeks=f"{burden['weeks']:.0f}",
        nights=burden["nights"],
        odds=odds_of(record),
    )


def _initial(said: Said, person: Person) -> dict[str, Any]:
    zone = zone_of(person)
    known = {
        "zone": "" if zone == NOWHERE and not said.zone else zone_named(zone),
        "dose_at": said.dose_at,
    }
    if said.plan is None:
        return {**known, "start": _tonight(zone), "diary_at": person.diary_at or _MORNING}
    chosen = said.plan
    names = ("protocol", "start", "diary_at", "blinding", "pairs", "period_nights")
    kept = {name: getattr(chosen, name) for name in names}
    return {**kept, "unanalysed_nights": chosen.unanalysed_nights, **known}


def _tonight(zone: str) -> date:
    return Clock(zone).local(present.now()).date()
