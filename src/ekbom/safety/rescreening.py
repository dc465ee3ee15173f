"""The safety screening of a running trial: what a change means for the next capsule."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from ekbom.evidence.facts import Source, sourced_table
from ekbom.safety.answers import Agreement, Answer
from ekbom.safety.questions import UNKNOWN, Decision, Question, questions
from ekbom.safety.screening import Reason, agreement_on, judged

Nights = Literal["as allocated", "move"]

DECISIONS: tuple[Decision, ...] = ("go on", "clinician first", "pause", "end")
"""What a change can mean, the worst last.

``go on``: capsules as planned.  ``clinician first``: none until a clinician agreed.  ``pause``:
none until a day.  ``end``: none any more.
"""

_USUAL: Mapping[str, Decision] = {
    "go": "go on",
    "clinician first": "clinician first",
    "postpone": "pause",
    "stop": "end",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeKind:
    """A kind of change and the least it means: ``decision``, or ``told`` where its answer is given.

    ``nights`` says whether the nights of a pause stay as allocated.  ``judged`` is said instead of
    ``reason`` where its answer is given.  A course of more than ``longest_days`` ends the trial.
    ``tells`` are the questions whose answers tell it, any if empty.  ``verified`` and ``ours`` are
    as in a rule.
    """

    id: str
    text: str
    decision: Decision
    told: Decision
    nights: Nights
    reason: str
    bring: str
    sources: tuple[Source, ...]
    verified: bool
    ours: bool
    longest_days: int = 0
    tells: tuple[str, ...] = ()
    judged: str = ""
    too_long: str = ""
    over: str = ""
    harmless: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something about a person's health or medicines that changed, known on the day ``on``.

    ``answers`` are safety questions answered anew.  ``first`` and ``last`` are the days of a course
    of an antibiotic, ``None`` where not known; ``interacting`` is false only where a pharmacist or
    a doctor said that magnesium does not disturb it.
    """

    kind: str
    on: date
    answers: Mapping[str, Answer] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    interacting: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a change, or one answer it touches, means for the next capsule, and why.

    ``until`` is the first day on which capsules may go on, ``None`` where it is not known.
    ``agreement`` says whether a named clinician may agree that they go on, ``agreed`` who did.
    """

    about: str
    decision: Decision
    text: str
    sources: tuple[Source, ...]
    verified: bool
    ours: bool
    nights: Nights = "as allocated"
    until: date | None = None
    urgent: str = ""
    agreement: bool = False
    agreed: Agreement | None = None
    bring: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescreening:
    """What a change means: the worst of its consequences decides, all of them listed.

    ``until`` is the first day on which capsules may go on after a pause, ``None`` where it is not
    known; ``nights`` says whether the nights of a pause stay as allocated or move to later.
    """

    decision: Decision
    until: date | None
    nights: Nights
    consequences: tuple[Consequence, ...]

    @property
    def for_clinician(self) -> tuple[str, ...]:
        """Return what to take to the clinician or ask there, each once."""
        needed = [c for c in self.consequences if c.decision != "go on" and c.bring]
        return tuple(dict.fromkeys(c.bring for c in needed))


@functools.cache
def changes() -> Mapping[str, ChangeKind]:
    """Return every kind of change by its id."""
    entries = sourced_table(__package__, "change")
    return MappingProxyType({entry["id"]: ChangeKind(**entry) for entry in entries})


def rescreen(
    *,
    answers: Mapping[str, Answer],
    change: Change,
    agreements: Sequence[Agreement] = (),
    on: date,
) -> Rescreening:
    """Return what a change during a trial means for the next capsule, before it is taken.

    ``answers`` are those of the screening and later ones; the change's own replace them.  Every
    answer given is judged again; a question that was never answered counted at the screening.  A
    named clinician's agreement, since the answer or the change, turns ``clinician first`` into
    ``go on``.  The worst consequence decides.  Raises KeyError for a kind that is not in `changes`.
    """
    kind = changes()[change.kind]
    known = {**answers, **change.answers}
    asked = [q for q in questions().values() if q.id in known or _follows(q, change)]
    reasons = judged(asked, answers=known, agreements=agreements, on=on)
    own = _own(kind, change, agreements, on)
    found = sorted(
        [own, *map(_consequence, reasons)],
        key=lambda c: DECISIONS.index(c.decision),
        reverse=True,
    )
    return _decided(tuple(found))


def _follows(question: Question, change: Change) -> bool:
    """Return whether a question is asked because of an answer that the change brought."""
    return any(name in change.answers for name in question.not_asked_if)


def _decided(found: tuple[Consequence, ...]) -> Rescreening:
    decision = found[0].decision
    deciding = [c for c in found if c.decision == decision]
    days = [c.until for c in deciding if c.until is not None]
    return Rescreening(
        decision=decision,
        until=max(days) if days and len(days) == len(deciding) else None,
        nights="move" if any(c.nights == "move" for c in deciding) else "as allocated",
        consequences=found,
    )


def _consequence(reason: Reason) -> Consequence:
    rule, usual = reason.rule, _USUAL[reason.rule.result]
    if rule.result == "stop" and rule.agreement:
        usual = "clinician first"
    decision = "go on" if reason.agreed else rule.in_trial or usual
    return Consequence(
        about=reason.question.id,
        decision=decision,
        text=rule.reason,
        sources=rule.sources,
        verified=rule.verified,
        ours=rule.ours,
        nights="move" if decision == "pause" else "as allocated",
        until=reason.until,
        urgent=rule.urgent,
        agreement=rule.agreement,
        agreed=reason.agreed,
        bring=reason.bring,
    )


def _own(
    kind: ChangeKind, change: Change, agreements: Sequence[Agreement], on: date
) -> Consequence:
    decision, text, until = _meaning(kind, change, on)
    agreed = None
    if decision == "clinician first":
        agreed = agreement_on(kind.id, since=change.on, agreements=agreements, on=on)
    return Consequence(
        about=kind.id,
        decision="go on" if agreed else decision,
        text=text,
        sources=kind.sources,
        verified=kind.verified,
        ours=kind.ours,
        nights=kind.nights,
        until=until,
        agreement=decision == "clinician first",
        agreed=agreed,
        bring=kind.bring,
    )


def _meaning(kind: ChangeKind, change: Change, on: date) -> tuple[Decision, str, date | None]:
    if kind.longest_days:
        return _course(kind, change, on)
    if _told(kind, change):
        return kind.told, kind.judged or kind.reason, None
    return kind.decision, kind.reason, None


def _told(kind: ChangeKind, change: Change) -> bool:
    """Return whether an answer says what changed; one about something else says nothing of it."""
    known = [name for name, answer in change.answers.items() if answer.value != UNKNOWN]
    return any(not kind.tells or name in kind.tells for name in known)


def _course(kind: ChangeKind, change: Change, on: date) -> tuple[Decision, str, date | None]:
    """Judge a course of an antibiotic by its length and its end."""
    if not change.interacting:
        return "go on", kind.harmless, None
    if change.last is None:
        return kind.decision, kind.reason, None
    days = (change.last - (change.first or change.on)).days + 1
    if days > kind.longest_days:
        return "end", kind.too_long, None
    after = min(change.last, date.max - timedelta(days=1)) + timedelta(days=1)
    if after <= on:
        return "go on", kind.over, None
    return kind.decision, kind.reason, after
