"""From the protocol's design plan to the set of sequences it draws from."""

from __future__ import annotations

from ekbom.design.blocks import PermutedBlocks
from ekbom.design.complete import CompleteRandomisation
from ekbom.design.counterbalanced import CounterbalancedPairs
from ekbom.design.design import Design, Sequence
from ekbom.design.fixed import FixedOrder
from ekbom.design.pairs import RandomisedPairs
from ekbom.design.start_points import StartPoints
from ekbom.problem import InputError, Problem
from ekbom.protocol.model import Protocol

REFERENCE, TREATMENT = 0, 1
"""How the two treatments are numbered in a sequence."""


def design_of(protocol: Protocol) -> Design:
    """Return the design whose sequences the protocol draws from, 0 the reference, 1 the treatment.

    Raises ValueError where the numbers of the plan leave no sequence at all.
    """
    plan = protocol.design
    match plan.kind:
        case "pairs":
            return RandomisedPairs(pairs=plan.pairs or 0)
        case "counterbalanced":
            return CounterbalancedPairs(pairs=plan.pairs or 0)
        case "blocks":
            return PermutedBlocks(blocks=plan.blocks or 0, block=numbers(protocol, plan.block))
        case "complete":
            periods = plan.periods or 0
            counts = (periods - periods // 2, periods // 2)
            return CompleteRandomisation(counts=counts, max_run=plan.max_run or periods)
        case "fixed":
            return FixedOrder(order=numbers(protocol, plan.order))
        case "start_points":
            return StartPoints(
                periods=plan.periods or 0, phases=plan.pattern, minimum=plan.minimum_phase or 0
            )


def check_design(protocol: Protocol, *, file: str) -> None:
    """Make sure that the protocol's design has an order to draw; raises InputError if not."""
    try:
        design_of(protocol)
    except ValueError as error:
        problem = Problem(file, None, f"design: {error}", "Mend [design]")
        raise InputError([problem]) from None


def numbers(protocol: Protocol, names: tuple[str, ...]) -> Sequence:
    """Return the sequence in numbers for treatments given by name."""
    return tuple(TREATMENT if n == protocol.treatment.name else REFERENCE for n in names)


def names(protocol: Protocol, sequence: Sequence) -> tuple[str, ...]:
    """Return the sequence in names for treatments given by number."""
    called = {REFERENCE: protocol.reference.name, TREATMENT: protocol.treatment.name}
    return tuple(called[number] for number in sequence)
