"""A virtual participant: a person made of named parts, about whom the truth is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.protocol.model import Outcome
from ekbom.simulation.layout import Layout, Orders
from ekbom.simulation.traits import (
    Drift,
    Expectation,
    Flags,
    Flares,
    Forgetting,
    Missing,
    Nights,
    Onset,
    Stopping,
    Unblinding,
    Week,
)

_WHOLE = ("rating", "minutes", "count", "total", "impression")
"""Kinds of outcome whose answers are whole numbers."""

_SCALE = 10.0
"""The range for which the parts' figures are written; other outcomes take them in proportion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """What is true of a virtual participant, in the units of the primary outcome and in nights.

    Raises ValueError where a part has a figure that makes no sense.
    """

    beta: float
    """Effect at full exposure, treatment minus reference."""
    level: float = 5.0
    """Mean without treatment in the middle of the randomised part."""
    onset: Onset = Onset()
    nights: Nights = Nights()
    drift: Drift = Drift()
    week: Week = Week()
    flares: Flares = Flares()
    expectation: Expectation = Expectation()
    unblinding: Unblinding = Unblinding()
    forgetting: Forgetting = Forgetting()
    stopping: Stopping = Stopping()
    missing: Missing = Missing()

    def __post_init__(self) -> None:
        for name in ("beta", "level"):
            if not np.isfinite(getattr(self, name)):
                raise ValueError(f"{name} {getattr(self, name):g} is not a number")


@dataclass(frozen=True, slots=True)
class Lived:
    """What N virtual participants lived through, shapes (N, T) but for ``effect``.

    ``value`` are the answers, NaN where there is none; ``latent`` what was felt before it was put
    on the scale; ``swallowed`` the nights whose capsules, of whatever kind, were not left out;
    ``loose`` the days with loose stools.  ``effect`` (N,) is the true effect of the allocation: by
    how much the treatment moved the mean answer of the planned analysed nights allocated to it,
    less that of the others, doses left out and the ends of the scale included.
    """

    value: Floats
    latent: Floats
    swallowed: Flags
    loose: Flags
    effect: Floats


def usual_participant(outcome: Outcome, *, beta: float, tau: float) -> Participant:
    """Return a person with a little of everything that real people do.

    ``beta`` is in the outcome's units.  The figures are the parts' own, in proportion to the
    outcome's range; all are assumptions stated in `ekbom.simulation.traits`.
    """
    return replace(in_units_of(outcome, usual_of_ten(tau=tau)), beta=beta)


def usual_of_ten(*, tau: float) -> Participant:
    """Return the usual person without any effect, on a scale of 0 to 10, lower better."""
    return Participant(
        beta=0.0,
        level=5.0,
        onset=Onset(tau=tau),
        drift=Drift(straight=-0.5),
        week=Week(weekend=0.3),
        flares=Flares(share=0.1, points_worse=1.0),
        expectation=Expectation(points_better=1.0),
        stopping=Stopping(chance=0.02),
        missing=Missing(share=0.08, after_bad=0.02),
    )


def in_units_of(outcome: Outcome, person: Participant) -> Participant:
    """Return a person written for a scale of 0 to 10, lower better, as one of this outcome."""
    unit = outcome.prior_range / _SCALE
    start = outcome.minimum if outcome.direction == "lower" else outcome.maximum
    level = start + worse_sign(outcome) * unit * person.level
    return replace(
        person,
        beta=person.beta * unit,
        level=level,
        nights=replace(person.nights, sd=person.nights.sd * unit),
        drift=Drift(
            straight=person.drift.straight * unit * worse_sign(outcome),
            walk=person.drift.walk * unit,
        ),
        week=Week(weekend=person.week.weekend * unit),
        flares=replace(person.flares, points_worse=person.flares.points_worse * unit),
        expectation=replace(
            person.expectation, points_better=person.expectation.points_better * unit
        ),
        unblinding=replace(person.unblinding, points_better=person.unblinding.points_better * unit),
        missing=replace(person.missing, after_bad=person.missing.after_bad / unit),
    )


def worse_sign(outcome: Outcome) -> float:
    """Return +1 where higher values are worse, -1 where they are better."""
    return 1.0 if outcome.direction == "lower" else -1.0


def live(
    *, participant: Participant, layout: Layout, orders: Orders, rng: np.random.Generator
) -> Lived:
    """Let a virtual participant live the trial once for each order of treatments.

    Parameters
    ----------
    participant
        What is true of the person.
    layout
        The protocol's nights.
    orders
        Treatment of each period, shape (N, P).
    rng
        Decides everything that chance decides.

    Notes
    -----
    latent_t = level + drift + week + flares + expectation + unblinding + beta e_t + u_t, e_t the
    exposure to the doses really taken and u_t an autoregression; the answer is rounded where the
    scale has whole numbers, and cut to the scale.
    """
    swallowed = _swallowed(participant, layout, orders, rng)
    taken = layout.dose(orders) * swallowed
    caused = participant.beta * participant.onset.exposure(taken)
    loose = participant.unblinding.loose(taken, rng)
    untreated = participant.level + _common(participant, layout, taken.shape, rng)
    believed = participant.unblinding.points(loose, layout.schedule.period)
    untreated -= worse_sign(layout.outcome) * believed
    latent = untreated + caused
    value = on_scale(latent, layout.outcome)
    moved = value - on_scale(untreated, layout.outcome)
    worse_by = worse_sign(layout.outcome) * (value - participant.level)
    value[participant.missing.missing(worse_by, rng)] = np.nan
    return Lived(value, latent, swallowed, loose, layout.difference(moved, orders))


def on_scale(latent: Floats, outcome: Outcome) -> Floats:
    """Return what is answered where something between two steps or beyond the scale is felt."""
    steps = np.rint(latent) if outcome.kind in _WHOLE else latent
    return np.clip(steps, outcome.minimum, outcome.maximum)


def _swallowed(
    participant: Participant, layout: Layout, orders: Orders, rng: np.random.Generator
) -> Flags:
    treated = layout.treated(orders)
    kept = participant.forgetting.taken(treated.shape, rng)
    kept &= participant.stopping.taken(treated, layout.schedule.period, rng)
    return kept


def _common(
    participant: Participant, layout: Layout, shape: tuple[int, int], rng: np.random.Generator
) -> Floats:
    """Return what moves a night whatever is taken, shape (N, T)."""
    schedule, sign = layout.schedule, worse_sign(layout.outcome)
    weekday = np.array([day.weekday() for day in schedule.dates])
    since = np.arange(shape[1]) - int(schedule.randomised.argmax())
    return (
        participant.nights.points(shape, rng)
        + participant.drift.points(schedule.trend, shape[0], rng)
        + sign * participant.week.points(weekday)
        + sign * participant.flares.points(shape, rng)
        - sign * participant.expectation.points(since)
    )
