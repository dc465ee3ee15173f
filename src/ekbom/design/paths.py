"""All admissible sequences as paths through few states: counted, ranked, never listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

State = tuple[int, ...]
Ranks = NDArray[Any]
"""Whole numbers as int64, or as Python integers (dtype object) where int64 is too small."""

_ROWS = 16_384
"""Sequences unranked at a time, so that the working arrays stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Paths:
    """How many ways there are to go on from each state, period by period.

    ``edges[d]``, shape (S_d, K + 1): at period d in state s, the sequences that go on with
    treatment k hold the local ranks from ``edges[d][s, k]`` up to, not including,
    ``edges[d][s, k + 1]``.  ``after[d]``, shape (S_d, K): the state that follows, -1 for none.
    """

    edges: tuple[Ranks, ...]
    after: tuple[NDArray[np.intp], ...]
    total: int


def build_paths(
    *, periods: int, treatments: int, start: State, options: Callable[[State], Mapping[int, State]]
) -> Paths:
    """Count the sequences of a design by dynamic programming, exactly, in whole numbers.

    ``options`` gives, for a state, each treatment that may come next and the state after it.
    """
    after: list[NDArray[np.intp]] = []
    states: list[State] = [start]
    for _ in range(periods):
        states, moves = _step(states, treatments, options)
        after.append(moves)
    edges: list[Ranks] = []
    ways = np.ones(len(states), dtype=object)
    for moves in reversed(after):
        # The appended 0 is what index -1, no such move, finds.
        open_ways = np.append(ways, 0)[moves]
        ranks = np.zeros((len(moves), treatments + 1), dtype=object)
        ranks[:, 1:] = np.cumsum(open_ways, axis=1)
        ways = ranks[:, -1]
        edges.append(ranks)
    total = int(ways[0])
    width = np.int64 if total <= np.iinfo(np.int64).max else object
    return Paths(tuple(ranks.astype(width) for ranks in reversed(edges)), tuple(after), total)


def _step(
    states: list[State], treatments: int, options: Callable[[State], Mapping[int, State]]
) -> tuple[list[State], NDArray[np.intp]]:
    """Return the states one period later and which of them each state and treatment leads to."""
    found: dict[State, int] = {}
    moves = np.full((len(states), treatments), -1, dtype=np.intp)
    for row, state in enumerate(states):
        for treatment, following in options(state).items():
            moves[row, treatment] = found.setdefault(following, len(found))
    return list(found), moves


def unrank(paths: Paths, ranks: Ranks) -> NDArray[np.int8]:
    """Return the sequence of each rank in lexicographic order: shape (N, periods)."""
    rows = np.empty((len(ranks), len(paths.after)), dtype=np.int8)
    for first in range(0, len(ranks), _ROWS):
        part = slice(first, first + _ROWS)
        _unrank_part(paths, ranks[part], rows[part])
    return rows


def _unrank_part(paths: Paths, ranks: Ranks, rows: NDArray[np.int8]) -> None:
    """Walk all of ``ranks`` through the states at once, writing the treatments into ``rows``."""
    left = ranks.copy()
    state = np.zeros(len(ranks), dtype=np.intp)
    columns = np.empty(rows.T.shape, dtype=np.int8)
    for period, (edges, after) in enumerate(zip(paths.edges, paths.after, strict=True)):
        treatments = after.shape[1]
        taken = np.zeros(len(ranks), dtype=np.intp)
        for treatment in range(1, treatments):
            taken += left >= edges[:, treatment].take(state)
        # take() on the flat table: several times quicker than a table indexed by two arrays.
        left -= edges.take(state * (treatments + 1) + taken)
        state = after.take(state * treatments + taken)
        columns[period] = taken
    rows[:] = columns.T


def admits(paths: Paths, sequence: Sequence[int]) -> bool:
    """Return whether the sequence is one of the paths."""
    if len(sequence) != len(paths.after):
        return False
    state = 0
    for edges, after, treatment in zip(paths.edges, paths.after, sequence, strict=True):
        if not 0 <= treatment < after.shape[1]:
            return False
        if edges[state, treatment] == edges[state, treatment + 1]:
            return False
        state = int(after[state, treatment])
    return True


def closed_under(paths: Paths, renamed: Sequence[int]) -> bool:
    """Return whether renaming treatment k to ``renamed[k]`` maps the set of paths onto itself.

    Walks both namings side by side, so that huge sets are compared without listing them.
    """
    here = {(0, 0)}
    for edges, after in zip(paths.edges, paths.after, strict=True):
        there: set[tuple[int, int]] = set()
        is_open = edges[:, 1:] > edges[:, :-1]
        for one, other in here:
            for treatment, name in enumerate(renamed):
                if is_open[one, treatment] != is_open[other, name]:
                    return False
                if is_open[one, treatment]:
                    there.add((int(after[one, treatment]), int(after[other, name])))
        here = there
    return True
