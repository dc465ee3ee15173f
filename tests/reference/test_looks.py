"""Looking early against published figures, and calibrated thresholds against fresh trials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from base_design import EFFECTS, Figure, base_person, base_protocol
from ekbom.analysis.decision import HELPS, WORDS, WORSE
from ekbom.simulation.analysed import judge_many
from ekbom.simulation.batches import BATCH, Batch, run_batch
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.layout import layout_of
from ekbom.simulation.looks import CalibratedLooks, calibrate_looks, nuisance_set
from ekbom.simulation.participant import Participant
from ekbom.simulation.seen import KINDS, look_batch
from ekbom.simulation.traits import Nights, Onset
from looking_early import LOOKS, PUBLISHED, SEED, base_table, look_at_base, sequence_table
from usual_analyses import PUBLISHED_PEEKS

pytestmark = pytest.mark.slow

TRIALS = 250


@pytest.fixture(scope="module")
def looked():
    """Return 250 trials of the base design for each effect, looked at after every pair."""
    return look_at_base(TRIALS)


@pytest.fixture(scope="module")
def seen(looked):
    return dict(zip(EFFECTS, looked, strict=True))


def figure(found: np.ndarray, published: float) -> Figure:
    return Figure(what="", found=Estimated.share(found), trials=len(found), published=published)


@pytest.mark.parametrize(("place", "bar"), [(0, 0.95), (1, 0.975), (2, 0.99)])
def test_published_peeking_at_each_pair_raises_the_error(seen, place, bar):
    """At P > .975 from .018 to .052, at .95 from .044 to .098, at .99 from .006 to .015."""
    better = seen[0.0].helps[KINDS.index("probability")]
    assert figure(better[:, -1] > bar, PUBLISHED_PEEKS[0][place]).within
    assert figure(better.max(axis=1) > bar, PUBLISHED_PEEKS[1][place]).within


def test_every_published_figure_of_looking_early(looked):
    """Power with looks, thresholds for 5 % and 2.5 %, and the e-process, as the page has them.

    With an effect of -2 and P > .975 at every pair a trial stops after 3.7 of 6 pairs.
    """
    table = base_table(looked)
    published = [figure for figure in table.figures if figure.published is not None]
    assert len(published) == 16
    assert [figure.what for figure in published if not figure.within] == []
    assert [name for name, _ in table.rows] == list(PUBLISHED)


def test_villes_bound_the_confidence_sequence_holds_the_effect_at_every_pair(looked):
    for name, (held, finite, _) in sequence_table(looked).rows:
        assert held.found.value >= 0.95 - 3 * held.found.error, name
        assert finite.found.value == 1


@pytest.fixture(scope="module")
def found() -> CalibratedLooks:
    return calibrate_looks(
        protocol=base_protocol(), after_pairs=(4,), error=0.05, trials=100, seed=SEED
    )


def test_fresh_trials_the_calibrated_error_is_at_most_the_one_agreed(found):
    """Measured on trials that the threshold has not seen."""
    for kind in KINDS:
        for null in found.threshold(kind, "calibrated").nulls:
            assert null.helps.value <= found.target + 3 * null.helps.error


def test_swapping_the_treatments_the_error_of_harm_is_that_of_benefit(found):
    for threshold in found.thresholds:
        for null in threshold.nulls:
            apart = abs(null.helps.value - null.worse.value)
            assert apart <= 3 * np.hypot(null.helps.error, null.worse.error)


def test_villes_bound_the_e_process_misleads_nobody_more_than_once_in_twenty(found):
    assert found.coins is not None
    assert found.coins.most == 64
    assert found.coins.needed == (5.0,)
    for null in found.coins.nulls:
        assert null.value <= 0.05 + 3 * null.error


def test_looks_cost_error_and_save_pairs_and_the_whole_rule_is_stricter(found):
    for kind in KINDS:
        end, own, new = (found.threshold(kind, plan) for plan in ("end only", "own", "calibrated"))
        for i in range(len(found.people)):
            assert own.nulls[i].helps.value >= end.nulls[i].helps.value
        for before, after in zip(end.effects, own.effects, strict=True):
            assert before.pairs.value == 6
            assert after.pairs.value <= 6
            assert after.helps.value >= before.helps.value
        assert 0 <= new.value <= 1
    for plan in ("end only", "own"):
        alone, word = found.threshold("probability", plan), found.threshold("word", plan)
        for i in range(len(found.people)):
            assert word.nulls[i].helps.value <= alone.nulls[i].helps.value


def test_the_advised_threshold_is_never_lower_than_the_plans_own(found):
    own = base_protocol().decision.probability_better
    assert found.advised.value == max(own, found.threshold("word", "calibrated").value)


def test_without_an_effect_the_onset_time_changes_nothing():
    """Why the nuisance set leaves it out."""
    values = []
    for tau in (0.3, 21.0):
        person = Participant(beta=0.0, onset=Onset(tau=tau), nights=Nights(rho=0.8))
        batch = Batch(protocol=base_protocol(), participant=person, seed=1, number=0, looks=(3,))
        values.append(look_batch(batch))
    np.testing.assert_array_equal(values[0].helps, values[1].helps)
    np.testing.assert_array_equal(values[0].difference, values[1].difference)


def test_a_threshold_says_what_the_decision_rule_says_with_it(seen):
    """The judge of simulated trials, asked again with each threshold in its rule."""
    protocol = base_protocol()
    layout = layout_of(protocol)
    person = base_person(beta=-2.0)
    batch = Batch(protocol=protocol, participant=person, seed=SEED, number=0, looks=LOOKS)
    for column, trials in enumerate(run_batch(batch)):
        for threshold in (0.6, 0.9, 0.975, 0.995):
            rule = replace(protocol.decision, probability_better=threshold)
            said = judge_many(trials, layout=layout, rule=rule)
            for side, word in ((seen[-2.0].helps, HELPS), (seen[-2.0].worse, WORSE)):
                ours = side[KINDS.index("word"), :BATCH, column] >= threshold
                np.testing.assert_array_equal(ours, said == WORDS.index(word))


def test_the_nuisance_set_is_rho_by_shape_and_has_no_effect():
    people = nuisance_set(layout_of(base_protocol()))
    told = {(p.nights.rho, p.drift.walk > 0, p.flares.share > 0) for p in people}
    assert len(told) == len(people) == 9
    assert {rho for rho, _, _ in told} == {0.0, 0.4, 0.8}
    assert all(person.beta == 0 for person in people)
