"""From a product's label to the ladder of doses: capsules or grams a night, within the limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ekbom.evidence.facts import Limit, limit_for, limits, salts
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.protocol.doses import (
    Interval,
    Label,
    LimitCheck,
    Supplement,
    check_limit,
    compound,
    elemental,
    exceeds,
    is_named,
    total,
)
from ekbom.protocol.model import Dose
from ekbom.safety.dose_steps import DoseStep, Unit, goals_to, step_of, units_within

Need = Literal[
    "agreement",
    "less from other sources",
    "exact form",
    "smaller capsules",
    "stronger capsules",
    "capsules instead of powder",
    "finer measure",
    "one dose a night",
]


Reach = Literal["at least", "below", "open", "other salt"]


STUDY_MG = 200.0
"""Elemental mg a night in the one study of magnesium citrate in restless legs (S02, S03)."""


AGREEMENT_DAYS = 28
"""Days for which a clinician's agreement to more than the limit is recent (our choice)."""


MOST_MG = 1000.0
"""Most elemental mg a night that can be wanted, with any agreement: more is a slip (our choice)."""


_LARGEST_MG = 100_000.0
"""Most milligrams anything here can be; beyond it a number is a slip."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A clinician's agreement to more than the limit: who gave it, and on which day.

    ``mg`` is the most of a day from all supplements that they agreed to, in elemental mg; ``None``
    where they agreed to the dose that is planned.
    """

    by: str
    on: date
    mg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DosePlan:
    """What a product makes of a wanted dose.

    ``per_unit`` is the elemental magnesium of one capsule, scoop or gram and ``other`` of a day's
    other sources, in mg.  ``steps`` rise, none above ``cap_mg``: the target, or what the limit
    leaves of it; there are none where no dose is possible.  ``wanted`` holds the limit against a
    day with as many units as the target takes by the label's lower end.  ``agreement`` stands
    there only where the target needs one.
    """

    label: Label
    unit: Unit
    per_unit: Interval
    target_mg: float
    cap_mg: float
    region: str
    other: Interval
    wanted: LimitCheck
    agreement: Agreement | None
    max_capsules: int
    steps: tuple[DoseStep, ...]

    @property
    def limit(self) -> Limit:
        """Return the region's limit, with its sources."""
        return self.wanted.limit

    @property
    def blindable(self) -> bool:
        """Return whether placebo can be made to look and taste like it: capsules alone can."""
        return self.unit == "capsule"

    @property
    def top(self) -> DoseStep | None:
        """Return the highest step, ``None`` where there is none."""
        return self.steps[-1] if self.steps else None

    @property
    def undecided(self) -> bool:
        """Return whether the label leaves open if the wanted dose is within the limit."""
        return self.wanted.verdict == "may be above"

    @property
    def reaches_study(self) -> Reach:
        """Return whether the highest step surely holds the dose of the one citrate study.

        The study says nothing of a salt that is no citrate.
        """
        if not _may_be_citrate(self.label.salt):
            return "other salt"
        mg = self.top.mg if self.top else Interval(0.0, 0.0)
        if exceeds(STUDY_MG, mg.high):
            return "below"
        return "open" if exceeds(STUDY_MG, mg.low) else "at least"

    @property
    def needs(self) -> tuple[Need, ...]:
        """Return what would have to change or be asked; nothing where all is well."""
        return tuple(_needs(self))

    def to_dose(self) -> Dose:
        """Return the plan as a protocol's dose ladder, in the upper ends of its steps.

        Raises RefusedError where no dose is possible.
        """
        if self.top is None:
            raise RefusedError("This product gives no dose within the limit: there is no ladder.")
        day, agreed = round(self.top.day_mg.high, 1), self.agreement
        return Dose(
            substance=_substance(self.label.salt),
            ladder=tuple(dict.fromkeys(round(step.mg.high, 1) for step in self.steps)),
            region=self.region,
            limit_mg=max(day, self.limit.mg_per_day) if agreed else self.limit.mg_per_day,
            agreed_by=f"{agreed.by}, {agreed.on}" if agreed else "",
            max_capsules=self.max_capsules,
        )


def plan_dose(
    *,
    label: Label,
    unit: Unit,
    target_mg: float,
    region: str,
    today: date,
    other: Sequence[Supplement] = (),
    agreement: Agreement | None = None,
    rise_mg: float = 100.0,
    max_capsules: int = 6,
) -> DosePlan:
    """Return how a product reaches a wanted dose step by step, and never more than is allowed.

    ``label`` is what one ``unit`` holds, ``target_mg`` the most elemental milligrams a night that
    are wanted, ``other`` all else of the day that contains magnesium.  The steps rise by
    ``rise_mg`` (100, 200, ...) to the target.  Each is rounded down to what can be measured (whole
    capsules, at most ``max_capsules``), counted by the upper end of what the label leaves open, so
    that no step exceeds its goal.  Without an agreement the last goal is at most the region's
    limit less the upper end of the other sources.

    Raises InputError for amounts that make no sense, an unknown salt or region, and an agreement
    that names nobody, lies in the future, is not recent, or is to less than what is wanted.
    """
    name = region.strip().lower()
    problems = [*_label_problems(label, unit, target_mg), *_region_problems(name)]
    problems += _agreement_problems(agreement, today)
    if problems:
        raise InputError(problems)
    per_unit, others = _amounts(label, other)
    limit_mg = limit_for(name).mg_per_day
    asked = agreement if exceeds(target_mg + others.high, limit_mg) else None
    _refuse_beyond(asked, target_mg + others.high)
    cap = target_mg if asked else min(target_mg, max(limit_mg - others.high, 0.0))
    counts = [
        units_within(goal, per_unit.high, unit, max_capsules) for goal in goals_to(cap, rise_mg)
    ]
    full = units_within(target_mg, per_unit.low, unit, max_capsules)
    return DosePlan(
        label=label,
        unit=unit,
        per_unit=per_unit,
        target_mg=target_mg,
        cap_mg=cap,
        region=name,
        other=others,
        wanted=check_limit(per_unit * full + others, region=name),
        agreement=asked,
        max_capsules=max_capsules,
        steps=tuple(step_of(n, label, unit, others) for n in dict.fromkeys(counts) if n),
    )


def _label_problems(label: Label, unit: Unit, target_mg: float) -> Iterator[Problem]:
    most = 1000.0 if unit == "gram" else _LARGEST_MG
    if not 1 <= label.amount_mg <= most:
        what = f"{label.amount_mg:g} mg in one {unit} makes no sense"
        yield Problem("the label", None, what, f"Give what one {unit} holds, 1 to {most:g} mg")
    if not 0 < target_mg <= _LARGEST_MG:
        what = f"{target_mg:g} mg makes no sense"
        yield Problem("the target", None, what, "Give elemental mg a night, such as 200")
    elif exceeds(target_mg, MOST_MG):
        what = f"{target_mg:g} mg is more than the {MOST_MG:g} mg that any trial here takes"
        yield Problem("the target", None, what, "Give elemental mg a night, such as 200")


def _region_problems(region: str) -> Iterator[Problem]:
    if region not in limits():
        do = f"Use one of: {', '.join(limits())}"
        yield Problem("the region", None, f"there is no region {region!r}", do)


def _agreement_problems(agreement: Agreement | None, today: date) -> Iterator[Problem]:
    if agreement is not None and not is_named(agreement.by):
        yield Problem("the agreement", None, "it names nobody", "Give the clinician's name")
    if agreement is not None and agreement.on > today:
        what = f"{agreement.on} lies in the future"
        yield Problem("the agreement", None, what, "Give the day on which they agreed")
    elif agreement is not None and (today - agreement.on).days > AGREEMENT_DAYS:
        what = f"{agreement.on} is more than {AGREEMENT_DAYS} days ago"
        yield Problem("the agreement", None, what, "Ask again, and give the new day")


def _refuse_beyond(agreement: Agreement | None, day_mg: float) -> None:
    """Refuse an agreement to less than what the day would hold."""
    if agreement is not None and agreement.mg is not None and exceeds(day_mg, agreement.mg):
        what = f"it is to {agreement.mg:g} mg a day, and this would be {day_mg:g} mg"
        raise InputError([Problem("the agreement", None, what, "Take less, or ask again")])


def _amounts(label: Label, other: Sequence[Supplement]) -> tuple[Interval, Interval]:
    """Return the elemental mg of one unit and of a day's other sources."""
    try:
        compound(label.amount_mg, salt=label.salt)  # an elemental label may name a salt too
        return elemental(label), total(other)
    except ValueError as error:
        raise InputError([Problem("the label", None, str(error), "Mend it")]) from None


def _needs(plan: DosePlan) -> Iterator[Need]:
    short = exceeds(plan.target_mg, plan.cap_mg)
    if short:
        yield "agreement"
        if not exceeds(plan.target_mg, plan.limit.mg_per_day):
            yield "less from other sources"
    if plan.per_unit.low < plan.per_unit.high:
        yield "exact form"
    if plan.limit.least_doses > 1:
        yield "one dose a night"
    if not plan.blindable:
        yield "capsules instead of powder"
        if plan.cap_mg > 0 and _too_coarse(plan):
            yield "finer measure"
    elif plan.top is None and plan.cap_mg > 0:
        yield "smaller capsules"
    elif plan.top is not None and not short and exceeds(plan.cap_mg, plan.top.mg.high):
        yield "stronger capsules" if plan.top.units == plan.max_capsules else "smaller capsules"


def _too_coarse(plan: DosePlan) -> bool:
    """Return whether the way powder is measured keeps the steps clearly below what is allowed."""
    if plan.top is None:
        return True
    return plan.unit == "scoop" and exceeds(plan.cap_mg, plan.top.mg.high)


def _may_be_citrate(salt: str | None) -> bool:
    known = salts().get(salt or "")
    return salt is None or (known.kind if known else salt) == "citrate"


def _substance(salt: str | None) -> str:
    known = salts().get(salt or "")
    return known.name if known else f"magnesium {salt}" if salt else "magnesium"
