"""A thousand simulated trials, side by side: ekbom with both engines, nlme::gls, and stanli.

    OMP_NUM_THREADS=1 python bench/power.py [--trials 1000] [--gls 200] [--stanli 12] [--no-growth]

Every tool gets the same simulated trials: 84 nights, 6 pairs of 7 nights, level 6, effect -1 at an
onset time of 2 nights, trend -.5, autocorrelation .4, sd 1.5, ratings 0-10, 10 % missing.  Ekbom's
time is that of the simulation, of the posterior with the onset time estimated (15 nodes) and of
the exact test of all 64 orders.  The peers get the data for nothing: gls fits an AR(1) by REML
with the onset time taken as known, which it cannot estimate; stanli samples the posterior that
ekbom computes.  Seconds are CPU seconds, warm: nothing that is built, compiled or started counts.

The bars, per 1,000 trials: NumPy alone in 10 s, numba in 2 s, 10 times quicker than gls and 300
times quicker than stanli; and the time grows as the number of trials, or of nights, to a
power of at most 1.2, which leaves room for the noise of a busy machine.
A peer that is not installed is named, and the exit status is then 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats, exposure
from ekbom.analysis.many import Engine, ManyEffects, engines, fit_many
from ekbom.analysis.many_tests import ManyTests, gls_many
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.design.pairs import RandomisedPairs
from posterior import DRAWS, PRIORS, STAN, cpu_seconds

NUMPY_BAR, NUMBA_BAR, GLS_BAR, STANLI_BAR, GROWTH_BAR = 10.0, 2.0, 10.0, 300.0, 1.2
NIGHTS, SEED = 84, 20260824
LEVEL, EFFECT, TAU, TREND, RHO, SD, MISSING = 6.0, -1.0, 2.0, -0.5, 0.4, 1.5, 0.1
DESIGN = RandomisedPairs(6)
REFERENCE = reference_set(design=DESIGN, seed=1)
COUNTS, LENGTHS, GROWN = (250, 500, 1000, 2000), (42, 84, 168, 336), 250

GLS = """
suppressMessages(library(nlme))
folder <- commandArgs(TRUE)[1]
trials <- split(read.csv(file.path(folder, "trials.csv")), ~trial)
fit <- function(d) tryCatch(
  gls(y ~ s + e, data = d, correlation = corAR1(form = ~night)), error = function(e) NULL)
invisible(fit(trials[[1]]))
before <- proc.time()
fits <- lapply(trials, fit)
used <- proc.time() - before
good <- Filter(Negate(is.null), fits)
effect <- sapply(good, function(f) coef(f)[["e"]])
error <- sapply(good, function(f) sqrt(vcov(f)["e", "e"]))
seconds <- used[["user.self"]] + used[["sys.self"]]
cat(seconds, length(good), mean(effect), mean(effect / error < -1.96))
"""


@dataclass(frozen=True, slots=True)
class Trials:
    """Simulated trials: reports and doses (N, T), orders (N, P), trend and period (T,)."""

    value: Floats
    dose: Floats
    order: NDArray[np.int8]
    trend: Floats
    period: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Row:
    """What one tool took for how many trials, and what it found."""

    tool: str
    seconds: float
    trials: int
    mean: float
    sure: float
    note: str

    @property
    def per_thousand(self) -> float:
        return 1000 * self.seconds / self.trials


def simulate(count: int, nights: int = NIGHTS) -> Trials:
    rng = np.random.default_rng([SEED, nights])
    order = REFERENCE.periods[rng.integers(len(REFERENCE.periods), size=count)]
    period = np.arange(nights) * DESIGN.periods // nights
    dose = order[:, period].astype(np.float64)
    trend = np.arange(nights) / (nights - 1) - 0.5
    noise = SD * rng.standard_normal((nights, count))
    for t in range(1, nights):
        noise[t] = RHO * noise[t - 1] + np.sqrt(1 - RHO**2) * noise[t]
    latent = LEVEL + TREND * trend + EFFECT * exposure(dose, tau=TAU) + noise.T
    value = np.clip(np.rint(latent), 0, 10)
    value[rng.random(value.shape) < MISSING] = np.nan
    return Trials(value, dose, order, trend, period)


def analyse(trials: Trials, engine: Engine) -> tuple[ManyEffects, ManyTests]:
    effects = fit_many(
        value=trials.value,
        dose=trials.dose,
        trend=trials.trend,
        trend_sd=PRIORS.trend_sd,
        treated=trials.dose > 0,
        planned=np.ones(len(trials.trend), dtype=bool),
        priors=PRIORS,
        places=np.tile([-1.0, -0.5, 0.0, 1.0], (len(trials.value), 1)),
        engine=engine,
    )
    tests = gls_many(
        value=trials.value,
        trend=trials.trend,
        period=trials.period,
        reference=REFERENCE,
        observed=trials.order,
        rho0=RHO,
        tau0=TAU,
        higher_is_better=False,
        engine=engine,
    )
    return effects, tests


def timed(work: Callable[[], object], *, runs: int = 1) -> float:
    """Return the least CPU seconds of a few runs: a busy machine only ever adds."""
    seconds = []
    for _ in range(runs):
        start = cpu_seconds()
        work()
        seconds.append(cpu_seconds() - start)
    return min(seconds)


def ekbom_row(engine: Engine, count: int) -> Row:
    start = time.perf_counter()
    analyse(simulate(2), engine)
    ready = time.perf_counter() - start
    effects, tests = analyse(simulate(count), engine)
    seconds = timed(lambda: analyse(simulate(count), engine), runs=3)
    sure = float((effects.below[:, 2] >= 0.975).mean())
    p = float((tests.p_benefit <= 0.05).mean())
    note = f"p <= .05 in {p:.3f}; ready after {ready:.1f} s"
    return Row(f"ekbom, {engine}", seconds, count, float(effects.mean.mean()), sure, note)


def gls_row(count: int) -> Row | None:
    if shutil.which("Rscript") is None:
        return None
    trials = simulate(count)
    exposed = exposure(trials.dose, tau=TAU)
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "trials.csv").open("w") as file:
            file.write("trial,night,y,s,e\n")
            for i, t in np.argwhere(~np.isnan(trials.value)):
                row = (i, t + 1, trials.value[i, t], trials.trend[t], exposed[i, t])
                file.write(",".join(map(str, row)) + "\n")
        script = Path(folder) / "gls.R"
        script.write_text(GLS)
        done = subprocess.run(
            ["Rscript", "--vanilla", script, folder], capture_output=True, text=True, check=False
        )
    if done.returncode:
        print(done.stderr)
        return None
    seconds, fitted, mean, sure = (float(word) for word in done.stdout.split())
    note = f"onset time known; no prior; {count - int(fitted)} fits failed"
    return Row("nlme::gls, corAR1", seconds, count, mean, sure, note)


def stanli_row(count: int) -> Row | None:
    if importlib.util.find_spec("stanli") is None:
        return None
    import stanli

    trials, seconds = simulate(count), []
    means, below = [], []
    for i in range(count):
        night = np.flatnonzero(~np.isnan(trials.value[i]))
        data = {
            "n": len(night),
            "T": NIGHTS,
            "night": (night + 1).tolist(),
            "y": trials.value[i, night].tolist(),
            "s": trials.trend[night].tolist(),
            "dose": trials.dose[i].tolist(),
        }
        model = stanli.Model(stan_code=STAN, data=data)
        start = cpu_seconds()
        fit = model.sample(**DRAWS, seed=i + 1, refresh=0)
        seconds.append(cpu_seconds() - start)
        draws = np.asarray(fit["b"]).ravel()
        means.append(draws.mean())
        below.append((draws < 0).mean())
    sure = float((np.array(below) >= 0.975).mean())
    note = "4 x (1000 + 1000) draws of the same posterior; mean is that of beta"
    return Row("stanli NUTS", sum(seconds), count, float(np.mean(means)), sure, note)


def exponent(sizes: tuple[int, ...], seconds: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def seconds_for(engine: Engine, count: int, nights: int) -> float:
    analyse(simulate(2, nights), engine)
    return timed(lambda: analyse(simulate(count, nights), engine), runs=2)


def growth(engine: Engine) -> float:
    """Print how the time grows with trials and with nights; return the larger exponent."""
    steepest = 0.0
    for what, sizes, seconds in (
        (f"trials, {NIGHTS} nights each", COUNTS, [seconds_for(engine, c, NIGHTS) for c in COUNTS]),
        (f"nights, {GROWN} trials each", LENGTHS, [seconds_for(engine, GROWN, n) for n in LENGTHS]),
    ):
        power = exponent(sizes, seconds)
        steepest = max(steepest, power)
        listed = "  ".join(f"{n}: {s:.2f}" for n, s in zip(sizes, seconds, strict=True))
        print(f"{engine}, seconds by {what}: {listed}  exponent {power:.2f}", flush=True)
    return steepest


def judge(name: str, value: float, bar: float, *, least: bool) -> bool:
    passed = value >= bar if least else value <= bar
    word = "at least" if least else "at most"
    print(f"{name:44}{value:10.2f}  {word} {bar:<6g} {'passes' if passed else 'FAILS'}")
    return passed


def compare(rows: dict[str, Row | None]) -> list[bool]:
    """Print the ratios and bars; a missing tool is said so and fails."""
    passed = []
    for name, row in rows.items():
        if row is None:
            print(f"{name} is not installed or does not run: its comparison cannot be made")
            passed.append(False)
    by_numpy, by_numba = rows["NumPy"], rows["numba"]
    if by_numpy is not None:
        seconds = by_numpy.per_thousand
        passed.append(judge("NumPy, seconds per 1,000 trials", seconds, NUMPY_BAR, least=False))
    if by_numba is not None:
        seconds = by_numba.per_thousand
        passed.append(judge("numba, seconds per 1,000 trials", seconds, NUMBA_BAR, least=False))
        for peer, bar in (("nlme::gls", GLS_BAR), ("stanli", STANLI_BAR)):
            row = rows[peer]
            if row is not None:
                ratio = row.per_thousand / seconds
                passed.append(judge(f"{peer} / numba", ratio, bar, least=True))
    return passed


def show(rows: dict[str, Row | None], thousand: float | None) -> None:
    print(f"{'tool':20}{'s / 1,000':>10}{'x numba':>9}{'trials':>8}{'mean':>8}{'sure':>7}  note")
    for row in rows.values():
        if row is not None:
            ratio = "-" if thousand is None else f"{row.per_thousand / thousand:.1f}"
            print(
                f"{row.tool:20}{row.per_thousand:10.2f}{ratio:>9}"
                f"{row.trials:8d}{row.mean:8.3f}{row.sure:7.3f}  {row.note}"
            )
    print("'sure': the share of trials with P(effect < 0) >= .975; for gls t < -1.96\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000, help="trials for ekbom")
    parser.add_argument("--gls", type=int, default=200, help="trials for nlme::gls")
    parser.add_argument("--stanli", type=int, default=12, help="trials for stanli")
    parser.add_argument("--no-growth", action="store_true", help="leave out the growth tables")
    options = parser.parse_args()
    has_numba = "numba" in engines()
    rows = {
        "NumPy": ekbom_row("numpy", options.trials),
        "numba": ekbom_row("numba", options.trials) if has_numba else None,
        "nlme::gls": gls_row(options.gls),
        "stanli": stanli_row(options.stanli),
    }
    by_numba = rows["numba"]
    show(rows, None if by_numba is None else by_numba.per_thousand)
    passed = compare(rows)
    if not options.no_growth:
        print()
        steepest = max(growth(engine) for engine in engines())
        passed.append(judge("steepest exponent of growth", steepest, GROWTH_BAR, least=False))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
