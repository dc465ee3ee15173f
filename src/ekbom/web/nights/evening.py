"""The evening of a night: the capsules as they were taken, and how the day was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods, require_POST

from ekbom.guide.missing import evening_items, is_skipped
from ekbom.guide.steps import Step
from ekbom.language import say
from ekbom.report.measures import night_words
from ekbom.trial.additions import add_answers, add_dose
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of
from ekbom.trial.opened import pack_to_name
from ekbom.web.access import Visit
from ekbom.web.course.sending import done, is_taken, posted, shown
from ekbom.web.keyed import KeyedForm
from ekbom.web.nights.capsules import Capsules, capsules_of, instant_of
from ekbom.web.nights.forms import MorningForm, TakenForm
from ekbom.web.nights.items import answers_of_night, side_effects
from ekbom.web.nights.morning import PAGE
from ekbom.web.nights.opening import OpeningForm
from ekbom.web.nights.sent import for_night, is_late
from ekbom.web.nights.step_cards import card_of


@require_http_methods(["GET", "HEAD", "POST"])
@for_night
def evening(request: HttpRequest, visit: Visit, night: date) -> HttpResponse:
    """Ask what was taken this evening and how the day was, and keep it."""
    capsules = capsules_of(visit, night)
    form = _form(request, visit, night, capsules)
    if form.is_bound and is_taken(visit, form, lambda t: _kept(t, visit, night, form, capsules)):
        return done(request, say("Kept for the evening of {night}.", night=night_words(night)))
    step = None if capsules is None else capsules.step
    asked = form.has_capsules or any(form.asked())
    return shown(
        request,
        "ekbom/nights/evening.html",
        form=form,
        night=night,
        capsules=capsules,
        card=None if step is None else card_of(_counted(step, form), trial=visit.trial),
        late=is_late(visit, night),
        nothing=not asked,
        since=_since_form(visit, night),
        last=last_night(visit),
        skip=KeyedForm(auto_id=False) if asked and _can_skip(visit, night) else None,
    )


def _counted(step: Step, form: TakenForm) -> Step:
    return replace(step, capsules=form.planned) if step.capsules is None else step


@require_POST
@for_night
def since(request: HttpRequest, visit: Visit, night: date) -> HttpResponse:
    """Keep what the day brought after a night's capsules; the worst that was told counts."""
    form = _complaints(visit, request.POST)
    if is_taken(visit, form, lambda t: _worse(t, visit, night, form)):
        return done(request, say("Kept. Of each complaint the worst that you told counts."))
    return shown(request, "ekbom/nights/since.html", form=form, night=night)


def _form(
    request: HttpRequest, visit: Visit, night: date, capsules: Capsules | None
) -> OpeningForm:
    items, known = evening_items(visit.trial.protocol), answers_of_night(visit, night)
    return OpeningForm(
        posted(request),
        due=pack_to_name(visit.trial, night=night, now=visit.now),
        trial=visit.trial,
        items=items,
        shown=tuple(item for item in items if item not in known),
        planned=None if capsules is None else capsules.planned,
        capsules=capsules is not None and (capsules.recorded is None or request.method == "POST"),
        stopped=capsules is not None and capsules.stopped,
        now=not is_late(visit, night),
    )


def _since_form(visit: Visit, night: date) -> MorningForm | None:
    """Return the side effects since the morning, which belong to the capsules before tonight's."""
    last = last_night(visit)
    if night != evening_of(visit.trial.clock, visit.now) or last is None:
        return None
    return _complaints(visit)


def _complaints(visit: Visit, data: QueryDict | None = None) -> MorningForm:
    items = side_effects(visit.trial.protocol)
    return MorningForm(data, trial=visit.trial, items=items, shown=items, auto_id="since_%s")


def last_night(visit: Visit) -> date | None:
    """Return the night before tonight's, ``None`` where the diary had not begun."""
    clock = visit.trial.clock
    night = evening_of(clock, visit.now)
    found = max(n for n in _before(night) if clock.begins(n) is not None)
    return found if found >= visit.trial.start else None


def _before(night: date) -> tuple[date, ...]:
    return tuple(date.fromordinal(night.toordinal() - days) for days in (1, 2))


def _can_skip(visit: Visit, night: date) -> bool:
    return (
        visit.row.registered
        and is_late(visit, night)
        and not is_skipped(visit.trial, night, "evening")
    )


def _kept(
    trial: Trial, visit: Visit, night: date, form: OpeningForm, capsules: Capsules | None
) -> Trial:
    taken, now = form.taken, visit.now
    if taken is not None and capsules is not None:
        trial = form.opened(trial, night=night, now=now)
        whole = form.cleaned_data["taken"] == "all"
        trial = add_dose(
            trial,
            night=night,
            instant=instant_of(trial, night, form.time, now) if taken else None,
            capsules=taken,
            mg=capsules.mg_as_planned(taken) if whole else capsules.mg_of(taken),
            now=now,
        )
    if form.answers:
        trial = add_answers(trial, night=night, answers=form.answers, now=now, device=PAGE)
    return trial


def _worse(trial: Trial, visit: Visit, night: date, form: MorningForm) -> Trial:
    """Keep what is worse than what was told of the night already, so that nothing gets milder."""
    known = answers_of_night(visit, night)
    worse = {i: v for i, v in form.answers.items() if v > known.get(i, -1.0)}
    if not worse:
        return trial
    return add_answers(trial, night=night, answers=worse, now=visit.now, correct=True, device=PAGE)
