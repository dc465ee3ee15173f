"""What was guessed of the treatments, set against what they were; it changes no verdict's word."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ekbom.analysis.blinding_index import Guessed, Index, bang_index, james_index, luck_of
from ekbom.analysis.randomisation_reference import ReferenceSet
from ekbom.analysis.result import PeriodSummary
from ekbom.analysis.schedule import Schedule, periods_told
from ekbom.design.plan import REFERENCE, TREATMENT
from ekbom.protocol.model import Protocol
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.guess import EFFECT, GIVEAWAYS, reasons_of
from ekbom.trial.happened import last_of, of_kind


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess: its period, what was taken, and what it named (``None``: don't know).

    ``sure`` is from 0 to 10; ``reasons`` are those of `ekbom.trial.guess`.
    """

    period: int
    treatment: str
    guessed: str | None
    sure: float | None
    reasons: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Return whether it named what was taken."""
        return self.guessed == self.treatment

    @property
    def wrong(self) -> bool:
        """Return whether it named what was not taken."""
        return self.guessed is not None and not self.right

    @property
    def by_signs(self) -> bool:
        """Return whether it named a treatment for something that is not the effect."""
        return self.guessed is not None and any(reason in GIVEAWAYS for reason in self.reasons)

    @property
    def by_effect(self) -> bool:
        """Return whether it named a treatment for the effect alone."""
        return self.guessed is not None and self.reasons == (EFFECT,)


GROUPS: Mapping[str, Callable[[Guess], bool]] = {
    "right": lambda guess: guess.right,
    "wrong": lambda guess: guess.wrong,
    "by_effect": lambda guess: guess.by_effect,
    "by_signs": lambda guess: guess.by_signs,
}
"""The periods that the treatments are compared among, by the guess about them."""


@dataclass(frozen=True, slots=True)
class Luck:
    """How probable at least so many right guesses are for one who knows nothing.

    ``coin``: each guess the toss of a coin.  ``order``: these very guesses under all orders that
    the plan could have drawn, which knows that a pair guessed as one of each is right or wrong as a
    whole; ``None`` where no order was drawn by chance.
    """

    coin: float
    order: float | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """The primary outcome over some periods, treatment minus reference, in its own unit.

    ``treatment`` and ``reference`` are how many periods; ``difference``, of the plain means of
    period means, is ``None`` where there is none on one of the two.
    """

    treatment: int
    reference: int
    difference: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessSummary:
    """All that was guessed in a trial, and what it was worth.

    ``open``: the treatments were known all along.  ``counts`` and ``bang`` are by treatment;
    ``left_out`` are guesses made after their period, or the whole order, had become known.
    ``among`` compares the treatments in each of the ``GROUPS``.  ``expectation`` is the help
    expected before the start, from 0 to 10; ``opinion`` the last guess.
    """

    open: bool
    guesses: tuple[Guess, ...]
    counts: dict[str, Guessed]
    left_out: int
    luck: Luck | None
    bang: dict[str, Index | None]
    james: Index | None
    among: dict[str, Contrast]
    expectation: float | None = None
    opinion: str | None = None

    @property
    def named(self) -> int:
        """Return how many guesses named a treatment."""
        return sum(count.named for count in self.counts.values())

    @property
    def right(self) -> int:
        """Return how many guesses were right."""
        return sum(guess.right for guess in self.guesses)

    @property
    def given_away(self) -> int:
        """Return how many guesses were right for something that is not the effect."""
        return sum(guess.right and guess.by_signs for guess in self.guesses)

    @property
    def told_by_effect(self) -> int:
        """Return how many guesses were right for the effect alone."""
        return sum(guess.right and guess.by_effect for guess in self.guesses)

    def sure(self, *, right: bool) -> float | None:
        """Return how sure the right, or the wrong, guesses were on average, if they say."""
        said = [
            g.sure for g in self.guesses if (g.right if right else g.wrong) and g.sure is not None
        ]
        return sum(said) / len(said) if said else None


def weigh_guesses(
    *,
    trial: Trial,
    schedule: Schedule,
    reference: ReferenceSet | None,
    periods: Sequence[PeriodSummary],
) -> GuessSummary | None:
    """Return what a trial's guesses were worth; ``None`` if it neither asked nor got any.

    ``periods`` are the analysed answers to the primary outcome, which right and wrong guesses are
    compared by.
    """
    protocol = trial.protocol
    guesses = _guesses(trial, schedule)
    made = of_kind(trial.events, "guess")
    last, expected = last_of(trial.events, "last guess"), last_of(trial.events, "expectation")
    if not (made or last or expected) and (protocol.imported or protocol.blinding == "open"):
        return None
    treatment, other = protocol.treatment.name, protocol.reference.name
    counts = {name: _count(guesses, name) for name in (treatment, other)}
    return GuessSummary(
        open=protocol.blinding == "open" and not protocol.imported,
        guesses=guesses,
        counts=counts,
        left_out=len({e.detail["period"] for e in made}) - len(guesses),
        luck=_luck(guesses, protocol, reference),
        bang={name: bang_index(count) for name, count in counts.items()},
        james=james_index(counts[treatment], counts[other]),
        among={
            name: _contrast(protocol, periods, {g.period for g in guesses if belongs(g)})
            for name, belongs in GROUPS.items()
        },
        expectation=None if expected is None else expected.detail["benefit"],
        opinion=None if last is None else last.detail["opinion"],
    )


def _guesses(trial: Trial, schedule: Schedule) -> tuple[Guess, ...]:
    """Return the guesses about periods that were lived, in the order of the periods."""
    protocol = trial.protocol
    names = {t.name for t in protocol.treatments}
    by_number = {TREATMENT: protocol.treatment.name, REFERENCE: protocol.reference.name}
    lived = {int(p) + 1 for p in np.unique(schedule.period[schedule.randomised])}
    return tuple(
        Guess(
            period=period,
            treatment=by_number[schedule.sequence[period - 1]],
            guessed=said if (said := event.detail["treatment"]) in names else None,
            sure=event.detail.get("sure"),
            reasons=reasons_of(event.detail.get("why", "")),
        )
        for period, event in sorted(_blind(trial, schedule).items())
        if period in lived
    )


def _blind(trial: Trial, schedule: Schedule) -> dict[int, Event]:
    """Return the guess about each period: the first one, as a later one may have been told.

    Guesses about a period that an incident had already shown, and those made after the allocation
    was opened, are none.
    """
    told: dict[int, int] = {}
    for event in of_kind(trial.events, "incident"):
        shown = periods_told(
            event=event,
            calendar=schedule.calendar,
            period=schedule.period,
            block=schedule.block,
        )
        told = {int(p) + 1: event.id for p in shown} | told
    opened = min((e.id for e in of_kind(trial.events, "unblinding")), default=math.inf)
    found: dict[int, Event] = {}
    for event in of_kind(trial.events, "guess"):
        period = event.detail["period"]
        if event.id < min(opened, told.get(period, math.inf)):
            found.setdefault(period, event)
    return found


def _count(guesses: Sequence[Guess], treatment: str) -> Guessed:
    mine = [guess for guess in guesses if guess.treatment == treatment]
    right, wrong = sum(g.right for g in mine), sum(g.wrong for g in mine)
    return Guessed(right, wrong, len(mine) - right - wrong)


def _luck(
    guesses: Sequence[Guess], protocol: Protocol, reference: ReferenceSet | None
) -> Luck | None:
    named = [guess for guess in guesses if guess.guessed is not None]
    if not named:
        return None
    right = sum(guess.right for guess in named)
    coin = luck_of(right=right, named=len(named))
    if reference is None:
        return Luck(coin, None)
    places = [guess.period - 1 for guess in named]
    said = [int(guess.guessed == protocol.treatment.name) for guess in named]
    as_good = ((reference.periods[:, places] == said).sum(axis=1) >= right).sum()
    orders = len(reference.periods)
    # Orders that were sampled do not hold the one that was drawn for certain.
    extra = 0 if reference.exact else 1
    return Luck(coin, float(as_good + extra) / (orders + extra))


def _contrast(
    protocol: Protocol, periods: Sequence[PeriodSummary], wanted: Container[int]
) -> Contrast:
    means: dict[str, list[float]] = {t.name: [] for t in protocol.treatments}
    for period in periods:
        if period.period in wanted and period.mean is not None:
            means[period.treatment].append(period.mean)
    on, off = means[protocol.treatment.name], means[protocol.reference.name]
    difference = sum(on) / len(on) - sum(off) / len(off) if on and off else None
    return Contrast(len(on), len(off), difference)
