"""How many capsules of which size hold a powder, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from ekbom.language import Text, figure, retell, say
from ekbom.problem import RefusedError
from ekbom.protocol.doses import exceeds
from ekbom.protocol.model import Dose, Protocol
from ekbom.report.lines import wrapped
from ekbom.safety.dose_plan import DosePlan
from ekbom.safety.hiding import SIZES
from ekbom.safety.preparation import CapsuleFill, fill_capsule

NO_SIZE: Text = (
    "Mind: no common size of capsule surely holds {mg:g} mg of elemental magnesium a night as a "
    "citrate powder. Buy capsules that are filled already, before you register."
)


def capsule_sentence(capsule: CapsuleFill) -> str:
    """Say how many capsules of a size hold the dose, and how many the plan takes."""
    fewest, most = capsule.needed
    count = figure(fewest) if fewest == most else f"{figure(fewest)}-{figure(most)}"
    return say(
        "{mg:g} mg of elemental magnesium a night take {count} capsules of size {size} ({ml:g} "
        "ml), by how heavy the powder is. The plan takes {a_night} a night.",
        mg=capsule.mg,
        count=count,
        size=capsule.size,
        ml=capsule.ml,
        a_night=capsule.a_night,
    )


def filled_lines(plan: DosePlan, protocol: Protocol | None) -> Iterator[str]:
    """Yield which capsules would hold a powder at the protocol's highest step, if it may be taken.

    Nothing for what is no citrate powder.
    """
    dose = None if protocol is None else protocol.dose
    other = plan.blindable or plan.reaches_study == "other salt"
    if other or dose is None or exceeds(max(dose.ladder), plan.cap_mg):
        return
    yield from wrapped(say("Filled into capsules, this powder can be blinded:"))
    for size in SIZES:
        yield from wrapped(_filled(plan, dose, size), indent="    ", first="  - ")


def _filled(plan: DosePlan, dose: Dose, size: str) -> str:
    try:
        mg, salt = max(dose.ladder), plan.label.salt
        return capsule_sentence(fill_capsule(dose=dose, mg=mg, size=size, salt=salt))
    except RefusedError as error:
        return retell(str(error))
