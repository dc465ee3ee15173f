"""The simulation tables that come with ekbom belong to its protocols and say what they should."""

from __future__ import annotations

from dataclasses import replace
from math import hypot

import pytest

from ekbom.protocol.files import BUILT_IN, built_in, content_hash, with_mids, with_region
from ekbom.report.simulation_words import chances
from ekbom.simulation.characteristics import simulate
from ekbom.simulation.layout import layout_of
from ekbom.simulation.stored import stored_record, stored_records
from ekbom.simulation.truths import truths_for

TRIALS = 100


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_protocol_has_a_whole_table_under_its_own_hash(name: str) -> None:
    protocol = built_in(name)
    record = stored_record(protocol)
    assert record is not None, f"make it: ekbom simulate {name} --trials 4000 --seed 1945 --json"
    assert (record["protocol"], record["protocol_hash"]) == (name, content_hash(protocol))
    assert record["complete"]
    assert record["trials"] >= 4000
    truths = {truth.id: truth for truth in truths_for(layout_of(protocol))}
    assert [row["truth"] for row in record["rows"]] == list(truths)
    for row in record["rows"]:
        truth = truths[row["truth"]]
        assert (row["beta"], row["theta"]) == pytest.approx((truth.beta, truth.theta), abs=1e-5)
        assert sum(share["value"] for share in row["words"].values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("truth", ["none", "none_unblinded"])
def test_without_an_effect_at_most_3_of_100_trials_say_helps(name: str, truth: str) -> None:
    record = stored_record(built_in(name))
    assert record is not None
    row = next(row for row in record["rows"] if row["truth"] == truth)
    assert row["words"]["helps"]["value"] <= 0.03
    assert row["words"]["makes it worse"]["value"] <= 0.03


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT_IN)
def test_a_new_run_agrees_with_the_table_within_monte_carlo_error(name: str) -> None:
    protocol, record = built_in(name), stored_record(built_in(name))
    assert record is not None
    wanted = ("none", "none_unblinded", "large_full_tau2")
    truths = [t for t in truths_for(layout_of(protocol)) if t.id in wanted]
    found = simulate(protocol=protocol, truths=truths, trials=TRIALS, seed=7)
    for row in found.rows:
        stored = next(r for r in record["rows"] if r["truth"] == row.truth.id)
        for word, share in row.words.items():
            off = share.value - stored["words"][word]["value"]
            error = hypot(share.error, stored["words"][word]["monte_carlo_error"])
            assert abs(off) <= 4 * error, (row.truth.id, word)


def test_a_region_and_its_limit_change_no_night_but_a_mid_makes_another_plan() -> None:
    fast = built_in("magnesium-rls-fast")
    assert stored_record(with_region(fast, "US")) == stored_record(fast)
    assert stored_record(with_mids(fast, {"urge": 2.0})) is None
    assert stored_record(replace(fast, dose=None)) is None
    assert len(stored_records()) == len(BUILT_IN)


def test_a_plan_that_nobody_simulated_says_how_to() -> None:
    assert "ekbom simulate" in " ".join(chances(None))
