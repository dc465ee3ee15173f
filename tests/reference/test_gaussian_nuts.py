"""The posterior against long runs of an independent sampler, stored in data/gaussian_nuts.json."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors

STORED = json.loads((Path(__file__).parent / "data" / "gaussian_nuts.json").read_text())


def trial(number: int) -> Observations:
    stored = STORED["trials"][number]
    dose = np.array([float(digit) for digit in stored["dose"]])
    night = np.array(stored["night"])
    time = np.arange(len(dose)) / (len(dose) - 1) - 0.5
    return Observations(night, np.array(stored["value"]), time[night, None], np.array([2.0]), dose)


def fits(*, estimated: bool):
    """Return each stored summary with the effect's posterior from ekbom."""
    priors = Priors(5.0, 2.5, 2.0, 2.0, 2.5, 0.3, 0.3, 0.95, np.log(2.0), 0.7 * estimated)
    for stored in STORED["fits"]:
        if stored["estimated"] == estimated:
            yield stored, fit_gaussian(data=trial(stored["trial"]), priors=priors).effect()


@pytest.mark.parametrize("estimated", [False, True], ids=["tau known", "tau estimated"])
def test_posterior_agrees_with_stored_nuts(estimated):
    pairs = list(fits(estimated=estimated))
    assert len(pairs) == 20
    apart = np.array([(ours.mean - nuts["mean"]) / nuts["sd"] for nuts, ours in pairs])
    in_mcse = apart * np.sqrt([nuts["ess"] for nuts, _ in pairs])
    assert np.abs(apart).max() < 0.02
    assert np.sqrt((apart**2).mean()) < 0.008
    assert np.sqrt((in_mcse**2).mean()) < 1.5
    for nuts, ours in pairs:
        assert ours.sd == pytest.approx(nuts["sd"], rel=0.02)
        assert ours.below(0.0) == pytest.approx(nuts["below 0"], abs=0.005)
        assert ours.below(-0.5) == pytest.approx(nuts["below -0.5"], abs=0.005)
