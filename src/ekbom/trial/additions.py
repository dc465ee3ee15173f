"""What comes next in a trial: an answer, a dose or an event added to it, and nothing written.

Every place that keeps trials, a folder or a database, adds to them through these functions, so that
one set of rules decides what may be written down.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from ekbom.diary.diary import DoseTaken
from ekbom.diary.entries import Entry, current_entries, derive_diary
from ekbom.problem import RefusedError
from ekbom.protocol.periods import period_count
from ekbom.trial.commands import DRAWN_WITH, OPENED_WITH
from ekbom.trial.dose_rules import refuse_dose, refuse_step_down
from ekbom.trial.event_kinds import BY_HAND, KINDS, detail_faults
from ekbom.trial.events import chain_event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of, happened_so_far, last_of
from ekbom.trial.incidents import refuse_incident
from ekbom.trial.log_faults import dose_faults, night_faults, raise_faults
from ekbom.trial.opened import refuse_pack

SHELL = "shell"
"""The device of an answer that was given to the shell."""

_DAYS_AHEAD = 366
"""How far ahead a pause can be planned."""

_BEFORE_THE_END = (
    "dose fixed",
    "packs ready",
    "pause",
    "resume",
    "no capsules",
    "period ended",
    "ended",
)
"""Events that make no sense once a trial has ended."""

_WHICH_COUNT: Mapping[str, str] = {
    "pause": "first",
    "resume": "first",
    "period ended": "last",
    "ended": "last",
    "incident": "night",
}
"""Events on which it hangs which nights count, with the detail that says from where on."""

UNSURE = "don't know"
"""What a guess says that names no treatment."""


def add_answers(
    trial: Trial,
    *,
    night: date,
    answers: Mapping[str, float | None],
    now: datetime,
    instant: datetime | None = None,
    correct: bool = False,
    device: str = SHELL,
    id: str = "",  # noqa: A002 - the column's own name
) -> Trial:
    """Return the trial with the answers of one night.

    ``answers`` maps items to values in their own units, or to ``None`` where an earlier answer is
    withdrawn.  An item that was answered before is refused unless ``correct``; the earlier answer
    stays on record.  ``now`` is when the answers arrived and ``instant`` when they were given, on a
    device that may have been offline; both are aware.  ``id`` is what the device calls this
    report; left out, every entry gets an id of its own.  Raises InputError if anything is wrong
    with any of them, RefusedError for a trial whose diary has no entries.
    """
    _refuse_without_entries(trial)
    given = min(instant or now, now)
    current = {(e.night, e.item): e for e in current_entries(trial.entries)}
    faults = night_faults(trial, night, given)
    for item, value in answers.items():
        before = current.get((night, item))
        faults += _answer_faults(trial, item, value)
        faults += _before_faults(item, value, night, before, correct=correct)
    raise_faults(faults)
    late = trial.clock.night_of(given) > night
    new = [
        Entry(
            id=f"{id}.{item}" if id else uuid.uuid4().hex,
            received=now,
            instant=given,
            zone=trial.clock.zone_at(given),
            device=device,
            night=night,
            item=item,
            value=value,
            late=late,
            replaces=current[night, item].id if (night, item) in current else "",
        )
        for item, value in answers.items()
    ]
    entries = (*trial.entries, *new)
    return replace(trial, entries=entries, diary=derive_diary(entries))


def add_dose(
    trial: Trial,
    *,
    night: date,
    instant: datetime | None,
    capsules: float | None,
    mg: float | None,
    now: datetime,
) -> Trial:
    """Return the trial with a dose as it was taken.

    ``instant`` is aware; ``mg`` is elemental and stays empty for randomised nights.  Raises
    InputError for a second dose in a night or one too soon after another.
    """
    found = trial.calendar(today=trial.clock.night_of(now)).at(night)
    zone = trial.clock.zone_at(instant or now)
    pack = None if found is None else found.pack
    dose = DoseTaken(night, instant, zone, pack, capsules, mg)
    raise_faults([*night_faults(trial, night, now), *dose_faults(trial, dose, found, now)])
    return replace(trial, doses=(*trial.doses, dose))


def add_event(trial: Trial, *, kind: str, detail: Mapping[str, Any], now: datetime) -> Trial:
    """Return the trial with an event that a person writes down.

    Raises InputError for an unknown kind or detail, RefusedError where the plan forbids it.
    """
    if kind not in BY_HAND:
        what = f"{kind!r} is not an event to log"
        raise_faults([(what, f"Use one of: {', '.join(BY_HAND)}")])
    plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in detail.items()}
    raise_faults(detail_faults(kind, plain))
    _refuse_after_end(trial, kind)
    _refuse_once_open(trial, kind, plain)
    _refuse_nights(trial, kind, plain, now)
    _refuse_against_plan(trial, kind, plain, now)
    if kind == "unblinding":
        _refuse_by_hand(trial, now)
    return append_event(trial, kind=kind, detail=plain, now=now)


def append_event(trial: Trial, *, kind: str, detail: Mapping[str, Any], now: datetime) -> Trial:
    """Return the trial with an event that is known to be right."""
    zone = trial.clock.zone_at(now)
    event = chain_event(trial.events, kind=kind, detail=detail, instant=now, zone=zone)
    return replace(trial, events=(*trial.events, event))


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
        case "guess":
            _refuse_guess(trial, detail)
        case "pack opened":
            night = date.fromisoformat(detail["night"])
            refuse_pack(trial, pack=detail["pack"], night=night, now=now)
        case "incident":
            refuse_incident(trial.protocol, detail)


def _refuse_after_end(trial: Trial, kind: str) -> None:
    ended = last_of(trial.events, "ended")
    if ended is not None and kind in _BEFORE_THE_END:
        raise RefusedError(
            f"The trial ended with the night of {ended.day('last')}, so {kind!r} has no place in "
            "it any more. Answers and notes can still be written down."
        )


def _refuse_once_open(trial: Trial, kind: str, detail: Mapping[str, Any]) -> None:
    """Refuse what would change which nights count that were lived before the order was known."""
    opened, name = last_of(trial.events, "unblinding"), _WHICH_COUNT.get(kind)
    if opened is None or name is None:
        return
    over = trial.calendar().last + timedelta(days=1)
    known = min(date.fromisoformat(opened.detail["night"]), over)
    if date.fromisoformat(detail[name]) + timedelta(days=name == "last") < known:
        raise RefusedError(
            "The order is open. So it is too late to change which nights before that count. Write "
            "down what happened as a note."
        )


def _refuse_packs(trial: Trial) -> None:
    if trial.protocol.dose is None:
        raise RefusedError("This protocol has no dose, so 'packs ready' has no meaning in it.")
    if trial.fixed_dose() is None:
        raise RefusedError("The dose is not fixed yet: log 'dose fixed' first.")
    if trial.protocol.blinding == "alone" and not trial.protocol.imported:
        raise RefusedError(
            "In this trial the packs are ready with the last step of making them. "
            f"Go on with it: ekbom packs {trial.place}"
        )
    if last_of(trial.events, "randomised") is None:
        raise RefusedError(
            "The order of treatments is not drawn yet, so no pack can be made. "
            f"Run: ekbom {DRAWN_WITH[trial.protocol.blinding]} {trial.place}"
        )


def _refuse_by_hand(trial: Trial, now: datetime) -> None:
    """Refuse to say by hand that an order was opened that something has to open."""
    command = OPENED_WITH.get(trial.protocol.blinding)
    if command is None or trial.protocol.imported:
        return
    raise RefusedError(
        "The opening of this order goes on record when it is opened. "
        f"Run: ekbom {command} {trial.place} "
        "If somebody told you the whole order, put that on record: "
        f"ekbom log {trial.place} --event incident what='helper told' whole=true "
        f"night={trial.clock.night_of(now)}"
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
    """Refuse a night that the event cannot speak of; only a plan may lie far in the future."""
    for name, field in KINDS[kind].items():
        if field.type is date and name in detail:
            night = date.fromisoformat(detail[name])
            soon = (night - trial.clock.night_of(now)).days <= _DAYS_AHEAD
            planned = kind in ("pause", "resume", "no capsules")
            ahead = planned and night >= trial.start and soon
            # What is opened in the morning is known from the coming night on.
            ahead |= kind == "unblinding" and night == evening_of(trial.clock, now)
            raise_faults([] if ahead else night_faults(trial, night, now))


def _refuse_guess(trial: Trial, detail: Mapping[str, Any]) -> None:
    known = [UNSURE, *(t.name for t in trial.protocol.treatments)]
    if detail["treatment"] not in known:
        raise_faults([(f"{detail['treatment']!r} is no guess", f"Use one of: {', '.join(known)}")])
    if not 1 <= detail["period"] <= period_count(trial.protocol.design):
        raise RefusedError(f"There is no period {detail['period']} in this trial.")
