"""Fits of ratings and counts: what they refuse, how they scale, what they say about answers."""

from __future__ import annotations

import numpy as np
import pytest

from ekbom.analysis.exposure import exposure
from ekbom.analysis.observations import Observations, TooFewNightsError
from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.fit import fit_ep
from ekbom.analysis.propagation.interval import IntervalCensored
from ekbom.analysis.propagation.negative_binomial import NegativeBinomial
from ekbom.analysis.propagation.poisson import Poisson

RATINGS = Priors(5, 10, 2, 2, 2.5, log_tau_mean=float(np.log(2)), log_tau_sd=0.7)
COUNTS = Priors(1, 2, 1, 1, 1, rho_mean=0.3, rho_sd=0.3, log_tau_mean=float(np.log(2)))


def nights_of(*, value, night=None, dose=None):
    count = len(value)
    night = np.arange(count) if night is None else night
    calendar = int(night[-1]) + 1
    dose = np.arange(calendar) // 7 % 2 if dose is None else dose
    trend = night / max(calendar - 1, 1) - 0.5
    return Observations(
        night,
        np.asarray(value, dtype=float),
        trend[:, None],
        np.array([2.0]),
        np.asarray(dose, dtype=float),
    )


def ratings(*, level=4.0, effect=-1.0, count=84, seed=5, low=0, high=10):
    rng = np.random.default_rng(seed)
    dose = np.arange(count) // 7 % 2
    latent = level + effect * exposure(dose, tau=2.0) + rng.normal(size=count) * 1.2
    return np.clip(np.round(latent), low, high)


@pytest.mark.parametrize("value", [np.zeros(84), np.full(84, 6.0), np.full(84, 10.0)])
def test_one_answer_all_the_time_is_refused(value):
    with pytest.raises(TooFewNightsError, match="same answer"):
        fit_ep(data=nights_of(value=value), priors=RATINGS, likelihood=IntervalCensored())


def test_five_nights_are_refused():
    with pytest.raises(TooFewNightsError, match="5 nights are too few: 6 are needed"):
        fit_ep(data=nights_of(value=[1, 2, 3, 4, 5]), priors=RATINGS, likelihood=IntervalCensored())


def test_an_impossible_answer_is_refused():
    with pytest.raises(ValueError, match="not a point of its scale"):
        fit_ep(
            data=nights_of(value=np.r_[ratings(), 12.0]),
            priors=RATINGS,
            likelihood=IntervalCensored(),
        )


@pytest.mark.parametrize("count", [8, 30, 250])
@pytest.mark.parametrize("kind", ["rating", "poisson", "negative binomial"])
def test_any_number_of_nights_with_gaps_gives_a_usable_posterior(count, kind):
    rng = np.random.default_rng(count)
    night = np.sort(rng.choice(count + count // 3, count, replace=False))
    value = ratings(count=count) if kind == "rating" else rng.poisson(3, count)
    likelihood = {
        "rating": IntervalCensored(),
        "poisson": Poisson(),
        "negative binomial": NegativeBinomial(),
    }[kind]
    found = fit_ep(
        data=nights_of(value=value, night=night),
        priors=RATINGS if kind == "rating" else COUNTS,
        likelihood=likelihood,
    )
    assert found.converged
    assert found.weight.sum() == pytest.approx(1)
    assert 0 < found.effect().sd <= (2.0 if kind == "rating" else 1.0) * 1.02
    assert np.isfinite(found.log_marginal_likelihood)


HARD = {
    "one night off the floor": np.where(np.arange(84) == 40, 1.0, 0.0),
    "one night at the ceiling": np.where(np.arange(84) == 40, 10.0, 0.0),
    "one night different": np.where(np.arange(84) == 0, 4.0, 3.0),
    "no noise": 3.0 + np.arange(84) // 7 % 2,
    "nothing but trend": np.round(np.arange(84) / 8.3),
    "to and fro": np.where(np.arange(84) % 2, 0.0, 10.0),
}


@pytest.mark.parametrize("name", HARD)
def test_odd_ratings_settle(name):
    found = fit_ep(data=nights_of(value=HARD[name]), priors=RATINGS, likelihood=IntervalCensored())
    assert found.converged
    assert np.isfinite(found.observed_effect().mean)


def test_the_same_data_give_the_same_posterior():
    data = nights_of(value=ratings())
    first = fit_ep(data=data, priors=RATINGS, likelihood=IntervalCensored())
    second = fit_ep(data=data, priors=RATINGS, likelihood=IntervalCensored())
    np.testing.assert_array_equal(first.coefficient_mean, second.coefficient_mean)
    np.testing.assert_array_equal(first.weight, second.weight)


def test_a_one_to_five_scale_is_read_as_such():
    value = ratings(level=3.0, low=1, high=5)
    priors = Priors(3, 4, 0.8, 0.8, 1.0, log_tau_mean=float(np.log(2)))
    found = fit_ep(data=nights_of(value=value), priors=priors, likelihood=IntervalCensored(1, 5, 1))
    assert found.effect().below(0) > 0.9


def test_contrast_is_the_effect_times_each_nodes_scale():
    found = fit_ep(data=nights_of(value=ratings()), priors=RATINGS, likelihood=IntervalCensored())
    contrast = found.contrast(lambda tau: np.exp(-0.1 * tau))
    factor = np.exp(-0.1 * found.tau)
    np.testing.assert_allclose(contrast.means, found.effect().means * factor)
    np.testing.assert_allclose(contrast.sds, found.effect().sds * factor)


def test_far_from_the_ends_answers_change_as_much_as_the_latent_state():
    value = np.clip(np.round(ratings(level=50, effect=-3, high=100)), 0, 100)
    priors = Priors(50, 100, 20, 20, 25, log_tau_mean=float(np.log(2)), log_tau_sd=0.7)
    found = fit_ep(
        data=nights_of(value=value), priors=priors, likelihood=IntervalCensored(0, 100, 1)
    )
    latent, answers = found.effect(), found.observed_effect()
    assert answers.mean == pytest.approx(latent.mean, rel=1e-3)
    assert answers.sd == pytest.approx(latent.sd, rel=1e-3)


def draws_of_observed_effect(*, found, levels, count):
    """Return draws of the g-computation, one by one from the joint mixture."""
    rng = np.random.default_rng(8)
    node = rng.choice(len(found.weight), count, p=found.weight)
    root = np.linalg.cholesky(found.coefficient_cov)[node]
    b = found.coefficient_mean[node] + np.einsum(
        "nij,nj->ni", root, rng.normal(size=(count, root.shape[1]))
    )
    high, low = (level[node, None] for level in levels(found.tau))
    state = b[:, :1] + b[:, 1:-1] @ found.covariates.T
    sd = found.sigma[node, None]
    upper = found.likelihood.expect(mean=state + b[:, -1:] * high, sd=sd)[0]
    lower = found.likelihood.expect(mean=state + b[:, -1:] * low, sd=sd)[0]
    return (upper - lower).mean(axis=1)


def levels(tau):
    return 1 - 0.05 * tau, 0.1 * np.ones_like(tau)


@pytest.mark.parametrize(
    ("value", "priors", "likelihood"),
    [
        (ratings(level=1.5), RATINGS, IntervalCensored()),
        (np.random.default_rng(2).poisson(3, 84), COUNTS, Poisson()),
    ],
    ids=["ratings near the floor", "counts"],
)
def test_observed_effect_agrees_with_draws(value, priors, likelihood):
    found = fit_ep(data=nights_of(value=value), priors=priors, likelihood=likelihood)
    effect = found.observed_effect(levels=levels)
    draws = draws_of_observed_effect(found=found, levels=levels, count=20_000)
    assert effect.mean == pytest.approx(draws.mean(), abs=0.03 * draws.std())
    assert effect.sd == pytest.approx(draws.std(), rel=0.04)
    assert effect.below(0) == pytest.approx((draws < 0).mean(), abs=0.01)
    assert effect.weight.sum() == pytest.approx(1)


def test_evidence_prefers_the_model_that_made_the_data():
    rng = np.random.default_rng(12)
    overdispersed = rng.poisson(4 * rng.gamma(0.7, 1 / 0.7, 120))
    data = nights_of(value=overdispersed)
    negative_binomial = fit_ep(data=data, priors=COUNTS, likelihood=NegativeBinomial(0.0, 1.0))
    poisson = fit_ep(data=data, priors=COUNTS, likelihood=Poisson())
    assert negative_binomial.log_marginal_likelihood > poisson.log_marginal_likelihood
