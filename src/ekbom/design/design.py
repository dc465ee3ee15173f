"""A design: which orders of treatments chance may draw, all equally likely."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from ekbom.design.paths import Paths, State, admits, build_paths, closed_under, unrank

Sequence = tuple[int, ...]
"""The treatment of each period as a number: 0 the reference, 1 the treatment (A, B in "AB")."""

_LISTED_AT_ONCE = 4096
_WORD = 32


class Design(ABC):
    """A rule for drawing the order of treatments by chance.

    A design says only which treatments may come next; counting, listing, drawing and the
    probability of a sequence follow from that and are the same for all designs.  Every admissible
    sequence is equally likely.  Ranks number the admissible sequences in lexicographic order.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def periods(self) -> int:
        """Return the number of periods."""

    @property
    @abstractmethod
    def treatments(self) -> int:
        """Return the number of treatments."""

    @abstractmethod
    def start(self) -> State:
        """Return what must be remembered before the first period."""

    @abstractmethod
    def options(self, state: State) -> Mapping[int, State]:
        """Return each treatment that may come next with what must be remembered after it."""

    @final
    def count(self) -> int:
        """Return how many orders of treatments could be drawn."""
        return _paths(self).total

    @final
    def sequence(self, rank: int) -> Sequence:
        """Return the order of treatments with this number, ``0 <= rank < count()``.

        Raises
        ------
        ValueError
            If there is no sequence of that rank.
        """
        paths = _paths(self)
        if not 0 <= rank < paths.total:
            raise ValueError(f"rank {rank} is not from 0 to {paths.total - 1}")
        return tuple(unrank(paths, np.array([rank], dtype=paths.edges[0].dtype))[0].tolist())

    @final
    def probability(self, sequence: Sequence) -> Fraction:
        """Return how probable it was that chance drew this order: 1 / count, or 0."""
        paths = _paths(self)
        return Fraction(1, paths.total) if admits(paths, sequence) else Fraction(0)


@lru_cache(maxsize=16)
def _paths(design: Design) -> Paths:
    """Return the design's paths; kept, because drawing and listing ask again and again."""
    return build_paths(
        periods=design.periods,
        treatments=design.treatments,
        start=design.start(),
        options=design.options,
    )


def enumerate_sequences(design: Design) -> Iterator[Sequence]:
    """Yield every order of treatments that could be drawn, each once, in rank order."""
    total = design.count()
    for first in range(0, total, _LISTED_AT_ONCE):
        ranks = range(first, min(first + _LISTED_AT_ONCE, total))
        yield from map(tuple, _unrank_all(design, list(ranks)).tolist())


def sequences_array(design: Design, *, limit: int) -> NDArray[np.int8]:
    """Return every order of treatments that could be drawn as rows: shape (count, periods).

    Raises
    ------
    ValueError
        If there are more than ``limit``; draw some with `sample_array` instead.
    """
    total = design.count()
    if total > limit:
        raise ValueError(f"{total} sequences are more than the limit of {limit}: sample them")
    return unrank(_paths(design), np.arange(total, dtype=np.int64))


def draw_sequence(design: Design, rng: np.random.Generator) -> Sequence:
    """Draw one order of treatments, each admissible one with exactly the same probability."""
    return design.sequence(draw_below(design.count(), rng))


def sample_array(design: Design, size: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Draw ``size`` orders of treatments independently, as rows: shape (size, periods)."""
    total = design.count()
    if total.bit_length() < 2 * _WORD:
        return unrank(_paths(design), _draw_many_below(total, size, rng))
    return _unrank_all(design, [draw_below(total, rng) for _ in range(size)])


def draw_below(n: int, rng: np.random.Generator) -> int:
    """Draw a whole number from 0 to ``n - 1``, all exactly equally likely, however large n is.

    Raises
    ------
    ValueError
        If ``n`` is less than 1.
    """
    if n < 1:
        raise ValueError(f"cannot draw a number below {n}: n must be at least 1")
    bits = (n - 1).bit_length()
    while True:
        drawn = _draw_bits(bits, rng)
        # Folding the numbers beyond n back (modulo) would favour the small ones: draw again.
        if drawn < n:
            return drawn


def _draw_bits(bits: int, rng: np.random.Generator) -> int:
    """Return a whole number of ``bits`` random bits."""
    words = -(-bits // _WORD)
    raw = _draw_words(words, rng).astype("<u4").tobytes()
    return int.from_bytes(raw, "little") >> (words * _WORD - bits)


def _draw_many_below(n: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw ``size`` whole numbers below ``n < 2^63``, as `draw_below` does, many at a time."""
    shift = np.uint64(2 * _WORD - max((n - 1).bit_length(), 1))
    kept = np.empty(0, dtype=np.int64)
    while len(kept) < size:
        words = _draw_words(2 * (size - len(kept)), rng)
        drawn = ((words[::2] << np.uint64(_WORD)) | words[1::2]) >> shift
        kept = np.concatenate([kept, drawn[drawn < n].astype(np.int64)])
    return kept


def _draw_words(words: int, rng: np.random.Generator) -> NDArray[np.uint64]:
    """Return random 32-bit words.

    A stored seed must draw the same sequence again on any NumPy version.  NumPy promises that for
    a bit generator's raw stream alone, not for ``integers``, ``choice`` or ``permutation``; and
    32 bits are what every bit generator gives in one step.
    """
    raw = rng.bit_generator.random_raw(words)
    return np.asarray(raw, dtype=np.uint64) & np.uint64(2**_WORD - 1)


def _unrank_all(design: Design, ranks: list[int]) -> NDArray[np.int8]:
    """Return the sequences of a list of ranks as rows."""
    paths = _paths(design)
    return unrank(paths, np.array(ranks, dtype=paths.edges[0].dtype))


def smallest_p(design: Design) -> tuple[float, float]:
    """Return the smallest two-sided and one-sided p that a test of treatment 1 against 0 can reach.

    However large the effect, a randomisation test cannot do better than the share of the one most
    extreme order, 1 / count.  Where every order with treatments 0 and 1 swapped is admissible too,
    the swapped order is as extreme the other way, and two-sided it is 2 / count.

    Raises
    ------
    ValueError
        For more than three treatments: sequences that differ only in the others are then merged,
        and the smallest p comes from the reference set.
    """
    if design.treatments > 3:
        raise ValueError("smallest_p compares two of at most three treatments: name fewer")
    one_sided = 1.0 / design.count()
    swapped = (1, 0, 2)[: design.treatments]
    both_ways = design.treatments > 1 and closed_under(_paths(design), swapped)
    return (2.0 * one_sided if both_ways else one_sided), one_sided
