"""A magnesium trial that Ana blinds alone, and its packs after a shuffle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ekbom.protocol.files import checked
from ekbom.protocol.model import Protocol
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.packing import next_move, record_move
from ekbom.trial.slip_making import make_slips
from ekbom.trial.slips import slips_of
from trials import FAST, GO, at, with_dose_fixed

ALONE = checked(replace(FAST, blinding="alone"), file="alone")
OVER = 133
"""A morning after the last night, however early the packs were ready."""


def of_pairs(pairs: int) -> Protocol:
    """Return the protocol with another number of pairs."""
    return checked(replace(ALONE, design=replace(ALONE.design, pairs=pairs)), file="alone")


def with_slips(path: Path, protocol: Protocol = ALONE) -> Trial:
    """Return a trial whose slips are made."""
    with_dose_fixed(path, protocol)
    return make_slips(path=path, now=at(29), screening=GO)


def with_packs(path: Path, protocol: Protocol = ALONE) -> Trial:
    """Return a trial whose packs are ready; its first randomised night is night 42."""
    trial = with_slips(path, protocol)
    while (move := next_move(trial)) is not None:
        trial = record_move(path=path, step=move.step, pair=move.pair, now=at(30))
    return trial


def codes(trial: Trial, coins: Sequence[bool]) -> dict[int, str]:
    """Return the code in each pack after a shuffle: a pair's reference is first where its coin is.

    Also of a trial that was read by others meanwhile.
    """
    slips = slips_of(trial)
    order = [i ^ int(coins[i // 2]) for i in range(len(slips))]
    return {pack: slips[place].code for pack, place in enumerate(order, start=1)}


def now_in(path: Path, number: int = OVER) -> Trial:
    """Return the trial as its folder tells it on a morning."""
    return open_trial(path, now=at(number))
