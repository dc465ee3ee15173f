"""What a protocol must not contradict itself in, beyond the type of each field."""

from __future__ import annotations

from collections.abc import Iterator

from ekbom.evidence.facts import limit_for
from ekbom.protocol.doses import is_named
from ekbom.protocol.model import DesignPlan, Outcome, Protocol
from ekbom.protocol.periods import period_count

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

_KINDS_OF: dict[str, tuple[str, ...]] = {
    "pairs": ("pairs", "counterbalanced"),
    "max_pairs": ("pairs", "counterbalanced"),
    "blocks": ("blocks",),
    "block": ("blocks",),
    "periods": ("complete", "start_points"),
    "max_run": ("complete",),
    "order": ("fixed",),
    "pattern": ("start_points",),
    "minimum_phase": ("start_points",),
}
"""The kinds of design that each of these fields belongs to."""

_MOST_PERIODS, _MOST_COMPLETE, _MOST_NIGHTS = 400, 120, 3660
"""Most periods of a design (fewer where all counts of a shuffle are kept), and most nights."""

_LARGEST = 1e9
"""Most that a scale may reach: numbers that nobody means end in arithmetic that nobody can do."""

_RESERVED = {"night", "day"}
"""Columns of diary.csv that are no items."""


def contradictions(protocol: Protocol) -> Iterator[Fault]:
    """Yield everything in which the protocol contradicts itself, with what to do about it."""
    yield from _hours(protocol)
    yield from _treatments(protocol)
    yield from _outcomes(protocol)
    yield from _side_effects(protocol)
    yield from _design(protocol)
    yield from _size(protocol)
    yield from _doses(protocol)
    yield from _looks(protocol)


def _size(protocol: Protocol) -> Iterator[Fault]:
    """Refuse trials that nobody could live, whose calendars and sequences would have no end."""
    plan, phases = protocol.design, protocol.phases
    periods = period_count(plan)
    most = _MOST_COMPLETE if plan.kind == "complete" else _MOST_PERIODS
    if periods > most:
        yield f"design: {periods} periods are more than {most}", "Plan fewer periods"
    before = phases.baseline_nights + sum(s.nights for s in phases.titration)
    between = max(periods - 1, 0) * plan.washout_nights
    nights = before + phases.washout_nights + periods * plan.period_nights + between
    if nights > _MOST_NIGHTS and not plan.lived:
        yield f"design: {nights} nights are more than {_MOST_NIGHTS}", "Plan a shorter trial"
    if plan.lived and (plan.lived[-1].last - plan.lived[0].first).days > _MOST_NIGHTS:
        yield f"design.lived: it spans more than {_MOST_NIGHTS} nights", "Mend its dates"


def _hours(protocol: Protocol) -> Iterator[Fault]:
    if protocol.boundary_hour > protocol.evening_hour:
        yield (
            f"boundary_hour: a night that begins at {protocol.boundary_hour} has no evening at "
            f"{protocol.evening_hour}",
            "Let evening_hour be boundary_hour or later",
        )


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
    for name in sorted({*ids} & _RESERVED):
        yield f"outcomes and side effects: {name!r} is a column of its own", "Choose another id"
    for outcome in protocol.outcomes:
        yield from _outcome(outcome)


def _outcome(outcome: Outcome) -> Iterator[Fault]:
    where = f"outcomes.{outcome.id}"
    yield from _scale(where, outcome.minimum, outcome.maximum, outcome.prior_range, outcome.mid)
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


def _scale(where: str, *numbers: float) -> Iterator[Fault]:
    if max(abs(number) for number in numbers) > _LARGEST:
        yield f"{where}: a number of its scale is beyond {_LARGEST:,.0f}", "Mend the scale"


def _side_effects(protocol: Protocol) -> Iterator[Fault]:
    for item in protocol.side_effects:
        yield from _scale(f"side_effects.{item.id}", item.minimum, item.maximum)
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
    for field, kinds in _KINDS_OF.items():
        if getattr(plan, field) and plan.kind not in kinds:
            yield f"design: kind {plan.kind!r} has no use for {field}", f"Remove {field}"
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
    yield from _start_points(plan)
    if plan.kind == "fixed" and protocol.randomised:
        yield "design: a fixed order is not randomised", "Set randomised = false"
    names = {t.name for t in protocol.treatments}
    for name in sorted({*plan.block, *plan.order} - names):
        yield f"design: {name!r} is not one of the treatments", "Use the treatments' names"
    if plan.lived and not protocol.imported:
        yield (
            "design.lived: only an imported trial has periods that were lived already",
            "Remove lived; ekbom import makes a trial from data of one that is over",
        )
    yield from _lived(plan)


def _start_points(plan: DesignPlan) -> Iterator[Fault]:
    if plan.kind != "start_points":
        return
    if plan.unanalysed_nights:
        yield (
            "design: unanalysed nights after a random change would give the change away",
            "Set unanalysed_nights = 0; carry-over is modelled",
        )
    if plan.washout_nights:
        yield (
            "design: a washout before every night at which the phase may change leaves no phase",
            "Set washout_nights = 0; carry-over is modelled",
        )


def _lived(plan: DesignPlan) -> Iterator[Fault]:
    before = None
    for period in plan.lived:
        where = f"design.lived, position {period.position}"
        if period.last < period.first:
            yield f"{where}: it ends before it begins", "Mend its dates"
        if before and (period.first <= before.last or period.position <= before.position):
            yield f"{where}: it overlaps or precedes the one before", "Put them in order"
        before = period
    if plan.lived:
        yield from _never_lived(plan, {p.position for p in plan.lived})


def _never_lived(plan: DesignPlan, lived: set[int]) -> Iterator[Fault]:
    """Only the half of a pair may be missing, as the other half says what it would have been."""
    count = period_count(plan)
    for position in sorted(p for p in lived if p > count):
        yield (
            f"design.lived, position {position}: the design has {count} periods",
            "Mend the position or the design",
        )
    in_pairs = plan.kind in ("pairs", "counterbalanced")
    for position in sorted(set(range(1, count + 1)) - lived):
        partner = position + 1 if position % 2 else position - 1
        if not in_pairs or partner not in lived:
            yield f"design.lived: position {position} is missing", "Add its first and last night"


def _doses(protocol: Protocol) -> Iterator[Fault]:
    dose = protocol.dose
    steps = protocol.phases.titration
    if dose is None:
        if steps:
            yield "phases.titration: there is no [dose] ladder to rise on", "Add [dose]"
        return
    limit, agreed = limit_for(dose.region), is_named(dose.agreed_by)
    # What was lived elsewhere is told as it was; nights still to come are not excused by it.
    lived = protocol.imported and bool(protocol.design.lived)
    if dose.limit_mg > limit.mg_per_day and not agreed and not lived:
        yield (
            f"dose.limit_mg: {dose.limit_mg:g} mg is more than the {limit.mg_per_day:g} mg "
            f"elemental a day of the region {dose.region!r}",
            "Use less, or write the name of the clinician who agreed into agreed_by",
        )
    if list(dose.ladder) != sorted(set(dose.ladder)):
        yield "dose.ladder: it does not rise", "Write each step once, in rising order"
    if max(dose.ladder) > dose.limit_mg and not agreed:
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
