"""Virtual people, whoever they are: answers lie on the scale, and better is never worse."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.analysis.decision import CANNOT_TELL, WORDS
from ekbom.protocol.files import BUILT_IN, built_in
from ekbom.protocol.model import Outcome, Protocol
from ekbom.simulation.analysed import Analysed, analyse, judge_many, pairs_with_enough
from ekbom.simulation.layout import layout_of
from ekbom.simulation.participant import Lived, Participant, in_units_of, live
from ekbom.simulation.traits import (
    Drift,
    Expectation,
    Flares,
    Forgetting,
    Missing,
    Nights,
    Onset,
    Stopping,
    Unblinding,
    Week,
)

FAST = built_in("magnesium-rls-fast")
KNOWN = replace(FAST, analysis=replace(FAST.analysis, tau_log_sd=0.0))
"""The fast protocol with a known onset time, which is quick to analyse."""

# Half the smallest subnormal number is nothing, so that no scale could be exact on them.
floats = partial(st.floats, allow_subnormal=False)

shares = floats(0, 1)
points = floats(-8, 8)
people = st.builds(
    Participant,
    beta=points,
    level=floats(-5, 15),
    onset=st.builds(Onset, tau=floats(0, 40), offset_tau=st.none() | floats(0, 40)),
    nights=st.builds(Nights, sd=floats(0, 5), rho=floats(-0.95, 0.95)),
    drift=st.builds(Drift, straight=points, walk=floats(0, 1)),
    week=st.builds(Week, weekend=points),
    flares=st.builds(Flares, share=floats(0, 0.5), points_worse=points, nights=floats(1, 30)),
    expectation=st.builds(Expectation, points_better=points, fading_nights=floats(0.1, 200)),
    unblinding=st.builds(
        Unblinding,
        points_better=points,
        chance=floats(0, 0.5),
        added=floats(0, 0.5),
        stools=st.integers(1, 4),
    ),
    forgetting=st.builds(Forgetting, share=shares),
    stopping=st.builds(Stopping, chance=shares),
    missing=st.builds(Missing, share=shares, after_bad=floats(0, 1)),
)
seeds = st.integers(0, 2**32)


def mirrored(protocol: Protocol) -> Protocol:
    """Return the protocol with a primary outcome of which more is better."""
    outcomes = tuple(
        replace(o, direction="higher") if o.role == "primary" else o for o in protocol.outcomes
    )
    return replace(protocol, outcomes=outcomes)


PROTOCOLS = {name: built_in(name) for name in BUILT_IN}
PROTOCOLS |= {f"{name}, higher is better": mirrored(p) for name, p in PROTOCOLS.items()}


def life(protocol: Protocol, person: Participant, seed: int, count: int = 3):
    layout = layout_of(protocol)
    rng = np.random.default_rng(seed)
    orders = layout.draw(count, rng)
    return orders, live(participant=person, layout=layout, orders=orders, rng=rng)


def found_in(protocol: Protocol, orders: np.ndarray, lived: Lived) -> Analysed:
    return analyse(
        layout=layout_of(protocol),
        value=lived.value,
        loose=lived.loose,
        orders=orders,
        theta=lived.effect,
    )


def words_of(protocol: Protocol, found: Analysed) -> list[str]:
    layout = layout_of(protocol)
    return [WORDS[i] for i in judge_many(found, layout=layout, rule=protocol.decision)]


@settings(deadline=None)
@given(person=people, name=st.sampled_from(list(PROTOCOLS)), seed=seeds)
def test_answers_lie_on_the_scale_in_whole_numbers_or_are_missing(person, name, seed):
    outcome = PROTOCOLS[name].primary
    _, lived = life(PROTOCOLS[name], person, seed)
    told = lived.value[~np.isnan(lived.value)]
    assert ((told >= outcome.minimum) & (told <= outcome.maximum)).all()
    assert np.array_equal(told, np.rint(told))
    assert np.isfinite(lived.latent).all()
    assert np.isfinite(lived.effect).all()
    assert (np.abs(lived.effect) <= outcome.maximum - outcome.minimum).all()


@settings(deadline=None)
@given(person=people, name=st.sampled_from(list(PROTOCOLS)), seed=seeds)
def test_who_has_no_effect_or_takes_no_dose_has_an_effect_of_exactly_nothing(person, name, seed):
    for nothing in (replace(person, beta=0.0), replace(person, forgetting=Forgetting(share=1.0))):
        _, lived = life(PROTOCOLS[name], nothing, seed)
        assert not lived.effect.any()


@settings(deadline=None)
@given(person=people, name=st.sampled_from(BUILT_IN), seed=seeds)
def test_an_effect_never_points_away_from_beta_where_the_body_forgets_at_once(person, name, seed):
    quick = replace(person, onset=Onset(tau=0.0))
    _, lived = life(PROTOCOLS[name], quick, seed)
    assert (lived.effect * np.sign(person.beta) >= 0).all()


class Mirror:
    """A generator whose normal numbers have the other sign, everything else being the same."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __getattr__(self, name: str):
        return getattr(self.rng, name)

    def standard_normal(self, shape: tuple[int, ...]) -> np.ndarray:
        return -self.rng.standard_normal(shape)


def reflected(outcome: Outcome, person: Participant) -> Participant:
    """Return the person on a scale that counts from its other end."""
    return replace(
        person,
        beta=-person.beta,
        level=outcome.minimum + outcome.maximum - person.level,
        drift=replace(person.drift, straight=-person.drift.straight),
    )


@settings(deadline=None, max_examples=15)
@given(person=people, seed=seeds)
def test_a_scale_that_counts_from_its_other_end_says_the_same(person, seed):
    other = mirrored(KNOWN)
    layouts = layout_of(KNOWN), layout_of(other)
    orders = layouts[0].draw(3, np.random.default_rng(seed + 1))
    lower = live(
        participant=person, layout=layouts[0], orders=orders, rng=np.random.default_rng(seed)
    )
    higher = live(
        participant=reflected(KNOWN.primary, person),
        layout=layouts[1],
        orders=orders,
        rng=Mirror(seed),
    )
    assert np.allclose(10 - higher.latent, lower.latent, atol=1e-9)
    # A tie between two answers may fall either way: go on from one and the same.
    higher = replace(higher, value=10 - lower.value, effect=-lower.effect, loose=lower.loose)
    one, two = found_in(KNOWN, orders, lower), found_in(other, orders, higher)
    for name in ("better", "worse", "benefit", "harm", "negligible", "sd", "sd_ratio"):
        assert np.allclose(getattr(one, name), getattr(two, name), atol=1e-6, equal_nan=True)
    for name in ("p", "p_benefit", "p_harm", "smallest_p", "missing", "gap", "revealed"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)
    assert np.allclose(one.mean, -two.mean, atol=1e-6, equal_nan=True)
    assert words_of(KNOWN, one) == words_of(other, two)


@settings(deadline=None, max_examples=15)
@given(person=people, seed=seeds)
def test_swapping_the_treatments_swaps_the_two_one_sided_p(person, seed):
    orders, lived = life(KNOWN, person, seed)
    swapped = (1 - orders).astype(np.int8)
    one, two = found_in(KNOWN, orders, lived), found_in(KNOWN, swapped, lived)
    assert np.array_equal(one.p, two.p, equal_nan=True)
    assert np.array_equal(one.p_benefit, two.p_harm, equal_nan=True)
    assert np.array_equal(one.gap, two.gap)
    assert np.array_equal(one.revealed, -two.revealed)


@settings(deadline=None, max_examples=15)
@given(person=people, seed=seeds, lost=shares)
def test_reports_that_go_missing_never_repair_what_was_missing(person, seed, lost):
    orders, lived = life(KNOWN, person, seed)
    gone = np.random.default_rng(seed).random(lived.value.shape) < lost
    fewer = replace(lived, value=np.where(gone, np.nan, lived.value))
    before, after = found_in(KNOWN, orders, lived), found_in(KNOWN, orders, fewer)
    assert (after.missing >= before.missing).all()
    assert (after.reports <= before.reports).all()
    layout, rule = layout_of(KNOWN), KNOWN.decision
    pairs = [
        pairs_with_enough(found, layout=layout, least=rule.min_reports) for found in (before, after)
    ]
    assert (pairs[1] <= pairs[0]).all()
    too_few = (before.missing > rule.max_missing) | (pairs[0] < rule.min_pairs)
    words = np.array(words_of(KNOWN, after))
    assert (words[too_few] == CANNOT_TELL).all()


@settings(deadline=None, max_examples=15)
@given(person=people, seed=seeds, count=st.integers(1, 3))
def test_trials_are_analysed_each_for_itself(person, seed, count):
    orders, lived = life(KNOWN, person, seed)
    whole = found_in(KNOWN, orders, lived)
    part = analyse(
        layout=layout_of(KNOWN),
        value=lived.value[:count],
        loose=lived.loose[:count],
        orders=orders[:count],
        theta=lived.effect[:count],
    )
    first, rest = (
        whole.first(count),
        replace(whole, **{f.name: getattr(whole, f.name)[count:] for f in fields(Analysed)}),
    )
    for name in (f.name for f in fields(Analysed)):
        assert np.allclose(getattr(first, name), getattr(part, name), equal_nan=True, rtol=1e-12)
        joined = getattr(Analysed.joined([first, rest]), name)
        assert np.array_equal(joined, getattr(whole, name), equal_nan=True)


@settings(deadline=None)
@given(person=people, seed=seeds, scale=st.sampled_from([0.5, 1.0, 12.0]))
def test_other_units_stretch_what_is_felt_and_change_nothing_else(person, seed, scale):
    stretched = replace(
        FAST.primary,
        kind="measure",
        minimum=0.0,
        maximum=10 * scale,
        prior_range=10 * scale,
        mid=scale,
    )
    usual = replace(stretched, maximum=10.0, prior_range=10.0, mid=1.0)
    lives = [
        life(replace(FAST, outcomes=(outcome,)), in_units_of(outcome, person), seed)[1]
        for outcome in (usual, stretched)
    ]
    assert np.allclose(lives[1].latent, scale * lives[0].latent, atol=1e-9)
    assert np.array_equal(lives[0].loose, lives[1].loose)
    assert np.allclose(lives[1].effect, scale * lives[0].effect, atol=1e-9)
