"""Writing down an answer, a dose or an event; never the allocation, which is not known here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ekbom.design.calendar import CalendarNight
from ekbom.diary.diary import DoseTaken
from ekbom.diary.doses import COLUMNS as DOSE_COLUMNS
from ekbom.diary.doses import dose_cells, too_soon
from ekbom.diary.entries import COLUMNS as ENTRY_COLUMNS
from ekbom.diary.entries import Entry, current_entries, derive_diary
from ekbom.diary.nightly import nightly_cells
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.trial.dose_rules import refuse_dose, refuse_step_down, too_much
from ekbom.trial.events import BY_HAND, KINDS, Event, chain_event, detail_faults
from ekbom.trial.events import COLUMNS as EVENT_COLUMNS
from ekbom.trial.files import csv_bytes, locked, write_file
from ekbom.trial.folder import DIARY, DOSES, ENTRIES, EVENTS, Trial, open_trial
from ekbom.trial.happened import happened_so_far, last_of, of_kind

_HERE = "shell"

_DAYS_AHEAD = 366
"""How far ahead a pause can be planned."""

_BEFORE_THE_END = ("dose fixed", "packs ready", "pause", "resume", "period ended", "ended")
"""Events that make no sense once a trial has ended."""


def log_answers(
    *,
    path: Path,
    night: date,
    answers: Mapping[str, float],
    now: datetime,
    correct: bool = False,
    device: str = _HERE,
) -> Trial:
    """Write down the answers of one night and return the trial as it then is.

    ``answers`` maps items to values in their own units.  An item that was answered before is
    refused unless ``correct``; the earlier answer stays on record.  Raises InputError, with
    nothing written, if anything is wrong with any of them.
    """
    with locked(path):
        trial = open_trial(path, now=now)
        _refuse_without_entries(trial)
        current = {(e.night, e.item): e for e in current_entries(trial.entries)}
        faults = _night_faults(trial, night, now)
        for item, value in answers.items():
            faults += _answer_faults(trial, item, value)
            if (night, item) in current and not correct:
                what = f"{item} was already answered for the night of {night}"
                faults.append((what, "To correct it, add --correct"))
        _raise(faults)
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
        _raise([*_night_faults(trial, night, now), *_dose_faults(trial, dose, found, now)])
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
            _raise([(f"{kind!r} is not an event to log", f"Use one of: {', '.join(BY_HAND)}")])
        plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in detail.items()}
        _raise(detail_faults(kind, plain))
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


def _night_faults(trial: Trial, night: date, now: datetime) -> list[tuple[str, str]]:
    tonight = trial.clock.night_of(now)
    if night < trial.start:
        return [(f"the night of {night} lies before the first, {trial.start}", "Mend the night")]
    if night > tonight:
        return [(f"the night of {night} has not begun yet; this is {tonight}", "Mend the night")]
    if trial.clock.begins(night) is None:
        return [(f"there was no night of {night}: your clock skipped that date", "Mend the night")]
    return []


def _dose_faults(
    trial: Trial, dose: DoseTaken, found: CalendarNight | None, now: datetime
) -> Iterator[tuple[str, str]]:
    if dose.instant is not None and trial.clock.night_of(dose.instant) != dose.night:
        yield f"that time is not in the night of {dose.night}", "Mend the time or the night"
    elif dose.instant is not None and dose.instant > now:
        yield "that time has not come yet", "Log a dose when it was taken"
    if found is not None and found.phase == "randomised" and dose.mg is not None:
        yield "mg is not given on randomised nights", "Give capsules instead"
    for name, value in (("capsules", dose.capsules), ("mg", dose.mg)):
        if value is not None and not 0 <= value < float("inf"):
            yield f"{name} {value:g} is not a number from 0", "Give 0 for a dose left out"
    plan = trial.protocol.dose
    if plan and dose.capsules and plan.max_capsules < dose.capsules < float("inf"):
        yield (
            f"{dose.capsules:g} capsules are more than the plan's {plan.max_capsules}",
            "Mend a slip; if so many were taken, log a deviation and ask a pharmacist or doctor",
        )
    much = too_much(trial, dose)
    if much:
        yield much, "Mend a slip; if it was taken, log a deviation and ask a pharmacist or doctor"
    hours = plan.least_hours if plan else 0.0
    soon = too_soon(dose, trial.doses, clock=trial.clock, least_hours=hours)
    if soon:
        yield soon, "Leave this dose out"


def _answer_faults(trial: Trial, item: str, value: float) -> list[tuple[str, str]]:
    known = trial.items
    if item not in known:
        return [(f"{item!r} is not an item of this protocol", f"Use one of: {', '.join(known)}")]
    off = known[item].fault(value)
    if off:
        return [(off, f"Use {known[item].scale}")]
    return []


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
    pauses = happened_so_far(trial.events).pauses
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
            _raise([] if ahead else _night_faults(trial, night, now))


def _raise(faults: Sequence[tuple[str, str]]) -> None:
    if faults:
        raise InputError(Problem("this entry", None, what, do) for what, do in faults)
