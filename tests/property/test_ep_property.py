"""What must hold for every set of ratings and every calendar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.fit import fit_ep
from ekbom.analysis.propagation.interval import IntervalCensored, truncate
from ekbom.analysis.propagation.sweep import Field, Sites, chain, sweep

PRIORS = Priors(5, 10, 2, 2, 2.5, log_tau_mean=float(np.log(2)), log_tau_sd=0.7)


@st.composite
def rated_nights(draw):
    calendar = draw(st.integers(14, 40))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    count = draw(st.integers(10, calendar))
    night = np.sort(rng.choice(calendar, count, replace=False))
    dose = np.arange(calendar) // draw(st.integers(1, 7)) % 2
    level, spread = draw(st.floats(2, 8)), draw(st.floats(0.7, 3))
    value = np.clip(np.round(level + spread * rng.normal(size=count)), 0, 10)
    value[:2] = (4.0, 5.0)
    trend = night / (calendar - 1) - 0.5
    return Observations(night, value, trend[:, None], np.array([2.0]), dose.astype(float))


@settings(max_examples=15, deadline=None)
@given(rated_nights())
def test_a_mirrored_scale_mirrors_the_effect(data):
    mirrored = replace(data, value=10 - data.value)
    one = fit_ep(data=data, priors=PRIORS, likelihood=IntervalCensored(), nodes=64)
    other = fit_ep(data=mirrored, priors=PRIORS, likelihood=IntervalCensored(), nodes=64)
    assert one.converged
    assert other.effect().mean == pytest.approx(-one.effect().mean, abs=1e-3)
    assert other.effect().sd == pytest.approx(one.effect().sd, rel=1e-3)
    assert other.log_marginal_likelihood == pytest.approx(one.log_marginal_likelihood, abs=1e-3)


@settings(max_examples=15, deadline=None)
@given(rated_nights(), st.sampled_from([0.1, 0.5, 3.0, 20.0]))
def test_ratings_in_other_units_give_the_effect_in_those_units(data, unit):
    scaled = replace(data, value=data.value * unit, covariate_sds=data.covariate_sds * unit)
    priors = replace(
        PRIORS,
        intercept_mean=5 * unit,
        intercept_sd=10 * unit,
        trend_sd=2 * unit,
        effect_sd=2 * unit,
        sigma_sd=2.5 * unit,
    )
    one = fit_ep(data=data, priors=PRIORS, likelihood=IntervalCensored(), nodes=64)
    other = fit_ep(
        data=scaled, priors=priors, likelihood=IntervalCensored(0, 10 * unit, unit), nodes=64
    )
    assert other.effect().mean == pytest.approx(unit * one.effect().mean, abs=1e-3 * unit)
    assert other.log_marginal_likelihood == pytest.approx(one.log_marginal_likelihood, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 30), st.floats(-0.9, 0.94))
def test_deleting_a_night_equals_its_answer_being_missing(seed, count, rho):
    """A night whose site says nothing must leave every other night as if it were not there."""
    rng = np.random.default_rng(seed)
    night = np.sort(rng.choice(3 * count, count, replace=False))
    gone = rng.integers(count)
    design = rng.normal(size=(count, 3, 1))
    linear, precision = rng.normal(size=(2, count, 1))
    precision = precision**2 + 0.01
    linear[gone] = precision[gone] = 0.0
    sigma = np.array([1.3])
    results = []
    for kept in (np.arange(count), np.delete(np.arange(count), gone)):
        noise = chain(gap=np.diff(night[kept]), rho=np.array([rho]), sigma=sigma)
        field = Field(design[kept], np.zeros(3), np.ones(3), *noise)
        results.append(sweep(field=field, sites=Sites(linear[kept], precision[kept])))
    missing, deleted = results
    others = np.delete(np.arange(count), gone)
    np.testing.assert_allclose(missing.mean[others], deleted.mean, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(missing.variance[others], deleted.variance, rtol=1e-8)
    np.testing.assert_allclose(missing.log_mass, deleted.log_mass, rtol=1e-8, atol=1e-8)


@given(st.floats(-300, 300), st.floats(1e-3, 50))
def test_a_cut_normal_lies_inside_its_interval(low, width):
    high = low + width
    log_mass, mean, variance = truncate(low=np.array([low]), high=np.array([high]))
    slack = 1e-6 * max(1.0, abs(low))
    assert low - slack <= mean[0] <= high + slack
    assert 0 < variance[0] <= min(1.0, width**2 / 4) + 1e-8
    assert log_mass[0] <= 0
