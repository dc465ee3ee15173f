"""What the plan says about complaints, in plain words, and as a record for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from ekbom.evidence.facts import Source
from ekbom.report.lines import wrapped
from ekbom.report.words import notice
from ekbom.safety.tolerability import Advice, Reason
from ekbom.safety.tolerability_rules import ACTIONS, STOPS, signs

_HEADLINES = {
    "go on": "Go on as planned.",
    "step down": "Step down: take fewer capsules from now on.",
    "offer end": "You may end the trial. Please contact a clinician.",
    "hold": "Hold: take no capsules tonight.",
    "end": "The trial ends: take no more capsules.",
    "clinician": "Take no capsules. Call a clinician first.",
    "same day": "SAME DAY. Stop the capsules. Call a clinician today.",
    "emergency": "EMERGENCY. Stop the capsules. Call your local emergency number now.",
}

_PHASES = {
    "baseline": "These are the nights before the first capsule.",
    "waiting": "Titration is over and the dose is not fixed yet.",
    "washout": "This is the washout.",
    "paused": "The trial is paused.",
    "before": "The trial has not begun.",
    "over": "The planned nights with capsules are over.",
}

_URGENT = ("emergency", "same day")

_FREEDOM = "If something worries you, ask a doctor or a pharmacist. You may stop at any time."


def urgent_lines(reported: Collection[str]) -> Iterator[str]:
    """Yield what warning signs call for, which needs no diary and no folder."""
    return _all_wrapped(_urgent(reported))


def _urgent(reported: Collection[str]) -> Iterator[str]:
    levels = {signs()[name].level for name in reported}
    yield _HEADLINES["emergency" if "EMERGENCY" in levels else "same day"]
    yield f"You reported: {_wordings(reported)}."
    yield from dict.fromkeys(more for name in reported if (more := signs()[name].if_worse))
    yield "Do not wait for unblinding, and do not wait for anything here: ekbom is not watching."
    yield "Tell the emergency service or the clinician. Treat this as if you took magnesium."


def advice_lines(advice: Advice, *, recordable: bool) -> Iterator[str]:
    """Yield the advice: what to do, why, by which rule and source, and what ends it.

    After warning signs it follows what `urgent_lines` gave.  ``recordable``: there is a folder, and
    nothing was put on record yet.
    """
    return _all_wrapped(_advice(advice, recordable=recordable))


def _advice(advice: Advice, *, recordable: bool) -> Iterator[str]:
    if advice.action in _URGENT:
        yield _most(advice)
    else:
        if advice.night is not None:
            yield f"For the night of {advice.night:%A, %Y-%m-%d}:"
        yield _HEADLINES[advice.action]
    if advice.night is not None:
        yield _capsules(advice)
    for reason in _to_say(advice):
        yield ""
        yield from _reason_lines(reason)
    if advice.what_ends_it:
        yield ""
        yield f"What ends this: {advice.what_ends_it}"
    yield from _footer(advice, recordable=recordable)


def recorded_line(kinds: Collection[str]) -> str:
    """Return the sentence that says what was put on record."""
    if not kinds:
        return "Nothing new to put on record."
    return f"Put on record: {', '.join(kinds)}."


def sign_lines() -> Iterator[str]:
    """Yield every warning sign by its name, the gravest first."""
    for level, do in (
        ("EMERGENCY", "stop the capsules and call your local emergency number"),
        ("SAME DAY", "stop the capsules and call a clinician the same day"),
    ):
        yield f"{level}: {do}"
        for sign in signs().values():
            if sign.level == level:
                yield f"  {sign.id:24} {sign.wording}"
    yield "If one of these is happening now, call first. ekbom is not watching."


def unknown_sign(name: str) -> str:
    """Return what to say of a warning sign that is not in the list."""
    return (
        f"{name!r} is not in the list of signs. If you feel in danger, stop the capsules and call "
        "your local emergency number now. The list: ekbom tolerate --signs"
    )


def advice_record(advice: Advice) -> dict[str, Any]:
    """Return the advice as plain values, for JSON."""
    return {
        "night": _text(advice.night),
        "phase": advice.phase,
        "action": advice.action,
        "level": advice.level,
        "headline": _HEADLINES[advice.action],
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


def _capsules(advice: Advice) -> str:
    if advice.phase in _PHASES and not advice.planned_mg:
        return f"{_PHASES[advice.phase]} No capsules are due that night."
    if advice.mg == 0:
        return "Capsules that night: none."
    mg = f"{advice.mg:g} mg elemental"
    content = f"{mg}, if they hold magnesium" if advice.phase == "randomised" else mg
    if advice.capsules is None:
        return f"Dose that night: {content}. The trial does not say how many capsules that is."
    return f"Capsules that night: {advice.capsules:g} ({content})."


def _most(advice: Advice) -> str:
    if advice.most_mg is None:
        return "Tell them the highest magnesium dose of your plan."
    return f"By your plan that is up to {advice.most_mg:g} mg elemental magnesium a day."


def _to_say(advice: Advice) -> list[Reason]:
    """Return the reasons to read now; in an emergency nothing milder stands in the way."""
    now = (*_URGENT, "report") if advice.action in _URGENT else ACTIONS
    return [reason for reason in advice.reasons if reason.action in now]


def _reason_lines(reason: Reason) -> Iterator[str]:
    yield f"Your registered plan says: {reason.text}"
    if reason.nights:
        yield f"  Because of the nights of: {', '.join(d.isoformat() for d in reason.nights)}."
    if reason.numbers:
        now, before = reason.numbers
        yield f"  Mean urge: {now:.1f} in the last 7 nights, {before:.1f} in baseline."
    if reason.note:
        yield f"  {reason.note}"
    yield f"  Rule: {reason.rule}. {_origin(reason)}"


def _footer(advice: Advice, *, recordable: bool) -> Iterator[str]:
    yield ""
    if advice.tolerated_mg is not None:
        yield f"Tolerated so far: {advice.tolerated_mg:g} mg. The dose can be fixed there at most."
    elif advice.phase in ("titration", "waiting"):
        yield "No step counts as tolerated yet, so no dose can be fixed by your plan's rule."
    if advice.unreported and advice.action not in _URGENT:
        yield f"No report of loose stools for: {', '.join(str(d) for d in advice.unreported)}."
        yield "Missing is not none: it neither starts nor ends a hold. Please fill in what you can."
    if recordable and advice.record:
        yield f"For your record: {', '.join(r.kind for r in advice.record)} (add --record)."
    if advice.action not in STOPS:
        yield _FREEDOM
    yield notice()


def _origin(reason: Reason) -> str:
    """Return where a rule comes from: our own choice, its sources, or both."""
    parts = ["Our own choice."] if reason.ours else []
    if not reason.verified:
        parts.append("Not verified.")
    if reason.sources:
        parts.append(f"Sources: {'; '.join(_source(s) for s in reason.sources)}.")
    return " ".join(parts)


def _source(source: Source) -> str:
    where = "" if source.read_at_publisher else " (read on a copy)"
    return f"{source.id} {source.title}{where}"


def _all_wrapped(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts as lines; what was set in by two spaces stays so, an empty text is a gap."""
    for text in texts:
        yield from wrapped(text.strip(), indent="  " if text.startswith("  ") else "") or [""]


def _wordings(names: Collection[str]) -> str:
    return ", ".join(signs()[name].wording for name in dict.fromkeys(names))


def _reason_record(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "level": reason.level,
        "action": reason.action,
        "text": f"Your registered plan says: {reason.text}",
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
