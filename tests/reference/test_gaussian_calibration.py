"""Simulation-based calibration in short; bench/calibration.py runs it in full."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ekbom.analysis import gaussian_grid
from reference.gaussian_calibration import chi_square_p, coverage, kolmogorov_p, positions
from reference.gaussian_trials import PRIORS, TAU_KNOWN

DRAWS = 300
COVERAGE_BOUND = 3 * float(np.sqrt(0.95 * 0.05 / DRAWS))


@pytest.mark.slow
@pytest.mark.parametrize(("nights", "period"), [(24, 4), (84, 7), (224, 28)])
@pytest.mark.parametrize("priors", [TAU_KNOWN, PRIORS], ids=["tau known", "tau estimated"])
def test_effects_drawn_from_the_prior_lie_uniformly_in_their_posteriors(nights, period, priors):
    generator = np.random.default_rng([nights, 1])
    found = positions(nights=nights, period=period, priors=priors, draws=DRAWS, generator=generator)
    assert kolmogorov_p(found) > 0.001
    assert chi_square_p(found) > 0.001
    assert coverage(found) == pytest.approx(0.95, abs=COVERAGE_BOUND)


def strong_signals():
    """Positions in trials whose answers are so precise that tau is known to a few per cent."""
    return positions(
        nights=84,
        period=7,
        priors=replace(PRIORS, sigma_sd=0.1),
        draws=DRAWS,
        generator=np.random.default_rng(7),
    )


@pytest.mark.slow
def test_strong_signals_are_calibrated_too():
    found = strong_signals()
    assert kolmogorov_p(found) > 0.001
    assert chi_square_p(found) > 0.001
    assert coverage(found) == pytest.approx(0.95, abs=COVERAGE_BOUND)


def test_a_grid_that_does_not_close_in_fails_on_strong_signals(monkeypatch):
    """The same grid held fixed: the reason for closing in."""
    monkeypatch.setattr(gaussian_grid, "_ADJUSTMENTS", 1)
    found = strong_signals()
    assert chi_square_p(found) < 0.001
    assert coverage(found) < 0.8


def test_the_uniformity_tests_tell_even_from_uneven_positions():
    even = (np.arange(400) + 0.5) / 400
    assert kolmogorov_p(even) == pytest.approx(1.0)
    assert chi_square_p(even) == pytest.approx(1.0)
    assert kolmogorov_p(even**1.4) < 0.001
    assert chi_square_p(even**1.4) < 0.001
