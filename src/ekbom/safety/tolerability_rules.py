"""The stop rules and the warning signs, read from the tables beside this module."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ekbom.evidence.facts import Source, sourced_table

ACTIONS = (
    "go on",
    "report",
    "step down",
    "offer end",
    "hold",
    "end",
    "clinician",
    "same day",
    "emergency",
)
"""What can be advised, from the mildest to the gravest."""

STOPS = frozenset(ACTIONS[ACTIONS.index("hold") :])
"""What means: no capsules tonight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A warning sign that a person can report at any time.

    ``level`` is ``EMERGENCY`` or ``SAME DAY``; ``if_worse`` says when to do more; ``ours`` marks
    our own choice; ``facts_row`` names the row of the clinical facts.
    """

    id: str
    level: str
    wording: str
    sources: tuple[Source, ...]
    verified: bool
    ours: bool
    facts_row: str
    if_worse: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of what to do about a complaint, with where it comes from.

    ``at_least`` and ``settled_below`` are grades by item of the diary, ``above_baseline`` how far a
    mean lies above that of baseline; ``count`` of ``of`` nights (or holds) must reach them; ``gap``
    unreported nights may lie between two that follow each other.  ``text`` follows "Your registered
    plan says:", and ``with_item`` follows that where the diary has the item; ``ends`` says what
    ends the advice.
    """

    id: str
    level: str
    action: str
    text: str
    ends: str
    sources: tuple[Source, ...]
    verified: bool
    ours: bool
    facts_row: str
    note: str = ""
    at_least: Mapping[str, float] = field(default_factory=dict)
    settled_below: Mapping[str, float] = field(default_factory=dict)
    with_item: Mapping[str, str] = field(default_factory=dict)
    above_baseline: Mapping[str, float] = field(default_factory=dict)
    count: int = 0
    of: int = 0
    gap: int = 0

    def reached(self, answers: Mapping[str, float]) -> bool | None:
        """Return whether a night's answers reach the rule; ``None`` if it has none of its items."""
        found = [answers[item] >= grade for item, grade in self.at_least.items() if item in answers]
        return any(found) if found else None


@functools.cache
def signs() -> Mapping[str, Sign]:
    """Return every warning sign by its id."""
    return MappingProxyType({e["id"]: Sign(**e) for e in sourced_table(__package__, "sign")})


def sign_meant(text: str) -> str | None:
    """Return the id of the warning sign that a person means, ``None`` if it is not in the table.

    Capitals, spaces and hyphens make no difference; a sign's wording will do as well as its id.
    """
    wanted = _plain(text)
    return next((s.id for s in signs().values() if wanted in (s.id, _plain(s.wording))), None)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


@functools.cache
def rules() -> Mapping[str, Rule]:
    """Return every stop rule by its id."""
    entries = sourced_table(__package__, "tolerability_rule")
    return MappingProxyType({e["id"]: Rule(**e) for e in entries})
