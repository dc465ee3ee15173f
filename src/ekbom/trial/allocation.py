"""The file allocation.csv, and whether it and its seal are what was drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ekbom.design.plan import design_of, numbers
from ekbom.diary.table import Faults, Row, read_table
from ekbom.problem import InputError, Problem, errors
from ekbom.protocol.periods import block_of, period_count
from ekbom.trial.files import csv_bytes
from ekbom.trial.folder import Trial
from ekbom.trial.place import ALLOCATION, SEAL
from ekbom.trial.seal import METHOD, Seal, commitment, drawn_from, seal_from
from ekbom.trial.way import Allocation

_COLUMNS = ("period", "first", "last", "treatment")

INADMISSIBLE = "this order is not one that the design could draw"


def allocation_csv(trial: Trial, treatments: tuple[str, ...]) -> bytes:
    """Return allocation.csv with the nights that each period was expected to have at the draw.

    Before the draw those are the nights that it is expected to have now.
    """
    trial = _at_the_draw(trial)
    nights: dict[int, list[date]] = {}
    for night in trial.calendar().randomised:
        nights.setdefault(night.period or 0, []).append(night.night)
    rows = [
        (str(period), nights[period][0].isoformat(), nights[period][-1].isoformat(), treatment)
        for period, treatment in enumerate(treatments, start=1)
        if period in nights
    ]
    return csv_bytes([_COLUMNS, *rows])


def _at_the_draw(trial: Trial) -> Trial:
    drawn = [n for n, event in enumerate(trial.events) if event.kind == "randomised"]
    if trial.protocol.imported:
        return replace(trial, events=())
    return replace(trial, events=trial.events[: drawn[-1]]) if drawn else trial


def sound_allocation(trial: Trial) -> Allocation:
    """Return what allocation.csv says; raises InputError with all that is wrong with it."""
    allocation, problems = read_allocation(trial)
    if allocation is None or errors(problems):
        raise InputError(errors(problems))
    return allocation


def read_allocation(trial: Trial) -> tuple[Allocation | None, list[Problem]]:
    """Return what allocation.csv says, ``None`` where it cannot be read, and all that is wrong."""
    allocation, problems = read_periods(trial)
    return allocation, problems + _compare(trial, allocation)


def read_periods(trial: Trial) -> tuple[Allocation | None, list[Problem]]:
    """Return what allocation.csv says by itself, whatever it was written from."""
    data = trial.place.read(ALLOCATION)
    if data is None:
        what = "it is missing, though the order of treatments was drawn"
        return None, [Problem(ALLOCATION, None, what, "Restore it from a copy")]
    faults = Faults(ALLOCATION)
    treatments: dict[int, str] = {}
    for row in read_table(data, faults=faults, required=_COLUMNS, optional=()):
        _read_period(row, trial, treatments)
    if not errors(faults.found):
        _check_periods(trial, treatments, faults)
    if not errors(faults.found):
        _check_dates(trial, data, _complete(trial, treatments), faults)
    if errors(faults.found):
        return None, faults.found
    return Allocation(_complete(trial, treatments)), faults.found


def _read_period(row: Row, trial: Trial, treatments: dict[int, str]) -> None:
    period, treatment = row.whole("period"), row.text("treatment")
    first, last = row.day("first"), row.day("last")
    known = [t.name for t in trial.protocol.treatments]
    if treatment not in known:
        row.fault(f"{treatment!r} is not a treatment", f"Use one of: {', '.join(known)}")
    if first is not None and last is not None and last < first:
        row.fault("the period ends before it begins", "Mend its dates")
    if period is not None:
        if period in treatments:
            row.fault(f"period {period} stands there twice", "Keep one row for each period")
        treatments[period] = treatment


def _check_periods(trial: Trial, treatments: dict[int, str], faults: Faults) -> None:
    plan = trial.protocol.design
    lived = {p.position for p in plan.lived}
    wanted = lived or set(range(1, period_count(plan) + 1))
    for period in sorted(wanted - set(treatments)):
        faults.add(None, f"period {period} is missing", "Restore it from a copy")
    for period in sorted(set(treatments) - wanted):
        faults.add(None, f"there is no period {period} in this design", "Restore it from a copy")
    if errors(faults.found):
        return
    sequence = numbers(trial.protocol, _complete(trial, treatments))
    if not design_of(trial.protocol).probability(sequence):
        faults.add(None, INADMISSIBLE, "Restore it from a copy")


def _check_dates(trial: Trial, data: bytes, treatments: tuple[str, ...], faults: Faults) -> None:
    """Compare the dates with the calendar as it was when the order was drawn."""
    written = allocation_csv(trial, treatments)
    quiet = Faults(ALLOCATION)
    rows = [read_table(d, faults=quiet, required=_COLUMNS) for d in (data, written)]
    for row, expected in zip(*rows, strict=False):
        for name in ("first", "last"):
            if row.day(name) != expected.day(name):
                what = f"{name} {row.text(name)} was {expected.text(name)} when the order was drawn"
                faults.add(row.line, what, "Restore it from a copy")


def _complete(trial: Trial, treatments: dict[int, str]) -> tuple[str, ...]:
    """Fill in periods that were never lived, as the other half of their pair."""
    plan = trial.protocol.design
    other = {
        trial.protocol.treatment.name: trial.protocol.reference.name,
        trial.protocol.reference.name: trial.protocol.treatment.name,
    }
    order = []
    for period in range(1, period_count(plan) + 1):
        partner = next(
            p
            for p in [period, *treatments]
            if p in treatments and (p == period or block_of(plan, p) == block_of(plan, period))
        )
        same = treatments[partner]
        order.append(same if partner == period else other[same])
    return tuple(order)


def seal_problems(trial: Trial) -> list[Problem]:
    """Check allocation.json against its seed, the protocol, and the commitment if there is one."""
    data = trial.place.read(SEAL)
    if data is None:
        return [Problem(SEAL, None, "it is missing", "Restore it from a copy")]
    try:
        seal = seal_from(data)
    except ValueError as error:
        return [Problem(SEAL, None, f"it is damaged: {error}", "Restore it from a copy")]
    what = seal_fault(trial, seal)
    return [] if what is None else [Problem(SEAL, None, what, "Restore it from a copy")]


def seal_fault(trial: Trial, seal: Seal) -> str | None:
    """Return why a seal is not the one of this trial, ``None`` if it is."""
    if trial.commitment and commitment(seal) != trial.commitment:
        return "it is not what was committed to"
    if seal.protocol != trial.protocol_hash or seal.method != METHOD:
        return "it belongs to another protocol or method"
    if drawn_again(trial, seal) != seal.treatments:
        return "its seed draws another order"
    return None


def drawn_again(trial: Trial, seal: Seal) -> tuple[str, ...]:
    """Return the order that a seal's seed draws."""
    return drawn_from(seal.seed, protocol=trial.protocol, design=design_of(trial.protocol))


def _compare(trial: Trial, allocation: Allocation | None) -> list[Problem]:
    """Compare allocation.csv with the seal that it was written from."""
    if not trial.commitment:
        return []
    found = seal_problems(trial)
    data = trial.place.read(SEAL)
    if found or allocation is None or data is None:
        return found
    seal = seal_from(data)
    if allocation.treatments != seal.treatments:
        what = "it differs from the order that was drawn"
        return [Problem(ALLOCATION, None, what, "Restore it from a copy")]
    return []
