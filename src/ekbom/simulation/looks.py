"""Looking at the data before the end: which threshold keeps the chance of a false word small."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from ekbom.analysis.e_process import BAR, e_values, reachable
from ekbom.analysis.exposure import Floats
from ekbom.analysis.many import Engine
from ekbom.problem import InputError, Problem
from ekbom.protocol.files import content_hash
from ekbom.protocol.model import Protocol
from ekbom.simulation.batches import BATCH, batch_count
from ekbom.simulation.characteristics import Estimated, Progress
from ekbom.simulation.executors import Run, run_here
from ekbom.simulation.layout import Layout, layout_of
from ekbom.simulation.participant import Participant, in_units_of
from ekbom.simulation.seen import KINDS, Kind, Seen, look_at
from ekbom.simulation.traits import Drift, Flares, Nights
from ekbom.simulation.truths import Truth, truth_of

Plan = Literal["end only", "own", "calibrated"]
"""No look and the protocol's own threshold; that at every look; the calibrated one at every look
and at the end."""

RHOS = (0.0, 0.4, 0.8)
MIDS = (1.0, 2.0)
TAUS = (0.3, 2.0, 7.0, 21.0)

_STEPS = 10_000
"""Thresholds are given to four decimals."""


@dataclass(frozen=True, slots=True)
class Stops:
    """What one threshold makes of a person's trials.

    The chances of ever saying `helps` and `makes it worse`, and the mean number of pairs until
    one of them is said or the trial is over.
    """

    helps: Estimated
    worse: Estimated
    pairs: Estimated


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A threshold of P(better) and what it makes of everybody's trials, in the order of people."""

    kind: Kind
    plan: Plan
    value: float
    nulls: tuple[Stops, ...]
    effects: tuple[Stops, ...]

    @property
    def worst(self) -> int:
        """Return the place of the person without an effect to whom `helps` is said most often."""
        return max(range(len(self.nulls)), key=lambda i: self.nulls[i].helps.value)

    @property
    def error(self) -> Estimated:
        """Return the chance of saying `helps` to that person."""
        return self.nulls[self.worst].helps


@dataclass(frozen=True, slots=True)
class Coins:
    """How often the paired-coin e-process ever reaches 20, and what it can reach at most.

    ``most`` belongs to all pairs; ``needed`` to each look: the e-value below which 20 can no
    longer be reached.
    """

    nulls: tuple[Estimated, ...]
    effects: tuple[Estimated, ...]
    most: float
    needed: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedLooks:
    """Thresholds for looks after some pairs, and what they do to error, power and length.

    Thresholds were set on ``trials`` simulated trials of each of ``people``, who have no effect,
    and everything is measured on as many others.  ``truths`` have an effect.  ``coins`` is
    ``None`` where pairs have no coins of their own.
    """

    protocol: Protocol
    protocol_hash: str
    after_pairs: tuple[int, ...]
    pairs: int
    target: float
    trials: int
    seed: int
    people: tuple[Participant, ...]
    truths: tuple[Truth, ...]
    thresholds: tuple[Threshold, ...]
    coins: Coins | None

    def threshold(self, kind: Kind, plan: Plan) -> Threshold:
        """Return the threshold of a kind and plan."""
        return next(t for t in self.thresholds if (t.kind, t.plan) == (kind, plan))

    @property
    def advised(self) -> Threshold:
        """Return the calibrated threshold of the whole rule, or the protocol's own if higher."""
        both = (self.threshold("word", "calibrated"), self.threshold("word", "own"))
        return max(both, key=lambda threshold: threshold.value)


def nuisance_set(layout: Layout) -> tuple[Participant, ...]:
    """Return people without an effect whose nights differ in all that could mislead a look.

    Nights from independent to very alike, each plain, drifting at random, or with flares; the
    sizes are our assumption.  Onset time is left out: without an effect it changes nothing.
    """
    shapes = (
        (Drift(), Flares()),
        (Drift(walk=0.1), Flares()),
        (Drift(), Flares(share=0.25, points_worse=2.0)),
    )
    return tuple(
        in_units_of(
            layout.outcome,
            Participant(beta=0.0, nights=Nights(rho=rho), drift=drift, flares=flares),
        )
        for rho in RHOS
        for drift, flares in shapes
    )


def power_truths(layout: Layout) -> tuple[Truth, ...]:
    """Return usual people with an effect of 1 and 2 MIDs at full exposure, at each onset time."""
    mid = layout.outcome.mid
    return tuple(
        replace(
            truth_of(layout, benefit=mids * mid, tau=tau, scale="full"),
            id=f"{mids:g}_mid_full_tau{tau:g}",
        )
        for mids in MIDS
        for tau in TAUS
    )


def calibrate_looks(
    *,
    protocol: Protocol,
    after_pairs: Sequence[int],
    error: float = 0.025,
    trials: int,
    seed: int,
    engine: Engine = "numpy",
    run: Run = run_here,
    progress: Progress | None = None,
) -> CalibratedLooks:
    """Return the threshold with which looks before the end mislead no more often than agreed.

    Parameters
    ----------
    protocol
        The plan, with randomised pairs.
    after_pairs
        The pairs after which the data are looked at, rising, all before the last.
    error
        Largest chance of ever saying `helps` to a person whom the treatment does not help.
    trials
        Simulated trials of each person: half set the threshold, half measure what it does.
        Rounded up to whole batches.
    seed, engine, run, progress
        As for `simulate`.

    Raises
    ------
    InputError
        If there are no pairs, or not those after which to look.
    ValueError
        If there are too few trials for so small an error.

    Notes
    -----
    The threshold is the smallest of four decimals that at most the share ``error`` of the trials
    reach at any look or the end, in the worst of `nuisance_set`.  It is the same at all looks
    (Pocock 1977, for a posterior probability).  Harm has the same threshold: swapping the
    treatments mirrors everything but the start of the exposure and the ends of the scale, and the
    chance of `makes it worse` is measured too.
    """
    looks = tuple(after_pairs)
    _require_looks(protocol, looks)
    layout, half = layout_of(protocol), batch_count(-(-trials // 2))
    if half * BATCH * error < 1:
        raise ValueError(f"an error of {error:g} needs {math.ceil(2 / error)} trials at least")
    people, truths = nuisance_set(layout), power_truths(layout)
    everybody = (*people, *(truth.participant for truth in truths))
    again = half * BATCH * len(people)
    wanted = again + half * BATCH * len(everybody)
    look = partial(look_at, protocol=protocol, after_pairs=looks, seed=seed, engine=engine, run=run)
    counted = _counted(progress, 0, wanted)
    calibration = list(look(people=people, batches=range(half), progress=counted))
    counted = _counted(progress, again, wanted)
    measured = list(look(people=everybody, batches=range(half, 2 * half), progress=counted))
    nulls, effects = measured[: len(people)], measured[len(people) :]
    after = (*looks, nulls[0].difference.shape[1])
    plans = _plans(protocol, calibration, error, after)
    return CalibratedLooks(
        protocol=protocol,
        protocol_hash=content_hash(protocol),
        after_pairs=looks,
        pairs=after[-1],
        target=error,
        trials=half * BATCH,
        seed=seed,
        people=people,
        truths=truths,
        thresholds=tuple(_measure(plan, nulls, effects) for plan in plans),
        coins=_coins(nulls, effects, after) if protocol.design.kind == "pairs" else None,
    )


def stops(seen: Seen, *, kind: Kind, threshold: float, after: Sequence[int]) -> Stops:
    """Return what a threshold makes of a person's trials.

    ``after`` are the pairs after which it is applied, the last one at the end; of what was seen,
    the last so many columns are used.
    """
    place, last = KINDS.index(kind), len(after)
    helps, worse = (side[place, :, -last:] >= threshold for side in (seen.helps, seen.worse))
    said = helps | worse
    pairs = np.where(said.any(axis=1), np.array(after)[said.argmax(axis=1)], after[-1])
    return Stops(
        Estimated.share(np.any(helps, axis=1)),
        Estimated.share(np.any(worse, axis=1)),
        Estimated.mean(pairs.astype(np.float64)),
    )


def smallest_threshold(highest: Floats, *, error: float) -> float:
    """Return the smallest threshold of four decimals that at most a share of trials reach.

    ``highest`` (N,) is the largest threshold that each trial would reach; 0 where even every
    threshold would do, at most 1, which only certainty reaches.
    """
    allowed = math.floor(error * len(highest) + 1e-9)
    kept_out = np.sort(highest)[-1 - allowed] if allowed < len(highest) else -np.inf
    if kept_out < 0:
        return 0.0
    steps = math.floor(kept_out * _STEPS) + 1
    # A product may be rounded down to the number before.
    return min(1.0, (steps + (steps / _STEPS <= kept_out)) / _STEPS)


_Planned = tuple[Kind, Plan, float, tuple[int, ...]]
"""A threshold of some kind and plan, and the pairs after which it is applied."""


def _plans(
    protocol: Protocol, calibration: Sequence[Seen], error: float, after: tuple[int, ...]
) -> Iterator[_Planned]:
    """Yield every threshold that is compared."""
    own = protocol.decision.probability_better
    for kind in KINDS:
        least = (smallest_threshold(seen.highest(kind), error=error) for seen in calibration)
        yield kind, "end only", own, after[-1:]
        yield kind, "own", own, after
        yield kind, "calibrated", max(least), after


def _measure(planned: _Planned, nulls: Sequence[Seen], effects: Sequence[Seen]) -> Threshold:
    """Return what a threshold makes of everybody's trials."""
    kind, plan, value, after = planned
    stop = partial(stops, kind=kind, threshold=value, after=after)
    return Threshold(
        kind=kind,
        plan=plan,
        value=value,
        nulls=tuple(map(stop, nulls)),
        effects=tuple(map(stop, effects)),
    )


def _counted(progress: Progress | None, before: int, wanted: int) -> Progress | None:
    """Return a progress that counts on from the trials done before."""
    return None if progress is None else lambda done, _: progress(before + done, wanted)


def _coins(nulls: Sequence[Seen], effects: Sequence[Seen], after: tuple[int, ...]) -> Coins:
    last = after[-1]
    return Coins(
        tuple(map(_reached, nulls)),
        tuple(map(_reached, effects)),
        most=reachable(1.0, remaining=last),
        needed=tuple(BAR / reachable(1.0, remaining=last - pair) for pair in after[:-1]),
    )


def _reached(seen: Seen) -> Estimated:
    """Return how often the e-process of benefit ever reaches the bar."""
    return Estimated.share(np.any(e_values(seen.difference) >= BAR, axis=1))


def _require_looks(protocol: Protocol, after_pairs: tuple[int, ...]) -> None:
    """Refuse looks that cannot be; raises InputError."""
    plan, where = protocol.design, f"protocol {protocol.name}"
    if not plan.pairs or not protocol.randomised:
        what = f'its design is "{plan.kind}", and looks are taken after randomised pairs'
        do = 'Take a design of kind "pairs", or do not look before the end'
        raise InputError([Problem(where, None, what, do)])
    sound = after_pairs and tuple(sorted(set(after_pairs))) == after_pairs
    if not sound or after_pairs[0] < 1 or after_pairs[-1] >= plan.pairs:
        given = ", ".join(map(str, after_pairs)) or "none"
        what = f"there are no looks after pairs {given} of {plan.pairs}"
        do = f"Name rising pairs from 1 to {plan.pairs - 1}, such as 3,4,5"
        raise InputError([Problem(where, None, what, do)])
