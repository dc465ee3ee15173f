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


def _spare(planned: int, dose: Dose) -> int:
    # 0.15 x 20 is a little more than 3 in binary.
    return math.ceil(planned * dose.spare_share - 1e-9)


def _opened(plan: DosePlan, protocol: Protocol) -> int:
    """Return the capsules of the open steps; further steps of the protocol stay at the highest."""
    steps = protocol.phases.titration
    last = len(plan.steps) - 1
    return sum(step.nights * round(plan.steps[min(i, last)].units) for i, step in enumerate(steps))
