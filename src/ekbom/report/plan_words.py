"""A protocol in plain words: what will happen, and what its design can tell at best."""

from __future__ import annotations

from collections.abc import Iterator

from ekbom.design.design import smallest_p
from ekbom.design.pairs import RandomisedPairs
from ekbom.design.plan import design_of
from ekbom.protocol.files import content_hash
from ekbom.protocol.model import Outcome, Protocol
from ekbom.protocol.periods import period_count

OPEN_COST = (
    "Open: you will know what you take. In trials of restless legs about 40 in 100 people improved "
    "on placebo, so an open trial cannot tell what was taken from what was expected. Whatever it "
    "finds, it will say so."
)

_LEVEL = 0.05


def describe_protocol(protocol: Protocol) -> Iterator[str]:
    """Yield a protocol in plain lines."""
    yield f"{protocol.name}: {protocol.title}"
    yield f"hash {content_hash(protocol)}"
    if protocol.summary:
        yield ""
        yield from protocol.summary.strip().splitlines()
    yield ""
    yield f"Compared: {protocol.treatment.label} with {protocol.reference.label}"
    yield f"Blinding: {protocol.blinding}"
    yield from _phases(protocol)
    yield from design_lines(protocol)
    yield ""
    yield "Outcomes (the minimal important difference, MID, is yours to confirm):"
    for outcome in protocol.outcomes:
        yield f"  {outcome.id}: {mid_line(outcome)}"
    if protocol.side_effects:
        names = ", ".join(item.id for item in protocol.side_effects)
        yield f"Side effects asked about: {names}"


def design_lines(protocol: Protocol) -> Iterator[str]:
    """Yield how the order is drawn and the smallest p it can give, also where that is too large."""
    plan = protocol.design
    periods = period_count(plan)
    between = f", {plan.washout_nights} nights without capsules between periods"
    yield (
        f"Design: {plan.kind}, {periods} periods of {plan.period_nights} nights, the first "
        f"{plan.unanalysed_nights} of each not analysed{between if plan.washout_nights else ''}"
    )
    yield from _wordless(protocol)
    if not protocol.randomised:
        yield "The order was not drawn by chance: there is no randomisation test."
        return
    design = design_of(protocol)
    two_sided, one_sided = smallest_p(design)
    yield (
        f"Chance draws one of {design.count()} orders. Smallest p this design can reach: "
        f"{two_sided:.3g} two-sided, {one_sided:.3g} one-sided."
    )
    if two_sided > _LEVEL:
        yield (
            f"The randomisation test alone can never reach 5 % here (two-sided {two_sided:.3g}). "
            f"{enough_pairs(one_sided)}"
        )


def _wordless(protocol: Protocol) -> Iterator[str]:
    """Yield a warning where a period cannot have as many reports as a word needs."""
    plan, least = protocol.design, protocol.decision.min_reports
    analysed = plan.period_nights - plan.unanalysed_nights
    in_pairs = plan.kind in ("pairs", "counterbalanced", "blocks") and not plan.lived
    if in_pairs and analysed < least:
        yield (
            f"Mind: {least} reports a period are needed for a verdict's word, and only {analysed} "
            "nights of a period are analysed. The answer can only be: cannot tell yet."
        )
    elif in_pairs and analysed == least:
        yield (
            f"Mind: a pair only counts towards a verdict's word if none of the {analysed} analysed "
            "nights of its periods lacks a report."
        )


def enough_pairs(one_sided: float) -> str:
    """Return how many randomised pairs would let the randomisation test reach 5 %."""
    pairs = 1
    while smallest_p(RandomisedPairs(pairs=pairs))[0] > _LEVEL:
        pairs += 1
    two, one = smallest_p(RandomisedPairs(pairs=pairs))
    text = f"{pairs} randomised pairs would ({two:.3g} two-sided, {one:.3g} one-sided)"
    if one_sided > _LEVEL:
        text += f"; {pairs - 1} pairs would reach {2 * one:.3g} one-sided"
    return text + "."


def mid_line(outcome: Outcome) -> str:
    """Return an outcome's scale, direction and MID in one line."""
    when = "every night" if outcome.schedule == "nightly" else "once a period"
    also = "".join(f" (shown also at {mid:g})" for mid in outcome.mid_also)
    note = f" [{outcome.mid_note}]" if outcome.mid_note else ""
    return (
        f"{outcome.role}, {when}, {outcome.minimum:g} to {outcome.maximum:g} {outcome.unit}, "
        f"{outcome.direction} is better, MID {outcome.mid:g}{also}{note}"
    )


def _phases(protocol: Protocol) -> Iterator[str]:
    phases = protocol.phases
    if phases.baseline_nights:
        yield f"First: {phases.baseline_nights} nights of diary alone"
    for step in phases.titration:
        yield f"Then: {step.nights} nights on {step.mg:g} mg elemental a night, openly"
    if phases.washout_nights:
        yield f"Then: {phases.washout_nights} nights without it, in which the packs are made"
    if protocol.dose:
        dose = protocol.dose
        yield (
            f"Limit: {dose.limit_mg:g} mg elemental a day from all supplements "
            f"(region: {dose.region})"
        )
