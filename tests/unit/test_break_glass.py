"""Breaking the blind: the advice first and always the same, then the record, then the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ekbom.guide.break_glass import Line, emergency_advice, pack_in_use, way_to_answer
from ekbom.report.break_glass_words import advice_lines, line_words, way_lines
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.log import log_event
from reference.small_trials import FIXED, Small
from trials import FAST, at, contents, drawn_magnesium, night, plain_protocol, registered, shell

ADVICE = [
    "1. Stop the capsules now. Take no more of them.",
    "2. Treat this as if you took magnesium, up to 200 mg elemental a day. That is",
    "   the most that this trial's plan gives.",
    "3. Tell this to the doctor or the emergency service. If you feel in danger, call",
    "   your local emergency number first.",
    "4. Do not wait to learn what the capsules hold, and do not wait for anything",
    "   here: ekbom is not watching.",
    "",
]
GENERAL = [*ADVICE[:1], "2. Treat this as if you took magnesium.", *ADVICE[3:]]
RECORDED = [
    "It is on record that the blind of pack 2 is broken. The main answer of the trial",
    "keeps all its nights; a second one leaves out those from now to the end of this",
    "pair.",
    "",
]
OPEN = ["This trial is open. Its list of treatments, allocation.csv, says what pack 2", "holds."]


def incidents(path: Path) -> list[Event]:
    return [e for e in open_trial(path, now=at(60)).events if e.kind == "incident"]


def test_advice_stands_first_then_the_record_then_the_way(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    done = shell("break-glass", path, "--yes", "--note", "fainted", now=at(50, "22:00"))
    assert done.output.splitlines() == [*ADVICE, *RECORDED, *OPEN]
    assert done.exit_code == 0
    told = {"night": "2026-04-21", "period": 2, "what": "break glass", "note": "fainted"}
    assert [e.detail for e in incidents(path)] == [told]


def test_one_question_comes_before_the_record(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    asked = shell("break-glass", path, now=at(50, "22:00"), answer="y\n").output.splitlines()
    question = "Put on record that the blind of pack 2 is broken? [Y/n]: y"
    assert asked == [*ADVICE, question, *RECORDED, *OPEN]
    assert len(incidents(path)) == 1


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_who_does_not_agree_still_gets_the_way_and_nothing_is_written(
    answer: str, tmp_path: Path
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    before = contents(path)
    said = shell("break-glass", path, now=at(50, "22:00"), answer=answer).output.splitlines()
    later = "Nothing is on record yet. That can wait; run this again later."
    assert (said[: len(ADVICE)], said[-4:]) == (ADVICE, [later, "", *OPEN])
    assert contents(path) == before


def test_a_second_time_it_is_not_written_again(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    shell("break-glass", path, "--yes", now=at(50, "22:00"))
    again = shell("break-glass", path, now=at(50, "22:05"))
    assert again.output.splitlines() == [*ADVICE, *OPEN]
    assert len(incidents(path)) == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["nowhere"], 2), ([], 2), (["nowhere", "--pak", "3"], 2), (["nowhere", "--pack", "x"], 2)],
)
def test_whatever_is_wrong_the_advice_comes_first(
    arguments: list[str], status: int, tmp_path: Path
) -> None:
    given = [tmp_path / a if a == "nowhere" else a for a in arguments]
    done = shell("break-glass", *given, now=at(50))
    assert done.stdout.splitlines()[: len(GENERAL)] == GENERAL
    assert done.exit_code == status


def test_a_folder_that_cannot_be_read_does_not_keep_the_advice(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    (path / "events.csv").write_text("id\n")
    done = shell("break-glass", path, "--yes", now=at(50))
    assert (done.stdout.splitlines(), done.exit_code) == (GENERAL, 2)


def test_a_pack_that_the_plan_does_not_have_is_refused_after_the_advice(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    done = shell("break-glass", path, "--pack", "13", "--yes", now=at(50))
    assert done.stdout.splitlines()[: len(ADVICE)] == ADVICE
    assert (done.stderr, done.exit_code) == ("There is no period 13 in this trial.\n", 3)
    assert incidents(path) == []


def in_way(blinding: str, order: str, path: Path) -> tuple[Trial, list[str]]:
    """Return a trial of two pairs by a way of blinding, and all that is said of its pack 1."""
    protocol = {"blinding": blinding}
    small = Small(order=order, dosed=True, protocol_changes=protocol, events=FIXED)
    trial = small.build(path / order)
    return trial, [*advice_lines(trial.protocol), *way_lines(trial, 1)]


@pytest.mark.parametrize(
    ("blinding", "way"),
    [
        ("alone", "open the taped envelope inside it"),
        ("helper", "sealed paper of pack 1"),
        ("clinic", "call the staff number"),
        ("open", "list of treatments"),
    ],
)
def test_every_way_of_blinding_has_its_way_and_none_depends_on_the_allocation(
    blinding: str, way: str, tmp_path: Path
) -> None:
    _, said = in_way(blinding, "TRRT", tmp_path)
    _, other = in_way(blinding, "RTTR", tmp_path)
    assert said == other
    assert way in " ".join(said)


def test_an_opened_order_says_so_instead(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    log_event(path=path, kind="unblinding", detail={"night": night(50)}, now=at(50, "22:00"))
    said = shell("break-glass", path, now=at(50, "23:00")).output.splitlines()
    opened = "The whole order was opened already: allocation.csv says what every pack holds."
    assert said == [*ADVICE, opened]


def test_advice_names_the_highest_registered_step_and_not_the_dose_in_use() -> None:
    dose = FAST.dose
    assert dose is not None
    protocol = replace(FAST, dose=replace(dose, ladder=(50.0, 150.0)))
    assert [line.values for line in emergency_advice(protocol)] == [{}, {"mg": 150.0}, {}, {}]


def test_a_trial_without_a_dose_names_its_treatment() -> None:
    said = line_words(emergency_advice(plain_protocol())[1])
    assert said == "Treat this as if you took: tea."


def test_before_the_first_pack_there_is_none_to_open(tmp_path: Path) -> None:
    trial = registered(tmp_path / "t", FAST)
    assert pack_in_use(trial=trial, now=at(20)) is None
    assert list(way_lines(trial, None)) == [
        "No pack is in use yet, so there is nothing to open. Whatever you took so far,",
        "you took openly.",
    ]


@pytest.mark.parametrize(
    ("number", "clock", "pack"),
    [
        (41, "23:00", None),
        (42, "17:00", None),
        (42, "19:00", 1),
        (49, "11:00", 1),
        (49, "17:59", 1),
        (49, "18:00", 2),
        (127, "09:00", 12),
    ],
)
def test_pack_in_use_is_that_of_the_last_evening(
    number: int, clock: str, pack: int | None, tmp_path: Path
) -> None:
    """The first randomised night is night 42, the second period begins with night 49."""
    trial = drawn_magnesium(tmp_path / "t")
    assert pack_in_use(trial=trial, now=at(number, clock)) == pack


def test_the_way_of_an_imported_trial_needs_no_draw(tmp_path: Path) -> None:
    trial, _ = in_way("alone", "TRRT", tmp_path)
    in_use = pack_in_use(trial=trial, now=datetime(2026, 1, 9, 22, tzinfo=UTC))
    assert in_use == 2
    assert isinstance(way_to_answer(trial=trial, pack=in_use), Line)
