"""The table of medicines, whose names it finds, and when a dose collides with nothing."""

from __future__ import annotations

from collections import Counter
from datetime import time

import pytest

from ekbom.problem import InputError
from ekbom.safety.interactions import interactions, interactions_of, is_listed
from ekbom.safety.medicine_list import clock_in, medicine_in, read_medicines
from ekbom.safety.medicines import Medicine, MedicineCheck, Window, check_medicines

ALL_DAY = (Window(time(0), time(23, 59)),)


def check(*texts: str, dose: str = "21:30") -> MedicineCheck:
    return check_medicines(
        medicines=[medicine_in(t) for t in texts], dose_time=time.fromisoformat(dose)
    )


def test_every_entry_has_a_source_or_is_not_verified() -> None:
    assert [e.id for e in interactions() if e.verified and not e.sources] == []
    assert {e.id for e in interactions() if not e.verified} == {
        "gabapentin_enacarbil",
        "pregabalin",
        "dopamine_agonists",
        "other_integrase_inhibitors",
        "potassium_sparing_diuretics",
        "unnamed_antibiotic",
    }


def test_hours_stand_on_both_sides_or_on_none_and_none_is_left_to_chance() -> None:
    for entry in interactions():
        hours = (entry.hours_after_mg, entry.hours_before_mg)
        assert hours == (None, None) or all(h is not None and 0 < h <= 12 for h in hours)
        assert entry.needs_times or entry.action != "spacing"


def test_the_sides_that_no_source_gives_are_our_caution() -> None:
    ours = {e.id: e.our_caution for e in interactions() if e.our_caution}
    assert ours == {
        "gabapentin": ("before",),
        "gabapentin_enacarbil": ("after", "before"),
        "pregabalin": ("after", "before"),
        "unnamed_antibiotic": ("after", "before"),
    }


def test_no_two_entries_share_a_name() -> None:
    names = Counter(n.lower() for e in interactions() for n in {e.name, *e.others})
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("Gabapentin 300 mg", ["gabapentin"]),
        ("gabapentin enacarbil", ["gabapentin_enacarbil"]),
        ("TETRACYCLINES", ["tetracyclines"]),
        ("ciprofloxacin (quinolone)", ["quinolones"]),
        ("an antibiotic", ["unnamed_antibiotic"]),
        ("quinolone antibiotics", ["quinolones"]),
        ("dolutegravir (Juluca)", ["dolutegravir", "juluca"]),
        ("levothyroxine (other)", ["levothyroxine"]),
        ("K-sparing diuretic", ["potassium_sparing_diuretics"]),
        ("diuretic", ["loop_thiazide_diuretics"]),
        ("calcium channel blockers", ["calcium_channel_blockers"]),
        ("environ", ["any_other_oral"]),
        ("sertraline", ["any_other_oral"]),
    ],
)
def test_a_medicine_is_found_by_the_words_of_its_name(name: str, ids: list[str]) -> None:
    assert [e.id for e in interactions_of(name)] == ids


def test_an_unknown_medicine_counts_as_any_other_and_is_said_to_be_so() -> None:
    found = check("sertraline 20:00", "digoxin", "vitamin C (other) 08:00")
    assert found.unknown == ("sertraline",)
    assert [c.hours_needed for c in found.collisions] == [3]
    assert is_listed("vitamin C (other)")


def test_the_worst_reason_decides() -> None:
    gabapentin, digoxin, relaxant = "gabapentin 21:00", "digoxin", "muscle relaxant"
    assert check("gabapentin 12:00").result == "go"
    assert check(gabapentin).result == "move the dose"
    assert check(gabapentin, digoxin).result == "clinician first"
    assert check(gabapentin, digoxin, relaxant).result == "stop"
    assert check(gabapentin, "quinolone 12:00").result == "stop"


def test_what_is_kept_constant_neither_collides_nor_stops() -> None:
    found = check("pramipexole 21:30")
    assert (found.result, found.free, len(found.keep)) == ("go", ALL_DAY, 1)


def test_a_course_of_antibiotics_pauses_and_an_aminoglycoside_stops() -> None:
    found = check("tetracycline 08:00", "aminoglycoside")
    assert [f.medicine for f in found.pauses] == ["tetracycline"]
    assert [f.medicine for f in found.stops] == ["aminoglycoside"]


def test_a_collision_says_its_side_and_how_far_apart() -> None:
    found = check("gabapentin 20:00 21:30 23:00")
    assert [(c.taken.hour, c.side, c.hours_apart) for c in found.collisions] == [
        (20, "before", 1.5),
        (21, "same time", 0.0),
        (23, "after", 1.5),
    ]


def test_the_day_is_a_circle() -> None:
    late = check("levothyroxine 02:00", dose="23:30")
    assert [(c.side, c.hours_apart) for c in late.collisions] == [("after", 2.5)]
    early = check("iron 23:00", dose="01:00")
    assert [(c.side, c.hours_apart) for c in early.collisions] == [("before", 2.0)]


def test_exactly_the_hours_needed_is_enough() -> None:
    assert check("gabapentin 19:30 23:30").result == "go"
    assert len(check("gabapentin 19:31 23:29").collisions) == 2


def test_the_free_windows_are_exact() -> None:
    found = check("gabapentin 21:00", "levothyroxine 07:00")
    assert found.free == (Window(time(11), time(19)), Window(time(23), time(3)))
    assert found.free_evening == (Window(time(18), time(19)), Window(time(23), time(23, 59)))


def test_one_minute_can_be_free() -> None:
    found = check("gabapentin 18:00 22:00", "levothyroxine 02:00 06:00 10:00 14:00")
    assert Window(time(20), time(20)) in found.free
    assert time(20) in found.free[0]
    assert time(20, 1) not in found.free[0]


def test_only_times_outside_the_evening_may_be_free() -> None:
    found = check("iron 08:00 20:00")
    assert found.free == (Window(time(0), time(4)), Window(time(12), time(16)))
    assert found.free_evening == ()


def test_no_time_at_all_may_be_free() -> None:
    found = check("iron 01:00 07:00 13:00 19:00")
    assert (found.free, found.free_evening) == ((), ())


def test_without_medicines_the_whole_day_is_free() -> None:
    found = check()
    assert (found.free, found.free_evening) == (ALL_DAY, (Window(time(18), time(23, 59)),))


def test_an_evening_may_reach_past_midnight() -> None:
    found = check_medicines(
        medicines=[Medicine("gabapentin", (time(22),))],
        dose_time=time(1),
        evening=Window(time(19), time(2)),
    )
    assert found.free_evening == (Window(time(19), time(20)), Window(time(0), time(2)))


def test_a_medicine_whose_times_matter_needs_them() -> None:
    with pytest.raises(InputError) as caught:
        check("gabapentin", "iron", "digoxin")
    assert [str(p) for p in caught.value.problems] == [
        "your medicines: 'gabapentin' has no time. Write it as 'gabapentin 08:00'.",
        "your medicines: 'iron' has no time. Write it as 'iron 08:00'.",
    ]


@pytest.mark.parametrize(
    ("text", "clock"),
    [("21:30", time(21, 30)), ("7:05", time(7, 5)), ("24:00", None), ("9pm", None), ("21", None)],
)
def test_a_time_of_day_is_written_with_a_colon(text: str, clock: time | None) -> None:
    assert clock_in(text) == clock


def test_a_medicine_is_its_name_and_its_times() -> None:
    assert medicine_in("gabapentin 300 mg 21:00, 8:00") == Medicine(
        "gabapentin 300 mg", (time(8), time(21))
    )
    assert medicine_in("vitamin B12") == Medicine("vitamin B12")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("21:00", "'21:00' has no name. Write the name first, then its times: gabapentin 21:00."),
        ("iron 25:00", "'iron 25:00': 25:00 is not a time of day. Write it as 08:00 or 21:30."),
        ("iron 9pm", "'iron 9pm': 9pm is not a time of day. Write it as 08:00 or 21:30."),
    ],
)
def test_a_slip_in_a_medicine_is_told(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        medicine_in(text)
    assert str(caught.value) == f"your medicines: {said}"


FILE = b"""
dose_at = "21:30"

[[medicine]]
name = "gabapentin"
times = ["21:00", 08:00:00]

[[medicine]]
name = "rotigotine"
"""


def test_a_file_has_the_dose_and_the_medicines() -> None:
    found = read_medicines(FILE, file="mine.toml")
    assert found.dose_at == time(21, 30)
    assert found.medicines == (
        Medicine("gabapentin", (time(8), time(21))),
        Medicine("rotigotine"),
    )


BROKEN = b"""
dose_at = "late"
pill = 1

[[medicine]]
names = "iron"
times = "08:00"

[[medicine]]
name = "iron"
times = ["8 o'clock"]
"""


def test_every_fault_of_a_file_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        read_medicines(BROKEN, file="mine.toml")
    assert [str(p) for p in caught.value.problems] == [
        "mine.toml: there is no field 'pill'. Use dose_at and [[medicine]].",
        'mine.toml: dose_at late is not a time of day. Write it as "21:30".',
        "mine.toml: medicine 1: there is no field 'names'. Use name and times.",
        "mine.toml: medicine 1 has no name. Write the name first, then its times: "
        "gabapentin 21:00.",
        'mine.toml: medicine 1: times is not a list. Write it as times = ["21:00"].',
        "mine.toml: medicine 2: 8 o'clock is not a time of day. Write it as 08:00 or 21:30.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"medicine = 3", "medicine is not a list of tables. Begin each with a line [[medicine]]."),
        (
            b"[[medicine]]\nname = 'x'\n" * 201,
            "201 medicines are more than 200. Mend the file.",
        ),
        (
            b"[[medicine]]\nname = '" + b"x" * 201 + b"'",
            "medicine 1: its name is longer than 200 letters. Write its name alone.",
        ),
    ],
)
def test_what_is_no_list_is_told(text: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_medicines(text, file="mine.toml")
    assert str(caught.value) == f"mine.toml: {said}"
