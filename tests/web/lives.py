"""A simulated person lives a trial that is kept in the database, a whole phase at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from ekbom.analysis.schedule import lay_out
from ekbom.diary.entries import derive_diary
from ekbom.protocol.files import built_in, with_design
from ekbom.protocol.model import Protocol
from ekbom.simulation.folder import demonstrated
from ekbom.simulation.layout import layout_of
from ekbom.simulation.participant import Participant, live
from ekbom.trial.additions import add_answers, add_dose
from ekbom.trial.blinding import blinding_of
from ekbom.trial.folder import Trial
from ekbom.trial.randomise import Screening, add_screening
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import change, current_row, load, register

ZONE = "Europe/Berlin"
FIRST = date(2026, 3, 1)
FAST = built_in("magnesium-rls-fast")
DAY = timedelta(days=1)
TITRATION, WASHOUT, PERIODS, OVER = (FIRST + n * DAY for n in (14, 28, 42, 126))
"""The first nights of what comes after the baseline, and the night after the last."""


def short() -> Protocol:
    """Return the fast protocol with two pairs, for tests in which the numbers do not matter."""
    return with_design(FAST, pairs=2)


def at(night: date, clock: str) -> datetime:
    """Return when Berlin's clocks show a time in a night; before noon it is the next morning."""
    wall = time.fromisoformat(clock)
    day = night + DAY if wall < time(12) else night
    return datetime.combine(day, wall, ZoneInfo(ZONE)).astimezone(UTC)


def registered(
    person: Person, clock: Callable[..., datetime], *, protocol: Protocol = FAST
) -> TrialRow:
    """Register a trial on the evening of its first night, screened by Dr. Chen."""
    screening = Screening(by="Dr. Chen", on=FIRST)
    now = clock.set(f"{FIRST}T20:00+01:00")
    return register(
        person,
        protocol=protocol,
        start=FIRST,
        zone=ZONE,
        now=now,
        steps=(lambda t: add_screening(t, screening=screening, now=now),),
    )


def tolerates(person: Person, *, until: date = WASHOUT, capsules: bool = True) -> None:
    """Answer every night before ``until``, and take 1 and then 2 capsules where they are open."""
    now = at(until - DAY, "09:00")

    def nights(trial: Trial) -> Trial:
        for number in range((until - FIRST).days):
            night = FIRST + number * DAY
            answers = {"urge": 6.0, "loose_stools": 0.0, "nausea": 0.0, "belly_pain": 0.0}
            morning, taken = at(night, "07:30"), 1 + (number >= 21)
            if capsules and night >= TITRATION:
                trial = add_dose(
                    trial,
                    night=night,
                    instant=at(night, "21:30"),
                    capsules=taken,
                    mg=100 * taken,
                    now=now,
                )
            trial = add_answers(trial, night=night, answers=answers, now=now, instant=morning)
        return trial

    change(current_row(person), nights, now=now)


def lives(
    person: Person, *, until: date = OVER, body: Participant | None = None, seed: int = 1
) -> None:
    """Live the randomised nights before ``until``: the body feels what the packs really hold."""
    now = at(until - DAY, "09:00")

    def nights(trial: Trial) -> Trial:
        calendar = trial.calendar()
        treatments = blinding_of(trial).open(trial=trial).treatments
        schedule = lay_out(trial=trial, calendar=calendar, treatments=treatments)
        layout = replace(layout_of(trial.protocol), schedule=schedule)
        orders = np.array([schedule.sequence], dtype=np.int8)
        rng = np.random.default_rng(seed)
        lived = live(participant=body or demonstrated(), layout=layout, orders=orders, rng=rng)
        for n, (found, value) in enumerate(zip(calendar.nights, lived.value[0], strict=True)):
            if found.phase != "randomised" or found.night >= until:
                continue
            taken = 2.0 * bool(lived.swallowed[0][n])
            trial = add_dose(
                trial,
                night=found.night,
                instant=at(found.night, "21:30") if taken else None,
                capsules=taken,
                mg=None,
                now=now,
            )
            if np.isfinite(value):
                morning = at(found.night, "07:30")
                answers = {"urge": float(np.clip(np.rint(value), 0, 10)), "loose_stools": 0.0}
                trial = add_answers(
                    trial, night=found.night, answers=answers, now=now, instant=morning
                )
        return replace(trial, diary=derive_diary(trial.entries))

    change(current_row(person), nights, now=now)


def trial_of(person: Person, now: datetime) -> Trial:
    """Return a person's trial as it stands in the database."""
    return load(current_row(person), now=now)


def kinds(person: Person, now: datetime) -> list[str]:
    """Return the kinds of all events in order."""
    return [event.kind for event in trial_of(person, now).events]
