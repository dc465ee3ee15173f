"""How many capsules with and without magnesium a trial takes, said before anything is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from ekbom.protocol.files import BUILT_IN, built_in
from ekbom.protocol.model import Protocol
from ekbom.safety.dose_plan import DosePlan
from ekbom.safety.fill import fill_packs
from ekbom.simulation.stored import stored_record
from ekbom.web.begin.planned import with_dose


@dataclass(frozen=True, slots=True)
class CapsuleCount:
    """The capsules of the plan of so many weeks, spares included, by what is in them."""

    weeks: float
    magnesium: int
    without: int


def counts(dose: DosePlan | None) -> tuple[CapsuleCount, ...]:
    """Return the capsules of each plan that comes with ekbom; none where it takes no capsules."""
    if dose is None or dose.top is None or not dose.blindable:
        return ()
    return tuple(_count(built_in(name), dose) for name in BUILT_IN)


def _count(protocol: Protocol, dose: DosePlan) -> CapsuleCount:
    fill = fill_packs(plan=dose, protocol=with_dose(protocol, dose))
    record = stored_record(protocol) or {}
    without = fill.packs // 2 * fill.pack
    return CapsuleCount(record["burden"]["weeks"], fill.total - without, without)
