"""When an order may be opened, and what is on record of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ekbom.problem import RefusedError
from ekbom.trial.log import log_event
from ekbom.trial.unblinding import record_unblinding
from sealed_trials import AFTER, BENS_KEY, sealed
from trials import at, contents, night


def test_an_opening_before_the_end_is_refused_or_on_record_as_early(tmp_path: Path) -> None:
    path = sealed(tmp_path / "t").path
    before = contents(path)
    with pytest.raises(
        RefusedError,
        match=r"^This opens the order early. The trial is not over: its last planned night is ",
    ):
        record_unblinding(path=path, key=BENS_KEY, now=at(10), guessed=False)
    assert contents(path) == before
    trial = record_unblinding(path=path, key=BENS_KEY, now=at(10), guessed=False, early=True)
    assert trial.events[-1].detail == {"night": str(night(10)), "early": True}


def test_an_opening_that_may_be_early_and_is_not_says_nothing_of_it(tmp_path: Path) -> None:
    path = sealed(tmp_path / "t").path
    trial = record_unblinding(path=path, key=BENS_KEY, now=at(AFTER), guessed=False, early=True)
    assert trial.events[-1].detail == {"night": str(night(AFTER))}


def test_an_order_that_somebody_told_is_known_from_that_night_on(tmp_path: Path) -> None:
    path = sealed(tmp_path / "t").path
    told = {"night": night(8), "what": "helper told", "whole": True}
    log_event(path=path, kind="incident", detail=told, now=at(9))
    one = {"night": night(4), "what": "helper told"}
    log_event(path=path, kind="incident", detail=one, now=at(9))
    trial = record_unblinding(path=path, key=BENS_KEY, now=at(AFTER), guessed=False)
    assert trial.events[-1].detail == {"night": str(night(8))}


def test_the_opening_of_a_sealed_order_is_not_logged_by_hand(tmp_path: Path) -> None:
    path = sealed(tmp_path / "t").path
    before = contents(path)
    with pytest.raises(RefusedError, match=f"Run: ekbom unblind {path} "):
        log_event(path=path, kind="unblinding", detail={"night": night(8)}, now=at(9))
    assert contents(path) == before


@pytest.mark.parametrize(
    ("kind", "detail", "name"),
    [
        ("incident", {}, "night"),
        ("pause", {}, "first"),
        ("period ended", {}, "last"),
        ("ended", {"reason": "other"}, "last"),
    ],
)
def test_nobody_who_knows_the_order_changes_which_nights_before_that_count(
    tmp_path: Path, kind: str, detail: dict[str, str], name: str
) -> None:
    """The last night of what ends is the one before the first that it changes."""
    path = sealed(tmp_path / "t").path
    record_unblinding(path=path, key=BENS_KEY, now=at(10), guessed=False, early=True)
    before, first = contents(path), 9 if name == "last" else 10
    with pytest.raises(RefusedError, match=r"^The order is open\. So it is too late to change "):
        log_event(path=path, kind=kind, detail={**detail, name: night(first - 1)}, now=at(11))
    assert contents(path) == before
    after = log_event(path=path, kind=kind, detail={**detail, name: night(first)}, now=at(11))
    assert after.events[-1].kind == kind


def test_a_trial_that_is_over_can_still_be_said_to_have_ended_with_its_last_night(
    tmp_path: Path,
) -> None:
    trial = sealed(tmp_path / "t")
    record_unblinding(path=trial.path, key=BENS_KEY, now=at(AFTER), guessed=False)
    last = trial.calendar().last
    with pytest.raises(RefusedError, match=r"^The order is open\. "):
        log_event(
            path=trial.path,
            kind="ended",
            detail={"last": last - timedelta(days=1), "reason": "finished"},
            now=at(AFTER),
        )
    detail = {"last": last, "reason": "finished"}
    after = log_event(path=trial.path, kind="ended", detail=detail, now=at(AFTER))
    assert after.events[-1].kind == "ended"
