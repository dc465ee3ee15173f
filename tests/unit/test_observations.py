"""What counts as observations of one outcome."""

from __future__ import annotations

import numpy as np
import pytest

from ekbom.analysis.observations import Observations, TooFewNightsError


def observations(*, night=range(8), value=range(8), covariates=(8, 2), dose=10):
    return Observations(
        np.array(night),
        np.array(value, dtype=float),
        np.zeros(covariates),
        np.ones(2),
        np.zeros(dose),
    )


def test_eight_nights_with_two_covariates_are_enough():
    data = observations()
    data.require_enough()
    assert data.n == 8


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"value": range(7)}, "do not fit together"),
        ({"covariates": (8, 3)}, "do not fit together"),
        ({"dose": 7}, "outside the calendar"),
        ({"night": [-1, 1, 2, 3, 4, 5, 6, 7]}, "outside the calendar"),
        ({"night": [0, 1, 1, 3, 4, 5, 6, 7]}, "strictly increasing"),
        ({"value": [0, 1, 2, 3, 4, 5, 6, np.nan]}, "leave its night out"),
    ],
)
def test_observations_that_do_not_fit_together_are_refused(change, match):
    with pytest.raises(ValueError, match=match):
        observations(**change)


def test_six_nights_with_two_covariates_are_too_few():
    data = observations(night=range(6), value=range(6), covariates=(6, 2))
    with pytest.raises(TooFewNightsError, match="6 nights are too few: 7 are needed"):
        data.require_enough()


def test_one_answer_is_not_enough():
    with pytest.raises(TooFewNightsError, match="same answer"):
        observations(value=[3] * 8).require_enough()


def test_a_dose_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="finite number"):
        Observations(
            np.arange(8), np.arange(8.0), np.zeros((8, 1)), np.ones(1), np.full(10, np.nan)
        )
