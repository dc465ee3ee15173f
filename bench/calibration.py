"""Simulation-based calibration in full: do the posteriors hold the truths they should?

    OMP_NUM_THREADS=1 python bench/calibration.py [--draws 10000] [--nights 84] [--tau estimated]

Every unknown is drawn from its prior, a trial from the unknowns, and the true effect's place in
the posterior noted.  The places must be uniform: Kolmogorov-Smirnov and chi-square (20 bins)
p > .001, and 95 % limits that hold .95 of the truths to within 3 standard errors.  The last rows
hold the grid fixed, and show why it may not be.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from ekbom.analysis import gaussian_grid
from ekbom.analysis.priors import Priors

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
calibration = importlib.import_module("reference.gaussian_calibration")
trials = importlib.import_module("reference.gaussian_trials")

PERIODS = {24: 4, 84: 7, 224: 28}
SEED = 20260824


def row(*, nights: int, priors: Priors, draws: int, label: str, tau_nodes: int = 21) -> bool:
    """Print one line of the table and return whether it meets the bars."""
    generator = np.random.default_rng([SEED, nights, draws])
    places = calibration.positions(
        nights=nights,
        period=PERIODS[nights],
        priors=priors,
        draws=draws,
        generator=generator,
        tau_nodes=tau_nodes,
    )
    ks, chi = calibration.kolmogorov_p(places), calibration.chi_square_p(places)
    held, error = calibration.coverage(places), np.sqrt(0.95 * 0.05 / draws)
    passed = bool(ks > 0.001 and chi > 0.001 and abs(held - 0.95) < 3 * error)
    print(
        f"{nights:6d}  {label:38}{draws:7d}{ks:9.3f}{chi:10.2g}{held:10.4f} +- {error:.4f}"
        f"  {'passes' if passed else 'FAILS'}",
        flush=True,
    )
    return passed


def fixed_rows(*, draws: int) -> None:
    """Print what becomes of a grid of 31 x 9 nodes that does not close in."""
    with patch.multiple(gaussian_grid, _ADJUSTMENTS=1, _RHO_SCOUTS=31):
        for sigma_sd in (2.5, 0.1):
            priors = replace(trials.PRIORS, sigma_sd=sigma_sd)
            label = f"fixed 31 x 9, sigma ~ half-N({sigma_sd})"
            row(nights=84, priors=priors, draws=draws, label=label, tau_nodes=9)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--nights", type=int, nargs="*", default=list(PERIODS))
    parser.add_argument("--tau", nargs="*", default=["known", "estimated"])
    parser.add_argument("--fixed", action="store_true", help="add the fixed grid")
    chosen = parser.parse_args()
    print(f"nights  {'engine':38}{'draws':>7}{'KS p':>9}{'chi2 p':>10}{'coverage':>10}")
    passed = []
    for nights in chosen.nights:
        for tau in chosen.tau:
            priors = trials.TAU_KNOWN if tau == "known" else trials.PRIORS
            label = f"tau {tau}"
            passed.append(row(nights=nights, priors=priors, draws=chosen.draws, label=label))
    precise = replace(trials.PRIORS, sigma_sd=0.1)
    label = "tau estimated, sigma ~ half-N(0.1)"
    passed.append(row(nights=84, priors=precise, draws=chosen.draws, label=label))
    if chosen.fixed:
        fixed_rows(draws=chosen.draws)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
