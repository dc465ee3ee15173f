"""The calendar of a trial in stretches that a person knows by name; never a treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ekbom.design.calendar import Calendar, CalendarNight
from ekbom.protocol.model import Protocol
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive nights of one phase, step or period."""

    name: str
    nights: tuple[CalendarNight, ...]

    @property
    def first(self) -> date:
        """Return its first night."""
        return self.nights[0].night

    @property
    def last(self) -> date:
        """Return its last night."""
        return self.nights[-1].night

    @property
    def expected(self) -> bool:
        """Return whether its last night still hangs on something that has not happened yet."""
        return self.nights[-1].expected


def stretches(*, trial: Trial, calendar: Calendar) -> tuple[Stretch, ...]:
    """Return the stretches of a calendar, up to the last night where a trial was ended."""
    ended = last_of(trial.events, "ended")
    cut = None if ended is None else ended.day("last")
    nights = [n for n in calendar.nights if cut is None or n.night <= cut]
    groups = groupby(nights, key=lambda n: (n.phase, n.step, n.period))
    return tuple(_stretch(trial.protocol, tuple(members)) for _key, members in groups)


def _stretch(protocol: Protocol, nights: Sequence[CalendarNight]) -> Stretch:
    return Stretch(_name(protocol, nights[0]), tuple(nights))


_NAMES: Mapping[str, Promise] = {
    "baseline": gettext_lazy("Diary only, before any capsule"),
    "waiting": gettext_lazy("Waiting"),
    "washout": gettext_lazy("No magnesium"),
    "paused": gettext_lazy("Pause"),
    "unassigned": gettext_lazy("Between periods"),
}


def _name(protocol: Protocol, night: CalendarNight) -> str:
    if night.phase in _NAMES:
        return str(_NAMES[night.phase])
    if night.phase == "titration":
        mg = protocol.phases.titration[(night.step or 1) - 1].mg
        return _("Finding the dose: %(mg)g mg a night") % {"mg": mg}
    if protocol.dose is None:
        return _("Period %(period)d") % {"period": night.period}
    return _("Period %(period)d, pack %(pack)d") % {"period": night.period, "pack": night.pack}
