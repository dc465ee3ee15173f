"""Log Z and marginals of the propagation in cases small enough for brute force."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
from scipy.special import gammaln, ndtr

from ekbom.analysis.propagation.interval import IntervalCensored
from ekbom.analysis.propagation.poisson import Poisson
from ekbom.analysis.propagation.sites import propagate
from ekbom.analysis.propagation.sweep import Field, Sites, chain

RHO, SIGMA = 0.6, 1.3
PRIOR_MEAN, PRIOR_SD = np.array([4.0, 0.0]), np.array([2.0, 1.5])


def run(*, likelihood, value, night, tolerance=1e-9, prior_mean=PRIOR_MEAN, prior_sd=PRIOR_SD):
    exposed = (np.arange(len(night)) % 2).astype(float)
    design = np.column_stack([np.ones(len(night)), exposed])
    one = np.ones(1)
    field = Field(
        design[:, :, None],
        prior_mean,
        prior_sd**-2.0,
        *chain(gap=np.diff(night), rho=RHO * one, sigma=SIGMA * one),
    )
    mean, precision = likelihood.guess(value=value)
    outcome = propagate(
        field=field,
        likelihood=likelihood,
        value=value,
        extra=np.zeros(1),
        start=Sites((mean * precision)[:, None], precision[:, None]),
        log_prior=np.zeros(1),
        tolerance=tolerance,
    )
    covariance = SIGMA**2 * RHO ** np.abs(night[:, None] - night)
    covariance = covariance + (design * prior_sd**2) @ design.T
    return outcome, design @ prior_mean, covariance


def integrate(*, log_likelihood, mean, covariance, axes):
    """Return log of the integral of likelihood times normal, and the mean of eta, on a grid."""
    eta = np.stack(np.meshgrid(*[a[0] for a in axes], indexing="ij"), axis=-1)
    weight = reduce(np.multiply.outer, [a[1] for a in axes])
    away = eta - mean
    log_density = -0.5 * (
        np.einsum("...i,ij,...j->...", away, np.linalg.inv(covariance), away)
        + np.linalg.slogdet(2 * np.pi * covariance)[1]
    )
    mass = weight * np.exp(log_density + log_likelihood(eta))
    return np.log(mass.sum()), np.tensordot(mass, eta, axes=mass.ndim) / mass.sum()


def legendre(*, low, high, points=60):
    x, w = np.polynomial.legendre.leggauss(points)
    return low + 0.5 * (high - low) * (x + 1), 0.5 * (high - low) * w


def test_one_rating_agrees_with_the_closed_form():
    outcome, mean, covariance = run(
        likelihood=IntervalCensored(), value=np.array([7.0]), night=np.array([3])
    )
    sd = np.sqrt(covariance[0, 0])
    exact = ndtr((7.5 - mean[0]) / sd) - ndtr((6.5 - mean[0]) / sd)
    assert outcome.log_z[0] == pytest.approx(np.log(exact), abs=1e-9)


@pytest.mark.parametrize(
    "ratings", [(5.0, 7.0), (0.0, 3.0), (0.0, 10.0), (4.0, 4.0, 6.0), (0.0, 0.0, 2.0)]
)
def test_two_or_three_ratings_agree_with_brute_force(ratings):
    value, night = np.array(ratings), np.array([0, 1, 4])[: len(ratings)]
    outcome, mean, covariance = run(likelihood=IntervalCensored(), value=value, night=night)
    axes = [
        legendre(low=-22.0 if y == 0 else y - 0.5, high=30.0 if y == 10 else y + 0.5)
        for y in ratings
    ]
    log_z, eta = integrate(
        log_likelihood=lambda x: 0.0, mean=mean, covariance=covariance, axes=axes
    )
    assert outcome.settled
    assert outcome.log_z[0] == pytest.approx(log_z, abs=0.01)
    np.testing.assert_allclose(
        outcome.marginals.mean[:, 0], eta, atol=0.01 * np.sqrt(covariance[0, 0])
    )


@pytest.mark.parametrize("counts", [(2.0,), (0.0, 5.0), (3.0, 0.0, 1.0)])
def test_one_to_three_counts_agree_with_brute_force(counts):
    value, night = np.array(counts), np.array([0, 1, 4])[: len(counts)]
    outcome, mean, covariance = run(
        likelihood=Poisson(),
        value=value,
        night=night,
        prior_mean=np.array([1.0, 0.0]),
        prior_sd=np.array([1.0, 0.5]),
    )
    log_z, eta = integrate(
        log_likelihood=lambda x: (value * x - np.exp(x) - gammaln(value + 1)).sum(axis=-1),
        mean=mean,
        covariance=covariance,
        axes=[legendre(low=-9.0, high=7.0, points=100)] * len(counts),
    )
    assert outcome.log_z[0] == pytest.approx(log_z, abs=0.01)
    np.testing.assert_allclose(
        outcome.marginals.mean[:, 0], eta, atol=0.01 * np.sqrt(covariance[0, 0])
    )


def test_very_fine_steps_agree_with_the_dense_normal_density():
    night, step = np.array([0, 1, 2, 5, 6, 9]), 0.01
    value = np.array([5.21, 4.4, 6.03, 7.7, 3.95, 5.0])
    outcome, mean, covariance = run(
        likelihood=IntervalCensored(0, 10, step), value=value, night=night
    )
    away = value - mean
    log_density = -0.5 * (
        away @ np.linalg.solve(covariance, away) + np.linalg.slogdet(2 * np.pi * covariance)[1]
    )
    assert outcome.log_z[0] - 6 * np.log(step) == pytest.approx(log_density, abs=2e-4)
