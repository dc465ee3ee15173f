"""A trial's calendar with the blind lifted, as arrays that the models read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats, exposure
from ekbom.design.calendar import Calendar, CalendarNight
from ekbom.design.design import Sequence
from ekbom.design.plan import numbers
from ekbom.protocol.model import Protocol
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import of_kind

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every night of the calendar, shapes (T,), with the treatment it was allocated.

    ``period`` counts from 0, -1 where no treatment is allocated; ``treated`` and ``analysed`` are
    what the plan says, whatever was taken or answered; ``dose`` is the share of the fixed dose;
    ``trend`` runs from -1/2 on the first to 1/2 on the last planned randomised night; ``known``
    marks the nights after the whole allocation was opened, ``told`` those after an incident, to
    the end of its pair.  ``sequence`` is the treatment of each period as a number.
    """

    calendar: Calendar
    sequence: Sequence
    period: NDArray[np.int64]
    block: NDArray[np.int64]
    treated: Flags
    analysed: Flags
    dose: Floats
    trend: Floats
    known: Flags
    told: Flags

    @property
    def dates(self) -> list[date]:
        """Return the date of every night."""
        return [n.night for n in self.calendar.nights]

    @property
    def randomised(self) -> Flags:
        """Return which nights belong to a randomised period."""
        return self.period >= 0

    @property
    def compares(self) -> bool:
        """Return whether the plan analyses nights of both treatments; if not, D(tau) is unknown."""
        planned = self.analysed & self.randomised
        return bool((planned & self.treated).any() and (planned & ~self.treated).any())

    def place(self, night: date | None) -> int | None:
        """Return the place of the randomised night that an event of ``night`` belongs to.

        A night between two periods or in a pause belongs to the randomised night before it;
        ``None`` before the first and after the last.
        """
        places = np.flatnonzero(self.randomised)
        if night is None or not len(places):
            return None
        wanted = self.calendar.index(night)
        before = places[places <= wanted]
        return int(before[-1]) if len(before) and wanted <= places[-1] else None

    def levels(self, tau: Floats) -> tuple[Floats, Floats]:
        """Return the mean exposure on treatment and on reference nights, for each of the taus.

        Both means are over the planned analysed nights, under the allocated sequence; there are
        such means only where the schedule ``compares``.
        """
        level = exposure(self.dose, tau=tau)
        on = self.analysed & self.treated
        off = self.analysed & self.randomised & ~self.treated
        return level[..., on].mean(axis=-1), level[..., off].mean(axis=-1)

    def contrast(self, tau: Floats) -> Floats:
        """Return D(tau), by which the effect of full exposure becomes the one this trial shows."""
        treated, untreated = self.levels(tau)
        return treated - untreated


def lay_out(*, trial: Trial, calendar: Calendar, treatments: tuple[str, ...]) -> Schedule:
    """Return the calendar as arrays; ``treatments`` names the treatment of each period."""
    planned = plan_schedule(
        protocol=trial.protocol,
        calendar=calendar,
        sequence=numbers(trial.protocol, treatments),
        fixed=trial.fixed_dose(),
    )
    return replace(
        planned,
        known=_from_event(trial, calendar, "unblinding"),
        told=_incidents(trial, calendar, planned.period, planned.block),
    )


def plan_schedule(
    *, protocol: Protocol, calendar: Calendar, sequence: Sequence, fixed: float | None = None
) -> Schedule:
    """Return a calendar as arrays as if nothing had been told or opened on the way.

    ``sequence`` is the treatment of each period as a number, ``fixed`` the tolerated dose in mg,
    the highest of the ladder if ``None``.
    """
    nights = calendar.nights
    period = np.array([-1 if n.period is None else n.period - 1 for n in nights], dtype=np.int64)
    code = np.array([*sequence, 0], dtype=np.int64)[period]
    block = np.array([-1 if n.block is None else n.block - 1 for n in nights], dtype=np.int64)
    nothing = np.zeros(len(nights), dtype=bool)
    return Schedule(
        calendar=calendar,
        sequence=sequence,
        period=period,
        block=block,
        treated=(code == 1) & (period >= 0),
        analysed=np.array([n.analysed for n in nights], dtype=bool),
        dose=np.where(period >= 0, code, _titration(protocol, nights, fixed)),
        trend=_trend(period),
        known=nothing,
        told=nothing,
    )


def _titration(
    protocol: Protocol, nights: tuple[CalendarNight, ...], fixed: float | None
) -> Floats:
    """Return the open doses before the trial, as shares of the dose that was fixed."""
    steps = protocol.phases.titration
    full = fixed or (protocol.dose.ladder[-1] if protocol.dose else 1.0)
    shares = [0.0 if n.step is None else steps[n.step - 1].mg / full for n in nights]
    return np.array(shares, dtype=float)


def _trend(period: NDArray[np.int64]) -> Floats:
    places = np.flatnonzero(period >= 0)
    first, last = places[0], places[-1]
    trend: Floats = (np.arange(len(period)) - first) / max(last - first, 1) - 0.5
    return trend


def _from_event(trial: Trial, calendar: Calendar, kind: str) -> Flags:
    """Return the nights from the first event of a kind on."""
    days = [day for e in of_kind(trial.events, kind) if (day := e.day("night")) is not None]
    first = min(days, default=None)
    return np.array([first is not None and n.night >= first for n in calendar.nights], dtype=bool)


def periods_told(
    *, event: Event, calendar: Calendar, period: NDArray[np.int64], block: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the periods, from 0, whose treatment an incident showed: a whole pair, or one.

    An incident that names a period concerns the pair of that one, which may be over or still to
    come.  One that names none concerns the pair being lived: in a pause the one that goes on after
    it; between two pairs, the earlier of which is over, and after the last night it concerns none.
    """
    unit = np.where(block >= 0, block, period)
    places, named = np.flatnonzero(period >= 0), event.detail.get("period")
    first = calendar.index(date.fromisoformat(event.detail["night"]))
    later, earlier = places[places >= first], places[places < first]
    if named is not None:
        later = np.flatnonzero(period == named - 1)
    elif len(later) and len(earlier) and later[0] != first:
        later = later[unit[later] == unit[earlier[-1]]]
    return np.unique(period[(period >= 0) & np.isin(unit, unit[later[:1]])])


def _incidents(
    trial: Trial, calendar: Calendar, period: NDArray[np.int64], block: NDArray[np.int64]
) -> Flags:
    """Return the nights from each incident to the end of its pair, or period where none is paired.

    Nothing is left of a pair that is over; of one to come it is every night.
    """
    told = np.zeros(len(period), dtype=bool)
    for event in of_kind(trial.events, "incident"):
        shown = periods_told(event=event, calendar=calendar, period=period, block=block)
        first = calendar.index(date.fromisoformat(event.detail["night"]))
        told |= (np.arange(len(period)) >= first) & np.isin(period, shown)
    return told
