"""Whether two worlds can be told apart by how long they take to answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROUNDS = 50
"""How often each world answers, in turns."""

QUICK = 0.25
"""Which of the times is compared: a busy machine makes many answers slow, but none quick."""

CERTAIN = 0.005
"""The two-sided p below which a difference counts, if it is there in every try."""

LEAST = 0.001
"""Seconds below which nobody could tell a difference by a clock, at home or over a network."""

_TOLD = Path("/proc/thread-self/schedstat")

Answer = Callable[[], object]


def apart(one: Answer, other: Answer, *, tries: int = 3) -> bool:
    """Return whether one world is slower than the other in every try.

    What else a busy machine does is bad luck for one of them now and then, and not each time.
    """
    found = 0.0
    for _ in range(tries):
        slower = _slower(_rounds(one, other))
        if not slower or slower * found < 0:
            return False
        found = slower
    return True


def _rounds(one: Answer, other: Answer) -> np.ndarray:
    """Return the seconds that both took in each round, beginning with one and the other in turn."""
    one(), other()
    return np.array(
        [
            (_took(one), _took(other)) if number % 2 else (_took(other), _took(one))[::-1]
            for number in range(ROUNDS)
        ]
    )


def _took(answer: Answer) -> float:
    """Return how many seconds an answer took, without those in which others had the processor."""
    begun, waited = time.perf_counter(), _waited()
    answer()
    return time.perf_counter() - begun - (_waited() - waited)


def _waited() -> float:
    """Return for how many seconds this thread has waited for a processor, where that is told."""
    return int(_TOLD.read_text().split()[1]) / 1e9 if _TOLD.exists() else 0.0


def _slower(seconds: np.ndarray) -> float:
    """Return by how much the first is slower, 0 where chance alone could have made it so.

    If they are alike, either of a round's times could have been that of the other world.
    """
    rng = np.random.default_rng(1)
    swaps = rng.random((4000, len(seconds), 1)) < 0.5
    swapped = np.where(swaps, seconds[None, :, ::-1], seconds[None])
    by_chance = np.abs(_difference(swapped))
    seen = float(_difference(seconds[None])[0])
    p = (1 + int((by_chance >= abs(seen) - 1e-12).sum())) / (1 + len(by_chance))
    return seen if p < CERTAIN and abs(seen) > LEAST else 0.0


def _difference(seconds: np.ndarray) -> np.ndarray:
    quick = np.quantile(seconds, QUICK, axis=1)
    return quick[:, 0] - quick[:, 1]
