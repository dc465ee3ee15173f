"""What a protocol must not contradict itself in, beyond the type of each field."""

from __future__ import annotations

from collections.abc import Iterator

from ekbom.protocol.model import DesignPlan, Outcome, Protocol

Fault = tuple[str, str]
"""What is wrong, and what to do."""

_NEEDED: dict[str, tuple[str, ...]] = {
    "pairs": ("pairs",),
    "counterbalanced": ("pairs",),
    "blocks": ("blocks", "block"),
    "complete": ("periods",),
    "fixed": ("order",),
    "start_points": ("periods", "pattern", "minimum_phase"),
}


def contradictions(protocol: Protocol) -> Iterator[Fault]:
    """Yield everything in which the protocol contradicts itself, with what to do about it."""
    yield from _treatments(protocol)
    yield from _outcomes(protocol)
    yield from _side_effects(protocol)
    yield from _design(protocol)
    yield from _doses(protocol)
    yield from _looks(protocol)


def _treatments(protocol: Protocol) -> Iterator[Fault]:
    roles = sorted(t.role for t in protocol.treatments)
    if roles != ["reference", "treatment"]:
        yield (
            "treatments: there must be one with role treatment and one with role reference",
            "Give each of the two treatments its role",
        )
    if len({t.name for t in protocol.treatments}) < len(protocol.treatments):
        yield "treatments: two have the same name", "Name each differently"


def _outcomes(protocol: Protocol) -> Iterator[Fault]:
    primary = [o for o in protocol.outcomes if o.role == "primary"]
    if len(primary) != 1:
        yield (
            f"outcomes: {len(primary)} have the role primary",
            "Make exactly one outcome primary",
        )
    ids = [o.id for o in protocol.outcomes] + [s.id for s in protocol.side_effects]
    for name in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"outcomes and side effects: {name!r} stands there twice", "Name each differently"
    for outcome in protocol.outcomes:
        yield from _outcome(outcome)


def _outcome(outcome: Outcome) -> Iterator[Fault]:
    where = f"outcomes.{outcome.id}"
    if outcome.minimum >= outcome.maximum:
        yield f"{where}: minimum is not below maximum", "Mend the scale"
    elif outcome.mid >= outcome.maximum - outcome.minimum:
        yield f"{where}: the MID is as large as the whole scale", "Choose a smaller MID"
    if outcome.kind == "count" and outcome.minimum != 0:
        yield f"{where}: a count begins at 0", "Set minimum = 0"
    if outcome.schedule == "period" and outcome.recall_nights is None:
        yield (
            f"{where}: an outcome asked once a period needs recall_nights",
            "Say how many nights its answer looks back on",
        )
    if outcome.schedule == "period" and outcome.role == "primary":
        yield (
            f"{where}: the primary outcome is asked every night",
            "Make a nightly outcome primary",
        )
    if outcome.kind == "impression" and outcome.schedule == "nightly":
        yield f"{where}: an impression of change is asked once a period", 'Set schedule = "period"'


def _side_effects(protocol: Protocol) -> Iterator[Fault]:
    for item in protocol.side_effects:
        if not item.minimum < item.present_from <= item.maximum:
            yield (
                f"side_effects.{item.id}: present_from must lie above minimum, up to maximum",
                "Mend the scale",
            )


def _design(protocol: Protocol) -> Iterator[Fault]:
    plan = protocol.design
    for field in _NEEDED[plan.kind]:
        if not getattr(plan, field):
            yield f"design: kind {plan.kind!r} needs {field}", f"Add {field} to [design]"
    if plan.unanalysed_nights >= plan.period_nights and not plan.lived:
        yield (
            f"design: {plan.unanalysed_nights} unanalysed nights leave nothing of periods of "
            f"{plan.period_nights}",
            "Lengthen the periods or analyse more of their nights",
        )
    if plan.pairs and plan.max_pairs and plan.pairs > plan.max_pairs:
        yield (
            f"design: {plan.pairs} pairs are more than the {plan.max_pairs} offered",
            f"Use at most {plan.max_pairs} pairs",
        )
    if plan.kind == "start_points" and plan.unanalysed_nights:
        yield (
            "design: unanalysed nights after a random change would give the change away",
            "Set unanalysed_nights = 0; carry-over is modelled",
        )
    if plan.kind == "fixed" and protocol.randomised:
        yield "design: a fixed order is not randomised", "Set randomised = false"
    names = {t.name for t in protocol.treatments}
    for name in sorted({*plan.block, *plan.order} - names):
        yield f"design: {name!r} is not one of the treatments", "Use the treatments' names"
    yield from _lived(plan)


def _lived(plan: DesignPlan) -> Iterator[Fault]:
    before = None
    for period in plan.lived:
        where = f"design.lived, position {period.position}"
        if period.last < period.first:
            yield f"{where}: it ends before it begins", "Mend its dates"
        if before and (period.first <= before.last or period.position <= before.position):
            yield f"{where}: it overlaps or precedes the one before", "Put them in order"
        before = period


def _doses(protocol: Protocol) -> Iterator[Fault]:
    dose = protocol.dose
    steps = protocol.phases.titration
    if dose is None:
        if steps:
            yield "phases.titration: there is no [dose] ladder to rise on", "Add [dose]"
        return
    if list(dose.ladder) != sorted(set(dose.ladder)):
        yield "dose.ladder: it does not rise", "Write each step once, in rising order"
    if max(dose.ladder) > dose.limit_mg and not dose.agreed_by:
        yield (
            f"dose.ladder: {max(dose.ladder):g} mg is more than the limit of {dose.limit_mg:g} mg "
            "elemental a day",
            "Use less, or write the name of the clinician who agreed into agreed_by",
        )
    for step in steps:
        if step.mg not in dose.ladder:
            yield f"phases.titration: {step.mg:g} mg is not on the ladder", "Use the ladder's steps"


def _looks(protocol: Protocol) -> Iterator[Fault]:
    for look in protocol.looks:
        if not protocol.design.pairs or look.after_pair >= protocol.design.pairs:
            yield (
                f"looks: there is no look after pair {look.after_pair}",
                "Declare looks after earlier pairs only",
            )
