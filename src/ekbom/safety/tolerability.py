"""What to do about complaints, and why: a table of rules over the diary's side effects."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ekbom.evidence.facts import Source
from ekbom.safety.tolerability_nights import Course, DoseNight
from ekbom.safety.tolerability_rules import ACTIONS, STOPS, Rule, Sign, rules, signs
from ekbom.safety.tolerability_state import State, fold, tolerated_mg

WORDS = {"worse": "told_worse", "end": "own_wish"}
"""What a person can simply say, and the rule it calls."""

_OF_A_SIGN = {"EMERGENCY": "emergency_sign", "SAME DAY": "same_day_sign"}

_DAY = timedelta(days=1)

_ROUNDING = 1e-9
"""By how much doses, and capsules, may differ through floating point alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule that speaks tonight: its text and sources, and what it was that called it.

    ``signs`` are what the person reported; ``nights`` those whose reports reached the rule;
    ``numbers`` the mean and the baseline mean where means were compared.
    """

    rule: str
    level: str
    action: str
    text: str
    note: str
    ends: str
    sources: tuple[Source, ...]
    verified: bool
    ours: bool
    facts_row: str
    signs: tuple[str, ...] = ()
    nights: tuple[date, ...] = ()
    numbers: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event that the person's record should get; without a night it is of tonight."""

    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do tonight, from the gravest rule that speaks, and why.

    ``action`` is one of `ACTIONS`; ``capsules`` is a whole number, ``None`` where the number is not
    known; ``mg`` is the elemental dose they stand for and ``planned_mg`` the one on record;
    ``most_mg`` is the most a day that the person may have taken, for a clinician.
    ``tolerated_mg`` is the most at which the dose may be fixed, until it is.
    ``unreported`` are the capsule nights of the last week without a report.
    """

    night: date | None
    phase: str
    action: str
    level: str
    capsules: int | None
    mg: float | None
    planned_mg: float | None
    most_mg: float | None
    reasons: tuple[Reason, ...]
    what_ends_it: str
    record: tuple[Record, ...]
    tolerated_mg: float | None
    unreported: tuple[date, ...]


def advise(
    *,
    course: Course | None = None,
    reported: Collection[str] = (),
    words: Collection[str] = (),
) -> Advice:
    """Return what the registered plan says to do tonight, and why.

    The advice knows capsules, complaints and what is on record, and never which treatment a pack
    holds; so it is the same whatever the allocation.

    Parameters
    ----------
    course
        All nights up to tonight, the one whose capsules come next; ``None`` where no diary can be
        read, which warning signs never wait for.
    reported
        Ids of warning signs (`signs`).
    words
        What the person says in so many words: keys of `WORDS`.

    Raises
    ------
    KeyError
        If a sign or a word is not known.
    """
    state = State() if course is None else fold(course)
    reasons = tuple(_reasons(course, state, reported, words))
    gravest = max(reasons, key=lambda r: ACTIONS.index(r.action), default=None)
    action = "go on" if gravest is None else gravest.action
    stop = any(r.action in STOPS for r in reasons)
    mg = 0.0 if stop else None if course is None else state.dose_mg
    night = None if course is None else course.tonight
    return Advice(
        night=night.night if night else None,
        phase=night.phase if night else "",
        action=action,
        level="" if gravest is None else gravest.level,
        capsules=_capsules(course, mg),
        mg=mg,
        planned_mg=min(night.mg, state.recorded_mg) if night else None,
        most_mg=_most(course),
        reasons=tuple(sorted(reasons, key=lambda r: -ACTIONS.index(r.action))),
        what_ends_it="" if gravest is None else gravest.ends,
        record=tuple(_record(course, state, reasons)),
        tolerated_mg=_fixable(course, state),
        unreported=_unreported(course),
    )


def _reasons(
    course: Course | None, state: State, reported: Collection[str], words: Collection[str]
) -> Iterator[Reason]:
    yield from _of_signs([signs()[name] for name in dict.fromkeys(reported)])
    yield from (_reason(rules()[WORDS[word]]) for word in dict.fromkeys(words))
    if course is None:
        return
    yield from _of_state(course, state)
    yield from _of_dose(course, state)
    yield from _of_lowest(course, state)
    yield from _of_worse(course)


def _of_signs(found: list[Sign]) -> Iterator[Reason]:
    for level, rule in _OF_A_SIGN.items():
        names = tuple(sign.id for sign in found if sign.level == level)
        if names:
            more = [sign.if_worse for sign in found if sign.level == level and sign.if_worse]
            yield _reason(rules()[rule], more=more, signs=names)
    if found:
        yield _reason(rules()["serious_event"])


def _of_state(course: Course, state: State) -> Iterator[Reason]:
    if state.clinician:
        yield _reason(rules()[state.clinician])
    if state.holding_since is not None and state.clinician != "stopped_on_record":
        rule = rules()[state.hold_rule]
        more = [said for item, said in rule.with_item.items() if course.has(item)]
        yield _reason(rule, more=more, nights=state.hold_nights)
    if state.ended is not None:
        yield _reason(rules()[state.end_rule])


def _of_dose(course: Course, state: State) -> Iterator[Reason]:
    """Say why tonight's dose is smaller than the one on record."""
    planned = min(course.tonight.mg, state.recorded_mg)
    if not state.stopped and state.dose_mg < planned - _ROUNDING:
        rule, nights = state.lowered[-1]
        yield _reason(rules()[rule], nights=nights)


def _of_lowest(course: Course, state: State) -> Iterator[Reason]:
    rule = rules()["nausea_or_pain"]
    upset = [n.night for n in course.last_nights(rule.of) if n.mg and rule.reached(n.answers)]
    if state.lowest_failed and not state.stopped and len(upset) >= rule.count:
        yield _reason(rules()["no_lower_step"], nights=tuple(upset))


def _of_worse(course: Course) -> Iterator[Reason]:
    rule = rules()["clearly_worse"]
    for item, margin in rule.above_baseline.items():
        week = [n for n in course.last_nights(rule.of) if n.phase != "baseline"]
        now = _mean(week, item, rule.count)
        before = _mean([n for n in course.nights if n.phase == "baseline"], item, rule.count)
        if now is not None and before is not None and now - before >= margin:
            yield _reason(rule, numbers=(now, before))


def _mean(nights: Collection[DoseNight], item: str, least: int) -> float | None:
    """Return the mean of what was answered; too few answers have none, a missing one is no zero."""
    values = [n.answers[item] for n in nights if item in n.answers]
    return math.fsum(values) / len(values) if len(values) >= least else None


def _reason(
    rule: Rule,
    *,
    more: Collection[str] = (),
    signs: tuple[str, ...] = (),
    nights: tuple[date, ...] = (),
    numbers: tuple[float, ...] = (),
) -> Reason:
    return Reason(
        rule=rule.id,
        level=rule.level,
        action=rule.action,
        text=" ".join([rule.text, *more]),
        note=rule.note,
        ends=rule.ends,
        sources=rule.sources,
        verified=rule.verified,
        ours=rule.ours,
        facts_row=rule.facts_row,
        signs=signs,
        nights=nights,
        numbers=numbers,
    )


def _capsules(course: Course | None, mg: float | None) -> int | None:
    """Return the whole capsules that hold no more than ``mg``."""
    if mg == 0:
        return 0
    if course is None or mg is None or course.capsule_mg is None:
        return None
    return math.floor(mg / course.capsule_mg + _ROUNDING)


def _most(course: Course | None) -> float | None:
    """Return the most elemental mg a day of the last two weeks, or of the whole ladder."""
    if course is None:
        return None
    recent = [n.mg for n in course.nights[-14:] if n.mg]
    return max(recent or course.ladder, default=None)


def _fixable(course: Course | None, state: State) -> float | None:
    return tolerated_mg(state, course) if course is not None and course.dose_open else None


def _unreported(course: Course | None) -> tuple[date, ...]:
    if course is None:
        return ()
    asked = rules()["loose_stools"]
    week = course.last_nights(7)
    return tuple(n.night for n in week if n.mg and asked.reached(n.answers) is None)


def _record(course: Course | None, state: State, reasons: tuple[Reason, ...]) -> Iterator[Record]:
    """Yield the events that the reasons ask for and that are not on record yet."""
    if course is None:
        return
    called = {r.action: r for r in reasons}
    grave = called.get("emergency") or called.get("same day")
    if grave is not None:
        yield from _record_of_signs(called)
    elif state.holding_since is not None and not state.hold_recorded:
        yield Record(kind="hold", detail={"note": state.hold_rule})
    if "end" in called and state.end_rule != "end_on_record":
        last = state.last_dosed or max(course.nights[0].night, course.tonight.night - _DAY)
        reason = "side effects" if called["end"].rule == "second_hold" else "own wish"
        yield Record(kind="ended", detail={"last": last.isoformat(), "reason": reason})
    elif "step down" in called and not any(action in STOPS for action in called):
        capsules = _capsules(course, state.dose_mg)
        if capsules is not None:
            note = called["step down"].rule
            yield Record(kind="step down", detail={"capsules": capsules, "note": note})
    for rule in ("clearly_worse", "told_worse", "no_lower_step"):
        if any(r.rule == rule for r in reasons):
            yield Record(kind="note", detail={"note": f"offered to end: {rule}"})


def _record_of_signs(called: dict[str, Reason]) -> Iterator[Record]:
    for action, kind in (("emergency", "emergency"), ("same day", "side effect")):
        if action in called:
            yield Record(kind=kind, detail={"note": ", ".join(called[action].signs)})
    if "emergency" not in called:
        yield Record(kind="hold", detail={"clinician": True, "note": "same_day_sign"})
