"""An agreement by nobody lifts nothing: a name has two letters, wherever one is asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ekbom.diary.table import Faults
from ekbom.protocol.doses import is_named
from ekbom.safety.answers import Agreement
from ekbom.safety.screening import agreement_on
from ekbom.trial.events import COLUMNS, chain_event, read_events
from ekbom.trial.files import csv_bytes
from trials import FAST, ZONE, at, contents, registered, shell, with_dose_fixed

NOBODY = ["-", " - ", ".", "?", "\u200b", "\u3164", "\u3164\u3164", "\uffa0\u115f", "X", "1 2", ""]
SOMEBODY = ["Dr. Chen", "Li", "王芳", "Δρ. Χ", "Ö. Ü", "د. علي", "김철수"]
DAY = date(2026, 3, 20)


@pytest.mark.parametrize("name", NOBODY)
def test_nobody_is_named(name: str) -> None:
    assert not is_named(name)
    agreed = [Agreement("diagnosed", name, DAY)]
    assert agreement_on("diagnosed", since=DAY, agreements=agreed, on=DAY) is None


@pytest.mark.parametrize("name", SOMEBODY)
def test_a_name_of_any_alphabet_is_one(name: str) -> None:
    assert is_named(name)


@given(st.text(st.characters(categories=("N", "P", "S", "Z", "C", "M"))))
def test_a_text_without_letters_names_nobody(text: str) -> None:
    assert not is_named(text)


@pytest.mark.parametrize("name", [n for n in NOBODY if n])
@pytest.mark.parametrize(
    "options",
    [
        ("--screened-by", "{}"),
        ("--screened-by", "Dr. Chen", "--result", "clinician first", "--agreed-by", "{}"),
    ],
)
def test_the_order_is_not_drawn_for_nobody(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    before = contents(path)
    said = [option.format(name) for option in options]
    result = shell("randomise", path, *said, "--date", "2026-03-30", now=at(29))
    assert result.exit_code in (2, 3), result.output
    assert contents(path) == before


@pytest.mark.parametrize("name", [n for n in NOBODY if n])
def test_no_hold_is_lifted_by_nobody(tmp_path: Path, name: str) -> None:
    path = registered(tmp_path / "t", FAST).path
    result = shell("log", path, "--event", "restart", f"agreed_by={name}", now=at(1))
    assert result.exit_code == 2
    assert "is not the name of a person, such as Dr. Chen." in " ".join(result.stderr.split())


def test_no_change_of_health_is_agreed_to_by_nobody() -> None:
    result = shell("screen", "--change", "medicine", "--agreed-by", "-", now=at(1))
    assert result.exit_code == 2
    assert "--agreed-by '-' names nobody." in result.output


def test_an_answers_file_that_names_nobody_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        "answered = 2026-03-20\n[[agreement]]\nquestion = 'diagnosed'\nby = '.'\non = 2026-03-20\n",
        encoding="utf-8",
    )
    result = shell("screen", file, now=at(20))
    assert result.exit_code == 2
    assert "agreement 1: nobody is named (by)" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("restart", {"agreed_by": "-"}),
        ("screening", {"by": "Ana", "on": "2026-03-20", "result": "go", "agreed_by": "\u3164"}),
        ("screening", {"by": ".", "on": "2026-03-20", "result": "go"}),
    ],
)
def test_an_event_that_names_nobody_is_a_fault_with_its_line(
    kind: str, detail: dict[str, str]
) -> None:
    event = chain_event([], kind=kind, detail=detail, instant=at(1), zone=ZONE)
    faults = Faults("events.csv")
    read_events(csv_bytes([COLUMNS, event.cells]), faults=faults)
    (problem,) = faults.found
    assert str(problem).startswith("events.csv, line 2: ")
    assert "is not the name of a person, such as Dr. Chen. Give " in str(problem)
