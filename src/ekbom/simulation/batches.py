"""Batches of simulated trials: the unit of work, the same wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ekbom.analysis.many import Engine
from ekbom.protocol.model import Protocol
from ekbom.simulation.analysed import Analysed, analyse
from ekbom.simulation.layout import Orders, layout_of
from ekbom.simulation.participant import Lived, Participant, live

BATCH = 50
"""Trials of one batch.  A part of the recorded seed's meaning: with another number come others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some simulated trials of one person under one protocol.

    ``number`` counts batches from 0; the same seed and number give the same chance events under
    every truth and protocol of the same shape, so that these are compared on equal terms.
    ``looks`` are the pairs after which the data are looked at before the end.
    """

    protocol: Protocol
    participant: Participant
    seed: int
    number: int
    engine: Engine = "numpy"
    looks: tuple[int, ...] = ()


def live_batch(batch: Batch) -> tuple[Orders, Lived]:
    """Return the orders of a batch of trials and what was lived through, always the same."""
    layout = layout_of(batch.protocol)
    rng = np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(batch.seed, spawn_key=(batch.number,)))
    )
    orders = layout.draw(BATCH, rng)
    return orders, live(participant=batch.participant, layout=layout, orders=orders, rng=rng)


def run_batch(batch: Batch) -> tuple[Analysed, ...]:
    """Return what each look, and last the end, finds in a batch of trials."""
    orders, lived = live_batch(batch)
    return tuple(
        analyse(
            layout=layout_of(batch.protocol),
            value=lived.value,
            loose=lived.loose,
            orders=orders,
            theta=lived.effect,
            until_block=look,
            engine=batch.engine,
        )
        for look in (*batch.looks, None)
    )


def batch_count(trials: int) -> int:
    """Return how many batches hold so many trials."""
    return -(-trials // BATCH)
