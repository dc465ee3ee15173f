"""Making a trial folder: by registering a new trial, or from data collected elsewhere."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ekbom.design.plan import check_design
from ekbom.diary.diary import Diary, DoseTaken
from ekbom.diary.doses import COLUMNS as DOSE_COLUMNS
from ekbom.diary.doses import dose_cells
from ekbom.diary.entries import Entry, derive_diary
from ekbom.diary.items import items_of
from ekbom.diary.nightly import nightly_cells
from ekbom.diary.table import is_zone
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.protocol.files import content_hash
from ekbom.protocol.model import Protocol
from ekbom.trial.additions import append_event
from ekbom.trial.allocation import allocation_csv
from ekbom.trial.events import chain_event
from ekbom.trial.files import csv_bytes
from ekbom.trial.folder import ANALYSIS_VERSION, Trial, open_trial, registration_detail
from ekbom.trial.log import changed_files
from ekbom.trial.place import ALLOCATION, DIARY, DOSES, Folder, Place

_DAYS_AWAY = 5 * 366
"""How far from today the first night of a trial can lie."""


def register_trial(
    *, path: Path, protocol: Protocol, start: date, zone: str, now: datetime
) -> Trial:
    """Make a new trial folder: from now on the protocol is frozen.

    Takes and refuses what `new_trial` does, and raises RefusedError if the folder exists and is not
    empty; then nothing is written.
    """
    trial = new_trial(place=Folder(path), protocol=protocol, start=start, zone=zone, now=now)
    _write_folder(path, changed_files(None, trial))
    return open_trial(path, now=now)


def new_trial(*, place: Place, protocol: Protocol, start: date, zone: str, now: datetime) -> Trial:
    """Return a new trial, registered at ``now`` and kept in ``place``, where nothing is written.

    ``start`` is the first night; the person has confirmed the MIDs.  Raises InputError for an
    unknown zone and for a protocol of a trial that was run elsewhere.
    """
    _check_zone(zone)
    check_design(protocol, file=protocol.name)
    if protocol.imported or protocol.design.lived:
        what = "it describes a trial that was run elsewhere (imported), which cannot begin anew"
        do = "Set imported = false and remove lived; or bring in its data with ekbom import"
        raise InputError([Problem(protocol.name, None, what, do)])
    if abs((start - now.date()).days) > _DAYS_AWAY:
        what = f"{start} is more than five years from today"
        raise InputError([Problem("start", None, what, "Give the night the trial begins")])
    trial = Trial(place, protocol, content_hash(protocol), ANALYSIS_VERSION, start, zone)
    detail = {**registration_detail(trial), "mids_confirmed": True}
    return append_event(trial, kind="registered", detail=detail, now=now)


def bring_diary(trial: Trial, *, entries: Sequence[Entry], now: datetime) -> Trial:
    """Return a trial just registered with the diary that its person kept before, as its baseline.

    Entries from before its first night, and of what its protocol does not ask, stay behind.  Raises
    RefusedError once the trial has a diary of its own.
    """
    if trial.entries or trial.doses:
        raise RefusedError("This trial has a diary already. Nothing was changed.")
    fit = [e for e in entries if e.night >= trial.start and e.item in trial.items]
    if not fit:
        return trial
    first = min(e.night for e in fit)
    detail = {"first": first, "entries": len(fit)}
    trial = append_event(trial, kind="diary brought along", detail=detail, now=now)
    return replace(trial, entries=tuple(fit), diary=derive_diary(fit))


def import_trial(
    *,
    path: Path,
    protocol: Protocol,
    start: date,
    zone: str,
    treatments: Sequence[str],
    diary: Diary,
    doses: Sequence[DoseTaken] = (),
    source: str,
    events: Sequence[tuple[str, Mapping[str, Any]]] = (),
    now: datetime,
) -> Trial:
    """Make a trial folder from a trial that was run elsewhere.

    ``treatments`` names the treatment of every period; ``events`` are (kind, detail) pairs.
    Raises as `register_trial` does.
    """
    _check_zone(zone)
    check_design(protocol, file=protocol.name)
    lived = protocol.design.lived
    if lived and lived[0].first < start:
        what = f"{start} is after the first night that was lived, {lived[0].first}"
        raise InputError([Problem("start", None, what, "Give the night the trial began")])
    trial = Trial(Folder(path), protocol, content_hash(protocol), ANALYSIS_VERSION, start, zone)
    detail = {**registration_detail(trial), "source": source}
    chain = [chain_event([], kind="imported", detail=detail, instant=now, zone=zone)]
    for kind, said in events:
        chain.append(chain_event(chain, kind=kind, detail=said, instant=now, zone=zone))
    files = {
        **changed_files(None, replace(trial, events=tuple(chain))),
        ALLOCATION: allocation_csv(trial, tuple(treatments)),
        DIARY: csv_bytes(nightly_cells(diary, items=items_of(protocol))),
    }
    if doses:
        files[DOSES] = csv_bytes([DOSE_COLUMNS, *(dose_cells(d) for d in doses)])
    _write_folder(path, files)
    return open_trial(path, now=now)


def refuse_if_taken(path: Path) -> None:
    """Make sure that a trial folder can be made at ``path``; raises RefusedError if not."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RefusedError(f"{path} exists already and is not empty. Nothing was changed.")
    if path.resolve() == Path.cwd():
        raise RefusedError(f"{path} is the folder you are in. Give the name of a new one.")


def _write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Make the whole folder beside its place and move it there, so that no half one is seen."""
    refuse_if_taken(path)
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        for name, data in files.items():
            (half / name).write_bytes(data)
        half.chmod(0o755)
        if path.exists():
            path.rmdir()
        half.rename(path)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise


def _check_zone(zone: str) -> None:
    if not is_zone(zone):
        problem = Problem("zone", None, f"{zone!r} is not a time zone", "Use one: Europe/Berlin")
        raise InputError([problem])
