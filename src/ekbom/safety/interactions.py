"""What medicines and magnesium do to each other: the table of facts, and who is in it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

from ekbom.evidence.facts import Source, sourced_table

Action = Literal["spacing", "clinician", "stop", "keep"]
Side = Literal["after", "before"]

ANY_OTHER = "any_other_oral"
"""The entry for every medicine that the table does not name."""

ANY_ANTIBIOTIC = "unnamed_antibiotic"
"""The entry for an antibiotic whose kind is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A medicine, or a group of them, that should be kept apart from magnesium or away from it.

    ``hours_after_mg`` is how long after magnesium the medicine may be taken at the earliest,
    ``hours_before_mg`` how long before it at the latest; both stand there, above 0, or neither.
    ``our_caution`` names the sides whose hours are our own choice.  With ``antibiotic`` no
    capsules are taken during its course.  A ``group`` has more members than are named.
    ``verified`` is false where no source was read.
    """

    id: str
    name: str
    others: tuple[str, ...]
    action: Action
    note: str
    sources: tuple[Source, ...]
    verified: bool
    hours_after_mg: float | None = None
    hours_before_mg: float | None = None
    our_caution: tuple[Side, ...] = ()
    antibiotic: bool = False
    group: bool = False

    @property
    def needs_times(self) -> bool:
        """Return whether the medicine's times of day matter."""
        return self.hours_after_mg is not None


@functools.cache
def interactions() -> tuple[Interaction, ...]:
    """Return every medicine in the table, in its order."""
    return tuple(Interaction(**e) for e in sourced_table("ekbom.evidence", "interaction"))


def interactions_of(name: str) -> tuple[Interaction, ...]:
    """Return what is known of a medicine; where it is in no group, the general advice.

    A name of the table is found anywhere in ``name``, whatever else stands there: a strength, or
    a group in brackets as in ``ciprofloxacin (quinolone)``.  Never empty.
    """
    hits = _hits(name)
    found = {e.id for alias, e in hits.items() if not _inside_another(alias, hits)}
    known = tuple(e for e in interactions() if e.id in found - {ANY_OTHER})
    return known or (any_other(),)


def is_listed(name: str) -> bool:
    """Return whether the table names this medicine, or the person said that it is any other."""
    return bool(_hits(name))


@functools.cache
def any_other() -> Interaction:
    """Return the general advice for a medicine that is swallowed."""
    return next(e for e in interactions() if e.id == ANY_OTHER)


def _hits(name: str) -> dict[str, Interaction]:
    """Return the names of the table that occur in a text, as words, with their entries."""
    words = _words(name)
    return {alias: entry for alias, entry in _aliases() if alias in words}


@functools.cache
def _aliases() -> tuple[tuple[str, Interaction], ...]:
    return tuple((_words(name), e) for e in interactions() for name in (e.name, *e.others))


def _inside_another(alias: str, hits: dict[str, Interaction]) -> bool:
    """Return whether a name is only a part of a longer one: gabapentin, gabapentin enacarbil."""
    return any(alias != other and alias in other for other in hits)


def _words(text: str) -> str:
    """Return the words of a text in small letters without plural s, a space around each."""
    found = re.findall(r"[^\W_]+", text.lower())
    return f" {' '.join(w.removesuffix('s') if len(w) > 3 else w for w in found)} "
