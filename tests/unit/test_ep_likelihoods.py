"""Tilted moments against quadrature fine enough to count as exact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln, log_ndtr

from ekbom.analysis.propagation.interval import IntervalCensored, truncate
from ekbom.analysis.propagation.negative_binomial import NegativeBinomial
from ekbom.analysis.propagation.poisson import Poisson

INTERVALS = [
    (-0.5, 0.5),
    (-0.01, 0.02),
    (0.3, 1.7),
    (-3.0, 3.0),
    (-40.0, 2.0),
    (4.9, 5.1),
    (5.0, 40.0),
    (9.0, 9.5),
    (-9.5, -9.0),
    (20.0, 25.0),
    (37.0, 38.0),
    (60.0, 60.05),
    (-130.0, -100.0),
]


def moments_by_quadrature(*, low, high):
    """Return log mass, mean and variance, measured from the end nearer to 0 so as not to cancel."""
    flip = -1.0 if low + high > 0 else 1.0
    b, width = (high, high - low) if flip > 0 else (-low, high - low)
    width = min(width, 60.0 / max(1.0, -b), max(b, 0) + 40.0)
    points, weights = np.polynomial.legendre.leggauss(200)
    y = 0.5 * width * (points + 1)
    density = 0.5 * width * weights * np.exp(b * y - 0.5 * y * y - max(b, 0) ** 2 / 2)
    mass = density.sum()
    mean = density @ y / mass
    log_mass = np.log(mass) + max(b, 0) ** 2 / 2 - b * b / 2 - 0.5 * np.log(2 * np.pi)
    return log_mass, flip * (b - mean), density @ (y - mean) ** 2 / mass


@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_cut_normal_agrees_with_quadrature(low, high):
    found = [float(x[0]) for x in truncate(low=np.array([low]), high=np.array([high]))]
    log_mass, mean, variance = moments_by_quadrature(low=low, high=high)
    assert found[0] == pytest.approx(log_mass, rel=1e-9, abs=1e-9)
    assert found[1] == pytest.approx(mean, rel=1e-9, abs=1e-9)
    assert found[2] == pytest.approx(variance, rel=1e-6)


@pytest.mark.parametrize("end", [-200.0, -30.0, -1.0, 0.0, 2.0, 8.0, 50.0])
def test_open_end_has_the_mass_of_the_normal_tail(end):
    below = truncate(low=np.array([-np.inf]), high=np.array([end]))
    above = truncate(low=np.array([-end]), high=np.array([np.inf]))
    assert below[0][0] == pytest.approx(float(log_ndtr(end)), rel=1e-12)
    assert above[0][0] == below[0][0]
    assert above[1][0] == -below[1][0]
    assert above[2][0] == below[2][0]


def test_moments_stay_finite_and_inside_however_far_the_rating_is():
    mean = np.array([[-1e5, -300.0, 0.0, 5.0, 300.0, 1e5]])
    for rating in (0.0, 5.0, 10.0):
        tilted = IntervalCensored().tilt(
            value=np.array([[rating]]), mean=mean, variance=np.full((1, 6), 0.01), extra=mean[0]
        )
        assert np.isfinite(tilted.log_mass).all()
        assert (tilted.variance > 0).all()
        if rating == 5:
            assert (np.abs(tilted.mean - 5) <= 0.5 + 1e-6).all()


def log_poisson(count, eta, log_r):
    return count * eta - np.exp(eta) - gammaln(count + 1)


def log_negative_binomial(count, eta, log_r):
    r = np.exp(log_r)
    odds = np.logaddexp(0, eta - log_r)
    return (
        gammaln(count + r)
        - gammaln(r)
        - gammaln(count + 1)
        + count * (eta - log_r)
        - (count + r) * odds
    )


@pytest.mark.parametrize(
    ("likelihood", "log_density"),
    [(Poisson(), log_poisson), (NegativeBinomial(), log_negative_binomial)],
    ids=["poisson", "negative-binomial"],
)
@pytest.mark.parametrize("count", [0.0, 1.0, 7.0, 60.0])
@pytest.mark.parametrize("mean", [-2.0, 1.0, 3.0])
@pytest.mark.parametrize("sd", [0.1, 0.7])
def test_tilted_counts_agree_with_a_fine_grid(likelihood, log_density, count, mean, sd):
    log_r = 0.8
    eta = np.linspace(mean - 14 * sd, mean + 14 * sd, 40_001)
    height = log_density(count, eta, log_r) - 0.5 * ((eta - mean) / sd) ** 2
    share = np.exp(height - height.max())
    share_sum = share.sum()
    share /= share_sum
    log_mass = (
        height.max() + np.log(share_sum * (eta[1] - eta[0])) - 0.5 * np.log(2 * np.pi) - np.log(sd)
    )
    expected = share @ eta
    found = likelihood.tilt(
        value=np.array([[count]]),
        mean=np.array([[mean]]),
        variance=np.array([[sd**2]]),
        extra=np.array([log_r]),
    )
    assert found.log_mass[0, 0] == pytest.approx(log_mass, abs=2e-5)
    assert found.mean[0, 0] == pytest.approx(expected, abs=2e-5)
    assert found.variance[0, 0] == pytest.approx(share @ (eta - expected) ** 2, rel=2e-4)


@pytest.mark.parametrize(
    "likelihood", [IntervalCensored(), IntervalCensored(1, 5, 1), Poisson(), NegativeBinomial()]
)
def test_expected_answer_agrees_with_draws_and_its_slope_with_differences(likelihood):
    rng = np.random.default_rng(3)
    mean, sd, small = 1.3, 0.8, 1e-5
    eta = mean + sd * rng.normal(size=400_000)
    if isinstance(likelihood, IntervalCensored):
        answers = np.clip(np.round(eta), likelihood.minimum, likelihood.maximum)
    else:
        answers = rng.poisson(np.exp(eta))
    value, slope = likelihood.expect(mean=np.array([mean]), sd=np.array([sd]))
    ahead = likelihood.expect(mean=np.array([mean + small]), sd=np.array([sd]))[0]
    assert value[0] == pytest.approx(answers.mean(), abs=4 * answers.std() / np.sqrt(eta.size))
    assert slope[0] == pytest.approx((ahead - value)[0] / small, rel=1e-4)


@pytest.mark.parametrize("rating", [-1.0, 11.0, 2.5])
def test_a_rating_off_the_scale_is_refused(rating):
    with pytest.raises(ValueError, match="not a point of its scale"):
        IntervalCensored().check(value=np.array([3.0, rating]))


@pytest.mark.parametrize("likelihood", [Poisson(), NegativeBinomial()])
@pytest.mark.parametrize("count", [-1.0, 0.5])
def test_half_a_count_is_refused(likelihood, count):
    with pytest.raises(ValueError, match="whole number"):
        likelihood.check(value=np.array([3.0, count]))
