"""Operating characteristics: what a plan would find, how often, under each truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.decision import HELPS, NO_DIFFERENCE, WORDS, WORSE, Word
from ekbom.analysis.exposure import Floats
from ekbom.analysis.many import Engine
from ekbom.protocol.files import content_hash
from ekbom.protocol.model import DecisionRule, Protocol
from ekbom.simulation.analysed import Analysed, judge_many
from ekbom.simulation.batches import Batch, batch_count, run_batch
from ekbom.simulation.burden import Burden, burden_of
from ekbom.simulation.executors import Run, run_here
from ekbom.simulation.layout import Layout, layout_of
from ekbom.simulation.truths import Truth

Progress = Callable[[int, int], None]
"""Called with the number of trials done and wanted."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """A figure from simulated trials with its Monte Carlo standard error."""

    value: float
    error: float

    @classmethod
    def share(cls, happened: NDArray[np.bool_]) -> Estimated:
        """Return a share; its error is that of a binomial with one success and failure added.

        So that 0 of 100 is not said to be known without error (after Laplace).
        """
        n = len(happened)
        smoothed = (happened.sum() + 1) / (n + 2)
        error = np.sqrt(smoothed * (1 - smoothed) / (n + 2))
        return cls(float(happened.mean()), float(error))

    @classmethod
    def mean(cls, values: Floats) -> Estimated:
        """Return a mean of two values at least, with the usual standard error."""
        return cls(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What so many simulated trials of one truth found.

    ``words``: the chance of each verdict.  ``wrong``: the chance of a verdict that is false: any
    direction where there is no effect, the opposite direction, or `no worthwhile difference` where
    the schedule shows more than the MID.  ``coverage`` of the 95 % interval, ``bias`` and ``rmse``
    of the posterior mean and its mean sd ``posterior_sd`` are about the effect each trial really
    had; all are ``None`` where no trial could be estimated.  ``model_power`` is the chance of a
    probability of benefit beyond the rule's bar, ``test_power`` of a one-sided randomisation p
    towards benefit of at most .05 and ``test_two_sided`` of a two-sided one.
    """

    truth: Truth
    trials: int
    words: Mapping[Word, Estimated]
    wrong: Estimated
    coverage: Estimated | None
    bias: Estimated | None
    rmse: float | None
    posterior_sd: float | None
    model_power: Estimated
    test_power: Estimated
    test_two_sided: Estimated
    analysed: Analysed


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristics:
    """What a plan would find under each truth, and what it asks of a person.

    ``complete`` is false where the simulation was interrupted; the rows then have the trials done
    until then.
    """

    protocol: Protocol
    protocol_hash: str
    rows: tuple[Row, ...]
    burden: Burden
    seed: int
    trials: int
    engine: Engine
    complete: bool

    def row(self, name: str) -> Row:
        """Return the row of a truth by its id; raises KeyError if there is none."""
        found = next((row for row in self.rows if row.truth.id == name), None)
        if found is None:
            raise KeyError(name)
        return found


def simulate(
    *,
    protocol: Protocol,
    truths: Sequence[Truth],
    trials: int,
    seed: int,
    engine: Engine = "numpy",
    run: Run = run_here,
    progress: Progress | None = None,
) -> Characteristics:
    """Return how often a planned trial would say what, under each of several truths.

    Parameters
    ----------
    protocol
        The plan; chance must decide its order.
    truths
        What may be true; see `truths_for`.
    trials
        Simulated trials for each truth, 2 at least.
    seed
        Any whole number from 0; the same seed gives the same numbers on every executor.
    engine
        ``numba`` is quicker and needs the extra ``fast``.
    run
        Where the batches run: see `executors`.
    progress
        Called after every batch.

    Raises
    ------
    InputError
        If the plan cannot be simulated; see `layout_of`.
    ValueError
        If there are too few trials.
    RefusedError
        If the engine is not installed.

    Notes
    -----
    An interrupt (KeyboardInterrupt) after the first batch loses nothing of what is done: it is
    returned, ``complete`` is false, and truths of which nothing was done have no row.
    """
    if trials < 2:
        raise ValueError("simulate 2 trials at least")
    layout = layout_of(protocol)
    numbers = range(batch_count(trials))
    batches = [
        Batch(
            protocol=protocol,
            participant=truth.participant,
            seed=seed,
            number=number,
            engine=engine,
        )
        for number in numbers
        for truth in truths
    ]
    done = _gather(batches, run, progress, wanted=trials * len(truths))
    found = [_of_truth(done, place, len(truths), trials) for place in range(len(truths))]
    if all(one is None for one in found):
        raise KeyboardInterrupt
    return Characteristics(
        protocol=protocol,
        protocol_hash=content_hash(protocol),
        rows=tuple(
            summarise(truth=truth, found=one, layout=layout, rule=protocol.decision)
            for truth, one in zip(truths, found, strict=True)
            if one is not None
        ),
        burden=burden_of(layout),
        seed=seed,
        trials=trials,
        engine=engine,
        complete=len(done) == len(batches),
    )


def summarise(*, truth: Truth, found: Analysed, layout: Layout, rule: DecisionRule) -> Row:
    """Return what the trials of one truth found, judged by a rule."""
    place = judge_many(found, layout=layout, rule=rule)
    words = {word: place == i for i, word in enumerate(WORDS)}
    usable = ~np.isnan(found.mean)
    off = (found.mean - found.theta)[usable]
    known = len(off) > 1
    return Row(
        truth=truth,
        trials=found.count,
        words={word: Estimated.share(said) for word, said in words.items()},
        wrong=Estimated.share(_wrong(words, truth, layout)),
        coverage=Estimated.share(found.covered[usable]) if known else None,
        bias=Estimated.mean(off) if known else None,
        rmse=float(np.sqrt(np.mean(off**2))) if known else None,
        posterior_sd=float(found.sd[usable].mean()) if known else None,
        model_power=Estimated.share(found.better >= rule.probability_better),
        test_power=Estimated.share(found.p_benefit <= _LEVEL),
        test_two_sided=Estimated.share(found.p <= _LEVEL),
        analysed=found,
    )


_LEVEL = 0.05


def _wrong(
    words: Mapping[Word, NDArray[np.bool_]], truth: Truth, layout: Layout
) -> NDArray[np.bool_]:
    better = truth.theta < 0 if layout.outcome.direction == "lower" else truth.theta > 0
    if truth.beta == 0:
        return words[HELPS] | words[WORSE]
    opposite = words[WORSE] if better else words[HELPS]
    missed = abs(truth.theta) > layout.outcome.mid
    return opposite | words[NO_DIFFERENCE] if missed else opposite


def _gather(
    batches: Sequence[Batch], run: Run, progress: Progress | None, *, wanted: int
) -> dict[int, Analysed]:
    """Return the results by the place of their batch, those done until an interrupt if one came."""
    done: dict[int, Analysed] = {}
    try:
        for place, result in run(run_batch, batches):
            done[place] = result[-1]
            if progress is not None:
                progress(wanted * len(done) // len(batches), wanted)
    except KeyboardInterrupt:
        if len(done) == 0:
            raise
    return done


def _of_truth(
    done: Mapping[int, Analysed], place: int, truths: int, trials: int
) -> Analysed | None:
    """Return the trials of one truth, in the order of their batches, ``None`` if there are none.

    Only up to the first batch that is missing, so that an interrupted run holds the same trials as
    the beginning of a whole one.
    """
    parts = []
    while place in done:
        parts.append(done[place])
        place += truths
    return Analysed.joined(parts).first(trials) if parts else None
