"""Many trials at once give, row by row, what `fit_gaussian` and `gls_test` give for each."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ekbom.analysis.exposure import exposure
from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.observations import Observations, TooFewNightsError
from ekbom.analysis.randomisation import gls_test
from ekbom.design.blocks import PermutedBlocks
from ekbom.design.complete import CompleteRandomisation
from ekbom.design.counterbalanced import CounterbalancedPairs
from ekbom.design.pairs import RandomisedPairs
from ekbom.design.start_points import StartPoints
from virtual_trials import PLACES, PRIORS, RHO0, TAU0, TREND_SD, Trials, Truth, simulate

few = settings(max_examples=25, deadline=None)


@st.composite
def truths(draw):
    """Draw what a handful of trials have in common: any design, short or long, sparse or full."""
    design = draw(
        st.sampled_from(
            [
                RandomisedPairs(3),
                RandomisedPairs(6),
                PermutedBlocks(2, (0, 0, 1, 1)),
                PermutedBlocks(2, (0, 1, 2)),
                CounterbalancedPairs(4),
                CompleteRandomisation((3, 3)),
                StartPoints(9, "AB", 2),
            ]
        )
    )
    length, before = draw(st.integers(1, 9)), draw(st.integers(0, 9))
    return Truth(
        nights=before + length * design.periods + draw(st.integers(0, 4)),
        length=length,
        before=before,
        level=draw(st.sampled_from([1.0, 6.0])),
        effect=draw(st.sampled_from([0.0, -1.0, -6.0])),
        rho=draw(st.sampled_from([-0.3, 0.4, 0.9])),
        sd=draw(st.sampled_from([0.3, 1.5])),
        missing=draw(st.sampled_from([0.0, 0.1, 0.6, 0.95])),
        ratings=draw(st.booleans()),
        design=design,
    )


def fitted(trials: Trials, i: int) -> Mixture | None:
    """Return trial i's theta by `fit_gaussian` alone."""
    night = np.flatnonzero(~np.isnan(trials.value[i]))
    data = Observations(
        night,
        trials.value[i, night],
        trials.trend[night, None],
        np.array([TREND_SD]),
        trials.dose[i],
    )
    on, off = trials.planned & (trials.dose[i] > 0), trials.planned & (trials.dose[i] == 0)
    try:
        posterior = fit_gaussian(data=data, priors=PRIORS, tau_nodes=15)
    except TooFewNightsError:
        return None
    levels = exposure(trials.dose[i], tau=posterior.tau)
    return posterior.effect().scaled(levels[:, on].mean(1) - levels[:, off].mean(1))


@few
@given(truths(), st.integers(0, 2**32 - 1))
def test_the_posterior_of_each_trial_is_that_of_fit_gaussian(truth, seed):
    trials = simulate(3, seed=seed, truth=truth)
    found = trials.fit()
    for i in range(3):
        alone = fitted(trials, i)
        assert found.usable[i] == (alone is not None)
        if alone is not None:
            np.testing.assert_allclose(found.mean[i], alone.mean, rtol=0, atol=1e-12 * alone.sd)
            np.testing.assert_allclose(found.sd[i], alone.sd, rtol=1e-12)
            below = [alone.below(x) for x in PLACES]
            np.testing.assert_allclose(found.below[i], below, rtol=0, atol=1e-12)


@few
@given(truths(), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_the_randomisation_test_of_each_trial_is_gls_test(truth, seed, sampled, higher):
    trials = simulate(12, seed=seed, truth=truth, listed=2 if sampled else 200_000)
    found = trials.test(higher_is_better=higher)
    for i in range(12):
        night = np.flatnonzero(~np.isnan(trials.value[i]))
        alone = gls_test(
            night=night,
            value=trials.value[i, night],
            covariates=trials.trend[night, None],
            period_of_night=trials.period,
            reference=trials.reference,
            observed=tuple(trials.order[i].tolist()),
            rho0=RHO0,
            tau0=TAU0,
            scale=1.0,
            higher_is_better=higher,
        )
        wanted = (alone.p, alone.p_benefit, alone.p_harm, alone.smallest_p_one_sided)
        ours = (found.p[i], found.p_benefit[i], found.p_harm[i], found.smallest_p_one_sided[i])
        np.testing.assert_array_equal(ours, np.array(wanted, dtype=float))
