"""What to buy and whether what is there lasts, in every way of blinding."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from ekbom.web.devices.known import me
from web.alone_lives import with_her_slips
from web.conftest import Hands
from web.lives import registered
from web.test_course import read

pytestmark = pytest.mark.django_db

BUY, PAPER = "/trial/buy/", "/trial/buy/paper/"


@pytest.fixture
def making(ana: Client, clock: Hands, tmp_path: Path) -> Client:
    """Ana, who makes 4 packs alone for 2 capsules a night."""
    with_her_slips(tmp_path / "t", clock)
    return ana


def test_it_counts_spare_and_proof_and_powder_by_size(making: Client) -> None:
    # 2 a night for 7 nights, 15 % of 14 rounded up, and 2 for proof, in 4 packs.
    said = read(making.get(BUY))
    assert "Each of the 4 packs holds 19: 14 for its nights, 3 spare, 2 kept" in said
    assert "38 placebo capsules of the same size and colour" in said
    sized = read(making.get(BUY, {"size": "00"}))
    assert "76 empty capsules of size 00" in sized or "surely do not hold" in sized
    assert making.get(BUY, {"size": "enormous"}).status_code == 422


@pytest.mark.parametrize(
    ("magnesium", "placebo", "said"),
    [
        (38, 38, "What you have lasts to the end of the trial."),
        (100, 37, "1 placebo capsule is missing."),
        (30, 38, "8 magnesium capsules are missing."),
        (30, 38, "It would run out after 14 randomised nights. Do not begin before you have all"),
        (0, 0, "What you have fills 0 of 2 pairs of packs."),
    ],
)
def test_what_is_there_is_held_against_what_the_trial_takes(
    making: Client, magnesium: int, placebo: int, said: str
) -> None:
    assert said in read(making.get(BUY, {"magnesium": magnesium, "placebo": placebo}))


@pytest.mark.parametrize(
    "have", [{"magnesium": 5}, {"placebo": 5}, {"magnesium": -1, "placebo": 1}]
)
def test_a_count_of_one_kind_or_below_nothing_comes_back(
    making: Client, have: dict[str, int]
) -> None:
    answer = making.get(BUY, have)
    assert answer.status_code == 422
    assert "Please check" in read(answer)
    assert making.get(PAPER, {**have, "on": "a4"}).status_code == 404


@pytest.mark.parametrize("size", ["a4", "letter"])
def test_the_list_is_a_pdf_too(making: Client, size: str) -> None:
    answer = making.get(PAPER, {"on": size, "size": "", "magnesium": 38, "placebo": 38})
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert f'filename="ekbom-shopping-{size}.pdf"' in answer["Content-Disposition"]
    assert making.get(PAPER, {"on": "a5"}).status_code == 404


def test_an_open_trial_has_the_page_and_somebody_without_a_trial_has_not(
    ana: Client, clock: Hands
) -> None:
    assert ana.get(BUY).status_code == 302
    registered(me(), clock)
    assert "Which size of empty capsules do you fill?" in read(ana.get(BUY))
