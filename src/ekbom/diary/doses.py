"""Doses as they were taken, and the rule that two never come too close."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ekbom.diary.diary import DoseTaken
from ekbom.diary.nights import NightRange
from ekbom.diary.table import Faults, Row, number_text, read_table

COLUMNS = ("night", "time", "zone", "pack", "capsules", "mg")


def read_doses(
    data: bytes, *, boundary_hour: int, least_hours: float, nights: NightRange, faults: Faults
) -> list[DoseTaken]:
    """Return the doses of a doses.csv; what is wrong with it is added to ``faults``."""
    doses: list[DoseTaken] = []
    for row in read_table(data, faults=faults, required=COLUMNS, optional=()):
        dose = _dose(row, boundary_hour)
        if dose is None or not nights.allows(dose.night, row):
            continue
        refusal = too_soon(dose, doses, least_hours=least_hours)
        if refusal:
            row.fault(refusal, "Keep the dose that was taken; note a double dose as a deviation")
        else:
            doses.append(dose)
    return doses


def dose_cells(dose: DoseTaken) -> tuple[str, ...]:
    """Return the line of doses.csv, in the order of ``COLUMNS``."""
    local = "" if dose.instant is None else dose.instant.astimezone(ZoneInfo(dose.zone))
    return (
        dose.night.isoformat(),
        f"{local:%H:%M}" if local else "",
        dose.zone,
        number_text(dose.pack),
        number_text(dose.capsules),
        number_text(dose.mg),
    )


def too_soon(dose: DoseTaken, before: Iterable[DoseTaken], *, least_hours: float) -> str | None:
    """Return why a dose must not follow those before it, or ``None`` if it may.

    One dose a night, and at least ``least_hours`` between two doses, so that a night that the
    calendar shows twice does not bring two doses.
    """
    for other in before:
        if other.night == dose.night:
            return f"the night of {dose.night} already has a dose{_next_time(other, least_hours)}"
        if dose.instant is None or other.instant is None:
            continue
        apart = abs(dose.instant - other.instant)
        if apart < timedelta(hours=least_hours):
            return (
                f"it is {apart.total_seconds() / 3600:.1f} hours from the dose of the night of "
                f"{other.night}, less than {least_hours:g}{_next_time(other, least_hours)}"
            )
    return None


def dose_on(doses: Sequence[DoseTaken], night: date) -> DoseTaken | None:
    """Return the dose of a night, or ``None`` where none was recorded."""
    return next((d for d in doses if d.night == night), None)


def _next_time(other: DoseTaken, least_hours: float) -> str:
    if other.instant is None:
        return ""
    free = (other.instant + timedelta(hours=least_hours)).astimezone(ZoneInfo(other.zone))
    return f"; the next possible time is {free:%Y-%m-%d %H:%M}"


def _dose(row: Row, boundary_hour: int) -> DoseTaken | None:
    night, zone = row.day("night"), row.zone("zone")
    pack, capsules, mg = row.whole("pack"), row.number("capsules"), row.number("mg")
    for name, value in (("capsules", capsules), ("mg", mg)):
        if value is not None and value < 0:
            row.fault(f"{name} {value:g} is less than nothing", "Write 0 for a dose left out")
    if night is None or zone is None:
        return None
    instant = _instant(row, night, zone, boundary_hour)
    return DoseTaken(night, instant, zone, pack, capsules, mg)


def _instant(row: Row, night: date, zone: str, boundary_hour: int) -> datetime | None:
    text = row.text("time")
    if not text:
        return None
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        row.fault(f"time {text!r} is not a time of day", "Write it as 21:30")
        return None
    day = night if clock.hour >= boundary_hour else night + timedelta(days=1)
    local = datetime.combine(day, clock, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).time() != clock:
        row.fault(
            f"{text} did not exist on {day} in {zone}: the clocks went forward",
            "Write the time the clock showed",
        )
        return None
    if local.replace(fold=1).astimezone(UTC) != instant:
        row.note(
            f"{text} came twice on {day} in {zone}: the clocks went back",
            "The first of the two was taken",
        )
    return instant
