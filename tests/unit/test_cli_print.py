"""ekbom print in the shell: papers are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from papers import blinded, ready
from trials import FAST, at, registered, shell, with_dose_fixed


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    return ready(tmp_path / "trial").path


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("what", ["labels", "instructions", "shopping"])
def test_ben_prints_what_he_needs(folder: Path, tmp_path: Path, what: str, paper: str) -> None:
    out = tmp_path / f"{what}.pdf"
    done = shell("print", folder, what, "--paper", paper, "--out", out, now=at(30))
    assert done.output == f"Written: {out}. Print it at 100 %, not fitted to the page.\n"
    assert out.read_bytes()[:5] == b"%PDF-"


def test_ana_prints_her_slips_again_and_they_are_the_same(tmp_path: Path) -> None:
    folder = ready(tmp_path / "trial", "alone").path
    early = shell("print", folder, "slips", "--out", tmp_path / "a.pdf", now=at(29))
    assert (early.exit_code, early.output) == (
        3,
        f"The slips are not made yet. Run: ekbom slips make {folder}\n",
    )
    screened = ("--screened-by", "Dr. Chen", "--date", "2026-03-30")
    assert shell("slips", "make", folder, *screened, now=at(29)).exit_code == 0
    for name in ("a.pdf", "b.pdf"):
        done = shell("print", folder, "slips", "--out", tmp_path / name, now=at(30))
        assert done.exit_code == 0
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_slips_are_for_a_trial_packed_alone(folder: Path, tmp_path: Path) -> None:
    done = shell("print", folder, "slips", "--out", tmp_path / "a.pdf", now=at(30))
    assert (done.exit_code, list(tmp_path.glob("*.pdf"))) == (3, [])


def test_a_place_that_cannot_be_written_is_said(folder: Path, tmp_path: Path) -> None:
    for out in (tmp_path / "no" / "a.pdf", tmp_path / "a.txt"):
        assert shell("print", folder, "labels", "--out", out, now=at(30)).exit_code == 2
    assert shell("print", folder, "labels", now=at(30)).exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["trial"]


def test_the_stock_is_checked_in_the_shell(tmp_path: Path) -> None:
    folder = with_dose_fixed(tmp_path / "trial", FAST).path
    done = shell("print", folder, "shopping", "--have", "200", "100", now=at(30))
    said = done.output.partition("What you have\n\n")[2].splitlines()
    assert said[:4] == [
        "What you have fills 5 of 6 pairs of packs. It would run out after 70 randomised",
        "nights. Do not begin before you have all of it.",
        "",
        "14 placebo capsules are missing.",
    ]


def test_before_registration_ekbom_dose_says_what_a_powder_takes(tmp_path: Path) -> None:
    asked = ("--amount", "1000", "--states", "compound", "--salt", "citrate", "--per", "gram")
    done = shell("dose", *asked, "--region", "EU", "--protocol", "magnesium-rls", now=at(0))
    said = " ".join(done.output.split())
    first = said.index("Filled into capsules, this powder can be blinded:")
    assert said[first:].count("mg of elemental magnesium a night take") == 2
    assert said[first:].count("It would take up to 8 capsules of size 0 a night") == 1


def test_no_labels_before_the_dose_is_fixed(tmp_path: Path) -> None:
    folder = registered(tmp_path / "trial", blinded("helper")).path
    done = shell("print", folder, "labels", "--out", tmp_path / "a.pdf", now=at(1))
    assert (done.exit_code, list(tmp_path.glob("*.pdf"))) == (3, [])
