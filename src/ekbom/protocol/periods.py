"""How many periods a design plan has, and which were randomised together."""

from __future__ import annotations

from ekbom.problem import RefusedError
from ekbom.protocol.model import DesignPlan, Protocol


def period_count(plan: DesignPlan) -> int:
    """Return how many periods the sequence of a design has."""
    match plan.kind:
        case "pairs" | "counterbalanced":
            return 2 * (plan.pairs or 0)
        case "blocks":
            return (plan.blocks or 0) * len(plan.block)
        case "fixed":
            return len(plan.order)
        case _:
            return plan.periods or 0


def block_of(plan: DesignPlan, period: int) -> int | None:
    """Return the pair or block that a period (from 1) was randomised in, if there are any."""
    match plan.kind:
        case "pairs" | "counterbalanced":
            return (period + 1) // 2
        case "blocks":
            return (period - 1) // len(plan.block) + 1
        case _:
            return None


def refuse_unpaired(protocol: Protocol) -> None:
    """Raise RefusedError where one person alone cannot draw the order by shuffling packs."""
    if protocol.design.kind != "pairs":
        raise RefusedError(
            "A person alone can shuffle two packs at a time, so the plan must be one of pairs. "
            f"The order of {protocol.design.kind!r} cannot be drawn by hand."
        )
    if protocol.dose is None:
        raise RefusedError("This protocol has no dose, so there are no packs to put slips into.")
