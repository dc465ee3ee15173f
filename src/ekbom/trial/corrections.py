"""Correcting a dose that was written down wrongly; what stood there before stays on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from ekbom.diary.diary import DoseTaken
from ekbom.diary.doses import dose_cells
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.trial.additions import append_event
from ekbom.trial.folder import Trial
from ekbom.trial.log import write_changes, writing
from ekbom.trial.log_faults import dose_faults, night_faults, raise_faults


def correct_dose(
    *,
    path: Path,
    night: date,
    instant: datetime | None = None,
    capsules: float | None = None,
    mg: float | None = None,
    now: datetime,
) -> Trial:
    """Put right what was written down of one night's dose and return the trial as it then is.

    What is ``None`` stays as it was; ``instant`` is aware, ``mg`` elemental.  The event `dose
    corrected` keeps both lines of doses.csv.  Raises InputError where there is no such dose or
    where `log_dose` would refuse the corrected one, RefusedError for an imported trial; then
    nothing is written.
    """
    with writing(path, now=now) as trial:
        after = change_dose(trial, night=night, instant=instant, capsules=capsules, mg=mg, now=now)
        return write_changes(trial, after)


def change_dose(
    trial: Trial,
    *,
    night: date,
    instant: datetime | None = None,
    capsules: float | None = None,
    mg: float | None = None,
    now: datetime,
) -> Trial:
    """Return the trial with one night's dose put right, as `correct_dose` writes it."""
    if trial.protocol.imported:
        raise RefusedError("This trial was run elsewhere. Correct its doses where they are.")
    before = _dose_of(trial, night, now)
    after = _corrected(trial, before, instant, capsules, mg)
    _check(trial, before, after, mg, now)
    old, new = (",".join(dose_cells(d, clock=trial.clock)) for d in (before, after))
    detail = {"night": night, "before": old, "after": new}
    trial = append_event(trial, kind="dose corrected", detail=detail, now=now)
    return replace(trial, doses=tuple(after if d is before else d for d in trial.doses))


def _dose_of(trial: Trial, night: date, now: datetime) -> DoseTaken:
    raise_faults(night_faults(trial, night, now))
    found = next((d for d in trial.doses if d.night == night), None)
    if found is None:
        what = f"there is no dose of the night of {night} to correct"
        do = "To write one down, leave out --correct"
        raise InputError([Problem("this entry", None, what, do)])
    return found


def _corrected(
    trial: Trial,
    before: DoseTaken,
    instant: datetime | None,
    capsules: float | None,
    mg: float | None,
) -> DoseTaken:
    return DoseTaken(
        night=before.night,
        instant=before.instant if instant is None else instant,
        zone=before.zone if instant is None else trial.clock.zone_at(instant),
        pack=before.pack,
        capsules=before.capsules if capsules is None else capsules,
        mg=before.mg if mg is None else mg,
    )


def _check(
    trial: Trial, before: DoseTaken, after: DoseTaken, mg: float | None, now: datetime
) -> None:
    """Refuse what could not have been logged in the first place, beside all the other doses."""
    if after == before:
        raise_faults([("it is what is on record already", "Give what was different")])
    if mg is None and before.mg is not None and after.capsules != before.capsules:
        what = f"that dose has {before.mg:g} mg on record beside its capsules"
        raise_faults([(what, "Give --mg too, so that the two agree")])
    found = trial.calendar(today=trial.clock.night_of(now)).at(after.night)
    others = replace(trial, doses=tuple(d for d in trial.doses if d is not before))
    raise_faults(list(dose_faults(others, after, found, now)))
