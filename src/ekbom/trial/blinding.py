"""The one door to the allocation: each trial's way of blinding."""

from __future__ import annotations

from ekbom.problem import RefusedError
from ekbom.trial.folder import Trial
from ekbom.trial.open_label import OpenBlinding
from ekbom.trial.way import Blinding


def blinding_of(trial: Trial) -> Blinding:
    """Return the way of blinding that the trial was registered with.

    The allocation of an imported trial is open, however the trial was blinded when it was run.
    Raises RefusedError for a way that this version does not offer.
    """
    if trial.protocol.blinding != "open" and not trial.protocol.imported:
        raise RefusedError(
            f"This trial is blinded by way of {trial.protocol.blinding!r}. "
            "This version of ekbom offers open trials only."
        )
    return OpenBlinding()
