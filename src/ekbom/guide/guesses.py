"""Which guess is due: about the period that is just over, and the last one before the opening."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ekbom.guide.place import is_drawn
from ekbom.guide.situation import Situation
from ekbom.trial.happened import last_of, of_kind


def guess_due(here: Situation) -> tuple[int, date] | None:
    """Return the period that is just over and was not guessed, with its last night, if any.

    Only the last period that is over is asked about; where nothing is swallowed none is, as there
    everybody knows what they did.
    """
    trial = here.trial
    if trial.protocol.dose is None or not is_drawn(trial) or is_opened(here):
        return None
    found = max(_over(here), default=None)
    guessed = {event.detail["period"] for event in of_kind(trial.events, "guess")}
    return None if found is None or found[0] in guessed else found


def periods_over(here: Situation) -> frozenset[int]:
    """Return the periods that are over, which alone can be guessed."""
    return frozenset(period for period, _ in _over(here))


def is_opened(here: Situation) -> bool:
    """Return whether the whole allocation was opened, after which no guess means anything."""
    return last_of(here.trial.events, "unblinding") is not None


def known_from(here: Situation) -> date:
    """Return the first night whose report would be made knowing the allocation, opened now.

    It is the night that the clock is in, or the coming one where that was reported on already.
    """
    primary = here.trial.protocol.primary.id
    reported = any(n.date == here.current and primary in n.answers for n in here.trial.diary.nights)
    return here.night if reported else here.current


def _over(here: Situation) -> Iterator[tuple[int, date]]:
    """Yield every period that is over or was broken off, with its last night."""
    ended = last_of(here.trial.events, "ended")
    cut = None if ended is None else ended.day("last")
    nights: dict[int, list[date]] = {}
    for found in here.calendar.randomised:
        nights.setdefault(found.period or 0, []).append(found.night)
    for period, lived in nights.items():
        if cut is not None and lived[0] <= cut:
            yield period, min(lived[-1], cut)
        elif cut is None and lived[-1] < here.night:
            yield period, lived[-1]
