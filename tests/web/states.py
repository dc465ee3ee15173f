"""People at every stage of a trial, each with a browser and a trial as old as that stage.

One instant for all, so that one server with one clock shows every stage.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np
from django.test import Client

from ekbom.diary.entries import derive_diary
from ekbom.problem import Problem
from ekbom.protocol.files import built_in
from ekbom.simulation.folder import demonstrated, simulate_trial
from ekbom.trial.additions import add_answers, add_event
from ekbom.trial.folder import Trial, trial_toml
from ekbom.trial.place import ALLOCATION, DIARY, SEAL, TRIAL
from ekbom.trial.randomise import Screening, add_screening
from ekbom.web.devices.known import COOKIE, know_device
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import begin_diary, bring_in, change, load, register
from web.way import plan_ana

NOW = datetime.fromisoformat("2026-03-01T21:00+01:00")
"""A Sunday evening in Berlin."""

ZONE = "Europe/Berlin"
FAST = built_in("magnesium-rls-fast")
DAY = timedelta(days=1)

AGES: Mapping[str, int] = MappingProxyType(
    {"tolerability": 18, "washout": 31, "packs": 42, "treated": 60, "over": 130, "opened": 131}
)
"""How many nights ago each stage's trial began; the fast protocol has 14 + 14 + 14 + 12 x 7."""

STAGES = ("new", "planned", "diary", "baseline", *AGES)


@dataclass(frozen=True, slots=True)
class Files:
    """A trial's files in memory, as a place to read it from."""

    files: Mapping[str, bytes]

    def __str__(self) -> str:
        return "a trial in memory"

    def read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def faults(self) -> Iterator[Problem]:
        yield from ()


def people(*, now: datetime = NOW) -> dict[str, str]:
    """Let there be a person at every stage, and return the secret of each one's browser."""
    return {stage: browser_at(stage, now=now) for stage in STAGES}


def browser_at(stage: str, *, now: datetime = NOW) -> str:
    """Let there be a person at this stage, and return the secret of their browser."""
    person = Person.objects.create(username=stage)
    token = know_device(owner=person, name="phone", now=now)[1]
    if stage == "planned":
        plan_ana(browser(token), start=now.date().isoformat())
    elif stage in AGES:
        _later(person, stage, now=now)
    elif stage != "new":
        {"diary": _diary, "baseline": _baseline}[stage](person, now=now)
    return token


def browser(token: str) -> Client:
    """Return the browser that holds a device's secret."""
    client = Client(SERVER_NAME="localhost")
    client.cookies[COOKIE] = token
    return client


def _diary(person: Person, *, now: datetime) -> None:
    first = now.date() - 3 * DAY
    _answer(begin_diary(person, protocol=FAST, start=first, zone=ZONE, now=now - 3 * DAY), now=now)


def _baseline(person: Person, *, now: datetime) -> None:
    first = now.date() - 4 * DAY
    row = register(person, protocol=FAST, start=first, zone=ZONE, now=now - 4 * DAY)
    _screen(row, now=now - 4 * DAY)
    _answer(row, now=now)


def _answer(row: TrialRow, *, now: datetime) -> None:
    """Answer the night before last; last night is still to be answered."""
    night, morning = now.date() - 2 * DAY, now - 1.5 * DAY
    given = {"urge": 6.0, "minutes_to_sleep": 30.0, "sleep_quality": 4.0}
    change(row, lambda t: add_answers(t, night=night, answers=given, now=morning), now=morning)


def _screen(row: TrialRow, *, now: datetime) -> None:
    screening = Screening(by="Dr. Chen", on=now.date())
    change(row, lambda t: add_screening(t, screening=screening, now=now), now=now)


def _later(person: Person, stage: str, *, now: datetime) -> None:
    start = now.date() - AGES[stage] * DAY
    with tempfile.TemporaryDirectory() as folder:
        whole = simulate_trial(
            path=Path(folder) / "trial",
            protocol=FAST,
            participant=demonstrated(),
            rng=np.random.default_rng(1945),
            start=start,
            zone=ZONE,
        )
        row = bring_in(person, trial=_until(whole, now=now), now=now)
    if stage == "tolerability":
        _screen(row, now=now)
    if stage == "opened":
        _open(row, now=now)


def _until(whole: Trial, *, now: datetime) -> Trial:
    """Return a simulated trial as it was at an instant."""
    entries = tuple(e for e in whole.entries if e.instant <= now)
    events = tuple(e for e in whole.events if e.instant <= now)
    drawn = any(e.kind == "randomised" for e in events)
    lived = replace(
        whole,
        entries=entries,
        diary=derive_diary(entries),
        events=events,
        doses=tuple(d for d in whole.doses if d.night < now.date()),
        commitment=whole.commitment if drawn else "",
    )
    kept = {n: d for n in (SEAL, ALLOCATION) if drawn and (d := whole.place.read(n)) is not None}
    files = {TRIAL: trial_toml(lived), DIARY: whole.place.read(DIARY) or b"", **kept}
    return replace(lived, place=Files(files))


def _open(row: TrialRow, *, now: datetime) -> None:
    last = load(row, now=now).calendar().last
    guess = {"opinion": "helps", "sure": 6}
    opened: dict[str, date] = {"night": last}
    change(row, lambda t: add_event(t, kind="last guess", detail=guess, now=now), now=now)
    change(row, lambda t: add_event(t, kind="unblinding", detail=opened, now=now), now=now)
