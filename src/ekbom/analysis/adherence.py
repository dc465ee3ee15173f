"""Doses as they were taken, set against the plan."""

from __future__ import annotations

import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.result import DosesTaken
from ekbom.analysis.schedule import Schedule
from ekbom.diary.diary import DoseTaken
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of


def share_taken(*, trial: Trial, schedule: Schedule) -> Floats:
    """Return the share of each night's planned dose that was taken, NaN where none is recorded.

    Shape (T,).  Where neither the number of capsules nor the dose is fixed, any capsule or
    milligram counts as the whole dose.  On a reference night milligrams alone say only that its
    dose was taken, as there is none of the substance in it.  After the last night with capsules
    nothing was taken.
    """
    by_night = {d.night: d for d in trial.doses}
    fixed = trial.fixed_dose()
    share = np.array(
        [_share(by_night.get(n.night), n.capsules, fixed) for n in schedule.calendar.nights],
        dtype=float,
    )
    by_mg = [n in by_night and by_night[n].capsules is None for n in schedule.dates]
    untreated = schedule.randomised & ~schedule.treated
    share[np.array(by_mg, dtype=bool) & untreated & ~np.isnan(share)] = 1.0
    ended = last_of(trial.events, "ended")
    last = None if ended is None else ended.day("last")
    after = np.array([last is not None and day > last for day in schedule.dates], dtype=bool)
    return np.where(after & np.isnan(share), 0.0, share)


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


def _share(dose: DoseTaken | None, planned: float | None, fixed: float | None) -> float:
    if dose is None:
        return np.nan
    if dose.capsules is not None:
        return dose.capsules / planned if planned else float(dose.capsules > 0)
    if dose.mg is None:
        return np.nan
    return dose.mg / fixed if fixed else float(dose.mg > 0)


def _total_mg(trial: Trial, schedule: Schedule) -> float | None:
    """Return the elemental mg taken on treatment nights, as recorded or from the capsules."""
    fixed = trial.fixed_dose()
    share = share_taken(trial=trial, schedule=schedule)
    shares = dict(zip(schedule.dates, share, strict=True))
    treated = dict(zip(schedule.dates, schedule.treated, strict=True))
    amounts = []
    for dose in trial.doses:
        if not treated.get(dose.night, False):
            continue
        if dose.mg is not None:
            amounts.append(dose.mg)
        elif fixed is not None and dose.capsules is not None:
            amounts.append(fixed * float(shares[dose.night]))
    return sum(amounts) if amounts else None
