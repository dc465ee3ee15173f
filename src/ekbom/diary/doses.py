"""Doses as they were taken, and the rule that two never come too close."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ekbom.design.clock import Clock
from ekbom.diary.diary import DoseTaken
from ekbom.diary.nights import NightRange
from ekbom.diary.table import Faults, Row, number_text, read_table

COLUMNS = ("night", "time", "zone", "pack", "capsules", "mg")


MOST = {"capsules": 1000.0, "mg": 100_000.0}
"""Most that a dose can have; beyond it a number is a slip."""


def read_doses(
    data: bytes, *, clock: Clock, least_hours: float, nights: NightRange, faults: Faults
) -> list[DoseTaken]:
    """Return the doses of a doses.csv; what is wrong with it is added to ``faults``."""
    doses: list[DoseTaken] = []
    for row in read_table(data, faults=faults, required=COLUMNS, optional=()):
        dose = _dose(row, clock, nights)
        if dose is None:
            continue
        refusal = too_soon(dose, doses, clock=clock, least_hours=least_hours)
        if refusal:
            row.fault(refusal, "Keep the dose that was taken; note a double dose as a deviation")
        else:
            doses.append(dose)
    return doses


def dose_cells(dose: DoseTaken, *, clock: Clock | None = None) -> tuple[str, ...]:
    """Return the line of doses.csv, in the order of ``COLUMNS``.

    ``clock`` is the person's; left out, one that stays in the dose's zone.
    """
    return (
        dose.night.isoformat(),
        "" if dose.instant is None else _time_text(dose, dose.instant, clock or Clock(dose.zone)),
        dose.zone,
        number_text(dose.pack),
        number_text(dose.capsules),
        number_text(dose.mg),
    )


def too_soon(
    dose: DoseTaken, before: Iterable[DoseTaken], *, clock: Clock, least_hours: float
) -> str | None:
    """Return why a dose must not follow those before it, or ``None`` if it may.

    One dose a night, and at least ``least_hours`` between two doses, so that a night that the
    calendar shows twice does not bring two doses.  A dose left out (0 capsules) is no dose.
    """
    for other in before:
        what = _conflict(dose, other, least_hours)
        if what is not None:
            return f"{what}; the next possible time is {_next_time(other, clock, least_hours)}"
    return None


def _conflict(dose: DoseTaken, other: DoseTaken, least_hours: float) -> str | None:
    if other.night == dose.night:
        return f"the night of {dose.night} already has a dose"
    if dose.instant is None or other.instant is None or 0 in (dose.capsules, other.capsules):
        return None
    apart = abs(dose.instant - other.instant)
    if apart >= timedelta(hours=least_hours):
        return None
    return (
        f"it is {apart.total_seconds() / 3600:.1f} hours from the dose of the night of "
        f"{other.night}, less than {least_hours:g}"
    )


def _next_time(other: DoseTaken, clock: Clock, least_hours: float) -> str:
    free = clock.ends(other.night)
    if other.instant is not None and other.capsules != 0:
        free = max(free, other.instant + timedelta(hours=least_hours))
    return f"{clock.local(free):%Y-%m-%d %H:%M}"


def _time_text(dose: DoseTaken, instant: datetime, clock: Clock) -> str:
    """Return the time of day; with date and offset where the night's clock shows it twice."""
    local = instant.astimezone(ZoneInfo(dose.zone))
    wall = local.time().replace(second=0, microsecond=0)
    once = len(clock.shown(dose.night, wall, zone=dose.zone)) == 1
    return f"{wall:%H:%M}" if once else local.isoformat()


def _dose(row: Row, clock: Clock, nights: NightRange) -> DoseTaken | None:
    night, zone = row.day("night"), row.zone("zone")
    pack, capsules, mg = row.whole("pack"), row.number("capsules"), row.number("mg")
    for name, value in (("capsules", capsules), ("mg", mg)):
        if value is not None and value < 0:
            row.fault(f"{name} {value:g} is less than nothing", "Write 0 for a dose left out")
        elif value is not None and value > MOST[name]:
            row.fault(f"{name} {value:g} is more than {MOST[name]:g}", "Mend the number")
    if night is None or zone is None or not nights.allows(night, row):
        return None
    return DoseTaken(night, _instant(row, night, zone, clock), zone, pack, capsules, mg)


def _instant(row: Row, night: date, zone: str, clock: Clock) -> datetime | None:
    text = row.text("time")
    if not text:
        return None
    if "T" in text:
        return _whole_instant(row, night, clock)
    try:
        wall = time.fromisoformat(text).replace(second=0, microsecond=0)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None:
        row.fault(f"time {text!r} is not a time of day", "Write it as 21:30")
        return None
    found = clock.shown(night, wall, zone=zone)
    if not found:
        row.fault(
            f"the clocks in {zone} never showed {text} in the night of {night}",
            "Write the time the clock showed",
        )
        return None
    if len(found) > 1:
        row.note(
            f"the clocks in {zone} showed {text} twice in the night of {night}",
            "The first of the two was taken",
        )
    return found[0]


def _whole_instant(row: Row, night: date, clock: Clock) -> datetime | None:
    instant = row.instant("time")
    if instant is not None and clock.night_of(instant) != night:
        row.fault(f"time {row.text('time')} is not in the night of {night}", "Mend one of the two")
        return None
    return instant
