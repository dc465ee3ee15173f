"""An audit: the trial as it is beside what was registered, and its order beside the draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from ekbom.design.plan import design_of
from ekbom.problem import Problem, errors
from ekbom.trial.allocation import INADMISSIBLE, drawn_again, read_allocation
from ekbom.trial.blinding import blinding_of
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial, read_trial, registration_detail
from ekbom.trial.happened import last_of, of_kind
from ekbom.trial.place import ALLOCATION, EVENTS, SEAL, Place
from ekbom.trial.seal import METHOD, Seal, commitment, seal_from
from ekbom.trial.sealed import sealed_problems
from ekbom.trial.slips import slips_problems

Check = Literal[
    "registration",
    "chain",
    "protocol",
    "commitment",
    "sequences",
    "by hand",
    "slips",
    "sealed",
    "opening",
    "seal",
    "seed",
    "order",
    "admissible",
]
Result = Literal["right", "broken", "not yet"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, with its result; ``details`` say where and how it is broken.

    A check that is ``not yet`` possible is neither right nor broken.
    """

    check: Check
    result: Result
    details: tuple[str, ...] = ()


def audit_trial(place: Place | Path, *, now: datetime) -> tuple[Finding, ...]:
    """Return what an audit of the trial in a place finds, in the order in which things happened.

    Reads everything and changes nothing; only a place without a readable trial.toml ends it early.
    """
    trial, problems = read_trial(place, now=now)
    if trial is None:
        return (_found("registration", map(str, errors(problems))),)
    return tuple(_findings(trial, problems))


def _findings(trial: Trial, problems: list[Problem]) -> Iterator[Finding]:
    yield _found("registration", [])
    yield _found("chain", _chain_faults(trial, problems))
    yield _found("protocol", _registration_faults(trial))
    if trial.protocol.imported:
        yield from _order(read_allocation(trial)[1])
        return
    drawn = last_of(trial.events, "randomised")
    if drawn is None:
        yield Finding("commitment", "not yet")
        return
    yield _found("commitment", _commitment_faults(trial, drawn))
    yield _found("sequences", _sequence_faults(trial, drawn))
    opened = last_of(trial.events, "unblinding") is not None
    match trial.protocol.blinding:
        case "alone":
            yield from _by_hand(trial, opened=opened)
        case "open":
            yield from _in_the_clear(trial)
        case _:
            yield _found("sealed", _texts(sealed_problems(trial)))
            yield Finding("opening", "right" if opened else "not yet")
            yield from _in_the_clear(trial) if opened else ()


def _found(check: Check, faults: Iterator[str] | list[str] | map[str]) -> Finding:
    details = tuple(faults)
    return Finding(check, "broken" if details else "right", details)


def _chain_faults(trial: Trial, problems: list[Problem]) -> Iterator[str]:
    """Yield what is wrong with the events; each stands on a line of its own under the heading."""
    for problem in errors(problems):
        if problem.file == EVENTS:
            where = "" if problem.line is None else f"event {problem.line - 1}: "
            yield f"{where}{problem.what}"
    if trial.place.read(EVENTS) is None:
        yield "events.csv is missing"


def _registration_faults(trial: Trial) -> Iterator[str]:
    registered = of_kind(trial.events, "registered", "imported")
    if not registered:
        yield "there is no event that registered it"
        return
    for name, value in registration_detail(trial).items():
        known = registered[0].detail.get(name, value)
        if known != value:
            yield f"{name}: {known} was registered in event {registered[0].id}, {value} stands here"


def _commitment_faults(trial: Trial, drawn: Event) -> Iterator[str]:
    if len(of_kind(trial.events, "randomised")) > 1:
        yield "more than one draw is on record"
    if drawn.detail["commitment"] != trial.commitment:
        yield f"trial.toml has another commitment than event {drawn.id}"


def _sequence_faults(trial: Trial, drawn: Event) -> Iterator[str]:
    count = design_of(trial.protocol).count()
    if drawn.detail["sequences"] != count:
        said = drawn.detail["sequences"]
        yield f"event {drawn.id} says {said} orders were possible, the design has {count}"


def _by_hand(trial: Trial, *, opened: bool) -> Iterator[Finding]:
    yield Finding("by hand", "right")
    slips = _texts(slips_problems(trial))
    yield _found("slips", slips)
    yield Finding("opening", "right" if opened else "not yet")
    if opened and not slips:
        yield from _order(blinding_of(trial).problems(trial=trial))


def _in_the_clear(trial: Trial) -> Iterator[Finding]:
    """Yield what an order that lies in the clear shows: commitment, seed, list and design."""
    data = trial.place.read(SEAL)
    try:
        seal = seal_from(data or b"")
    except ValueError as error:
        what = "is missing" if data is None else f"is damaged: {error}"
        yield Finding("seal", "broken", (f"{SEAL} {what}",))
    else:
        yield _found("seal", _seal_faults(trial, seal))
        yield _found("seed", _seed_faults(trial, seal))
    yield from _order([p for p in read_allocation(trial)[1] if p.file == ALLOCATION])


def _order(problems: list[Problem]) -> Iterator[Finding]:
    """Yield what the list of treatments shows; one that cannot be read is not compared further."""
    never = [p for p in problems if p.what == INADMISSIBLE]
    others = _texts([p for p in problems if p not in never])
    if others or not never:
        yield _found("order", others)
    if not others:
        yield _found("admissible", _texts(never))


def _seal_faults(trial: Trial, seal: Seal) -> Iterator[str]:
    drawn = last_of(trial.events, "randomised")
    if drawn is not None and commitment(seal) != drawn.detail["commitment"]:
        yield f"{SEAL} is not what event {drawn.id} committed to"
    if seal.protocol != trial.protocol_hash:
        yield f"{SEAL} belongs to another protocol"


def _seed_faults(trial: Trial, seal: Seal) -> Iterator[str]:
    if seal.method != METHOD:
        yield f"it was drawn by a method that this ekbom does not know: {seal.method}"
    elif drawn_again(trial, seal) != seal.treatments:
        yield f"the seed in {SEAL} draws another order"


def _texts(problems: list[Problem]) -> list[str]:
    return [f"{p.file}: {p.what}" for p in errors(problems)]
