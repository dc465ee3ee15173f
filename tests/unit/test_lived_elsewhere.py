"""Periods that were lived already belong to imported trials; no calendar is ever empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ekbom.design.calendar import build_calendar
from ekbom.design.clock import Clock
from ekbom.problem import InputError
from ekbom.protocol.files import resolved, toml_text
from ekbom.protocol.model import LivedPeriod, Protocol
from trials import FAST, START, ZONE, at, imported, night, plain_protocol, shell

LIVED = tuple(
    LivedPeriod(position=p, first=date(2025, 11, 2 * p - 1), last=date(2025, 11, 2 * p))
    for p in (1, 2)
)


def lived(protocol: Protocol = FAST, **changes: bool) -> Protocol:
    design = replace(protocol.design, pairs=1, lived=LIVED)
    return replace(protocol, design=design, **changes)


def test_lived_periods_in_a_protocol_to_come_are_refused_by_check_and_new(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(toml_text(resolved(lived())), encoding="utf-8")
    options = ("--zone", "UTC", "--confirm-mid", "--start", str(START))
    new = shell("new", tmp_path / "t", "--protocol", file, *options, now=at(0))
    for result in (shell("protocol", "check", file, now=at(0)), new):
        assert result.exit_code == 2, result.output
        assert "design.lived: only an imported trial has periods" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize("how", ["with lived periods", "without"])
def test_an_imported_protocol_is_not_registered_and_leaves_nothing(
    tmp_path: Path, how: str
) -> None:
    protocol = lived(imported=True) if how.startswith("with ") else replace(FAST, imported=True)
    file = tmp_path / "mine.toml"
    file.write_text(toml_text(resolved(protocol)), encoding="utf-8")
    result = shell(
        "new", tmp_path / "t", "--protocol", file, "--zone", "UTC", "--confirm-mid", now=at(0)
    )
    assert result.exit_code == 2, result.output
    assert "it describes a trial that was run elsewhere (imported)" in " ".join(
        result.stderr.split()
    )
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]


def test_a_calendar_is_never_empty_wherever_the_trial_is_said_to_begin() -> None:
    protocol = lived(imported=True)
    found = build_calendar(protocol=protocol, start=START, clock=Clock(ZONE))
    assert (found.first, found.last) == (LIVED[0].first, LIVED[-1].last)
    assert len(found.randomised) == 4


def test_an_import_that_begins_after_its_nights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        imported(tmp_path / "t", lived(plain_protocol(), imported=True), "tea", "water")
    assert str(caught.value) == (
        f"start: {night(0)} is after the first night that was lived, 2025-11-01. Give the night "
        "the trial began."
    )
    assert list(tmp_path.iterdir()) == []
