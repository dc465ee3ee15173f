"""What happened on the way that whoever reads a verdict must know."""

from __future__ import annotations

from collections.abc import Iterator

from ekbom.analysis.case import Case
from ekbom.analysis.judgement import NONE
from ekbom.analysis.result import Check
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind

_DAYS_LATE = 2
"""Days after which a pause is no longer written down while it is lived."""


_TIED_TO_TREATMENT = ("side effects", "lack of benefit")


def check_history(case: Case) -> Iterator[Check]:
    """Yield what happened on the way that a reader must know."""
    events = case.trial.events
    looks = len(of_kind(events, "unplanned look"))
    effect = NONE if not looks else "none: the stated error rates no longer hold"
    yield Check("unplanned_looks", looks, 0, looks == 0, effect)
    brought = len(of_kind(events, "brought in"))
    if brought:
        effect = "none: it was brought in from a file, so it may have been looked at elsewhere"
        yield Check("brought_in", brought, 0, False, effect)
    ended = last_of(events, "ended")
    reason = "" if ended is None else ended.detail["reason"].strip().lower()
    if ended and reason in _TIED_TO_TREATMENT and ended.day("last") != case.schedule.calendar.last:
        effect = f"none: it was stopped for {reason}, which may hang on the treatment"
        yield Check("stopped_early", None, None, False, effect)
    late = sum(_written_late(case.trial, event) for event in events)
    if late:
        effect = "none: pauses or ends of periods were written down days after the fact"
        yield Check("calendar_events_written_late", late, 0, False, effect)
    marked = len(case.schedule.calendar.marked)
    if marked:
        effect = "none: a long pause, after which the first nights could not be run again"
        yield Check("periods_interrupted", marked, 0, False, effect)
    opened = int((case.schedule.known & case.schedule.randomised).sum())
    if opened:
        effect = "none: left out, because the allocation was known"
        yield Check("nights_after_unblinding", opened, 0, False, effect)
    if case.left_out:
        effect = "none: left out, because they were written down after the opening"
        yield Check("answers_after_unblinding", case.left_out, 0, False, effect)
    if case.trial.protocol.blinding == "open":
        yield Check("blinded", 0, 1, False, "none: expectation may be part of the effect")


def _written_late(trial: Trial, event: Event) -> bool:
    """Return whether an event that moves nights was written down when they were long past."""
    if trial.protocol.imported or event.kind not in ("pause", "resume", "period ended"):
        return False
    night = event.day("last" if event.kind == "period ended" else "first")
    return night is not None and (trial.clock.night_of(event.instant) - night).days > _DAYS_LATE
