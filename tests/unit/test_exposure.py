"""How much of the treatment the body has on a night."""

from __future__ import annotations

import numpy as np
import pytest

from ekbom.analysis.exposure import exposure

DOSE = np.array([0, 1, 1, 0, 0.5, 1, 0, 0, 0, 1], dtype=float)


def test_exposure_is_the_closed_form_weighted_sum_of_past_doses():
    share = 1 - np.exp(-1 / 3)
    expected = [
        sum(share * (1 - share) ** (t - s) * DOSE[s] for s in range(t + 1))
        for t in range(len(DOSE))
    ]
    assert exposure(DOSE, tau=3.0) == pytest.approx(expected, abs=1e-14)


def test_a_constant_dose_fills_up_exponentially():
    nights = np.arange(1, 31)
    assert exposure(np.ones(30), tau=10.0) == pytest.approx(1 - np.exp(-nights / 10), abs=1e-14)


def test_exposure_falls_by_the_same_share_each_night_after_the_last_dose():
    after = exposure(np.r_[np.ones(5), np.zeros(5)], tau=2.0)[4:]
    assert after[1:] / after[:-1] == pytest.approx(np.full(5, np.exp(-0.5)))


def test_tau_of_zero_is_the_dose_itself():
    assert (exposure(DOSE, tau=0.0) == DOSE).all()


def test_small_tau_tends_to_the_dose():
    assert exposure(DOSE, tau=0.02) == pytest.approx(DOSE, abs=1e-15)


def test_several_taus_and_doses_keep_their_axes():
    taus = np.array([0.0, 2.0, 10.0])
    doses = np.stack([DOSE, 1 - DOSE])
    both = exposure(doses, tau=taus)
    assert both.shape == (3, 2, len(DOSE))
    assert both[1, 1] == pytest.approx(exposure(1 - DOSE, tau=2.0))
    assert exposure(DOSE, tau=taus)[2] == pytest.approx(exposure(DOSE, tau=10.0))


def test_negative_tau_is_refused():
    with pytest.raises(ValueError, match="negative"):
        exposure(DOSE, tau=[1.0, -0.1])
