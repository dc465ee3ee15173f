"""A clinic's sealed trials: drawn here, opened elsewhere by whoever keeps the secret key."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from ekbom.language import say
from ekbom.problem import RefusedError
from ekbom.trial.folder import Trial
from ekbom.trial.randomise import Drawn
from ekbom.trial.returned import take_back
from ekbom.trial.sealed_draw import draw_sealed, keep_sealed, sealed_begun
from ekbom.trial.sealing import Lock
from ekbom.web.models import TrialRow
from ekbom.web.store import change_files


def drawn_to_clinic(trial: Trial, *, now: datetime) -> Drawn:
    """Draw the order, and keep of it only what the clinic's public keys close.

    Nothing that this process has opens it again.  Raises RefusedError where no key is set, and as
    `draw_sealed` does.
    """
    keys = tuple(filter(None, settings.EKBOM_CLINIC_KEY.split(",")))
    if not keys:
        raise RefusedError(
            say(
                "The order cannot be drawn yet. This clinic's server has no key to seal it with. "
                "Tell your clinic. Nothing was changed."
            )
        )
    data = None
    if not sealed_begun(trial):
        data = draw_sealed(trial, lock=Lock(recovery="", keys=keys), now=now)
    return keep_sealed(trial, now=now, data=data)


def trials_here() -> list[TrialRow]:
    """Return every registered trial, by its owner's name; a diary alone is none."""
    rows = TrialRow.objects.filter(registered=True).select_related("owner")
    return list(rows.order_by("owner__username", "created"))


def trial_named(text: str) -> TrialRow:
    """Return the trial whose id begins so; raises RefusedError if none does, or several."""
    found = [row for row in trials_here() if str(row.pk).startswith(text.lower())]
    if len(found) != 1 or not text:
        what = "several trials" if len(found) > 1 else "no trial"
        raise RefusedError(f"There is {what} whose id begins with {text!r}. See: ekbom clinic list")
    return found[0]


def bring_back(row: TrialRow, *, copy: Trial, now: datetime) -> Trial:
    """Put what the keeper did in a copy on record here; takes and refuses what `take_back` does."""

    def step(trial: Trial) -> tuple[Trial, dict[str, bytes]]:
        after = take_back(trial, copy=copy, now=now)
        return after.trial, dict(after.kept)

    return change_files(row, step, now=now)
