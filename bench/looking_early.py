"""What looking before the end costs, and thresholds that pay for it: docs/looking-early.md.

    OMP_NUM_THREADS=1 python bench/looking_early.py [--trials 2000] [--plans 4000] [--check]

First the base design (bench/base_design.py) with its known onset time, beside what was published
for this software's first prototype; then thresholds calibrated for it and for magnesium-rls-fast.
``--check`` writes nothing: with fewer trials it looks whether every published figure lies within
3 Monte Carlo standard errors, and exits with 1 where one does not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from base_design import (
    EFFECTS,
    PAIRS,
    TAU,
    Figure,
    Table,
    Trials,
    base_person,
    base_protocol,
    report_outside,
)
from comparators import mean_difference
from ekbom.analysis.e_process import BAR, confidence_limits, e_values, pair_differences
from ekbom.analysis.exposure import exposure
from ekbom.analysis.many import Engine
from ekbom.analysis.schedule import Flags
from ekbom.protocol.files import built_in
from ekbom.protocol.model import Protocol
from ekbom.report.looks_words import looks_lines
from ekbom.simulation.batches import Batch, batch_count, live_batch
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.executors import Run, processes, run_here
from ekbom.simulation.layout import layout_of
from ekbom.simulation.looks import calibrate_looks, stops
from ekbom.simulation.seen import Seen, look_at

PAGE = Path(__file__).parents[1] / "docs" / "looking-early.md"
SEED = 20260825
TRIALS, PLANNED, CHECKED = 2000, 4000, 400
LOOKS = tuple(range(2, PAIRS))
FAST_LOOKS = (3, 4, 5)

# At each of `EFFECTS`; last, the mean number of pairs until stopping with an effect of -2.
PUBLISHED: dict[str, tuple[float | None, ...]] = {
    "at the end alone, .975": (0.018, None, None, None),
    "at each pair, .975": (0.052, 0.409, 0.891, 3.7),
    "at each pair, .977 (calibrated for 5 %)": (0.05, 0.39, 0.88, None),
    "at each pair, .986 (calibrated for 2.5 %)": (0.025, 0.29, 0.83, None),
    "randomisation test at the end, .05": (None, 0.310, 0.765, None),
    "e-process, 20 at any pair": (0.006, 0.107, 0.459, None),
}
THRESHOLDS = (0.975, 0.975, 0.977, 0.986)


def look_at_base(trials: int, engine: Engine = "numpy", run: Run = run_here) -> list[Seen]:
    """Return what the person of the base design shows with each of `EFFECTS`."""
    found = look_at(
        protocol=base_protocol(),
        people=[base_person(beta=beta) for beta in EFFECTS],
        after_pairs=LOOKS,
        batches=range(batch_count(trials)),
        seed=SEED,
        engine=engine,
        run=run,
    )
    return list(found)


def base_table(seen: Sequence[Seen]) -> Table:
    """Return what each way of looking says of the person of the base design."""
    columns = [list(ways(s, lived(beta, s))) for beta, s in zip(EFFECTS, seen, strict=True)]
    rows = []
    for place, (name, published) in enumerate(PUBLISHED.items()):
        cells: list[Figure | None] = [
            chance(f"{name}, effect {beta:g}", column[place], value)
            for beta, column, value in zip(EFFECTS, columns, published, strict=False)
        ]
        pairs = published[-1]
        cells.append(None if pairs is None else length(name, seen[-1], THRESHOLDS[place], pairs))
        rows.append((name, cells))
    heads = (*(f"effect {beta:g}" for beta in EFFECTS), "pairs until it stops (effect -2)")
    return Table("looking", heads, rows)


def ways(seen: Seen, trials: Trials) -> Iterator[Flags]:
    """Yield whether each trial says that the treatment helps, in the order of `PUBLISHED`."""
    better = seen.helps[0]
    yield better[:, -1] >= THRESHOLDS[0]
    for threshold in THRESHOLDS[1:]:
        yield np.any(better >= threshold, axis=1)
    orders = trials.layout.treated(trials.layout.reference.periods)
    yield mean_difference(trials.value, trials.treated, orders) <= 0.05
    yield np.any(e_values(seen.difference) >= BAR, axis=1)


def lived(beta: float, seen: Seen) -> Trials:
    """Return the same trials as they were lived."""
    protocol, person = base_protocol(), base_person(beta=beta)
    found = [
        live_batch(Batch(protocol=protocol, participant=person, seed=SEED, number=number))
        for number in range(batch_count(len(seen.difference)))
    ]
    orders = np.concatenate([orders for orders, _ in found])
    value = np.concatenate([one.value for _, one in found])
    return Trials(layout_of(protocol), orders, value, beta)


def chance(what: str, said: Flags, published: float | None) -> Figure:
    return Figure(what=what, found=Estimated.share(said), trials=len(said), published=published)


def length(name: str, seen: Seen, threshold: float, published: float) -> Figure:
    found = stops(seen, kind="probability", threshold=threshold, after=(*LOOKS, PAIRS))
    return Figure(
        what=f"pairs until it stops, {name}",
        found=found.pairs,
        trials=len(seen.difference),
        published=published,
        decimals=1,
    )


def sequence_table(seen: Sequence[Seen]) -> Table:
    """Return what the confidence sequence of the e-process holds, its onset time known."""
    rows = []
    for beta, one in zip(EFFECTS, seen, strict=True):
        some = lived(beta, one)
        pair = some.layout.schedule.block
        level = exposure(some.layout.dose(some.orders), tau=TAU)
        answered = np.where(np.isnan(some.value), np.nan, level)
        low, high = confidence_limits(
            difference=pair_differences(nightly=some.value, treated=some.treated, pair=pair),
            exposed=pair_differences(nightly=answered, treated=some.treated, pair=pair),
        )
        finite = np.isfinite(high - low)
        cells = [
            chance("holds it", (low <= beta) & (beta <= high), None),
            chance("finite", finite, None),
            Figure(
                what="width",
                found=Estimated.mean((high - low)[finite]),
                trials=int(finite.sum()),
                decimals=1,
            ),
        ]
        rows.append((f"effect {beta:g}", cells))
    return Table("confidence sequence, 95 %", ("holds it at every pair", "finite", "width"), rows)


PROSE = """\
# Looking before the end

This page is made by a command, which takes some minutes:

    OMP_NUM_THREADS=1 python bench/looking_early.py {options}

## In plain words

- **The safest way is not to look.** A verdict stays closed until the last planned night. That also
  keeps the blind: who has seen how it stands cannot unsee it.
- **Each look is one more chance for luck to look like an effect.** If you stop at the first good
  news after any pair, with the same threshold as at the end, chance findings become about two to
  three times as frequent.
- **A higher threshold pays for the looks.** If you want to look, say before the start after which
  pairs, and let the simulation find the threshold for your very plan. It goes into the protocol,
  and the protocol is frozen at registration.
- **The e-process** needs no model of your nights. It bets on the coins that decided the order, and
  its promise holds whenever you stop: without an effect it reaches 20 in at most 5 of 100 trials.
  It is costly: six pairs are six coins, and no pair can more than double it. With four pairs or
  fewer it can never reach 20.
- **Looking without having said so** is put on record (`ekbom verdict --unplanned-look`), and the
  stated error rates no longer hold.

## One person, six pairs

The base design of [usual analyses](usual-analyses.md), {trials:,} simulated trials for each effect,
the onset time known. Chance of ever saying that the treatment helps, with the Monte Carlo standard
error; in brackets what was published for the first prototype of this software, also from 2,000
trials.
{agreement}

{base}

The e-process also gives limits for the effect that one may look at after every pair. They suppose
an onset time (here the true one) and nothing else about the nights:

{sequence}

## Thresholds for whole plans

The threshold is calibrated so that it holds for people with very different nights, also those whose
nights resemble each other far more than the analysis expects. The whole decision rule asks for more
than a probability, so that looks may cost it nothing; where they do, the threshold rises.

### The base design

{plain}

### magnesium-rls-fast

{fast}
"""


def calibrated(
    protocol: Protocol, looks: Sequence[int], trials: int, engine: Engine, run: Run
) -> str:
    """Return what the shell prints about looks under a protocol."""
    found = calibrate_looks(
        protocol=protocol, after_pairs=looks, trials=trials, seed=SEED, engine=engine, run=run
    )
    return "\n".join(["```text", *looks_lines(found), "```"])


def page(base: Table, sequence: Table, plans: Sequence[str], trials: int, options: str) -> str:
    figures = [f for f in base.figures if f.published is not None]
    agreement = (
        f"{sum(f.within for f in figures)} of the {len(figures)} published figures lie within 3 "
        "standard errors of the difference."
    )
    return PROSE.format(
        trials=trials,
        options=options,
        agreement=agreement,
        base="\n".join(base.markdown()),
        sequence="\n".join(sequence.markdown()),
        plain=plans[0],
        fast=plans[1],
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int)
    parser.add_argument(
        "--plans", type=int, default=PLANNED, help="trials of each person under a plan"
    )
    parser.add_argument("--engine", choices=["numpy", "numba"], default="numpy")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="write nothing, compare only")
    chosen = parser.parse_args()
    trials = chosen.trials or (CHECKED if chosen.check else TRIALS)
    engine: Engine = chosen.engine
    with processes(chosen.processes) as run:
        seen = look_at_base(trials, engine, run)
        base = base_table(seen)
        outside = report_outside([base])
        if not chosen.check:
            plans = [
                calibrated(protocol, looks, chosen.plans, engine, run)
                for protocol, looks in (
                    (base_protocol(), LOOKS),
                    (built_in("magnesium-rls-fast"), FAST_LOOKS),
                )
            ]
            options = f"--trials {trials} --plans {chosen.plans} --engine {engine}"
            text = page(base, sequence_table(seen), plans, trials, options)
            PAGE.write_text(text, encoding="utf-8")
            print(f"written: {PAGE.name}")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
