"""Ana runs a whole trial from the shell; Mallory edits her files and is noticed."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ekbom.protocol.files import built_in, content_hash
from ekbom.trial.randomise import randomise
from trials import at, contents, night, shell

FAST = built_in("magnesium-rls-fast")
TOKYO = "Asia/Tokyo"


class Ana:
    """Someone who types commands; every one but those announced otherwise must succeed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, now: datetime, status: int = 0) -> str:
        command, *rest = arguments
        result = shell(command, self.folder, *rest, now=now)
        assert result.exit_code == status, result.output
        return result.output

    def lives(self, number: int, *, capsules: int, urge: int, zone: str = "Europe/Berlin") -> None:
        """Take the capsules of a night and answer on the morning after.

        Before the randomised nights their content is known.
        """
        evening, morning = at(number, "21:30", zone), at(number + 1, "07:30", zone)
        if capsules:
            mg = ("--mg", str(100 * capsules)) if number < 28 else ()
            said = self("log", "--dose", str(capsules), *mg, now=evening)
            assert said == f"Logged the dose of the night of {night(number)}.\n"
        said = self("log", f"urge={urge}", "nausea=0", "loose_stools=0", now=morning)
        spoken = f"{night(number):%A, %Y-%m-%d}"
        assert said == f"Logged for the night of {spoken}: urge {urge}, nausea 0, loose_stools 0.\n"

    def order(self) -> list[str]:
        lines = (self.folder / "allocation.csv").read_text().splitlines()[1:]
        return [line.rpartition(",")[2] for line in lines]


def _before_the_capsules(ana: Ana) -> None:
    registered = ana(
        "new", "--protocol", "magnesium-rls-fast", "--zone", "Europe/Berlin", "--confirm-mid",
        now=at(0),
    )  # fmt: skip
    assert (
        f"Registered in {ana.folder}. Protocol hash: {content_hash(FAST)}\n"
        f"First night {night(0)}; first randomised night {night(42)} and last night {night(125)} "
        "at the earliest.\n"
    ) in registered
    for number in range(0, 28, 3):
        ana.lives(number, capsules=0 if number < 14 else 1 + (number > 20), urge=6)
    ana("log", "--event", "dose fixed", "mg=200", "capsules=2", now=at(28))
    drawn = ana("randomise", "--screened-by", "Dr. Chen", "--date", "2026-03-20", now=at(29))
    assert re.search(r"^Commitment: [0-9a-f]{64}$", drawn, re.MULTILINE)
    ana("log", "--event", "packs ready", "spare_nights=2", now=at(40))


def _lives_the_periods(ana: Ana) -> None:
    """Live 12 periods of 7 nights, with a pause of 4 nights and a trip to Tokyo."""
    order = ana.order()
    number = 42
    for period, treatment in enumerate(order, start=1):
        lived = 0
        length = 7
        while lived < length:
            if (period, lived, length) == (4, 3, 7):
                number = _pauses(ana, number)
                length = 9  # its two unanalysed nights run again
            if (period, lived) == (9, 0):
                ana("log", "--event", "zone changed", f"zone={TOKYO}", now=at(number, "09:00"))
            zone = TOKYO if period >= 9 else "Europe/Berlin"
            urge = (3 if treatment == "magnesium" else 6) + (lived + period) % 2
            ana.lives(number, capsules=2, urge=urge, zone=zone)
            number += 1
            lived += 1
    assert number == 126 + 4 + 2


def _pauses(ana: Ana, number: int) -> int:
    """Pause for four nights."""
    ana("log", "--event", "pause", f"first={night(number)}", "note=flu", now=at(number, "10:00"))
    again = number + 4
    ana("log", "--event", "resume", f"first={night(again)}", now=at(again, "10:00"))
    return again


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ana = Ana(tmp_path_factory.mktemp("ana") / "my-trial")
    with pytest.MonkeyPatch.context() as patched:
        # Chance would draw one of 64 orders; the story's figures are told for one of them.
        patched.setitem(randomise.__kwdefaults__, "source", bytes)
        _before_the_capsules(ana)
    _lives_the_periods(ana)
    return ana.folder


@pytest.fixture
def ana(finished: Path, tmp_path: Path) -> Ana:
    copy = tmp_path / "my-trial"
    copy.mkdir()
    for name, data in contents(finished).items():
        (copy / name).write_bytes(data)
    return Ana(copy)


END = at(133, "10:00")


def test_ana_lives_her_trial_to_an_answer(ana: Ana) -> None:
    assert ana("check", now=END) == (
        f"{ana.folder} is in order: 96 nights in the diary, events unchanged. "
        "The order agrees with its seed and its commitment.\n"
    )
    record = json.loads(ana("verdict", "--outcome", "urge", "--json", now=END))
    urge = record["outcomes"]["urge"]
    assert urge["verdict"] == "helps"
    assert urge["nights"] == {
        "planned": 86,
        "analysed": 60,
        "unanalysed": 26,
        "missing": 0,
        "excluded": 0,
    }
    assert urge["randomisation"]["p_benefit"] == pytest.approx(1 / 64)


def test_the_verdict_waits_for_the_last_night(ana: Ana) -> None:
    before = contents(ana.folder)
    said = ana("verdict", now=at(132, "11:59", TOKYO), status=3)
    assert said == (
        f"The trial is still running: its last planned night is {night(131)}. A verdict before "
        "that would mislead. Come back when that night is past. Stopping early is possible and "
        "cannot be undone: log the event 'ended' (docs/trial-folder.md).\n"
    )
    assert contents(ana.folder) == before
    ana("verdict", "--outcome", "urge", now=at(132, "12:00", TOKYO))


def test_an_answer_after_noon_is_kept_and_called_late(ana: Ana) -> None:
    ana("log", "calm=7", "--night", str(night(131)), now=at(132, "15:00", TOKYO))
    last = (ana.folder / "entries.csv").read_text().splitlines()[-1]
    assert last.split(",")[3:] == [TOKYO, "shell", str(night(131)), "calm", "7", "yes", ""]


def test_in_the_evening_an_answer_must_say_its_night(ana: Ana) -> None:
    before = contents(ana.folder)
    said = ana("log", "calm=7", now=at(132, "19:00", TOKYO), status=2)
    assert "It is evening: say which night the answers speak of" in said
    assert contents(ana.folder) == before


def test_a_correction_is_asked_for_and_stays_on_record(ana: Ana) -> None:
    now = at(132, "08:00", TOKYO)
    said = ana("log", "urge=9", now=now, status=2)
    assert said == (
        f"this entry: urge was already answered for the night of {night(131)}. "
        "To correct it, add --correct.\n"
    )
    lines = len((ana.folder / "entries.csv").read_text().splitlines())
    ana("log", "urge=9", "--correct", now=now)
    assert len((ana.folder / "entries.csv").read_text().splitlines()) == lines + 1
    assert f"\n{night(131)},9," in (ana.folder / "diary.csv").read_text()


def test_a_double_dose_is_refused_with_the_next_possible_time(ana: Ana) -> None:
    before = contents(ana.folder)
    said = ana("log", "--dose", "2", now=at(131, "23:00", TOKYO) + timedelta(days=1))
    assert said == f"Logged the dose of the night of {night(132)}.\n"
    again = ana("log", "--dose", "2", now=at(132, "23:30", TOKYO), status=2)
    assert again == (
        f"this entry: the night of {night(132)} already has a dose; the next possible time is "
        f"{night(133)} 15:00. Leave this dose out.\n"
    )
    assert contents(ana.folder).keys() == before.keys()


def test_the_trip_is_in_the_records(ana: Ana) -> None:
    zones = [line.split(",")[2] for line in (ana.folder / "doses.csv").read_text().splitlines()]
    assert zones[1] == "Europe/Berlin"
    assert zones[-1] == TOKYO
    events = (ana.folder / "events.csv").read_text().splitlines()
    assert [line.split(",")[3] for line in events[1:]] == [
        "registered",
        "dose fixed",
        "screening",
        "randomised",
        "packs ready",
        "pause",
        "resume",
        "zone changed",
    ]


def _mallory(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("events.csv", "pause", "note"),
        ("events.csv", "flu", "fun"),
        ("trial.toml", "probability_better = 0.975", "probability_better = 0.9"),
        ("trial.toml", "start = 2026-03-02", "start = 2026-03-03"),
        ("allocation.csv", "magnesium", "placebo"),
        ("allocation.json", "magnesium", "placebo"),
        ("entries.csv", ",urge,6,no,", ",urge,11,no,"),
    ],
)
def test_mallory_is_noticed(ana: Ana, name: str, old: str, new: str) -> None:
    _mallory(ana.folder, name, old, new)
    before = contents(ana.folder)
    ana("check", now=END, status=2)
    assert contents(ana.folder) == before


def test_mallory_cannot_take_back_the_draw_to_draw_again(ana: Ana) -> None:
    events = (ana.folder / "events.csv").read_text().splitlines(keepends=True)
    (ana.folder / "events.csv").write_text("".join(events[:3]))
    (ana.folder / "allocation.json").unlink()
    said = ana(
        "randomise", "--screened-by", "Dr. Chen", "--date", "2026-03-20", now=at(29), status=2
    )
    assert "has not begun yet" in said
    for name in ("entries.csv", "diary.csv", "doses.csv"):
        (ana.folder / name).unlink()
    said = ana(
        "randomise", "--screened-by", "Dr. Chen", "--date", "2026-03-20", now=at(29), status=3
    )
    assert said == (
        "The order was drawn and committed to, but allocation.json is missing. It is never drawn "
        "twice: restore it from a copy.\n"
    )
