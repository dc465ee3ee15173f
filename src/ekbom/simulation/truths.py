"""The truths under which a plan is tried out, each set in theta and in beta, and named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ekbom.protocol.model import Outcome
from ekbom.simulation.layout import Layout
from ekbom.simulation.participant import Participant, usual_participant, worse_sign
from ekbom.simulation.traits import Unblinding

Size = Literal["none", "small", "worthwhile", "large"]
Scale = Literal["full", "shown"]

SIZES: dict[Size, float] = {"small": 0.5, "worthwhile": 1.5, "large": 3.0}
"""Sizes of an effect, in MIDs."""

TAUS = (2.0, 7.0, 21.0)
"""Onset and offset times that are tried, nights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One thing that may be true of a person.

    ``beta`` is the effect at full exposure and ``theta`` the one that this plan's schedule shows,
    beta times the mean D(tau) of its orders, both treatment minus reference in the outcome's units.
    ``scale`` says which of the two was set to the round figure: at ``full`` exposure, or as
    ``shown``.  ``unblinded``: there is no effect, but side effects give the treatment away and
    expecting one moves the ratings by one MID.
    """

    id: str
    size: Size
    scale: Scale
    tau: float
    beta: float
    theta: float
    participant: Participant
    unblinded: bool = False


def truths_for(layout: Layout, *, taus: tuple[float, ...] = TAUS) -> tuple[Truth, ...]:
    """Return no effect, no effect while side effects unblind, and three sizes at each onset time.

    A size is set once at full exposure and once as shown by this schedule; the latter is left out
    where it would take more at full exposure than half the scale's range R.
    """
    return (*_nulls(layout), *_effects(layout, taus))


def truth_of(
    layout: Layout, *, benefit: float, tau: float, scale: Scale, size: Size = "worthwhile"
) -> Truth:
    """Return the truth of an effect of ``benefit`` units towards better, at one onset time."""
    contrast = layout.mean_contrast(tau)
    effect = -worse_sign(layout.outcome) * benefit
    beta = effect if scale == "full" else effect / contrast
    return Truth(
        id=f"{size}_{scale}_tau{tau:g}",
        size=size,
        scale=scale,
        tau=tau,
        beta=beta,
        theta=beta * contrast,
        participant=usual_participant(layout.outcome, beta=beta, tau=tau),
    )


def unblinding_of(outcome: Outcome) -> Unblinding:
    """Return a bad case: loose stools on two treatment days of five, and belief worth one MID."""
    return Unblinding(points_better=outcome.mid, chance=0.02, added=0.4)


def _nulls(layout: Layout) -> Iterator[Truth]:
    tau = layout.protocol.analysis.tau_median
    person = usual_participant(layout.outcome, beta=0.0, tau=tau)
    nothing = Truth(
        id="none", size="none", scale="full", tau=tau, beta=0.0, theta=0.0, participant=person
    )
    yield nothing
    told = replace(person, unblinding=unblinding_of(layout.outcome))
    yield replace(nothing, id="none_unblinded", participant=told, unblinded=True)


def _effects(layout: Layout, taus: tuple[float, ...]) -> Iterator[Truth]:
    most = layout.outcome.prior_range / 2
    scales: tuple[Scale, ...] = ("full", "shown")
    for scale in scales:
        for size, mids in SIZES.items():
            for tau in taus:
                benefit = mids * layout.outcome.mid
                truth = truth_of(layout, benefit=benefit, tau=tau, scale=scale, size=size)
                if abs(truth.beta) <= most:
                    yield truth
