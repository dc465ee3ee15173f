"""Bringing in a trial or a diary that was exported, here or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Model

from ekbom.diary.diary import DoseTaken
from ekbom.diary.entries import Entry
from ekbom.problem import InputError, Problem, RefusedError, errors
from ekbom.protocol.doses import exceeds
from ekbom.safety.dose_plan import MOST_MG
from ekbom.trial.check import check_trial
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial, read_diary
from ekbom.trial.happened import last_of
from ekbom.trial.place import (
    ALLOCATION,
    DIARY,
    DOSES,
    ENTRIES,
    EVENTS,
    SEAL,
    SEALED,
    SLIPS,
    TRIAL,
)
from ekbom.web.data.archive import Unpacked
from ekbom.web.data.marks import brought_in
from ekbom.web.models import DoseRow, EntryRow, EventRow, Person, Submission, TrialRow
from ekbom.web.store import begin_diary, bring_in, change, current_row

_LARGEST_PACK = 100_000


@dataclass(frozen=True, slots=True)
class Unfolded:
    """The place of a trial whose files came out of a zip file."""

    files: Mapping[str, bytes]

    def __str__(self) -> str:
        return "your file"

    def faults(self) -> Iterator[Problem]:
        """Yield nothing: it was looked through when it was unpacked."""
        yield from ()

    def read(self, name: str) -> bytes | None:
        """Return a file of the trial, ``None`` if there is none."""
        return self.files.get(name)


@dataclass(frozen=True, slots=True)
class Found:
    """A trial or diary that can be brought in, and what is to be said of it."""

    trial: Trial
    notes: tuple[Problem, ...] = ()


def read_unpacked(unpacked: Unpacked, *, now: datetime) -> Found:
    """Return the trial or diary among the files; raises InputError with every fault."""
    place = Unfolded(unpacked.files)
    if _is_diary(unpacked.files):
        found = Found(read_diary(place))
    else:
        trial, problems = check_trial(place, now=now)
        if trial is None or errors(problems):
            raise InputError(errors(problems))
        found = Found(trial, tuple(problems))
    faults = [*_faults(found.trial), *_order_faults(found.trial)]
    if faults:
        raise InputError(faults)
    return found


def take_in(person: Person, *, found: Found, now: datetime, key: str = "") -> TrialRow:
    """Make what was found the person's own trial or diary, as its files are.

    A trial that still runs gets an event, which tells it from one that stayed here; that of one
    that is over stands in its row alone.

    ``key`` is the id of the form it came with: sent again, it changes nothing.  Raises RefusedError
    if the person is in another trial; then nothing is written.
    """
    with transaction.atomic():
        current = current_row(person)
        if current is not None and key and current.submissions.filter(key=key).exists():
            return current
        if found.trial.events:
            row = bring_in(person, trial=brought_in(found.trial, person=person, now=now), now=now)
        else:
            row = _diary(person, found.trial, now)
        if key:
            Submission.objects.create(trial=row, key=key, received=now)
        row.brought_in = now
        row.save(update_fields=["brought_in"])
        return row


def _is_diary(files: Mapping[str, bytes]) -> bool:
    return files.keys() in ({TRIAL}, {TRIAL, ENTRIES}, {TRIAL, ENTRIES, DIARY})


def _diary(person: Person, kept: Trial, now: datetime) -> TrialRow:
    if current_row(person) is not None:
        raise RefusedError("You are in a trial already. Close it before another begins.")
    row = begin_diary(person, protocol=kept.protocol, start=kept.start, zone=kept.zone, now=now)
    change(row, lambda empty: replace(empty, entries=kept.entries, diary=kept.diary), now=now)
    return TrialRow.objects.get(pk=row.pk)


def _faults(trial: Trial) -> Iterator[Problem]:
    """Yield what cannot be kept here: texts too long, packs that nobody has, doses of a slip."""
    planned = trial.protocol.dose
    most = max(planned.ladder) if planned is not None and not trial.protocol.imported else 0.0
    if exceeds(most, MOST_MG):
        what = f"{most:g} mg is more than the {MOST_MG:g} mg that any trial here takes"
        yield Problem(TRIAL, None, what, "Give a trial with a smaller dose")
    yield from _texts(ENTRIES, EntryRow, trial.entries, renamed={"id": "entry"})
    yield from _texts(DOSES, DoseRow, trial.doses)
    yield from _texts(EVENTS, EventRow, trial.events)
    for line, dose in enumerate(trial.doses, start=2):
        if dose.pack is not None and dose.pack > _LARGEST_PACK:
            yield Problem(DOSES, line, f"there is no pack {dose.pack}", "Mend its number")


def _order_faults(trial: Trial) -> Iterator[Problem]:
    """Yield why the order in a file is not taken: who made the file may have drawn and seen it."""
    drawn = last_of(trial.events, "randomised")
    kept = [n for n in (SLIPS, SEALED, SEAL, ALLOCATION) if trial.place.read(n) is not None]
    if drawn is None and kept and not trial.protocol.imported:
        what = "an order of treatments is in it, but no draw of it is on record"
        yield Problem(kept[0], None, what, "Finish the draw where it was begun, and export again")
    elif drawn is not None and _is_clinics(trial):
        known = EventRow.objects.filter(kind=drawn.kind, hash=drawn.hash)
        if not known.exists():
            what = "its order of treatments was not drawn by this clinic"
            yield Problem(EVENTS, None, what, "Ask your clinic how to go on with this trial")


def _is_clinics(trial: Trial) -> bool:
    """Return whether a clinic keeps the order of a trial, closed, and this is a clinic's server."""
    closed = last_of(trial.events, "unblinding") is None
    return settings.SITE.several_people and trial.protocol.blinding == "clinic" and closed


def _texts(
    file: str,
    model: type[Model],
    values: tuple[Entry | DoseTaken | Event, ...],
    renamed: Mapping[str, str] | None = None,
) -> Iterator[Problem]:
    """Yield the texts that are longer than their column, or hold what is no text.

    The line is right where no text of the file runs over several lines.
    """
    for line, value in enumerate(values, start=2):
        for name in (field.name for field in fields(value)):
            text = getattr(value, name)
            column = _column(model, (renamed or {}).get(name, name))
            if column is not None and isinstance(text, str):
                most = column.max_length or len(text)
                if len(text) > most or "\0" in text:
                    what = f"{name} is longer than {most} letters, or is no plain text"
                    yield Problem(file, line, what, "Mend it")


def _column(model: type[Model], name: str) -> CharField[str, str] | None:
    found = {f.name: f for f in model._meta.get_fields()}.get(name)  # noqa: SLF001 - Django's own door
    return found if isinstance(found, CharField) else None
