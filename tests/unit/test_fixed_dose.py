"""The dose is fixed at a tolerated step at most, and never during a hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ekbom.protocol.model import Protocol
from ekbom.trial.folder import open_trial
from trials import FAST, at, contents, night, registered, shell

RULE = (
    "Your registered plan says: a step counts as tolerated after 3 nights on which you took it and "
    "answered, with no hold and no step down since. The dose is fixed at a tolerated step at most, "
    "before the order is drawn, and never goes up after."
)


def lives(path: Path, first: int, last: int, *, capsules: int = 1, loose: int = 0) -> None:
    """Take capsules of 100 mg from one night to another, and answer on every next morning."""
    for number in range(first, last + 1):
        dose = ("--dose", str(capsules), "--mg", str(100 * capsules))
        answers = (f"loose_stools={loose}", "nausea=0", "belly_pain=0")
        for what, now in ((dose, at(number, "21:30")), (answers, at(number + 1, "07:30"))):
            result = shell("log", path, *what, now=now)
            assert result.exit_code == 0, result.output


def fixes(path: Path, *detail: str, day: int = 28) -> str:
    """Fix a dose in the shell and return what was refused; then nothing was written."""
    before = contents(path)
    result = shell("log", path, "--event", "dose fixed", *detail, now=at(day))
    assert result.exit_code in (0, 3), result.output
    assert (contents(path) == before) == (result.exit_code == 3)
    return " ".join(result.stderr.split())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return registered(tmp_path / "t", FAST).path


@pytest.mark.parametrize("day", [0, 13, 28])
def test_no_dose_is_fixed_where_no_capsule_was_ever_taken(path: Path, day: int) -> None:
    assert fixes(path, "mg=200", "capsules=2", day=day) == (
        f"No step counts as tolerated yet, so no dose can be fixed. {RULE} What is still missing: "
        f"ekbom tonight {path}"
    )


def test_a_step_is_fixed_when_three_nights_of_it_went_well(path: Path) -> None:
    lives(path, 14, 16)
    lives(path, 21, 22, capsules=2)
    assert fixes(path, "mg=200", "capsules=2") == (
        f"200 mg is more than the 100 mg that was tolerated. {RULE}"
    )
    lives(path, 23, 23, capsules=2)
    assert fixes(path, "mg=200", "capsules=2") == ""
    assert open_trial(path, now=at(28)).fixed_dose() == 200


def test_a_lower_step_than_the_tolerated_one_may_be_fixed(path: Path) -> None:
    lives(path, 14, 16)
    lives(path, 21, 23, capsules=2)
    assert fixes(path, "mg=100", "capsules=1") == ""


def test_no_dose_is_fixed_during_a_hold_of_the_diary(path: Path) -> None:
    lives(path, 14, 16)
    lives(path, 21, 24, capsules=2)
    lives(path, 26, 27, capsules=2, loose=4)
    assert fixes(path, "mg=200", "capsules=2") == (
        f"A hold is in force since the night of {night(28)}, so no dose can be fixed now. Why, and "
        f"what ends it: ekbom tolerate {path}"
    )
    lives(path, 28, 28, capsules=0)
    assert "more than the 100 mg that was tolerated" in fixes(path, "mg=200", day=29)
    assert fixes(path, "mg=100", "capsules=1", day=29) == ""


def test_a_hold_on_record_of_a_baseline_night_is_not_ignored(path: Path) -> None:
    shell("log", path, "--event", "hold", f"night={night(13)}", now=at(14))
    assert "A hold is in force since the night of" in fixes(path, "mg=200", day=14)


def test_what_the_plan_refuses_is_told_first(path: Path) -> None:
    assert fixes(path, "mg=150").startswith("150 mg is not on the registered ladder.")
    assert shell("log", path, "--event", "dose fixed", now=at(28)).exit_code == 2


def _plan(how: str) -> Protocol:
    if how == "no titration":
        return replace(FAST, phases=replace(FAST.phases, titration=()))
    return replace(FAST, side_effects=tuple(s for s in FAST.side_effects if s.id == "nausea"))


@pytest.mark.parametrize("how", ["no titration", "no stools asked"])
def test_a_plan_that_cannot_show_it_is_exempt_while_nothing_speaks_against_it(
    tmp_path: Path, how: str
) -> None:
    path = registered(tmp_path / "t", _plan(how)).path
    shell("log", path, "--event", "hold", now=at(20, "20:00"))
    assert "A hold is in force" in fixes(path, "mg=100")
    shell("log", path, "--event", "restart", "agreed_by=Dr. Chen", now=at(21, "20:00"))
    if how == "no titration":
        assert fixes(path, "mg=200") == ""
    else:
        assert "at most 100 mg can be fixed" in fixes(path, "mg=200")
        assert fixes(path, "mg=100") == ""
