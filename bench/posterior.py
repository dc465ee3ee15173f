"""One posterior, side by side: ekbom, stanli, PyMC where installed, and statsmodels.

    OMP_NUM_THREADS=1 python bench/posterior.py

Every tool gets the same stored trial of 84 nights, the same priors and, except for statsmodels,
an unknown onset time.  Seconds are CPU seconds of this process and its children, warm: models are
built and compiled before the clock starts.  The bar: ekbom with 21 tau nodes, limits included, in
at most a hundredth of the fastest sampler's CPU time.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ekbom.analysis.exposure import exposure
from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.observations import Observations
from ekbom.analysis.priors import Priors

DATA = Path(__file__).parents[1] / "tests" / "reference" / "data" / "gaussian_nuts.json"
BAR = 100.0
DRAWS = {"chains": 4, "warmup": 1000, "samples": 1000}
PRIORS = Priors(5.0, 2.5, 2.0, 2.0, 2.5, 0.3, 0.3, 0.95, float(np.log(2.0)), 0.7)

STAN = """
data { int n; int T; array[n] int night; vector[n] y; vector[n] s; vector[T] dose; }
parameters {
  real a; real g; real b; real<lower=0> sigma; real<lower=-.95, upper=.95> rho; real lt;
}
model {
  real k = 1 - exp(-exp(-lt));
  vector[T] e;
  real level = 0;
  for (t in 1:T) { level += k * (dose[t] - level); e[t] = level; }
  vector[n] u = y - a - g * s - b * e[night];
  a ~ normal(5, 2.5); g ~ normal(0, 2); b ~ normal(0, 2); sigma ~ normal(0, 2.5);
  rho ~ normal(.3, .3); lt ~ normal(log(2), .7);
  u[1] ~ normal(0, sigma);
  for (i in 2:n) {
    real r = pow(rho, night[i] - night[i - 1]);
    u[i] ~ normal(r * u[i - 1], sigma * sqrt(1 - r * r));
  }
}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One tool's answer about the effect and what it cost."""

    tool: str
    cpu: float
    mean: float
    sd: float
    note: str = ""


def stored_trial() -> Observations:
    stored = json.loads(DATA.read_text())["trials"][0]
    dose = np.array([float(digit) for digit in stored["dose"]])
    night, value = np.array(stored["night"]), np.array(stored["value"])
    time_ = np.arange(len(dose)) / (len(dose) - 1) - 0.5
    return Observations(night, value, time_[night, None], np.array([PRIORS.trend_sd]), dose)


def cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


def timed(work: Callable[[], Any], *, repeats: int) -> tuple[Any, float]:
    """Return the last answer and the median CPU seconds."""
    seconds = []
    for _ in range(repeats):
        start = cpu_seconds()
        answer = work()
        seconds.append(cpu_seconds() - start)
    return answer, float(np.median(seconds))


def ekbom_row(data: Observations) -> Row:
    def work() -> tuple[float, ...]:
        effect = None
        for _ in range(20):
            effect = fit_gaussian(data=data, priors=PRIORS, tau_nodes=21).effect()
            limits = effect.quantile(0.025), effect.quantile(0.975)
        assert effect is not None
        return effect.mean, effect.sd, *limits

    work()
    (mean, sd, low, high), seconds = timed(work, repeats=11)
    return Row("ekbom, 21 tau nodes", seconds / 20, mean, sd, f"95 % limits {low:.3f} {high:.3f}")


def stanli_row(data: Observations) -> Row:
    import stanli

    values = {
        "n": len(data.night),
        "T": len(data.dose),
        "night": (data.night + 1).tolist(),
        "y": data.value.tolist(),
        "s": data.covariates[:, 0].tolist(),
        "dose": data.dose.tolist(),
    }
    model = stanli.Model(stan_code=STAN, data=values)
    model.sample(**DRAWS, seed=1, refresh=0)
    fit, seconds = timed(lambda: model.sample(**DRAWS, seed=2, refresh=0), repeats=5)
    draws = np.asarray(fit["b"]).ravel()
    return Row("stanli NUTS 4 x (1000 + 1000)", seconds, draws.mean(), draws.std())


def pymc_row(data: Observations) -> Row:
    import pymc as pm

    nights = np.arange(len(data.dose))
    lag = np.maximum(np.subtract.outer(data.night, nights), 0)
    past = np.subtract.outer(data.night, nights) >= 0
    gap = np.diff(data.night)
    with pm.Model():
        a, g, b = pm.Normal("a", 5, 2.5), pm.Normal("g", 0, 2), pm.Normal("b", 0, 2)
        sigma = pm.HalfNormal("sigma", 2.5)
        rho = pm.TruncatedNormal("rho", 0.3, 0.3, lower=-0.95, upper=0.95)
        keep = pm.math.exp(-pm.math.exp(-pm.Normal("lt", np.log(2), 0.7)))
        e = ((1 - keep) * past * keep**lag) @ data.dose
        u = data.value - a - g * data.covariates[:, 0] - b * e
        r = rho**gap
        first = pm.logp(pm.Normal.dist(0, sigma), u[0])
        rest = pm.logp(pm.Normal.dist(r * u[:-1], sigma * pm.math.sqrt(1 - r * r)), u[1:]).sum()
        pm.Potential("likelihood", first + rest)
        options = {
            "chains": 4,
            "cores": 1,
            "progressbar": False,
            "compute_convergence_checks": False,
        }
        pm.sample(draws=10, tune=10, random_seed=1, **options)
        trace, seconds = timed(
            lambda: pm.sample(draws=1000, tune=1000, random_seed=2, **options), repeats=1
        )
    draws = trace.posterior["b"].to_numpy().ravel()
    return Row("PyMC NUTS 4 x (1000 + 1000)", seconds, draws.mean(), draws.std())


def statsmodels_row(data: Observations) -> Row:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    nights = np.arange(len(data.dose))
    answers = np.full(len(nights), np.nan)
    answers[data.night] = data.value
    trend = nights / (len(nights) - 1) - 0.5
    regressors = np.column_stack([np.ones(len(nights)), trend, exposure(data.dose, tau=2.0)])

    def work() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SARIMAX(answers, exog=regressors, order=(1, 0, 0)).fit(disp=False)

    work()
    fit, seconds = timed(work, repeats=11)
    note = "maximum likelihood, tau = 2 taken as known: it cannot estimate it"
    return Row("statsmodels SARIMAX(1,0,0)", seconds, fit.params[2], fit.bse[2], note)


def fresh_process_seconds() -> float:
    """Return the wall seconds of a new interpreter that imports ekbom and fits once."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import posterior\n"
        "posterior.fit_gaussian(data=posterior.stored_trial(), priors=posterior.PRIORS)"
        ".effect().quantile(.975)"
    )
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, str(Path(__file__).parent)], check=True)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def main() -> int:
    data = stored_trial()
    ours = ekbom_row(data)
    peers = [stanli_row(data)] if importlib.util.find_spec("stanli") else []
    if importlib.util.find_spec("pymc"):
        peers.append(pymc_row(data))
    else:
        print("PyMC is not installed: left out.")
    samplers = list(peers)
    if importlib.util.find_spec("statsmodels"):
        peers.append(statsmodels_row(data))
    print(f"{'tool':32}{'CPU ms':>10}{'x ekbom':>10}{'mean':>9}{'sd':>8}  note")
    for row in (ours, *peers):
        ratio = row.cpu / ours.cpu
        print(
            f"{row.tool:32}{1000 * row.cpu:10.2f}{ratio:10.1f}{row.mean:9.4f}{row.sd:8.4f}"
            f"  {row.note}"
        )
    print(f"new process, import and fit: {fresh_process_seconds():.2f} s wall (bar 1 s)")
    if not samplers:
        print("no sampler is installed: the bar cannot be checked")
        return 1
    ratio = min(row.cpu for row in samplers) / ours.cpu
    print(f"fastest sampler / ekbom: {ratio:.0f} (bar {BAR:.0f})")
    return 0 if ratio >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
