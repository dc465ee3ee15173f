"""What every way of blinding does: how an allocation is prepared, kept and opened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ekbom.design.calendar import Calendar
from ekbom.design.reveal import reveal
from ekbom.problem import Problem
from ekbom.trial.folder import Trial
from ekbom.trial.seal import Seal


@dataclass(frozen=True, slots=True)
class Allocation:
    """The treatment of each period, in order, by name."""

    treatments: tuple[str, ...]


class Blinding(ABC):
    """A way of keeping the allocation from those who must not know it."""

    __slots__ = ()

    @abstractmethod
    def prepare(self, *, trial: Trial, seal: Seal) -> Mapping[str, bytes]:
        """Return the files that keep a freshly drawn seal, by name."""

    def pack_for_night(self, *, calendar: Calendar, night: date) -> int | None:
        """Return the number of the pack that the capsules of a night come from, if any.

        It is the period's number, whatever the way: no number may hang on what is in the pack.
        """
        found = calendar.at(night)
        return None if found is None else found.pack

    @abstractmethod
    def open(self, *, trial: Trial) -> Allocation:
        """Return the allocation.

        Raises RefusedError if it was not drawn yet or may not be opened, InputError if its files
        are damaged.
        """

    @abstractmethod
    def problems(self, *, trial: Trial) -> list[Problem]:
        """Return all that is wrong with the files that keep the allocation."""

    def reveal(self, *, trial: Trial, calendar: Calendar) -> tuple[str | None, ...]:
        """Return the treatment of every night of the calendar, ``None`` where there is none."""
        return reveal(calendar=calendar, allocation=self.open(trial=trial).treatments)
