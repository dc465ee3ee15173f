"""Writing down an answer, a dose or an event in a folder; never the allocation, unknown here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ekbom.diary.diary import DoseTaken
from ekbom.diary.doses import COLUMNS as DOSE_COLUMNS
from ekbom.diary.doses import dose_cells
from ekbom.diary.entries import COLUMNS as ENTRY_COLUMNS
from ekbom.diary.entries import Entry, derive_diary
from ekbom.diary.nightly import nightly_cells
from ekbom.problem import RefusedError
from ekbom.trial.additions import SHELL, add_answers, add_dose, add_event, append_event
from ekbom.trial.events import COLUMNS as EVENT_COLUMNS
from ekbom.trial.files import csv_bytes, locked, write_file
from ekbom.trial.folder import Trial, open_trial, trial_toml
from ekbom.trial.happened import of_kind
from ekbom.trial.place import DIARY, DOSES, ENTRIES, EVENTS, FILES, TRIAL


def log_answers(
    *,
    path: Path,
    night: date,
    answers: Mapping[str, float | None],
    now: datetime,
    correct: bool = False,
    device: str = SHELL,
) -> Trial:
    """Write down the answers of one night and return the trial as it then is.

    Takes and refuses what `add_answers` does; where it refuses, nothing is written.
    """
    with writing(path, now=now) as trial:
        after = add_answers(
            trial, night=night, answers=answers, now=now, correct=correct, device=device
        )
        return write_changes(trial, after)


def log_dose(
    *,
    path: Path,
    night: date,
    instant: datetime | None,
    capsules: float | None,
    mg: float | None,
    now: datetime,
) -> Trial:
    """Write down a dose as it was taken and return the trial as it then is.

    Takes and refuses what `add_dose` does; where it refuses, nothing is written.
    """
    with writing(path, now=now) as trial:
        after = add_dose(trial, night=night, instant=instant, capsules=capsules, mg=mg, now=now)
        return write_changes(trial, after)


def log_event(*, path: Path, kind: str, detail: Mapping[str, Any], now: datetime) -> Trial:
    """Write down an event and return the trial as it then is.

    Takes and refuses what `add_event` does; where it refuses, nothing is written.
    """
    with writing(path, now=now) as trial:
        return write_changes(trial, add_event(trial, kind=kind, detail=detail, now=now))


def record_diary(
    *, path: Path, entries: Sequence[Entry], doses: Sequence[DoseTaken], now: datetime
) -> Trial:
    """Write a whole diary at once into a trial that has none yet, and return the trial.

    Night by night the folder would be read and written anew each time.  Raises RefusedError if
    there are entries already.
    """
    with writing(path, now=now) as trial:
        if trial.diary.nights or trial.doses:
            raise RefusedError(f"{path} has a diary already. Nothing was changed.")
        diary = derive_diary(entries)
        after = replace(trial, entries=tuple(entries), diary=diary, doses=tuple(doses))
        write_changes(trial, after)
        return open_trial(path, now=now)


def record_look(*, path: Path, pair: int, now: datetime) -> None:
    """Put a declared look on record; the person who took it cannot take it again."""
    with writing(path, now=now) as trial:
        detail = {"pair": pair}
        write_changes(trial, append_event(trial, kind="look", detail=detail, now=now))


def record_unplanned_look(*, path: Path, now: datetime) -> int:
    """Put an unplanned look on record and return how many there were."""
    with writing(path, now=now) as trial:
        after = append_event(trial, kind="unplanned look", detail={}, now=now)
        return len(of_kind(write_changes(trial, after).events, "unplanned look"))


@contextmanager
def writing(path: Path, *, now: datetime) -> Iterator[Trial]:
    """Keep every other writer out of a folder, and give the trial in it.

    Raises as `open_trial` does, and RefusedError if another program is writing to it.
    """
    with locked(path):
        yield open_trial(path, now=now)


def write_changes(before: Trial, after: Trial, kept: Mapping[str, bytes] | None = None) -> Trial:
    """Write what ``after`` has and ``before`` had not into the folder, and return ``after``.

    ``kept`` are further files, those of the allocation.  What proves is written first, so that a
    crash between two files leaves an event without its consequence and never the other way round.
    """
    files = {**changed_files(before, after), **(kept or {})}
    for name in FILES:
        if name in files:
            write_file(after.path / name, files[name])
    return after


def changed_files(before: Trial | None, after: Trial) -> dict[str, bytes]:
    """Return the files that differ between two states of a trial; all that are, without a first."""
    files: dict[str, bytes] = {}
    if before is None or after.commitment != before.commitment:
        files[TRIAL] = trial_toml(after)
    if before is None or after.events != before.events:
        files[EVENTS] = csv_bytes([EVENT_COLUMNS, *(e.cells for e in after.events)])
    if after.entries and (before is None or after.entries != before.entries):
        files[ENTRIES] = csv_bytes([ENTRY_COLUMNS, *(e.cells for e in after.entries)])
        files[DIARY] = csv_bytes(nightly_cells(after.diary, items=after.items))
    if after.doses and (before is None or after.doses != before.doses):
        rows = (dose_cells(d, clock=after.clock) for d in after.doses)
        files[DOSES] = csv_bytes([DOSE_COLUMNS, *rows])
    return files
