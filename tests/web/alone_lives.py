"""Ana, who blinds herself, at the stages of her trial; her packs are shuffled by given coins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from alone_trials import codes, of_pairs, with_packs, with_slips
from ekbom.protocol.model import Protocol
from ekbom.trial.additions import add_event
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import of_kind
from ekbom.trial.randomise import add_screening
from ekbom.web.devices.known import me
from ekbom.web.models import TrialRow
from ekbom.web.store import bring_in, change, current_row, load
from trials import GO, at, with_dose_fixed
from web.conftest import Hands

SHORT = of_pairs(2)
COINS = (True, False)
"""Pair 1 has placebo first, pair 2 magnesium."""

AFTER_SHORT = 42 + 28 + 1
"""A morning after the last night of the short trial, had its packs been ready by night 42."""


def fixed(folder: Path, clock: Hands, protocol: Protocol = SHORT) -> TrialRow:
    """Let Ana's dose be fixed and her screening be fresh; the slips are not made yet."""
    clock.now = at(29)
    row = bring_in(me(), trial=with_dose_fixed(folder, protocol), now=clock())
    change(row, lambda t: add_screening(t, screening=GO, now=clock()), now=clock())
    return row


def with_her_slips(folder: Path, clock: Hands, protocol: Protocol = SHORT) -> TrialRow:
    """Let Ana's slips be made."""
    clock.now = at(29)
    return bring_in(me(), trial=with_slips(folder, protocol), now=clock())


def packed(folder: Path, clock: Hands, protocol: Protocol = SHORT) -> TrialRow:
    """Let Ana's packs be ready, and this be her first randomised evening."""
    row = bring_in(me(), trial=with_packs(folder, protocol), now=at(30))
    clock.now = at(42, "21:00")
    return row


def over(folder: Path, clock: Hands, *, guessed: bool = True) -> dict[int, str]:
    """Let Ana's short trial be over and her last guess made; return the codes in her packs."""
    row = packed(folder, clock)
    clock.now = at(AFTER_SHORT)
    if guessed:
        detail = {"opinion": "helps", "sure": 6}
        change(
            row, lambda t: add_event(t, kind="last guess", detail=detail, now=clock()), now=clock()
        )
    return codes(her_trial(clock()), COINS)


def her_trial(now: datetime) -> Trial:
    """Return Ana's trial as it stands in the database."""
    return load(current_row(me()), now=now)


def events(now: datetime, kind: str) -> list[Mapping[str, object]]:
    """Return the details of all events of a kind."""
    found: Sequence[Event] = tuple(of_kind(her_trial(now).events, kind))
    return [dict(event.detail) for event in found]
