"""How many periods a design plan has, and which were randomised together."""

from __future__ import annotations

from ekbom.protocol.model import DesignPlan


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
