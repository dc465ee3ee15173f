"""A change during a trial in plain words: whether tonight's capsule is taken, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ekbom.language import ENGLISH, Text, retell, say, speaking
from ekbom.report.lines import basis, listed, source_words, used, wrapped
from ekbom.report.screening_words import agreed_words
from ekbom.report.words import notice
from ekbom.safety.rescreening import Consequence, Rescreening

_HEADS: Mapping[str, Text] = {
    "go on": "Go on: capsules as planned.",
    "clinician first": "Clinician first: no capsules until a clinician has agreed. If something is "
    "new with your kidneys or your heart, call them today.",
    "pause": "Pause: no capsules for now.",
    "end": "End: no more capsules, and the trial ends. Tell your clinician today.",
}
_URGENT: Mapping[str, Text] = {"emergency": "Get help now:", "today": "Ask for help today:"}
_NO_CAPSULES: Text = (
    "The nights stay as they were allocated, so do not log a pause. Write down each evening "
    "without capsules: ekbom log DIR --dose 0"
)
_AGREED: Text = "When a clinician has agreed, run this again with: --agreed-by 'NAME'"
_MOVE: Text = (
    "Log the pause, so that later nights move: ekbom log DIR --event pause first={first}. When you "
    "go on: ekbom log DIR --event resume first=2026-03-01, with your own day."
)
_END: Text = (
    "Log the end with its last night with capsules: ekbom log DIR --event ended last=2026-03-01 "
    "reason='...', with your own day and reason. Answers can still be written down."
)


def change_lines(found: Rescreening, *, on: str) -> Iterator[str]:
    """Yield what a change means in plain lines; ``on`` is the day it was judged on."""
    for urgency, heading in _URGENT.items():
        urgent = [say(c.text) for c in found.consequences if c.urgent == urgency]
        yield from listed(say(heading), urgent)
    yield from wrapped(change_headline(found))
    yield ""
    yield from listed(say("Why:"), [_words(c) for c in found.consequences if matters(c, found)])
    yield from listed(say("For your clinician:"), map(retell, found.for_clinician))
    for text in _do(found, on):
        yield from [*wrapped(text), ""]
    yield from listed(
        say("Sources:"), [source_words(s) for s in used(c.sources for c in found.consequences)]
    )
    yield from wrapped(notice())


@speaking(ENGLISH)
def change_record(found: Rescreening) -> dict[str, object]:
    """Return everything a change means as plain JSON values."""
    return {
        "format": 1,
        "decision": found.decision,
        "until": found.until.isoformat() if found.until else None,
        "nights": found.nights,
        "consequences": [_consequence_record(c) for c in found.consequences],
        "for_clinician": list(found.for_clinician),
        "notice": notice(),
    }


def change_headline(found: Rescreening) -> str:
    """Return what a change means for the next capsules in one or two sentences."""
    if found.decision != "pause" or found.until is None:
        return say(_HEADS[found.decision])
    return say("Pause: no capsules until {day}. On that evening they may go on.", day=found.until)


def matters(one: Consequence, found: Rescreening) -> bool:
    """Return whether a consequence says something that the person has to know."""
    return bool(one.text) and (one.decision != "go on" or found.decision == "go on")


def _words(one: Consequence) -> str:
    agreed = f" {agreed_words(one.agreed)}" if one.agreed else ""
    where = basis(one.sources, verified=one.verified, ours=one.ours)
    return f"{say(one.decision)} ({one.about}): {say(one.text)}{agreed} {where}"


def _do(found: Rescreening, on: str) -> Iterator[str]:
    deciding = [c for c in found.consequences if c.decision == found.decision]
    if found.decision == "clinician first" and all(c.agreement for c in deciding):
        yield say(_AGREED)
    if found.decision == "end":
        yield say(_END)
    elif found.decision != "go on":
        yield say(_MOVE, first=on) if found.nights == "move" else say(_NO_CAPSULES)


def _consequence_record(one: Consequence) -> dict[str, object]:
    return {
        "about": one.about,
        "decision": one.decision,
        "text": one.text,
        "until": one.until.isoformat() if one.until else None,
        "urgent": one.urgent or None,
        "agreed": {"by": one.agreed.by, "on": one.agreed.on.isoformat()} if one.agreed else None,
        "sources": [s.id for s in one.sources],
        "verified": one.verified,
        "ours": one.ours,
    }
