"""A trial as its files tell it, read once and checked; the allocation is not read here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ekbom.design.calendar import Calendar, build_calendar
from ekbom.design.clock import Clock
from ekbom.design.plan import check_design
from ekbom.diary.diary import Diary, DoseTaken
from ekbom.diary.doses import read_doses
from ekbom.diary.entries import Entry, derive_diary, read_entries
from ekbom.diary.items import Item, items_of
from ekbom.diary.nightly import read_nightly
from ekbom.diary.nights import NightRange
from ekbom.diary.table import YEARS, Faults, is_zone
from ekbom.problem import InputError, Problem, errors
from ekbom.protocol.files import protocol_from, read_toml, resolved, tables_hash, toml_text
from ekbom.protocol.model import Protocol
from ekbom.trial.events import Event, read_events
from ekbom.trial.happened import clock_of, happened_so_far, last_of, of_kind
from ekbom.trial.place import DIARY, DOSES, ENTRIES, EVENTS, TRIAL, Folder, Place

ANALYSIS_VERSION = 1
"""The analysis that new trials are registered with."""

_FIELDS: dict[str, tuple[type, str, str]] = {
    "analysis": (int, "a version number", "Restore it: 1, 2, ..."),
    "start": (date, "a date", "Write it as start = 2026-03-01"),
    "zone": (str, "a text", 'Write it as zone = "Europe/Berlin"'),
    "blinding": (str, "a text", 'Write it as blinding = "open"'),
    "commitment": (str, "a text", 'Write commitment = "", or restore it'),
    "protocol": (dict, "a table", "Restore trial.toml from a copy"),
}
"""What trial.toml holds: the type of each field, in words, and what to do if it is another."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One person's trial as its files tell it, without the allocation.

    ``problems`` holds what was left out or assumed in reading it.
    """

    place: Place
    protocol: Protocol
    protocol_hash: str
    analysis: int
    start: date
    zone: str
    commitment: str = ""
    entries: tuple[Entry, ...] = ()
    diary: Diary = field(default_factory=Diary)
    doses: tuple[DoseTaken, ...] = ()
    events: tuple[Event, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def path(self) -> Path:
        """Return the trial's folder; raises TypeError if it is not kept in one."""
        if not isinstance(self.place, Folder):
            raise TypeError("this trial is not kept in a folder")
        return self.place.path

    @property
    def items(self) -> dict[str, Item]:
        """Return what can be answered, by id."""
        return items_of(self.protocol)

    @property
    def clock(self) -> Clock:
        """Return the person's clock."""
        return clock_of(protocol=self.protocol, zone=self.zone, events=self.events)

    def calendar(self, *, today: date | None = None) -> Calendar:
        """Return the calendar, what is still to come expected not before ``today``."""
        clock = self.clock
        return build_calendar(
            protocol=self.protocol,
            start=self.start,
            clock=clock,
            happened=happened_so_far(self.events, clock=clock),
            today=today,
        )

    def fixed_dose(self) -> float | None:
        """Return the tolerated dose, elemental mg a night, once it is fixed."""
        event = last_of(self.events, "dose fixed")
        return None if event is None else float(event.detail["mg"])


def registration_detail(trial: Trial) -> dict[str, Any]:
    """Return what the first event says of trial.toml, so that a later change is noticed."""
    return {
        "protocol": trial.protocol_hash,
        "analysis": trial.analysis,
        "start": trial.start.isoformat(),
        "zone": trial.zone,
    }


def trial_toml(trial: Trial) -> bytes:
    """Return the bytes of trial.toml: the registration and the whole resolved protocol."""
    tables = {
        "analysis": trial.analysis,
        "start": trial.start,
        "zone": trial.zone,
        "blinding": trial.protocol.blinding,
        "commitment": trial.commitment,
        "protocol": resolved(trial.protocol),
    }
    heading = "# Written by ekbom at registration. A change to the protocol is noticed.\n"
    return (heading + toml_text(tables)).encode()


def open_trial(place: Place | Path, *, now: datetime, ahead: bool = False) -> Trial:
    """Return the trial in a folder or another place; raises InputError with every fault.

    ``now`` is aware; a night that has not begun by then is a fault, and with ``ahead`` a warning:
    where everything was written by one's own clock, that clock was wrong, and nothing is lost.
    """
    trial, problems = read_trial(place, now=now, ahead=ahead)
    if trial is None or errors(problems):
        raise InputError(errors(problems))
    return trial


def read_trial(
    place: Place | Path, *, now: datetime, ahead: bool = False
) -> tuple[Trial | None, list[Problem]]:
    """Return the trial in a place and all its problems; no trial if trial.toml is unusable."""
    place = Folder(place) if isinstance(place, Path) else place
    problems = list(place.faults())
    try:
        trial = _read_registration(place)
    except InputError as error:
        return None, [*problems, *error.problems]
    if trial is None:
        return None, problems
    trial = replace(trial, events=_read_events(trial, problems))
    if not errors(problems):
        problems += _registration_problems(trial)
    usable = not errors(problems)
    clock = clock_of(
        protocol=trial.protocol, zone=trial.zone, events=trial.events if usable else ()
    )
    nights = _night_range(trial, clock.night_of(now), usable=usable, ahead=ahead)
    trial = _with_diary(trial, nights, problems)
    trial = replace(trial, doses=_read_doses(trial, clock, nights, problems))
    return replace(trial, problems=tuple(problems)), problems


def read_diary(place: Place) -> Trial:
    """Return the diary of somebody who is in no trial: the questions of a protocol, and entries.

    It has no events, so there is no calendar to speak of.  Raises InputError with every fault.
    """
    trial = _read_registration(place)
    if trial is None:
        raise InputError(place.faults())
    faults = Faults(ENTRIES)
    ever = NightRange(date(YEARS[0], 1, 1), date(YEARS[-2], 1, 1))
    data = place.read(ENTRIES)
    entries = (
        [] if data is None else read_entries(data, items=trial.items, nights=ever, faults=faults)
    )
    if errors(faults.found):
        raise InputError(errors(faults.found))
    return replace(trial, entries=tuple(entries), diary=derive_diary(entries))


def _read_registration(place: Place) -> Trial | None:
    data = place.read(TRIAL)
    if data is None:
        return None
    tables = read_toml(data, file=TRIAL)
    problems = [*_registration_faults(tables)]
    if problems:
        raise InputError(problems)
    protocol = protocol_from(tables["protocol"], file=TRIAL)
    check_design(protocol, file=TRIAL)
    if tables["blinding"] != protocol.blinding:
        what = "blinding is not the one in [protocol]"
        raise InputError([Problem(TRIAL, None, what, "Restore trial.toml from a copy")])
    return Trial(
        place=place,
        protocol=protocol,
        protocol_hash=tables_hash(tables["protocol"]),
        analysis=tables["analysis"],
        start=tables["start"],
        zone=tables["zone"],
        commitment=tables["commitment"],
    )


def _registration_faults(tables: dict[str, Any]) -> Iterator[Problem]:
    for key in tables:
        if key not in _FIELDS:
            do = f"Remove it; the fields are: {', '.join(_FIELDS)}"
            yield Problem(TRIAL, None, f"{key}: there is no such field", do)
    for key, (kind, what, do) in _FIELDS.items():
        # A truth is an int and an instant a date to isinstance, but not here.
        if type(tables.get(key)) is not kind:
            yield Problem(TRIAL, None, f"{key} is not {what}", do)
    zone, version = tables.get("zone"), tables.get("analysis")
    if isinstance(zone, str) and not is_zone(zone):
        yield Problem(TRIAL, None, f"zone {zone!r} is not a time zone", "Use one: Europe/Berlin")
    start = tables.get("start")
    if type(start) is date and start.year not in YEARS:
        yield Problem(TRIAL, None, f"start {start} is no year a trial can have", "Mend the date")
    if isinstance(version, int) and version > ANALYSIS_VERSION:
        what = f"it was registered with analysis {version}, newer than this ekbom knows"
        yield Problem(TRIAL, None, what, "Install a newer ekbom")


def _read_events(trial: Trial, problems: list[Problem]) -> tuple[Event, ...]:
    data = trial.place.read(EVENTS)
    faults = Faults(EVENTS)
    events = [] if data is None else read_events(data, faults=faults)
    problems += faults.found
    return tuple(events)


def _registration_problems(trial: Trial) -> list[Problem]:
    """Compare the registration with what the event chain says of it."""
    registered = of_kind(trial.events, "registered", "imported")
    if not registered:
        what = "the trial was never registered: there is no such event"
        return [Problem(EVENTS, None, what, "Make a trial with ekbom new")]
    problems = []
    known = registered[0].detail
    for name, value in registration_detail(trial).items():
        if name in known and known[name] != value:
            what = f"the {name} is not the one that was registered"
            problems.append(Problem(TRIAL, None, what, "Restore trial.toml from a copy"))
    drawn = last_of(trial.events, "randomised")
    if drawn is not None and drawn.detail["commitment"] != trial.commitment:
        what = "the commitment is not the one in events.csv"
        problems.append(Problem(TRIAL, None, what, "Restore trial.toml from a copy"))
    return problems


def _with_diary(trial: Trial, nights: NightRange, problems: list[Problem]) -> Trial:
    """Read the entries, or the diary where there are none."""
    data = trial.place.read(ENTRIES)
    nightly = trial.place.read(DIARY)
    if data is None:
        faults = Faults(DIARY)
        diary = Diary()
        if nightly is not None:
            diary = read_nightly(nightly, items=trial.items, nights=nights, faults=faults)
        problems += faults.found
        return replace(trial, diary=diary)
    faults = Faults(ENTRIES)
    entries = read_entries(data, items=trial.items, nights=nights, faults=faults)
    problems += faults.found
    diary = derive_diary(entries)
    if nightly is not None and not errors(faults.found):
        problems += _derived_problems(trial, nightly, nights, diary)
    return replace(trial, entries=tuple(entries), diary=diary)


def _derived_problems(
    trial: Trial, nightly: bytes, nights: NightRange, diary: Diary
) -> list[Problem]:
    faults = Faults(DIARY)
    found = read_nightly(nightly, items=trial.items, nights=nights, faults=faults)
    same = [(n.date, dict(n.answers)) for n in found.nights] == [
        (n.date, dict(n.answers)) for n in diary.nights
    ]
    if errors(faults.found) or not same:
        what = "it differs from entries.csv, from which it is made"
        do = "entries.csv was used; change answers with ekbom log, never in diary.csv"
        return [Problem(DIARY, None, what, do, "warning")]
    return []


def _read_doses(
    trial: Trial, clock: Clock, nights: NightRange, problems: list[Problem]
) -> tuple[DoseTaken, ...]:
    data = trial.place.read(DOSES)
    if data is None:
        return ()
    faults = Faults(DOSES)
    dose = trial.protocol.dose
    doses = read_doses(
        data,
        clock=clock,
        least_hours=0.0 if dose is None else dose.least_hours,
        nights=nights,
        faults=faults,
    )
    problems += faults.found
    return tuple(doses)


def _night_range(trial: Trial, tonight: date, *, usable: bool, ahead: bool) -> NightRange:
    """Return the nights the files may speak of; the plan is known only from ``usable`` events."""
    last = trial.calendar(today=tonight).last if usable else None
    return NightRange(trial.start, tonight, last, ahead)
