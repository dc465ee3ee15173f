"""What speaks against writing an answer or a dose down: each fault, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ekbom.design.calendar import CalendarNight
from ekbom.diary.diary import DoseTaken
from ekbom.diary.doses import too_soon
from ekbom.problem import InputError, Problem
from ekbom.trial.dose_rules import too_much
from ekbom.trial.folder import Trial


def night_faults(trial: Trial, night: date, now: datetime) -> list[tuple[str, str]]:
    """Return why nothing can be written down of a night, and what to do: too early, skipped."""
    tonight = trial.clock.night_of(now)
    if night < trial.start:
        return [(f"the night of {night} lies before the first, {trial.start}", "Mend the night")]
    if night > tonight:
        return [(f"the night of {night} has not begun yet; this is {tonight}", "Mend the night")]
    if trial.clock.begins(night) is None:
        return [(f"there was no night of {night}: your clock skipped that date", "Mend the night")]
    return []


def dose_faults(
    trial: Trial, dose: DoseTaken, found: CalendarNight | None, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield what speaks against a dose as it is told, beside the doses on record.

    ``found`` is what the calendar says of its night, ``None`` outside the calendar.
    """
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


def raise_faults(faults: Sequence[tuple[str, str]]) -> None:
    """Raise InputError with every fault, if there is any."""
    if faults:
        raise InputError(Problem("this entry", None, what, do) for what, do in faults)
