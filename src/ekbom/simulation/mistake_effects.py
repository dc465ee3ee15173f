"""What a mistake in packs made by hand does to the verdict, where nobody notices it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.decision import HELPS, WORDS
from ekbom.analysis.exposure import Floats
from ekbom.analysis.schedule import Flags
from ekbom.design.plan import TREATMENT, numbers
from ekbom.protocol.model import Protocol
from ekbom.simulation.analysed import analyse, judge_many
from ekbom.simulation.batches import BATCH, batch_count
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.handmade import Bench, Where, make_by_hand, told
from ekbom.simulation.layout import Layout, Orders, layout_of
from ekbom.simulation.mistakes import Mistake
from ekbom.simulation.participant import Participant, live, on_scale, worse_sign
from ekbom.trial.slips import Slip, draw_slips

BORROWED = 3
"""Nights at the end of a period on which capsules come from the other pack, our assumption."""


@dataclass(frozen=True, slots=True)
class _Handled:
    """The packs of a batch of trials: what was swallowed and told, (N, P), and what is known.

    ``taken`` has further columns for the nights that were ``borrowed``, which are the same in the
    whole batch; ``known`` (N, P) are the periods whose pack the person could tell apart.
    """

    taken: Orders
    told: Orders
    known: NDArray[np.bool_]
    borrowed: tuple[int, ...]


def share_of_helps(
    *,
    protocol: Protocol,
    participant: Participant,
    mistake: Mistake | None,
    trials: int,
    seed: int,
) -> Estimated:
    """Return the share of trials that say `helps` when every one has a mistake in its packs.

    The mistake happens in a pair drawn for each batch; nobody notices it, and the slips are taken
    as they are told.  The same seed gives the same people, orders and nights under every mistake.
    """
    layout = layout_of(protocol)
    slips = draw_slips(protocol=protocol, secrets=np.random.Generator(np.random.PCG64(seed)).bytes)
    words = [
        _words(layout, participant, mistake, slips, seed=seed, number=number)
        for number in range(batch_count(trials))
    ]
    return Estimated.share(np.concatenate(words)[:trials] == WORDS.index(HELPS))


def _words(
    layout: Layout,
    participant: Participant,
    mistake: Mistake | None,
    slips: Sequence[Slip],
    *,
    seed: int,
    number: int,
) -> NDArray[np.int8]:
    chance, mishap = (
        np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number, k))))
        for k in (0, 1)
    )
    orders = layout.draw(BATCH, chance)
    handled = _handle(layout, orders, mistake, slips, mishap)
    value, loose = _lived(layout, participant, handled, chance)
    found = analyse(
        layout=layout,
        value=value,
        loose=loose,
        orders=handled.told,
        theta=np.zeros(BATCH),
    )
    return judge_many(found, layout=layout, rule=layout.protocol.decision)


def _handle(
    layout: Layout,
    orders: Orders,
    mistake: Mistake | None,
    slips: Sequence[Slip],
    rng: np.random.Generator,
) -> _Handled:
    """Make the packs of every trial of a batch, whose shuffles fell as ``orders`` say."""
    pair, other = rng.permutation(orders.shape[1] // 2)[:2]
    coins = rng.integers(2, size=len(orders)).astype(bool)
    if mistake is not None and mistake.whole_batch:
        coins[:] = coins[0]
    benches = [
        make_by_hand(
            slips,
            coins=[int(first) != TREATMENT for first in order[::2]],
            stage=None if mistake is None else mistake.stage,
            happen=None if mistake is None else mistake.happen,
            where=Where(pair=int(pair), other=int(other), coin=bool(coin)),
        )
        for order, coin in zip(orders, coins, strict=True)
    ]
    return _as_arrays(layout, benches, slips)


def _as_arrays(layout: Layout, benches: Sequence[Bench], slips: Sequence[Slip]) -> _Handled:
    protocol = layout.protocol
    borrowed = tuple(sorted(benches[0].borrowed))
    taken = []
    for bench in benches:
        kinds = [kind or protocol.reference.name for kind in bench.taken]
        kinds += [kinds[period ^ 1] for period in borrowed]
        taken.append(numbers(protocol, tuple(kinds)))
    found = [numbers(protocol, told(bench, slips, protocol=protocol)) for bench in benches]
    periods = range(len(found[0]))
    known = [[period // 2 in bench.known for period in periods] for bench in benches]
    return _Handled(
        np.array(taken, dtype=np.int8), np.array(found, dtype=np.int8), np.array(known), borrowed
    )


def _lived(
    layout: Layout, participant: Participant, handled: _Handled, rng: np.random.Generator
) -> tuple[Floats, Flags]:
    """Return the answers and the loose stools, (N, T) each.

    Answers come from what was swallowed, and where that was known, from one MID of belief.
    """
    lent = _with_borrowed(layout, handled.borrowed)
    lived = live(participant=participant, layout=lent, orders=handled.taken, rng=rng)
    if not handled.known.any():
        return lived.value, lived.loose
    outcome = layout.outcome
    believed = layout.treated(handled.taken) & _nights(layout, handled.known)
    moved = lived.latent - worse_sign(outcome) * outcome.mid * believed
    return np.where(np.isnan(lived.value), np.nan, on_scale(moved, outcome)), lived.loose


def _nights(layout: Layout, periods: NDArray[np.bool_]) -> Flags:
    """Return the nights (N, T) of periods (N, P)."""
    period = layout.schedule.period
    found: Flags = periods[:, period] & (period >= 0)
    return found


def _with_borrowed(layout: Layout, borrowed: Sequence[int]) -> Layout:
    """Return the nights with the last ones of some periods as periods of their own."""
    period = layout.schedule.period.copy()
    new = int(period.max()) + 1
    for place, number in enumerate(borrowed):
        period[np.flatnonzero(layout.schedule.period == number)[-BORROWED:]] = new + place
    return replace(layout, schedule=replace(layout.schedule, period=period))
