"""The same life under opposite orders looks the same everywhere, until the order is opened.

What stands outside the seal and must differ (commitment, ciphertext, and the chain after them) is
the same here by a stand-in for it; that it is as long for every order, test_real_seals shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blind.seals import opposites, stub_seal
from blind.seen import differences
from blind.worlds import WAYS, pair_of
from web.conftest import Hands

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

PAPERS = ("packs ready", "over")
FORMS = ("drawn", "loose stools", "before the opening")


def is_broken(told: bytes) -> bool:
    """Return whether a page did not come, so that nothing could be seen on it."""
    return told.startswith(b"500\n")


@pytest.mark.parametrize(
    ("way", "how"),
    [
        ("helper", {"stages": ["loose stools", "before the opening"], "few": True}),
        *(
            pytest.param(way, {"papers": PAPERS, "forms": FORMS}, marks=pytest.mark.slow, id=way)
            for way in WAYS
        ),
    ],
)
def test_opposite_orders_look_the_same_everywhere(
    way: str,
    how: dict[str, Any],
    settings: Any,
    clock: Hands,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stub_seal(monkeypatch)
    pair = pair_of(
        way, settings=settings, clock=clock, patch=monkeypatch, place=tmp_path / "folder"
    )
    one, other = pair.both(**how)
    assert differences(one, other) == []
    assert [place for seen in one.values() for place, told in seen.items() if is_broken(told)] == []
    assert pair.sealed == [() if way == "alone" else order for order in opposites(pair.protocol)]
