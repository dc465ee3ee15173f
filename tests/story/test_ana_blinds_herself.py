"""Ana runs a blinded trial alone from the shell: slips, packs, nights, slips, verdict."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from alone_trials import codes
from ekbom.design.plan import design_of
from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_event, record_diary
from ekbom.trial.packing import moves
from ekbom.trial.randomise import randomise
from ekbom.trial.seal import drawn_from
from ekbom.trial.slips import slips_of
from trials import FAST, GO, ZONE, at, contents, night, registered, shell

SHUFFLED = (True, False, False, True, True, False)
"""How Ana's six shuffles fell: whether the placebo pack came first."""
KINDS = ("magnesium", "placebo")
ORDER = [kind for coin in SHUFFLED for kind in (reversed(KINDS) if coin else KINDS)]
END = at(133, "10:00")


class Ana:
    """Someone who types commands; every one but those announced otherwise must succeed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *said: str, now: datetime, status: int = 0, answer: str = "") -> str:
        words = said[0].split(" ")
        result = shell(*words, self.folder, *said[1:], now=now, answer=answer)
        assert result.exit_code == status, result.output
        return result.output

    def codes(self) -> dict[int, str]:
        return codes(open_trial(self.folder, now=END), SHUFFLED)


def _before_the_packs(ana: Ana) -> None:
    plan = ana.folder.with_name("plan.toml")
    text = shell("protocol", "show", "magnesium-rls-fast", "--toml", now=at(0)).output
    plan.write_text(text.replace('blinding = "open"', 'blinding = "alone"'), encoding="utf-8")
    ana("new", "--protocol", str(plan), "--zone", ZONE, "--confirm-mid", now=at(0))
    for number in range(0, 28, 3):
        _lives(ana, number, capsules=0 if number < 14 else 1 + (number > 20), urge=6)
    ana("log", "--event", "dose fixed", "mg=200", "capsules=2", now=at(28))
    said = ana("randomise", now=at(29), status=3)
    assert "This protocol needs a safety screening first." in said
    ana("slips make", "--screened-by", GO.by, "--date", str(GO.on), now=at(29))


def _lives(ana: Ana, number: int, *, capsules: int, urge: int, pack: int | None = None) -> None:
    if capsules:
        content = ("--mg", str(100 * capsules)) if number < 28 else ()
        named = () if pack is None else ("--pack", str(pack))
        ana("log", "--dose", str(capsules), *content, *named, now=at(number, "21:30"))
    ana("log", f"urge={urge}", "nausea=0", "loose_stools=0", now=at(number + 1, "07:30"))


def _makes_the_packs(ana: Ana) -> None:
    """Make the packs on two days, and one pair anew, of which a pack was spilled."""
    steps = iter(moves(6))
    for _ in range(20):
        ana("packs", "--done", next(steps).step, now=at(30))
    before = contents(ana.folder)
    assert "Step 21 of 35." in ana("packs", now=at(31))
    assert contents(ana.folder) == before
    ana("packs", "--again", "1", now=at(31))
    for step in ("first kind", "clear", "second kind", "bags", "weigh", "shuffle", "number"):
        ana("packs", "--done", step, now=at(31))
    for move in steps:
        said = ana("packs", "--done", move.step, now=at(31))
    assert said.startswith("All packs are made and ready.")


def _lives_the_periods(ana: Ana) -> None:
    for period, kind in enumerate(ORDER, start=1):
        for lived in range(7):
            urge = (3 if kind == "magnesium" else 6) + (lived + period) % 2
            number = 42 + 7 * (period - 1) + lived
            pack = period if lived == 0 else None
            _lives(ana, number, capsules=2, urge=urge, pack=pack)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ana = Ana(tmp_path_factory.mktemp("ana") / "my-trial")
    _before_the_packs(ana)
    _makes_the_packs(ana)
    _lives_the_periods(ana)
    return ana.folder


@pytest.fixture
def ana(lived: Path, tmp_path: Path) -> Ana:
    copy = tmp_path / "my-trial"
    copy.mkdir()
    for name, data in contents(lived).items():
        (copy / name).write_bytes(data)
    return Ana(copy)


def _read(ana: Ana) -> str:
    ana("log", "--event", "last guess", "opinion=helps", now=END)
    typed = [f"{pack}={code}" for pack, code in ana.codes().items()]
    return ana("slips read", *typed, now=END, answer="y\n")


def test_the_slips_open_the_order_and_the_verdict_is_that_of_the_open_trial(
    ana: Ana, tmp_path: Path
) -> None:
    ana("verdict", now=END, status=3)
    _read(ana)
    assert ana("check", now=END) == (
        f"{ana.folder} is in order: 94 nights in the diary, events unchanged. "
        "The slips are those that were put on record.\n"
    )
    found = json.loads(ana("verdict", "--outcome", "urge", "--json", now=END))["outcomes"]["urge"]
    assert found["verdict"] == "helps"
    _open_twin(ana, tmp_path / "open")
    result = shell("verdict", tmp_path / "open", "--outcome", "urge", "--json", now=END)
    twin = json.loads(result.output)["outcomes"]["urge"]
    assert [c["name"] for c in twin["checks"] if c not in found["checks"]] == ["blinded"]
    twin["checks"] = [c for c in twin["checks"] if c["name"] != "blinded"]
    assert {k: v for k, v in found.items() if k != "sentence"} == {
        k: v for k, v in twin.items() if k != "sentence"
    }


def _seed_of(order: list[str]) -> bytes:
    """Return a seed that draws this order, which an open trial would have had by chance."""
    for number in range(10_000):
        seed = number.to_bytes(32, "big")
        drawn = drawn_from(seed.hex(), protocol=FAST, design=design_of(FAST))
        if list(drawn) == order:
            return seed
    raise AssertionError("no seed draws it")


def _open_twin(ana: Ana, path: Path) -> None:
    """Make the same trial as an open one: same nights, same answers, same order."""
    registered(path, FAST)
    dose = {"mg": 200, "capsules": 2}
    trial = log_event(path=path, kind="dose fixed", detail=dose, now=at(28))
    seed = _seed_of(ORDER)
    randomise(trial=trial, now=at(29), screening=GO, source=lambda n: seed[:n])
    log_event(path=path, kind="packs ready", detail={}, now=at(31))
    own = open_trial(ana.folder, now=END)
    record_diary(path=path, entries=own.entries, doses=own.doses, now=END)


def test_until_the_slips_are_read_no_file_holds_an_order(lived: Path) -> None:
    assert sorted(contents(lived)) == [
        "diary.csv", "doses.csv", "entries.csv", "events.csv", "slips.csv", "trial.toml"
    ]  # fmt: skip
    pairs = [slip.pair for slip in slips_of(open_trial(lived, now=END))]
    kinds = [slip.treatment for slip in slips_of(open_trial(lived, now=END))]
    assert pairs == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert kinds == ["magnesium", "placebo"] * 6


def test_an_exchanged_pack_is_noticed_with_the_first_dose(ana: Ana, lived: Path) -> None:
    events = open_trial(lived, now=END).events
    opened = [(e.detail["pack"], e.detail["night"]) for e in events if e.kind == "pack opened"]
    assert opened == [(n, str(night(42 + 7 * (n - 1)))) for n in range(1, 13)]
    said = ana("log", "--dose", "2", "--pack", "11", "--night", str(night(125)), now=END, status=3)
    assert said == (
        f"The capsules of the night of {night(125)} come from pack 12, and this one has the number "
        "11. Close it, put it back, and take pack 12. If you swallowed capsules from it already, "
        "write that down as a deviation.\n"
    )


def test_the_last_guess_comes_before_the_slips(ana: Ana) -> None:
    typed = [f"{pack}={code}" for pack, code in ana.codes().items()]
    before = contents(ana.folder)
    assert "First say what you think it was" in ana("slips read", *typed, now=END, status=3)
    assert contents(ana.folder) == before


def test_the_list_is_compared_before_it_counts(ana: Ana) -> None:
    typed = [f"{pack}={code}" for pack, code in ana.codes().items()]
    before = contents(ana.folder)
    said = ana("slips read", *typed, "--without-guess", now=END, status=2, answer="n\n")
    assert f"  pack 1: placebo ({ana.codes()[1]})\n" in said
    assert contents(ana.folder) == before


def test_codes_are_asked_for_pack_by_pack_and_a_slip_of_the_finger_is_asked_again(ana: Ana) -> None:
    found = list(ana.codes().values())
    wrong = found[0][:-1] + ("2" if found[0][-1] != "2" else "3")
    answer = "\n".join([wrong, *found[:5], "", "", "", "", "", "", "", ""])
    said = ana("slips read", "--without-guess", now=END, answer=answer)
    assert "pack 1: one of its letters or digits is wrong. Compare it one by one." in said
    assert said.endswith("Written down. Still to read: pack 6, 7, 8, 9, 10, 11, 12.\n")
    rest = [f"{pack}={code}" for pack, code in ana.codes().items() if pack > 6]
    ana("slips read", *rest, "--without-guess", now=END)
    said = ana("slips lost", "6", "--without-guess", "--yes", now=END)
    assert said.startswith("All slips are read, and each fits.")
    assert _order(ana.folder) == ORDER


def _order(path: Path) -> list[str]:
    lines = (path / "allocation.csv").read_text().splitlines()[1:]
    return [line.rpartition(",")[2] for line in lines]
