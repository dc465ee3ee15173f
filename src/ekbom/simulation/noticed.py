"""What the steps and commands of a trial notice of packs that were made by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ekbom.problem import InputError, RefusedError
from ekbom.protocol.model import Protocol
from ekbom.simulation.handmade import Bench
from ekbom.trial.folder import Trial
from ekbom.trial.opened import refuse_pack
from ekbom.trial.slips import Slip, contradictions, slip_typed


def noticed(bench: Bench, slips: Sequence[Slip], *, trial: Trial) -> Mapping[str, str]:
    """Return what each step or command notices, and what it says, on a trial whose packs are ready.

    What people compare with their eyes or with a scale is said in a few words of our own.
    """
    told = {
        "pack opened": _opened(bench, trial),
        "slips read": _read(bench, slips, trial.protocol),
    }
    return {**dict(_seen(bench)), **{name: said for name, said in told.items() if said}}


def _seen(bench: Bench) -> Iterator[tuple[str, str]]:
    if bench.left_over:
        yield "clear", "a slip is left over"
    if bench.uneven:
        yield "weigh", "the scale shows two weights"
    numbers = [pack.number for pack in bench.row if pack.number is not None]
    if len(set(numbers)) < len(numbers):
        yield "put away", "a number is there twice"


def _opened(bench: Bench, trial: Trial) -> str:
    """Return what is said when the number on the pack is told with the first dose from it."""
    nights = trial.calendar().randomised
    for period, pack in enumerate(bench.used, start=1):
        night = next(n.night for n in nights if n.period == period)
        if pack is not None and pack.number is not None:
            try:
                refuse_pack(trial, pack=pack.number, night=night, now=trial.clock.ends(night))
            except RefusedError as error:
                return str(error)
    return ""


def _read(bench: Bench, slips: Sequence[Slip], protocol: Protocol) -> str:
    try:
        found = {n: slip_typed(code, slips=slips, pack=n) for n, code in bench.read.items()}
    except InputError as error:
        return str(error)
    return "\n".join(str(problem) for problem in contradictions(found, protocol=protocol))
