"""What somebody saw of a night when they began to correct it, so that no later change is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

from ekbom.diary.doses import dose_cells
from ekbom.diary.entries import current_entries
from ekbom.language import say
from ekbom.trial.folder import Trial
from ekbom.web.keyed import BehindError

DOSE = "-dose"
"""The name of a night's capsules among its items; no item has a name like it."""

NOTHING = "seen"
"""What somebody saw who saw nothing of a night."""


def seen_of(trial: Trial, night: date) -> str:
    """Return a text that names, by marks, the answers and the dose of a night as they are now."""
    found = {e.item: e.id for e in current_entries(trial.entries) if e.night == night}
    dose = next((d for d in trial.doses if d.night == night), None)
    if dose is not None:
        found[DOSE] = ",".join(dose_cells(dose))
    return " ".join([NOTHING, *(f"{item}={_mark(text)}" for item, text in sorted(found.items()))])


def refuse_unseen(trial: Trial, *, night: date, items: Iterable[str], seen: str) -> None:
    """Refuse to correct what was changed since it was seen; an empty ``seen`` is not looked at.

    Raises BehindError.
    """
    now = seen_of(trial, night)
    marks, before = _marks(now), _marks(seen)
    if seen and any(marks.get(item) != before.get(item) for item in items):
        raise BehindError(
            say(
                "This was changed meanwhile, on another page or device. "
                "If what you wrote here is right, send it again."
            ),
            seen=now,
        )


def _marks(seen: str) -> dict[str, str]:
    pairs = (one.partition("=") for one in seen.split()[1:])
    return {item: mark for item, _, mark in pairs}


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
