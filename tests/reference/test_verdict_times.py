"""When a verdict may be had: after the end, or at a look, planned or not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ekbom.analysis.verdict import reach_verdict, verdict_at_look
from ekbom.cli import main
from ekbom.problem import RefusedError
from ekbom.protocol.files import built_in, with_design
from ekbom.protocol.model import Look, Phases
from ekbom.trial.create import register_trial
from ekbom.trial.folder import open_trial
from ekbom.trial.happened import of_kind
from ekbom.trial.log import log_answers, log_dose, log_event
from ekbom.trial.randomise import randomise
from reference.small_trials import NOW, START, Small, nights

LAST_MORNING = datetime(2026, 3, 26, 12, tzinfo=UTC)
"""84 nights from 1 January: the last, of 25 March, is over at noon of the 26th."""

LOOKS = {
    "looks": (
        Look(after_pair=3, probability_better=0.99),
        Look(after_pair=5, probability_better=0.98),
    )
}


def noon(i: int) -> datetime:
    """Return the noon at which night ``i`` begins."""
    return datetime(START.year, START.month, START.day, 12, tzinfo=UTC) + timedelta(days=i)


def run(folder: Path, *options: str, now: datetime = NOW) -> Result:
    return CliRunner().invoke(main, ["verdict", str(folder), *options], obj=now)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def until(i: int) -> Small:
    """Return a trial in which the nights from ``i`` on are still to come."""
    return Small(skip=frozenset(range(i, 84)), protocol_changes=LOOKS)


def test_verdict_is_refused_until_the_last_planned_night_is_past(tmp_path: Path) -> None:
    """At the last minute it is refused with status 3 and nothing is written; then it is given."""
    early = LAST_MORNING - timedelta(minutes=1)
    trial = Small().build(tmp_path, now=early)
    before = contents(trial.path)
    refused = run(trial.path, now=early)
    assert refused.exit_code == 3
    assert "still running: its last planned night is 2026-03-25" in refused.output
    assert run(trial.path, now=LAST_MORNING).exit_code == 0
    assert contents(trial.path) == before


def test_verdict_of_an_ended_trial_is_given_at_once(tmp_path: Path) -> None:
    ended = replace(until(40), events=(("ended", {"last": 38, "reason": "other"}),))
    trial = ended.build(tmp_path, now=noon(41))
    found = reach_verdict(trial=trial, now=noon(41)).outcomes["urge"].nights
    assert (found.planned, found.analysed, found.missing) == (84, 28, 32)
    assert run(trial.path, now=noon(41)).exit_code == 0


def test_unplanned_look_says_nothing_and_is_never_forgotten(tmp_path: Path) -> None:
    trial = until(50).build(tmp_path, now=noon(50))
    first = run(trial.path, "--unplanned-look", now=noon(50))
    assert first.output == "Cannot tell yet. This was unplanned look number 1.\n"
    second = run(trial.path, "--unplanned-look", "--json", now=noon(50))
    assert json.loads(second.output) == {"verdict": "cannot tell yet", "unplanned_looks": 2}
    later = run(trial.path, now=NOW)
    assert later.exit_code == 0
    flat = " ".join(later.output.split())
    assert "were looked at 2 times before the end without a plan" in flat
    assert "the stated error rates no longer hold" in flat
    record = json.loads(run(trial.path, "--json", now=NOW).output)
    assert record["looks"] == {"declared": 2, "taken": 0, "unplanned": 2}


def test_unplanned_look_after_the_end_is_refused(tmp_path: Path) -> None:
    trial = Small().build(tmp_path)
    before = contents(trial.path)
    refused = run(trial.path, "--unplanned-look")
    assert (refused.exit_code, contents(trial.path)) == (3, before)
    both = run(trial.path, "--unplanned-look", "--look")
    assert (both.exit_code, contents(trial.path)) == (2, before)


def test_look_that_was_not_declared_or_is_not_due_is_refused(tmp_path: Path) -> None:
    for small, name in ((Small(skip=nights("50-83")), "none"), (until(41), "early")):
        trial = small.build(tmp_path / name, now=noon(41) if name == "early" else noon(50))
        before = contents(trial.path)
        refused = run(trial.path, "--look", now=noon(41) if name == "early" else noon(50))
        assert (refused.exit_code, contents(trial.path)) == (3, before)
        assert "No declared look is due" in refused.output


def test_declared_look_says_stop_or_continue_once(tmp_path: Path) -> None:
    """After pair 3 the p of 1/8 cannot be .05: the model decides; the second look is not due."""
    trial = until(42).build(tmp_path, now=noon(42))
    look = run(trial.path, "--look", now=noon(42))
    assert look.output == "Look after pair 3: stop.\n"
    again = run(trial.path, "--look", now=noon(42))
    assert again.exit_code == 3
    events = open_trial(trial.path, now=noon(42)).events
    assert [e.detail for e in of_kind(events, "look")] == [{"pair": 3}]


def test_look_uses_its_stored_threshold_and_only_what_came_before(tmp_path: Path) -> None:
    """The later nights, already answered, are excluded; .9999999 is more than three pairs show."""
    looks = {"looks": (Look(after_pair=3, probability_better=1.0),)}
    small = Small(noise=2.0, protocol_changes=looks)
    trial = small.build(tmp_path)
    pair, verdict = verdict_at_look(trial=trial, now=NOW)
    assert (pair, set(verdict.outcomes)) == (3, {"urge"})
    found = verdict.outcomes["urge"]
    assert (found.nights.analysed, found.nights.excluded) == (30, 30)
    assert found.model_word == "cannot tell yet"
    assert found.probability.better > 0.975
    assert not any(c.name.startswith("sensitivity") for c in found.checks)
    cut = Small(noise=2.0, skip=nights("42-83"))
    assert found.effect == cut.outcome_verdict(tmp_path / "cut").effect


def test_only_one_outcome_is_printed_where_one_is_asked_for(tmp_path: Path) -> None:
    trial = Small().build(tmp_path)
    assert run(trial.path, "--outcome", "urge").exit_code == 0
    unknown = run(trial.path, "--outcome", "mood")
    assert unknown.exit_code == 2
    assert "there are: urge" in unknown.output


def test_trial_from_registration_to_verdict(tmp_path: Path) -> None:
    """A real open trial of 2 + 2 + 2 nights before, two pairs of 7 + 7, all through the folder.

    14 nights on magnesium, 2 of each period unanalysed; two capsules each, one night only one.
    """
    fast = with_design(built_in("magnesium-rls-fast"), pairs=2)
    protocol = replace(
        fast, screening_required=False, phases=Phases(baseline_nights=2, washout_nights=2)
    )
    folder = tmp_path / "mine"
    register_trial(
        path=folder, protocol=protocol, start=START, zone="UTC", now=noon(0) - timedelta(hours=2)
    )
    log_event(path=folder, kind="dose fixed", detail={"mg": 200, "capsules": 2}, now=noon(1))
    with pytest.raises(RefusedError, match="still running"):
        reach_verdict(trial=open_trial(folder, now=NOW), now=datetime(2030, 1, 1, tzinfo=UTC))
    randomise(trial=open_trial(folder, now=noon(1)), now=noon(1))
    log_event(path=folder, kind="packs ready", detail={}, now=noon(2))
    calendar = open_trial(folder, now=noon(3)).calendar(today=date(2026, 1, 4))
    first = calendar.index(calendar.randomised[0].night)
    assert len(calendar.randomised) == 28
    for n in calendar.randomised:
        i = calendar.index(n.night)
        morning, night = noon(i) + timedelta(hours=20), n.night
        capsules = 1.0 if i == first + 3 else 2.0
        log_dose(
            path=folder,
            night=night,
            instant=noon(i) + timedelta(hours=9),
            capsules=capsules,
            mg=None,
            now=morning,
        )
        answers = {"urge": float(3 + i % 3), "loose_stools": float(i % 2)}
        log_answers(path=folder, night=night, answers=answers, now=morning)
    assert run(folder, now=noon(first + 27)).exit_code == 3
    before = contents(folder)
    over = run(folder, "--json", now=noon(first + 28))
    record = json.loads(over.output)
    assert contents(folder) == before
    assert record["doses"] == {
        "planned": 28,
        "full": 27,
        "partial": 1,
        "left_out": 0,
        "unrecorded": 0,
        "mg": record["doses"]["mg"],
    }
    assert record["doses"]["mg"] in (14 * 200, 14 * 200 - 100)
    urge = record["outcomes"]["urge"]
    assert urge["nights"] == {
        "planned": 28,
        "analysed": 20,
        "unanalysed": 8,
        "missing": 0,
        "excluded": 0,
    }
    assert urge["randomisation"]["sequences"] == 4
    assert {c["name"]: c["passed"] for c in urge["checks"]}["blinded"] is False
    stools = record["side_effects"]["items"][0]
    assert [t["reported"] for t in stools["treatments"]] == [14, 14]
    assert sum(t["present"] for t in stools["treatments"]) == 14
