"""A further complaint never gives more capsules or a milder action, whatever came before it.

Unlike its neighbour this looks at every phase: complaints of baseline, washout and pauses too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ekbom.safety.tolerability import Advice, advise
from ekbom.safety.tolerability_nights import Course, DoseNight, Happening
from ekbom.safety.tolerability_rules import ACTIONS

START = date(2026, 3, 2)
ITEMS = ("belly_pain", "loose_stools", "nausea")
FINE = dict.fromkeys(ITEMS, 0.0)
LOOSE = {**FINE, "loose_stools": 4.0}
PLANS = (
    "bbb 1111 22222 ww 222222222222",
    "bbb 1111 22222 ww 2222 pp 222222",
    "bb 111 p 222 ww 22222",
    "bbb ww 222222222222",
    "bb 11 22 333 www 333333 pp 33333",
)
"""A letter a night: baseline, washout, pause, or the step of capsules that are due."""

GRADES = st.sampled_from([None, 0.0, 0.0, 0.0, 1.0, 3.0, 4.0, 6.0])


@dataclass(frozen=True, slots=True)
class Pair:
    """The nights of one person, and the same with one more or worse complaint."""

    before: Course
    after: Course


def _nights(plan: str, told: list[dict[str, float]]) -> tuple[DoseNight, ...]:
    steps = plan.replace(" ", "")[: len(told) + 1]
    return tuple(
        DoseNight(night=START + timedelta(days=i), mg=100.0 * int(s) if s.isdigit() else 0.0,
                  phase="randomised", answers=answers)
        for i, (s, answers) in enumerate(zip(steps, [*told, {}], strict=True))
    )  # fmt: skip


def _course(plan: str, *told: dict[str, float]) -> Course:
    return Course(ladder=(100.0, 200.0, 300.0), nights=_nights(plan, [*told]), capsule_mg=100.0)


@st.composite
def happenings(draw: st.DrawFn) -> tuple[Happening, ...]:
    if draw(st.integers(0, 11)):
        return ()
    kind = draw(st.sampled_from(("hold", "clinician hold", "restart", "step down")))
    return (Happening(kind=kind, mg=draw(st.sampled_from([None, 100.0, 50.0, 0.0]))),)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    plan = draw(st.sampled_from(PLANS))
    count = draw(st.integers(3, len(plan.replace(" ", "")) - 1))
    reports = []
    for _ in range(count):
        drawn = {item: draw(GRADES) for item in ITEMS} if draw(st.integers(0, 5)) else {}
        reports.append({item: grade for item, grade in drawn.items() if grade is not None})
    course = _course(plan, *reports)
    worse = draw(st.integers(0, count - 1))
    # Who is worse would write other events down from then on; so there are none later.
    nights = [
        replace(n, happened=draw(happenings())) if i <= worse else n
        for i, n in enumerate(course.nights)
    ]
    told = dict(nights[worse].answers)
    # An answer more is a report more, and may be one that all is well: only worse ones count.
    item = draw(st.sampled_from(sorted(told) or ["loose_stools"]))
    told[item] = min(told.get(item, 9.0) + draw(st.integers(1, 6)), 10.0)
    after = [replace(n, answers=told) if i == worse else n for i, n in enumerate(nights)]
    return Pair(replace(course, nights=tuple(nights)), replace(course, nights=tuple(after)))


def _hard(plan: str, told: list[dict[str, float]], worse: int) -> Pair:
    more = [LOOSE if i == worse else answers for i, answers in enumerate(told)]
    return Pair(_course(plan, *told), _course(plan, *more))


def _rank(advice: Advice) -> int:
    return ACTIONS.index(advice.action)


@settings(max_examples=300)
@given(pairs())
# Loose in the washout too: the two capsule nights after it must not be swallowed.
@example(_hard("bbb 111 222 ww 222 2 22", [FINE] * 11 + [LOOSE, LOOSE, FINE], 10))
# Loose in baseline too, before a night that would not have counted against the dose.
@example(_hard("bbb 1111 222", [FINE, FINE, LOOSE, LOOSE, FINE, FINE, FINE], 1))
# Loose before capsules for so long that they never began.
@example(_hard("bb 222222", [LOOSE, FINE, LOOSE, LOOSE, FINE], 1))
def test_one_complaint_more_never_gives_more_capsules_or_a_milder_action(pair: Pair) -> None:
    before, after = advise(course=pair.before), advise(course=pair.after)
    assert _rank(after) >= _rank(before)
    assert (after.mg or 0) <= (before.mg or 0)
