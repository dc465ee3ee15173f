"""The capsules of one night: what the plan has, what stands against it, what was taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from ekbom.diary.diary import DoseTaken
from ekbom.guide.place import place_of
from ekbom.guide.steps import Step
from ekbom.guide.tonight import tonight
from ekbom.problem import InputError, RefusedError
from ekbom.safety.tolerability import Advice, advise
from ekbom.safety.tolerability_course import course_of
from ekbom.safety.tolerability_nights import Course
from ekbom.safety.tolerability_rules import STOPS
from ekbom.trial.folder import Trial
from ekbom.web.access import Visit
from ekbom.web.begin.planned import dose_plan_of
from ekbom.web.models import Person

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Capsules:
    """What one night has.

    ``planned`` is the whole number of capsules, ``None`` where it is not known; ``mg`` is what is
    written down for all of them, elemental, ``None`` for randomised nights; ``each`` is what one
    capsule holds, ``None`` where it is not known.  ``step`` is tonight's own, ``None`` for an
    earlier night.  ``stopped``: the plan allows none.
    """

    planned: float | None
    mg: float | None
    pack: int | None
    stopped: bool
    step: Step | None = None
    recorded: DoseTaken | None = None
    each: float | None = None

    def mg_as_planned(self, taken: float) -> float | None:
        """Return the elemental mg of capsules that were told to be all that the plan had.

        Told of an older plan, they are another number than this plan's, and count by themselves.
        """
        if self.pack is not None:
            return None
        return self.mg if self.planned in (None, taken) else self.mg_of(taken)

    def mg_of(self, taken: float) -> float | None:
        """Return the elemental mg in so many capsules, ``None`` where it is not known or sealed."""
        if self.pack is not None:
            return None
        if taken == 0:
            return 0.0
        if self.mg and self.planned:
            return round(taken * self.mg / self.planned, 6)
        return None if self.each is None else round(taken * self.each, 6)


def capsules_of(visit: Visit, night: date) -> Capsules | None:
    """Return the capsules of a night, ``None`` if its plan has none."""
    trial = visit.trial
    if not visit.row.registered or trial.protocol.dose is None:
        return None
    place = place_of(trial=trial, calendar=trial.calendar(today=night), night=night)
    if place.phase not in ("titration", "randomised"):
        return None
    step = _step(visit, night)
    course = course_of(trial=trial, now=visit.now)
    advice = _advice_of(course, night, over=step is None)
    mg = None if place.pack is not None else min(n for n in (place.mg, advice.mg) if n is not None)
    known = [n for n in (place.capsules, advice.capsules) if n is not None]
    planned = min(known, default=None)
    if planned is None and mg:
        planned = units_of(visit.person, mg)
    return Capsules(
        planned=planned,
        mg=mg,
        pack=place.pack,
        stopped=advice.action in STOPS if step is None else _is_stopped(step),
        step=step,
        recorded=next((d for d in trial.doses if d.night == night), None),
        each=course.capsule_mg or _each(visit.person, trial),
    )


def instant_of(
    trial: Trial, night: date, wall: time | None, now: datetime, zone: str = ""
) -> datetime | None:
    """Return when a dose was taken, now if it is that night and no time is given.

    ``zone`` is that of the wall clock where it is not the person's own.  Raises RefusedError if the
    clock never showed that time in the night.
    """
    if wall is None:
        return now if trial.clock.night_of(now) == night else None
    shown = trial.clock.shown(night, wall, zone=zone)
    if not shown:
        raise RefusedError("Your clock never showed that time in this night. Mend the time.")
    # Of two, the later one where it has come: a dose is mostly written down when it is taken.
    return next((instant for instant in reversed(shown) if instant <= now), shown[0])


def _each(person: Person, trial: Trial) -> float | None:
    """Return the mg of one capsule of the product, ``None`` where it is not known."""
    dose = trial.protocol.dose
    steps = () if dose is None else dose.ladder
    known = ((mg, units_of(person, mg)) for mg in steps)
    return next((mg / units for mg, units in known if units), None)


def _advice_of(course: Course, night: date, *, over: bool) -> Advice:
    """Return what the plan says of one night's capsules, by all that came before them."""
    *before, last = [one for one in course.nights if one.night <= night] or course.nights[:1]
    if over:
        # What the morning after says of a night came after its capsules.
        last = replace(last, answers={})
    return advise(course=replace(course, nights=(*before, last)))


def _step(visit: Visit, night: date) -> Step | None:
    found = tonight(trial=visit.trial, now=visit.now)
    if found.night != night:
        return None
    return found.step("no_capsules") or found.step("dose")


def _is_stopped(step: Step) -> bool:
    return step.id == "no_capsules" or step.when == "waiting"


def units_of(person: Person, mg: float) -> float | None:
    """Return how many capsules of the product a step takes, ``None`` where it is not known."""
    try:
        plan = dose_plan_of(person)
        ladder = () if plan is None else plan.to_dose().ladder
    except (InputError, RefusedError):
        return None
    units = () if plan is None else tuple(step.units for step in plan.steps)
    pairs = zip(ladder, units, strict=False)
    return next((n for step, n in pairs if abs(step - mg) <= _ROUNDING), None)
