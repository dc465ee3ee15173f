"""Side effects per treatment, over every night from the first randomised one on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.exposure import Floats
from ekbom.analysis.randomisation import share_test
from ekbom.analysis.randomisation_reference import ReferenceSet
from ekbom.analysis.result import Complaints, Incidents, SideEffects, SideEffectSummary
from ekbom.analysis.schedule import Flags, Schedule
from ekbom.protocol.model import SideEffect
from ekbom.trial.folder import Trial
from ekbom.trial.happened import of_kind


def summarise_side_effects(
    *,
    trial: Trial,
    schedule: Schedule,
    reference: ReferenceSet | None,
    until: date | None = None,
) -> SideEffects:
    """Return every side effect by treatment; ``reference`` is ``None`` for orders not drawn.

    Reports of nights after ``until`` do not count: a look does not see them.
    """
    later = np.array([until is not None and day > until for day in schedule.dates], dtype=bool)
    items = tuple(
        _summary(trial, schedule, item, reference, later) for item in trial.protocol.side_effects
    )
    return SideEffects(items, _incidents(trial, schedule))


def revealed_gap(*, found: SideEffects, items: Sequence[SideEffect]) -> float | None:
    """Return by how much more of the treatment's nights had a side effect that can reveal it.

    The largest difference in share of nights, treatment minus reference, over the items that the
    protocol calls revealing; ``None`` where there is none or it was not reported on both.
    """
    revealing = {item.id for item in items if item.reveals}
    differences = [s.difference for s in found.items if s.id in revealing]
    return max((d for d in differences if d is not None), default=None)


def _summary(
    trial: Trial,
    schedule: Schedule,
    item: SideEffect,
    reference: ReferenceSet | None,
    later: Flags,
) -> SideEffectSummary:
    value = np.where(later, np.nan, trial.diary.values(item.id, dates=schedule.dates))
    treatment, other = trial.protocol.treatment.name, trial.protocol.reference.name
    both = (
        _complaints(treatment, value, schedule.treated, item),
        _complaints(other, value, schedule.randomised & ~schedule.treated, item),
    )
    phases = np.array([n.phase == "titration" for n in schedule.calendar.nights], dtype=bool)
    least = trial.protocol.decision.min_side_effect_nights
    return SideEffectSummary(
        id=item.id,
        treatments=both,
        titration=_complaints("titration", value, phases, item),
        difference=_difference(*both),
        p=_chance(schedule, item, value, reference),
        few_data=min(c.reported for c in both) < least,
    )


def _difference(treated: Complaints, untreated: Complaints) -> float | None:
    if not (treated.reported and untreated.reported):
        return None
    return treated.present / treated.reported - untreated.present / untreated.reported


def _complaints(name: str, value: Floats, nights: Flags, item: SideEffect) -> Complaints:
    answered = value[nights & ~np.isnan(value)]
    return Complaints(
        treatment=name,
        reported=len(answered),
        present=int((answered >= item.present_from).sum()),
        worst=float(answered.max()) if len(answered) else None,
    )


def _chance(
    schedule: Schedule, item: SideEffect, value: Floats, reference: ReferenceSet | None
) -> float | None:
    answered = schedule.randomised & ~np.isnan(value)
    if reference is None or not answered.any():
        return None
    period: NDArray[np.int64] = schedule.period[answered]
    return share_test(
        period=period,
        happened=value[answered] >= item.present_from,
        reference=reference,
        observed=schedule.sequence,
    ).p


def _incidents(trial: Trial, schedule: Schedule) -> tuple[Incidents, ...]:
    """Count holds, step-downs, early ends and emergencies on each treatment.

    An end counts whatever its reason, if planned nights were still to come.
    """
    protocol = trial.protocol
    counts = {
        t.name: dict.fromkeys(("hold", "step down", "ended", "emergency"), 0)
        for t in protocol.treatments
    }
    for event in of_kind(trial.events, "hold", "step down", "ended", "emergency"):
        night = event.day("last" if event.kind == "ended" else "night")
        place = schedule.place(night or trial.clock.night_of(event.instant))
        finished = event.kind == "ended" and night == schedule.calendar.last
        if place is None or finished:
            continue
        name = (protocol.treatment if schedule.treated[place] else protocol.reference).name
        counts[name][event.kind] += 1
    return tuple(
        Incidents(name, c["hold"], c["step down"], c["ended"], c["emergency"])
        for name, c in counts.items()
    )
