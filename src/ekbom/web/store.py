"""The one door between the database and a trial: rows become the files that every room reads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from ekbom.diary.doses import COLUMNS as DOSE_COLUMNS
from ekbom.diary.doses import dose_cells
from ekbom.diary.entries import Entry
from ekbom.diary.nightly import nightly_cells
from ekbom.language import say
from ekbom.problem import RefusedError
from ekbom.protocol.files import content_hash
from ekbom.protocol.model import Protocol
from ekbom.trial.create import bring_diary, new_trial
from ekbom.trial.events import COLUMNS as EVENT_COLUMNS
from ekbom.trial.files import csv_bytes
from ekbom.trial.folder import ANALYSIS_VERSION, Trial, open_trial, read_diary, trial_toml
from ekbom.trial.log import changed_files
from ekbom.trial.place import ALLOCATION, DIARY, DOSES, FILES, SEAL, SEALED, SLIPS, TRIAL
from ekbom.web.keyed import BehindError, new_key, says_otherwise
from ekbom.web.models import (
    DoseRow,
    EntryRow,
    EventRow,
    FileRow,
    Person,
    Submission,
    TrialRow,
)
from ekbom.web.rows import DOSE_FIELDS, Rows

Step = Callable[[Trial], Trial]

_AS_THEY_ARE = (TRIAL, SLIPS, SEALED, SEAL, ALLOCATION)
"""Files that are kept whole; the others are made from rows."""

_KEPT_IN_MEMORY = 256
"""How many trials are remembered as they were read."""


class Remembered:
    """Trials as they were last read, each with the version it was read at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple[UUID, int], Trial] = OrderedDict()

    def get(self, row: TrialRow) -> Trial | None:
        """Return the trial as it is at the row's version, if it is remembered."""
        with self._lock:
            found = self._found.get((row.pk, row.version))
            if found is not None:
                self._found.move_to_end((row.pk, row.version))
            return found

    def put(self, pk: UUID, version: int, trial: Trial) -> None:
        """Remember a trial."""
        with self._lock:
            self._found.pop((pk, version - 1), None)
            self._found[pk, version] = trial
            while len(self._found) > _KEPT_IN_MEMORY:
                self._found.popitem(last=False)

    def forget(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._found.clear()


remembered = Remembered()


def current_row(person: Person) -> TrialRow | None:
    """Return the trial that a person is in, or the diary they keep; ``None`` if there is none."""
    return TrialRow.objects.filter(owner=person, closed=None).first()


def load(row: TrialRow, *, now: datetime) -> Trial:
    """Return a trial as its rows tell it, read by the same function that reads a folder.

    Raises InputError if the rows contradict each other.
    """
    found = remembered.get(row)
    if found is None:
        place = Rows(row.pk)
        # What was written here while the clock ran ahead must not lock its writer out.
        found = open_trial(place, now=now, ahead=True) if row.registered else read_diary(place)
        remembered.put(row.pk, row.version, found)
    return found


def change(row: TrialRow, step: Step, *, now: datetime, key: str = "", content: str = "") -> Trial:
    """Take a step in a trial, all of it or none of it, and return the trial as it then is.

    ``step`` returns the trial that follows.  ``key`` is the id that the device gave to what was
    sent, and ``content`` the mark of what it says: sent again, it changes nothing.  Raises
    BehindError if something else was sent with that key, and what ``step`` raises; then nothing is
    written.
    """
    with transaction.atomic():
        locked = _locked(row)
        before = load(locked, now=now)
        if key and not _first_time(locked, key, content, now):
            return before
        return _write(locked, before, step(before), {})


def change_files(
    row: TrialRow,
    step: Callable[[Trial], tuple[Trial, Mapping[str, bytes]]],
    *,
    now: datetime,
) -> Trial:
    """Take a step that also makes files, as the draw of the order does, and return the trial."""
    with transaction.atomic():
        locked = _locked(row)
        before = load(locked, now=now)
        after, files = step(before)
        return _write(locked, before, after, files)


def begin_diary(
    person: Person, *, protocol: Protocol, start: date, zone: str, now: datetime
) -> TrialRow:
    """Begin a diary without a trial: its questions are the protocol's, and nothing is drawn.

    Raises RefusedError if the person is in a trial already.
    """
    row = _new_row(person, registered=False, now=now)
    trial = Trial(Rows(row.pk), protocol, content_hash(protocol), ANALYSIS_VERSION, start, zone)
    FileRow.objects.create(trial=row, name=TRIAL, data=trial_toml(trial))
    return row


def register(
    person: Person,
    *,
    protocol: Protocol,
    start: date,
    zone: str,
    now: datetime,
    steps: tuple[Step, ...] = (),
) -> TrialRow:
    """Register a person's trial; a diary kept until now is closed and becomes its baseline.

    ``steps`` follow at once, such as the screening and the expectation.  Raises as `new_trial`
    does, RefusedError if the person is in a trial already; then nothing is written.
    """
    with transaction.atomic():
        diary = current_row(person)
        kept: tuple[Entry, ...] = ()
        if diary is not None and not diary.registered:
            kept = load(diary, now=now).entries
            TrialRow.objects.filter(pk=diary.pk).update(closed=now)
        row = _new_row(person, registered=True, now=now)
        place = Rows(row.pk)
        trial = new_trial(place=place, protocol=protocol, start=start, zone=zone, now=now)
        trial = bring_diary(trial, entries=kept, now=now)
        for step in steps:
            trial = step(trial)
        _write(
            row, replace(trial, events=(), entries=(), doses=()), trial, changed_files(None, trial)
        )
        return row


def close(row: TrialRow, *, now: datetime) -> None:
    """Put a trial among the earlier ones, so that another can begin."""
    TrialRow.objects.filter(pk=row.pk, closed=None).update(closed=now)


def files_of(row: TrialRow, *, now: datetime) -> dict[str, bytes]:
    """Return every file of a trial as its folder has them, in the order of `FILES`."""
    place = Rows(row.pk)
    found = {name: data for name in FILES if (data := place.read(name)) is not None}
    trial = load(row, now=now)
    if trial.entries:
        found[DIARY] = csv_bytes(nightly_cells(trial.diary, items=trial.items))
    if trial.doses:
        rows = (dose_cells(d, clock=trial.clock) for d in trial.doses)
        found[DOSES] = csv_bytes([DOSE_COLUMNS, *rows])
    return {name: found[name] for name in FILES if name in found}


def bring_in(person: Person, *, trial: Trial, now: datetime) -> TrialRow:
    """Put a trial that was read from elsewhere into the database, exactly as its files are.

    Raises RefusedError if the person is in a trial already.
    """
    with transaction.atomic():
        row = _new_row(person, registered=True, now=now)
        kept = {n: d for n in (*_AS_THEY_ARE, DIARY) if (d := trial.place.read(n)) is not None}
        if trial.entries:
            kept.pop(DIARY, None)
        empty = replace(trial, events=(), entries=(), doses=())
        _write(row, empty, replace(trial, place=Rows(row.pk)), kept)
        return row


def _new_row(person: Person, *, registered: bool, now: datetime) -> TrialRow:
    try:
        with transaction.atomic():
            return TrialRow.objects.create(owner=person, created=now, registered=registered)
    except IntegrityError:
        raise RefusedError("You are in a trial already. Close it before another begins.") from None


def _locked(row: TrialRow) -> TrialRow:
    """Keep every other writer of this trial waiting until the transaction ends."""
    rows = TrialRow.objects.all()
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return rows.get(pk=row.pk)


def _first_time(row: TrialRow, key: str, content: str, now: datetime) -> bool:
    told = {"received": now, "content": content}
    found, made = Submission.objects.get_or_create(trial=row, key=key, defaults=told)
    if not made and says_otherwise(found.content, content):
        raise BehindError(
            say(
                "You sent this page before, with other answers. Those are kept, and these are not "
                "yet. To change an answer, open that night and correct it. Or send this again."
            ),
            key=new_key(),
        )
    return made


def _write(row: TrialRow, before: Trial, after: Trial, files: Mapping[str, bytes]) -> Trial:
    if after is before and not files:
        return after
    if after.commitment != before.commitment:
        files = {TRIAL: trial_toml(after), **files}
    for name in files.keys() & {*_AS_THEY_ARE, DIARY}:
        if name != DIARY or not after.entries:
            FileRow.objects.update_or_create(trial=row, name=name, defaults={"data": files[name]})
    _append_entries(row, before, after)
    _append_events(row, before, after)
    _write_doses(row, before, after)
    TrialRow.objects.filter(pk=row.pk).update(version=F("version") + 1)
    version = row.version + 1
    transaction.on_commit(lambda: remembered.put(row.pk, version, after))
    return after


def _append_entries(row: TrialRow, before: Trial, after: Trial) -> None:
    known = len(before.entries)
    EntryRow.objects.bulk_create(
        EntryRow(
            trial=row,
            position=position,
            entry=entry.id,
            received=entry.received,
            instant=entry.instant,
            zone=entry.zone,
            device=entry.device,
            night=entry.night,
            item=entry.item,
            value=entry.value,
            late=entry.late,
            replaces=entry.replaces,
        )
        for position, entry in enumerate(after.entries[known:], start=known)
    )


def _append_events(row: TrialRow, before: Trial, after: Trial) -> None:
    EventRow.objects.bulk_create(
        EventRow(
            trial=row,
            number=event.id,
            instant=event.instant,
            zone=event.zone,
            kind=event.kind,
            detail=event.cells[EVENT_COLUMNS.index("detail")],
            previous=event.previous,
            hash=event.hash,
        )
        for event in after.events[len(before.events) :]
    )


def _write_doses(row: TrialRow, before: Trial, after: Trial) -> None:
    """Append doses, and write one anew where it was corrected: its event keeps what it was."""
    for position, dose in enumerate(after.doses):
        known = before.doses[position] if position < len(before.doses) else None
        if dose is not known and dose != known:
            cells = {name: getattr(dose, name) for name in DOSE_FIELDS}
            DoseRow.objects.update_or_create(trial=row, position=position, defaults=cells)
