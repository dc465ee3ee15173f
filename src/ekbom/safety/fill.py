"""How many capsules a trial takes: its open steps, and packs that all hold the same number."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ekbom.problem import RefusedError
from ekbom.protocol.model import DesignPlan, Dose, Protocol
from ekbom.protocol.periods import period_count
from ekbom.safety.dose_plan import DosePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """The capsules of one trial.

    ``opened`` are those of the open steps before the packs.  Each of ``packs`` holds ``planned``
    capsules for its nights, ``spare`` ones, and ``proof`` ones that are kept to the end; all packs
    have the same number, whatever is in them.
    """

    opened: int
    packs: int
    planned: int
    spare: int
    proof: int

    @property
    def pack(self) -> int:
        """Return how many capsules are in one pack."""
        return self.planned + self.spare + self.proof

    @property
    def total(self) -> int:
        """Return how many capsules must be made, of both kinds together."""
        return self.opened + self.packs * self.pack


@dataclass(frozen=True, slots=True)
class Stock:
    """Whether capsules that are there last: what is short, and how far they go.

    ``whole_pairs`` packs can be filled in pairs, enough for ``nights`` randomised nights.
    """

    short_magnesium: int
    short_placebo: int
    whole_pairs: int
    nights: int

    @property
    def lasts(self) -> bool:
        """Return whether nothing runs out before the end."""
        return not self.short_magnesium and not self.short_placebo


def fill_packs(*, plan: DosePlan, protocol: Protocol) -> Fill:
    """Return how many capsules a protocol takes at the plan's highest step.

    Spare capsules are the protocol's share (15 %) of the planned ones, rounded up.  Raises
    RefusedError for a product that is no capsule, a plan without steps, or a protocol without a
    dose.
    """
    dose, top = protocol.dose, plan.top
    if dose is None or top is None or not plan.blindable:
        raise RefusedError("Packs are filled with capsules only, at a dose that the plan reaches.")
    opened = _opened(plan, protocol)
    return fill(design=protocol.design, dose=dose, a_night=round(top.units), opened=opened)


def fill(*, design: DesignPlan, dose: Dose, a_night: int, opened: int) -> Fill:
    """Return the capsules of a trial with ``a_night`` capsules a night and ``opened`` open ones."""
    planned = a_night * design.period_nights
    return Fill(
        opened=opened,
        packs=period_count(design),
        planned=planned,
        spare=_spare(planned, dose),
        proof=dose.proof_capsules,
    )


def check_stock(*, fill: Fill, nights: int, magnesium: int, placebo: int) -> Stock:
    """Return whether capsules that are there last to the end of a trial.

    ``nights`` are those of one period.  The open steps come first; packs are made in pairs, so a
    pair counts only if both its packs can be filled.  Nothing in it hangs on the order.
    """
    pairs = fill.packs // 2
    after = max(0, magnesium - fill.opened)
    whole = min(after // fill.pack, placebo // fill.pack, pairs)
    return Stock(
        max(0, fill.opened + pairs * fill.pack - magnesium),
        max(0, pairs * fill.pack - placebo),
        whole,
        whole * 2 * nights,
    )


def _spare(planned: int, dose: Dose) -> int:
    # 0.15 x 20 is a little more than 3 in binary.
    return math.ceil(planned * dose.spare_share - 1e-9)


def _opened(plan: DosePlan, protocol: Protocol) -> int:
    """Return the capsules of the open steps; further steps of the protocol stay at the highest."""
    steps = protocol.phases.titration
    last = len(plan.steps) - 1
    return sum(step.nights * round(plan.steps[min(i, last)].units) for i, step in enumerate(steps))
