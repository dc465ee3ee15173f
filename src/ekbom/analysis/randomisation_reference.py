"""The orders of treatments that chance could have drawn, told apart by the analysed nights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.design.design import Design, Sequence, sample_array, sequences_array

Floats = NDArray[np.float64]

_ROWS = 16_384
"""Orders handled at a time, so that memory stays small and the arrays in the cache."""


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """The orders of treatments that a randomisation test compares the real one with.

    ``periods``, shape (N, P): the treatment of each period in each order, all orders equally
    likely.  ``exact``: these are all ``count`` orders of the design; otherwise N were drawn with
    ``seed``, to which the test adds the order that was used.  ``compared``: the numbers of the
    reference and the treatment; periods on any other treatment count as neither.
    """

    design: Design
    periods: NDArray[np.int8]
    exact: bool
    count: int
    seed: int | None
    compared: tuple[int, int] = (0, 1)

    @property
    def probability(self) -> Floats:
        """Return the probability of each order, shape (N,)."""
        return np.full(len(self.periods), 1.0 / len(self.periods))


def reference_set(
    *,
    design: Design,
    limit: int = 200_000,
    draws: int = 100_000,
    seed: int,
    compared: tuple[int, int] = (0, 1),
) -> ReferenceSet:
    """Return all orders of treatments that could have been drawn, or a sample of very many.

    Parameters
    ----------
    design
        The rule by which the order was drawn.
    limit
        Up to this many orders are all listed; a test over them is exact.
    draws
        How many to draw where there are more; p is then (1 + k) / (1 + draws).
    seed
        Seed of those draws, stored with the result.
    compared
        The numbers of the reference and the treatment.
    """
    total = design.count()
    if total <= limit:
        rows = sequences_array(design, limit=limit)
        return ReferenceSet(design, rows, True, total, None, compared)
    # PCG64 by name: what default_rng stands for may change with NumPy, the stored seed may not.
    rows = sample_array(design, draws, np.random.Generator(np.random.PCG64(seed)))
    return ReferenceSet(design, rows, False, total, seed, compared)


@dataclass(frozen=True, slots=True)
class Classes:
    """Orders of treatments that differ on the analysed nights.

    ``rows`` (N, P), one member of each class; ``unseen``, the periods on which members of a class
    may differ, and ``mean`` (N, number unseen), their mean codes there; ``size`` (N,), how many
    members each has; ``observed``, the class that was used; ``compared``, the numbers of the
    reference and the treatment.
    """

    rows: NDArray[np.int8]
    unseen: NDArray[np.intp]
    mean: Floats
    size: NDArray[np.int64]
    observed: int
    compared: tuple[int, int]

    def codes(self, part: slice) -> Floats:
        """Return the codes of some classes: +1 the treatment, -1 the reference, 0 neither."""
        codes = _codes(self.rows[part], self.compared).astype(np.float64)
        codes[:, self.unseen] = self.mean[part]
        return codes

    @property
    def code_observed(self) -> Floats:
        """Return the code of each period in the order that was used."""
        observed: Floats = self.codes(slice(self.observed, self.observed + 1))[0]
        return observed

    @property
    def total(self) -> int:
        """Return the number of orders in all classes."""
        return int(self.size.sum())


def _codes(rows: NDArray[np.int8], compared: tuple[int, int]) -> NDArray[np.int8]:
    untreated, treated = ((rows == treatment).view(np.int8) for treatment in compared)
    codes: NDArray[np.int8] = treated - untreated
    return codes


def classify(*, reference: ReferenceSet, observed: Sequence, seen: NDArray[np.intp]) -> Classes:
    """Merge the orders of treatments that are equal on every analysed period into classes.

    Parameters
    ----------
    reference
        The orders that could have been drawn.
    observed
        The order that was used.
    seen
        Indices of the periods with at least one analysed night.

    Raises
    ------
    ValueError
        If the design could not have drawn the observed order.

    Notes
    -----
    A class takes the mean code of its members on the periods that were not seen.  That depends on
    the class alone, so a test over the classes is as exact as one over the orders.
    """
    if reference.design.probability(observed) == 0:
        raise ValueError(f"the order {observed} is not one that the design could have drawn")
    rows, place = _with_observed(reference, observed)
    compared = reference.compared
    first, member = _merge(rows, seen)
    if len(first) == len(rows):
        nothing = np.empty(0, dtype=np.intp)
        size = np.ones(len(rows), dtype=np.int64)
        return Classes(rows, nothing, np.empty((len(rows), 0)), size, place, compared)
    unseen = np.setdiff1d(np.arange(rows.shape[1]), seen)
    size = np.bincount(member)
    codes = _codes(rows[:, unseen], compared)
    sums = np.stack([np.bincount(member, weights=code) for code in codes.T], axis=1)
    return Classes(rows[first], unseen, sums / size[:, None], size, int(member[place]), compared)


def _merge(
    rows: NDArray[np.int8], seen: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first row of each class of rows equal where seen, and the class of each row."""
    if len(seen) == rows.shape[1]:
        everyone = np.arange(len(rows))
        return everyone, everyone
    words = _words(rows, seen)
    key = np.unique(words[:, 0], return_inverse=True)[1]
    for word in words.T[1:]:
        distinct, place = np.unique(word, return_inverse=True)
        key = np.unique(key * len(distinct) + place, return_inverse=True)[1]
    _, first = np.unique(key, return_index=True)
    return first, key


def _words(rows: NDArray[np.int8], seen: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Return what was seen of each row as a few whole numbers, compared far quicker than rows."""
    bits = max(int(rows.max()).bit_length(), 1)
    words = np.zeros((len(rows), -(-bits * len(seen) // 64)), dtype=np.uint64)
    octets = words.view(np.uint8)
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS, seen]
        digits = np.concatenate([(part >> bit) & 1 for bit in range(bits)], axis=1)
        packed = np.packbits(digits.view(np.uint8), axis=1)
        octets[start : start + _ROWS, : packed.shape[1]] = packed
    return words


def _with_observed(reference: ReferenceSet, observed: Sequence) -> tuple[NDArray[np.int8], int]:
    """Return the orders to compare, the observed one among them, and its row.

    Of a sample the observed order becomes one more member: it was drawn like the others, and
    counting it is what makes p = (1 + k) / (1 + N) valid for any N.
    """
    order = np.array(observed, dtype=np.int8)
    if reference.exact:
        return reference.periods, int((reference.periods == order).all(axis=1).argmax())
    return np.concatenate([order[None, :], reference.periods]), 0
