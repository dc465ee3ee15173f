"""With a real seal, only what stands outside it differs, and is as long for every order."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from blind.lives import Life
from blind.seals import BENS_KEY, opposites
from blind.seen import Seen, differences, files_seen, rows_seen
from blind.shell import shell_seen
from blind.worlds import Pair, pair_of
from ekbom.trial.place import EVENTS, SEALED
from ekbom.trial.sealed import open_sealed
from ekbom.web.store import current_row, files_of
from web.conftest import Hands

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

OUTSIDE = ("commitment", "sealed", "checksum")
"""The fields of allocation.sealed that follow from the order; the boxes are named one by one."""


def outside(life: Life, seen: Seen) -> dict[str, bytes]:
    """Return everything that may differ by the order, by its name: the fields of RULES 9."""
    row = current_row(life.ana)
    assert row is not None
    found = json.loads(files_of(row, now=life.clock())[SEALED])
    named = {name: found[name].encode() for name in OUTSIDE}
    named |= {f"box {name}": box.encode() for name, box in found["boxes"].items()}
    for place in seen:
        if place.endswith(EVENTS):
            events = list(csv.DictReader(io.StringIO(seen[place].decode())))
            drawn = [event["kind"] for event in events].index("randomised")
            hashes = {f"{place} {event['id']}": event["hash"] for event in events[drawn:]}
            named |= {name: value.encode() for name, value in hashes.items()}
    return named


def hidden(seen: Seen, named: dict[str, bytes]) -> Seen:
    """Return what was seen with these values, and nothing else, replaced by their names."""
    for name, value in named.items():
        seen = {k: d.replace(value, f"<{name}>".encode()) for k, d in seen.items()}
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("way", ["helper", "clinic"])
def test_only_the_named_fields_differ_and_each_is_as_long(
    way: str, settings: Any, clock: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = pair_of(way, settings=settings, clock=clock, patch=monkeypatch, place=tmp_path / "f")
    one, other = (_at_a_night(pair, order) for order in opposites(pair.protocol))
    assert {n: len(v) for n, v in one[1].items()} == {n: len(v) for n, v in other[1].items()}
    assert [name for name in one[1] if one[1][name] == other[1][name]] == []
    for place in one[0]:
        assert len(one[0][place]) == len(other[0][place]), place
    same = [{"hold": hidden(seen, named)} for seen, named in (one, other)]
    assert differences(*same) == []


def _at_a_night(pair: Pair, order: tuple[str, ...]) -> tuple[Seen, dict[str, bytes]]:
    """Return what rows, files and shell show at a randomised night, and the fields by name."""
    life = pair.born(order)
    for number, stage in enumerate(life.stages()):
        pair.chance.begin(stage, str(number))
        if stage == "hold":
            break
    assert open_sealed(life.trial, key=BENS_KEY).treatments == order
    seen = rows_seen() | files_seen(life)
    seen |= shell_seen(life, place=pair.place, chance=pair.chance, papers=False)
    return seen, outside(life, seen)
