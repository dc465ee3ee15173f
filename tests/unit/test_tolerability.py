"""Tonight's advice: what calls it, what ends it, and that nothing is invented on the way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ekbom.evidence.facts import sources
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import built_in
from ekbom.safety.tolerability import WORDS, Advice, Record, advise
from ekbom.safety.tolerability_course import course_of, course_of_diary, record_advice
from ekbom.safety.tolerability_nights import Course, DoseNight, Happening
from ekbom.safety.tolerability_rules import ACTIONS, STOPS, rules, signs
from ekbom.safety.tolerability_state import fold
from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_answers, log_dose, log_event
from trials import FAST, at, contents, drawn_magnesium, night, plain_protocol, registered

LADDER = (100.0, 200.0)
FINE = {"loose_stools": 0.0, "nausea": 0.0, "belly_pain": 0.0}
LOOSE = {**FINE, "loose_stools": 4.0}
SICK = {**FINE, "nausea": 5.0}


def course(
    *reports: Mapping[str, float],
    mg: float = 200.0,
    happened: Mapping[int, Happening] | None = None,
    phase: str = "randomised",
    ladder: tuple[float, ...] = LADDER,
) -> Course:
    """Return capsule nights with these reports, and tonight after them."""
    nights = [
        DoseNight(
            night=night(i),
            mg=mg,
            phase=phase,
            answers=told,
            happened=(happened[i],) if happened and i in happened else (),
            taken_mg=mg if phase == "titration" else None,
        )
        for i, told in enumerate([*reports, {}])
    ]
    return Course(ladder=ladder, nights=tuple(nights), capsule_mg=100.0)


def rules_of(advice: Advice) -> list[str]:
    return [reason.rule for reason in advice.reasons]


# The table of rules.


def test_every_rule_and_sign_has_a_source_or_is_marked_our_own_choice() -> None:
    for entry in [*rules().values(), *signs().values()]:
        assert entry.sources or entry.ours, entry.id
        assert all(source.id in sources() for source in entry.sources)
        assert entry.facts_row, entry.id


def test_every_rule_has_a_known_action_and_says_what_ends_it() -> None:
    for rule in rules().values():
        assert rule.action in ACTIONS
        assert rule.text.endswith(".")
        assert rule.ends or rule.action in ("report", "go on")
    assert {sign.level for sign in signs().values()} == {"EMERGENCY", "SAME DAY"}


def test_no_capsules_from_a_hold_on() -> None:
    assert {"hold", "end", "clinician", "same day", "emergency"} == STOPS


def test_splitting_is_named_with_its_source_and_never_advised() -> None:
    rule = rules()["nausea_or_pain"]
    assert "split" not in rule.text
    assert "BfR" in rule.note
    assert "S23" in {source.id for source in rule.sources}


# Hold, restart, end.


def test_two_loose_days_hold_and_a_day_without_restarts_one_step_lower() -> None:
    held = advise(course=course(FINE, LOOSE, LOOSE))
    assert (held.action, held.capsules, held.mg) == ("hold", 0, 0)
    assert held.reasons[0].nights == (night(1), night(2))
    assert [r.kind for r in held.record] == ["hold"]
    back = advise(course=course(FINE, LOOSE, LOOSE, FINE))
    assert (back.action, back.capsules, back.mg) == ("step down", 1, 100)
    assert rules_of(back) == ["restart_lower"]
    assert back.record == (
        Record(kind="step down", detail={"capsules": 1, "note": "restart_lower"}),
    )


def test_a_stool_type_of_six_or_seven_counts_where_the_diary_has_it() -> None:
    assert advise(course=course({"stool_type": 6}, {"stool_type": 7})).action == "hold"
    assert advise(course=course({"stool_type": 6}, {"stool_type": 5})).action == "go on"


def test_one_or_two_loose_stools_neither_begin_nor_end_a_hold() -> None:
    some = {**FINE, "loose_stools": 2.0}
    assert advise(course=course(some, some, some)).action == "go on"
    assert advise(course=course(LOOSE, LOOSE, some)).action == "hold"


@pytest.mark.parametrize(
    ("reports", "action"),
    [
        ((LOOSE, {}, LOOSE), "hold"),
        ((LOOSE, {}, {}, LOOSE), "go on"),
        ((LOOSE, FINE, LOOSE), "go on"),
        ((LOOSE, {"nausea": 0.0}, LOOSE), "hold"),
        ((LOOSE, LOOSE, {}, {}, {}), "hold"),
    ],
)
def test_a_missing_report_neither_confirms_nor_clears(
    reports: tuple[dict[str, float], ...], action: str
) -> None:
    assert advise(course=course(*reports)).action == action


def test_unreported_capsule_nights_are_named() -> None:
    found = advise(course=course(FINE, {}, FINE, {"nausea": 1.0}))
    assert found.unreported == (night(1), night(3))


def test_not_settled_two_days_after_stopping_needs_a_clinician_and_stays_so() -> None:
    assert advise(course=course(LOOSE, LOOSE, LOOSE)).action == "hold"
    late = advise(course=course(LOOSE, LOOSE, LOOSE, LOOSE))
    assert (late.action, late.capsules) == ("clinician", 0)
    assert rules_of(late) == ["not_settled", "loose_stools"]
    assert advise(course=course(LOOSE, LOOSE, LOOSE, LOOSE, FINE, FINE)).action == "clinician"
    agreed = {6: Happening(kind="restart")}
    after = advise(course=course(LOOSE, LOOSE, LOOSE, LOOSE, FINE, FINE, happened=agreed))
    assert (after.action, after.capsules) == ("step down", 1)


def test_silence_after_stopping_is_no_sign_that_it_goes_on() -> None:
    assert advise(course=course(LOOSE, LOOSE, {}, {}, {})).action == "hold"


def test_the_first_hold_at_the_lowest_step_restarts_there_and_the_second_ends() -> None:
    once = (LOOSE, LOOSE, FINE)
    again = advise(course=course(*once, mg=100))
    assert (again.action, again.capsules) == ("go on", 1)
    ended = advise(course=course(*once, FINE, LOOSE, LOOSE, mg=100))
    assert (ended.action, ended.capsules) == ("end", 0)
    assert ended.reasons[0].rule == "second_hold"
    assert Record(
        kind="ended", detail={"last": night(5).isoformat(), "reason": "side effects"}
    ) in (ended.record)
    later = advise(course=course(*once, FINE, LOOSE, LOOSE, FINE, FINE, mg=100))
    assert later.action == "end"


def test_a_hold_at_a_higher_step_is_not_counted_at_the_lowest() -> None:
    found = advise(course=course(LOOSE, LOOSE, FINE, FINE, LOOSE, LOOSE, FINE))
    assert (found.action, found.capsules) == ("step down", 1)


def test_diarrhoea_from_before_the_capsules_delays_them_and_does_not_lower_the_dose() -> None:
    before = [
        DoseNight(night=night(i), phase="washout", answers=told)
        for i, told in enumerate((LOOSE, LOOSE))
    ]
    due = [DoseNight(night=night(i), phase="randomised", mg=200.0) for i in (2, 3)]
    waits = Course(ladder=LADDER, nights=(*before, due[0]))
    assert advise(course=waits).action == "hold"
    assert rules_of(advise(course=waits)) == ["loose_before_capsules"]
    settled = DoseNight(night=night(2), phase="randomised", mg=200.0, answers=FINE)
    begins = advise(course=Course(ladder=LADDER, nights=(*before, settled, due[1])))
    assert (begins.action, begins.mg) == ("go on", 200)


def test_a_hold_by_hand_and_its_record_are_one_hold() -> None:
    by_hand = {3: Happening(kind="hold")}
    state = fold(course(FINE, LOOSE, LOOSE, happened=by_hand))
    assert state.holds == (200.0,)
    assert state.hold_recorded
    assert advise(course=course(FINE, LOOSE, LOOSE, happened=by_hand)).record == ()


# Step down.


def test_nausea_on_three_of_seven_nights_steps_down_once() -> None:
    assert advise(course=course(SICK, FINE, SICK)).action == "go on"
    down = advise(course=course(SICK, FINE, SICK, FINE, FINE, FINE, SICK))
    assert (down.action, down.capsules) == ("step down", 1)
    assert down.reasons[0].nights == (night(0), night(2), night(6))
    assert advise(course=course(SICK, FINE, SICK, FINE, FINE, FINE, FINE, SICK)).action == "go on"


def test_belly_pain_and_nausea_count_together_and_other_complaints_do_not() -> None:
    pain = {"loose_stools": 0.0, "belly_pain": 4.0}
    assert advise(course=course(SICK, pain, SICK)).action == "step down"
    other = {**FINE, "other_complaint": 9.0}
    assert advise(course=course(other, other, other)).action == "go on"


def test_at_the_lowest_step_going_on_nausea_offers_an_end_and_expires() -> None:
    sick = (SICK, SICK, SICK)
    found = advise(course=course(*sick, mg=100))
    assert (found.action, found.capsules) == ("offer end", 1)
    assert found.record == (Record(kind="note", detail={"note": "offered to end: no_lower_step"}),)
    assert advise(course=course(*sick, *(FINE,) * 5, mg=100)).action == "go on"


def test_a_step_down_on_record_is_as_planned_from_then_on() -> None:
    recorded = {3: Happening(kind="step down", mg=100.0)}
    found = advise(course=course(SICK, SICK, SICK, FINE, happened=recorded))
    assert (found.action, found.capsules, found.planned_mg) == ("go on", 1, 100)


def test_a_step_down_of_an_unknown_dose_is_one_step() -> None:
    found = advise(course=course(FINE, happened={1: Happening(kind="step down")}))
    assert (found.action, found.mg) == ("go on", 100)


def test_a_number_of_capsules_is_whole_and_never_rounded_up() -> None:
    odd = Course(ladder=LADDER, nights=course(SICK, SICK, SICK).nights, capsule_mg=200 / 3)
    assert advise(course=odd).capsules == 1
    unknown = Course(ladder=LADDER, nights=course(FINE).nights)
    assert (advise(course=unknown).capsules, advise(course=unknown).mg) == (None, 200)


# Clearly worse.


def _with_baseline(before: float, week: list[float | None]) -> Course:
    first = [
        DoseNight(night=night(i), phase="baseline", answers={"urge": before}) for i in range(14)
    ]
    later = [
        DoseNight(
            night=night(14 + i),
            mg=200.0,
            phase="randomised",
            answers={**FINE, **({} if urge is None else {"urge": urge})},
        )
        for i, urge in enumerate(week)
    ]
    tonight = DoseNight(night=night(14 + len(week)), mg=200.0, phase="randomised")
    return Course(ladder=LADDER, nights=(*first, *later, tonight), capsule_mg=100.0)


@pytest.mark.parametrize(
    ("week", "action"),
    [
        ([7.0] * 7, "offer end"),
        ([6.9] * 7, "go on"),
        ([10, 10, 10, 5, 5, 5, 4], "offer end"),
        ([10, 10, 10, 5, 5, 5, 3], "go on"),
        ([None, None, None, 7, 7, 7, 7], "offer end"),
        ([None, None, None, None, 10, 10, 10], "go on"),
        ([7.0] * 4, "offer end"),
    ],
)
def test_a_weeks_mean_three_points_above_baseline_offers_to_end(
    week: list[float | None], action: str
) -> None:
    found = advise(course=_with_baseline(4.0, week))
    assert found.action == action
    assert found.capsules == 2


def test_the_persons_word_offers_to_end_and_nothing_is_unblinded() -> None:
    found = advise(course=course(FINE), words=["worse"])
    assert (found.action, found.capsules) == ("offer end", 2)
    assert "Nothing is unblinded" in found.reasons[0].text
    assert {r.kind for r in found.record} == {"note"}


def test_the_persons_wish_ends() -> None:
    found = advise(course=course(FINE, FINE), words=["end"])
    assert (found.action, found.capsules) == ("end", 0)
    assert found.record == (
        Record(kind="ended", detail={"last": night(1).isoformat(), "reason": "own wish"}),
    )
    assert set(WORDS) == {"worse", "end"}


# Warning signs.


@pytest.mark.parametrize("name", sorted(signs()))
def test_every_sign_stops_the_capsules_without_any_diary(name: str) -> None:
    found = advise(reported=[name])
    assert found.action == ("emergency" if signs()[name].level == "EMERGENCY" else "same day")
    assert found.capsules == 0
    text = found.reasons[0].text
    assert "Treat this as if you took magnesium" in text
    assert "Do not wait for unblinding" in text
    assert "serious_event" in rules_of(found)


@pytest.mark.parametrize("phase", ["baseline", "washout", "paused", "over"])
def test_red_flags_count_where_there_are_no_capsules_too(phase: str) -> None:
    bare = course(LOOSE, LOOSE, SICK, SICK, SICK, mg=0, phase=phase)
    assert advise(course=bare).action == "go on"
    assert advise(course=bare).capsules == 0
    assert advise(course=bare, reported=["fainting"]).action == "emergency"


def test_after_an_emergency_on_record_only_a_clinicians_agreement_brings_capsules_back() -> None:
    stop = {1: Happening(kind="clinician hold")}
    found = advise(course=course(FINE, FINE, FINE, FINE, happened=stop))
    assert (found.action, found.capsules) == ("clinician", 0)
    assert found.record == ()
    back = {**stop, 3: Happening(kind="restart")}
    again = advise(course=course(FINE, FINE, FINE, FINE, happened=back))
    assert (again.action, again.capsules) == ("step down", 1)


def test_the_most_that_was_taken_is_told_to_helpers() -> None:
    assert advise(course=course(FINE), reported=["chest_pain"]).most_mg == 200
    assert advise(course=course(FINE, mg=0, phase="baseline")).most_mg == 200
    assert advise(reported=["chest_pain"]).most_mg is None


def test_an_unknown_sign_or_word_is_an_error() -> None:
    with pytest.raises(KeyError):
        advise(reported=["hiccups"])
    with pytest.raises(KeyError):
        advise(words=["better"])


# Titration and the tolerated dose.


def _titration(second: list[Mapping[str, float]], first: int = 7) -> Course:
    nights = [
        DoseNight(night=night(i), mg=100, phase="titration", answers=FINE, taken_mg=100)
        for i in range(first)
    ]
    nights += [
        DoseNight(night=night(first + i), mg=200, phase="titration", answers=told, taken_mg=200)
        for i, told in enumerate(second)
    ]
    last = DoseNight(night=night(len(nights)), mg=200, phase="titration")
    return Course(ladder=LADDER, nights=(*nights, last), capsule_mg=100.0, dose_open=True)


@pytest.mark.parametrize(
    ("second", "tolerated"),
    [
        ([FINE] * 7, 200),
        ([FINE] * 3, 200),
        ([FINE] * 2, 100),
        ([{}] * 7, 100),
        ([FINE, FINE, FINE, LOOSE, LOOSE], 100),
        ([FINE, FINE, FINE, LOOSE, LOOSE, FINE, FINE, FINE], 100),
        ([SICK, SICK, SICK, FINE], 100),
    ],
)
def test_a_step_is_tolerated_after_three_reported_nights_without_hold_or_step_down(
    second: list[Mapping[str, float]], tolerated: float
) -> None:
    assert advise(course=_titration(second)).tolerated_mg == tolerated


def test_no_step_is_tolerated_before_it_was_taken_nor_named_after_the_dose_is_fixed() -> None:
    assert advise(course=_titration([], first=2)).tolerated_mg is None
    fixed = replace(_titration([FINE] * 7), dose_open=False)
    assert advise(course=fixed).tolerated_mg is None


def test_titration_does_not_rise_after_a_hold() -> None:
    nights = [
        DoseNight(night=night(i), mg=100, phase="titration", answers=told)
        for i, told in enumerate((LOOSE, LOOSE, FINE))
    ]
    later = DoseNight(night=night(3), mg=200, phase="titration")
    found = advise(course=Course(ladder=LADDER, nights=(*nights, later), capsule_mg=100.0))
    assert (found.action, found.mg) == ("step down", 100)


# From a trial folder.


def _report(path: Path, number: int, **answers: float) -> None:
    log_answers(path=path, night=night(number), answers=answers, now=at(number + 1, "07:30"))


def test_the_course_of_a_folder_has_phases_doses_and_complaints(tmp_path: Path) -> None:
    path = registered(tmp_path / "t", FAST).path
    _report(path, 0, urge=4)
    log_dose(
        path=path, night=night(14), instant=None, capsules=1, mg=100, now=at(14, "22:00")
    )  # fmt: skip
    _report(path, 14, loose_stools=0)
    log_event(path=path, kind="dose fixed", detail={"mg": 200, "capsules": 2}, now=at(28))
    found = course_of(trial=open_trial(path, now=at(28)), now=at(28))
    assert found.tonight.night == night(28)
    assert [(n.phase, n.mg) for n in found.nights[13:15]] == [("baseline", 0), ("titration", 100)]
    assert [n.mg for n in found.nights[20:22]] == [100, 200]
    assert (found.tonight.phase, found.tonight.mg) == ("washout", 0)
    assert found.nights[14].taken_mg == 100
    assert found.nights[0].answers == {"urge": 4}
    assert (found.capsule_mg, found.ladder) == (100, (100, 200))


def test_tonight_is_the_next_evening_from_the_early_morning_on(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    for clock, expected in (("00:30", 44), ("05:59", 44), ("06:00", 45), ("21:00", 45)):
        now = at(45, clock)
        assert course_of(trial=open_trial(path, now=now), now=now).tonight.night == night(expected)


def test_randomised_nights_are_the_same_for_both_treatments(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    found = course_of(trial=open_trial(path, now=at(80)), now=at(80))
    assert {n.mg for n in found.nights if n.phase == "randomised"} == {200}


def test_after_the_end_nothing_is_planned(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    detail = {"last": night(45).isoformat(), "reason": "own wish"}
    log_event(path=path, kind="ended", detail=detail, now=at(46))
    trial = open_trial(path, now=at(46))
    found = advise(course=course_of(trial=trial, now=at(46)))
    assert (found.action, found.capsules, found.phase) == ("end", 0, "over")
    assert rules_of(found) == ["end_on_record"]
    assert found.record == ()


def test_a_protocol_without_doses_has_signs_only(tmp_path: Path) -> None:
    trial = registered(tmp_path / "t", plain_protocol())
    found = course_of(trial=trial, now=at(1))
    assert advise(course=found).capsules == 0
    assert advise(course=found, reported=["chest_pain"]).most_mg is None


def test_what_the_advice_names_is_recorded_once(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    for number in (46, 47):
        _report(path, number, loose_stools=4)
    for clock, expected in (("08:00", ["hold"]), ("20:00", [])):
        now = at(48, clock)
        trial = open_trial(path, now=now)
        advice = advise(course=course_of(trial=trial, now=now))
        assert record_advice(trial=trial, advice=advice, now=now) == expected
    state = fold(course_of(trial=open_trial(path, now=at(48, "20:00")), now=at(48, "20:00")))
    assert (state.holding_since, state.holds) == (night(48), (200.0,))


def test_an_emergency_is_recorded_once_a_night_and_holds(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    now = at(48, "20:00")
    for expected in (["emergency"], []):
        trial = open_trial(path, now=now)
        advice = advise(course=course_of(trial=trial, now=now), reported=["chest_pain"])
        assert record_advice(trial=trial, advice=advice, now=now) == expected
    later = open_trial(path, now=at(49, "20:00"))
    assert advise(course=course_of(trial=later, now=at(49, "20:00"))).action == "clinician"


def test_recording_is_refused_where_it_would_raise_the_dose(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    now = at(48, "20:00")
    log_event(path=path, kind="step down", detail={"capsules": 1}, now=now)
    before = contents(path)
    trial = open_trial(path, now=now)
    for capsules in (1, 2):
        record = Record(kind="step down", detail={"capsules": capsules})
        forged = replace(advise(course=course(SICK, SICK, SICK)), record=(record,))
        with pytest.raises(RefusedError, match="no step down"):
            record_advice(trial=trial, advice=forged, now=now)
    assert contents(path) == before


# From a plain diary.


def _diary(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "diary.csv"
    file.write_text(text, encoding="utf-8")
    return file


def _of_file(file: Path, baseline: int = 0) -> Course:
    return course_of_diary(
        file=file,
        protocol=built_in("magnesium-rls"),
        ladder=LADDER,
        step=2,
        capsules=2,
        baseline=baseline,
    )


def test_a_plain_diary_has_its_tonight_after_the_last_row(tmp_path: Path) -> None:
    text = "night,urge,loose_stools\n2026-03-01,4,\n2026-03-02,,4\n2026-03-04,,4\n"
    found = _of_file(_diary(tmp_path, text), baseline=1)
    assert [(n.night.day, n.mg) for n in found.nights] == [
        (1, 0), (2, 200), (3, 200), (4, 200), (5, 200),
    ]  # fmt: skip
    assert advise(course=found).action == "hold"


def test_a_faulty_diary_tells_all_its_faults(tmp_path: Path) -> None:
    file = _diary(tmp_path, "night,nausea\n2026-03-01,99\nnever,1\n")
    with pytest.raises(InputError) as caught:
        _of_file(file)
    assert [p.line for p in caught.value.problems] == [2, 3]
    with pytest.raises(InputError, match="it has no nights"):
        _of_file(_diary(tmp_path, "night,nausea\n"))


# The blind.


def test_no_code_of_the_advice_can_see_the_allocation() -> None:
    code = (
        "import sys, ekbom.cli.tolerate, ekbom.safety.tolerability_course, "
        "ekbom.report.tolerability_words\n"
        "print([m for m in sys.modules if m.endswith(('.reveal', '.blinding', '.seal'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
