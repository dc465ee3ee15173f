"""Blinding by seal: a helper or a clinic keeps the order, and no one else can open it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ekbom.problem import InputError, Problem, RefusedError
from ekbom.trial.allocation import read_allocation, seal_fault, sound_allocation
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.trial.place import ALLOCATION, SEAL, SEALED
from ekbom.trial.seal import METHOD, Seal
from ekbom.trial.sealing import Key, Lock, Sealed, seal_up, sealed_bytes, sealed_from, unseal
from ekbom.trial.way import Allocation, Blinding

_RESTORE = "Restore it from a copy"


class SealedBlinding(Blinding):
    """A seal in allocation.sealed; once it is opened, the order lies in the clear beside it."""

    __slots__ = ("_lock",)

    def __init__(self, lock: Lock | None = None) -> None:
        self._lock = lock

    def prepare(self, *, trial: Trial, seal: Seal) -> Mapping[str, bytes]:
        """Return allocation.sealed, closed with the lock; raises RefusedError without one."""
        if self._lock is None:
            raise RefusedError(f"Its keeper seals the order. Run: ekbom seal {trial.place}")
        return {SEALED: sealed_bytes(seal_up(seal, lock=self._lock))}

    def open(self, *, trial: Trial) -> Allocation:
        """Return the order, if it was opened; raises RefusedError if it was not."""
        require_sealed(trial)
        if last_of(trial.events, "unblinding") is None:
            raise RefusedError(
                "The order of treatments is sealed. When the trial is over, whoever keeps it "
                f"opens it: ekbom unblind {trial.place}"
            )
        if trial.place.read(ALLOCATION) is None or trial.place.read(SEAL) is None:
            raise RefusedError(
                "The opening is on record, but the order is not here yet. Whoever keeps it "
                f"finishes that: ekbom unblind {trial.place}"
            )
        return sound_allocation(trial)

    def problems(self, *, trial: Trial) -> list[Problem]:
        """Return what is wrong with the sealed file, and with the order once it is opened."""
        drawn = last_of(trial.events, "randomised") is not None
        if not drawn and trial.place.read(SEALED) is None and not trial.commitment:
            return []
        found = sealed_problems(trial)
        if not drawn and not found:
            what = "the draw of the order was interrupted"
            do = "Run ekbom seal again: it finishes that draw and draws nothing new"
            found = [Problem(SEALED, None, what, do, "warning")]
        opened = last_of(trial.events, "unblinding") is not None
        return found + (_opened_problems(trial) if opened else list(_leaked(trial)))


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack as its packer needs it: its number, and the name of the treatment in it."""

    number: int
    treatment: str


def packing_list(seal: Seal) -> tuple[Pack, ...]:
    """Return what is in each pack; it is for the keeper's eyes alone."""
    return tuple(Pack(number, name) for number, name in enumerate(seal.treatments, start=1))


def require_sealed(trial: Trial) -> None:
    """Make sure that a sealed order is on record; raises RefusedError if there is none."""
    if trial.protocol.imported or trial.protocol.blinding not in ("helper", "clinic"):
        raise RefusedError("The order of this trial is not sealed, so there is nothing to unseal.")
    if last_of(trial.events, "randomised") is None:
        raise RefusedError(
            f"The order of treatments has not been drawn yet. Run: ekbom seal {trial.place}"
        )


def sealed_of(trial: Trial) -> Sealed:
    """Return what allocation.sealed says; raises InputError if it is missing or damaged."""
    found, problems = _read(trial)
    if found is None or problems:
        raise InputError(problems)
    return found


def sealed_problems(trial: Trial) -> list[Problem]:
    """Return what can be seen to be wrong with allocation.sealed without opening it."""
    return _read(trial)[1]


def open_sealed(trial: Trial, *, key: Key) -> Seal:
    """Return the trial's seal, opened and compared with the protocol, commitment and seed.

    Nothing is written.  Raises InputError if the key does not open it or it is not what was drawn,
    RefusedError if no order was drawn yet.
    """
    require_sealed(trial)
    seal = unseal(sealed_of(trial), key=key)
    fault = seal_fault(trial, seal)
    if fault is not None:
        raise InputError([Problem(SEALED, None, fault, _RESTORE)])
    return seal


def _read(trial: Trial) -> tuple[Sealed | None, list[Problem]]:
    data = trial.place.read(SEALED)
    if data is None:
        return None, [Problem(SEALED, None, "it is missing", _RESTORE)]
    try:
        sealed = sealed_from(data)
    except ValueError as error:
        return None, [Problem(SEALED, None, f"it is damaged: {error}", _RESTORE)]
    what = _fault(trial, sealed)
    return sealed, [] if what is None else [Problem(SEALED, None, what, _RESTORE)]


def _fault(trial: Trial, sealed: Sealed) -> str | None:
    if trial.commitment and sealed.commitment != trial.commitment:
        return "it is not what was committed to"
    if sealed.protocol != trial.protocol_hash or sealed.method != METHOD:
        return "it belongs to another protocol or method"
    return None


def _opened_problems(trial: Trial) -> list[Problem]:
    missing = [name for name in (SEAL, ALLOCATION) if trial.place.read(name) is None]
    if not missing:
        return read_allocation(trial)[1]
    what = "it is not there yet, though the opening is on record"
    do = "Whoever keeps the order finishes the opening: ekbom unblind"
    return [Problem(name, None, what, do, "warning") for name in missing]


def _leaked(trial: Trial) -> list[Problem]:
    """Warn of an order that lies in the clear though no opening is on record."""
    what = "the order lies in the clear, though no opening of it is on record"
    do = "Whoever keeps it records the opening: ekbom unblind"
    found = [name for name in (SEAL, ALLOCATION) if trial.place.read(name) is not None]
    return [Problem(name, None, what, do, "warning") for name in found]
