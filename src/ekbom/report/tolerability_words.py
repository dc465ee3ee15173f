"""What the plan says about complaints, in plain words, and as a record for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from ekbom.evidence.facts import Source
from ekbom.language import ENGLISH, Text, date_text, say, speaking
from ekbom.report.lines import COPY, wrapped
from ekbom.report.measures import day_words
from ekbom.report.words import notice
from ekbom.safety.tolerability import Advice, Reason
from ekbom.safety.tolerability_rules import ACTIONS, STOPS, rules, signs

_HEADLINES: Mapping[str, Text] = {
    "go on": "Go on as planned.",
    "step down": "Step down: take fewer capsules from now on.",
    "offer end": "You may end the trial. Please contact a clinician.",
    "hold": "Hold: take no capsules tonight.",
    "end": "The trial ends: take no more capsules.",
    "clinician": "Take no capsules. Call a clinician first.",
    "same day": "SAME DAY. Stop the capsules. Call a clinician today.",
    "emergency": "EMERGENCY. Stop the capsules. Call your local emergency number now.",
}

_PHASES: Mapping[str, Text] = {
    "baseline": "These are the nights before the first capsule.",
    "waiting": "Titration is over and the dose is not fixed yet.",
    "washout": "This is the washout.",
    "paused": "The trial is paused.",
    "before": "The trial has not begun.",
    "over": "The planned nights with capsules are over.",
}

_LEVELS: Mapping[str, Text] = {
    "EMERGENCY": "EMERGENCY: stop the capsules and call your local emergency number",
    "SAME DAY": "SAME DAY: stop the capsules and call a clinician the same day",
}

_URGENT = ("emergency", "same day")

_FREEDOM: Text = "If something worries you, ask a doctor or a pharmacist. You may stop at any time."


def urgent_lines(reported: Collection[str]) -> Iterator[str]:
    """Yield what warning signs call for, which needs no diary and no folder."""
    return _all_wrapped(_urgent(reported))


def _urgent(reported: Collection[str]) -> Iterator[str]:
    levels = {signs()[name].level for name in reported}
    yield say(_HEADLINES["emergency" if "EMERGENCY" in levels else "same day"])
    yield say("You reported: {signs}.", signs=_wordings(reported))
    yield from dict.fromkeys(say(more) for name in reported if (more := signs()[name].if_worse))
    yield say(
        "Do not wait for unblinding, and do not wait for anything here: ekbom is not watching."
    )
    yield say("Tell the emergency service or the clinician. Treat this as if you took magnesium.")


def advice_lines(advice: Advice, *, recordable: bool) -> Iterator[str]:
    """Yield the advice: what to do, why, by which rule and source, and what ends it.

    After warning signs it follows what `urgent_lines` gave.  ``recordable``: there is a folder, and
    nothing was put on record yet.
    """
    return _all_wrapped(_advice(advice, recordable=recordable))


def _advice(advice: Advice, *, recordable: bool) -> Iterator[str]:
    if advice.action in _URGENT:
        yield most_words(advice)
    else:
        if advice.night is not None:
            yield say("For the night of {night}:", night=day_words(advice.night))
        yield headline(advice)
    if advice.night is not None:
        yield capsules_words(advice)
    for reason in reasons_to_say(advice):
        yield ""
        yield from _reason_lines(reason)
    if advice.what_ends_it:
        yield ""
        yield ends_words(advice)
    yield from _footer(advice, recordable=recordable)


def recorded_line(kinds: Collection[str]) -> str:
    """Return the sentence that says what was put on record."""
    if not kinds:
        return say("Nothing new to put on record.")
    return say("Put on record: {kinds}.", kinds=", ".join(kinds))


def sign_lines() -> Iterator[str]:
    """Yield every warning sign by its name, the gravest first."""
    for level, heading in _LEVELS.items():
        yield say(heading)
        for sign in signs().values():
            if sign.level == level:
                yield f"  {sign.id:24} {say(sign.wording)}"
    yield say("If one of these is happening now, call first. ekbom is not watching.")


def unknown_sign(name: str) -> str:
    """Return what to say of a warning sign that is not in the list."""
    return say(
        "{name!r} is not in the list of signs. If you feel in danger, stop the capsules and call "
        "your local emergency number now. The list: ekbom tolerate --signs",
        name=name,
    )


def headline(advice: Advice) -> str:
    """Return what to do tonight in one or two short sentences."""
    return say(_HEADLINES[advice.action])


def ends_words(advice: Advice) -> str:
    """Return what ends the advice."""
    return say("What ends this: {end}", end=say(advice.what_ends_it))


def plan_says(reason: Reason) -> str:
    """Return what the registered plan says for a reason, with all that was added to its rule."""
    rule = rules()[reason.rule]
    added = [*rule.with_item.values(), *(signs()[name].if_worse for name in reason.signs)]
    told = [rule.text, *(text for text in added if text and text in reason.text)]
    return say("Your registered plan says: {text}", text=" ".join(map(say, told)))


@speaking(ENGLISH)
def advice_record(advice: Advice) -> dict[str, Any]:
    """Return the advice as plain values, for JSON."""
    return {
        "night": _text(advice.night),
        "phase": advice.phase,
        "action": advice.action,
        "level": advice.level,
        "headline": headline(advice),
        "capsules": advice.capsules,
        "mg": advice.mg,
        "planned_mg": advice.planned_mg,
        "most_mg": advice.most_mg,
        "tolerated_mg": advice.tolerated_mg,
        "reasons": [_reason_record(reason) for reason in advice.reasons],
        "what_ends_it": advice.what_ends_it,
        "unreported": [day.isoformat() for day in advice.unreported],
        "record": [{"kind": r.kind, "detail": r.detail} for r in advice.record],
        "notice": notice(),
    }


def capsules_words(advice: Advice) -> str:
    """Return how many capsules the advised night has, and what they hold."""
    if advice.phase in _PHASES and not advice.planned_mg:
        return f"{say(_PHASES[advice.phase])} {say('No capsules are due that night.')}"
    if advice.mg == 0:
        return say("Capsules that night: none.")
    content = say("{mg:g} mg elemental", mg=advice.mg)
    if advice.phase == "randomised":
        content = say("{content}, if they hold magnesium", content=content)
    if advice.capsules is None:
        return say(
            "Dose that night: {content}. The trial does not say how many capsules that is.",
            content=content,
        )
    return say(
        "Capsules that night: {capsules:g} ({content}).",
        capsules=advice.capsules,
        content=content,
    )


def most_words(advice: Advice) -> str:
    """Return the most magnesium that a clinician has to reckon with."""
    if advice.most_mg is None:
        return say("Tell them the highest magnesium dose of your plan.")
    return say("By your plan that is up to {mg:g} mg elemental magnesium a day.", mg=advice.most_mg)


def reasons_to_say(advice: Advice) -> list[Reason]:
    """Return the reasons to read now; in an emergency nothing milder stands in the way."""
    now = (*_URGENT, "report") if advice.action in _URGENT else ACTIONS
    return [reason for reason in advice.reasons if reason.action in now]


def _reason_lines(reason: Reason) -> Iterator[str]:
    yield plan_says(reason)
    if reason.nights:
        yield f"  {say('Because of the nights of: {nights}.', nights=days_words(reason.nights))}"
    if reason.numbers:
        now, before = reason.numbers
        means = say(
            "Mean urge: {now:.1f} in the last 7 nights, {before:.1f} in baseline.",
            now=now,
            before=before,
        )
        yield f"  {means}"
    if reason.note:
        yield f"  {say(reason.note)}"
    yield f"  {say('Rule: {rule}.', rule=reason.rule)} {origin_words(reason)}"


def _footer(advice: Advice, *, recordable: bool) -> Iterator[str]:
    yield ""
    if advice.tolerated_mg is not None:
        yield say(
            "Tolerated so far: {mg:g} mg. The dose can be fixed there at most.",
            mg=advice.tolerated_mg,
        )
    elif advice.phase in ("titration", "waiting"):
        yield say("No step counts as tolerated yet, so no dose can be fixed by your plan's rule.")
    if advice.unreported and advice.action not in _URGENT:
        yield say("No report of loose stools for: {nights}.", nights=days_words(advice.unreported))
        yield say(
            "Missing is not none: it neither starts nor ends a hold. Please fill in what you can."
        )
    if recordable and advice.record:
        kinds = ", ".join(r.kind for r in advice.record)
        yield say("For your record: {kinds} (add --record).", kinds=kinds)
    if advice.action not in STOPS:
        yield say(_FREEDOM)
    yield notice()


def origin_words(reason: Reason) -> str:
    """Return where a rule comes from: our own choice, its sources, or both."""
    parts = [say("Our own choice.")] if reason.ours else []
    if not reason.verified:
        parts.append(say("Not verified."))
    if reason.sources:
        sources = "; ".join(_source(s) for s in reason.sources)
        parts.append(say("Sources: {sources}.", sources=sources))
    return " ".join(parts)


def _source(source: Source) -> str:
    where = "" if source.read_at_publisher else f" ({say(COPY)})"
    return f"{source.id} {source.title}{where}"


def _all_wrapped(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts as lines; what was set in by two spaces stays so, an empty text is a gap."""
    for text in texts:
        yield from wrapped(text.strip(), indent="  " if text.startswith("  ") else "") or [""]


def days_words(nights: Iterable[date]) -> str:
    """Return nights as dates with commas between."""
    return ", ".join(map(date_text, nights))


def _wordings(names: Collection[str]) -> str:
    return ", ".join(say(signs()[name].wording) for name in dict.fromkeys(names))


def _reason_record(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "level": reason.level,
        "action": reason.action,
        "text": plan_says(reason),
        "note": reason.note,
        "ends": reason.ends,
        "signs": list(reason.signs),
        "nights": [day.isoformat() for day in reason.nights],
        "numbers": list(reason.numbers),
        "sources": [s.id for s in reason.sources],
        "verified": reason.verified,
        "ours": reason.ours,
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
