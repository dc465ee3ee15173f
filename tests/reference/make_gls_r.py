"""Simulate 12 trials and let R analyse them: an implementation that shares nothing with ours.

    PYTHONPATH=tests:bench OMP_NUM_THREADS=1 python -m reference.make_gls_r

nlme::gls fits level, trend and exposure with an autoregression over gaps by REML; stats::t.test
gives the usual t intervals.  Needs Rscript with nlme.
"""

from __future__ import annotations

import csv
import io
import subprocess
from pathlib import Path

import numpy as np

from base_design import TAU, simulate
from ekbom.analysis.exposure import exposure

SEED, TRIALS = 20260826, 4
EFFECTS = (0.0, -1.0, -2.0)
FILE = Path(__file__).parent / "data" / "gls_r.csv"

SCRIPT = """
suppressMessages(library(nlme))
nights <- read.csv(file("stdin"))
row <- function(d) {
  k <- d[!is.na(d$value), ]
  f <- gls(value ~ trend + exposure, data = k, correlation = corAR1(form = ~night))
  a <- t.test(k$value[k$treated == 1], k$value[k$treated == 0], var.equal = TRUE)
  m <- tapply(k$value, list(k$pair, k$treated), mean)
  p <- t.test(m[, "1"], m[, "0"], paired = TRUE)
  rho <- coef(f$modelStruct$corStruct, unconstrained = FALSE)
  c(trial = d$trial[1], rho = rho[[1]], sigma = f$sigma, effect = coef(f)[["exposure"]],
    error = sqrt(vcov(f)["exposure", "exposure"]),
    arms = a$estimate[[1]] - a$estimate[[2]], arms_low = a$conf.int[1], arms_high = a$conf.int[2],
    paired = unname(p$estimate)[1], paired_low = p$conf.int[1], paired_high = p$conf.int[2])
}
found <- do.call(rbind, lapply(split(nights, nights$trial), row))
write.csv(format(found, digits = 15), row.names = FALSE, quote = FALSE)
"""


def drawn():
    """Yield order and answers of every trial, always the same."""
    for effect in EFFECTS:
        trials = simulate(beta=effect, trials=TRIALS, seed=SEED)
        yield from zip(trials.layout.dose(trials.orders), trials.orders, trials.value, strict=True)


def long_table(trials):
    """Return the nights of all trials as R reads them."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["trial", "night", "pair", "treated", "value", "trend", "exposure"])
    for number, (dose, _, value) in enumerate(trials):
        level = exposure(dose, tau=TAU)
        trend = np.arange(len(dose)) / (len(dose) - 1) - 0.5
        for t, answer in enumerate(value):
            told = "NA" if np.isnan(answer) else f"{answer:g}"
            cells = [
                number,
                t,
                t // 14,
                f"{dose[t]:g}",
                told,
                f"{trend[t]:.17g}",
                f"{level[t]:.17g}",
            ]
            rows.writerow(cells)
    return out.getvalue()


def main():
    trials = list(drawn())
    command = ["Rscript", "-e", SCRIPT]
    done = subprocess.run(
        command, input=long_table(trials), capture_output=True, text=True, check=True
    )
    found = list(csv.DictReader(io.StringIO(done.stdout)))
    with FILE.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        names = list(found[0])[1:]
        rows.writerow(["order", "answers", *names])
        for (_, order, value), fitted in zip(trials, found, strict=True):
            answers = " ".join("." if np.isnan(v) else f"{v:g}" for v in value)
            letters = "".join("AB"[treatment] for treatment in order)
            rows.writerow([letters, answers, *(fitted[name].strip() for name in names)])


if __name__ == "__main__":
    main()
