"""The one rule of time: which night an instant belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """From ``instant`` (aware, UTC) on, the person's clocks show ``zone`` (an IANA name)."""

    instant: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The person's clock: the zone they live in, and every change of it.

    A night is dated by the evening it begins and lasts from the boundary hour (noon) to the next
    night's boundary hour, each on the clock then in force.  ``changes`` are in order of time.
    """

    zone: str
    changes: tuple[ZoneChange, ...] = ()
    boundary_hour: int = 12
    evening_hour: int = 18

    def zone_at(self, instant: datetime) -> str:
        """Return the zone in force at ``instant`` (aware)."""
        return next((c.zone for c in reversed(self.changes) if c.instant <= instant), self.zone)

    def local(self, instant: datetime) -> datetime:
        """Return what the person's clock shows at ``instant`` (aware)."""
        return instant.astimezone(ZoneInfo(self.zone_at(instant)))

    def begins(self, night: date) -> datetime | None:
        """Return the UTC instant at which ``night`` begins, or ``None`` if that date is skipped.

        A date is skipped when the person's clock never shows it, as on a flight west over the
        date line; a date that the clock shows twice begins once.
        """
        starts = []
        for first, end, zone in self._segments():
            tz = ZoneInfo(zone)
            boundary = datetime.combine(night, time(self.boundary_hour), tz).astimezone(UTC)
            start = max(boundary, first)
            if start < end and start.astimezone(tz).date() == night:
                starts.append(start)
        return min(starts, default=None)

    def night_of(self, instant: datetime) -> date:
        """Return the night that ``instant`` (aware) belongs to."""
        night = self.local(instant).date() + _DAY
        while True:
            start = self.begins(night)
            if start is not None and start <= instant:
                return night
            night -= _DAY

    def ends(self, night: date) -> datetime:
        """Return the UTC instant at which ``night`` is over: the next night's beginning."""
        following = night + _DAY
        while (start := self.begins(following)) is None:
            following += _DAY
        return start

    def first_evening_after(self, instant: datetime) -> date:
        """Return the first night whose evening has not begun at ``instant`` (aware)."""
        local = self.local(instant)
        night = local.date() if local.time() <= time(self.evening_hour) else local.date() + _DAY
        while self.begins(night) is None:
            night += _DAY
        return night

    def night_spoken_of(self, instant: datetime) -> date | None:
        """Return the night that a morning's answer speaks of, or ``None`` from the evening on.

        An answer about "last night" belongs to the night begun the evening before; once the next
        evening has begun nobody can say which night was meant.
        """
        local = self.local(instant)
        if local.time() >= time(self.evening_hour):
            return None
        night = local.date() - _DAY
        while self.begins(night) is None:
            night -= _DAY
        return night

    def _segments(self) -> list[tuple[datetime, datetime, str]]:
        firsts = [_EVER, *(c.instant for c in self.changes)]
        zones = [self.zone, *(c.zone for c in self.changes)]
        return list(zip(firsts, [*firsts[1:], _NEVER], zones, strict=True))
