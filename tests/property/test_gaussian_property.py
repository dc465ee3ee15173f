"""What no diary may change about the Gaussian posterior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors

PRIORS = Priors(5.0, 10.0, 2.0, 2.0, 2.5, log_tau_mean=float(np.log(2)), log_tau_sd=0.7)
SLOW = replace(PRIORS, log_tau_mean=float(np.log(10)), log_tau_sd=0.8)
few = settings(max_examples=25, deadline=None)


RATINGS = st.integers(0, 10)


@st.composite
def diaries(draw, *, values=RATINGS):
    """Draw 6 to 60 answers that are not all the same, gaps of 1 to 100 nights, any periods."""
    answers = draw(st.lists(values, min_size=6, max_size=60).filter(lambda v: len(set(v)) > 1))
    gaps = draw(
        st.lists(
            st.one_of(st.just(1), st.integers(1, 100)),
            min_size=len(answers),
            max_size=len(answers),
        )
    )
    night = np.cumsum(gaps) - 1
    period = draw(st.integers(1, 28))
    dose = (np.arange(night[-1] + 1) // period % 2).astype(float)
    time = (night / max(night[-1], 1) - 0.5)[:, None]
    return Observations(night, np.array(answers, dtype=float), time, np.array([2.0]), dose)


def agree(one, other, *, factor=1.0):
    """Whether the second posterior is the first times ``factor``."""
    assert other.mean == pytest.approx(factor * one.mean, abs=1e-5 * abs(factor) * one.sd)
    assert other.sd == pytest.approx(abs(factor) * one.sd, rel=1e-5)


def rescaled(priors: Priors, c: float) -> Priors:
    return replace(
        priors,
        intercept_mean=c * priors.intercept_mean,
        intercept_sd=c * priors.intercept_sd,
        trend_sd=c * priors.trend_sd,
        effect_sd=c * priors.effect_sd,
        sigma_sd=c * priors.sigma_sd,
    )


@few
@given(diaries(), st.sampled_from([0.001, 0.1, 12.0, 1000.0]))
def test_other_units_rescale_the_effect_and_nothing_else(data, c):
    scaled = replace(data, value=c * data.value, covariate_sds=c * data.covariate_sds)
    one = fit_gaussian(data=data, priors=PRIORS)
    other = fit_gaussian(data=scaled, priors=rescaled(PRIORS, c))
    agree(one.effect(), other.effect(), factor=c)
    shift = one.log_marginal_likelihood - len(data.night) * np.log(c)
    assert other.log_marginal_likelihood == pytest.approx(shift, abs=1e-4)


@few
@given(diaries(), st.floats(-1000, 1000))
def test_a_shift_of_answers_and_intercept_leaves_the_effect(data, shift):
    moved = replace(data, value=data.value + shift)
    priors = replace(PRIORS, intercept_mean=PRIORS.intercept_mean + shift)
    one, other = fit_gaussian(data=data, priors=PRIORS), fit_gaussian(data=moved, priors=priors)
    agree(one.effect(), other.effect())


@few
@given(diaries())
def test_answers_with_the_other_sign_mirror_the_effect(data):
    turned = replace(data, value=-data.value)
    priors = replace(PRIORS, intercept_mean=-PRIORS.intercept_mean)
    one, other = fit_gaussian(data=data, priors=PRIORS), fit_gaussian(data=turned, priors=priors)
    agree(one.effect(), other.effect(), factor=-1.0)


@few
@given(diaries())
def test_a_covariate_that_must_be_zero_changes_nothing(data):
    extra = np.column_stack([data.covariates, np.sin(data.night)])
    wider = replace(data, covariates=extra, covariate_sds=np.array([2.0, 0.0]))
    if len(data.night) <= wider.coefficients + 2:
        return
    one, other = fit_gaussian(data=data, priors=PRIORS), fit_gaussian(data=wider, priors=PRIORS)
    agree(one.effect(), other.effect())
    assert other.log_marginal_likelihood == pytest.approx(one.log_marginal_likelihood, abs=1e-4)


@few
@given(diaries(values=st.one_of(st.integers(0, 10), st.floats(-1e6, 1e6))))
def test_every_diary_has_a_proper_posterior(data):
    posterior = fit_gaussian(data=data, priors=SLOW)
    effect = posterior.effect()
    assert posterior.weight.sum() == pytest.approx(1.0)
    assert (posterior.effect_sd > 0).all()
    assert np.isfinite(posterior.log_marginal_likelihood)
    assert effect.quantile(0.025) < effect.mean < effect.quantile(0.975)
    assert effect.below(0.0) + effect.above(0.0) == pytest.approx(1.0)
    tau = posterior.tau_summary()
    assert 0 < tau.lower < tau.median < tau.upper
    assert 0 <= tau.overlap <= 1
