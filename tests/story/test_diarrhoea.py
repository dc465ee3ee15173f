"""Ana has diarrhoea in her trial: she holds, steps down and goes on, all from the shell."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from trials import at, contents, night, shell

PROTOCOL = "magnesium-rls-fast"


class Ana:
    """Someone who types commands; every one but those announced otherwise must succeed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, now: datetime, status: int = 0) -> str:
        command, *rest = arguments
        result = shell(command, self.folder, *rest, now=now)
        assert result.exit_code == status, result.output
        return result.output

    def asks(self, number: int, *more: str, clock: str = "20:00", status: int = 0) -> str:
        """Ask on the evening of a night what to do."""
        return self("tolerate", *more, now=at(number, clock), status=status)

    def takes(self, number: int, capsules: int, *more: str) -> None:
        self("log", "--dose", str(capsules), *more, now=at(number, "21:30"))

    def answers(self, number: int, *, loose: int = 0, urge: int = 5) -> None:
        """Answer about a night on the morning after it."""
        values = (f"urge={urge}", f"loose_stools={loose}", "nausea=0", "belly_pain=0")
        self("log", *values, now=at(number + 1, "07:30"))


def _reaches_the_periods(ana: Ana) -> None:
    ana("new", "--protocol", PROTOCOL, "--zone", "Europe/Berlin", "--confirm-mid", now=at(0))
    for number in range(14):
        ana.answers(number)
    said = ana.asks(13)
    assert "These are the nights before the first capsule. No capsules are due that night." in said
    for number in range(14, 28):
        capsules = 1 if number < 21 else 2
        assert f"({100 * capsules} mg elemental)." in ana.asks(number) or number == 14
        ana.takes(number, capsules, "--mg", str(100 * capsules))
        ana.answers(number)
    assert "Tolerated so far: 200 mg. The dose can be fixed there at most." in ana.asks(28)
    ana("log", "--event", "dose fixed", "mg=200", "capsules=2", now=at(29))
    ana("randomise", "--screened-by", "Dr. Chen", "--date", "2026-03-20", now=at(29))
    ana("log", "--event", "packs ready", "spare_nights=2", now=at(40))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ana = Ana(tmp_path_factory.mktemp("ana") / "my-trial")
    _reaches_the_periods(ana)
    for number in range(43, 49):
        ana.takes(number, 2)
        ana.answers(number)
    return ana.folder


@pytest.fixture
def ana(before: Path, tmp_path: Path) -> Ana:
    copy = tmp_path / "my-trial"
    copy.mkdir()
    for name, data in contents(before).items():
        (copy / name).write_bytes(data)
    return Ana(copy)


def test_ana_holds_steps_down_and_goes_on(ana: Ana) -> None:
    ana.takes(49, 2)
    ana.answers(49, loose=4)
    assert "Go on as planned.\nCapsules that night: 2 " in ana.asks(50)
    ana.takes(50, 2)
    ana.answers(50, loose=5)

    said = ana.asks(51, "--record", clock="07:45", status=3)
    assert f"For the night of {night(51):%A, %Y-%m-%d}:\nHold: take no capsules tonight.\n" in said
    assert f"Because of the nights of: {night(49)}, {night(50)}." in said
    assert said.endswith("Put on record: hold.\n")
    ana.takes(51, 0)
    assert "Hold: take no capsules tonight." in ana.asks(51, status=3)

    # She forgets to answer about night 51; silence does not end the hold.
    said = ana.asks(52, status=3)
    assert "Hold: take no capsules tonight." in said
    assert f"No report of loose stools for: {night(51)}." in said
    ana.answers(52, loose=0)

    said = ana.asks(53, "--record", status=3)
    assert "Step down: take fewer capsules from now on.\nCapsules that night: 1 " in said
    assert said.endswith("Put on record: step down.\n")
    ana.takes(53, 1)
    ana.answers(53)
    for number in range(54, 60):
        assert "Go on as planned.\nCapsules that night: 1 " in ana.asks(number)
        ana.takes(number, 1)
        ana.answers(number)
    ana("check", now=at(60))

    record = json.loads(ana.asks(60, "--json"))
    assert (record["action"], record["capsules"], record["record"]) == ("go on", 1, [])


def test_the_dose_never_goes_up_again(ana: Ana) -> None:
    for number in (49, 50):
        ana.answers(number, loose=4)
    ana.asks(51, "--record", status=3)
    ana.answers(51)
    ana.asks(52, "--record", status=3)
    for kind, detail in (("step down", "capsules=2"), ("dose fixed", "mg=200")):
        ana("log", "--event", kind, detail, now=at(53), status=3)
    assert "Capsules that night: 1 " in ana.asks(80)


def test_diarrhoea_that_does_not_settle_needs_dr_chen(ana: Ana) -> None:
    for number in range(49, 53):
        ana.answers(number, loose=4)
    said = ana.asks(53, "--record", status=3)
    assert "Take no capsules. Call a clinician first." in said
    assert "has not settled 48 to 72 hours after the capsules were stopped" in " ".join(
        said.split()
    )
    ana.answers(53)
    assert "Take no capsules. Call a clinician first." in ana.asks(54, status=3)
    ana("log", "--event", "restart", "agreed_by=Dr. Chen", now=at(54, "20:30"))
    said = ana.asks(54, clock="20:35", status=3)
    assert "Step down: take fewer capsules from now on.\nCapsules that night: 1 " in said


def test_a_second_hold_at_the_lowest_step_ends_the_trial(ana: Ana) -> None:
    for number, loose in enumerate((4, 4, 0, 4, 4, 0, 4, 4), start=49):
        if loose and number != 50:
            ana.takes(number, 2 if number < 51 else 1)
        ana.answers(number, loose=loose)
        if number in (50, 51, 53):
            ana.asks(number + 1, "--record", status=3)
    said = ana.asks(57, "--record", status=3)
    assert "The trial ends: take no more capsules." in said
    assert "Put on record: hold, ended." in said
    assert "the trial has ended" in ana.asks(60, status=3)
    assert ana("verdict", "--outcome", "urge", now=at(60))


def test_an_emergency_comes_first_and_its_record_stops_the_capsules(ana: Ana) -> None:
    said = ana.asks(50, "--sign", "muscle_weakness", "--record", status=3)
    assert said.startswith("EMERGENCY. Stop the capsules. Call your local emergency number now.\n")
    assert "up to 200 mg elemental magnesium a day" in said
    assert said.endswith("Put on record: emergency.\n")
    assert "Take no capsules. Call a clinician first." in ana.asks(51, status=3)
