"""The axes of the hyperparameters, the nodes laid over them and the climb to their mode."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf, ndtr

from ekbom.analysis.priors import Priors
from ekbom.analysis.propagation.hyperparameters import Scale
from ekbom.analysis.propagation.negative_binomial import NegativeBinomial
from ekbom.analysis.propagation.nodes import normal_nodes
from ekbom.analysis.propagation.poisson import Poisson
from ekbom.analysis.propagation.proposal import climb, refit

PRIORS = Priors(5, 10, 2, 2, 2.5, rho_mean=0.4, rho_sd=0.5, log_tau_mean=0.7, log_tau_sd=0.5)
Z = np.array([-4.0, -2.0, -0.3, 0.0, 0.8, 2.0, 5.0])


def test_each_axis_is_the_normal_score_of_its_prior():
    values = Scale(PRIORS, NegativeBinomial(1.5, 0.8)).place(points=np.column_stack([Z] * 4))
    ends = ndtr((np.array([-0.95, 0.95]) - 0.4) / 0.5)
    np.testing.assert_allclose(
        (ndtr((values.rho - 0.4) / 0.5) - ends[0]) / (ends[1] - ends[0]), ndtr(Z), atol=1e-12
    )
    np.testing.assert_allclose(erf(values.sigma / 2.5 / np.sqrt(2)), ndtr(Z), rtol=1e-6)
    np.testing.assert_allclose(np.log(values.tau), 0.7 + 0.5 * Z, atol=1e-12)
    np.testing.assert_allclose(values.extra, 1.5 + 0.8 * Z, atol=1e-12)


def test_a_known_tau_has_no_axis():
    known = Priors(5, 10, 2, 2, 2.5, log_tau_mean=np.log(3))
    scale = Scale(known, Poisson())
    assert scale.axes == 2
    np.testing.assert_allclose(scale.place(points=np.zeros((4, 2))).tau, 3.0)


def test_far_out_the_values_stay_usable():
    values = Scale(PRIORS, Poisson()).place(points=np.array([[40.0] * 3, [-40.0] * 3]))
    assert (np.abs(values.rho) <= 0.95).all()
    assert (values.sigma > 0).all()


@pytest.mark.parametrize("dimension", [2, 3, 4])
@pytest.mark.parametrize("count", [32, 64, 128, 1024])
def test_nodes_have_mean_0_and_covariance_1(count, dimension):
    nodes = normal_nodes(count=count, dimension=dimension)
    np.testing.assert_allclose(nodes.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(nodes.T @ nodes / count, np.eye(dimension), atol=1e-12)
    assert np.abs(nodes).max() > 1.8


@pytest.mark.parametrize("dimension", [2, 3])
def test_nodes_integrate_a_smooth_function_as_the_closed_form(dimension):
    nodes = normal_nodes(count=128, dimension=dimension)
    exact = np.exp(-0.5 * 0.3**2 * dimension)
    assert np.cos(0.3 * nodes.sum(axis=1)).mean() == pytest.approx(exact, abs=2e-3)


CENTRE = np.array([0.7, -1.2, 2.0])
PRECISION = np.array([[4.0, 1.0, 0.5], [1.0, 9.0, -1.0], [0.5, -1.0, 2.0]])


def test_climb_finds_centre_and_spread_of_a_normal():
    def height(points):
        away = points - CENTRE
        return -0.5 * np.einsum("ni,ij,nj->n", away, PRECISION, away)

    found = climb(height=height, start=np.array([-1.0, 1.0, 0.0]))
    np.testing.assert_allclose(found.centre, CENTRE, atol=1e-6)
    np.testing.assert_allclose(
        found.root @ found.root.T, 1.3**2 * np.linalg.inv(PRECISION), rtol=1e-4, atol=1e-5
    )


def test_climb_does_not_leave_a_peak_that_newton_overshoots():
    def height(points):
        return -np.log1p(((points - 1.0) ** 2).sum(axis=1) * 10)

    found = climb(height=height, start=np.array([-1.5, 2.5]))
    np.testing.assert_allclose(found.centre, [1.0, 1.0], atol=0.1)


def test_refit_has_the_weighted_moments():
    carried = np.random.default_rng(1).normal(size=(50, 2))
    weight = np.full(50, 0.02)
    found = refit(carried=carried, weight=weight)
    np.testing.assert_allclose(found.centre, carried.mean(axis=0))
    np.testing.assert_allclose(
        found.root @ found.root.T, 1.69 * np.cov(carried.T, bias=True), rtol=1e-4, atol=1e-5
    )
