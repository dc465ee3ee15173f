"""What simulated trials show when they are looked at before the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from ekbom.analysis.decision import HELPS, WORDS
from ekbom.analysis.e_process import pair_differences
from ekbom.analysis.exposure import Floats
from ekbom.analysis.many import Engine
from ekbom.protocol.model import DecisionRule, Protocol
from ekbom.simulation.analysed import Analysed, judge_many
from ekbom.simulation.batches import BATCH, Batch, live_batch, run_batch
from ekbom.simulation.characteristics import Progress
from ekbom.simulation.executors import Run, run_here
from ekbom.simulation.layout import Layout, layout_of
from ekbom.simulation.participant import Participant, worse_sign

Kind = Literal["probability", "word"]
"""What stops a trial: P(better) alone at the threshold, or the whole decision rule's word."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of N trials of one person at L looks and, last, at the end.

    ``helps`` and ``worse``, shapes (2, N, L + 1), are the largest thresholds at which each of
    `KINDS` would say so, -inf where none would.  ``difference`` (N, M) is that of each pair in
    MIDs, less is better.
    """

    helps: Floats
    worse: Floats
    difference: Floats

    @staticmethod
    def joined(parts: Sequence[Seen]) -> Seen:
        """Return the trials of all parts together, in order."""
        return Seen(
            np.concatenate([p.helps for p in parts], axis=1),
            np.concatenate([p.worse for p in parts], axis=1),
            np.concatenate([p.difference for p in parts]),
        )

    def highest(self, kind: Kind) -> Floats:
        """Return the largest threshold at which each trial says `helps` at any time, (N,)."""
        found: Floats = self.helps[KINDS.index(kind)].max(axis=1)
        return found


def look_at(
    *,
    protocol: Protocol,
    people: Sequence[Participant],
    after_pairs: Sequence[int],
    batches: range,
    seed: int,
    engine: Engine = "numpy",
    run: Run = run_here,
    progress: Progress | None = None,
) -> Iterator[Seen]:
    """Yield what each person's simulated trials show at some looks and at the end."""
    tasks = [
        Batch(
            protocol=protocol,
            participant=person,
            seed=seed,
            number=number,
            engine=engine,
            looks=tuple(after_pairs),
        )
        for person in people
        for number in batches
    ]
    done: dict[int, Seen] = {}
    for place, seen in run(look_batch, tasks):
        done[place] = seen
        if progress is not None:
            progress(len(done) * BATCH, len(tasks) * BATCH)
    for start in range(0, len(tasks), len(batches)):
        yield Seen.joined([done[start + i] for i in range(len(batches))])


def look_batch(batch: Batch) -> Seen:
    """Return what a batch of trials shows at its looks and at the end."""
    layout, rule = layout_of(batch.protocol), batch.protocol.decision
    found = run_batch(batch)
    orders, lived = live_batch(batch)
    pair = np.where(layout.planned, layout.schedule.block, -1)
    difference = pair_differences(nightly=lived.value, treated=layout.treated(orders), pair=pair)
    return Seen(
        np.stack([_largest(one, layout, rule) for one in found], axis=-1),
        np.stack([_largest(_mirrored(one), layout, rule) for one in found], axis=-1),
        worse_sign(layout.outcome) * difference / layout.outcome.mid,
    )


def _largest(found: Analysed, layout: Layout, rule: DecisionRule) -> Floats:
    """Return the largest thresholds at which each of `KINDS` would say `helps`, shape (2, N)."""
    free = replace(rule, probability_better=0.0)
    said = judge_many(found, layout=layout, rule=free) == WORDS.index(HELPS)
    better = np.where(np.isnan(found.better), -np.inf, found.better)
    return np.stack([better, np.where(said, better, -np.inf)])


def _mirrored(found: Analysed) -> Analysed:
    """Return trials whose probabilities of benefit are those of harm, and the other way round."""
    return replace(
        found,
        better=found.worse,
        worse=found.better,
        benefit=found.harm,
        harm=found.benefit,
        p_benefit=found.p_harm,
        p_harm=found.p_benefit,
    )
