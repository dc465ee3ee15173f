"""Where a person stands on the dose ladder, folded night by night from complaints and events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from ekbom.safety.tolerability_nights import Course, DoseNight, Happening
from ekbom.safety.tolerability_rules import Rule, rules
from ekbom.safety.tolerability_runs import Run, lasting

_ROUNDING = 1e-9
"""Milligrams by which two equal doses may differ through floating point alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where the person stands before tonight's capsules.

    ``dose_mg`` is the planned dose within ``ceiling_mg``, the most that is ever taken again;
    ``recorded_mg`` is the least that a step down on record names.  ``lowered`` and ``hold_nights``
    say by which rule and nights.  ``blamed`` says that the hold in force counts against a dose;
    ``holds`` has that dose of each hold so far, ``tolerated`` the dose of each night that went
    well, ``last_dosed`` the last night that had capsules and ``last_mg`` their dose.
    ``loose_so_far`` has the last loose nights even where a dose is blamed for them already.
    """

    dose_mg: float = 0.0
    ceiling_mg: float = float("inf")
    recorded_mg: float = float("inf")
    lowered: tuple[tuple[str, tuple[date, ...]], ...] = ()
    holding_since: date | None = None
    hold_rule: str = ""
    hold_nights: tuple[date, ...] = ()
    hold_recorded: bool = False
    blamed: bool = False
    clinician: str = ""
    holds: tuple[float, ...] = ()
    ended: date | None = None
    end_rule: str = ""
    lowest_failed: bool = False
    loose: Run = ()
    loose_so_far: Run = ()
    upset: tuple[date, ...] = ()
    tolerated: tuple[float, ...] = ()
    last_dosed: date | None = None
    last_mg: float = 0.0

    @property
    def began_with_capsules(self) -> bool:
        """Return whether the loose nights that follow each other began after capsules."""
        return bool(self.loose) and self.loose[0][1]

    @property
    def stopped(self) -> bool:
        """Return whether a hold or an end forbids capsules."""
        return self.holding_since is not None or self.ended is not None


def fold(course: Course) -> State:
    """Return where the person stands tonight.

    Each evening what is on record and the reports so far decide about that night's capsules; each
    morning's report counts from the next evening on.  A night without a report changes nothing;
    what is told of tonight already can stop its capsules and never bring them back.
    """
    state = State()
    for night in course.nights[:-1]:
        state = _morning(_evening(state, night, course), night, course)
    return _evening(_told_early(state, course.tonight, course), course.tonight, course)


def tolerated_mg(state: State, course: Course) -> float | None:
    """Return the highest step at which the dose may be fixed, ``None`` while no step qualifies.

    Elemental mg; never above a step that led to a hold or a step down.
    """
    enough = rules()["tolerated"].count
    fits = [
        step
        for step in course.ladder
        if _at_most(step, state.ceiling_mg)
        and sum(abs(mg - step) <= _ROUNDING for mg in state.tolerated) >= enough
    ]
    return None if state.ended else max(fits, default=None)


def _evening(state: State, night: DoseNight, course: Course) -> State:
    """Settle whether tonight has capsules, and how many milligrams they stand for."""
    planned = min(night.mg, state.ceiling_mg)
    if _hold_is_due(state, night):
        # Diarrhoea that began before the capsules delays them; it does not speak against the dose.
        blamed = state.began_with_capsules
        rule = "loose_stools" if blamed or state.ended else "loose_before_capsules"
        state = _hold(state, night, course, rule=rule, mg=state.last_mg if blamed else 0.0)
    for happening in night.happened:
        state = _apply(replace(state, dose_mg=planned), happening, night, course)
    return replace(state, dose_mg=min(night.mg, state.ceiling_mg))


def _hold_is_due(state: State, night: DoseNight) -> bool:
    run = state.loose
    if state.holding_since is not None or len(run) < rules()["loose_stools"].count:
        return False
    # After an end too, as diarrhoea that goes on still needs a clinician.
    return night.mg > 0 or state.ended is not None or state.began_with_capsules


def _hold(state: State, night: DoseNight, course: Course, *, rule: str, mg: float) -> State:
    """Begin a hold that counts against ``mg``, the last dose taken; 0 where none is to blame."""
    nights = tuple(night for night, _ in state.loose)
    held = replace(state, holding_since=night.night, hold_rule=rule, hold_nights=nights)
    return _blame(held, mg, night, course) if mg else held


def _blame(state: State, mg: float, night: DoseNight, course: Course) -> State:
    """Count the hold in force against a dose, which it lowers for good."""
    lower = course.step_below(mg)
    state = replace(state, blamed=True, loose=())
    state = _counted(state, night.night, mg, lower, course)
    return _lower(state, mg, lower, rule="restart_lower", nights=state.hold_nights)


def _blame_late(state: State, night: DoseNight, course: Course, *, rule: str) -> State:
    """Count a hold that no dose was blamed for so far against the last one taken, or the one due.

    Who had to wait must not end up with more capsules than who began them in the same state.
    """
    doses = [mg for mg in (state.last_mg, state.dose_mg) if mg]
    if state.blamed or not doses:
        return state
    nights = tuple(night for night, _ in state.loose) or state.hold_nights
    state = replace(state, hold_rule=rule, hold_nights=nights)
    return _blame(state, min(doses), night, course)


def _counted(state: State, since: date, mg: float, lower: float | None, course: Course) -> State:
    """Count a hold at its dose; one too many on the lowest step ends the trial."""
    state = replace(state, holds=(*state.holds, mg))
    lowest = sum(course.step_below(dose) is None for dose in state.holds)
    if state.ended or lower is not None or lowest < rules()["second_hold"].count:
        return state
    return replace(state, ended=since, end_rule="second_hold")


def _lower(
    state: State, mg: float, lower: float | None, *, rule: str, nights: tuple[date, ...]
) -> State:
    """Never go above the next lower step again; on the lowest, never above that."""
    ceiling = min(state.ceiling_mg, mg if lower is None else lower)
    return replace(
        state,
        ceiling_mg=ceiling,
        dose_mg=min(state.dose_mg, ceiling),
        lowered=(*state.lowered, (rule, nights)),
        lowest_failed=state.lowest_failed or lower is None,
        tolerated=tuple(t for t in state.tolerated if t != mg),
    )


def _apply(state: State, happening: Happening, night: DoseNight, course: Course) -> State:
    match happening.kind:
        case "hold" | "clinician hold":
            if state.holding_since is None:
                state = _hold(state, night, course, rule="hold_on_record", mg=state.last_mg)
            elif happening.rule != "loose_before_capsules":
                state = _blame_late(state, night, course, rule="hold_on_record")
            state = replace(state, hold_recorded=True)
            if happening.kind == "clinician hold":
                state = replace(state, clinician="stopped_on_record")
        case "restart":
            state = _restarted(state, happening)
        case "step down":
            state = _step_down(state, happening.mg, night, course)
        case "ended":
            state = replace(state, ended=night.night, end_rule="end_on_record")
    return state


def _released(state: State) -> State:
    return replace(
        state, holding_since=None, hold_rule="", hold_recorded=False, blamed=False, loose=()
    )


def _restarted(state: State, happening: Happening) -> State:
    """Release what a clinician knew of; loose nights told after the agreement go on counting."""
    if state.holding_since is None and not state.clinician:
        return state
    state = replace(state, clinician="")
    told = state.loose_so_far
    if not any(night in happening.told_later for night, _ in told):
        return _released(state)
    if len(told) < rules()["loose_stools"].count:
        return replace(_released(state), loose=told)
    rule = "loose_stools" if state.blamed or told[0][1] else "loose_before_capsules"
    nights = tuple(night for night, _ in told)
    return replace(state, hold_rule=rule, hold_nights=nights, hold_recorded=False)


def _step_down(state: State, mg: float | None, night: DoseNight, course: Course) -> State:
    """Take a step down on record as the most from now on; an unknown dose as one step lower."""
    if mg is None:
        before = min(night.mg or course.ladder[-1], state.recorded_mg)
        mg = course.step_below(before) or before
    if _at_most(state.ceiling_mg, mg):
        return replace(state, recorded_mg=min(state.recorded_mg, mg))
    return replace(state, recorded_mg=min(state.recorded_mg, mg), ceiling_mg=mg, upset=())


def _morning(state: State, night: DoseNight, course: Course) -> State:
    """Take in a night's report; no report, no change."""
    loose = rules()["loose_stools"]
    if state.dose_mg and not state.stopped:
        state = replace(state, last_dosed=night.night, last_mg=state.dose_mg)
    state = _with_upset(state, night, course)
    state = _with_tolerated(state, night, loose)
    # The nights of a hold that no dose is blamed for count as those of the capsules due.
    state = _with_loose(state, night, loose, capsules=bool(state.dose_mg and not state.ended))
    if state.holding_since is not None:
        return _settled(state, state.holding_since, night, course)
    return state


def _told_early(state: State, tonight: DoseNight, course: Course) -> State:
    """Take in complaints told of tonight before its capsules, which are not yet to blame."""
    loose = rules()["loose_stools"]
    state = replace(state, dose_mg=min(tonight.mg, state.ceiling_mg))
    state = _with_upset(state, tonight, course)
    if loose.reached(tonight.answers):
        since = tonight.night - timedelta(days=1)
        counted = _with_loose(state, tonight, loose, capsules=state.last_dosed == since)
        held = state.holding_since is not None
        return replace(counted, loose=state.loose) if held else counted
    return state


def _with_loose(state: State, night: DoseNight, rule: Rule, *, capsules: bool) -> State:
    """Count the loose nights that follow each other, with a small gap of silence at most.

    ``capsules`` says whether there were any that may be to blame.
    """
    loose = rule.reached(night.answers)
    if loose is None:
        return state
    if not loose:
        return replace(state, loose=state.loose if state.blamed else (), loose_so_far=())
    far, new = state.loose_so_far, (night.night, capsules)
    state = replace(state, loose_so_far=(*lasting(far, night=night.night, rule=rule), new))
    if state.blamed:
        return state
    return replace(state, loose=(*lasting(state.loose, night=night.night, rule=rule), new))


def _settled(state: State, since: date, night: DoseNight, course: Course) -> State:
    """End a hold after a night without complaints; ask for a clinician where they go on."""
    rule = rules()["loose_stools"]
    if state.began_with_capsules and len(state.loose) == rule.count:
        state = _blame_late(state, night, course, rule="loose_stools")
    unsettled = any(night.answers.get(i, 0) >= grade for i, grade in rule.settled_below.items())
    late = (night.night - since).days + 1 >= rules()["not_settled"].count
    if unsettled and late:
        state = replace(state, clinician=state.clinician or "not_settled")
        return _blame_late(state, night, course, rule="loose_stools")
    if unsettled:
        return state
    if rule.reached(night.answers) is None or state.clinician:
        return state
    return _released(state)


def _with_upset(state: State, night: DoseNight, course: Course) -> State:
    """Count nausea and belly pain; nights of a hold count too, as worse must never earn more."""
    rule = rules()["nausea_or_pain"]
    upset = tuple(n for n in state.upset if (night.night - n).days < rule.of)
    if night.mg and rule.reached(night.answers):
        upset = (*upset, night.night)
    if len(upset) < rule.count:
        return replace(state, upset=upset)
    lower = course.step_below(state.dose_mg)
    mg = state.dose_mg
    if state.holding_since is not None and lower is None and max(state.holds[-1:], default=mg) > mg:
        # Nausea that comes during a hold counts as nausea that came just before it would have:
        # the hold is one on the lowest step.
        state = _counted(state, state.holding_since, mg, lower, course)
    state = _lower(replace(state, upset=()), mg, lower, rule=rule.id, nights=upset)
    # A hold that follows at once is one on the lower step.
    return replace(state, last_mg=min(state.last_mg, state.ceiling_mg))


def _with_tolerated(state: State, night: DoseNight, rule: Rule) -> State:
    """Count a night in open titration that was taken as recorded and reported on."""
    well = not state.holding_since and rule.reached(night.answers) is False
    if night.phase != "titration" or not night.taken_mg or not well:
        return state
    return replace(state, tolerated=(*state.tolerated, night.taken_mg))


def _at_most(mg: float, most: float) -> bool:
    return mg <= most + _ROUNDING
