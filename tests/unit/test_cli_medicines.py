"""ekbom medicines: what Ana reads when she checks her medicines' times."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ekbom.report.lines import source_words
from ekbom.report.medicine_words import NEVER
from ekbom.safety.interactions import ANY_ANTIBIOTIC, ANY_OTHER, interactions
from trials import at, shell


def medicines(*arguments: str | Path) -> tuple[int, str]:
    result = shell("medicines", *arguments, now=at(0))
    return result.exit_code, result.output


def words(*arguments: str | Path) -> str:
    return " ".join(medicines(*arguments)[1].split())


ANA = ("--dose-at", "21:30", "--take", "gabapentin 21:00", "--take", "levothyroxine 07:00")


def test_ana_learns_what_collides_and_when_she_is_free() -> None:
    status, _ = medicines(*ANA)
    text = words(*ANA)
    assert status == 3
    assert text.startswith("Move the dose: 21:30 is too close to a medicine.")
    assert "gabapentin at 21:00 is 30 min before the dose and needs 2 hours" in text
    assert "(these hours are our caution, no source gives them)" in text
    assert "S42: Gabapentin + MgO study summaries (read on a copy)" in text
    assert "Free in the evening (18:00 to 23:59): 18:00 to 19:00, 23:00 to 23:59." in text
    assert NEVER in text


def test_a_time_without_a_collision_ends_with_status_0() -> None:
    status, text = medicines("--dose-at", "23:00", *ANA[2:])
    assert status == 0
    assert text.startswith("Go: at 23:00 the magnesium is not too close to any of these times.")


def test_only_a_caution_of_ours_is_called_so() -> None:
    text = words("--dose-at", "20:00", "--take", "gabapentin 21:00")
    assert "is 1 h after the dose and needs 2 hours. Magnesium oxide cut" in text
    text = words("--dose-at", "20:00", "--take", "gabapentin enacarbil 20:00")
    assert "is at the same time as the dose and needs 2 hours (these hours are our" in text


UNLISTED = [
    *["ciprofloxacin", "doxycycline", "gentamicin", "baclofen", "omeprazole", "furosemide"],
    *["L-Thyroxin", "sertraline"],
]


@pytest.mark.parametrize("name", UNLISTED)
def test_a_name_that_is_not_in_the_list_is_never_go(name: str) -> None:
    arguments = ("--dose-at", "21:30", "--take", f"{name} 08:00")
    status, text = medicines(*arguments)
    assert status == 3
    assert text.startswith("Clinician first: ask your doctor or pharmacist")
    assert f"Not in our list, so ask first:\n  - {name}\n" in text
    plain = words(*arguments)
    assert "Ask a doctor or pharmacist whether it belongs to one of these groups: " in plain
    assert all(e.name in plain for e in interactions() if e.id not in (ANY_OTHER, ANY_ANTIBIOTIC))
    assert f"write '{name} (other)': the general 3 hours then count" in plain


@pytest.mark.parametrize("name", UNLISTED)
def test_what_a_pharmacist_said_is_written_in_brackets(name: str) -> None:
    assert medicines("--dose-at", "21:30", "--take", f"{name} (other) 08:00")[0] == 0
    assert medicines("--dose-at", "21:30", "--take", f"{name} (other) 20:00")[0] == 3
    assert medicines("--dose-at", "21:30", "--take", f"{name} (quinolone) 08:00")[0] == 3


def test_one_unlisted_name_among_others_is_enough() -> None:
    known = ("--dose-at", "23:00", "--take", "gabapentin 12:00")
    assert medicines(*known)[0] == 0
    record = json.loads(medicines(*known, "--take", "baclofen 08:00", "--json")[1])
    assert (record["result"], record["not_in_our_list"]) == ("clinician first", ["baclofen"])
    assert "muscle_relaxants" in record["groups_to_ask_about"]


def test_the_hours_of_an_unlisted_name_are_free_only_if_it_is_in_no_group() -> None:
    text = words("--dose-at", "21:30", "--take", "ciprofloxacin 18:00")
    assert "That holds only if what is not in our list belongs to none of the groups." in text
    text = words("--dose-at", "21:30", "--take", "ciprofloxacin (other) 18:00")
    assert "That holds only" not in text


def test_no_line_is_longer_than_80_signs() -> None:
    for arguments in (
        ["--list"],
        [*ANA, "--take", "baclofen 08:00", "--take", "tetracycline 9:00"],
    ):
        for line in medicines(*arguments)[1].splitlines():
            assert len(line) <= 80 or line.strip().startswith("http"), line


def test_a_stop_says_no_time() -> None:
    status, text = medicines("--dose-at", "21:30", "--take", "muscle relaxant", *ANA[2:])
    assert status == 3
    assert text.startswith("Stop: no magnesium together with this.\n\nNo magnesium with:\n")
    assert "Free in the evening" not in text


def test_a_course_of_antibiotics_pauses_the_capsules() -> None:
    status, text = medicines("--dose-at", "21:30", "--take", "quinolone 08:00")
    assert status == 3
    assert text.startswith("Stop for now: no capsules while you take this.")
    assert "no capsules until the day after the course; a course of more than 14 days ends the" in (
        " ".join(text.split())
    )


def test_a_clinician_is_asked_first() -> None:
    status, text = medicines("--dose-at", "21:30", "--take", "digoxin", "--take", "ropinirole")
    assert status == 3
    assert text.startswith("Clinician first: ask your doctor or pharmacist")
    assert "Keep as it is:\n  - ropinirole" in text
    assert "[not verified]" in " ".join(text.split())
    assert "Sources:\n  - S47: " in text


def test_when_only_other_times_or_none_are_free_it_is_said() -> None:
    text = words("--dose-at", "21:30", "--take", "iron 08:00 20:00")
    assert (
        "No time of the evening (18:00 to 23:59) is free. Outside it, these are: 00:00 to 04:00, "
        "12:00 to 16:00." in text
    )
    text = words("--dose-at", "21:30", "--take", "iron 01:00 07:00 13:00 19:00")
    assert "No time of the day is free" in text
    text = words("--dose-at", "1:00", "--evening", "20:00-02:00", "--take", "iron 19:00")
    assert "Free in the evening (20:00 to 02:00): 23:00 to 02:00 the next day." in text
    assert "exactly 20:00" in words(
        *("--dose-at", "20:00", "--take", "gabapentin 18:00 22:00"),
        *("--take", "levothyroxine 02:00 06:00 10:00 14:00"),
    )


def test_a_file_holds_the_list_and_the_shell_adds_to_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'dose_at = "21:30"\n[[medicine]]\nname = "gabapentin"\ntimes = ["21:00"]\n',
        encoding="utf-8",
    )
    assert medicines("--from", file)[0] == 3
    assert medicines("--from", file, "--dose-at", "23:00")[0] == 0
    assert medicines("--from", file, "--dose-at", "23:00", "--take", "digoxin")[0] == 3


def test_the_record_has_everything() -> None:
    status, text = medicines(*ANA, "--json")
    record = json.loads(text)
    assert (status, record["result"], record["dose_at"]) == (3, "move the dose", "21:30")
    assert record["collisions"] == [
        {
            "medicine": "gabapentin",
            "taken": "21:00",
            "side": "before",
            "hours_apart": 0.5,
            "hours_needed": 2,
            "interaction": "gabapentin",
        }
    ]
    assert record["free"] == [
        {"first": "11:00", "last": "19:00"},
        {"first": "23:00", "last": "03:00"},
    ]
    assert [m["interaction"]["id"] for m in record["medicines"]] == ["gabapentin", "levothyroxine"]
    assert record["not_in_our_list"] == []


def test_the_list_names_every_medicine_with_hours_sources_and_what_is_not_verified() -> None:
    status, text = medicines("--list")
    plain = " ".join(text.split())
    assert status == 0
    for entry in interactions():
        assert entry.name in plain
        assert all(f"- {source_words(source)}" in plain for source in entry.sources)
    assert plain.count("not verified]") == sum(not e.verified for e in interactions())
    assert plain.count("(our caution)") == sum(len(e.our_caution) for e in interactions())
    records = json.loads(medicines("--list", "--json")[1])
    assert [r["id"] for r in records] == [e.id for e in interactions()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give each medicine with --take, or a file with --from."),
        (("--take", "iron 08:00"), "Give the planned time of the magnesium: --dose-at 21:30"),
        (("--take", "iron 08:00", "--dose-at", "9pm"), "--dose-at '9pm' is not a time of day."),
        (("--take", "iron 8am", "--dose-at", "21:30"), "8am is not a time of day."),
        (("--take", "iron", "--dose-at", "21:30"), "your medicines: 'iron' has no time."),
        (("--list", "--dose-at", "21:30"), "--list stands alone, or with --json."),
        (
            ("--take", "iron 8:00", "--dose-at", "21:30", "--evening", "18:00"),
            "--evening '' is not a time of day.",
        ),
    ],
)
def test_what_cannot_be_read_is_told(arguments: tuple[str, ...], said: str) -> None:
    result = shell("medicines", *arguments, now=at(0))
    assert result.exit_code == 2
    assert said in result.stderr
