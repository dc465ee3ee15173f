"""A trial's rows in the database as the files of its folder, which every room reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from ekbom.diary.diary import DoseTaken
from ekbom.diary.doses import COLUMNS as DOSE_COLUMNS
from ekbom.diary.entries import COLUMNS as ENTRY_COLUMNS
from ekbom.diary.entries import Entry
from ekbom.diary.table import number_text
from ekbom.problem import Problem
from ekbom.trial.events import COLUMNS as EVENT_COLUMNS
from ekbom.trial.files import csv_bytes
from ekbom.trial.place import DOSES, ENTRIES, EVENTS
from ekbom.web.models import DoseRow, EntryRow, EventRow, FileRow

DOSE_FIELDS = ("night", "instant", "zone", "pack", "capsules", "mg")
"""What a row keeps of a dose, in the order of doses.csv."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The place of a trial that is kept in a database: every file made from its rows."""

    trial: UUID

    def __str__(self) -> str:
        return "your trial"

    def faults(self) -> Iterator[Problem]:
        """Yield nothing: rows cannot be anything else than rows."""
        yield from ()

    def read(self, name: str) -> bytes | None:
        """Return a file of the trial, ``None`` if there is none."""
        whole = FileRow.objects.filter(trial=self.trial, name=name).first()
        if whole is not None:
            return bytes(whole.data)
        made = {ENTRIES: _entries_csv, DOSES: _doses_csv, EVENTS: _events_csv}.get(name)
        return None if made is None else made(self.trial)


def _entries_csv(trial: UUID) -> bytes | None:
    columns = ("entry", *ENTRY_COLUMNS[1:])
    rows = EntryRow.objects.filter(trial=trial).order_by("position").values_list(*columns)
    # Rows as plain tuples: this is most of what reading a diary for the first time takes.
    cells = [Entry(*row).cells for row in rows]
    return csv_bytes([ENTRY_COLUMNS, *cells]) if cells else None


def _doses_csv(trial: UUID) -> bytes | None:
    rows = DoseRow.objects.filter(trial=trial).order_by("position")
    cells = [_dose_cells(DoseTaken(*row)) for row in rows.values_list(*DOSE_FIELDS)]
    return csv_bytes([DOSE_COLUMNS, *cells]) if cells else None


def _dose_cells(dose: DoseTaken) -> tuple[str, ...]:
    """Return a dose with its whole instant, which no clock can take for another."""
    when = "" if dose.instant is None else dose.instant.isoformat()
    numbers = map(number_text, (dose.pack, dose.capsules, dose.mg))
    return (dose.night.isoformat(), when, dose.zone, *numbers)


def _events_csv(trial: UUID) -> bytes | None:
    rows = EventRow.objects.filter(trial=trial).order_by("number")
    cells = [
        (
            str(row.number),
            row.instant.isoformat(),
            row.zone,
            row.kind,
            row.detail,
            row.previous,
            row.hash,
        )
        for row in rows
    ]
    return csv_bytes([EVENT_COLUMNS, *cells]) if cells else None
