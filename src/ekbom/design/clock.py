"""The one rule of time: which night an instant belongs to."""

from __future__ import annotations

from collections.abc import Iterator
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
        return self._first_shown(night, self.boundary_hour)

    def night_of(self, instant: datetime) -> date:
        """Return the night that ``instant`` (aware) belongs to."""
        # Two days on, as a flight from UTC+14 to UTC-12 may follow the begin of a later night.
        night = self.local(instant).date() + 2 * _DAY
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
        night = self.night_of(instant)
        while (evening := self._evening(night)) is None or evening <= instant:
            night += _DAY
        return night

    def night_spoken_of(self, instant: datetime) -> date | None:
        """Return the night that a morning's answer speaks of, or ``None`` from the evening on.

        An answer about "last night" belongs to the night begun the evening before; once the next
        evening has begun nobody can say which night was meant.
        """
        if self.local(instant).time() >= time(self.evening_hour):
            return None
        night = self.night_of(instant)
        while (evening := self._evening(night)) is None or evening > instant:
            night -= _DAY
        return night

    def shown(self, night: date, wall: time, *, zone: str = "") -> list[datetime]:
        """Return the UTC instants of ``night`` at which its clock shows ``wall``, in order.

        Mostly one; none where the clocks went forward over it; several where they went back or the
        person flew east.  With ``zone``, only those at which a clock of that zone shows it.
        """
        start = self.begins(night)
        if start is None:
            return []
        end = self.ends(night)
        found = set()
        for zone_shown in {zone} if zone else {self.zone, *(c.zone for c in self.changes)}:
            for instant in _instants(wall, ZoneInfo(zone_shown), start, end):
                if zone or self.zone_at(instant) == zone_shown:
                    found.add(instant)
        return sorted(found)

    def _evening(self, night: date) -> datetime | None:
        """Return when the evening of ``night`` begins; ``None`` if a flight west leaves it out."""
        return self._first_shown(night, self.evening_hour)

    def _first_shown(self, day: date, hour: int) -> datetime | None:
        """Return when the clock first shows ``day`` at ``hour`` or later."""
        starts = []
        for first, end, zone in self._segments():
            tz = ZoneInfo(zone)
            start = max(datetime.combine(day, time(hour), tz).astimezone(UTC), first)
            if start < end and start.astimezone(tz).date() == day:
                starts.append(start)
        return min(starts, default=None)

    def _segments(self) -> list[tuple[datetime, datetime, str]]:
        firsts = [_EVER, *(c.instant for c in self.changes)]
        zones = [self.zone, *(c.zone for c in self.changes)]
        return list(zip(firsts, [*firsts[1:], _NEVER], zones, strict=True))


def _instants(wall: time, tz: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants from ``start`` to ``end`` at which a clock in ``tz`` shows ``wall``."""
    day = start.astimezone(tz).date()
    while day <= end.astimezone(tz).date():
        for fold in (0, 1):
            instant = datetime.combine(day, wall.replace(fold=fold), tz).astimezone(UTC)
            if start <= instant < end and instant.astimezone(tz).time() == wall:
                yield instant
        day += _DAY
