"""Blinded alone: a shuffle behind the back draws the order, and slips in the packs tell it after.

Nobody knows the order before the envelopes are opened, ekbom neither.  A reading is an event; the
readings and slips.csv together are the allocation, and allocation.csv is made from them.
"""

from __future__ import annotations

from collections.abc import Mapping

from ekbom.problem import InputError, Problem, RefusedError, errors
from ekbom.protocol.model import Protocol
from ekbom.protocol.periods import period_count
from ekbom.trial.allocation import read_periods
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind
from ekbom.trial.place import ALLOCATION, EVENTS, SLIPS
from ekbom.trial.seal import Seal
from ekbom.trial.slips import Slip, slips_of, slips_problems
from ekbom.trial.way import Allocation, Blinding

READ = "slip read"
LOST = "lost"
"""How the slip of a pack was read that is lost: it follows from the other one of the pair."""


class HandBlinding(Blinding):
    """One person alone makes, shuffles and numbers the packs."""

    __slots__ = ()

    def prepare(self, *, trial: Trial, seal: Seal) -> Mapping[str, bytes]:
        """Refuse: nothing but the shuffle draws this order."""
        del seal
        raise RefusedError(
            "In this trial no computer draws the order: you shuffle the packs yourself. "
            f"Begin with the slips: ekbom slips make {trial.place}"
        )

    def open(self, *, trial: Trial) -> Allocation:
        """Return what the slips said, once they are read."""
        if last_of(trial.events, "randomised") is None:
            raise RefusedError(
                f"The slips are not made yet, so no pack is. Run: ekbom slips make {trial.place}"
            )
        if not is_read(trial):
            raise RefusedError(
                "Only the slips in the packs tell the order, and they are not all read. When the "
                f"trial is over, read them: ekbom slips read {trial.place}"
            )
        found = errors(self.problems(trial=trial))
        if found:
            raise InputError(found)
        return Allocation(treatments_of(slips_found(trial), protocol=trial.protocol))

    def problems(self, *, trial: Trial) -> list[Problem]:
        """Return what is wrong with the slips, and with the allocation that was made from them."""
        drawn = last_of(trial.events, "randomised") is not None
        if not drawn and trial.place.read(SLIPS) is None and not trial.commitment:
            return []
        found = slips_problems(trial)
        if not drawn:
            what = "the making of the slips was interrupted"
            do = "Run ekbom slips make again: it finishes that and draws no new codes"
            return [*found, Problem(SLIPS, None, what, do, "warning")]
        if errors(found):
            return found
        return found + _readings_problems(trial)


def _readings_problems(trial: Trial) -> list[Problem]:
    try:
        slips = slips_found(trial)
    except InputError as error:
        return list(error.problems)
    if is_read(trial):
        return _allocation_problems(trial, slips)
    if trial.place.read(ALLOCATION) is None:
        return []
    what = "it stands there, though the slips are not all read"
    do = "Run ekbom slips read again when the trial is over: it finishes what was interrupted"
    return [Problem(ALLOCATION, None, what, do, "warning")]


def _allocation_problems(trial: Trial, slips: Mapping[int, Slip]) -> list[Problem]:
    """Compare allocation.csv with the slips that were read."""
    allocation, found = read_periods(trial)
    wanted = treatments_of(slips, protocol=trial.protocol)
    if allocation is not None and allocation.treatments != wanted:
        what = "it differs from the slips that were read"
        found.append(Problem(ALLOCATION, None, what, "Restore it from a copy"))
    return found


def is_read(trial: Trial) -> bool:
    """Return whether the slips were opened: all that the trial needs are read, and it says so."""
    opened = last_of(trial.events, "unblinding") is not None
    return opened and not unread(trial) and bool(reached(trial))


def unread(trial: Trial) -> tuple[int, ...]:
    """Return the packs whose slips the trial needs and that are neither read nor lost, in order."""
    known = {event.detail["pack"] for event in of_kind(trial.events, READ)}
    return tuple(pack for pack in reached(trial) if pack not in known)


def reached(trial: Trial) -> tuple[int, ...]:
    """Return the packs of every pair that was begun; without an early end, all of them."""
    packs = range(1, period_count(trial.protocol.design) + 1)
    ended = last_of(trial.events, "ended")
    last = None if ended is None else ended.day("last")
    if last is None:
        return tuple(packs)
    blocks = {n.block for n in trial.calendar().randomised if n.night <= last}
    return tuple(pack for pack in packs if (pack + 1) // 2 in blocks)


def codes_read(trial: Trial) -> dict[int, str]:
    """Return the last code that was read for each pack, empty where its slip is lost."""
    return {e.detail["pack"]: e.detail["code"] for e in of_kind(trial.events, READ)}


def slips_found(trial: Trial) -> dict[int, Slip]:
    """Return the slip of each pack that was read; raises InputError where a code has no slip."""
    known = {slip.code: slip for slip in slips_of(trial)}
    codes = {pack: code for pack, code in codes_read(trial).items() if code}
    strange = sorted(pack for pack, code in codes.items() if code not in known)
    if strange:
        what = f"the code that was read for pack {strange[0]} is no slip of this trial"
        raise InputError([Problem(EVENTS, None, what, "Restore events.csv from a copy")])
    return {pack: known[code] for pack, code in codes.items()}


def treatments_of(found: Mapping[int, Slip], *, protocol: Protocol) -> tuple[str, ...]:
    """Return the treatment of every period from the slips of its pack or of the pair's other one.

    A pair of which nothing was read, after an early end, is filled in with the treatment first.
    """
    kinds = (protocol.treatment.name, protocol.reference.name)
    other = dict(zip(kinds, reversed(kinds), strict=True))
    order: list[str] = []
    for first in range(1, period_count(protocol.design) + 1, 2):
        one, two = found.get(first), found.get(first + 1)
        begins = one.treatment if one else other[two.treatment] if two else kinds[0]
        order += [begins, other[begins]]
    return tuple(order)
