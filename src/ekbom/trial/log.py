"""Writing down an answer, a dose or an event; never the allocation, which is not known here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ekbom.diary.diary import DoseTaken
from ekbom.diary.doses import COLUMNS as DOSE_COLUMNS
from ekbom.diary.doses import dose_cells
from ekbom.diary.entries import COLUMNS as ENTRY_COLUMNS
from ekbom.diary.entries import Entry, current_entries, derive_diary
from ekbom.diary.nightly import nightly_cells
from ekbom.problem import RefusedError
from ekbom.trial.dose_rules import refuse_dose, refuse_step_down
from ekbom.trial.events import BY_HAND, KINDS, Event, chain_event, detail_faults
from ekbom.trial.events import COLUMNS as EVENT_COLUMNS
from ekbom.trial.files import csv_bytes, locked, write_file
from ekbom.trial.folder import DIARY, DOSES, ENTRIES, EVENTS, Trial, open_trial
from ekbom.trial.happened import happened_so_far, last_of, of_kind
from ekbom.trial.log_faults import dose_faults, night_faults, raise_faults

_HERE = "shell"

_DAYS_AHEAD = 366
"""How far ahead a pause can be planned."""

_BEFORE_THE_END = ("dose fixed", "packs ready", "pause", "resume", "period ended", "ended")
"""Events that make no sense once a trial has ended."""


def log_answers(
    *,
    path: Path,
    night: date,
    answers: Mapping[str, float | None],
    now: datetime,
    correct: bool = False,
    device: str = _HERE,
) -> Trial:
    """Write down the answers of one night and return the trial as it then is.

    ``answers`` maps items to values in their own units, or to ``None`` where an earlier answer is
    withdrawn.  An item that was answered before is refused unless ``correct``; the earlier answer
    stays on record.  Raises InputError, with nothing written, if anything is wrong with any of
    them.
    """
    with locked(path):
        trial = open_trial(path, now=now)
        _refuse_without_entries(trial)
        current = {(e.night, e.item): e for e in current_entries(trial.entries)}
        faults = night_faults(trial, night, now)
        for item, value in answers.items():
            before = current.get((night, item))
            faults += _answer_faults(trial, item, value)
            faults += _before_faults(item, value, night, before, correct=correct)
        raise_faults(faults)
        late = trial.clock.night_of(now) > night
        new = [
            Entry(
                id=uuid.uuid4().hex,
                received=now,
                instant=now,
                zone=trial.clock.zone_at(now),
                device=device,
                night=night,
                item=item,
                value=value,
                late=late,
                replaces=current[night, item].id if (night, item) in current else "",
            )
            for item, value in answers.items()
        ]
        return _write_entries(trial, [*trial.entries, *new])


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

    ``instant`` is aware; ``mg`` is elemental and stays empty for randomised nights.  Raises
    InputError, with nothing written, for a second dose in a night or one too soon after another.
    """
    with locked(path):
        trial = open_trial(path, now=now)
        found = trial.calendar(today=trial.clock.night_of(now)).at(night)
        zone = trial.clock.zone_at(instant or now)
        pack = None if found is None else found.pack
        dose = DoseTaken(night, instant, zone, pack, capsules, mg)
        raise_faults([*night_faults(trial, night, now), *dose_faults(trial, dose, found, now)])
        doses = [*trial.doses, dose]
        rows = [DOSE_COLUMNS, *(dose_cells(d, clock=trial.clock) for d in doses)]
        write_file(path / DOSES, csv_bytes(rows))
        return replace(trial, doses=tuple(doses))


def log_event(*, path: Path, kind: str, detail: Mapping[str, Any], now: datetime) -> Trial:
    """Write down an event and return the trial as it then is.

    Raises InputError for an unknown kind or detail, RefusedError where the plan forbids it; then
    nothing is written.
    """
    with locked(path):
        trial = open_trial(path, now=now)
        if kind not in BY_HAND:
            what = f"{kind!r} is not an event to log"
            raise_faults([(what, f"Use one of: {', '.join(BY_HAND)}")])
        plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in detail.items()}
        raise_faults(detail_faults(kind, plain))
        _refuse_after_end(trial, kind)
        _refuse_nights(trial, kind, plain, now)
        _refuse_against_plan(trial, kind, plain, now)
        return add_event(trial, kind=kind, detail=plain, now=now)


def record_diary(
    *, path: Path, entries: Sequence[Entry], doses: Sequence[DoseTaken], now: datetime
) -> Trial:
    """Write a whole diary at once into a trial that has none yet, and return the trial.

    Night by night the folder would be read and written anew each time.  Raises RefusedError if
    there are entries already.
    """
    with locked(path):
        trial = open_trial(path, now=now)
        if trial.diary.nights or trial.doses:
            raise RefusedError(f"{path} has a diary already. Nothing was changed.")
        trial = _write_entries(trial, entries)
        rows = [DOSE_COLUMNS, *(dose_cells(d, clock=trial.clock) for d in doses)]
        write_file(path / DOSES, csv_bytes(rows))
        return open_trial(path, now=now)


def record_look(*, path: Path, pair: int, now: datetime) -> None:
    """Put a declared look on record; the person who took it cannot take it again."""
    with locked(path):
        add_event(open_trial(path, now=now), kind="look", detail={"pair": pair}, now=now)


def record_unplanned_look(*, path: Path, now: datetime) -> int:
    """Put an unplanned look on record and return how many there were."""
    with locked(path):
        trial = add_event(open_trial(path, now=now), kind="unplanned look", detail={}, now=now)
        return len(of_kind(trial.events, "unplanned look"))


def add_event(trial: Trial, *, kind: str, detail: Mapping[str, Any], now: datetime) -> Trial:
    """Append an event that is known to be right; the caller holds the lock."""
    zone = trial.clock.zone_at(now)
    event = chain_event(trial.events, kind=kind, detail=detail, instant=now, zone=zone)
    events = [*trial.events, event]
    write_events(trial, events)
    return replace(trial, events=tuple(events))


def write_events(trial: Trial, events: Sequence[Event]) -> None:
    """Put the whole chain into events.csv."""
    write_file(trial.path / EVENTS, csv_bytes([EVENT_COLUMNS, *(e.cells for e in events)]))


def _write_entries(trial: Trial, entries: Sequence[Entry]) -> Trial:
    diary = derive_diary(entries)
    rows = nightly_cells(diary, items=trial.items)
    write_file(trial.path / ENTRIES, csv_bytes([ENTRY_COLUMNS, *(e.cells for e in entries)]))
    write_file(trial.path / DIARY, csv_bytes(rows))
    return replace(trial, entries=tuple(entries), diary=diary)


def _answer_faults(trial: Trial, item: str, value: float | None) -> list[tuple[str, str]]:
    known = trial.items
    if item not in known:
        return [(f"{item!r} is not an item of this protocol", f"Use one of: {', '.join(known)}")]
    off = None if value is None else known[item].fault(value)
    if off:
        return [(off, f"Use {known[item].scale}")]
    return []


def _before_faults(
    item: str, value: float | None, night: date, before: Entry | None, *, correct: bool
) -> Iterator[tuple[str, str]]:
    """Yield what stands against an answer in what was answered before."""
    answered = before is not None and before.value is not None
    if value is None and not answered:
        yield f"{item} has no answer for the night of {night}", "There is nothing to withdraw"
    elif value is not None and answered and not correct:
        what = f"{item} was already answered for the night of {night}"
        yield what, "To correct it, add --correct"


def _refuse_without_entries(trial: Trial) -> None:
    if trial.diary.nights and not trial.entries:
        raise RefusedError(
            "This trial has its diary in diary.csv alone, as imported trials do. "
            "Nothing can be added to it here."
        )


def _refuse_against_plan(trial: Trial, kind: str, detail: Mapping[str, Any], now: datetime) -> None:
    match kind:
        case "dose fixed":
            refuse_dose(trial, detail)
        case "packs ready":
            _refuse_packs(trial)
        case "pause" | "resume":
            _refuse_pause(trial, kind, date.fromisoformat(detail["first"]))
        case "step down":
            refuse_step_down(trial, detail["capsules"])
        case "period ended":
            found = trial.calendar(today=trial.clock.night_of(now)).at(
                date.fromisoformat(detail["last"])
            )
            if found is None or found.period is None:
                raise RefusedError(f"The night of {detail['last']} is in no randomised period.")


def _refuse_after_end(trial: Trial, kind: str) -> None:
    ended = last_of(trial.events, "ended")
    if ended is not None and kind in _BEFORE_THE_END:
        raise RefusedError(
            f"The trial ended with the night of {ended.day('last')}, so {kind!r} has no place in "
            "it any more. Answers and notes can still be written down."
        )


def _refuse_packs(trial: Trial) -> None:
    if trial.protocol.dose is None:
        raise RefusedError("This protocol has no dose, so 'packs ready' has no meaning in it.")
    if trial.fixed_dose() is None:
        raise RefusedError("The dose is not fixed yet: log 'dose fixed' first.")
    if last_of(trial.events, "randomised") is None:
        raise RefusedError(
            "The order of treatments is not drawn yet, so no pack can be made. "
            f"Run: ekbom randomise {trial.path}"
        )


def _refuse_pause(trial: Trial, kind: str, first: date) -> None:
    pauses = happened_so_far(trial.events, clock=trial.clock).pauses
    since = pauses[-1].first if pauses and pauses[-1].resumed is None else None
    if kind == "pause" and since is not None:
        raise RefusedError(f"The trial is paused since {since} already: log 'resume' first.")
    if kind == "resume" and since is None:
        raise RefusedError("There is no pause to resume from.")
    if kind == "resume" and since is not None and first < since:
        raise RefusedError(f"The pause began on {since}: resume on that night or later.")


def _refuse_nights(trial: Trial, kind: str, detail: Mapping[str, Any], now: datetime) -> None:
    """Refuse a night that the event cannot speak of; only a pause may lie in the future."""
    for name, field in KINDS[kind].items():
        if field.type is date and name in detail:
            night = date.fromisoformat(detail[name])
            soon = (night - trial.clock.night_of(now)).days <= _DAYS_AHEAD
            ahead = kind in ("pause", "resume") and night >= trial.start and soon
            raise_faults([] if ahead else night_faults(trial, night, now))
