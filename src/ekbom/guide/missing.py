"""What a trial still lacks: mornings, answers, doses, and what must be done before it can go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ekbom.design.calendar import Calendar, CalendarNight
from ekbom.guide.place import is_drawn
from ekbom.guide.situation import Situation, situation_of
from ekbom.protocol.model import Protocol
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind

PARTS = ("evening", "morning")
"""The parts of a night that can be skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingNight:
    """A night without any answer that can still be filled in, and was not skipped.

    ``late``: the night is over, so that what is written now is marked late.
    """

    night: date
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How far the morning's report on a night has come: the items ``answered`` and ``open``.

    ``left_out``: the person said that it will have no answers; it may have some all the same.
    """

    night: date
    answered: tuple[str, ...]
    open: tuple[str, ...]
    left_out: bool = False

    @property
    def asked(self) -> int:
        """Return how many questions there are."""
        return len(self.answered) + len(self.open)

    @property
    def is_partial(self) -> bool:
        """Return whether some of it is answered, and some is open."""
        return bool(self.answered and self.open)

    @property
    def is_skipped(self) -> bool:
        """Return whether it was left out as a whole."""
        return self.left_out and not self.answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that is missing, with the nights (newest first) or the items it is about.

    ``id`` is one of: ``mornings``, ``answers``, ``doses``, ``screening``, ``dose_fixed``,
    ``draw``, ``packs``, ``verdict`` (it is ready and nobody has asked for it here).
    """

    id: str
    nights: tuple[date, ...] = ()
    items: tuple[str, ...] = ()


def missing_nights(*, trial: Trial, now: datetime) -> tuple[MissingNight, ...]:
    """Return the nights whose morning report can still be filled in, the newest first.

    ``now`` is aware.  Paused nights, dates that the clock skipped and nights after the trial's end
    ask for nothing.
    """
    return _missing_nights(situation_of(trial=trial, now=now))


def reports_of(here: Situation) -> tuple[Report, ...]:
    """Return the reports that the plan has asked for so far, the newest night first."""
    if here.trial.protocol.imported:
        return ()
    calendar, protocol = here.calendar, here.trial.protocol
    past = [n.night for n in reversed(_asked(here)) if n.night < here.night]
    return tuple(
        report_of(here.trial, one, items_due(protocol=protocol, calendar=calendar, night=one))
        for one in past
    )


def report_of(trial: Trial, night: date, items: tuple[str, ...]) -> Report:
    """Return how far the report on a night has come; ``items`` are what its morning asks."""
    answers = next((n.answers for n in trial.diary.nights if n.date == night), {})
    return Report(
        night=night,
        answered=tuple(item for item in items if item in answers),
        open=tuple(item for item in items if item not in answers),
        left_out=is_skipped(trial, night, "morning"),
    )


def gaps_of(here: Situation) -> tuple[Gap, ...]:
    """Return all that is missing, what keeps the trial from going on first."""
    if here.trial.protocol.imported:
        return ()
    return (*_gaps_of_the_way(here), *_gaps_of_the_diary(here))


def items_due(*, protocol: Protocol, calendar: Calendar, night: date) -> tuple[str, ...]:
    """Return the items that the morning after ``night`` asks for, in the protocol's order.

    Those asked once a period are due for its last night.
    """
    found = calendar.at(night)
    # A pause, and the nights that run again after it, lie within their period.
    closes = found is not None and found.period is not None and night == _last(calendar, found)
    outcomes = [
        o.id
        for o in protocol.outcomes
        if (closes if o.schedule == "period" else o.speaks_of == "last_night")
    ]
    return (*outcomes, *(s.id for s in protocol.side_effects))


def unanswered(here: Situation, night: date, items: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of ``items`` that have no answer for ``night`` and were not skipped."""
    answers = next((n.answers for n in here.trial.diary.nights if n.date == night), {})
    evening = evening_items(here.trial.protocol)
    left_out = {part for part in PARTS if is_skipped(here.trial, night, part)}
    return tuple(
        item
        for item in items
        if item not in answers and ("evening" if item in evening else "morning") not in left_out
    )


def evening_items(protocol: Protocol) -> tuple[str, ...]:
    """Return the items that are asked on the evening itself, in the protocol's order."""
    return tuple(
        o.id for o in protocol.outcomes if o.schedule == "nightly" and o.speaks_of == "today"
    )


def is_skipped(trial: Trial, night: date, part: str) -> bool:
    """Return whether the person said that one of `PARTS` of a night will have no answers."""
    skips = of_kind(trial.events, "skipped")
    return any(e.day("night") == night and e.detail["part"] == part for e in skips)


def is_asked(here: Situation, night: date) -> bool:
    """Return whether the plan asks for a report on ``night``."""
    return any(n.night == night for n in _asked(here))


def _last(calendar: Calendar, found: CalendarNight) -> date:
    return max(n.night for n in calendar.randomised if n.period == found.period)


def _missing_nights(here: Situation) -> tuple[MissingNight, ...]:
    answered = {n.date for n in here.trial.diary.nights}
    return tuple(
        MissingNight(night=n.night, late=here.current > n.night)
        for n in reversed(_asked(here))
        if n.night < here.night
        and n.night not in answered
        and not is_skipped(here.trial, n.night, "morning")
    )


def _asked(here: Situation) -> list[CalendarNight]:
    """Return the nights up to tonight that the plan asks about."""
    ended = last_of(here.trial.events, "ended")
    last = here.calendar.last if ended is None else ended.day("last") or here.calendar.last
    return [
        n
        for n in here.calendar.nights
        if n.night <= min(last, here.night)
        and n.phase not in ("paused", "unassigned")
        and here.trial.clock.begins(n.night) is not None
    ]


def _gaps_of_the_way(here: Situation) -> Iterator[Gap]:
    trial, phase = here.trial, here.place.phase
    running = phase not in ("ended", "over")
    if running and (here.barred or (here.draw_is_open and here.screened == "old")):
        yield Gap(id="screening")
    if phase == "waiting" and trial.protocol.dose is not None:
        yield Gap(id="dose_fixed")
    if here.draw_is_open:
        yield Gap(id="draw")
    if here.packs_are_open:
        yield Gap(id="packs")
    if here.is_over and is_drawn(trial):
        yield Gap(id="verdict")


def _gaps_of_the_diary(here: Situation) -> Iterator[Gap]:
    mornings = tuple(n.night for n in _missing_nights(here))
    if mornings:
        yield Gap(id="mornings", nights=mornings)
    items = items_due(protocol=here.trial.protocol, calendar=here.calendar, night=here.last)
    open_items = unanswered(here, here.last, items)
    if here.last not in mornings and is_asked(here, here.last) and open_items:
        yield Gap(id="answers", nights=(here.last,), items=open_items)
    doses = tuple(_doses(here))
    if doses:
        yield Gap(id="doses", nights=doses)


def _doses(here: Situation) -> Iterator[date]:
    """Yield the past nights with capsules of which nothing is written down, the newest first."""
    if here.trial.protocol.dose is None:
        return
    recorded = {d.night for d in here.trial.doses}
    for n in reversed(_asked(here)):
        planned = n.phase in ("titration", "randomised") and n.night < here.night
        skipped = is_skipped(here.trial, n.night, "evening")
        if planned and n.night not in recorded and not skipped:
            yield n.night
