"""When to be reminded: an evening and a morning alarm, by the calendar and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from ekbom.design.calendar import Calendar, CalendarNight
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.protocol.model import Protocol
from ekbom.trial.folder import Trial
from ekbom.trial.happened import happened_so_far

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)

_EVENING_HOURS = 18
"""Hours of a night in which its capsules are meant; after them the next night's are."""

_NAMESPACE = uuid.UUID("5f3c7c0e-6d0b-5d0e-9b57-6c9a3f0d1e45")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """An alarm at the same time on many days, on whatever clock the phone shows.

    ``days`` are in order, none where no alarm is left.  ``uid`` is the same whenever the reminders
    of a trial are made, ``sequence`` higher each minute, so that a calendar knows the newer ones.
    """

    kind: Literal["evening", "morning"]
    uid: str
    sequence: int
    at: time
    days: tuple[date, ...]


def reminders(
    *, trial: Trial, now: datetime, dose_at: time, diary_at: time
) -> tuple[Reminder, Reminder]:
    """Return the evening's and the morning's reminder of a trial, as its plan stands at ``now``.

    Evenings are those with something to take or to answer, mornings all that ask for a report.
    Paused nights have none, nor have those from an open pause or an end on.  Which treatment a
    period has is not known here.  ``now`` is aware; the times of day are those of any clock.

    Raises
    ------
    InputError
        If ``dose_at`` lies in the morning, when the next night's capsules are meant, or
        ``diary_at`` in the evening, when an answer must name its night.
    RefusedError
        For a trial that was run elsewhere.
    """
    if trial.protocol.imported:
        raise RefusedError("This trial was run elsewhere, so there is nothing to be reminded of.")
    protocol = trial.protocol
    _check_times(protocol, dose_at, diary_at)
    nights = _reminded(trial, trial.calendar(today=trial.clock.night_of(now)))
    # An early hour, such as half past midnight, comes on the date after the night's own.
    later = _DAY if dose_at.hour < protocol.boundary_hour else timedelta()
    evenings = (n.night + later for n in nights if _has_evening(protocol, n))
    mornings = (n.night + _DAY for n in nights)
    return (
        _reminder(trial, "evening", now, dose_at, evenings),
        _reminder(trial, "morning", now, diary_at, mornings),
    )


def _reminder(
    trial: Trial,
    kind: Literal["evening", "morning"],
    now: datetime,
    at: time,
    days: Iterable[date],
) -> Reminder:
    registered = trial.events[0]
    # The plan moves with days of waiting and a person with their habits, not with events alone.
    minutes = (now - registered.instant) // _MINUTE
    return Reminder(
        kind=kind,
        uid=str(uuid.uuid5(_NAMESPACE, f"{registered.hash} {kind}")),
        sequence=max(minutes, 0),
        at=at,
        days=tuple(days),
    )


def _reminded(trial: Trial, calendar: Calendar) -> list[CalendarNight]:
    happened = happened_so_far(trial.events, clock=trial.clock)
    last = calendar.last if happened.ended is None else happened.ended
    # When an open pause ends nobody knows; its calendar only shows the earliest that it can.
    first_open = next((p.first for p in happened.pauses if p.resumed is None), None)
    return [
        n
        for n in calendar.nights
        if n.phase != "paused"
        and n.night <= last
        and (first_open is None or n.night < first_open)
        and trial.clock.begins(n.night) is not None
    ]


def _has_evening(protocol: Protocol, night: CalendarNight) -> bool:
    asks = any(o.schedule == "nightly" and o.speaks_of == "today" for o in protocol.outcomes)
    return asks or night.phase in ("titration", "randomised")


def _check_times(protocol: Protocol, dose_at: time, diary_at: time) -> None:
    problems = []
    if (dose_at.hour - protocol.boundary_hour) % 24 >= _EVENING_HOURS:
        what = f"{dose_at:%H:%M} is in the morning, when the next evening's capsules are meant"
        problems.append(Problem("dose-at", None, what, "Give a time such as 21:30"))
    if diary_at.hour >= protocol.evening_hour:
        what = f"{diary_at:%H:%M} is in the evening, when it is not clear which night is meant"
        problems.append(Problem("diary-at", None, what, "Give a time such as 08:00"))
    if problems:
        raise InputError(problems)
