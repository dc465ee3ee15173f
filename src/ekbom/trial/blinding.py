"""The one door to the allocation: each trial's way of blinding."""

from __future__ import annotations

from ekbom.trial.by_hand import HandBlinding
from ekbom.trial.folder import Trial
from ekbom.trial.open_label import OpenBlinding
from ekbom.trial.sealed import SealedBlinding
from ekbom.trial.way import Blinding

_WAYS: dict[str, type[Blinding]] = {
    "open": OpenBlinding,
    "helper": SealedBlinding,
    "clinic": SealedBlinding,
    "alone": HandBlinding,
}


def blinding_of(trial: Trial) -> Blinding:
    """Return the way of blinding that the trial was registered with.

    The allocation of an imported trial is open, however the trial was blinded when it was run.
    """
    return _WAYS["open" if trial.protocol.imported else trial.protocol.blinding]()
