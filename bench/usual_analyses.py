"""What the usual analyses of such a trial get wrong, and by how much: docs/usual-analyses.md.

    OMP_NUM_THREADS=1 python bench/usual_analyses.py [--trials 2000] [--check]

Simulates the base design (bench/base_design.py) and analyses every trial in each way.  Beside each
figure stands the one published for this software's first prototype, where there is one.
``--check`` writes nothing: with fewer trials it looks whether every published figure lies within
3 Monte Carlo standard errors, and exits with 1 where one does not.  All analyses share the same
simulated trials, so that with few of them one odd sample throws several figures outside together.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from base_design import (
    AT_ONCE,
    EFFECTS,
    PAIRS,
    TAU,
    Figure,
    Table,
    Trials,
    base_person,
    base_protocol,
    report_outside,
    simulate,
)
from comparators import Interval, arm_means, mean_difference, paired_t, shuffled_nights
from ekbom.analysis.exposure import Floats
from ekbom.analysis.gaussian import fit_gaussian
from ekbom.analysis.many import fit_many
from ekbom.analysis.many_tests import gls_many
from ekbom.analysis.observations import Observations
from ekbom.analysis.schedule import Flags
from ekbom.simulation.batches import batch_count
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.layout import Layout, layout_of
from ekbom.simulation.seen import KINDS, look_at

PAGE = Path(__file__).parents[1] / "docs" / "usual-analyses.md"
SEED = 20260824
TRIALS, CHECKED = 2000, 1000
TAUS = (0.3, 2.0, 5.0)
SHUFFLES = 999
BARS = (0.95, 0.975, 0.99)

ANALYSES: dict[str, dict[str, float]] = {
    "carry-over ignored": {"tau": AT_ONCE},
    "the first 2 nights of each period dropped": {"tau": AT_ONCE, "unanalysed_nights": 2},
    "the first 3 nights dropped": {"tau": AT_ONCE, "unanalysed_nights": 3},
    "onset time taken as 2 nights": {"tau": TAU},
    "onset time estimated": {"tau": TAU, "tau_log_sd": 0.7},
}
MAIN = ("carry-over ignored", "onset time taken as 2 nights", "onset time estimated")

# Each row: bias, coverage and P(limit < 0) with an effect of -1; coverage and P without one.
PUBLISHED_MAIN: dict[str, tuple[float, ...]] = {
    "means of both arms, nights independent": (0.31, 0.775, 0.521, 0.862, 0.072),
    "paired t test of period means": (0.31, 0.915, 0.245, 0.953, 0.021),
    "carry-over ignored": (0.43, 0.839, 0.257, 0.962, 0.014),
    "onset time taken as 2 nights": (0.08, 0.965, 0.341, 0.964, 0.015),
    "onset time estimated": (0.01, 0.973, 0.312, 0.967, 0.013),
}
# Coverage and bias at each onset time of `TAUS`.
PUBLISHED_TAU: dict[str, tuple[tuple[float, float], ...]] = {
    "carry-over ignored": ((0.951, 0.05), (0.836, 0.42), (0.609, 0.72)),
    "the first 2 nights of each period dropped": ((0.957, 0.06), (0.928, 0.21), (0.822, 0.56)),
    "the first 3 nights dropped": ((0.957, 0.08), (0.947, 0.18), (0.873, 0.51)),
    "onset time taken as 2 nights": ((0.959, -0.10), (0.955, 0.08), (0.890, 0.45)),
    "onset time estimated": ((0.963, -0.11), (0.975, 0.01), (0.951, 0.33)),
}
# How often p <= .05 at each of `EFFECTS`.
PUBLISHED_TESTS: dict[str, tuple[float, ...]] = {
    "single nights shuffled": (0.109, 0.573, 0.944),
    "difference of means, the 64 orders": (0.043, 0.309, 0.754),
    "ekbom's statistic, the 64 orders": (0.049, 0.366, 0.847),
}
# At each of `BARS`: at the end alone, at each pair from the second, each week from the fourth.
PUBLISHED_PEEKS = ((0.044, 0.018, 0.006), (0.098, 0.052, 0.015), (0.107, 0.061, 0.021))


@dataclass(frozen=True, slots=True)
class Found:
    """What an analysis found in each trial, shapes (N,).

    ``off`` is the estimate less the truth, ``covered`` whether the 95 % interval holds the truth,
    ``sure`` whether it lies wholly on the side of a benefit.
    """

    off: Floats
    covered: Flags
    sure: Flags

    @classmethod
    def of(cls, interval: Interval, truth: float) -> Found:
        held = (interval.low <= truth) & (truth <= interval.high)
        return cls(interval.mean - truth, held, interval.high < 0)


def ours(
    trials: Trials,
    *,
    tau: float,
    tau_log_sd: float = 0.0,
    unanalysed_nights: float = 0,
    shown_at: float | None = None,
) -> Found:
    """Return what ekbom's posterior finds of the effect at full exposure.

    With ``shown_at``, the true onset time, what it finds of the effect that the schedule shows.
    """
    layout = layout_of(
        base_protocol(tau=tau, tau_log_sd=tau_log_sd, unanalysed_nights=int(unanalysed_nights))
    )
    dose = layout.dose(trials.orders)
    truth = np.full(len(dose), trials.beta)
    if shown_at is not None:
        truth *= layout.contrast(trials.orders, np.array([shown_at]))[0]
    found = []
    for i, value in enumerate(trials.value):
        night = np.flatnonzero(layout.planned & ~np.isnan(value))
        data = Observations(
            night=night,
            value=value[night],
            covariates=layout.schedule.trend[night, None],
            covariate_sds=np.array([layout.priors.trend_sd]),
            dose=dose[i],
        )
        posterior = fit_gaussian(data=data, priors=layout.priors)
        effect = posterior.effect()
        if shown_at is not None:
            effect = posterior.contrast(partial(contrast_of, layout, trials.orders[i]))
        found.append((effect.mean - truth[i], effect.below(truth[i]), effect.below(0.0)))
    off, below, better = np.array(found).T
    return Found(off, (below >= 0.025) & (below <= 0.975), better >= 0.975)


def contrast_of(layout: Layout, order: NDArray[np.int8], taus: Floats) -> Floats:
    """Return D(tau) of one order for each of the taus."""
    return layout.contrast(order[None], taus)[:, 0]


def figures(
    name: str, found: Found, published: Sequence[float | None]
) -> tuple[Figure, Figure, Figure]:
    """Return bias, coverage, and how often the interval lies on the side of a benefit."""
    trials = len(found.off)
    bias, coverage, sure = published
    return (
        Figure(
            what=f"bias, {name}",
            found=Estimated.mean(found.off),
            trials=trials,
            published=bias,
            decimals=2,
        ),
        Figure(
            what=f"coverage, {name}",
            found=Estimated.share(found.covered),
            trials=trials,
            published=coverage,
        ),
        Figure(
            what=f"a benefit is sure, {name}",
            found=Estimated.share(found.sure),
            trials=trials,
            published=sure,
        ),
    )


def main_table(count: int) -> Table:
    """Return the usual analyses and ours, with an effect of -1 and without one."""
    rows = []
    kinds = {
        beta: simulate(beta=beta, trials=count, seed=SEED, decimals=True) for beta in (-1.0, 0.0)
    }
    for name, published in PUBLISHED_MAIN.items():
        there, none = (analyse(name, trials) for trials in kinds.values())
        rows.append(
            (
                name,
                (
                    *figures(f"{name}, effect -1", there, published[:3]),
                    *figures(f"{name}, no effect", none, (None, *published[3:]))[1:],
                ),
            )
        )
    there, none = (ours(t, tau=TAU, tau_log_sd=0.7, shown_at=TAU) for t in kinds.values())
    shown = "onset time estimated, the effect that this schedule shows"
    blank = (None, None, None)
    rows.append((shown, (*figures(shown, there, blank), *figures(shown, none, blank)[1:])))
    columns = (
        "bias",
        "interval holds -1",
        "benefit is sure",
        "interval holds 0",
        "benefit is sure (0)",
    )
    return Table("analysis", columns, rows)


def analyse(name: str, trials: Trials) -> Found:
    """Return what the analysis of that name finds."""
    if name in ANALYSES:
        return ours(trials, **ANALYSES[name])
    if name.startswith("paired"):
        pair = trials.layout.schedule.block
        return Found.of(paired_t(trials.value, trials.treated, pair), trials.beta)
    return Found.of(arm_means(trials.value, trials.treated), trials.beta)


def tau_table(count: int) -> Table:
    """Return coverage and bias where the onset time is another than the analysis supposes."""
    trials = [simulate(beta=-1.0, tau=tau, trials=count, seed=SEED) for tau in TAUS]
    rows = []
    for name, published in PUBLISHED_TAU.items():
        cells: list[Figure] = []
        for tau, some, (coverage, bias) in zip(TAUS, trials, published, strict=True):
            found = ours(some, **ANALYSES[name])
            both = figures(f"{name}, onset {tau:g}", found, (bias, coverage, None))
            cells += [both[1], both[0]]
        rows.append((name, cells))
    columns = tuple(f"{what}, onset {tau:g}" for tau in TAUS for what in ("holds it", "bias"))
    return Table("analysis", columns, rows)


def size_table(count: int) -> Table:
    """Return how often the one-sided p of each test is at most .05."""
    rows: dict[str, list[Figure]] = {name: [] for name in PUBLISHED_TESTS}
    for place, beta in enumerate(EFFECTS):
        trials = simulate(beta=beta, trials=count, seed=SEED)
        for name, p in p_values(trials):
            rows[name].append(
                Figure(
                    what=f"p <= .05, {name}, effect {beta:g}",
                    found=Estimated.share(p <= 0.05),
                    trials=count,
                    published=PUBLISHED_TESTS[name][place],
                )
            )
    columns = tuple(f"effect {beta:g}" for beta in EFFECTS)
    return Table("test", columns, list(rows.items()))


def p_values(trials: Trials) -> Iterator[tuple[str, Floats]]:
    """Yield the name and the one-sided p values towards benefit of each test."""
    rng = np.random.default_rng(SEED)
    layout, value = trials.layout, trials.value
    shuffled, means, ekbom = PUBLISHED_TESTS
    yield shuffled, shuffled_nights(value, trials.treated, shuffles=SHUFFLES, rng=rng)
    yield means, mean_difference(value, trials.treated, layout.treated(layout.reference.periods))
    plan = layout.protocol.analysis
    found = gls_many(
        value=value,
        trend=layout.schedule.trend,
        period=layout.schedule.period,
        reference=layout.reference,
        observed=trials.orders,
        rho0=plan.rho_test,
        tau0=plan.tau_test,
        higher_is_better=False,
    )
    yield ekbom, found.p_benefit


def peek_table(count: int) -> Table:
    """Return how often a benefit is ever found where there is none, by how often one looks."""
    (seen,) = look_at(
        protocol=base_protocol(),
        people=[base_person(beta=0.0)],
        after_pairs=range(2, PAIRS),
        batches=range(batch_count(count)),
        seed=SEED,
    )
    better = seen.helps[KINDS.index("probability")]
    kinds = {
        "at the end alone": better[:, -1],
        "at the end of each pair from the second": better.max(axis=1),
        "every week from the fourth": weekly(simulate(beta=0.0, trials=count, seed=SEED)),
    }
    rows = []
    for (name, highest), published in zip(kinds.items(), PUBLISHED_PEEKS, strict=True):
        cells = [
            Figure(
                what=f"P(better) > {bar:g} by chance, {name}",
                found=Estimated.share(highest > bar),
                trials=len(highest),
                published=value,
            )
            for bar, value in zip(BARS, published, strict=True)
        ]
        rows.append((name, cells))
    return Table("looking", tuple(f"P(better) > {bar:g}" for bar in BARS), rows)


def weekly(trials: Trials) -> Floats:
    """Return the highest P(better) of each trial at the end of any week from the fourth."""
    layout, found = trials.layout, []
    for week in range(4, 2 * PAIRS + 1):
        value = np.where(layout.schedule.period < week, trials.value, np.nan)
        cut = Trials(layout, trials.orders, value, trials.beta)
        found.append(probability_better(cut))
    highest: Floats = np.max(found, axis=0)
    return highest


def probability_better(trials: Trials) -> Floats:
    """Return P(effect < 0) of each trial, with a known onset time."""
    layout = trials.layout
    effects = fit_many(
        value=trials.value,
        dose=layout.dose(trials.orders),
        trend=layout.schedule.trend,
        trend_sd=layout.priors.trend_sd,
        treated=trials.treated,
        planned=layout.planned,
        priors=layout.priors,
        places=np.zeros((len(trials.value), 1)),
    )
    better: Floats = effects.below[:, 0]
    return better


PROSE = """\
# What the usual analyses get wrong

This page is made by a command, which takes a few minutes:

    OMP_NUM_THREADS=1 python bench/usual_analyses.py --trials {trials}

It simulates one person {trials:,} times: 84 nights, 6 pairs of 7 nights in random order, a rating
from 0 to 10, nights that differ by 1.5 points and resemble their neighbours (correlation .4), a
slow drift of half a point, one answer in ten missing. The treatment changes the rating by -1 point
at full exposure, and takes about 2 nights to come and to go. Then it asks each analysis what it
found. Each figure stands with its Monte Carlo standard error; in brackets is what was published for
the first prototype of this software, also from 2,000 trials.
{agreement}

## In plain words

- **Treating each night as a person of its own** makes the answer look far surer than it is. The
  95 % interval misses the truth in more than 2 of 10 trials, and where there is no effect it finds
  a benefit about three times as often as it should.
- **Ignoring that a treatment lingers** hides part of the effect: what is left of it on the first
  placebo nights counts as placebo. The slower the treatment, the worse. Leaving out the first
  nights helps; it is not enough when the treatment is slower than that.
- **Estimating how fast it comes and goes** costs some certainty, and keeps the interval honest.
- **Shuffling single nights** to see what chance can do is wrong when whole weeks were randomised:
  it finds "benefits" about twice as often as it says. Shuffling what was really drawn is right.
- **Looking after each pair** and stopping at the first good news makes chance findings about two to
  three times as frequent ([looking early](looking-early.md) shows what to do instead).
- **Six pairs of seven nights are too few for one point.** Every honest analysis here finds it in
  2 to 4 trials of 10. Ask what a plan can find before you start.

## The estimate

In this table the answers have decimals, as it seems that the published ones had; everywhere else
they are whole numbers. The effect at full exposure is -1 (left three columns) or 0 (right two).
"Benefit is sure": the whole 95 % interval lies on the side of a benefit, which without an effect
should happen in 2.5 % of the trials.

{main}

The last row is what a verdict reports: the effect that the schedule shows, after what lingers.

## When the treatment is quicker or slower than thought

The effect is -1. The onset time is .3, 2 or 5 nights.

{tau}

## The test

How often the one-sided p towards benefit is at most .05. With 64 orders the largest p that counts
is 3/64, so that an exact test says so in 4.7 % of the trials without an effect, and in no more.

{test}

## Looking before the end

How often a benefit is ever found where there is none, with a known onset time.

{peek}
"""


def page(tables: list[Table], trials: int) -> str:
    """Return the page."""
    figures = [f for table in tables for f in table.figures if f.published is not None]
    within = sum(figure.within for figure in figures)
    agreement = (
        f"{within} of the {len(figures)} published figures lie within 3 standard errors of the "
        "difference."
    )
    texts = ("\n".join(table.markdown()) for table in tables)
    return PROSE.format(
        trials=trials,
        agreement=agreement,
        **dict(zip(("main", "tau", "test", "peek"), texts, strict=True)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int)
    parser.add_argument("--check", action="store_true", help="write nothing, compare only")
    chosen = parser.parse_args()
    trials = chosen.trials or (CHECKED if chosen.check else TRIALS)
    tables = [make(trials) for make in (main_table, tau_table, size_table, peek_table)]
    outside = report_outside(tables)
    if not chosen.check:
        PAGE.write_text(page(tables, trials), encoding="utf-8")
        print(f"written: {PAGE.name}")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
