"""How many capsules with and without magnesium a trial takes, said before anything is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ekbom.language import retell, say
from ekbom.problem import RefusedError
from ekbom.protocol.files import BUILT_IN, built_in
from ekbom.protocol.model import Protocol
from ekbom.report.capsule_words import capsule_sentence
from ekbom.safety.dose_plan import DosePlan
from ekbom.safety.fill import fill_packs
from ekbom.safety.hiding import fills_of, refuse_unhidden
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


def fit_words(dose: DosePlan | None) -> tuple[str, ...]:
    """Return whether capsules of this product can hide what is in them, plan by plan if it differs.

    Nothing where no dose is planned.
    """
    if dose is None or dose.top is None:
        return ()
    return tuple(dict.fromkeys(text for name in BUILT_IN for text in _fit(built_in(name), dose)))


def _fit(protocol: Protocol, dose: DosePlan) -> Iterator[str]:
    protocol = with_dose(replace(protocol, blinding="helper"), dose)
    try:
        refuse_unhidden(protocol, plan=dose)
    except RefusedError as error:
        yield retell(str(error))
        return
    if dose.blindable and dose.top is not None:
        yield say(
            "Your product can be hidden if it is a capsule: up to {n:g} a night, and capsules "
            "without magnesium that look the same. A tablet cannot be hidden.",
            n=dose.top.units,
        )
    elif protocol.dose is not None:
        fills = fills_of(protocol.dose, salt=dose.label.salt)
        yield from (capsule_sentence(fill) for fill in fills)


def _count(protocol: Protocol, dose: DosePlan) -> CapsuleCount:
    fill = fill_packs(plan=dose, protocol=with_dose(protocol, dose))
    record = stored_record(protocol) or {}
    without = fill.packs // 2 * fill.pack
    return CapsuleCount(record["burden"]["weeks"], fill.total - without, without)
