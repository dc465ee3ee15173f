"""What a trial takes with it: that it was brought in, was opened before, or a stop not released."""

from __future__ import annotations

import json
from datetime import datetime

from ekbom.evidence.facts import limits
from ekbom.guide.situation import situation_of
from ekbom.protocol.doses import exceeds
from ekbom.trial.additions import append_event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind
from ekbom.web.models import EventRow, Person
from ekbom.web.store import load

STOP_BEFORE = "stop of the trial before"
ABOVE_LIMIT = "dose above the limit, brought in"


def brought_in(trial: Trial, *, person: Person, now: datetime) -> Trial:
    """Return a trial from a file with what must be on record before it goes on here.

    One that still runs asks for the safety questions anew; a dose above its region's limit, and a
    stop of the person's trial before it, wait for a named clinician.
    """
    trial = _opened_before(trial, now)
    if trial.protocol.imported or situation_of(trial=trial, now=now).is_over:
        return trial
    trial = append_event(trial, kind="brought in", detail={}, now=now)
    if _is_above_limit(trial):
        trial = append_event(trial, kind="no capsules", detail={"note": ABOVE_LIMIT}, now=now)
    return with_stop_before(trial, person=person, now=now)


def with_stop_before(trial: Trial, *, person: Person, now: datetime) -> Trial:
    """Return a trial without capsules, if those of the person's last one were stopped."""
    if not is_stopped_before(person, now=now):
        return trial
    return append_event(trial, kind="no capsules", detail={"note": STOP_BEFORE}, now=now)


def is_stopped_before(person: Person, *, now: datetime) -> bool:
    """Return whether a stop in the person's last trial still waits for a named clinician."""
    earlier = person.trials.filter(registered=True).exclude(closed=None)
    row = earlier.order_by("-closed").first()
    return row is not None and _waits(load(row, now=now), row.closed or now)


def _waits(trial: Trial, now: datetime) -> bool:
    agreed = last_of(trial.events, "restart")
    called = of_kind(trial.events, "emergency", "hold")
    clinician = [e for e in called if e.kind == "emergency" or e.detail.get("clinician")]
    if any(agreed is None or agreed.id < event.id for event in clinician):
        return True
    away = situation_of(trial=trial, now=now).kept_away_by
    return any(event.day("until") is None for event in away)


def _is_above_limit(trial: Trial) -> bool:
    dose = trial.protocol.dose
    known = None if dose is None else limits().get(dose.region)
    if dose is None:
        return False
    return known is None or exceeds(max(dose.limit_mg, *dose.ladder), known.mg_per_day)


def _opened_before(trial: Trial, now: datetime) -> Trial:
    """Return the trial with its opening, where the same registration was opened here before."""
    if not trial.events or last_of(trial.events, "unblinding") is not None:
        return trial
    same = EventRow.objects.filter(number=1, hash=trial.events[0].hash).values("trial")
    opened = EventRow.objects.filter(trial__in=same, kind="unblinding").values_list("detail")
    nights = sorted(json.loads(text)["night"] for (text,) in opened)
    if not nights:
        return trial
    return append_event(trial, kind="unblinding", detail={"night": nights[0]}, now=now)
