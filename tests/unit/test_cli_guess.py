"""ekbom guess: asks what is due, takes what is typed, refuses what could be known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_event
from trials import at, contents, drawn, drawn_magnesium, imported, night, plain_protocol, shell

KINDS = ("expectation", "guess", "last guess")


def told(path: Path) -> list[tuple[str, dict[str, Any]]]:
    events = open_trial(path, now=at(200)).events
    return [(e.kind, dict(e.detail)) for e in events if e.kind in KINDS]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a magnesium trial whose first period is nights 42 to 48."""
    return drawn_magnesium(tmp_path / "t").path


def test_ana_is_asked_what_is_due_and_nothing_twice(path: Path) -> None:
    """Before the start, after the first period, and at the end."""
    shell("guess", path, now=at(35), answer="7\n")
    assert shell("guess", path, now=at(36)).output == "There is nothing to guess now.\n"
    shell("guess", path, now=at(49), answer="placebo\n6\neffect; a dull week\n")
    assert shell("guess", path, now=at(50)).output == "There is nothing to guess now.\n"
    done = shell("guess", path, now=at(127), answer="don't know\nhelps\n8\n\n")
    assert done.output.splitlines()[-2:] == [
        "Written down: guess about period 12.",
        "Written down: last guess.",
    ]
    assert told(path) == [
        ("expectation", {"benefit": 7.0}),
        (
            "guess",
            {"period": 1, "treatment": "placebo", "sure": 6.0, "why": "effect; a dull week"},
        ),
        ("guess", {"period": 12, "treatment": "don't know"}),
        ("last guess", {"opinion": "helps", "sure": 8.0}),
    ]


def test_what_is_typed_needs_no_question(path: Path) -> None:
    shell("guess", path, "--expectation", "3", now=at(35))
    words = ["--sure", "4", "--why", "stools", "--why", "saw it"]
    shell("guess", path, "--treatment", "magnesium", *words, now=at(49))
    shell("guess", path, "--treatment", "placebo", "--period", "2", now=at(63))
    shell("guess", path, "--last", "no difference", now=at(127))
    assert told(path) == [
        ("expectation", {"benefit": 3.0}),
        (
            "guess",
            {"period": 1, "treatment": "magnesium", "sure": 4.0, "why": "stools; saw it"},
        ),
        ("guess", {"period": 2, "treatment": "placebo"}),
        ("last guess", {"opinion": "no difference"}),
    ]


@pytest.mark.parametrize(
    ("arguments", "number", "said", "status"),
    [
        (["--treatment", "placebo"], 45, "This period is not over", 3),
        (["--treatment", "placebo", "--period", "3"], 50, "This period is not over", 3),
        (["--treatment", "sugar"], 50, "'sugar' is no guess", 2),
        (["--last", "helps"], 60, "The trial is not over", 3),
        (["--last", "yes"], 127, "use one of: helps, no difference", 2),
        (["--expectation", "5"], 43, "The randomised nights have begun", 3),
        (["--expectation", "11"], 35, "11", 2),
        (["--sure", "5"], 50, "--sure and --why go with", 2),
        (["--period", "1"], 50, "--period goes with --treatment", 2),
        (["--treatment", "placebo", "--last", "helps"], 127, "one at a time", 2),
    ],
)
def test_what_is_too_early_too_late_or_unclear_is_refused_and_nothing_written(
    arguments: list[str], number: int, said: str, status: int, path: Path
) -> None:
    before = contents(path)
    done = shell("guess", path, *arguments, now=at(number))
    assert (done.exit_code, said in done.output) == (status, True)
    assert contents(path) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--treatment", "placebo"], "There is a guess about this period already"),
        (["--last", "helps"], "The last guess was made already."),
        (["--expectation", "1"], "The expectation is on record already."),
    ],
)
def test_a_second_one_is_refused(arguments: list[str], said: str, path: Path) -> None:
    shell("guess", path, "--expectation", "3", now=at(35))
    shell("guess", path, "--treatment", "placebo", now=at(127))
    shell("guess", path, "--last", "helps", now=at(127))
    done = shell("guess", path, *arguments, now=at(128))
    assert (done.exit_code, said in done.output) == (3, True)


def test_once_the_order_is_open_nothing_is_guessed(path: Path) -> None:
    log_event(path=path, kind="unblinding", detail={"night": night(50)}, now=at(50, "22:00"))
    done = shell("guess", path, "--treatment", "placebo", now=at(60))
    assert done.output == "The order is open, so nothing is left to guess.\n"
    assert shell("guess", path, now=at(127)).output == "There is nothing to guess now.\n"


def test_an_imported_trial_has_nothing_to_guess(tmp_path: Path) -> None:
    imported(tmp_path / "t", plain_protocol(imported=True), *["tea", "water"] * 4)
    done = shell("guess", tmp_path / "t", "--treatment", "tea", now=at(90))
    assert done.exit_code == 3


def test_a_trial_without_a_dose_takes_a_guess_that_is_typed(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t").path
    shell("guess", path, "--treatment", "tea", now=at(5))
    assert told(path) == [("guess", {"period": 1, "treatment": "tea"})]
