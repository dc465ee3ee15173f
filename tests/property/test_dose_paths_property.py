"""Whatever is written into a trial through the shell, its dose stays in its limit and never rises.

A protocol with a dose above its region's limit is read only with a named clinician's agreement.
"""

from __future__ import annotations

import contextlib
import copy
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.evidence.facts import limit_for, limits
from ekbom.problem import InputError, RefusedError
from ekbom.protocol.doses import most_mg
from ekbom.protocol.files import protocol_from, resolved, with_region
from ekbom.trial.event_kinds import detail_in
from ekbom.trial.events import Event
from ekbom.trial.folder import open_trial
from ekbom.trial.log import log_event
from trials import FAST, at, night, registered, shell

MG = st.sampled_from([100, 200, 100, 200, 150, 250, 300, 800])
CAPSULES = st.sampled_from([1, 2, 3, 1, 2, 0, 6, 8])
FIX = st.builds(lambda mg: ("--event", "dose fixed", f"mg={mg}"), MG)
FIX_CAPSULES = st.builds(
    lambda mg, n: ("--event", "dose fixed", f"mg={mg}", f"capsules={n}"), MG, CAPSULES
)
DOWN = st.builds(lambda n: ("--event", "step down", f"capsules={n}"), CAPSULES)
HOLD = st.just(("--event", "hold"))
TAKE = st.builds(lambda n, mg: ("--dose", f"{n}", "--mg", f"{mg}"), CAPSULES, MG)
TAKE_CAPSULES = st.builds(lambda n: ("--dose", f"{n}"), CAPSULES)
ANY = st.one_of(FIX, FIX_CAPSULES, FIX_CAPSULES, DOWN, HOLD, TAKE, TAKE_CAPSULES)
STEPS = st.lists(ANY, min_size=3, max_size=8)
NAMES = st.sampled_from(["", " ", "-", "Dr. Chen"])


def falls(events: Sequence[Event], name: str, *kinds: str) -> bool:
    """Return whether a detail never rises from one event of these kinds to the next."""
    said = [e.detail[name] for e in events if e.kind in kinds and name in e.detail]
    return said == sorted(said, reverse=True)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_no_order_of_commands_brings_a_dose_above_the_limit_or_up(
    steps: list[tuple[str, ...]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = registered(Path(folder) / "t", FAST).path
        for number, arguments in enumerate(steps, start=20):
            _does(path, arguments, at(number, "21:30"))
        trial = open_trial(path, now=at(40))
    most = most_mg(trial.protocol.dose)
    assert (trial.fixed_dose() or 0) <= most
    assert falls(trial.events, "mg", "dose fixed")
    assert falls(trial.events, "capsules", "dose fixed", "step down")
    assert all(dose.mg is None or dose.mg <= most for dose in trial.doses)
    held = [e.id for e in trial.events if e.kind == "hold"]
    # Nights 21 to 27 are on 200 mg: what is fixed after a hold then is the rung below it.
    for event in trial.events:
        night_of_hold = [e for e in trial.events if e.id in held and e.id < event.id]
        if event.kind == "dose fixed" and any(
            night(21) <= trial.clock.night_of(e.instant) <= night(27) for e in night_of_hold
        ):
            assert event.detail["mg"] <= 100 or _fixed_before(trial.events, night_of_hold[0])


def _does(path: Path, arguments: tuple[str, ...], now: datetime) -> None:
    """Type a command; a dose is fixed as a program does it, as the shell asks for a diary too."""
    assert shell("log", path, *arguments, now=now).exit_code in (0, 2, 3)
    if arguments[1] == "dose fixed":
        detail = dict(text.split("=") for text in arguments[2:])
        with contextlib.suppress(InputError, RefusedError):
            log_event(path=path, kind="dose fixed", detail=detail_in("dose fixed", detail), now=now)


def _fixed_before(events: Sequence[Event], hold: Event) -> bool:
    return any(e.kind == "dose fixed" and e.id < hold.id for e in events)


@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=4, unique=True).map(sorted),
    st.integers(1, 900),
    st.sampled_from([*limits(), "atlantis"]),
    NAMES,
    st.booleans(),
)
def test_no_protocol_to_come_has_a_dose_above_the_limit_without_a_named_agreement(
    ladder: list[int], limit: int, region: str, agreed_by: str, imported: bool
) -> None:
    tables = copy.deepcopy(resolved(FAST)) | {"phases": {}, "imported": imported}
    tables["dose"] |= {
        "ladder": ladder,
        "limit_mg": limit,
        "region": region,
        "agreed_by": agreed_by,
    }
    try:
        dose = protocol_from(tables, file="mine.toml").dose
    except InputError:
        return
    assert dose is not None
    assert max(dose.ladder) <= limit_for(region).mg_per_day or agreed_by == "Dr. Chen"
    assert max(dose.ladder) <= most_mg(dose)


@given(st.integers(1, 900), st.sampled_from([*limits()]), st.sampled_from([*limits()]))
def test_no_change_of_region_lets_a_dose_above_its_limit(mg: int, first: str, second: str) -> None:
    tables = copy.deepcopy(resolved(FAST)) | {"phases": {}}
    limit = limit_for(first).mg_per_day
    tables["dose"] |= {"ladder": [mg], "limit_mg": limit, "region": first}
    try:
        dose = with_region(protocol_from(tables, file="mine.toml"), second).dose
    except InputError:
        assert mg > min(limit, limit_for(second).mg_per_day)
        return
    assert dose is not None
    assert max(dose.ladder) <= limit_for(second).mg_per_day
