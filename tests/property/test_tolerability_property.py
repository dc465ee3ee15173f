"""Invariants of tonight's advice, whatever the complaints."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from ekbom.safety.tolerability import WORDS, Advice, advise
from ekbom.safety.tolerability_nights import Course, DoseNight, Happening
from ekbom.safety.tolerability_rules import ACTIONS, STOPS, signs
from ekbom.safety.tolerability_state import fold

START = date(2026, 3, 2)
LADDER = (100.0, 200.0, 300.0)
WORST = {"loose_stools": 9.0, "nausea": 10.0, "belly_pain": 10.0, "urge": 10.0}
GRADES = {
    "loose_stools": st.sampled_from([None, 0.0, 0.0, 1.0, 3.0, 4.0]),
    "nausea": st.sampled_from([None, 0.0, 0.0, 3.0, 4.0]),
    "belly_pain": st.sampled_from([None, 0.0, 0.0, 5.0]),
    "urge": st.sampled_from([None, 3.0, 5.0, 8.0]),
}
KINDS = ("clinician hold", "ended", "hold", "restart", "step down")
BY_HAND = 3
"""How many of the last kinds a person writes down because of how they are."""

Answers = dict[str, float]


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    if draw(st.integers(0, 9)) == 0:
        return {}
    drawn = {item: draw(grade) for item, grade in GRADES.items()}
    return {item: value for item, value in drawn.items() if value is not None}


@st.composite
def happenings(draw: st.DrawFn, *, by_hand: bool = True) -> tuple[Happening, ...]:
    if draw(st.integers(0, 14)):
        return ()
    kind = draw(st.sampled_from(KINDS if by_hand else KINDS[:-BY_HAND]))
    mg = draw(st.sampled_from([None, 50.0, 100.0, 200.0])) if kind == "step down" else None
    return (Happening(kind=kind, mg=mg),)


@st.composite
def courses(draw: st.DrawFn, *, rising: bool = True, by_hand: bool = True) -> Course:
    """Draw a course: 14 nights of baseline, then capsules on every night."""
    length = draw(st.integers(1, 30))
    doses = sorted(draw(st.lists(st.sampled_from(LADDER), min_size=length, max_size=length)))
    nights = [
        DoseNight(night=START + timedelta(days=i), phase="baseline", answers={"urge": 4.0})
        for i in range(14)
    ]
    for i, mg in enumerate(doses, start=14):
        night = DoseNight(
            night=START + timedelta(days=i),
            mg=mg if rising else doses[-1],
            phase="titration" if rising else "randomised",
            answers=draw(answers()),
            happened=draw(happenings(by_hand=by_hand)),
            taken_mg=mg,
        )
        nights.append(night)
    told = (*nights[:-1], replace(nights[-1], answers={}))
    return Course(ladder=LADDER, nights=told, dose_open=True)


def _course(*reports: Answers, mg: float = 200.0) -> Course:
    nights = [
        DoseNight(night=START + timedelta(days=i), mg=mg, answers=told)
        for i, told in enumerate([*reports, {}])
    ]
    return Course(ladder=LADDER, nights=tuple(nights))


@st.composite
def worsened(draw: st.DrawFn, course: Course) -> Course:
    """Draw the same course with more or worse complaints on capsule nights."""
    nights = []
    for night in course.nights[:-1]:
        told = dict(night.answers)
        if night.mg and draw(st.integers(0, 2)) == 0:
            item = draw(st.sampled_from(sorted(WORST)))
            worse = draw(st.sampled_from([told.get(item, 0.0) + 1.0, WORST[item]]))
            told[item] = max(told.get(item, 0.0), min(worse, WORST[item]))
            if item not in night.answers:
                told[item] = WORST[item]
        nights.append(replace(night, answers=told))
    return replace(course, nights=(*nights, course.tonight))


def _rank(advice: Advice) -> int:
    return ACTIONS.index(advice.action)


@given(data=st.data(), rising=st.booleans())
def test_more_or_worse_complaints_never_give_a_milder_advice(
    data: st.DataObject, rising: bool
) -> None:
    # Someone who is worse would write down other holds and step downs by hand; so there are none.
    course = data.draw(courses(rising=rising, by_hand=False))
    more = data.draw(worsened(course))
    before, after = advise(course=course), advise(course=more)
    assert _rank(after) >= _rank(before)
    assert (after.mg or 0) <= (before.mg or 0)


@given(
    course=courses(),
    reported=st.lists(st.sampled_from(sorted(signs()))),
    words=st.lists(st.sampled_from(sorted(WORDS))),
)
def test_a_sign_or_a_word_never_gives_a_milder_advice(
    course: Course, reported: list[str], words: list[str]
) -> None:
    alone = advise(course=course)
    told = advise(course=course, reported=reported, words=words)
    assert _rank(told) >= _rank(alone)
    assert (told.mg or 0) <= (alone.mg or 0)
    if reported:
        assert told.action in ("same day", "emergency")
        assert told.mg == 0


def _before(course: Course, length: int) -> Course:
    """Return the first nights of a course, nothing told yet of the last."""
    nights = course.nights[:length]
    return replace(course, nights=(*nights[:-1], replace(nights[-1], answers={})))


@given(course=courses(), told=answers())
def test_what_is_told_of_tonight_already_never_gives_a_milder_advice(
    course: Course, told: Answers
) -> None:
    tonight = replace(course.tonight, answers=told)
    before = advise(course=course)
    after = advise(course=replace(course, nights=(*course.nights[:-1], tonight)))
    assert _rank(after) >= _rank(before)
    assert (after.mg or 0) <= (before.mg or 0)


@given(course=courses())
def test_a_dose_plan_never_rises_after_a_hold_or_a_step_down(course: Course) -> None:
    ceiling = float("inf")
    for length in range(1, len(course.nights) + 1):
        state = fold(_before(course, length))
        assert state.ceiling_mg <= ceiling
        assert state.dose_mg <= state.ceiling_mg
        ceiling = state.ceiling_mg
    if state.holds:
        assert ceiling <= min(state.holds)


@given(course=courses())
@example(course=_course({"loose_stools": 4.0}, {"loose_stools": 4.0}, {}, {}, {}))
def test_silence_never_ends_a_hold(course: Course) -> None:
    state = fold(course)
    if state.holding_since is None:
        return
    last = course.tonight
    silent = [
        replace(last, night=last.night + timedelta(days=i), answers={}, happened=())
        for i in range(6)
    ]
    later = fold(replace(course, nights=(*course.nights[:-1], last, *silent[1:])))
    assert later.holding_since == state.holding_since


@given(course=courses(rising=False))
def test_nobody_takes_more_than_the_plan_on_record(course: Course) -> None:
    advice = advise(course=course)
    assert advice.mg is not None
    assert advice.planned_mg is not None
    assert advice.mg <= advice.planned_mg
    assert (advice.action in STOPS) <= (advice.mg == 0)


@given(course=courses())
def test_a_step_that_led_to_a_hold_or_a_step_down_never_counts_as_tolerated(
    course: Course,
) -> None:
    state = fold(course)
    found = advise(course=course).tolerated_mg
    if found is not None:
        assert found <= state.ceiling_mg
        assert all(found <= mg for mg in state.holds)
