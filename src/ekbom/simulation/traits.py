"""What real people and their nights do, each as a small part with a name and a parameter.

Every part says where its figures come from.  Where no source gives one, the default is our own
assumption and is called that; nothing of it enters the analysis of a real trial.  Points are the
outcome's units, and *worse* is the direction in which the outcome is worse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats, exposure

Flags = NDArray[np.bool_]
Rng = np.random.Generator


def _check_shares(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"{name} {share:g} is not a share between 0 and 1")


def _check_sizes(**sizes: float) -> None:
    for name, size in sizes.items():
        if not 0 <= size < float("inf"):
            raise ValueError(f"{name} {size:g} is negative or not a number")


def _check_numbers(**numbers: float) -> None:
    for name, number in numbers.items():
        if not np.isfinite(number):
            raise ValueError(f"{name} {number:g} is not a number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """How much one night differs from the next: a first-order autoregression.

    Our assumption, as in the simulations this software was first measured with: sd 1.5 points on
    a scale of 0 to 10, correlation .4 from one night to the next.
    """

    sd: float = 1.5
    rho: float = 0.4

    def __post_init__(self) -> None:
        _check_sizes(sd=self.sd)
        if not -1 < self.rho < 1:
            raise ValueError(f"rho {self.rho:g} is not between -1 and 1")

    def points(self, shape: tuple[int, int], rng: Rng) -> Floats:
        """Return each night's deviation, shape (N, T)."""
        steps = self.sd * rng.standard_normal(shape)
        steps[:, 1:] *= np.sqrt(1 - self.rho**2)
        for t in range(1, shape[1]):
            steps[:, t] += self.rho * steps[:, t - 1]
        return steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """How slowly the treatment comes and goes: nights tau, and another for its going if given.

    The truths of a simulation try 2, 7 and 21 nights: the one controlled trial saw nothing at one
    month and a difference at two (S04), and blood magnesium rises over weeks (S33).
    """

    tau: float = 2.0
    offset_tau: float | None = None

    def __post_init__(self) -> None:
        _check_sizes(tau=self.tau, offset_tau=self.offset_tau or 0.0)

    def exposure(self, dose: Floats) -> Floats:
        """Return how much of the treatment the body has each night, from doses (N, T)."""
        if self.offset_tau is None or self.offset_tau == self.tau:
            return exposure(dose, tau=self.tau)
        with np.errstate(divide="ignore", over="ignore"):
            rise, fall = (-np.expm1(-1 / np.float64(t)) for t in (self.tau, self.offset_tau))
        level = np.zeros(len(dose))
        out = np.empty_like(dose)
        for t in range(dose.shape[1]):
            gap = dose[:, t] - level
            level = level + np.where(gap > 0, rise, fall) * gap
            out[:, t] = level
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Symptoms that drift over the trial, whatever is taken.

    ``straight`` is the change over the randomised part, ``walk`` the sd of a random step each
    night, points.  Both are our assumptions; a cross-over trial of magnesium citrate for leg
    cramps found a strong period effect (S08), and in another everybody improved over time (S09).
    """

    straight: float = 0.0
    walk: float = 0.0

    def __post_init__(self) -> None:
        _check_numbers(straight=self.straight)
        _check_sizes(walk=self.walk)

    def points(self, trend: Floats, count: int, rng: Rng) -> Floats:
        """Return the drift for each night's place ``trend`` (T,), shape (N, T)."""
        line = np.broadcast_to(self.straight * trend, (count, len(trend)))
        if not self.walk:
            return line
        wander = np.cumsum(self.walk * rng.standard_normal(line.shape), axis=1)
        found: Floats = line + wander - wander.mean(1, keepdims=True)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Weekend nights that are worse by so many points (Friday and Saturday).  Our assumption."""

    weekend: float = 0.0

    def __post_init__(self) -> None:
        _check_numbers(weekend=self.weekend)

    def points(self, weekday: NDArray[np.int64]) -> Floats:
        """Return the points for each night's weekday, Monday 0, shape (T,)."""
        late = np.isin(weekday, (4, 5)).astype(float)
        found: Floats = self.weekend * (late - late.mean())
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Flares:
    """Bad spells: a share of all nights, worse by so many points, lasting some nights on average.

    Our assumption: restless legs wax and wane, and no source gives the length of a flare.
    """

    share: float = 0.0
    points_worse: float = 0.0
    nights: float = 7.0

    def __post_init__(self) -> None:
        _check_shares(share=self.share)
        _check_numbers(points_worse=self.points_worse, nights=self.nights)
        if self.share == 1 or self.nights < 1:
            raise ValueError("flares last a night at least and cannot take up every night")
        if self.share / (1 - self.share) > self.nights:
            raise ValueError(f"flares of {self.nights:g} nights cannot fill a share {self.share:g}")

    def points(self, shape: tuple[int, int], rng: Rng) -> Floats:
        """Return the points of each night, shape (N, T)."""
        if not self.share or not self.points_worse:
            return np.zeros(shape)
        leave = 1 / self.nights
        enter = leave * self.share / (1 - self.share)
        chance = rng.random(shape)
        flaring = np.empty(shape, dtype=bool)
        flaring[:, 0] = chance[:, 0] < self.share
        for t in range(1, shape[1]):
            stays = np.where(flaring[:, t - 1], chance[:, t] >= leave, chance[:, t] < enter)
            flaring[:, t] = stays
        return self.points_worse * flaring


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Feeling better for taking part: points at the first randomised night, fading over nights.

    People improve on placebo in trials of restless legs, by 6.58 points of the 0 to 40 IRLS scale
    on average (S11); that this fades, and how fast, is our assumption.
    """

    points_better: float = 0.0
    fading_nights: float = 28.0

    def __post_init__(self) -> None:
        _check_numbers(points_better=self.points_better, fading_nights=self.fading_nights)
        if self.fading_nights <= 0:
            raise ValueError("fading_nights must be more than 0")

    def points(self, since: NDArray[np.int64]) -> Floats:
        """Return the points of each night, ``since`` nights after the first randomised one (T,)."""
        gone = np.exp(-np.maximum(since, 0) / self.fading_nights)
        return np.where(since >= 0, self.points_better * gone, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblinding:
    """Loose stools give the treatment away, and believing in it moves the ratings.

    ``chance`` is that of a loose stool on a day without magnesium, ``added`` what magnesium in the
    gut adds, where it comes and goes within ``gut_nights`` (gone in 1 to 2 days, S23); from
    the ``stools``-th such day of a period on the person believes to be on the treatment and rates
    that period's nights better by ``points_better``.  That it happens is known (diarrhoea on
    magnesium citrate; 78 % against 54 % believed it helped, S08); the figures are our assumption.
    """

    points_better: float = 0.0
    chance: float = 0.02
    added: float = 0.05
    stools: int = 1
    gut_nights: float = 0.7

    def __post_init__(self) -> None:
        _check_shares(chance=self.chance, added=self.added, together=self.chance + self.added)
        _check_numbers(points_better=self.points_better)
        _check_sizes(gut_nights=self.gut_nights)
        if self.stools < 1:
            raise ValueError("stools must be 1 at least")

    def loose(self, dose: Floats, rng: Rng) -> Flags:
        """Return the days with loose stools, from the doses taken (N, T)."""
        level = exposure(dose, tau=self.gut_nights)
        found: Flags = rng.random(dose.shape) < self.chance + self.added * level
        return found

    def points(self, loose: Flags, period: NDArray[np.int64]) -> Floats:
        """Return the points of each night, shape (N, T); ``period`` (T,) is -1 outside."""
        found = np.zeros(loose.shape)
        if self.points_better:
            for number in range(period.max() + 1):
                mine = np.flatnonzero(period == number)
                seen = np.cumsum(loose[:, mine], axis=1) >= self.stools
                found[:, mine] = self.points_better * seen
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Doses left out at random, as a share of all.  Our assumption."""

    share: float = 0.03

    def __post_init__(self) -> None:
        _check_shares(share=self.share)

    def taken(self, shape: tuple[int, int], rng: Rng) -> Flags:
        """Return which doses are taken, shape (N, T)."""
        kept: Flags = rng.random(shape) >= self.share
        return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """Side effects end the capsules of a treatment period early, from a random night on.

    ``chance`` is that of each period on the treatment, our assumption.  The diary goes on, and the
    nights count as allocated (intention to treat).
    """

    chance: float = 0.0

    def __post_init__(self) -> None:
        _check_shares(chance=self.chance)

    def taken(self, treated: Flags, period: NDArray[np.int64], rng: Rng) -> Flags:
        """Return the nights on which capsules are still taken, shape (N, T)."""
        kept = np.ones(treated.shape, dtype=bool)
        for number in range(period.max() + 1):
            mine = np.flatnonzero(period == number)
            last = rng.integers(0, len(mine), len(treated))
            stops = (rng.random(len(treated)) < self.chance) & treated[:, mine[0]]
            kept[:, mine] = ~(stops[:, None] & (np.arange(len(mine)) > last[:, None]))
        return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Mornings without a report: a share at random, and more after a bad night.

    ``after_bad`` is added to the chance for each point that a night was worse than usual.  Our
    assumption.
    """

    share: float = 0.08
    after_bad: float = 0.0

    def __post_init__(self) -> None:
        _check_shares(share=self.share)
        _check_sizes(after_bad=self.after_bad)

    def missing(self, worse_by: Floats, rng: Rng) -> Flags:
        """Return the nights without a report, from how much worse each was, shape (N, T)."""
        chance = self.share + self.after_bad * np.maximum(worse_by, 0.0)
        gone: Flags = rng.random(worse_by.shape) < chance
        return gone
