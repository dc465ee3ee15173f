"""When a trial is over, and from which night on its whole order was known."""

from __future__ import annotations

from datetime import date, datetime

from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of, last_of, of_kind


def is_over(*, trial: Trial, now: datetime) -> bool:
    """Return whether the last planned night is past or the trial was ended."""
    if last_of(trial.events, "ended") is not None:
        return True
    calendar = trial.calendar(today=trial.clock.night_of(now))
    return now >= trial.clock.ends(calendar.last)


def opened_from(trial: Trial, *, now: datetime) -> date:
    """Return the night from which the whole order is known where it is opened at ``now`` (aware).

    It is the coming one, or an earlier one from which somebody had told it.
    """
    told = [e.day("night") for e in of_kind(trial.events, "incident") if e.detail.get("whole")]
    return min([evening_of(trial.clock, now), *(night for night in told if night is not None)])
