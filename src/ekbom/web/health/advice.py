"""What the registered plan says about complaints, as a card on a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ekbom.language import Text, say
from ekbom.report.measures import night_words
from ekbom.report.tolerability_words import (
    capsules_words,
    days_words,
    ends_words,
    headline,
    most_words,
    origin_words,
    plan_says,
    reasons_to_say,
)
from ekbom.safety.tolerability import Advice, Reason

_LOOKS: Mapping[str, str] = {
    "emergency": "emergency",
    "same day": "emergency",
    "clinician": "warning",
    "hold": "warning",
    "end": "warning",
}

_URGENT = ("emergency", "same day")

_AGREED: Mapping[str, Text] = {
    "stopped_on_record": "What ends this: a clinician agrees, by name, that you take capsules "
    "again.",
    "not_settled": "What ends this: a clinician agrees, by name, that you take capsules again. "
    "You then start one step lower.",
}
"""What ends an advice with a clinician's agreement, which has a button of its own."""


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: what the plan says, what called it, and where the rule comes from."""

    text: str
    because: str
    note: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceCard:
    """An advice as a page shows it.

    ``look`` is the class of its box; ``label`` names the night where it is not tonight's;
    ``agreement``: a clinician's name ends it; ``offer``: the person may end the trial.
    """

    look: str
    label: str
    headline: str
    capsules: str
    whys: tuple[Why, ...]
    ends: str
    urgent: bool
    agreement: bool
    offer: bool


def advice_card(advice: Advice, *, tonight: date | None) -> AdviceCard:
    """Return what an advice says to somebody whose evening is ``tonight``'s."""
    other = advice.night is not None and advice.night != tonight
    urgent = advice.action in _URGENT
    return AdviceCard(
        look=_LOOKS.get(advice.action, "notice"),
        label=say("For the night of {night}:", night=night_words(advice.night))
        if other and advice.night and not urgent
        else "",
        headline=headline(advice),
        capsules=_capsules(advice),
        whys=tuple(map(_why, reasons_to_say(advice))),
        ends=_ends(advice),
        urgent=urgent,
        agreement=any(reason.rule in _AGREED for reason in advice.reasons),
        offer=any(reason.action == "offer end" for reason in advice.reasons),
    )


def _capsules(advice: Advice) -> str:
    if advice.action in _URGENT:
        return most_words(advice)
    return capsules_words(advice) if advice.night is not None else ""


def _why(reason: Reason) -> Why:
    return Why(
        text=plan_says(reason),
        because=" ".join(_because(reason)),
        note=say(reason.note) if reason.note else "",
        origin=f"{say('Rule: {rule}.', rule=reason.rule)} {origin_words(reason)}",
    )


def _because(reason: Reason) -> Iterator[str]:
    if reason.nights:
        yield say("Because of the nights of: {nights}.", nights=days_words(reason.nights))
    # The means themselves would be one's own ratings, which are kept from view.
    if reason.numbers:
        yield say("Because of your answers of the last 7 nights.")


def _ends(advice: Advice) -> str:
    if not advice.what_ends_it or not advice.reasons:
        return ""
    words = _AGREED.get(advice.reasons[0].rule)
    return ends_words(advice) if words is None else say(words)
