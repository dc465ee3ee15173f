"""A finite mixture of normal distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from ekbom.analysis.mixture import Mixture

LEVELS = (1e-6, 0.001, 0.025, 0.2, 0.5, 0.9, 0.975, 0.9999)


def mixture(components: int, *, seed: int = 1) -> Mixture:
    generator = np.random.default_rng(seed)
    weight = generator.exponential(size=components) ** 3
    return Mixture(
        weight / weight.sum(),
        generator.normal(size=components),
        generator.uniform(0.1, 2.0, size=components),
    )


@pytest.mark.parametrize("components", [1, 3, 5000])
@pytest.mark.parametrize("p", LEVELS)
def test_quantile_inverts_below(components, p):
    whole = mixture(components)
    assert whole.below(whole.quantile(p)) == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize("p", LEVELS)
def test_one_component_has_the_normal_quantiles(p):
    single = Mixture(np.ones(1), np.array([3.0]), np.array([0.25]))
    assert single.quantile(p) == pytest.approx(3 + 0.25 * ndtri(p), abs=1e-13)


def test_quantile_lies_between_two_components_far_apart():
    whole = Mixture(np.array([0.5, 0.5]), np.array([-100.0, 100.0]), np.array([0.1, 0.1]))
    assert whole.quantile(0.25) == pytest.approx(-100, abs=1e-9)
    assert whole.quantile(0.75) == pytest.approx(100, abs=1e-9)
    assert whole.below(whole.quantile(0.5)) == pytest.approx(0.5, abs=1e-12)


def test_quantile_of_a_nearly_certain_value_ends():
    whole = Mixture(np.ones(1), np.array([4.0]), np.array([1e-17]))
    assert whole.quantile(0.975) == pytest.approx(4.0)


def test_mean_and_sd_agree_with_draws():
    whole = mixture(20)
    generator = np.random.default_rng(2)
    chosen = generator.choice(20, p=whole.weight, size=200_000)
    draws = generator.normal(whole.means[chosen], whole.sds[chosen])
    assert whole.mean == pytest.approx(draws.mean(), abs=4 * whole.sd / np.sqrt(200_000))
    assert whole.sd == pytest.approx(draws.std(), rel=0.01)


def test_above_below_and_between_add_up():
    whole = mixture(20)
    assert whole.above(0.3) == pytest.approx(1 - whole.below(0.3))
    assert whole.between(-1, 1) == pytest.approx(whole.below(1) - whole.below(-1))
    assert whole.between(1, -1) == 0.0


def test_above_is_exact_in_the_far_tail():
    single = Mixture(np.ones(1), np.zeros(1), np.ones(1))
    assert single.above(20.0) == pytest.approx(ndtr(-20.0), rel=1e-12)


def test_density_is_the_slope_of_below():
    whole = mixture(20)
    places = np.linspace(-4, 4, 9)
    slope = [(whole.below(x + 1e-5) - whole.below(x - 1e-5)) / 2e-5 for x in places]
    assert whole.density(places) == pytest.approx(slope, abs=1e-8)


def test_scaling_by_a_negative_number_mirrors_and_stretches():
    whole = mixture(20)
    turned = whole.scaled(-3.0)
    assert turned.mean == pytest.approx(-3 * whole.mean)
    assert turned.sd == pytest.approx(3 * whole.sd)
    assert turned.quantile(0.975) == pytest.approx(-3 * whole.quantile(0.025))


def test_each_component_may_have_its_own_factor():
    whole = Mixture(np.array([0.5, 0.5]), np.array([1.0, 1.0]), np.array([0.1, 0.1]))
    assert whole.scaled(np.array([1.0, 3.0])).mean == pytest.approx(2.0)
