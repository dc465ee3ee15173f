"""Incidents never change the primary analysis; a sensitivity drops what is left of one pair."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.analysis.result import OutcomeVerdict
from ekbom.report.record import verdict_record
from ekbom.trial.incidents import INCIDENTS
from reference.small_trials import Small, laid_out, primary

PAIRS, LENGTH = 3, 5
NIGHTS = 2 * PAIRS * LENGTH
SMALL = Small(
    order="TRRTTR", design={"period_nights": LENGTH, "unanalysed_nights": 1}, effect=-1.5, noise=1.5
)
DROPPED = "sensitivity_nights_after_incidents_dropped"


@st.composite
def incidents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    detail: dict[str, Any] = {"night": draw(st.integers(0, NIGHTS - 1))}
    if draw(st.booleans()):
        detail["period"] = draw(st.integers(1, 2 * PAIRS))
    if draw(st.booleans()):
        detail["what"] = draw(st.sampled_from(INCIDENTS))
    return "incident", detail


def of_primary(small: Small) -> tuple[dict[str, Any], OutcomeVerdict]:
    with tempfile.TemporaryDirectory() as folder:
        verdict = small.verdict(Path(folder))
    return verdict_record(verdict)["outcomes"]["urge"], primary(verdict)


@functools.cache
def without() -> tuple[dict[str, Any], OutcomeVerdict]:
    return of_primary(SMALL)


@settings(max_examples=8, deadline=None)
@given(st.lists(incidents(), min_size=1, max_size=3))
def test_incidents_never_change_the_primary(happened: list[tuple[str, dict[str, Any]]]) -> None:
    before, outcome_before = without()
    found, outcome = of_primary(replace(SMALL, events=tuple(happened)))
    same = ("effect", "effect_full_exposure", "probability", "randomisation", "nights", "periods")
    assert {k: found[k] for k in same} == {k: before[k] for k in same}
    others = [c for c in found["checks"] if c["name"] != DROPPED]
    assert others == before["checks"]
    assert outcome.model_word == outcome_before.model_word


@settings(max_examples=40, deadline=None)
@given(incidents())
def test_an_incident_drops_its_pair_from_that_night_on_and_no_other_night(
    happened: tuple[str, dict[str, Any]],
) -> None:
    """Pair 1 has nights 0 to 9; the pair of the named period counts, else that of the night."""
    detail = happened[1]
    with tempfile.TemporaryDirectory() as folder:
        told = laid_out(replace(SMALL, events=(happened,)), Path(folder)).told
    night = detail["night"]
    pair = (detail["period"] - 1) // 2 if "period" in detail else night // (2 * LENGTH)
    of_pair = range(2 * LENGTH * pair, 2 * LENGTH * (pair + 1))
    assert list(np.flatnonzero(told)) == [n for n in of_pair if n >= night]
