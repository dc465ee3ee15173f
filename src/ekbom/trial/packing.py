"""How one person makes packs alone: a table of steps, and which of them comes next.

The steps stand in packing.toml; what was done stands in the events, so that the making can be
stopped after any step and go on on another day.
"""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from ekbom.problem import RefusedError
from ekbom.protocol.periods import period_count
from ekbom.trial.additions import append_event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind
from ekbom.trial.log import write_changes, writing

KIND = "packing step"
AGAIN = "again"
"""What the event names instead of a step where a pair of packs is made anew."""

_TABLE = "packing.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackingStep:
    """One step of the making: what it needs, what to do, why, and what if it went wrong.

    ``each_pair``: it is done for every pair.  The texts have the places {treatment}, {reference},
    {pairs}, {packs}, {capsules} (of one pack, without the proof), {proof}, and, for a pair,
    {pair}, {first} and {second}, the numbers of its packs.
    """

    id: str
    title: str
    do: str
    why: str
    wrong: str
    each_pair: bool = False
    materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A step to do, or done: its id, and the pair (from 1) if it is done for each."""

    step: str
    pair: int | None = None


@functools.cache
def packing_steps() -> Mapping[str, PackingStep]:
    """Return every step by its id, in order."""
    data = tomllib.loads(resources.files(__package__).joinpath(_TABLE).read_text("utf-8"))
    found = [PackingStep(**{**s, "materials": tuple(s.get("materials", ()))}) for s in data["step"]]
    return {step.id: step for step in found}


@functools.cache
def moves(pairs: int) -> tuple[Move, ...]:
    """Return everything to do for so many pairs; steps for a pair that follow on stay together."""
    found: list[Move] = []
    runs = itertools.groupby(packing_steps().values(), key=lambda step: step.each_pair)
    for each_pair, run in runs:
        ids = [step.id for step in run]
        numbers = range(1, pairs + 1) if each_pair else (None,)
        found += [Move(step, pair) for pair in numbers for step in ids]
    return tuple(found)


def moves_of(trial: Trial) -> tuple[Move, ...]:
    """Return everything to do in a trial."""
    return moves(period_count(trial.protocol.design) // 2)


def done_so_far(trial: Trial) -> frozenset[Move]:
    """Return what is done and still counts; a pair that is made again begins anew."""
    done: set[Move] = set()
    for event in of_kind(trial.events, KIND):
        pair = event.detail.get("pair")
        if event.detail["step"] == AGAIN:
            done -= _undone(moves_of(trial), pair)
        else:
            done.add(Move(event.detail["step"], pair))
    return frozenset(done)


def next_move(trial: Trial) -> Move | None:
    """Return what comes next, ``None`` when all is done."""
    done = done_so_far(trial)
    return next((move for move in moves_of(trial) if move not in done), None)


def record_move(*, path: Path, step: str, pair: int | None, now: datetime) -> Trial:
    """Put a step on record in a folder; takes and refuses what `add_move` does."""
    with writing(path, now=now) as trial:
        return write_changes(trial, add_move(trial, step=step, pair=pair, now=now))


def add_move(trial: Trial, *, step: str, pair: int | None, now: datetime) -> Trial:
    """Return the trial with a step that was done; without a pair the next one is meant.

    The last step makes the packs ready.  Raises RefusedError for any other step than the next.
    """
    _refuse_if_not_due(trial)
    due = next_move(trial)
    if due is None:
        raise RefusedError("All packs are made. Nothing is left to do.")
    named = Move(step, due.pair if pair is None and step == due.step else pair)
    if named != due:
        raise RefusedError(_out_of_turn(named, due, trial))
    trial = append_event(trial, kind=KIND, detail=_detail(due), now=now)
    if next_move(trial) is None and last_of(trial.events, "packs ready") is None:
        trial = append_event(trial, kind="packs ready", detail={}, now=now)
    return trial


def record_again(*, path: Path, pair: int, now: datetime) -> Trial:
    """Put on record that a pair is made again; takes and refuses what `add_again` does."""
    with writing(path, now=now) as trial:
        return write_changes(trial, add_again(trial, pair=pair, now=now))


def add_again(trial: Trial, *, pair: int, now: datetime) -> Trial:
    """Return the trial with a pair of packs to be made anew, because one was lost or spilled.

    Both packs are opened, filled and shuffled anew, so nothing that was seen is worth anything.
    Raises RefusedError once a night of the pair has begun.
    """
    _refuse_if_not_due(trial)
    if not 1 <= pair <= period_count(trial.protocol.design) // 2:
        raise RefusedError(f"There is no pair {pair} in this trial.")
    if _has_begun(trial, pair, now):
        raise RefusedError(
            f"Pair {pair} is in use already, so it cannot be made again. A pack that is lost now "
            "stays lost: go on with the diary, take no capsules from another pack, and write down "
            "what happened as a deviation."
        )
    return append_event(trial, kind=KIND, detail={"step": AGAIN, "pair": pair}, now=now)


def _refuse_if_not_due(trial: Trial) -> None:
    if trial.protocol.blinding != "alone" or trial.protocol.imported:
        raise RefusedError("These steps are for a trial that one person blinds alone.")
    if last_of(trial.events, "randomised") is None:
        raise RefusedError(
            f"The slips are made first, as each pack gets one. Run: ekbom slips make {trial.place}"
        )
    if last_of(trial.events, "ended") is not None:
        raise RefusedError("The trial has ended, so no packs are made any more.")


def _has_begun(trial: Trial, pair: int, now: datetime) -> bool:
    if last_of(trial.events, "packs ready") is None:
        return False
    tonight = trial.clock.night_of(now)
    nights = trial.calendar(today=tonight).randomised
    return any(n.block == pair and n.night <= tonight for n in nights)


def _undone(everything: tuple[Move, ...], pair: int | None) -> set[Move]:
    """Return what a pair that is made again takes back: its own steps, and all that stands between.

    The table is cleared between the kinds for this pair too.
    """
    own = [i for i, move in enumerate(everything) if move.pair == pair]
    between = everything[own[0] :] if own else ()
    return {move for move in between if move.pair in (None, pair)}


def _out_of_turn(named: Move, due: Move, trial: Trial) -> str:
    if named.step not in packing_steps():
        return f"There is no step {named.step!r}. Next is: {_name(due)}."
    if named in done_so_far(trial):
        return f"That is done already: {_name(named)}. Next is: {_name(due)}."
    if named not in moves_of(trial):
        return f"There is no such step: {_name(named)}. Next is: {_name(due)}."
    return (
        f"Next is: {_name(due)}. The order of the steps keeps the blind, so none is left out. "
        f"If it is done, say so first. {_name(named).capitalize()} comes later."
    )


def _name(move: Move) -> str:
    return move.step if move.pair is None else f"{move.step}, pair {move.pair}"


def _detail(move: Move) -> dict[str, str | int]:
    return {"step": move.step} if move.pair is None else {"step": move.step, "pair": move.pair}
