"""What the events of a trial mean for its clock and its calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from ekbom.design.calendar import Happened, Pause
from ekbom.design.clock import Clock, ZoneChange
from ekbom.protocol.model import Protocol
from ekbom.trial.events import Event


def clock_of(*, protocol: Protocol, zone: str, events: Sequence[Event]) -> Clock:
    """Return the person's clock: the zone at the start and every recorded change of it."""
    changes = [ZoneChange(e.instant, e.detail["zone"]) for e in of_kind(events, "zone changed")]
    return Clock(
        zone,
        tuple(sorted(changes, key=lambda change: change.instant)),
        boundary_hour=protocol.boundary_hour,
        evening_hour=protocol.evening_hour,
    )


def happened_so_far(events: Sequence[Event], *, clock: Clock) -> Happened:
    """Return what the calendar depends on; the last of two contradicting events counts.

    ``clock`` is the trial's own: it says from which night on an event without one counts.
    When the dose was fixed and the packs were ready is told by the first such event, so that a
    later one cannot move nights that were already lived.
    """
    fixed, ready = last_of(events, "dose fixed"), last_of(events, "packs ready")
    ended = last_of(events, "ended")
    return Happened(
        dose_fixed=_first_instant(events, "dose fixed"),
        packs_ready=_first_instant(events, "packs ready"),
        pauses=_pauses(events),
        period_ends=tuple(_days(events, "period ended", "last")),
        ended=ended.day("last") if ended else None,
        capsules=fixed.detail.get("capsules") if fixed else None,
        spare_nights=ready.detail.get("spare_nights") if ready else None,
        step_downs=_step_downs(events, clock),
    )


def evening_of(clock: Clock, instant: datetime) -> date:
    """Return the night whose capsules are meant at ``instant`` (aware) when none is named.

    From six hours before a night begins, in the morning, the next capsules are meant.
    """
    return clock.night_of(instant + timedelta(hours=6))


def of_kind(events: Sequence[Event], *kinds: str) -> list[Event]:
    """Return the events of some kinds, in order."""
    return [e for e in events if e.kind in kinds]


def last_of(events: Sequence[Event], kind: str) -> Event | None:
    """Return the last event of a kind, or ``None``."""
    return next((e for e in reversed(events) if e.kind == kind), None)


def _first_instant(events: Sequence[Event], kind: str) -> datetime | None:
    return next((e.instant for e in events if e.kind == kind), None)


def _pauses(events: Sequence[Event]) -> tuple[Pause, ...]:
    """Pair each pause with the first later resume."""
    pauses = []
    first: date | None = None
    for event in of_kind(events, "pause", "resume"):
        night = event.day("first")
        if event.kind == "pause" and first is None:
            first = night
        elif event.kind == "resume" and first is not None and night is not None:
            pauses.append(Pause(first, night))
            first = None
    if first is not None:
        pauses.append(Pause(first, None))
    return tuple(pauses)


def _step_downs(events: Sequence[Event], clock: Clock) -> tuple[tuple[date, float], ...]:
    """Return the step downs since the dose was last fixed; an earlier one was of other capsules."""
    fixed = last_of(events, "dose fixed")
    return tuple(
        (e.day("night") or evening_of(clock, e.instant), float(e.detail["capsules"]))
        for e in of_kind(events, "step down")
        if fixed is None or e.id > fixed.id
    )


def _days(events: Sequence[Event], kind: str, name: str) -> list[date]:
    return [day for e in of_kind(events, kind) if (day := e.day(name)) is not None]
