"""The sweep along the calendar against dense matrix algebra with the same sites."""

from __future__ import annotations

import numpy as np
import pytest

from ekbom.analysis.propagation.sweep import Field, Sites, chain, sweep

NODES, NIGHTS, P = 5, 40, 4


def noise_covariance(*, night, rho, sigma):
    distance = np.abs(night[:, None] - night)
    return sigma**2 * rho**distance


@pytest.fixture
def night(rng=None):
    rng = np.random.default_rng(20)
    return np.sort(rng.choice(90, NIGHTS, replace=False))


@pytest.fixture
def values():
    rho = np.array([-0.6, 0.0, 0.3, 0.8, 0.949])
    return rho, np.array([0.05, 0.5, 1.0, 2.0, 4.0])


@pytest.fixture
def field(night, values):
    rng = np.random.default_rng(21)
    rho, sigma = values
    return Field(
        rng.normal(size=(NIGHTS, P, NODES)),
        rng.normal(size=P),
        rng.uniform(0.1, 2, size=P),
        *chain(gap=np.diff(night), rho=rho, sigma=sigma),
    )


@pytest.fixture
def sites():
    rng = np.random.default_rng(22)
    shape = (NIGHTS, NODES)
    return Sites(rng.normal(size=shape) * 3, rng.gamma(0.5, 4, size=shape) + 1e-6)


def dense(*, field, sites, covariance, node):
    """Return the joint posterior of eta and b, and the log mass, by inverting whole matrices."""
    X = field.design[:, :, node]
    V0 = np.diag(1 / field.prior_precision)
    K = np.block([[covariance + X @ V0 @ X.T, X @ V0], [V0 @ X.T, V0]])
    mean = np.concatenate([X @ field.prior_mean, field.prior_mean])
    H = np.zeros((NIGHTS + P, NIGHTS))
    H[:NIGHTS] = np.eye(NIGHTS)
    noise = np.diag(1 / sites.precision[:, node])
    pseudo = sites.linear[:, node] / sites.precision[:, node]
    S = K[:NIGHTS, :NIGHTS] + noise
    gain = np.linalg.solve(S, K[:NIGHTS]).T
    away = pseudo - mean[:NIGHTS]
    log_density = -0.5 * (
        away @ np.linalg.solve(S, away) + np.linalg.slogdet(S)[1] + NIGHTS * np.log(2 * np.pi)
    )
    site_mass = 0.5 * np.sum(
        np.log(2 * np.pi / sites.precision[:, node]) + pseudo * sites.linear[:, node]
    )
    return mean + gain @ away, K - gain @ K[:NIGHTS], log_density + site_mass


@pytest.mark.parametrize("node", range(NODES))
def test_marginals_agree_with_dense_algebra(field, sites, night, values, node):
    covariance = noise_covariance(night=night, rho=values[0][node], sigma=values[1][node])
    mean, cov, log_mass = dense(field=field, sites=sites, covariance=covariance, node=node)
    found = sweep(field=field, sites=sites)
    np.testing.assert_allclose(found.mean[:, node], mean[:NIGHTS], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found.variance[:, node], np.diag(cov)[:NIGHTS], rtol=1e-10)
    np.testing.assert_allclose(found.coefficient_mean[node], mean[NIGHTS:], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found.coefficient_cov[node], cov[NIGHTS:, NIGHTS:], atol=1e-10)
    assert found.log_mass[node] == pytest.approx(log_mass, rel=1e-10)


def test_chain_is_the_inverse_of_the_dense_covariance(night, values):
    rho, sigma = values
    diagonal, lower, log_det = chain(gap=np.diff(night), rho=rho, sigma=sigma)
    for node in range(NODES):
        Q = np.diag(diagonal[:, node])
        Q += np.diag(lower[1:, node], -1) + np.diag(lower[1:, node], 1)
        covariance = noise_covariance(night=night, rho=rho[node], sigma=sigma[node])
        np.testing.assert_allclose(Q @ covariance, np.eye(NIGHTS), atol=1e-9)
        assert log_det[node] == pytest.approx(-np.linalg.slogdet(covariance)[1], rel=1e-10)
