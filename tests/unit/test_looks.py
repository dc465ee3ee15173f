"""Looks before the end: their thresholds, what is refused, and what does not change the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.problem import InputError
from ekbom.protocol.files import built_in
from ekbom.protocol.model import DesignPlan, Protocol
from ekbom.simulation.layout import layout_of
from ekbom.simulation.looks import (
    calibrate_looks,
    nuisance_set,
    power_truths,
    smallest_threshold,
    stops,
)
from ekbom.simulation.participant import Participant
from ekbom.simulation.seen import Seen, look_at

FAST = built_in("magnesium-rls-fast")
SHORT = replace(FAST, design=replace(FAST.design, pairs=3))
NEVER = -np.inf


def of_kind(plan: DesignPlan) -> Protocol:
    return replace(FAST, design=plan)


@pytest.mark.parametrize(
    ("highest", "error", "expected"),
    [
        ([0.91, 0.97, 0.9912, 0.5], 0.25, 0.9701),
        ([0.91, 0.97, 0.9912, 0.5], 0.5, 0.9101),
        ([0.91, 0.97, 0.9912, 0.5], 0.0, 0.9913),
        ([0.97, 0.97, 0.97, 0.5], 0.25, 0.9701),
        ([NEVER, NEVER, 0.8, 0.9], 0.5, 0.0),
        ([0.99999, 0.5], 0.0, 1.0),
        ([0.5, 0.6], 1.0, 0.0),
    ],
)
def test_the_smallest_threshold_by_hand(highest, error, expected):
    assert smallest_threshold(np.array(highest), error=error) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.floats(0, 0.9999), st.just(NEVER)), min_size=1, max_size=60),
    st.floats(0, 1),
)
def test_a_threshold_is_reached_by_at_most_the_share_and_the_next_smaller_by_more(highest, error):
    found = smallest_threshold(np.array(highest), error=error)
    assert (np.array(highest) >= found).mean() <= error + 1e-9
    if found > 0:
        assert (np.array(highest) >= found - 1.5e-4).mean() > error - 1e-9


def seen(helps: list[list[float]], worse: list[list[float]] | None = None) -> Seen:
    sides = [np.array([side, side]) for side in (helps, worse or np.zeros_like(helps).tolist())]
    return Seen(*sides, np.zeros((len(helps), 6)))


def test_a_trial_stops_at_the_first_look_that_says_a_word():
    some = seen([[0.98, 0.2, 0.1], [0.5, 0.99, 0.99], [0.1, 0.2, 0.98], [0.1, 0.1, 0.1]])
    found = stops(some, kind="word", threshold=0.975, after=(2, 4, 6))
    assert found.helps.value == 0.75
    assert found.worse.value == 0
    assert found.pairs.value == (2 + 4 + 6 + 6) / 4


def test_the_opposite_word_stops_a_trial_too():
    some = seen([[0.1, 0.2], [0.1, 0.99]], [[0.99, 0.8], [0.2, 0.1]])
    found = stops(some, kind="probability", threshold=0.975, after=(3, 6))
    assert (found.helps.value, found.worse.value, found.pairs.value) == (0.5, 0.5, 4.5)


def test_without_looks_only_the_end_counts():
    some = seen([[0.98, 0.2], [0.5, 0.99]])
    found = stops(some, kind="word", threshold=0.975, after=(6,))
    assert (found.helps.value, found.pairs.value) == (0.5, 6)


@pytest.mark.parametrize(
    "plan",
    [
        DesignPlan(kind="complete", periods=6, period_nights=7),
        DesignPlan(
            kind="start_points", periods=40, period_nights=1, pattern="ABA", minimum_phase=7
        ),
        DesignPlan(
            kind="blocks",
            blocks=2,
            block=("magnesium", "placebo", "placebo", "magnesium"),
            period_nights=7,
        ),
    ],
    ids=lambda plan: plan.kind,
)
def test_designs_without_pairs_are_refused_with_what_to_do(plan):
    with pytest.raises(InputError, match=r'looks are taken after randomised pairs.*kind "pairs"'):
        calibrate_looks(protocol=of_kind(plan), after_pairs=(2,), trials=100, seed=1)


def test_an_order_that_chance_did_not_draw_is_refused():
    fixed = replace(FAST, randomised=False)
    with pytest.raises(InputError, match="randomised pairs"):
        calibrate_looks(protocol=fixed, after_pairs=(2,), trials=100, seed=1)


@pytest.mark.parametrize("looks", [(), (0,), (6,), (4, 3), (3, 3), (-1, 2), (2, 9)])
def test_looks_that_cannot_be_are_refused_with_those_that_can(looks):
    with pytest.raises(InputError, match="Name rising pairs from 1 to 5"):
        calibrate_looks(protocol=FAST, after_pairs=looks, trials=100, seed=1)


def test_a_very_small_error_needs_enough_trials():
    with pytest.raises(ValueError, match=r"an error of 0\.001 needs 2000 trials at least"):
        calibrate_looks(protocol=FAST, after_pairs=(3,), error=0.001, trials=100, seed=1)


@pytest.mark.slow
def test_batches_that_come_back_in_another_order_give_the_same_numbers():
    def backwards(work, tasks):
        for place in reversed(range(len(tasks))):
            yield place, work(tasks[place])

    people = [Participant(beta=0.0), Participant(beta=-2.0)]
    told = []
    asked = {"protocol": SHORT, "people": people, "after_pairs": (2,), "seed": 5}
    forwards = list(look_at(**asked, batches=range(2)))
    others = look_at(
        **asked, batches=range(2), run=backwards, progress=lambda done, all_: told.append(done)
    )
    for one, other in zip(forwards, others, strict=True):
        assert one.helps.shape == (2, 100, 2)
        np.testing.assert_array_equal(one.helps, other.helps)
        np.testing.assert_array_equal(one.difference, other.difference)
    assert told == [50, 100, 150, 200]


@pytest.mark.slow
def test_counterbalanced_pairs_have_thresholds_but_no_coins_of_their_own():
    plan = replace(FAST.design, kind="counterbalanced", pairs=4)
    protocol = replace(FAST, design=plan, analysis=replace(FAST.analysis, tau_log_sd=0.0))
    told = []
    found = calibrate_looks(
        protocol=protocol,
        after_pairs=[3],
        error=0.1,
        trials=20,
        seed=2,
        progress=lambda done, wanted: told.append((done, wanted)),
    )
    assert found.coins is None
    assert (found.after_pairs, found.pairs, found.trials) == ((3,), 4, 50)
    assert told[-1] == (26 * 50, 26 * 50)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_people_and_truths_are_in_the_units_of_the_outcome():
    minutes = next(o for o in FAST.outcomes if o.kind == "minutes")
    protocol = replace(FAST, outcomes=(replace(minutes, role="primary"),))
    layout = layout_of(protocol)
    assert {person.flares.points_worse for person in nuisance_set(layout)} == {0.0, 24.0}
    truths = power_truths(layout)
    assert len({truth.id for truth in truths}) == len(truths) == 8
    assert {truth.beta for truth in truths} == {-10.0, -20.0}
    assert all(abs(truth.theta) <= abs(truth.beta) for truth in truths)
