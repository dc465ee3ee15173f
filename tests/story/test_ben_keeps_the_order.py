"""Ben seals Ana's order and makes her packs; Ana takes them blind; in the end Ben opens it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result

from ekbom.protocol.files import built_in
from ekbom.trial.log import log_event
from ekbom.trial.randomise import randomise
from ekbom.trial.sealing import Key
from sealed_trials import AFTER_FAST, BEN, MALLORY, lived
from trials import GO, at, contents, shell, with_dose_fixed

FAST = built_in("magnesium-rls-fast")
HELPER = replace(FAST, blinding="helper")
WORDS = "seven quiet purple otters"
SCREENED = ("--screened-by", "Dr. Chen", "--date", "2026-03-30")
SEALED = "The order is drawn and sealed. Nobody has seen it.\n"
DRAW, END = at(29), at(AFTER_FAST)


class Ben:
    """A helper who types commands, and keeps what they show him once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paper = ""

    def __call__(self, *arguments: str, now: datetime = END, typed: str = "") -> Result:
        command, *rest = arguments
        return shell(command, self.folder, *rest, now=now, answer=typed)

    def does(self, *arguments: str, now: datetime = END, typed: str = "") -> str:
        result = self(*arguments, now=now, typed=typed)
        assert result.exit_code == 0, result.output
        return result.output

    def seals(self, *more: str, typed: str = "") -> str:
        """Seal the order, and copy the recovery code from the screen on to paper."""
        from ekbom.cli import keys
        from ekbom.trial import keeper

        def copies(code: str) -> None:
            self.paper = code

        shown = keys.show_recovery
        with pytest.MonkeyPatch.context() as patched:
            # Only his hand that copies the code is played; the code itself is on the screen.
            patched.setattr(keeper, "recovery_key", self._typed)
            patched.setattr(keys, "show_recovery", lambda code: (copies(code), shown(code)))
            said = self.does("seal", *SCREENED, *more, now=DRAW, typed=typed)
        assert self.paper in said
        return said

    def _typed(self, text: str) -> Key:
        return Key("recovery", self.paper if text == "PAPER" else text)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Ben:
    """Return Ben after the last night of a trial that he sealed with a passphrase."""
    ben = Ben(tmp_path_factory.mktemp("ben") / "my-trial")
    with_dose_fixed(ben.folder, HELPER)
    typed = f"y\nmagnesium\n{WORDS}\n{WORDS}x\n{WORDS}\n{WORDS}\n\nPAPER\nnot it\n{WORDS}\n"
    said = ben.seals(typed=typed)
    assert "the passphrase: it is too easy to guess." in said
    assert "These were two different ones. Once more.\n" in said
    assert "the passphrase: it does not open this order." in said
    assert SEALED in said
    assert WORDS not in said
    assert "treatments" not in said
    log_event(path=ben.folder, kind="packs ready", detail={"spare_nights": 2}, now=at(30))
    lived(ben.folder, after=AFTER_FAST)
    return ben


@pytest.fixture
def ben(finished: Ben, tmp_path: Path) -> Ben:
    copy = Ben(tmp_path / "my-trial")
    copy.folder.mkdir()
    for name, data in contents(finished.folder).items():
        (copy.folder / name).write_bytes(data)
    copy.paper = finished.paper
    return copy


@pytest.mark.slow
def test_ben_makes_the_packs_and_opens_the_order_at_the_end_and_ana_gets_her_verdict(
    ben: Ben,
) -> None:
    listed = ben.does("unseal", "--yes", typed=f"{WORDS}\n")
    packs = dict(re.findall(r"^ +(\d+)  (\w+)", listed, re.MULTILINE))
    assert list(packs) == [str(n) for n in range(1, 13)]
    assert ben("verdict").exit_code == 3
    assert ben("unblind", "--yes").exit_code == 3
    ben.does("log", "--event", "last guess", "opinion=helps", "sure=6")
    opened = ben.does("unblind", "--recovery", typed=f"y\n{ben.paper}\n")
    assert opened.endswith(
        "The order is open, and that is on record. It stands in allocation.csv.\n"
        f"Anyone can check that it is the one that was drawn: ekbom audit {ben.folder}\n"
        f"What the trial says: ekbom verdict {ben.folder}\n"
    )
    seal = json.loads((ben.folder / "allocation.json").read_text())
    labels = {t.name: t.label.split()[0] for t in FAST.treatments}
    assert list(packs.values()) == [labels[t] for t in seal["treatments"]]
    assert ben.does("audit").endswith("Compare the number of events with your own note of it.\n")
    assert ben.does("check").startswith(f"{ben.folder} is in order: ")
    mine = json.loads(ben.does("verdict", "--outcome", "urge", "--json"))
    other = _same_trial_in_the_open(ben.folder.with_name("open"), seal)
    blinded = [c["name"] for c in other["outcomes"]["urge"]["checks"]]
    assert "blinded" in blinded
    assert mine["outcomes"]["urge"]["randomisation"] == other["outcomes"]["urge"]["randomisation"]
    assert mine["outcomes"]["urge"]["effect"] == other["outcomes"]["urge"]["effect"]
    assert mine["doses"] == other["doses"]


def test_ben_prints_what_he_packs_by_and_nothing_is_left_in_the_trial(
    ben: Ben, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    before = contents(ben.folder)
    said = ben.does("unseal", "--yes", "--print", str(mine), typed=f"{WORDS}\n")
    assert sorted(path.name for path in mine.iterdir()) == [
        "emergency-papers.pdf",
        "packing-list.pdf",
    ]
    assert {path.read_bytes()[:5] for path in mine.iterdir()} == {b"%PDF-"}
    assert contents(ben.folder) == before
    assert [label for label in ("magnesium", "placebo") if label in said] == []


def _same_trial_in_the_open(path: Path, seal: dict[str, str]) -> dict[str, dict[str, dict]]:
    trial = with_dose_fixed(path, FAST)
    secret = [bytes.fromhex(seal["seed"]), bytes.fromhex(seal["salt"])]
    randomise(trial=trial, now=at(29), screening=GO, source=lambda _: secret.pop(0))
    log_event(path=path, kind="packs ready", detail={"spare_nights": 2}, now=at(30))
    lived(path, after=AFTER_FAST)
    result = shell("verdict", path, "--outcome", "urge", "--json", now=END)
    return json.loads(result.stdout)


@pytest.mark.slow
def test_ben_without_his_key_is_told_how_else_it_opens(ben: Ben) -> None:
    result = ben("unseal", "--yes", typed="something else entirely\n")
    assert (result.exit_code, result.stderr) == (
        2,
        "the passphrase: it does not open this order. Type it again; without it, use --recovery.\n",
    )
    slip = ben.paper[:-1] + ("2" if ben.paper[-1] != "2" else "3")
    result = ben("unseal", "--yes", "--recovery", typed=f"{slip}\n")
    assert (result.exit_code, result.stderr) == (
        2,
        "the recovery code: one of its letters or digits is wrong. Compare it one by one.\n",
    )


def test_an_early_opening_says_what_it_costs_and_is_on_record(ben: Ben) -> None:
    now = at(60)
    for name in ("entries.csv", "diary.csv", "doses.csv"):
        (ben.folder / name).unlink()
    result = ben("unblind", "--without-guess", now=now)
    cost = (
        "The trial is not over: its last planned night is 2026-07-05. Once the order is open, the "
        "nights that follow no longer count in the main result, and what is left may be too "
        "little to tell. That cannot be undone."
    )
    assert (result.exit_code, result.stderr) == (3, f"{cost} If it must be, add --early.\n")
    result = ben("unblind", "--without-guess", "--early", now=now, typed="n\n")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (3, cost)
    ben.does("unblind", "--without-guess", "--early", "--yes", now=now, typed=f"{WORDS}\n")
    last = (ben.folder / "events.csv").read_text().splitlines()[-1]
    assert '""early"":true' in last
    assert '""night"":""2026-05-01""' in last


@pytest.mark.slow
def test_ben_who_stops_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t", HELPER).path
    before = contents(path)
    result = shell("seal", path, *SCREENED, now=at(29), answer=f"y\n{WORDS}\n{WORDS}\n")
    assert result.exit_code == 3
    assert result.stderr.endswith("\nStopped. Nothing was kept, and nobody saw an order.\n")
    assert contents(path) == before
    result = shell("seal", path, *SCREENED, now=at(29), answer="n\n")
    assert (result.exit_code, result.stderr) == (3, "Nothing was changed.\n")
    assert contents(path) == before


@pytest.mark.slow
def test_a_clinic_seals_to_its_key_and_only_its_key_file_opens_the_order(tmp_path: Path) -> None:
    clinic = Ben(tmp_path / "t")
    with_dose_fixed(clinic.folder, replace(FAST, blinding="clinic"))
    result = clinic("seal", *SCREENED, "--yes", now=at(29))
    assert result.exit_code == 2
    assert "A clinic's order is sealed to a key: give it with --to AGE-KEY." in result.stderr
    said = clinic.seals("--to", str(BEN.to_public()), "--yes", typed="\nPAPER\n")
    assert SEALED in said
    key, other = tmp_path / "key.txt", tmp_path / "other.txt"
    key.write_text(f"# public key: {BEN.to_public()}\n{BEN}\n", encoding="utf-8")
    other.write_text(f"{MALLORY}\n", encoding="utf-8")
    assert "Pack  What goes into it" in clinic.does("unseal", "--yes", "--identity", str(key))
    result = clinic("unseal", "--yes", "--identity", str(other))
    assert (result.exit_code, result.stderr) == (
        2,
        "the key file: it does not open this order. "
        "Give the file with the secret half of the key.\n",
    )
