"""Reminders as an iCalendar file (RFC 5545) that phones and computers handle on their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from ekbom.guide.reminders import Reminder
from ekbom.language import say, say_n

_OCTETS = 75
"""Most octets of a line without its end (RFC 5545, 3.1)."""

_DAY = timedelta(days=1)

_TITLES = {"evening": "ekbom: evening", "morning": "ekbom: morning"}
"""What a lock screen shows to anyone who sees it; so it names nothing."""


def calendar_file(reminders: Iterable[Reminder], *, now: datetime) -> bytes:
    """Return reminders as the bytes of an .ics file; ``now`` is aware.

    Times are floating: they follow whatever clock the phone shows.  A reminder without days is
    written as cancelled, so that a calendar that had it before drops it.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ekbom//reminders//EN"]
    for reminder in reminders:
        lines += _event(reminder, now.astimezone(UTC))
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def reminder_lines(reminders: Iterable[Reminder], *, file: str) -> Iterator[str]:
    """Yield what an .ics file holds and how to use it."""
    for reminder in reminders:
        yield _reminder_line(reminder)
    yield say(
        "Open {file} on your phone or computer to add the reminders to its calendar.", file=file
    )
    yield say(
        "Make it anew after a pause, a resume, a fixed dose, packs made or an end: the new ones "
        "take the place of the old."
    )


def _reminder_line(reminder: Reminder) -> str:
    kind, days = say("Evening" if reminder.kind == "evening" else "Morning"), reminder.days
    if not days:
        return say("{kind}: none any more. A calendar that had them drops them.", kind=kind)
    return say_n(
        "{kind}: {time} on {n} day from {first} to {last}.",
        "{kind}: {time} on {n} days from {first} to {last}.",
        len(days),
        kind=kind,
        time=f"{reminder.at:%H:%M}",
        first=days[0],
        last=days[-1],
    )


def _event(reminder: Reminder, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{reminder.uid}"
    yield f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"
    yield f"SEQUENCE:{reminder.sequence}"
    yield f"SUMMARY:{_TITLES[reminder.kind]}"
    yield from _times(reminder, stamp.date())
    yield "DURATION:PT5M"
    yield "CLASS:PRIVATE"
    yield "TRANSP:TRANSPARENT"
    if reminder.days:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_TITLES[reminder.kind]}")
        yield from ("TRIGGER:PT0S", "END:VALARM")
    yield "END:VEVENT"


def _times(reminder: Reminder, today: date) -> Iterator[str]:
    if not reminder.days:
        yield f"DTSTART:{_floating(today, reminder.at)}"
        yield "STATUS:CANCELLED"
        return
    first, last = reminder.days[0], reminder.days[-1]
    every = [first + n * _DAY for n in range((last - first).days + 1)]
    left_out = sorted(set(every) - set(reminder.days))
    yield f"DTSTART:{_floating(first, reminder.at)}"
    yield f"RRULE:FREQ=DAILY;UNTIL={_floating(last, reminder.at)}"
    if left_out:
        yield f"EXDATE:{','.join(_floating(day, reminder.at) for day in left_out)}"


def _floating(day: date, at: time) -> str:
    return f"{datetime.combine(day, at):%Y%m%dT%H%M%S}"


def _folded(line: str) -> bytes:
    """Return a line in pieces of at most 75 octets, each further one after a space.

    All of it is ASCII, so that no sign can be torn apart.
    """
    data = line.encode("ascii")
    pieces = [data[:_OCTETS]]
    rest = data[_OCTETS:]
    while rest:
        pieces.append(b" " + rest[: _OCTETS - 1])
        rest = rest[_OCTETS - 1 :]
    return b"\r\n".join(pieces) + b"\r\n"
