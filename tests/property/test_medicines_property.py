"""Medicines and the free windows of the day: what must hold whatever somebody takes."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.safety.interactions import Interaction, interactions, interactions_of
from ekbom.safety.medicines import Medicine, MedicineCheck, Window, check_medicines

MINUTES = [time(*divmod(m, 60)) for m in range(24 * 60)]
TIMES = st.sampled_from(MINUTES)
NAMES = st.sampled_from([n for e in interactions() for n in (e.name, *e.others)] + ["sertraline"])
MEDICINES = st.builds(
    Medicine, NAMES, st.lists(TIMES, min_size=1, max_size=4, unique=True).map(tuple)
)
LISTS = st.lists(MEDICINES, max_size=6)
ORDER = ["go", "move the dose", "clinician first", "stop"]


def check(medicines: list[Medicine], dose: time = time(21, 30)) -> MedicineCheck:
    return check_medicines(medicines=medicines, dose_time=dose)


def free_minutes(windows: tuple[Window, ...]) -> set[time]:
    return {minute for minute in MINUTES if any(minute in window for window in windows)}


@given(LISTS, MEDICINES, TIMES)
def test_one_more_medicine_never_removes_a_collision_nor_improves_the_answer(
    medicines: list[Medicine], further: Medicine, dose: time
) -> None:
    before, after = check(medicines, dose), check([*medicines, further], dose)
    assert after.collisions[: len(before.collisions)] == before.collisions
    assert ORDER.index(after.result) >= ORDER.index(before.result)


@settings(deadline=None)
@given(LISTS, MEDICINES)
def test_one_more_medicine_never_widens_the_free_windows(
    medicines: list[Medicine], further: Medicine
) -> None:
    before, after = check(medicines), check([*medicines, further])
    assert free_minutes(after.free) <= free_minutes(before.free)
    assert free_minutes(after.free_evening) <= free_minutes(before.free_evening)


def too_close(medicines: list[Medicine], dose: int) -> bool:
    """Return whether any medicine is too close to the dose, by the definition, on two clocks."""
    for medicine in medicines:
        for entry in interactions_of(medicine.name):
            for clock in medicine.times:
                for taken in (clock.hour * 60 + clock.minute + day for day in (-1440, 0, 1440)):
                    hours = (taken - dose) / 60
                    after, before = entry.hours_after_mg or 0, entry.hours_before_mg or 0
                    if -before < hours < after:
                        return True
    return False


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(LISTS)
def test_a_time_is_free_exactly_where_nothing_is_too_close_by_trying_every_minute(
    medicines: list[Medicine],
) -> None:
    tried = {clock for m, clock in enumerate(MINUTES) if not too_close(medicines, m)}
    assert free_minutes(check(medicines).free) == tried


@given(LISTS, TIMES)
def test_a_free_time_has_no_collision_and_every_other_time_has_one(
    medicines: list[Medicine], dose: time
) -> None:
    found = check(medicines, dose)
    assert bool(found.collisions) != any(dose in window for window in found.free)


@settings(deadline=None)
@given(LISTS, TIMES, TIMES)
def test_the_evening_has_what_is_free_of_it(
    medicines: list[Medicine], first: time, last: time
) -> None:
    evening = Window(first, last)
    found = check_medicines(medicines=medicines, dose_time=time(21), evening=evening)
    within = {minute for minute in free_minutes(found.free) if minute in evening}
    assert free_minutes(found.free_evening) == within


@given(LISTS)
def test_windows_neither_overlap_nor_touch(medicines: list[Medicine]) -> None:
    free = check(medicines).free
    for window in free:
        following = MINUTES[(MINUTES.index(window.last) + 1) % len(MINUTES)]
        assert [w for w in free if following in w] in ([], [Window(time(0), time(23, 59))])


@given(st.text(alphabet="abc 123()-,", max_size=20), st.sampled_from(interactions()))
def test_a_listed_name_is_found_whatever_strength_stands_beside_it(
    text: str, entry: Interaction
) -> None:
    assert entry in interactions_of(f"{text} {entry.name} ({text})")
