"""The steps of tonight: each with what it is about and when it is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from ekbom.guide.guesses import guess_due, is_opened, known_from
from ekbom.guide.missing import Report, is_asked, items_due, report_of, unanswered
from ekbom.guide.place import is_drawn
from ekbom.guide.situation import Situation
from ekbom.trial.happened import happened_so_far, last_of

When = Literal["now", "this evening", "in the morning", "waiting", "done", "any time"]

WHENS: tuple[When, ...] = ("now", "this evening", "in the morning", "waiting", "done", "any time")
"""When a step is due, in the order in which steps are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do, with what it is about; what does not apply is empty or ``None``.

    ``id`` is one of: ``advice`` (what tolerability says), ``record`` (``items`` are the events it
    names), ``screen`` (``because`` it stands as `Screened` says), ``fix_dose`` (``mg`` at most,
    ``capsules`` as last taken), ``randomise``, ``packs``, ``packs_again`` (a pair is unfinished),
    ``pause`` (from ``night`` on, as nobody knew its treatment), ``begin``, ``wait`` (``because`` of
    a phase), ``resume``, ``last_night`` and ``morning`` (``items`` to answer of ``night``; what is
    done stands so ``because`` it was ``skipped`` or answered ``partly``), ``dose``, ``no_capsules``
    (``because`` something ``changed``), ``treatment``, ``evening_answers``, ``guess`` (of
    ``period``, which ended with ``night``), ``last_guess``, ``unblind`` (open the order, known from
    ``night`` on), ``verdict``, ``no_verdict``, ``change``, ``signs``.

    ``waits_for`` names the step that comes first.  ``until`` is the night on which the waiting
    ends, by what is known now; ``earliest`` the instant (UTC) before which it must not or cannot be
    done.  ``mg`` is elemental, and of a randomised night what magnesium capsules would hold.
    ``late`` answers are marked as such.
    """

    id: str
    when: When
    night: date | None = None
    items: tuple[str, ...] = ()
    capsules: float | None = None
    mg: float | None = None
    pack: int | None = None
    period: int | None = None
    late: bool = False
    waits_for: str = ""
    because: str = ""
    until: date | None = None
    earliest: datetime | None = None


def steps_of(here: Situation) -> tuple[Step, ...]:
    """Return every step, by when it is due; the last two stand there always."""
    found = [*_advice(here), *_way(here), *_diary(here), *_guess(here), *_again(here), *_end(here)]
    found += [Step(id="change", when="any time"), Step(id="signs", when="any time")]
    return tuple(sorted(found, key=lambda step: WHENS.index(step.when)))


def _advice(here: Situation) -> Iterator[Step]:
    advice = here.advice
    if advice is None:
        return
    nothing_to_lower = advice.action == "step down" and not here.next_planned
    known = advice.action == "end" and here.place.phase == "ended"
    if advice.action == "go on" or nothing_to_lower or known:
        return
    night = advice.night or here.night
    yield Step(id="advice", when="now", night=night)
    # Whether an offer was noted today cannot be told from it; so notes are not asked for.
    kinds = tuple(record.kind for record in advice.record if record.kind != "note")
    if kinds:
        yield Step(id="record", when="now", night=night, items=kinds)


def _way(here: Situation) -> Iterator[Step]:
    """Yield what brings the trial on: screening, dose, draw, packs, and what it waits for."""
    phase = here.place.phase
    if phase == "before":
        yield Step(id="begin", when="waiting", until=here.trial.start)
    if phase in ("imported", "before", "ended", "over"):
        return
    if here.barred and not here.draw_is_open:
        yield Step(id="screen", when="now", because=here.screened)
    if phase == "waiting" and here.trial.protocol.dose is not None:
        yield _fix_dose(here)
    if here.draw_is_open:
        yield from _draw(here)
    if here.packs_are_open:
        evening = here.trial.clock.first_evening_after(here.now)
        first = max(here.calendar.randomised[0].night, evening)
        yield Step(id="packs", when="now", until=first)
    yield from _waiting(here)


def _fix_dose(here: Situation) -> Step:
    most = None if here.advice is None else here.advice.tolerated_mg
    open_doses = (d for d in reversed(here.trial.doses) if d.mg and d.capsules)
    taken = (d.capsules for d in open_doses if d.mg == most)
    return Step(id="fix_dose", when="now", mg=most, capsules=next(taken, None))


def _draw(here: Situation) -> Iterator[Step]:
    first = here.calendar.randomised[0]
    if here.screened not in ("not needed", "fit"):
        yield Step(id="screen", when="now", because=here.screened)
        yield Step(id="randomise", when="waiting", waits_for="screen")
    elif first.night < here.current and not first.expected:
        yield Step(id="pause", when="now", night=first.night)
        yield Step(id="randomise", when="waiting", waits_for="pause")
    else:
        yield Step(id="randomise", when="now")


def _waiting(here: Situation) -> Iterator[Step]:
    phase, nights = here.place.phase, here.calendar.nights
    later = [n for n in nights if n.night > here.night]
    if phase == "paused":
        until = _resumed(here)
        name = "resume" if until is None else "wait"
        yield Step(id=name, when="waiting", night=here.night, until=until, because=phase)
    elif phase == "washout" and not (here.draw_is_open or here.packs_are_open):
        until = next((n.night for n in later if n.phase == "randomised"), None)
        yield Step(id="wait", when="waiting", until=until, because=phase)


def _resumed(here: Situation) -> date | None:
    """Return the night on which tonight's pause ends, ``None`` while that is open."""
    happened = happened_so_far(here.trial.events, clock=here.trial.clock)
    ends = [p.resumed for p in happened.pauses if p.first <= here.night]
    return next((end for end in ends if end is not None and end > here.night), None)


def _diary(here: Situation) -> Iterator[Step]:
    yield from _last_night(here)
    yield from _capsules(here)
    if not is_asked(here, here.night):
        return
    evening = tuple(
        o.id
        for o in here.trial.protocol.outcomes
        if o.schedule == "nightly" and o.speaks_of == "today"
    )
    if evening:
        open_items = unanswered(here, here.night, evening)
        when: When = _this_evening(here) if open_items else "done"
        yield Step(id="evening_answers", when=when, night=here.night, items=open_items)
    items = _items(here, here.night)
    yield Step(id="morning", when="in the morning", night=here.night, items=items)


def _last_night(here: Situation) -> Iterator[Step]:
    night = here.last
    if here.place.phase == "imported" or here.calendar.at(night) is None:
        return
    open_items = unanswered(here, night, _items(here, night))
    when: When = "now" if _is_due(here, open_items) else "done"
    if not is_asked(here, night):
        if here.place.phase != "ended" or night < here.trial.start or when == "done":
            return
        when = "any time"
    late = here.current > night
    if when == "done":
        yield told_step(report_of(here.trial, night, _items(here, night)), late=late)
    else:
        yield Step(id="last_night", when=when, night=night, items=open_items, late=late)


def told_step(report: Report, *, late: bool) -> Step:
    """Return the step of a report that needs nothing more, with what is open of it all the same."""
    why = "skipped" if report.is_skipped else "partly" if report.is_partial else ""
    return Step(
        id="last_night", when="done", night=report.night, items=report.open, late=late, because=why
    )


def _is_due(here: Situation, open_items: tuple[str, ...]) -> bool:
    """Return whether last night was not answered, or not the question that the trial is about."""
    primary = here.trial.protocol.primary.id
    answered = any(n.date == here.last for n in here.trial.diary.nights)
    return bool(open_items) and (primary in open_items or not answered)


def _items(here: Situation, night: date) -> tuple[str, ...]:
    return items_due(protocol=here.trial.protocol, calendar=here.calendar, night=night)


def _capsules(here: Situation) -> Iterator[Step]:
    place, when = here.place, _this_evening(here)
    if place.phase == "randomised" and not here.planned:
        yield Step(id="treatment", when=when, night=here.night, pack=place.pack)
    if not here.planned:
        return
    recorded = next((d for d in here.trial.doses if d.night == here.night), None)
    if recorded is not None:
        yield Step(id="dose", when="done", night=here.night, capsules=recorded.capsules)
    elif here.stopped:
        why = "changed" if here.kept_away else ""
        until = here.away_until
        yield Step(id="no_capsules", when=when, night=here.night, because=why, until=until)
    elif here.barred:
        yield Step(id="dose", when="waiting", night=here.night, waits_for="screen")
    else:
        yield _dose(here, when)


def _dose(here: Situation, when: When) -> Step:
    advice = here.advice_tonight
    advised = None if advice is None else advice.capsules
    known = [n for n in (here.place.capsules, advised) if n is not None]
    return Step(
        id="dose",
        when=when,
        night=here.night,
        capsules=min(known, default=None),
        mg=here.place.mg if advice is None else advice.mg,
        pack=here.place.pack,
        earliest=_earliest(here),
    )


def _earliest(here: Situation) -> datetime | None:
    """Return the first instant that is far enough from the last dose, if the evening is before."""
    dose, clock = here.trial.protocol.dose, here.trial.clock
    taken = [d.instant for d in here.trial.doses if d.instant is not None and d.capsules != 0]
    evening = clock.shown(here.night, time(clock.evening_hour))
    if dose is None or not taken:
        return None
    free = max(taken) + timedelta(hours=dose.least_hours)
    return free if free > max([here.now, *evening[:1]]) else None


def _this_evening(here: Situation) -> When:
    return "now" if here.evening_has_begun else "this evening"


def _guess(here: Situation) -> Iterator[Step]:
    due = guess_due(here)
    if due is not None:
        period, last = due
        yield Step(id="guess", when="now", period=period, night=last)


def _again(here: Situation) -> Iterator[Step]:
    # After the night's own steps, as these packs are for later nights.
    if here.packs_are_begun_anew:
        yield Step(id="packs_again", when="now")


def _end(here: Situation) -> Iterator[Step]:
    trial, last = here.trial, here.calendar.last
    if here.place.phase == "imported":
        yield Step(id="verdict", when="now")
    elif here.is_over and is_drawn(trial):
        yield from _opening(here)
    elif here.is_over:
        yield Step(id="no_verdict", when="now")
    elif here.place.phase == "over":
        yield Step(id="verdict", when="waiting", earliest=trial.clock.ends(last))


def _opening(here: Situation) -> Iterator[Step]:
    """Yield the last guess, then the opening of the order, then the verdict."""
    if is_opened(here):
        yield Step(id="verdict", when="now")
        return
    if last_of(here.trial.events, "last guess") is None:
        yield Step(id="last_guess", when="now")
        yield Step(id="verdict", when="waiting", waits_for="last_guess")
    else:
        yield Step(id="unblind", when="now", night=known_from(here))
        yield Step(id="verdict", when="waiting", waits_for="unblind")
