"""Which guess is due: about the period that is just over, and the last one before the opening."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ekbom.guide.place import is_drawn
from ekbom.guide.situation import Situation
from ekbom.problem import RefusedError
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


def is_last_guess_due(here: Situation) -> bool:
    """Return whether the trial is over, its order still closed, and the last guess not made."""
    trial = here.trial
    ready = here.is_over and is_drawn(trial) and not trial.protocol.imported
    return ready and not is_opened(here) and last_of(trial.events, "last guess") is None


def is_expectation_due(here: Situation) -> bool:
    """Return whether the first randomised night is still to come and nothing was expected yet."""
    begun = min(n.night for n in here.calendar.randomised) < here.night
    return not begun and last_of(here.trial.events, "expectation") is None


def refuse_guess(here: Situation, *, period: int | None) -> int:
    """Return the period that a guess is about, the one just over if none is named.

    Raises RefusedError if it is not over, was guessed already, or the order is open.
    """
    refuse_opened(here)
    over = periods_over(here) if is_drawn(here.trial) else frozenset()
    about = max(over, default=0) if period is None else period
    if about not in over:
        raise RefusedError("This period is not over, so there is nothing to guess yet.")
    if about in {event.detail["period"] for event in of_kind(here.trial.events, "guess")}:
        raise RefusedError("There is a guess about this period already. The first one counts.")
    return about


def refuse_last_guess(here: Situation) -> None:
    """Refuse a last guess before the end, after the opening, or a second one."""
    refuse_opened(here)
    if last_of(here.trial.events, "last guess") is not None:
        raise RefusedError("The last guess was made already.")
    if not is_last_guess_due(here):
        raise RefusedError("The trial is not over, so it is too early for the last guess.")


def refuse_expectation(here: Situation) -> None:
    """Refuse an expectation that is not one: from the first randomised night on, or a second."""
    if last_of(here.trial.events, "expectation") is not None:
        raise RefusedError("The expectation is on record already.")
    if not is_expectation_due(here):
        raise RefusedError("The randomised nights have begun, so it is too late to expect.")


def refuse_opened(here: Situation) -> None:
    """Refuse any guess once the order is open, or where it was open all along elsewhere."""
    if is_opened(here) or here.trial.protocol.imported:
        raise RefusedError("The order is open, so nothing is left to guess.")


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
