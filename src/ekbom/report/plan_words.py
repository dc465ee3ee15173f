"""A protocol in plain words: what will happen, and what its design can tell at best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ekbom.design.design import smallest_p
from ekbom.design.pairs import RandomisedPairs
from ekbom.design.plan import design_of
from ekbom.language import Text, say
from ekbom.protocol.files import content_hash
from ekbom.protocol.model import Outcome, Protocol
from ekbom.protocol.periods import period_count
from ekbom.report.measures import better_words, unit_words

OPEN_COST: Text = (
    "Open: you will know what you take. In trials of restless legs about 40 in 100 people improved "
    "on placebo, so an open trial cannot tell what was taken from what was expected. Whatever it "
    "finds, it will say so."
)

WAY_TITLES: Mapping[str, Text] = {
    "open": "Open: everybody knows, you too",
    "helper": "With a helper: somebody else knows, you do not",
    "alone": "Alone: nobody knows",
    "clinic": "With the clinic: the clinic knows, you do not",
}
"""The ways of blinding, as choices."""

WAY_WORDS: Mapping[str, Text] = {
    "open": OPEN_COST,
    "helper": (
        "Somebody you trust draws the order and fills the packs. It takes them an evening, and "
        "they must tell you nothing. You do not know what you take. So the trial can tell what "
        "you took from what you expected."
    ),
    "alone": (
        "You make both kinds of capsules and shuffle the packs behind your back. It takes some "
        "hours, a kitchen scale, and printed labels. Then nobody knows what you take. So the trial "
        "can tell what you took from what you expected. After the trial, slips of paper in the "
        "packs tell what was in them."
    ),
    "clinic": (
        "The clinic keeps the order and makes the packs. Nobody else can open it before the end. "
        "You do not know what you take. So the trial can tell what you took from what you expected."
    ),
}
"""What each way of blinding takes, and what it costs or gives."""

_INCIDENT: Text = (
    "If something shows what one pack holds (an emergency, a pack seen through, a helper who told, "
    "or another way), it is written down with its night. The main answer keeps all nights. A "
    "second one leaves out the nights from then to the end of that pair, and the verdict says so "
    "if its word would be another."
)
_OPENING: Text = (
    "If the whole order becomes known, the nights after that leave the main answer, and a second "
    "one keeps them."
)

_LEVEL = 0.05


def describe_protocol(protocol: Protocol) -> Iterator[str]:
    """Yield a protocol in plain lines."""
    yield f"{protocol.name}: {say(protocol.title)}"
    yield say("hash {hash}", hash=content_hash(protocol))
    if protocol.summary:
        yield ""
        yield from say(protocol.summary.strip()).splitlines()
    yield ""
    yield say(
        "Compared: {treatment} with {reference}",
        treatment=say(protocol.treatment.label),
        reference=say(protocol.reference.label),
    )
    yield say("Blinding: {way}", way=say(protocol.blinding))
    yield from consequence_lines(protocol)
    yield from _phases(protocol)
    yield from design_lines(protocol)
    yield ""
    yield say("Outcomes (the minimal important difference, MID, is yours to confirm):")
    for outcome in protocol.outcomes:
        yield f"  {outcome.id}: {mid_line(outcome)}"
    if protocol.side_effects:
        names = ", ".join(item.id for item in protocol.side_effects)
        yield say("Side effects asked about: {names}", names=names)


def design_lines(protocol: Protocol) -> Iterator[str]:
    """Yield how the order is drawn and the smallest p it can give, also where that is too large."""
    plan = protocol.design
    periods = period_count(plan)
    between = ""
    if plan.washout_nights:
        between = say(", {n} nights without capsules between periods", n=plan.washout_nights)
    yield say(
        "Design: {kind}, {periods} periods of {nights} nights, the first {unanalysed} of each not "
        "analysed{between}",
        kind=say(plan.kind),
        periods=periods,
        nights=plan.period_nights,
        unanalysed=plan.unanalysed_nights,
        between=between,
    )
    yield from _wordless(protocol)
    if not protocol.randomised:
        yield say("The order was not drawn by chance: there is no randomisation test.")
        return
    design = design_of(protocol)
    two_sided, one_sided = smallest_p(design)
    yield say(
        "Chance draws one of {orders} orders. Smallest p this design can reach: {two:.3g} "
        "two-sided, {one:.3g} one-sided.",
        orders=design.count(),
        two=two_sided,
        one=one_sided,
    )
    if two_sided > _LEVEL:
        never = say(
            "The randomisation test alone can never reach 5 % here (two-sided {two:.3g}).",
            two=two_sided,
        )
        yield f"{never} {enough_pairs(one_sided)}"


def consequence_lines(protocol: Protocol) -> Iterator[str]:
    """Yield what follows if a treatment becomes known too early; nothing for open trials."""
    if protocol.blinding != "open":
        yield say(_INCIDENT)
        yield say(_OPENING)


def _wordless(protocol: Protocol) -> Iterator[str]:
    """Yield a warning where a period cannot have as many reports as a word needs."""
    plan, least = protocol.design, protocol.decision.min_reports
    analysed = plan.period_nights - plan.unanalysed_nights
    in_pairs = plan.kind in ("pairs", "counterbalanced", "blocks") and not plan.lived
    if in_pairs and analysed < least:
        yield say(
            "Mind: {least} reports a period are needed for a verdict's word, and only {analysed} "
            "nights of a period are analysed. The answer can only be: cannot tell yet.",
            least=least,
            analysed=analysed,
        )
    elif in_pairs and analysed == least:
        yield say(
            "Mind: a pair only counts towards a verdict's word if none of the {analysed} analysed "
            "nights of its periods lacks a report.",
            analysed=analysed,
        )


def enough_pairs(one_sided: float) -> str:
    """Return how many randomised pairs would let the randomisation test reach 5 %."""
    pairs = 1
    while smallest_p(RandomisedPairs(pairs=pairs))[0] > _LEVEL:
        pairs += 1
    two, one = smallest_p(RandomisedPairs(pairs=pairs))
    text = say(
        "{pairs} randomised pairs would ({two:.3g} two-sided, {one:.3g} one-sided)",
        pairs=pairs,
        two=two,
        one=one,
    )
    if one_sided > _LEVEL:
        fewer = say("{pairs} pairs would reach {p:.3g} one-sided", pairs=pairs - 1, p=2 * one)
        text += f"; {fewer}"
    return text + "."


def mid_line(outcome: Outcome) -> str:
    """Return an outcome's scale, direction and MID in one line."""
    when = say("every night" if outcome.schedule == "nightly" else "once a period")
    also = "".join(say(" (shown also at {mid:g})", mid=mid) for mid in outcome.mid_also)
    note = f" [{say(outcome.mid_note)}]" if outcome.mid_note else ""
    said = say(
        "{role}, {when}, {minimum:g} to {maximum:g} {unit}, {better}, MID {mid:g}",
        role=say(outcome.role),
        when=when,
        minimum=outcome.minimum,
        maximum=outcome.maximum,
        unit=unit_words(outcome.unit),
        better=better_words(outcome),
        mid=outcome.mid,
    )
    return f"{said}{also}{note}"


def _phases(protocol: Protocol) -> Iterator[str]:
    phases = protocol.phases
    if phases.baseline_nights:
        yield say("First: {n} nights of diary alone", n=phases.baseline_nights)
    for step in phases.titration:
        yield say(
            "Then: {n} nights on {mg:g} mg elemental a night, openly", n=step.nights, mg=step.mg
        )
    if phases.washout_nights:
        yield say(
            "Then: {n} nights without it, in which the packs are made", n=phases.washout_nights
        )
    if protocol.dose:
        dose = protocol.dose
        yield say(
            "Limit: {mg:g} mg elemental a day from all supplements (region: {region})",
            mg=dose.limit_mg,
            region=say(dose.region),
        )
