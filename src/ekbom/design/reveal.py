"""The only door from the calendar to the treatments; nothing in front of the blind may use it."""

from __future__ import annotations

from collections.abc import Sequence

from ekbom.design.calendar import Calendar


def reveal(*, calendar: Calendar, allocation: Sequence[str]) -> tuple[str | None, ...]:
    """Return the treatment of every night of the calendar, ``None`` where none is allocated.

    ``allocation`` names the treatment of each period, in order.  Raises ValueError if the
    calendar has more periods than the allocation.
    """
    periods = max((n.period or 0 for n in calendar.nights), default=0)
    if periods > len(allocation):
        raise ValueError(f"the calendar has {periods} periods, the allocation {len(allocation)}")
    return tuple(None if n.period is None else allocation[n.period - 1] for n in calendar.nights)
