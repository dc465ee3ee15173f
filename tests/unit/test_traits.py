"""The parts of a virtual person: each does what its closed form says, and refuses nonsense."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from ekbom.analysis.exposure import exposure
from ekbom.simulation.participant import Participant
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

MANY = (20_000, 40)
PERIOD = np.repeat([-1, 0, 1, -1, 2], [3, 10, 10, 2, 15])
"""Forty nights: three before the trial, three periods, and a washout before the last."""


def rng() -> np.random.Generator:
    return np.random.default_rng(20)


def within(found: float, expected: float, error: float) -> None:
    """Make sure that a simulated figure is within four standard errors of its closed form."""
    assert abs(found - expected) < 4 * error


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.4, 0.9])
def test_nights_have_the_marginal_sd_of_a_stationary_ar1_from_night_0(rho):
    found = Nights(sd=1.5, rho=rho).points(MANY, rng())
    # A sample variance of N normal numbers has the standard error sigma^2 sqrt(2/N).
    for night in (0, 1, 5, 39):
        within(found[:, night].var(), 2.25, 2.25 * np.sqrt(2 / MANY[0]))
        within(found[:, night].mean(), 0.0, 1.5 / np.sqrt(MANY[0]))


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.4, 0.9])
@pytest.mark.parametrize("lag", [1, 2, 7])
def test_nights_have_the_lag_correlation_rho_to_the_power_of_the_lag(rho, lag):
    found = Nights(sd=2.0, rho=rho).points(MANY, rng())
    for night in (0, 20):
        correlation = np.corrcoef(found[:, night], found[:, night + lag])[0, 1]
        # Fisher: the standard error of r is about (1 - r^2) / sqrt(N).
        within(correlation, rho**lag, (1 - rho ** (2 * lag)) / np.sqrt(MANY[0]) + 1e-12)


def test_nights_without_spread_are_all_alike():
    assert not Nights(sd=0.0).points((3, 9), rng()).any()


def test_exposure_after_n_full_doses_is_one_minus_exp_of_minus_n_over_tau():
    dose = np.ones((1, 30))
    n = np.arange(1, 31)
    for onset in (Onset(tau=7.0), Onset(tau=7.0, offset_tau=3.0)):
        assert onset.exposure(dose)[0] == pytest.approx(1 - np.exp(-n / 7.0), abs=1e-12)


def test_exposure_goes_with_its_own_offset_time():
    dose = np.concatenate([np.ones((1, 200)), np.zeros((1, 20))], axis=1)
    found = Onset(tau=2.0, offset_tau=9.0).exposure(dose)[0]
    assert found[199] == pytest.approx(1.0)
    assert found[200:] == pytest.approx(np.exp(-np.arange(1, 21) / 9.0), abs=1e-12)


def test_exposure_with_equal_onset_and_offset_is_that_of_the_analysis():
    dose = rng().random((4, 50))
    found = Onset(tau=5.0, offset_tau=5.0).exposure(dose)
    assert np.array_equal(found, exposure(dose, tau=5.0))
    almost = Onset(tau=5.0, offset_tau=5.0 + 1e-9).exposure(dose)
    assert almost == pytest.approx(found, abs=1e-8)


def test_an_onset_of_no_time_is_the_dose_itself_and_its_offset_may_still_be_slow():
    dose = np.array([[0.0, 1.0, 0.5, 0.0, 1.0]])
    assert np.array_equal(Onset(tau=0.0).exposure(dose), dose)
    slow = Onset(tau=0.0, offset_tau=2.0).exposure(dose)[0]
    assert slow[1] == 1.0
    assert slow[2] == pytest.approx(0.5 + 0.5 * np.exp(-0.5))
    assert slow[4] == 1.0


def test_drift_is_a_straight_line_of_the_given_height_over_the_randomised_part():
    trend = np.linspace(-0.7, 0.5, 40)
    found = Drift(straight=-3.0).points(trend, 5, rng())
    assert found.shape == (5, 40)
    assert found == pytest.approx(np.tile(-3.0 * trend, (5, 1)))


def test_a_wandering_drift_has_steps_of_its_sd_and_no_mean():
    found = Drift(walk=0.3).points(np.zeros(40), MANY[0], rng())
    assert found.mean(axis=1) == pytest.approx(0.0, abs=1e-12)
    for lag in (1, 4):
        # A random walk's difference over k nights has the variance k walk^2.
        steps = found[:, 10 + lag] - found[:, 10]
        within(steps.var(), lag * 0.09, lag * 0.09 * np.sqrt(2 / MANY[0]))


def test_weekend_nights_differ_from_the_others_by_its_points_and_the_mean_stays():
    weekday = np.arange(28) % 7
    found = Week(weekend=1.4).points(weekday)
    assert found.mean() == pytest.approx(0.0, abs=1e-12)
    late = (weekday == 4) | (weekday == 5)
    assert found[late] == pytest.approx(1.4 * 5 / 7)
    assert found[~late] == pytest.approx(-1.4 * 2 / 7)


@pytest.mark.parametrize(("share", "nights"), [(0.1, 7.0), (0.25, 10.0), (0.5, 1.0), (0.75, 3.0)])
def test_flares_take_up_their_share_from_night_0_and_last_as_long_as_they_say(share, nights):
    found = Flares(share=share, points_worse=2.0, nights=nights).points(MANY, rng())
    assert set(np.unique(found)) == {0.0, 2.0}
    flaring = found > 0
    for night in (0, 1, 39):
        within(flaring[:, night].mean(), share, np.sqrt(share * (1 - share) / MANY[0]))
    # A spell that lasts n nights on average ends tonight with the chance 1/n.
    on = flaring[:, :-1]
    ended = (on & ~flaring[:, 1:]).sum() / on.sum()
    within(ended, 1 / nights, np.sqrt(1 / nights * max(1 - 1 / nights, 1e-9) / on.sum()) + 1e-12)


def test_flares_of_no_share_or_no_points_are_none():
    assert not Flares(share=0.0, points_worse=3.0).points((2, 9), rng()).any()
    assert not Flares(share=0.5, points_worse=0.0).points((2, 9), rng()).any()


def test_expectation_begins_with_the_randomised_part_and_halves_as_exp_says():
    found = Expectation(points_better=2.0, fading_nights=28.0).points(np.arange(-3, 60))
    assert found[:3].tolist() == [0.0, 0.0, 0.0]
    assert found[3:] == pytest.approx(2.0 * np.exp(-np.arange(60) / 28.0))


def test_loose_stools_come_at_the_chance_plus_what_magnesium_in_the_gut_adds():
    dose = np.zeros(MANY)
    dose[:, 20:] = 1.0
    found = Unblinding(chance=0.1, added=0.3, gut_nights=0.7).loose(dose, rng())
    for night, level in ((5, 0.0), (20, 1 - np.exp(-1 / 0.7)), (39, 1.0)):
        expected = 0.1 + 0.3 * level
        within(
            found[:, night].mean(), expected, np.sqrt(expected * (1 - expected) / MANY[0]) + 1e-4
        )


def test_belief_begins_with_the_stool_that_gives_it_away_and_ends_with_the_period():
    loose = np.zeros((2, 40), dtype=bool)
    loose[0, [1, 4, 7]] = True
    loose[1, 24] = True
    once = Unblinding(points_better=1.5, stools=1).points(loose, PERIOD)
    assert np.flatnonzero(once[0]).tolist() == list(range(4, 13))
    assert not once[1].any()
    twice = Unblinding(points_better=1.5, stools=2).points(loose, PERIOD)
    assert np.flatnonzero(twice[0]).tolist() == list(range(7, 13))
    assert set(np.unique(once)) == {0.0, 1.5}


def test_belief_that_moves_nothing_moves_nothing():
    assert not Unblinding(points_better=0.0).points(np.ones((2, 40), dtype=bool), PERIOD).any()


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 1.0])
def test_doses_are_forgotten_at_their_share(share):
    taken = Forgetting(share=share).taken(MANY, rng())
    within(1 - taken.mean(), share, np.sqrt(share * (1 - share) / taken.size) + 1e-12)


def test_stopping_ends_treatment_periods_alone_and_never_before_their_first_dose():
    treated = np.zeros(MANY, dtype=bool)
    treated[:, PERIOD == 1] = True
    kept = Stopping(chance=0.4).taken(treated, PERIOD, rng())
    assert kept[:, PERIOD != 1].all()
    mine = kept[:, PERIOD == 1]
    assert mine[:, 0].all()
    # What is stopped stays stopped until the period ends.
    assert not (np.diff(mine.astype(int), axis=1) > 0).any()
    # The last dose falls on each of the 10 nights alike; on the tenth nothing is missed.
    expected = 0.4 * 9 / 10
    within(1 - mine[:, -1].mean(), expected, np.sqrt(expected * (1 - expected) / MANY[0]))
    expected = 0.4 * 4.5 / 10
    within(1 - mine.mean(), expected, 0.5 / np.sqrt(MANY[0]))


def test_nobody_stops_with_chance_0_and_everybody_may_with_1():
    treated = np.ones((4000, 40), dtype=bool)
    assert Stopping(chance=0.0).taken(treated, PERIOD, rng()).all()
    always = Stopping(chance=1.0).taken(treated, PERIOD, rng())
    assert always[:, PERIOD < 0].all()
    within(1 - always[:, PERIOD == 2][:, -1].mean(), 14 / 15, 0.25 / np.sqrt(4000))


def test_mornings_are_missed_at_their_share_and_more_after_bad_nights():
    worse_by = np.tile(np.repeat([-2.0, 0.0, 3.0, 50.0], 10), (MANY[0], 1))
    found = Missing(share=0.1, after_bad=0.05).missing(worse_by, rng())
    for nights, expected in ((slice(0, 20), 0.1), (slice(20, 30), 0.25), (slice(30, 40), 1.0)):
        part = found[:, nights]
        within(part.mean(), expected, np.sqrt(expected * (1 - expected) / part.size) + 1e-12)


NONSENSE = {
    "sd": (lambda x: Nights(sd=x), (-1.0,)),
    "rho": (lambda x: Nights(rho=x), (-1.0, 1.0, 1.2)),
    "tau": (lambda x: Onset(tau=x), (-1.0,)),
    "offset_tau": (lambda x: Onset(offset_tau=x), (-1.0,)),
    "straight": (lambda x: Drift(straight=x), ()),
    "walk": (lambda x: Drift(walk=x), (-0.1,)),
    "weekend": (lambda x: Week(weekend=x), ()),
    "flares' share": (lambda x: Flares(share=x), (-0.1, 1.0, 1.1)),
    "points_worse": (lambda x: Flares(points_worse=x), ()),
    "flares' nights": (lambda x: Flares(nights=x), (0.5, -3.0)),
    "points_better": (lambda x: Expectation(points_better=x), ()),
    "fading_nights": (lambda x: Expectation(fading_nights=x), (0.0, -1.0)),
    "belief": (lambda x: Unblinding(points_better=x), ()),
    "chance": (lambda x: Unblinding(chance=x), (-0.1, 1.1)),
    "added": (lambda x: Unblinding(added=x), (-0.1, 0.99)),
    "gut_nights": (lambda x: Unblinding(gut_nights=x), (-1.0,)),
    "forgetting": (lambda x: Forgetting(share=x), (-0.1, 1.1)),
    "stopping": (lambda x: Stopping(chance=x), (-0.1, 1.1)),
    "missing": (lambda x: Missing(share=x), (-0.1, 1.1)),
    "after_bad": (lambda x: Missing(after_bad=x), (-0.1,)),
    "beta": (lambda x: Participant(beta=x), ()),
    "level": (lambda x: Participant(beta=0.0, level=x), ()),
}
CASES = [
    (name, number)
    for name, (_, numbers) in NONSENSE.items()
    for number in (*numbers, np.nan, np.inf, -np.inf)
]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_figure_that_makes_no_sense_is_refused_in_words(name, number):
    with pytest.raises(
        ValueError, match=r"[a-z_]+ .*(share|number|between|least|more than|cannot)"
    ):
        NONSENSE[name][0](number)


def test_stools_that_are_none_are_refused():
    with pytest.raises(ValueError, match="stools"):
        Unblinding(stools=0)


@pytest.mark.parametrize(("share", "nights"), [(0.9, 7.0), (0.6, 1.0)])
def test_flares_too_short_for_their_share_are_refused(share, nights):
    # Even if a new one began on every night after the last, they could not take up so much.
    with pytest.raises(ValueError, match="cannot fill"):
        Flares(share=share, nights=nights)


def test_every_edge_that_makes_sense_is_allowed():
    for share, nights in product((0.0, 0.5), (1.0, 30.0)):
        Flares(share=share, nights=nights)
    Nights(sd=0.0, rho=-0.99)
    Unblinding(chance=0.6, added=0.4)
    Missing(share=1.0, after_bad=5.0)
