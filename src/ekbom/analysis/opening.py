"""The diary as it stood when the allocation was opened; what was written later cannot be blind."""

from __future__ import annotations

from dataclasses import replace

from ekbom.diary.entries import derive_diary
from ekbom.trial.folder import Trial
from ekbom.trial.happened import of_kind


def at_opening(trial: Trial) -> tuple[Trial, int]:
    """Return the trial without the answers that came after the opening, and how many those are.

    An answer that was corrected after it counts as it was before.  Nights that began after it keep
    theirs, as they are known for what they are.
    """
    opened = of_kind(trial.events, "unblinding")
    if not opened:
        return trial, 0
    instant = min(event.instant for event in opened)
    first = min((day for e in opened if (day := e.day("night")) is not None), default=None)
    kept = tuple(
        e
        for e in trial.entries
        if e.received <= instant or (first is not None and e.night >= first)
    )
    left_out = len(trial.entries) - len(kept)
    if not left_out:
        return trial, 0
    return replace(trial, entries=kept, diary=derive_diary(kept)), left_out
