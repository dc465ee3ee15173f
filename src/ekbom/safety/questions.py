"""The safety questions as data: what is asked, what each answer means, where that comes from."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import inf
from types import MappingProxyType
from typing import Any, Literal

from ekbom.evidence.facts import Source, sourced_table, sources
from ekbom.problem import Problem

Result = Literal["go", "clinician first", "postpone", "stop"]
Decision = Literal["go on", "clinician first", "pause", "end"]
Value = str | float | date

RESULTS: tuple[Result, ...] = ("go", "clinician first", "postpone", "stop")
"""What a screening can say, the worst last.

``postpone`` is worse than ``clinician first`` because no agreement shortens it.
"""

UNKNOWN = "unknown"
"""The answer of somebody who does not know."""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "yes_no": {"yes": "", "no": ""},
    "number": {},
    "date": {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A rule holds only if another question's number is at least so large, or is not known."""

    question: str
    at_least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an answer means: a result, its reason, and where that comes from.

    A rule fits a word (``when``), a number (``below``, ``at_most``, in the question's unit) or a
    date (``within_weeks`` before the screening).  ``agreement`` says whether a named clinician may
    agree; ``urgent`` is ``today`` or ``emergency``; ``in_trial`` is what the answer means in a
    running trial where that is not the usual.  ``verified`` is false where no source was seen and
    ``ours`` true where the rule is our own choice.
    """

    when: str = ""
    below: float = inf
    at_most: float = inf
    within_weeks: int = 0
    only_if: Condition | None = None
    result: Result
    agreement: bool = False
    reason: str
    urgent: str = ""
    in_trial: Decision | None = None
    sources: tuple[Source, ...]
    verified: bool
    ours: bool

    def fits(self, value: Value, *, on: date) -> bool:
        """Return whether the rule speaks of this answer, given on or before the day ``on``."""
        if isinstance(value, str):
            return value == self.when
        if isinstance(value, date):
            return not self.when and on < self.ends(value)
        return not self.when and value < self.below and value <= self.at_most

    def ends(self, changed: date) -> date:
        """Return the first day on which a change of that date no longer counts."""
        return changed + timedelta(weeks=self.within_weeks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One safety question: its words, the kind of its answer, and the rules that judge it.

    ``kind`` is ``yes_no``, ``number`` (in ``unit``, from ``least`` to ``most``) or ``date``;
    ``words`` are further answers it takes, with what they say; ``not_asked_if`` are answers to
    earlier questions that make it needless; ``bring`` is what to take to the clinician; ``record``
    is what a trial's record may say of it.
    """

    id: str
    section: str
    text: str
    kind: str
    facts_row: tuple[str, ...]
    unit: str = ""
    least: float = -inf
    most: float = inf
    words: Mapping[str, str] = field(default_factory=dict)
    not_asked_if: Mapping[str, str] = field(default_factory=dict)
    bring: str = ""
    record: str
    rules: tuple[Rule, ...]

    @property
    def scale(self) -> str:
        """Return which answers the question takes."""
        said = [f"{word} ({says})" if says else word for word, says in self.words.items()]
        if self.kind == "number":
            said.insert(0, f"a number from {self.least:g} to {self.most:g} ({self.unit})")
        if self.kind == "date":
            said.insert(0, "a date such as 2026-03-01, not in the future")
        return f"{', '.join(said)} or {UNKNOWN}"


@functools.cache
def questions() -> Mapping[str, Question]:
    """Return every safety question by its id, in the order in which they are asked."""
    entries = sourced_table(__package__, "question")
    return MappingProxyType({entry["id"]: _question(**entry) for entry in entries})


def worst(results: Iterable[Result]) -> Result:
    """Return the worst of some results; ``go`` if there is none."""
    return max(results, key=RESULTS.index, default="go")


def unknown_question(name: str, *, file: str) -> Problem:
    """Return the problem of a name that no question has, with the nearest one."""
    import difflib  # noqa: PLC0415 - only a slip needs it

    near = difflib.get_close_matches(name, questions(), n=1)
    do = f"Did you mean {near[0]}? " if near else ""
    return Problem(
        file, None, f"there is no question {name!r}", f"{do}See ekbom screen --form for all of them"
    )


def _question(
    *,
    rule: tuple[dict[str, Any], ...] = (),
    unknown: str = "",
    sources: tuple[Source, ...],
    verified: bool,
    ours: bool,
    **entry: Any,
) -> Question:
    basis: dict[str, Any] = {"sources": sources, "verified": verified, "ours": ours}
    rules = [_rule(**{**basis, **each}) for each in rule]
    if unknown:
        rules.append(
            Rule(
                when=UNKNOWN,
                result="clinician first",
                agreement=True,
                reason=unknown,
                **{**basis, "ours": True},
            )
        )
    words = {**_WORDS[entry["kind"]], **entry.pop("words", {})}
    return Question(**{"record": entry["id"], **entry}, words=words, rules=tuple(rules))


def _rule(
    *, sources: tuple[Source | str, ...], only_if: dict[str, Any] | None = None, **entry: Any
) -> Rule:
    condition = Condition(**only_if) if only_if else None
    return Rule(sources=_looked_up(sources), only_if=condition, **entry)


def _looked_up(named: Iterable[Source | str]) -> tuple[Source, ...]:
    """Return sources; a rule with its own names them by id, as the table does."""
    return tuple(sources()[s] if isinstance(s, str) else s for s in named)
