"""Nobody is named past what the safety questions said, unless a later day's clinician agreed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ekbom.trial.randomise import Screening, record_screening
from trials import at, contents, shell, with_dose_fixed

ON = date(2026, 3, 30)
AGREED = ("--result", "clinician first", "--agreed-by", "Dr. Chen")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return with_dose_fixed(tmp_path / "t").path


def recorded(path: Path, result: str, agreed_by: str = "") -> None:
    screening = Screening("Ana, with ekbom", ON, result, agreed_by)
    record_screening(path=path, screening=screening, now=at(28, "13:00"))


def randomise(path: Path, *more: str, on: str, day: int = 29) -> tuple[int, str]:
    before = contents(path)
    options = ("--screened-by", "me and myself", "--date", on, *more)
    result = shell("randomise", path, *options, now=at(day, "14:00"))
    assert (contents(path) == before) == (result.exit_code != 0)
    return result.exit_code, " ".join(result.stderr.split())


@pytest.mark.parametrize("result", ["stop", "postpone", "clinician first"])
@pytest.mark.parametrize("more", [(), AGREED])
def test_on_the_same_day_nothing_goes_past_it(
    path: Path, result: str, more: tuple[str, ...]
) -> None:
    recorded(path, result)
    assert randomise(path, *more, on="2026-03-30") == (
        3,
        f"The screening of 2026-03-30 is on record with the result: {result}. --screened-by goes "
        "past that only with --result 'clinician first', --agreed-by NAME and a --date after that "
        "day. If an answer was wrong, or a clinician has agreed, mend your answers file and run: "
        f"ekbom screen ANSWERS.toml --record {path}",
    )


@pytest.mark.parametrize("result", ["stop", "postpone", "clinician first"])
def test_on_a_later_day_a_named_clinicians_agreement_does(path: Path, result: str) -> None:
    recorded(path, result)
    assert randomise(path, on="2026-03-31")[0] == 3
    assert randomise(path, *AGREED, on="2026-03-31")[0] == 0


def test_what_was_agreed_to_or_go_is_no_hindrance(path: Path) -> None:
    recorded(path, "clinician first", "Dr. Chen")
    assert randomise(path, on="2026-03-30")[0] == 0


def test_the_help_says_so() -> None:
    said = " ".join(shell("randomise", "--help", now=at(0)).output.split())
    assert "--screened-by is refused, unless it is of a later day, with --result" in said
