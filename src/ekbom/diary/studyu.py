"""Reading the measurements that StudyU exports, each answer in the night it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from ekbom.design.clock import Clock
from ekbom.diary.diary import Diary
from ekbom.diary.studyu_answers import Report, read_nights
from ekbom.diary.studyu_export import (
    Question,
    by_person,
    find_questions,
    read_measurements,
    read_rows,
)
from ekbom.diary.studyu_map import BASELINE, StudyUMap, mapped_protocol
from ekbom.diary.studyu_schedule import Stamp, Stretch, schedule
from ekbom.diary.table import Faults, Row, is_zone
from ekbom.problem import InputError, Problem, errors
from ekbom.protocol.files import checked
from ekbom.protocol.model import LivedPeriod, Phases, Protocol

_BASELINE_ID = "__baseline"
_LONGEST = 3650
"""Last study day that is believed."""


@dataclass(frozen=True, slots=True)
class StudyUTrial:
    """One person's trial, as they lived it.

    ``start`` is its first night, ``allocation`` the treatment's name in each period, in order; the
    nights of each period are in ``protocol.design.lived``.
    """

    protocol: Protocol
    start: date
    zone: str
    allocation: tuple[str, ...]
    diary: Diary


@dataclass(frozen=True, slots=True)
class StudyUPerson:
    """One person of an export; ``trial`` is ``None`` where ``problems`` say why it cannot be."""

    participant: str
    trial: StudyUTrial | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class StudyUExport:
    """Everybody in an export, in the order of their ids, and what concerns the file as a whole."""

    people: tuple[StudyUPerson, ...]
    problems: tuple[Problem, ...]


def read_studyu(
    path: Path, *, zone: str, mapping: StudyUMap, participant: str | None = None
) -> StudyUExport:
    """Return the trials in an export of StudyU, each answer in the night it speaks of.

    StudyU stamps a morning's answer with the intervention of that morning's day.  Here the answer
    goes to the night before, and a night has the treatment of the evening that began it.

    Parameters
    ----------
    path
        The exported .csv file, or the .zip file that holds it.
    zone
        Where the person lived, an IANA name such as ``Europe/Berlin``; StudyU exports UTC.
    mapping
        What the questions and interventions mean.
    participant
        Only this person's id; ``None`` for everybody.

    Returns
    -------
    One entry for each person.  A night runs from noon to noon, local time; an answer about last
    night belongs to the evening before and is late after noon.  Study day 0 is the local date on
    which the person started; a morning answer of that day is kept as a baseline night.  The last
    period ends with the last night that was answered for, as an export does not say what followed.

    Raises
    ------
    InputError
        If the zone, the file or the map cannot be used, or nobody in it is ``participant``.
    """
    if not is_zone(zone):
        what = f"{zone!r} is not a time zone" if zone else "the time zone is missing"
        raise InputError([Problem(path.name, None, what, "Give one such as Europe/Berlin")])
    file, data = read_measurements(path)
    faults = Faults(file)
    rows = read_rows(data, faults=faults)
    questions = find_questions(rows, mapping=mapping, faults=faults) if rows else {}
    people = by_person(rows, faults=faults)
    if participant is not None and people and participant not in people:
        what = f"there is no participant {participant!r}"
        faults.add(None, what, f"Use one of: {', '.join(sorted(people))}")
    if errors(faults.found):
        raise InputError(faults.found)
    chosen = sorted(people) if participant is None else [participant]
    found = [_person(p, people[p], zone, mapping, questions) for p in chosen]
    return StudyUExport(tuple(found), tuple(faults.found))


def _person(
    participant: str,
    rows: Sequence[Row],
    zone: str,
    mapping: StudyUMap,
    questions: Mapping[str, Question],
) -> StudyUPerson:
    faults = rows[0].faults
    reading = _Reading(zone, mapping, questions, Clock(zone), faults)
    trial = reading.trial(rows)
    found = sorted(faults.found, key=lambda p: p.line or 0)
    return StudyUPerson(participant, None if errors(found) else trial, tuple(found))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the reading of one person's rows needs throughout."""

    zone: str
    mapping: StudyUMap
    questions: Mapping[str, Question]
    clock: Clock
    faults: Faults

    def trial(self, rows: Sequence[Row]) -> StudyUTrial | None:
        """Return the trial in ``rows``, or ``None`` where ``faults`` say why there is none."""
        day_0 = self._day_0(rows)
        if day_0 is None:
            return None
        reports, stamps = self._dated(rows, day_0)
        protocol = mapped_protocol(self.mapping)
        nights = read_nights(
            reports, outcomes=protocol.outcomes, questions=self.questions, clock=self.clock
        )
        if not nights:
            what = f"{rows[0].text('participant_id')} answered none of the mapped questions"
            self.faults.add(None, what, "Nothing was imported", severity="warning")
            return None
        self._check_interventions(stamps)
        if errors(self.faults.found):
            return None
        stretches, length = schedule(stamps, mapping=self.mapping, faults=self.faults)
        periods = _until(stretches, (nights[-1].date - day_0).days)
        if not stretches or not self._both_treatments(periods):
            return None
        start = min(day_0, nights[0].date)
        if start < day_0:
            what = f"the first morning speaks of the night of {start}, before the first evening"
            self.faults.add(None, what, "It was kept as a baseline night", severity="warning")
        protocol, allocation = self._lived(protocol, periods, length, day_0, start)
        return StudyUTrial(protocol, start, self.zone, allocation, Diary(nights))

    def _day_0(self, rows: Sequence[Row]) -> date | None:
        """Return the local date of study day 0."""
        starts = {row.text("participant_started_at"): row for row in rows}
        if len(starts) > 1:
            row = list(starts.values())[-1]
            row.fault("participant_started_at differs between this person's rows", "Keep one")
            return None
        started = rows[0].instant("participant_started_at")
        return None if started is None else self.clock.local(started).date()

    def _dated(self, rows: Sequence[Row], day_0: date) -> tuple[list[Report], list[Stamp]]:
        """Return the reports from study day 0 on, and what they say was to be done when."""
        reports, stamps = [], []
        for row in rows:
            instant = row.instant("measurement_time")
            if instant is None:
                continue
            day = (self.clock.local(instant).date() - day_0).days
            self._compare(row, day)
            if day < 0:
                row.note("it was answered before the study began", "It was left out")
            elif day <= _LONGEST:
                reports.append(Report(instant, row))
                stamps.append(Stamp(day, _intervention(row), row.line))
        return reports, stamps

    def _compare(self, row: Row, day: int) -> None:
        """Compare the study-day column with the calendar.

        StudyU counts whole days of 24 hours from the start, while its phases follow the calendar;
        so a difference of one happens around midnight, daylight saving and travel.
        """
        stated = row.whole("current_day_of_study")
        if stated is None or stated == day:
            return
        what = f"current_day_of_study is {stated} but the calendar says {day}"
        if abs(stated - day) > 1 or day > _LONGEST:
            row.fault(what, "Mend the line, or the time zone")
        else:
            row.note(what, "The calendar was used; check the time zone if this is in many lines")

    def _check_interventions(self, stamps: Sequence[Stamp]) -> None:
        wanted = (self.mapping.treatment, self.mapping.reference)
        first = {s.intervention: s.line for s in sorted(stamps, key=lambda s: -s.line)}
        for name in sorted(set(first) - {*wanted, BASELINE}):
            what = f"the intervention {name!r} is neither the map's treatment nor its reference"
            self.faults.add(first[name], what, f"The map names {wanted[0]!r} and {wanted[1]!r}")

    def _both_treatments(self, periods: Sequence[Stretch]) -> bool:
        found = {p.intervention for p in periods}
        missing = {self.mapping.treatment, self.mapping.reference} - found
        for name in sorted(missing):
            what = f"this person answered for no night with {name!r}"
            self.faults.add(None, what, "A trial needs nights with either treatment")
        return not missing

    def _lived(
        self,
        protocol: Protocol,
        periods: Sequence[Stretch],
        length: int | None,
        day_0: date,
        start: date,
    ) -> tuple[Protocol, tuple[str, ...]]:
        """Return the protocol with the periods as they were lived, and their treatments."""
        names = {t.label: t.name for t in protocol.treatments}
        allocation = tuple(names[p.intervention] for p in periods)
        lived = tuple(
            LivedPeriod(
                position=position,
                first=day_0 + timedelta(days=period.first),
                last=day_0 + timedelta(days=period.last),
            )
            for position, period in enumerate(periods, start=1)
        )
        design = replace(
            protocol.design,
            order=allocation,
            period_nights=length or max(p.last - p.first + 1 for p in periods),
            lived=lived,
        )
        phases = Phases(baseline_nights=(lived[0].first - start).days)
        whole = replace(protocol, design=design, phases=phases)
        return checked(whole, file=self.faults.file), allocation


def _until(stretches: Sequence[Stretch], last: int) -> list[Stretch]:
    """Return the stretches on either treatment, cut at study day ``last``."""
    return [
        replace(s, last=min(s.last, last))
        for s in stretches
        if s.intervention != BASELINE and s.first <= last
    ]


def _intervention(row: Row) -> str:
    if row.text("current_intervention_id") == _BASELINE_ID:
        return BASELINE
    return row.text("current_intervention_name")
