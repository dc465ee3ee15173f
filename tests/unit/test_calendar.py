"""What every night is, as a function of the protocol and of what happened."""

import inspect
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ekbom.design.calendar import Calendar, Happened, Pause, build_calendar, spare_nights
from ekbom.design.clock import Clock
from ekbom.design.reveal import reveal
from ekbom.protocol.files import built_in
from ekbom.protocol.model import (
    AnalysisPlan,
    DesignPlan,
    LivedPeriod,
    Outcome,
    Phases,
    Protocol,
    Treatment,
)

START = date(2026, 1, 5)
CLOCK = Clock("UTC")
DAY = timedelta(days=1)


def night(number: int) -> date:
    """Return the date of a night counted from 0."""
    return START + number * DAY


def morning(number: int) -> datetime:
    return datetime.combine(night(number), datetime.min.time(), UTC) + timedelta(hours=9)


def plain(**design: object) -> Protocol:
    """Return a protocol without doses: 2 pairs of 6-night periods, the first 2 not analysed."""
    plan = {"kind": "pairs", "pairs": 2, "period_nights": 6, "unanalysed_nights": 2, **design}
    return Protocol(
        name="plain",
        title="plain",
        treatments=(
            Treatment(name="tea", label="tea", role="treatment"),
            Treatment(name="water", label="water", role="reference"),
        ),
        outcomes=(
            Outcome(
                id="urge",
                question="How strong?",
                kind="rating",
                role="primary",
                direction="lower",
                minimum=0,
                maximum=10,
                prior_range=10,
                mid=1,
                unit="points",
            ),
        ),
        phases=Phases(baseline_nights=3),
        design=DesignPlan(**plan),
        analysis=AnalysisPlan(tau_median=2, tau_log_sd=0.7, tau_test=2),
    )


def dosed() -> Protocol:
    """Return the plain protocol with doses: 2 + 2 nights of titration and 3 of washout."""
    fast = built_in("magnesium-rls-fast")
    steps = tuple(replace(s, nights=2) for s in fast.phases.titration)
    phases = Phases(baseline_nights=3, titration=steps, washout_nights=3)
    return replace(plain(), dose=fast.dose, phases=phases)


def calendar(protocol: Protocol, today: date | None = None, **happened: object) -> Calendar:
    return build_calendar(
        protocol=protocol, start=START, clock=CLOCK, happened=Happened(**happened), today=today
    )


def stretches(found: Calendar) -> list[tuple[str, int]]:
    """Return each phase, or period, with its length, in order."""
    out: list[tuple[str, int]] = []
    for n in found.nights:
        name = f"period {n.period}" if n.period else n.phase
        if out and out[-1][0] == name:
            out[-1] = (name, out[-1][1] + 1)
        else:
            out.append((name, 1))
    return out


def analysed(found: Calendar, period: int) -> str:
    """Return the nights of a period in order: A analysed, u unanalysed, p paused within it."""
    places = [i for i, n in enumerate(found.nights) if n.period == period]
    inside = found.nights[places[0] : places[-1] + 1]
    return "".join("p" if n.phase == "paused" else "A" if n.analysed else "u" for n in inside)


@pytest.mark.parametrize(
    ("name", "weeks", "phases", "unanalysed"),
    [
        ("magnesium-rls", 32, [14, 7, 7, 28, *[28] * 6], 14),
        ("magnesium-rls-fast", 18, [14, 7, 7, 14, *[7] * 12], 2),
    ],
)
def test_built_in_protocols_last_as_long_as_rules_1_says(
    name: str, weeks: int, phases: list[int], unanalysed: int
) -> None:
    found = calendar(built_in(name))
    assert len(found.nights) == 7 * weeks == sum(phases)
    by_step = Counter((n.phase, n.step, n.period) for n in found.nights)
    assert list(by_step.values()) == phases
    for period in range(1, len(phases) - 3):
        length = phases[-1]
        assert analysed(found, period) == "u" * unanalysed + "A" * (length - unanalysed)


def test_each_period_has_its_pack_and_its_pair() -> None:
    found = calendar(plain())
    assert {(n.period, n.pack, n.block) for n in found.randomised} == {
        (1, 1, 1),
        (2, 2, 1),
        (3, 3, 2),
        (4, 4, 2),
    }


def test_nothing_is_certain_before_the_dose_is_fixed() -> None:
    found = calendar(dosed())
    assert stretches(found)[:3] == [("baseline", 3), ("titration", 4), ("washout", 3)]
    assert [n.night for n in found.nights if not n.expected] == [night(i) for i in range(7)]


def test_a_late_dose_lets_the_person_wait_and_moves_the_rest() -> None:
    found = calendar(dosed(), dose_fixed=morning(10), packs_ready=morning(11))
    assert stretches(found)[:5] == [
        ("baseline", 3),
        ("titration", 4),
        ("waiting", 3),
        ("washout", 3),
        ("period 1", 6),
    ]
    assert found.randomised[0].night == night(13)
    assert not any(n.expected for n in found.nights)


def test_a_dose_fixed_early_ends_titration() -> None:
    found = calendar(dosed(), dose_fixed=morning(4), packs_ready=morning(5))
    assert stretches(found)[:4] == [
        ("baseline", 3),
        ("titration", 1),
        ("washout", 3),
        ("period 1", 6),
    ]


def test_an_evening_that_has_begun_is_not_the_first_after_the_event() -> None:
    evening = morning(7) + timedelta(hours=9)
    assert evening.hour == 18
    found = calendar(dosed(), dose_fixed=evening, packs_ready=evening)
    assert stretches(found)[1:4] == [("titration", 4), ("waiting", 1), ("washout", 3)]


@pytest.mark.parametrize(
    ("ready", "first"),
    [
        (morning(8), 10),
        (morning(10), 10),
        (morning(10) + timedelta(hours=9), 11),
        (morning(14), 14),
    ],
)
def test_the_first_randomised_night_is_after_both_packs_ready_and_washout(
    ready: datetime, first: int
) -> None:
    found = calendar(dosed(), dose_fixed=morning(7), packs_ready=ready)
    assert found.randomised[0].night == night(first)
    assert stretches(found)[2] == ("washout", first - 7)


def test_while_packs_are_not_ready_washout_goes_on_until_today() -> None:
    found = calendar(dosed(), today=night(20), dose_fixed=morning(7))
    assert stretches(found)[2] == ("washout", 13)
    assert found.randomised[0].night == night(20)
    assert found.randomised[0].expected


@pytest.mark.parametrize("length", [1, 2, 3])
def test_after_a_short_pause_the_period_simply_goes_on(length: int) -> None:
    pause = Pause(night(6), night(6 + length))
    found = calendar(plain(), pauses=(pause,))
    assert analysed(found, 1) == "uuA" + "p" * length + "AAA"
    assert found.randomised[-1].night == calendar(plain()).randomised[-1].night + length * DAY
    assert found.marked == frozenset()


def test_after_a_long_pause_unanalysed_nights_run_again_if_the_pack_has_spares() -> None:
    found = calendar(plain(), pauses=(Pause(night(6), night(10)),), spare_nights=2)
    assert analysed(found, 1) == "uuAppppuuAAA"
    assert found.marked == frozenset()


def test_after_a_long_pause_without_spares_the_period_goes_on_and_is_marked() -> None:
    found = calendar(plain(), pauses=(Pause(night(6), night(10)),), spare_nights=1)
    assert analysed(found, 1) == "uuAppppAAA"
    assert found.marked == {1}


def test_a_long_pause_in_the_unanalysed_nights_repeats_only_those_lived() -> None:
    found = calendar(plain(), pauses=(Pause(night(4), night(8)),), spare_nights=1)
    assert analysed(found, 1) == "uppppuuAAAA"


def test_a_second_long_pause_does_not_repeat_more_than_the_unanalysed_nights() -> None:
    pauses = (Pause(night(6), night(10)), Pause(night(11), night(15)))
    found = calendar(plain(), pauses=pauses, spare_nights=9)
    assert analysed(found, 1) == "uuAppppuppppuuAAA"


def test_spares_are_used_up_by_the_first_pause() -> None:
    pauses = (Pause(night(6), night(10)), Pause(night(13), night(17)))
    found = calendar(plain(), pauses=pauses, spare_nights=3)
    assert analysed(found, 1) == "uuAppppuuAppppAA"
    assert found.marked == {1}


def test_two_pauses_without_a_night_between_count_as_one() -> None:
    pauses = (Pause(night(6), night(8)), Pause(night(8), night(10)))
    found = calendar(plain(), pauses=pauses, spare_nights=2)
    assert analysed(found, 1) == "uuAppppuuAAA"


def test_a_long_pause_before_the_first_night_of_a_period_repeats_nothing() -> None:
    found = calendar(plain(), pauses=(Pause(night(9), night(19)),), spare_nights=2)
    assert stretches(found)[1:4] == [("period 1", 6), ("paused", 10), ("period 2", 6)]
    assert analysed(found, 2) == "uuAAAA"
    assert found.marked == frozenset()


def test_a_pause_in_washout_does_not_count_for_the_first_period() -> None:
    found = calendar(
        dosed(),
        dose_fixed=morning(7),
        packs_ready=morning(7),
        pauses=(Pause(night(9), night(15)),),
    )
    assert stretches(found)[2:6] == [
        ("washout", 2),
        ("paused", 6),
        ("washout", 1),
        ("period 1", 6),
    ]
    assert found.marked == frozenset()


def test_a_dose_fixed_during_a_pause_of_titration_ends_it() -> None:
    found = calendar(dosed(), dose_fixed=morning(6), pauses=(Pause(night(5), night(9)),))
    assert stretches(found)[1:4] == [("titration", 2), ("paused", 4), ("washout", 3)]


def test_packs_ready_during_a_pause_of_waiting_end_it() -> None:
    found = calendar(
        dosed(),
        dose_fixed=morning(7),
        packs_ready=morning(13),
        pauses=(Pause(night(12), night(16)),),
    )
    assert stretches(found)[2:5] == [("washout", 5), ("paused", 4), ("period 1", 6)]


def test_an_open_pause_lasts_until_tonight_and_leaves_the_rest_open() -> None:
    found = calendar(plain(), today=night(7), pauses=(Pause(night(5), None),))
    assert analysed(found, 1) == "uupppAAAA"
    assert [n.night for n in found.nights if not n.expected] == [night(i) for i in range(8)]


def test_a_pause_announced_for_later_takes_at_least_its_first_night() -> None:
    found = calendar(plain(), today=night(3), pauses=(Pause(night(5), None),))
    assert analysed(found, 1) == "uupAAAA"


def test_paused_nights_have_neither_dose_nor_period() -> None:
    found = calendar(plain(), capsules=2.0, pauses=(Pause(night(5), night(7)),))
    for n in found.nights:
        if n.phase == "paused":
            assert (n.period, n.pack, n.capsules, n.analysed) == (None, None, None, False)
    assert {n.capsules for n in found.randomised} == {2.0}


def test_a_period_that_ended_early_hands_over_to_the_next() -> None:
    found = calendar(plain(), period_ends=(night(6),))
    assert analysed(found, 1) == "uuAA"
    assert stretches(found) == [
        ("baseline", 3),
        ("period 1", 4),
        ("period 2", 6),
        ("period 3", 6),
        ("period 4", 6),
    ]


def test_a_period_that_ended_during_a_pause_hands_over_after_it() -> None:
    found = calendar(plain(), period_ends=(night(5),), pauses=(Pause(night(5), night(10)),))
    assert stretches(found)[1:4] == [("period 1", 2), ("paused", 5), ("period 2", 6)]
    assert analysed(found, 2) == "uuAAAA"


def test_after_the_end_nights_stay_planned_without_capsules() -> None:
    whole = calendar(plain(), capsules=2.0)
    found = calendar(plain(), capsules=2.0, ended=night(10))
    assert [replace(n, capsules=None) for n in found.nights] == [
        replace(n, capsules=None) for n in whole.nights
    ]
    assert [n.night for n in found.randomised if n.capsules] == [night(i) for i in range(3, 11)]


def test_a_lived_calendar_has_the_nights_as_they_were() -> None:
    lived = (
        LivedPeriod(position=1, first=night(2), last=night(5)),
        LivedPeriod(position=2, first=night(6), last=night(6)),
        LivedPeriod(position=4, first=night(9), last=night(11)),
    )
    found = calendar(plain(lived=lived))
    assert stretches(found) == [
        ("baseline", 2),
        ("period 1", 4),
        ("period 2", 1),
        ("unassigned", 2),
        ("period 4", 3),
    ]
    assert analysed(found, 1) == "uuAA"
    assert analysed(found, 2) == "u"
    assert {(n.period, n.block) for n in found.randomised} == {(1, 1), (2, 1), (4, 2)}


def test_spare_nights_are_whole_nights_of_the_planned_share() -> None:
    assert spare_nights(plain()) == 0
    assert spare_nights(built_in("magnesium-rls")) == 4
    assert spare_nights(built_in("magnesium-rls-fast")) == 1
    tight = replace(dosed().dose, spare_share=0.29)
    hundred = replace(dosed(), dose=tight, design=replace(dosed().design, period_nights=100))
    assert 0.29 * 100 < 29
    assert spare_nights(hundred) == 29


def test_the_calendar_is_looked_up_by_date() -> None:
    found = calendar(plain())
    assert (found.first, found.last) == (night(0), night(26))
    assert found.at(night(3)) == found.randomised[0]
    assert (found.at(night(-1)), found.at(night(27))) == (None, None)
    assert found.index(night(-1)) == -1


def test_the_calendar_cannot_be_told_the_allocation() -> None:
    known = {*inspect.signature(build_calendar).parameters}
    assert known == {"protocol", "start", "clock", "happened", "today"}
    fields = {*Happened.__dataclass_fields__}
    assert not fields & {"allocation", "treatments", "sequence", "treatment", "mg"}


def test_treatments_come_only_from_reveal() -> None:
    found = calendar(plain())
    order = ("tea", "water", "water", "tea")
    revealed = reveal(calendar=found, allocation=order)
    assert revealed == (None,) * 3 + ("tea",) * 6 + ("water",) * 12 + ("tea",) * 6
    with pytest.raises(ValueError, match=r"^the calendar has 4 periods, the allocation 3$"):
        reveal(calendar=found, allocation=order[:3])
