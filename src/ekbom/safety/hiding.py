"""Whether capsules can hide what is in them, asked before anything is registered."""

from __future__ import annotations

from ekbom.problem import RefusedError
from ekbom.protocol.model import Dose, Protocol
from ekbom.protocol.periods import refuse_unpaired
from ekbom.safety.dose_plan import DosePlan
from ekbom.safety.preparation import CapsuleFill, fill_capsule, whole_counts

SIZES = ("000", "00", "0")
"""The sizes of capsule that hold enough to be spoken of."""


def refuse_unhidden(protocol: Protocol, *, plan: DosePlan | None = None) -> None:
    """Make sure that the packs of a protocol can be filled so that nobody sees what is in them.

    Nothing is asked of an open one.  ``plan`` is what the product makes of the dose; without it
    only the protocol's own ladder is looked at.  Raises RefusedError, saying what would help.
    """
    if protocol.blinding == "open":
        return
    if protocol.blinding == "alone":
        refuse_unpaired(protocol)
    dose = protocol.dose
    if dose is not None:
        _refuse_uneven(dose, plan)
    if dose is not None and plan is not None and not plan.blindable:
        _refuse_powder(dose, plan)


def fills_of(dose: Dose, *, salt: str | None = None) -> tuple[CapsuleFill, ...]:
    """Return how capsules of each size hold the highest step of a citrate powder, if they do."""
    found = []
    for size in SIZES:
        try:
            found.append(fill_capsule(dose=dose, mg=max(dose.ladder), size=size, salt=salt))
        except RefusedError:
            continue
    return tuple(found)


def _refuse_uneven(dose: Dose, plan: DosePlan | None) -> None:
    counts, top = whole_counts(dose), None if plan is None else plan.top
    bought = top is not None and plan is not None and plan.blindable
    if not counts or (bought and top is not None and round(top.units) not in counts):
        raise RefusedError(
            "Not every step of this dose is a whole number of capsules, at most "
            f"{dose.max_capsules} a night. Then packs cannot hide what is in them. Choose other "
            "steps or another product, or an open trial."
        )


def _refuse_powder(dose: Dose, plan: DosePlan) -> None:
    if plan.reaches_study == "other salt":
        raise RefusedError(
            "How much of this powder goes into a capsule is not known here: it is no magnesium "
            "citrate. Choose a product in capsules, or an open trial."
        )
    if not fills_of(dose, salt=plan.label.salt):
        raise RefusedError(
            f"Filled into capsules, this powder would take more than {dose.max_capsules} a night. "
            "Choose a product in capsules, a smaller highest dose, or an open trial."
        )
