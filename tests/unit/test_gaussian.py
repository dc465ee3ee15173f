"""The fit of the Gaussian model and what its posterior can say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from ekbom.analysis.exposure import exposure
from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.gaussian_nodes import condition
from ekbom.analysis.gaussian_statistics import summarise
from ekbom.analysis.observations import Observations, TooFewNightsError
from ekbom.analysis.priors import Priors

PRIORS = Priors(5.0, 10.0, 2.0, 2.0, 2.5, log_tau_mean=float(np.log(2)), log_tau_sd=0.7)
KNOWN = replace(PRIORS, log_tau_sd=0.0)


def trial(
    *, nights: int = 84, missing: float = 0.2, effect: float = -1.0, seed: int = 3
) -> Observations:
    generator = np.random.default_rng(seed)
    dose = (np.arange(nights) // 7 % 2).astype(float)
    time = np.arange(nights) / (nights - 1) - 0.5
    night = np.flatnonzero(generator.random(nights) >= missing)
    answers = 6 - 0.5 * time + effect * exposure(dose, tau=2.0) + generator.normal(size=nights)
    return Observations(night, answers[night], time[night, None], np.array([2.0]), dose)


def log_normal_density(data, priors, *, rho, tau, sigma):
    """Return the log density of the answers, coefficients integrated out, by the full matrix.

    In extended precision: rounding in the ill-conditioned matrix would exceed the bar.
    """
    exposed = exposure(data.dose, tau=tau)[data.night]
    X = np.column_stack([np.ones(len(data.night)), data.covariates, exposed])
    sds = np.r_[priors.intercept_sd, data.covariate_sds, priors.effect_sd]
    lag = np.abs(np.subtract.outer(data.night, data.night))
    noise = np.longdouble(sigma) ** 2 * np.longdouble(rho) ** lag
    root = cholesky(noise + (X * sds**2).astype(np.longdouble) @ X.T)
    rest = (data.value - priors.intercept_mean).astype(np.longdouble)
    for i in range(len(rest)):
        rest[i] = (rest[i] - root[i, :i] @ rest[:i]) / root[i, i]
    total = rest @ rest + 2 * np.log(np.diag(root)).sum() + len(rest) * np.log(2 * np.pi)
    return float(-0.5 * total)


def cholesky(matrix):
    """Return the lower Cholesky factor in the matrix' own precision."""
    root = np.zeros_like(matrix)
    for j in range(len(matrix)):
        root[j, j] = np.sqrt(matrix[j, j] - root[j, :j] @ root[j, :j])
        root[j + 1 :, j] = (matrix[j + 1 :, j] - root[j + 1 :, :j] @ root[j, :j]) / root[j, j]
    return root


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.4, 0.94])
@pytest.mark.parametrize("sigma", [0.3, 1.5, 8.0])
def test_conditional_likelihood_agrees_with_the_dense_normal_density(rho, sigma):
    data = trial(missing=0.5)
    assert np.diff(data.night).max() > 3
    taus = np.array([0.0, 2.0, 9.0])
    nodes = condition(statistics=summarise(data=data, priors=PRIORS, tau=taus), rho=np.array([rho]))
    ours = nodes.log_likelihood(np.full((3, 1), sigma**2))[:, 0]
    dense = [log_normal_density(data, PRIORS, rho=rho, tau=t, sigma=sigma) for t in taus]
    assert ours == pytest.approx(dense, abs=1e-10)


def test_deleting_a_night_equals_integrating_over_its_answer():
    data = trial()
    keep = np.arange(len(data.night)) != 20
    grid = np.linspace(-10, 20, 301)
    densities = []
    for answer in grid:
        value = np.where(keep, data.value, answer)
        nodes = condition(
            statistics=summarise(data=replace(data, value=value), priors=PRIORS, tau=np.ones(1)),
            rho=np.array([0.6]),
        )
        densities.append(nodes.log_likelihood(np.full((1, 1), 1.2))[0, 0])
    shorter = Observations(
        data.night[keep], data.value[keep], data.covariates[keep], data.covariate_sds, data.dose
    )
    deleted = condition(
        statistics=summarise(data=shorter, priors=PRIORS, tau=np.ones(1)), rho=np.array([0.6])
    ).log_likelihood(np.full((1, 1), 1.2))[0, 0]
    assert logsumexp(densities) + np.log(grid[1] - grid[0]) == pytest.approx(deleted, abs=1e-10)


def test_marginal_likelihood_agrees_with_a_direct_integral_over_sigma():
    priors = replace(KNOWN, rho_mean=0.3, rho_sd=0.0)
    data = trial()
    sigmas = np.linspace(0.4, 3.0, 201)
    log_prior = np.log(2 / priors.sigma_sd / np.sqrt(2 * np.pi)) - 0.5 * (sigmas / 2.5) ** 2
    heights = [log_normal_density(data, priors, rho=0.3, tau=2.0, sigma=s) for s in sigmas]
    direct = logsumexp(heights + log_prior) + np.log(sigmas[1] - sigmas[0])
    fitted = fit_gaussian(data=data, priors=priors).log_marginal_likelihood
    assert fitted == pytest.approx(direct, abs=1e-6)


def padded(data: Observations, *, before: int, after: int) -> Observations:
    """Return the same nights with unanswered nights without a dose around them."""
    dose = np.r_[np.zeros(before), data.dose, np.zeros(after)]
    return replace(data, night=data.night + before, dose=dose)


@pytest.mark.parametrize("priors", [KNOWN, PRIORS], ids=["tau known", "tau estimated"])
def test_nights_without_an_answer_change_nothing(priors):
    plain = fit_gaussian(data=trial(), priors=priors).effect()
    longer = fit_gaussian(data=padded(trial(), before=40, after=9), priors=priors).effect()
    assert longer.mean == pytest.approx(plain.mean, abs=1e-10)
    assert longer.sd == pytest.approx(plain.sd, abs=1e-10)


def test_a_dose_before_the_analysed_nights_still_counts():
    early = padded(trial(), before=5, after=0)
    dosed = replace(early, dose=np.r_[np.ones(5), early.dose[5:]])
    before, after = (fit_gaussian(data=d, priors=KNOWN).effect().mean for d in (early, dosed))
    assert abs(before - after) > 1e-4


def test_no_dose_at_all_returns_the_prior():
    data = replace(trial(), dose=np.zeros(84))
    posterior = fit_gaussian(data=data, priors=PRIORS)
    assert posterior.effect().mean == pytest.approx(0.0, abs=1e-12)
    assert posterior.effect().sd == pytest.approx(PRIORS.effect_sd, rel=1e-9)
    summary = posterior.tau_summary()
    assert summary.median == pytest.approx(2.0, rel=1e-4)
    assert summary.lower == pytest.approx(2 * np.exp(-1.959964 * 0.7), rel=1e-3)
    assert summary.upper == pytest.approx(2 * np.exp(1.959964 * 0.7), rel=1e-3)
    assert summary.mean == pytest.approx(2 * np.exp(0.7**2 / 2), rel=1e-4)
    assert summary.overlap == pytest.approx(1.0, abs=1e-4)


def test_a_known_tau_has_no_spread():
    posterior = fit_gaussian(data=trial(), priors=KNOWN)
    summary = posterior.tau_summary()
    assert summary.lower == summary.median == summary.upper == pytest.approx(2.0)
    assert summary.overlap == 1.0
    assert set(posterior.tau) == {summary.median}


def test_a_tau_of_zero_takes_the_dose_as_the_exposure():
    at_once = fit_gaussian(data=trial(), priors=replace(KNOWN, log_tau_mean=-np.inf)).effect()
    nearly = fit_gaussian(data=trial(), priors=replace(KNOWN, log_tau_mean=-4.0)).effect()
    assert at_once.mean == pytest.approx(nearly.mean, abs=1e-9)


def test_strong_signals_leave_little_of_the_prior_of_tau():
    quiet = trial(effect=-40.0)
    summary = fit_gaussian(data=quiet, priors=replace(PRIORS, effect_sd=20.0)).tau_summary()
    assert summary.overlap < 0.2
    assert summary.lower < 2.0 < summary.upper


def test_contrast_scales_each_component_by_its_own_tau():
    posterior = fit_gaussian(data=trial(), priors=PRIORS)
    theta = posterior.contrast(lambda tau: 1 / (1 + tau))
    expected = posterior.weight @ (posterior.effect_mean / (1 + posterior.tau))
    assert theta.mean == pytest.approx(expected, rel=1e-12)


def test_draws_agree_with_the_posterior_they_come_from():
    posterior = fit_gaussian(data=trial(), priors=PRIORS)
    count = 40_000
    draws = posterior.draw(count=count, generator=np.random.default_rng(5))
    assert draws.coefficients.shape == (count, 3)
    effect, bound = posterior.effect(), 4 / np.sqrt(count)
    assert draws.coefficients[:, 2].mean() == pytest.approx(effect.mean, abs=bound * effect.sd)
    assert draws.coefficients[:, 2].std() == pytest.approx(effect.sd, rel=0.03)
    assert draws.coefficients[:, 0].mean() == pytest.approx(6.0, abs=1.0)
    for name in ("tau", "rho", "sigma"):
        drawn, exact = getattr(draws, name), posterior.weight @ getattr(posterior, name)
        assert drawn.mean() == pytest.approx(exact, abs=bound * drawn.std())


def test_equal_generators_give_equal_draws():
    posterior = fit_gaussian(data=trial(), priors=PRIORS)
    first, second = (
        posterior.draw(count=5, generator=np.random.default_rng(8)).coefficients for _ in range(2)
    )
    assert (first == second).all()


def shortened(nights: int) -> Observations:
    data = trial(missing=0.0)
    return replace(
        data,
        night=data.night[:nights],
        value=data.value[:nights],
        covariates=data.covariates[:nights],
    )


def test_too_few_nights_are_refused():
    with pytest.raises(TooFewNightsError, match="6 are needed"):
        fit_gaussian(data=shortened(5), priors=PRIORS)
    assert fit_gaussian(data=shortened(6), priors=PRIORS).effect().sd < PRIORS.effect_sd
    with pytest.raises(TooFewNightsError, match="0 nights are too few"):
        fit_gaussian(data=shortened(0), priors=PRIORS)


def test_answers_that_never_change_are_refused():
    data = trial()
    with pytest.raises(TooFewNightsError, match="the same"):
        fit_gaussian(data=replace(data, value=np.full(len(data.night), 0.3)), priors=PRIORS)


@pytest.mark.parametrize(
    "change",
    [
        {"value": np.zeros(3)},
        {"covariates": np.zeros((84, 2))},
        {"dose": np.zeros(10)},
        {"dose": np.full(84, np.nan)},
        {"night": np.zeros(84, dtype=int)},
    ],
    ids=["short value", "wide covariates", "short dose", "missing dose", "repeated nights"],
)
def test_data_that_do_not_fit_together_are_refused(change):
    with pytest.raises(ValueError, match=r"fit together|finite|increasing|outside"):
        replace(trial(missing=0.0), **change)
