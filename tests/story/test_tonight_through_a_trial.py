"""Ana asks `ekbom tonight` through a whole trial, by a clock that is moved by hand."""

from __future__ import annotations

import json
import re
import shlex
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trials import at, night, shell

pytestmark = pytest.mark.slow

BERLIN, HONOLULU, KIRITIMATI = "Europe/Berlin", "Pacific/Honolulu", "Pacific/Kiritimati"
ANSWERS = {"urge": "5", "impression": "4", "sleep_quality": "6", "calm": "5"}


class Ana:
    """Someone who asks what to do, does it, and never counts nights herself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.zone = BERLIN
        self.last = night(0)
        self.places: list[str] = []

    def clock(self, number: int, clock: str) -> datetime:
        return at(number, clock, self.zone)

    def __call__(self, command: str, *arguments: str, now: datetime, status: int = 0) -> str:
        result = shell(command, self.folder, *arguments, now=now)
        assert result.exit_code == status, result.output
        return result.output

    def asks(self, now: datetime) -> dict[str, Any]:
        """Ask what to do, as a program would."""
        record: dict[str, Any] = json.loads(self("tonight", "--json", now=now))
        record["by"] = {step["id"]: step for step in record["steps"]}
        return record

    def reads(self, now: datetime) -> str:
        """Ask what to do, and read it."""
        said = self("tonight", now=now)
        assert said.endswith("ekbom tolerate --signs\n")
        return said

    def command(self, pattern: str, now: datetime) -> str:
        """Return the one command on the screen that looks like ``pattern``."""
        (found,) = re.findall(pattern, self.reads(now))
        return str(found)

    def does(self, command: str, now: datetime) -> None:
        """Type a command as it stands on the screen."""
        _, name, *rest = shlex.split(command)
        result = shell(name, *rest, now=now)
        assert result.exit_code == 0, result.output

    def evening(self, number: int, clock: str = "21:30") -> dict[str, Any]:
        """Do what the evening asks for."""
        now = self.clock(number, clock)
        found = self.asks(now)
        assert found["night"] == str(night(number))
        step = found["by"].get("dose")
        if step is not None and step["when"] == "now":
            command = self.command(r"ekbom log \S+ --dose .+", now)
            capsules = "1" if step["mg"] == 100 else "2"
            self.does(command.replace("--dose N", f"--dose {capsules}"), now)
        self.places.append(self.place(found))
        return found

    def morning(self, number: int, clock: str = "07:30", **changes: str) -> dict[str, Any]:
        """Answer all that the morning after a night asks for."""
        now = self.clock(number + 1, clock)
        found = self.asks(now)
        step = found["by"].get("last_night")
        if step is not None and step["when"] == "now":
            assert step["night"] == str(night(number))
            given = {item: changes.get(item, ANSWERS.get(item, "0")) for item in step["items"]}
            self("log", *(f"{k}={v}" for k, v in given.items()), now=now)
            if number % 10 == 0:
                assert self.asks(now)["by"]["last_night"]["when"] == "done"
        return found

    @staticmethod
    def place(found: dict[str, Any]) -> str:
        place = found["place"]
        number = place["period"] or place["step"] or ""
        return f"{place['phase']}{number} {place['day']}"


def _until_the_packs(ana: Ana) -> None:
    ana("new", "--protocol", "magnesium-rls-fast", "--zone", BERLIN, "--confirm-mid", now=at(0))
    assert "safety questions before the first capsule" in ana.reads(at(0, "10:00"))
    for number in range(14):
        ana.evening(number)
        ana.morning(number)
    # Dr. Chen screens her; no capsule is named before that is on record.
    assert ana.asks(at(14, "20:00"))["by"]["dose"]["when"] == "waiting"
    _screened(ana, 14)
    for number in range(14, 28):
        ana.evening(number)
        ana.morning(number)
    found = ana.asks(at(28, "09:00"))
    assert found["place"]["phase"] == "waiting"
    assert "The most that was tolerated is 200 mg" in ana.reads(at(28, "09:00"))
    command = ana.command(r"ekbom log .+ --event 'dose fixed' .+", at(28, "09:00"))
    assert command.endswith("mg=200 capsules=2")
    ana.does(command, at(28, "09:05"))
    ana.does(ana.command(r"ekbom randomise .+", at(28, "09:06")), at(28, "09:10"))
    assert "Make the packs." in ana.reads(at(28, "09:11"))


def _screened(ana: Ana, number: int) -> None:
    from ekbom.trial.randomise import Screening, record_screening

    screening = Screening(by="Dr. Chen", on=night(number))
    record_screening(path=ana.folder, screening=screening, now=at(number, "20:00"))


def _washes_out(ana: Ana) -> None:
    for number in range(28, 45):  # 14 nights, and 3 more, as the packs are late
        found = ana.evening(number)
        assert "dose" not in found["by"]
        ana.morning(number)
    now = at(45, "10:00")
    ana.does(ana.command(r"ekbom log .+ --event 'packs ready'", now), now)


def _lives_the_periods(ana: Ana) -> date:
    """Live them with a pause of 5 nights, a trip over the date line and back; return the last."""
    number = 45
    while True:
        found = ana.asks(ana.clock(number, "20:00"))
        if found["place"]["phase"] == "over":
            return night(number - 1)
        if number == 60:
            number = _pauses(ana, number)
        if number == 80:
            _flies(ana, number)
            number = 82
        ana.evening(number)
        ana.morning(number)
        number += 1


def _pauses(ana: Ana, number: int) -> int:
    detail = f"first={night(number)}"
    ana("log", "--event", "pause", detail, now=at(number, "10:00"))
    for later in range(number, number + 5):
        found = ana.asks(at(later, "20:00"))
        assert found["place"]["phase"] == "paused"
        assert {"dose", "no_capsules", "last_night"}.isdisjoint(found["by"]) or later == number
        assert found["by"]["resume"]["when"] == "waiting"
    again = number + 5
    command = ana.command(r"ekbom log .+ --event resume .+", at(again, "18:30"))
    assert command.endswith(f"first={night(again)}")
    ana.does(command, at(again, "18:31"))
    return again


def _flies(ana: Ana, number: int) -> None:
    """Fly to Hawaii by day, and on over the date line past midnight: one date never comes."""
    ana.evening(number)
    ana("log", "--event", "zone changed", f"zone={HONOLULU}", now=at(number + 1, "09:00"))
    ana.zone = HONOLULU
    ana.morning(number, "08:00")
    now = ana.clock(number + 1, "00:30")
    ana("log", "--event", "zone changed", f"zone={KIRITIMATI}", now=now)
    ana.zone = KIRITIMATI
    found = ana.asks(ana.clock(number + 2, "08:00"))
    assert (found["current"], found["night"]) == (str(night(number)), str(night(number + 2)))


@pytest.fixture(scope="module")
def ana(tmp_path_factory: pytest.TempPathFactory) -> Ana:
    ana = Ana(tmp_path_factory.mktemp("ana") / "my-trial")
    _until_the_packs(ana)
    _washes_out(ana)
    ana.last = _lives_the_periods(ana)
    return ana


def test_ana_comes_from_the_first_night_to_the_last_by_asking_alone(ana: Ana) -> None:
    wanted = [f"baseline {n}" for n in range(1, 15)]
    wanted += [f"titration{step} {n}" for step in (1, 2) for n in range(1, 8)]
    wanted += [f"washout {n}" for n in range(1, 18)]
    assert ana.places[: len(wanted)] == wanted
    periods = ana.places[len(wanted) :]
    assert periods[0] == "randomised1 1"
    assert {p.split()[0] for p in periods} == {f"randomised{n}" for n in range(1, 13)}


def test_in_the_end_nothing_is_missing_but_the_answer(ana: Ana) -> None:
    after = (ana.last - night(0)).days + 2
    found = ana.asks(ana.clock(after, "10:00"))
    assert found["place"]["phase"] == "over"
    assert [gap["id"] for gap in found["missing"]] == ["verdict"]
    now = ana.clock(after, "10:00")
    ana.does(ana.command(r"ekbom verdict .+", now), now)


def test_the_files_are_in_order_and_each_night_has_its_dose(ana: Ana) -> None:
    after = (ana.last - night(0)).days + 2
    assert "is in order" in ana("check", now=ana.clock(after, "10:00"))
    doses = (ana.folder / "doses.csv").read_text().splitlines()[1:]
    assert len({line.split(",")[0] for line in doses}) == len(doses)


def test_the_clocks_changed_under_her_and_no_night_was_lost(ana: Ana) -> None:
    # The last Sunday of March lies in her titration.
    spring = datetime.combine(date(2026, 3, 29), time(12), ZoneInfo(BERLIN))
    assert night(0) < spring.date() < night(28)
    assert spring.utcoffset() == timedelta(hours=2)
    diary = (ana.folder / "diary.csv").read_text().splitlines()[1:]
    assert {line.split(",")[0] for line in diary} >= {str(night(n)) for n in range(60)}
