"""A keeper's look into a sealed trial: one word, whichever treatment is better, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from ekbom.diary.entries import Entry
from ekbom.protocol.model import Look, Protocol
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.happened import of_kind
from ekbom.trial.log import log_event, record_diary
from ekbom.trial.sealed import open_sealed
from ekbom.trial.sealing import Lock
from ekbom.trial.unblinding import record_unblinding
from sealed_trials import BEN, BENS_KEY, MALLORY, TO_BEN, sealed
from trials import ZONE, at, contents, drawn, night, plain_protocol, registered, shell

FIRST, SECOND = 27, 39
"""Mornings when pairs 2 and 3 are past; a pair has twelve nights, and two come before them."""

_WOBBLE = (0, 1, -1, 1, -1)

PASSPHRASE = "otter lamp river nine"


def protocol(**changes: object) -> Protocol:
    plain = plain_protocol()
    looks = tuple(Look(after_pair=pair, probability_better=0.99) for pair in (2, 3))
    design = replace(plain.design, period_nights=6)
    return replace(plain, **{"design": design, "looks": looks, "blinding": "clinic", **changes})


def lived(
    path: Path,
    tea: int,
    water: int,
    *,
    seed: int = 1,
    plan: Protocol | None = None,
    lock: Lock = TO_BEN,
) -> Trial:
    """Return Ana's trial on the first look's morning, with such an urge in tea and water nights."""
    trial = sealed(path, plan or protocol(), seed=seed, lock=lock)
    order = open_sealed(trial, key=BENS_KEY).treatments
    urge = {"tea": tea, "water": water}
    nights = [n for n in trial.calendar().nights if n.night < night(FIRST)]
    entries = [
        _entry(number, (5 if n.period is None else urge[order[n.period - 1]]) + _WOBBLE[number % 5])
        for number, n in enumerate(nights)
    ]
    return record_diary(path=path, entries=entries, doses=[], now=at(FIRST))


def _entry(number: int, value: int) -> Entry:
    given, day = at(number + 1, "07:30"), night(number)
    return Entry(f"{day}.urge", given, given, ZONE, "shell", day, "urge", value, False, "")


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ekbom.cli.look.EVERY", 0.01)


@pytest.fixture(scope="module")
def ben(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with Ben's secret key."""
    file = tmp_path_factory.mktemp("ben") / "key.txt"
    file.write_text(f"{BEN}\n")
    return file


def look(trial: Trial, ben: Path, number: int = 1, *, now: datetime | None = None):
    return shell(
        "look", trial.path, "--number", str(number), "--identity", ben, now=now or at(FIRST)
    )


def test_a_stop_for_benefit_and_one_for_harm_are_the_same_to_the_byte(
    tmp_path: Path, ben: Path
) -> None:
    trials = {
        name: lived(tmp_path / name / "t", *urges)
        for name, urges in {"benefit": (2, 8), "harm": (8, 2)}.items()
    }
    before = {name: contents(trial.path) for name, trial in trials.items()}
    said = {name: look(trial, ben) for name, trial in trials.items()}
    assert [(r.stdout, r.stderr, r.exit_code) for r in said.values()] == [("stop\n", "", 0)] * 2
    after = {name: contents(trial.path) for name, trial in trials.items()}
    for name in trials:
        changed = {file for file, data in after[name].items() if before[name].get(file) != data}
        assert (changed, set(after[name])) == ({"events.csv"}, set(before[name]))
    # The seals differ in age's own chance, and the diaries, as they must, in the ratings.
    assert before["benefit"]["events.csv"] == before["harm"]["events.csv"]
    assert after["benefit"]["events.csv"] == after["harm"]["events.csv"]
    last = open_trial(trials["harm"].path, now=at(FIRST)).events[-1]
    assert (last.kind, last.detail) == ("look", {"pair": 2, "result": "stop"})


def test_under_opposite_orders_a_benefit_gives_the_same_word(tmp_path: Path, ben: Path) -> None:
    trials = [lived(tmp_path / str(seed) / "t", 2, 8, seed=seed) for seed in (1, 3)]
    orders = [open_sealed(trial, key=BENS_KEY).treatments for trial in trials]
    assert orders[0] != orders[1]
    assert [look(trial, ben).output for trial in trials] == ["stop\n", "stop\n"]


def test_no_difference_goes_on_and_the_next_look_is_another_one(tmp_path: Path, ben: Path) -> None:
    trial = lived(tmp_path / "t", 5, 5)
    assert look(trial, ben).output == "continue\n"
    again = look(trial, ben)
    assert (again.exit_code, again.output) == (
        3,
        "No declared look is due. Declared: look 1 after pair 2, look 2 after pair 3.\n",
    )
    early = look(trial, ben, 1, now=at(SECOND))
    assert (early.exit_code, early.stderr.partition(".")[0]) == (
        3,
        "Look 1 is not due, look 2 is",
    )
    assert look(trial, ben, 2, now=at(SECOND)).output == "continue\n"
    found = open_trial(trial.path, now=at(SECOND))
    assert [e.detail for e in of_kind(found.events, "look")] == [
        {"pair": 2, "result": "continue"},
        {"pair": 3, "result": "continue"},
    ]


def test_the_stored_threshold_decides(tmp_path: Path, ben: Path) -> None:
    """No two pairs make it certain, whatever they show."""
    never = protocol(looks=(Look(after_pair=2, probability_better=1.0),))
    assert look(lived(tmp_path / "t", 3, 7, plan=never), ben).output == "continue\n"
    assert look(lived(tmp_path / "u", 3, 7), ben).output == "stop\n"


@pytest.mark.slow
def test_it_takes_as_long_for_benefit_as_for_harm(
    tmp_path: Path, ben: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the word is printed, and until it is written; without a wait, harm takes longer."""
    monkeypatch.setattr("ekbom.cli.look.EVERY", 3.0)
    for name, urges in {"benefit": (2, 8), "harm": (8, 2)}.items():
        trial = lived(tmp_path / name / "t", *urges)
        began, clock = time.monotonic(), time.time()
        assert look(trial, ben).output == "stop\n"
        took = time.monotonic() - began
        written = (trial.path / "events.csv").stat().st_mtime - clock
        assert (took // 3.0, written // 3.0) == (1, 1)


@pytest.mark.slow
def test_a_helper_looks_with_a_passphrase_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    lock = Lock(recovery="", passphrase=PASSPHRASE, keys=TO_BEN.keys)
    trial = lived(tmp_path / "t", 2, 8, lock=lock)
    before = contents(trial.path)
    command = ("look", trial.path, "--number", "1")
    wrong = shell(*command, now=at(FIRST), answer="not the right words\n")
    assert (wrong.exit_code, contents(trial.path)) == (2, before)
    right = shell(*command, now=at(FIRST), answer=f"{PASSPHRASE}\n")
    assert right.stdout == "Passphrase: \nstop\n"


def test_mallorys_key_opens_no_look(tmp_path: Path) -> None:
    trial = lived(tmp_path / "t", 2, 8)
    key = tmp_path / "mallory.txt"
    key.write_text(str(MALLORY))
    before = contents(trial.path)
    said = look(trial, key)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.startswith("the key file: it does not open this order.")
    assert contents(trial.path) == before


def _open(path: Path) -> Trial:
    return drawn(path, protocol(blinding="open"))


def _alone(path: Path) -> Trial:
    return registered(path, protocol(blinding="alone"))


def _not_drawn(path: Path) -> Trial:
    return registered(path, protocol())


def _not_due(path: Path) -> Trial:
    return sealed(path, protocol())


def _opened(path: Path) -> Trial:
    sealed(path, protocol())
    return record_unblinding(path=path, key=BENS_KEY, now=at(2), guessed=False, early=True)


def _ended(path: Path) -> Trial:
    sealed(path, protocol())
    detail = {"last": str(night(1)), "reason": "another"}
    return log_event(path=path, kind="ended", detail=detail, now=at(2))


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (_open, "The order of this trial is open. Run: ekbom verdict {} --look"),
        (_alone, "Nobody keeps the order of this trial, so nobody can look without seeing it."),
        (_not_drawn, "The order of treatments has not been drawn yet. Run: ekbom seal {}"),
        (_not_due, "No declared look is due. Declared: look 1 after pair 2, look 2 after pair 3."),
        (_opened, "The order is open. What it says: ekbom verdict {}"),
        (_ended, "The trial is over: no look is needed."),
    ],
)
def test_where_no_look_can_be_it_is_refused_with_what_to_do(
    tmp_path: Path, ben: Path, made: Callable[[Path], Trial], says: str
) -> None:
    trial = made(tmp_path / "t")
    before = contents(trial.path)
    said = look(trial, ben, now=at(2, "13:00"))
    assert (said.exit_code, said.stdout) == (3, "")
    assert said.stderr.startswith(says.format(trial.path))
    assert contents(trial.path) == before


def test_the_open_ways_look_leads_to_this_one(tmp_path: Path) -> None:
    trial = lived(tmp_path / "t", 2, 8)
    said = shell("verdict", trial.path, "--look", now=at(FIRST))
    assert (said.exit_code, said.stderr) == (
        3,
        "The order is sealed, so its keeper takes the look, and it says stop or continue: "
        f"ekbom look {trial.path} --number N\n",
    )
