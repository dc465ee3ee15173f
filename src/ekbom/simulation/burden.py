"""What a planned trial asks of a person: nights, weeks and capsules."""

from __future__ import annotations

from dataclasses import dataclass

from ekbom.design.design import smallest_p
from ekbom.design.plan import TREATMENT
from ekbom.safety.fill import fill
from ekbom.simulation.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """Nights and capsules of a plan, and the smallest p that its design can reach.

    ``placebo_nights`` and ``treatment_nights`` are randomised nights, on average over the orders;
    ``open_nights`` those of titration.  ``capsules_a_night`` is one for each step of the ladder,
    ``capsules`` all that must be made, of both kinds, spare and proof included; both are ``None``
    where nothing is swallowed.
    """

    nights: int
    weeks: float
    diary_nights: int
    randomised_nights: int
    analysed_nights: int
    placebo_nights: float
    treatment_nights: float
    open_nights: int
    capsules_a_night: int | None
    capsules: int | None
    orders: int
    smallest_p: float
    smallest_p_one_sided: float


def burden_of(layout: Layout) -> Burden:
    """Return what a plan asks of a person."""
    protocol, schedule = layout.protocol, layout.schedule
    randomised = int(schedule.randomised.sum())
    treated = float((layout.reference.periods == TREATMENT).mean()) * randomised
    phases = protocol.phases
    two_sided, one_sided = smallest_p(layout.design)
    capsules = len(protocol.dose.ladder) if protocol.dose else None
    return Burden(
        nights=layout.nights,
        weeks=layout.nights / 7,
        diary_nights=layout.nights,
        randomised_nights=randomised,
        analysed_nights=int(layout.planned.sum()),
        placebo_nights=randomised - treated,
        treatment_nights=treated,
        open_nights=sum(step.nights for step in phases.titration),
        capsules_a_night=capsules,
        capsules=None if capsules is None else _capsules(layout, capsules),
        orders=layout.design.count(),
        smallest_p=two_sided,
        smallest_p_one_sided=one_sided,
    )


def _capsules(layout: Layout, a_night: int) -> int:
    """Return the capsules of all packs, spare and proof included, and of the open nights."""
    dose, plan = layout.protocol.dose, layout.protocol.design
    if dose is None:
        return 0
    opened = sum(
        step.nights * (dose.ladder.index(step.mg) + 1)
        for step in layout.protocol.phases.titration
        if step.mg in dose.ladder
    )
    return fill(design=plan, dose=dose, a_night=a_night, opened=opened).total
