"""No blinding: the allocation lies open beside the diary."""

from __future__ import annotations

from collections.abc import Mapping

from ekbom.problem import Problem, RefusedError
from ekbom.trial.allocation import allocation_csv, read_allocation, seal_problems, sound_allocation
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.trial.place import ALLOCATION, SEAL
from ekbom.trial.seal import Seal, seal_bytes
from ekbom.trial.way import Allocation, Blinding


class OpenBlinding(Blinding):
    """No blinding: everyone can read allocation.csv, with its seed and salt beside it."""

    __slots__ = ()

    def prepare(self, *, trial: Trial, seal: Seal) -> Mapping[str, bytes]:
        """Return allocation.csv, with dates as now expected, and the seal in the clear."""
        return {SEAL: seal_bytes(seal), ALLOCATION: allocation_csv(trial, seal.treatments)}

    def open(self, *, trial: Trial) -> Allocation:
        """Return what allocation.csv says, if it is sound."""
        if not trial.protocol.imported and last_of(trial.events, "randomised") is None:
            raise RefusedError(
                "The order of treatments has not been drawn yet. "
                f"Run: ekbom randomise {trial.place}"
            )
        return sound_allocation(trial)

    def problems(self, *, trial: Trial) -> list[Problem]:
        """Return what is wrong with allocation.csv and its seal."""
        drawn = trial.protocol.imported or last_of(trial.events, "randomised") is not None
        if not drawn and trial.place.read(SEAL) is None and not trial.commitment:
            return []
        if not drawn:
            what = "the draw of the order was interrupted"
            do = "Run ekbom randomise again: it finishes that draw and draws nothing new"
            return [*seal_problems(trial), Problem(SEAL, None, what, do, "warning")]
        return read_allocation(trial)[1]
