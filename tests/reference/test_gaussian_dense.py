"""The posterior against a dense grid, written by make_gaussian_dense.py to data/."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ekbom.analysis import gaussian_grid
from ekbom.analysis.gaussian import fit_gaussian
from reference.gaussian_trials import PRIORS, TAU_KNOWN
from reference.make_gaussian_dense import FILE, drawn_trials

STORED = json.loads(FILE.read_text())["trials"]


@pytest.fixture(scope="module")
def trials():
    """The 200 trials; their sums tell whether NumPy still draws the numbers it drew then."""
    drawn = [trial.data for trial in drawn_trials()]
    sums = [data.value.sum() for data in drawn]
    assert sums == pytest.approx([row["sum"] for row in STORED], rel=1e-12)
    return drawn


def differences(trials, *, key, priors, tau_nodes=21, limits=True):
    """Return the differences to the dense grid: mean, sd, two probabilities, two limits."""
    rows = []
    for data, stored in zip(trials, STORED, strict=True):
        effect = fit_gaussian(data=data, priors=priors, tau_nodes=tau_nodes).effect()
        ours = [effect.mean, effect.sd, effect.below(0.0), effect.below(-1.0)]
        ours += [effect.quantile(p) for p in (0.025, 0.975)] if limits else [np.nan] * 2
        sd = stored[key][1]
        rows.append((np.array(ours) - stored[key]) / [sd, sd, 1, 1, sd, sd])
    return np.abs(rows).max(axis=0)


def test_posterior_with_tau_known_agrees_with_a_dense_grid_on_200_trials(trials):
    apart = differences(trials, key="known", priors=TAU_KNOWN)
    assert apart[0] <= 1e-5
    assert apart[1] <= 1e-4
    assert apart[2:4].max() <= 1e-5
    assert apart[4:].max() <= 1e-3


def test_posterior_with_tau_estimated_agrees_with_a_dense_grid_on_200_trials(trials):
    apart = differences(trials, key="estimated", priors=PRIORS)
    assert apart[0] <= 1e-4
    assert apart[1] <= 1e-4
    assert apart[2:4].max() <= 1e-5
    assert apart[4:].max() <= 1e-3


def test_power_setting_of_15_tau_nodes_agrees_with_a_dense_grid_on_200_trials(trials):
    apart = differences(trials, key="estimated", priors=PRIORS, tau_nodes=15, limits=False)
    assert apart[:2].max() <= 5e-3


def test_a_fixed_grid_loses_a_strong_signal_that_closing_in_keeps(trials, monkeypatch):
    """Trial 18 has noise of .03 points: its tau is known far better than any fixed spacing."""
    mean, sd = STORED[18]["estimated"][:2]
    ours = fit_gaussian(data=trials[18], priors=PRIORS).effect()
    assert ours.mean == pytest.approx(mean, abs=1e-4 * sd)
    assert ours.sd == pytest.approx(sd, rel=1e-4)
    monkeypatch.setattr(gaussian_grid, "_ADJUSTMENTS", 1)
    fixed = fit_gaussian(data=trials[18], priors=PRIORS, tau_nodes=9).effect()
    assert abs(fixed.mean - mean) > 3 * sd
