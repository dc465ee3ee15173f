"""A dose plan in plain words and as a record: the label, the steps, the limit, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ekbom.language import ENGLISH, Text, say, say_n, speaking
from ekbom.protocol.doses import Interval
from ekbom.protocol.model import Protocol
from ekbom.report.capsule_words import filled_lines
from ekbom.report.lines import listed, wrapped
from ekbom.safety.dose_plan import STUDY_MG, DosePlan, Need
from ekbom.safety.dose_steps import PARTS, DoseStep, Unit
from ekbom.safety.fill import Fill

_NOTICE: Text = (
    "mg are of elemental magnesium, on top of food. This is arithmetic with a label and published "
    "limits. It is no advice to take this dose."
)
STUDY: Mapping[str, Text] = {
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
_NEEDS: Mapping[Need, Text] = {
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
_NONE_FITS: Text = (
    "One capsule holds {one}, and the most here is {cap:g} mg a night. So this product gives no "
    "step."
)
_PARTS_WORDS: Mapping[Unit, Text] = {
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
        yield from wrapped(say(STUDY[plan.reaches_study], mg=STUDY_MG))
        yield ""
        yield from wrapped(_blinding_words(plan))
    if fill is not None and protocol is not None:
        yield from wrapped(fill_words(fill, protocol))
    yield from filled_lines(plan, protocol)
    yield ""
    asked = (need_sentence(plan, need) for need in plan.needs)
    yield from listed(say("What must be changed or asked first:"), asked)
    yield from wrapped(say(_NOTICE))


def need_sentence(plan: DosePlan, need: Need) -> str:
    """Say in a plain sentence what must be changed or asked."""
    none_fits = need == "smaller capsules" and plan.top is None
    return say(
        _NONE_FITS if none_fits else _NEEDS[need],
        day=_day(plan),
        limit=plan.limit.mg_per_day,
        other=mg_words(plan.other),
        unit=say(plan.unit),
        one=mg_words(plan.per_unit),
        cap=plan.cap_mg,
        most=plan.max_capsules,
        parts=say(_PARTS_WORDS[plan.unit]),
        part=mg_words(plan.per_unit * (1 / PARTS[plan.unit])),
        weigh=say(" Weighing comes closer: --per gram.") if plan.unit == "scoop" else "",
        body=say(plan.limit.body),
        doses=plan.limit.least_doses,
        sources=", ".join(s.id for s in plan.limit.sources),
    )


def fill_words(fill: Fill, protocol: Protocol) -> str:
    """Say how many capsules a protocol takes, and how they are divided."""
    pairs, total = protocol.design.pairs, ""
    if pairs is not None:
        placebo = pairs * fill.pack
        total = say(
            " In all: {magnesium} of magnesium and {placebo} of placebo.",
            magnesium=fill.opened + placebo,
            placebo=placebo,
        )
    return say(
        "For this plan: {opened} capsules for the open steps. Each of the {packs} packs holds "
        "{pack}: {planned} for its nights, {spare} spare, {proof} kept as proof.{total}",
        opened=fill.opened,
        packs=fill.packs,
        pack=fill.pack,
        planned=fill.planned,
        spare=fill.spare,
        proof=fill.proof,
        total=total,
    )


def mg_words(mg: Interval) -> str:
    """Return an amount in whole milligrams, as one number where it is known."""
    low, high = f"{mg.low:.0f}", f"{mg.high:.0f}"
    if low == high:
        return say("{mg} mg", mg=low)
    return say("{low} to {high} mg", low=low, high=high)


@speaking(ENGLISH)
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
    one = say(
        "One {unit} holds {mg} of elemental magnesium",
        unit=say(plan.unit),
        mg=mg_words(plan.per_unit),
    )
    if plan.per_unit.low == plan.per_unit.high:
        return f"{one}."
    return say(
        "{one}: the label leaves the form open. The upper end counts against limits, the lower "
        "end for whether the dose is large enough.",
        one=one,
    )


def _limit_words(plan: DosePlan) -> str:
    limit = plan.limit
    sources = ", ".join(s.id for s in limit.sources)
    said = [
        say(
            "Limit: {mg:g} mg a day from all supplements together ({name}: {text}; {sources}).",
            mg=limit.mg_per_day,
            name=say(limit.name),
            text=say(limit.text),
            sources=sources,
        )
    ]
    if plan.other.high:
        said.append(say("Other sources: {mg} a day.", mg=mg_words(plan.other)))
    if plan.undecided:
        said.append(
            say(
                "Counted by the label's lower end, your target may come to {mg} a day: whether "
                "that is within the limit cannot be told, so the upper end is used.",
                mg=mg_words(plan.wanted.total),
            )
        )
    return " ".join(said)


def _step_lines(plan: DosePlan) -> Iterator[str]:
    if plan.top is None:
        yield say("No dose of this product is possible within these bounds.")
        return
    yield say("Steps towards {mg:g} mg a night:", mg=plan.target_mg)
    for number, step in enumerate(plan.steps, start=1):
        said = say("step {number}: {words}", number=number, words=_step_words(plan, step))
        yield from wrapped(f"- {said}", indent="  ")
    if plan.agreement is not None:
        by, on = plan.agreement.by, plan.agreement.on
        agreed = say("More than the limit was agreed by {name} on {day}.", name=by, day=on)
        yield from wrapped(agreed)


def _step_words(plan: DosePlan, step: DoseStep) -> str:
    weight = "" if step.grams is None or plan.unit == "gram" else f" ({_grams(step.grams)})"
    others = ""
    if plan.other.high:
        others = say("; with all other sources {mg} a day", mg=mg_words(step.day_mg))
    return say(
        "{count} a night{weight}, {mg}{others}",
        count=_count(plan, step),
        weight=weight,
        mg=mg_words(step.mg),
        others=others,
    )


def _count(plan: DosePlan, step: DoseStep) -> str:
    one = 1 if step.units == 1 else 2
    match plan.unit:
        case "capsule":
            return say_n("{units:g} capsule", "{units:g} capsules", one, units=step.units)
        case "scoop":
            return say_n("{units:g} scoop", "{units:g} scoops", one, units=step.units)
        case "gram":
            return say_n("{units:g} gram", "{units:g} grams", one, units=step.units)


def _grams(grams: Interval) -> str:
    low, high = f"{grams.low:.2f}", f"{grams.high:.2f}"
    if low == high:
        return say("{grams:.2f} g of the compound", grams=grams.low)
    return say("{low:.2f} to {high:.2f} g of the compound", low=grams.low, high=grams.high)


def _blinding_words(plan: DosePlan) -> str:
    if plan.blindable:
        return say(
            "Capsules can be blinded: placebo goes into capsules of the same size and colour, the "
            "same number a night."
        )
    return say(
        "Powder cannot be blinded: citrate tastes sour, so you would know what you take. Weigh it, "
        "as scoops differ."
    )


def _day(plan: DosePlan) -> str:
    if not plan.other.high:
        return say("{mg:g} mg a night", mg=plan.target_mg)
    return say(
        "{mg:g} mg a night with {other} from other sources",
        mg=plan.target_mg,
        other=mg_words(plan.other),
    )


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
