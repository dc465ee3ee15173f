"""The compiled engine against the NumPy one, its authority; without numba these tests fail."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from ekbom.analysis.many import engines
from ekbom.design.blocks import PermutedBlocks
from ekbom.design.complete import CompleteRandomisation
from ekbom.design.pairs import RandomisedPairs
from virtual_trials import PRIORS, Truth, simulate

TRUTHS = {
    "the base design": (60, Truth()),
    "few nights": (60, Truth(nights=28, length=4, missing=0.6, design=RandomisedPairs(3))),
    "nights before the trial": (40, Truth(nights=110, before=26)),
    "a strong effect with little noise": (40, Truth(effect=-6.0, sd=0.2, ratings=False)),
    "an effect far beyond the prior": (30, Truth(effect=-40.0, ratings=False)),
    "autocorrelation near .9": (60, Truth(rho=0.9)),
    "negative autocorrelation": (30, Truth(rho=-0.5)),
    "ratings that are mostly alike": (40, Truth(level=1.0, sd=0.4)),
    "hardly ever a rating other than 0": (40, Truth(level=-2.0, sd=1.0)),
    "most nights missing": (60, Truth(missing=0.7)),
    "nearly all nights missing": (40, Truth(missing=0.93)),
    "a year": (20, Truth(nights=336, length=28)),
}


@pytest.fixture(autouse=True, scope="module")
def fresh_machine_code(tmp_path_factory):
    """Compile anew: numba would not notice a change in a file that the called one uses."""
    import numba

    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(tmp_path_factory.mktemp("numba"))
    yield
    numba.config.CACHE_DIR = before


def agree(trials, priors=PRIORS, tau_nodes=15):
    ours = trials.fit("numba", priors, tau_nodes)
    authority = trials.fit("numpy", priors, tau_nodes)
    assert (ours.usable == authority.usable).all()
    used = authority.usable
    assert used.any()
    assert np.isnan(ours.below[~used]).all()
    mean = (ours.mean - authority.mean)[used] / authority.sd[used]
    assert np.abs(mean).max() < 1e-6
    assert np.abs(ours.sd[used] / authority.sd[used] - 1).max() < 1e-6
    assert np.abs(ours.below - authority.below)[used].max() < 1e-7


def test_numba_is_among_the_engines():
    assert engines() == ("numpy", "numba")


@pytest.mark.parametrize("kind", TRUTHS)
def test_the_posterior_agrees_with_fit_gaussian(kind):
    count, truth = TRUTHS[kind]
    agree(simulate(count, seed=len(kind), truth=truth))


@pytest.mark.parametrize(
    "priors",
    [
        replace(PRIORS, log_tau_sd=0.0),
        replace(PRIORS, log_tau_sd=0.0, log_tau_mean=-np.inf),
        replace(PRIORS, rho_sd=0.0),
        replace(PRIORS, log_tau_mean=float(np.log(10)), log_tau_sd=0.8),
        replace(PRIORS, effect_sd=0.5, intercept_sd=1.0),
    ],
)
def test_the_posterior_agrees_with_fit_gaussian_under_other_priors(priors):
    agree(simulate(20, seed=3), priors, tau_nodes=21)


def test_answers_in_other_units_agree_with_fit_gaussian():
    trials = simulate(20, seed=4)
    priors = replace(PRIORS, intercept_mean=60.0, intercept_sd=120.0, effect_sd=24.0, sigma_sd=30.0)
    agree(replace(trials, value=12 * trials.value), priors)


@pytest.mark.parametrize("kind", TRUTHS)
def test_the_randomisation_test_has_the_very_same_p(kind):
    count, truth = TRUTHS[kind]
    same_p(simulate(count, seed=len(kind), truth=truth), higher_is_better=False)


@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize(
    "design",
    [CompleteRandomisation((6, 6)), PermutedBlocks(3, (0, 0, 1, 1)), PermutedBlocks(4, (0, 1, 2))],
)
def test_the_randomisation_test_of_other_designs_has_the_very_same_p(design, sampled):
    trials = simulate(40, seed=5, truth=Truth(design=design), listed=2 if sampled else 200_000)
    same_p(trials, higher_is_better=True)


def test_ties_have_the_very_same_p():
    whole = simulate(60, seed=6, truth=Truth(sd=0.0, effect=-2.0, tau=0.0, missing=0.0))
    assert same_p(whole, higher_is_better=False) > 0


def same_p(trials, *, higher_is_better):
    ours = trials.test("numba", higher_is_better=higher_is_better)
    authority = trials.test("numpy", higher_is_better=higher_is_better)
    for name in authority.__slots__:
        np.testing.assert_array_equal(getattr(ours, name), getattr(authority, name), err_msg=name)
    return int((~np.isnan(authority.p)).sum())


def test_nobody_at_all_is_no_error():
    trials = simulate(1, seed=7)
    nobody = replace(trials, value=trials.value[:0], dose=trials.dose[:0], order=trials.order[:0])
    assert nobody.fit("numba").mean.shape == (0,)
    assert nobody.test("numba").p.shape == (0,)


def test_arrays_that_cannot_be_written_are_not_compiled_for_again():
    from ekbom.analysis.compiled import effects, randomisation

    trials = simulate(2, seed=8)
    wanted = trials.fit("numba"), trials.test("numba")
    for array in (trials.value, trials.dose, trials.trend, trials.period, trials.order):
        array.flags.writeable = False
    found = trials.fit("numba"), trials.test("numba")
    assert (found[0].mean == wanted[0].mean).all()
    assert (found[1].p == wanted[1].p).all()
    assert len(effects._fit_rows.signatures) == len(randomisation._probabilities.signatures) == 1


SCRIPT = """
from ekbom.analysis.compiled.jit import compiled

@compiled
def double(x):
    return 2 * x

assert double(21.0) == 42.0
"""


def test_an_installation_that_cannot_be_written_compiles_all_the_same(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    # A file where the directory of machine code should be: this stops even an administrator.
    (tmp_path / "__pycache__").touch()
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null", "PYTHONDONTWRITEBYTECODE": "1"}
    given = {name: text for name, text in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    subprocess.run([sys.executable, script], env=given | nowhere, check=True)
