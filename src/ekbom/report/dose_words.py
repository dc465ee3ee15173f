"""A dose plan in plain words and as a record: the label, the steps, the limit, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ekbom.protocol.doses import Interval
from ekbom.protocol.model import Protocol
from ekbom.report.lines import listed, wrapped
from ekbom.safety.dose_plan import PARTS, STUDY_MG, DosePlan, DoseStep, Need, Unit
from ekbom.safety.fill import Fill

_NOTICE = (
    "mg are of elemental magnesium, on top of food. This is arithmetic with a label and published "
    "limits. It is no advice to take this dose."
)
_STUDY = {
    "at least": "That is at least the {mg:g} mg a night of the one study of magnesium citrate in "
    "restless legs (12 people, no comparison group; S02, S03).",
    "below": "That is below the {mg:g} mg a night of the one study of magnesium citrate in "
    "restless legs (12 people, no comparison group; S02, S03).",
    "open": "Whether that is the {mg:g} mg a night of the one study of magnesium citrate in "
    "restless legs (12 people, no comparison group; S02, S03) cannot be told: at the label's lower "
    "end it is less.",
    "other salt": "The one study of magnesium in restless legs that is closest to this plan took "
    "magnesium citrate (S02, S03). It says nothing about this salt.",
}
_NEEDS: dict[Need, str] = {
    "agreement": "{day} would be more than the limit of {limit:g} mg. More than the limit needs a "
    "named clinician's agreement: --agreed-by NAME --agreed-on DATE. Without it the steps stay "
    "within the limit.",
    "less from other sources": "Other sources give {other} a day. Less of them would leave more "
    "room; ask before you leave out anything that was prescribed.",
    "exact form": "Ask the maker for the exact form of the salt, or for the elemental magnesium in "
    "one {unit}. Until then one {unit} may hold {one}.",
    "smaller capsules": "Whole capsules of {one} do not come to {cap:g} mg. That would take "
    "capsules that hold less.",
    "stronger capsules": "{most} capsules a night are the most, and they do not come to {cap:g} "
    "mg. That would take capsules that hold more.",
    "capsules instead of powder": "A blinded trial needs capsules. With powder the trial can only "
    "be open.",
    "finer measure": "Powder is measured in {parts} here (our own choice), each of {part}. They do "
    "not come to {cap:g} mg without going above it.{weigh}",
    "one dose a night": "{body} speaks of at least {doses} doses a day ({sources}). This plan has "
    "one dose a night. Ask a doctor or a pharmacist first whether one dose a night is right for "
    "you.",
}
_NONE_FITS = (
    "One capsule holds {one}, and the most here is {cap:g} mg a night. So this product gives no "
    "step."
)
_PARTS_WORDS: dict[Unit, str] = {
    "capsule": "whole capsules",
    "scoop": "quarters of a scoop",
    "gram": "tenths of a gram",
}


def dose_lines(
    plan: DosePlan, *, protocol: Protocol | None = None, fill: Fill | None = None
) -> Iterator[str]:
    """Yield a dose plan in plain lines; with ``fill``, the capsules that ``protocol`` takes."""
    yield from wrapped(_label_words(plan))
    yield from wrapped(_limit_words(plan))
    yield ""
    yield from _step_lines(plan)
    if plan.top is not None:
        yield from wrapped(_STUDY[plan.reaches_study].format(mg=STUDY_MG))
        yield ""
        yield from wrapped(_blinding_words(plan))
    if fill is not None and protocol is not None:
        yield from wrapped(fill_words(fill, protocol))
    yield ""
    asked = (need_sentence(plan, need) for need in plan.needs)
    yield from listed("What must be changed or asked first:", asked)
    yield from wrapped(_NOTICE)


def need_sentence(plan: DosePlan, need: Need) -> str:
    """Say in a plain sentence what must be changed or asked."""
    none_fits = need == "smaller capsules" and plan.top is None
    return (_NONE_FITS if none_fits else _NEEDS[need]).format(
        day=_day(plan),
        limit=plan.limit.mg_per_day,
        other=plan.other,
        unit=plan.unit,
        one=plan.per_unit,
        cap=plan.cap_mg,
        most=plan.max_capsules,
        parts=_PARTS_WORDS[plan.unit],
        part=plan.per_unit * (1 / PARTS[plan.unit]),
        weigh=" Weighing comes closer: --per gram." if plan.unit == "scoop" else "",
        body=plan.limit.body,
        doses=plan.limit.least_doses,
        sources=", ".join(s.id for s in plan.limit.sources),
    )


def fill_words(fill: Fill, protocol: Protocol) -> str:
    """Say how many capsules a protocol takes, and how they are divided."""
    pairs, total = protocol.design.pairs, ""
    if pairs is not None:
        placebo = pairs * fill.pack
        total = f" In all: {fill.opened + placebo} of magnesium and {placebo} of placebo."
    return (
        f"For {protocol.name}: {fill.opened} capsules for the open steps. Each of the {fill.packs} "
        f"packs holds {fill.pack}: {fill.planned} for its nights, {fill.spare} spare, {fill.proof} "
        f"kept as proof.{total}"
    )


def dose_record(
    plan: DosePlan, *, protocol: Protocol | None = None, fill: Fill | None = None
) -> dict[str, Any]:
    """Return a dose plan as plain JSON values; amounts are mg elemental, as low and high."""
    return {
        "unit": plan.unit,
        "per_unit_mg": _interval(plan.per_unit),
        "target_mg": plan.target_mg,
        "other_mg": _interval(plan.other),
        "limit": {
            "region": plan.region,
            "mg_per_day": plan.limit.mg_per_day,
            "text": plan.limit.text,
            "sources": [s.id for s in plan.limit.sources],
        },
        "label_leaves_limit_open": plan.undecided,
        "steps": [_step_record(step) for step in plan.steps],
        "study": {"mg": STUDY_MG, "reached": plan.reaches_study, "sources": ["S02", "S03"]},
        "blindable": plan.blindable,
        "agreement": _agreement_record(plan),
        "needs": [{"need": n, "text": need_sentence(plan, n)} for n in plan.needs],
        "capsules": _fill_record(fill, protocol),
    }


def _label_words(plan: DosePlan) -> str:
    one = f"One {plan.unit} holds {plan.per_unit} of elemental magnesium"
    if plan.per_unit.low == plan.per_unit.high:
        return f"{one}."
    return (
        f"{one}: the label leaves the form open. The upper end counts against limits, the lower "
        "end for whether the dose is large enough."
    )


def _limit_words(plan: DosePlan) -> str:
    limit = plan.limit
    sources = ", ".join(s.id for s in limit.sources)
    others = f" Other sources: {plan.other} a day." if plan.other.high else ""
    text = (
        f"Limit: {limit.mg_per_day:g} mg a day from all supplements together "
        f"({limit.name}: {limit.text}; {sources}).{others}"
    )
    if plan.undecided:
        text += (
            f" Counted by the label's lower end, your target may come to {plan.wanted.total} a "
            "day: whether that is within the limit cannot be told, so the upper end is used."
        )
    return text


def _step_lines(plan: DosePlan) -> Iterator[str]:
    if plan.top is None:
        yield "No dose of this product is possible within these bounds."
        return
    yield f"Steps towards {plan.target_mg:g} mg a night:"
    for number, step in enumerate(plan.steps, start=1):
        yield from wrapped(f"- step {number}: {_step_words(plan, step)}", indent="  ")
    if plan.agreement is not None:
        said = f"More than the limit was agreed by {plan.agreement.by} on {plan.agreement.on}."
        yield from wrapped(said)


def _step_words(plan: DosePlan, step: DoseStep) -> str:
    weight = "" if step.grams is None or plan.unit == "gram" else f" ({_grams(step.grams)})"
    with_others = f"; with all other sources {step.day_mg} a day" if plan.other.high else ""
    return f"{_count(plan, step)} a night{weight}, {step.mg}{with_others}"


def _count(plan: DosePlan, step: DoseStep) -> str:
    plural = "" if step.units == 1 else "s"
    return f"{step.units:g} {plan.unit}{plural}"


def _grams(grams: Interval) -> str:
    low, high = f"{grams.low:.2f}", f"{grams.high:.2f}"
    return f"{low} g of the compound" if low == high else f"{low} to {high} g of the compound"


def _blinding_words(plan: DosePlan) -> str:
    if plan.blindable:
        return (
            "Capsules can be blinded: placebo goes into capsules of the same size and colour, the "
            "same number a night."
        )
    return (
        "Powder cannot be blinded: citrate tastes sour, so you would know what you take. Weigh it, "
        "as scoops differ."
    )


def _day(plan: DosePlan) -> str:
    asked = f"{plan.target_mg:g} mg a night"
    return f"{asked} with {plan.other} from other sources" if plan.other.high else asked


def _interval(mg: Interval) -> dict[str, float]:
    return {"low": round(mg.low, 3), "high": round(mg.high, 3)}


def _step_record(step: DoseStep) -> dict[str, Any]:
    return {
        "units": step.units,
        "mg": _interval(step.mg),
        "day_mg": _interval(step.day_mg),
        "grams": None if step.grams is None else _interval(step.grams),
    }


def _agreement_record(plan: DosePlan) -> dict[str, str] | None:
    given = plan.agreement
    return None if given is None else {"by": given.by, "on": given.on.isoformat()}


def _fill_record(fill: Fill | None, protocol: Protocol | None) -> dict[str, Any] | None:
    if fill is None or protocol is None:
        return None
    return {
        "protocol": protocol.name,
        "open_steps": fill.opened,
        "packs": fill.packs,
        "pack": fill.pack,
        "planned": fill.planned,
        "spare": fill.spare,
        "proof": fill.proof,
    }
