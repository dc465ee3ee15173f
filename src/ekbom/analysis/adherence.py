"""Doses as they were taken, set against the plan."""

from __future__ import annotations

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.result import DosesTaken
from ekbom.analysis.schedule import Schedule
from ekbom.diary.diary import DoseTaken
from ekbom.trial.folder import Trial


def share_taken(*, trial: Trial, schedule: Schedule) -> Floats:
    """Return the share of each night's planned dose that was taken, NaN where none is recorded.

    Shape (T,).  Where the number of capsules is not planned, any capsule or milligram counts as
    the whole dose.
    """
    by_night = {d.night: d for d in trial.doses}
    return np.array(
        [_share(by_night.get(n.night), n.capsules) for n in schedule.calendar.nights], dtype=float
    )


def as_taken_dose(*, trial: Trial, schedule: Schedule, unrecorded: float) -> Floats:
    """Return the dose of each night as taken, shape (T,); ``unrecorded`` stands for no record."""
    share = share_taken(trial=trial, schedule=schedule)
    taken = np.where(np.isnan(share), unrecorded, share)
    return np.where(schedule.treated, taken, schedule.dose)


def count_doses(*, trial: Trial, schedule: Schedule) -> DosesTaken:
    """Return how many randomised nights had their dose in full, in part, not, or unrecorded."""
    share = share_taken(trial=trial, schedule=schedule)[schedule.randomised]
    known = share[~np.isnan(share)]
    return DosesTaken(
        planned=len(share),
        full=int((known >= 1).sum()),
        partial=int(((known > 0) & (known < 1)).sum()),
        left_out=int((known == 0).sum()),
        unrecorded=len(share) - len(known),
        mg=_total_mg(trial, schedule),
    )


def _share(dose: DoseTaken | None, planned: float | None) -> float:
    if dose is None:
        return np.nan
    if dose.capsules is not None:
        return dose.capsules / planned if planned else float(dose.capsules > 0)
    return np.nan if dose.mg is None else float(dose.mg > 0)


def _total_mg(trial: Trial, schedule: Schedule) -> float | None:
    """Return the elemental mg taken on treatment nights, as recorded or from the capsules."""
    fixed = trial.fixed_dose()
    treated = {
        n.night for n, t in zip(schedule.calendar.nights, schedule.treated, strict=True) if t
    }
    shares = dict(zip(schedule.dates, share_taken(trial=trial, schedule=schedule), strict=True))
    amounts = []
    for dose in trial.doses:
        if dose.night not in treated:
            continue
        if dose.mg is not None:
            amounts.append(dose.mg)
        elif fixed is not None:
            amounts.append(fixed * float(shares[dose.night]))
    return float(np.nansum(amounts)) if amounts else None
