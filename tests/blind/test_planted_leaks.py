"""Whatever tells the order, in whatever place, is seen and named by the comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blind.leaks import LEAKS, plant
from blind.seals import stub_seal
from blind.seen import differences
from blind.worlds import pair_of
from web.conftest import Hands

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

STAGE = "loose stools"


@pytest.mark.slow
@pytest.mark.parametrize("kind", LEAKS)
def test_a_planted_leak_is_named(
    kind: str, settings: Any, clock: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_seal(monkeypatch)
    pair = pair_of(
        "helper", settings=settings, clock=clock, patch=monkeypatch, place=tmp_path / "folder"
    )
    place, leak, told = LEAKS[kind]
    plant(monkeypatch, place, leak, lambda: pair.truth[0] == "magnesium")
    one, other = pair.both(stages=(STAGE,), last=STAGE, few=True, papers=(STAGE,))
    found = differences(one, other)
    assert [name for name in found if name.startswith(f"{STAGE}: {told}")], found
