"""Indices of how well a blind held, from counts of guesses; and how far luck alone takes one.

Bang, Ni and Davis 2004 (doi:10.1016/j.cct.2003.10.016); James, Bloch, Lee, Kraemer and Fuller 1996
(PMID 8841652).  Variances are those of multinomial counts, by the delta method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_NORMAL = 1.959963984540054
"""Standard deviations on either side that hold 95 % of a normal distribution."""

_WRONG = 0.5
"""James's weight of a wrong guess; a right one has 0, none at all 1."""


@dataclass(frozen=True, slots=True)
class Guessed:
    """How many guesses about one treatment were right, were wrong, or said: don't know."""

    right: int
    wrong: int
    unsure: int

    @property
    def named(self) -> int:
        """Return how many guesses named a treatment."""
        return self.right + self.wrong

    @property
    def total(self) -> int:
        """Return how many guesses there are."""
        return self.named + self.unsure


@dataclass(frozen=True, slots=True)
class Index:
    """An index with its standard error and its 95 % interval, which may leave the index's range."""

    value: float
    sd: float
    interval95: tuple[float, float]

    @classmethod
    def of(cls, value: float, variance: float) -> Index:
        """Return an index with its normal interval; ``variance`` may be a rounded 0."""
        sd = math.sqrt(max(variance, 0.0))
        return cls(value, sd, (value - _NORMAL * sd, value + _NORMAL * sd))


def bang_index(found: Guessed) -> Index | None:
    """Return Bang's index of one treatment, ``None`` without a guess.

    1 where every guess is right, 0 as if by chance, -1 where every one is wrong.
    """
    if not found.total:
        return None
    value = (found.right - found.wrong) / found.total
    return Index.of(value, (found.named / found.total - value**2) / found.total)


def james_index(treatment: Guessed, reference: Guessed) -> Index | None:
    """Return James's index of both treatments, ``None`` where it is not defined.

    1 where nobody ventures a guess, 0.5 as if by chance, 0 where every guess is right.
    """
    total = treatment.total + reference.total
    if not total:
        return None
    if not treatment.named + reference.named:
        return Index.of(1.0, 0.0)
    return _james(treatment, reference, total)


def _james(treatment: Guessed, reference: Guessed, total: int) -> Index | None:
    """Return 1 - named + named^2 seen / (2 expected), all of them shares, weighted as James does.

    ``expected`` is the share of wrong guesses if who guessed what had nothing to do with the arm.
    """
    arms = treatment.named / total, reference.named / total
    said = (treatment.right + reference.wrong) / total, (reference.right + treatment.wrong) / total
    expected = _WRONG * (said[0] * arms[1] + said[1] * arms[0])
    if not expected:
        return None
    named = sum(arms)
    wrong = treatment.wrong / total, reference.wrong / total
    seen = _WRONG * sum(wrong)
    ratio = named / expected
    # The slope of the index in each share, given those of named, seen and expected in it.
    cells = [
        (share, -1 + seen * ratio + ratio * named / 2 * (weight - seen * _WRONG * grows / expected))
        for share, weight, grows in (
            (treatment.right / total, 0.0, arms[1] + said[1]),
            (reference.right / total, 0.0, arms[0] + said[0]),
            (wrong[0], _WRONG, arms[0] + said[1]),
            (wrong[1], _WRONG, arms[1] + said[0]),
        )
    ]
    mean = sum(share * slope for share, slope in cells)
    variance = (sum(share * slope**2 for share, slope in cells) - mean**2) / total
    return Index.of(1 - named + ratio * named * seen / 2, variance)


def luck_of(*, right: int, named: int) -> float:
    """Return the probability of at least so many right guesses, each by the toss of a coin."""
    return sum(math.comb(named, k) for k in range(right, named + 1)) / 2.0**named
