"""What a change in health or medicines puts on record: capsules stop at once, and go on by rule."""

from __future__ import annotations

from datetime import date

from ekbom.guide.situation import Situation, situation_of
from ekbom.language import say
from ekbom.problem import RefusedError
from ekbom.safety.rescreening import ChangeKind, Rescreening, changes
from ekbom.safety.tolerability_rules import STOPS
from ekbom.trial.folder import Trial
from ekbom.trial.happened import evening_of, of_kind
from ekbom.web.access import Visit
from ekbom.web.course.sending import logged

NO_CAPSULES = "no capsules"

_WITHOUT_CAPSULES = ("imported", "ended", "over")


def with_stop(trial: Trial, visit: Visit, found: Rescreening, kind: ChangeKind) -> Trial:
    """Return the trial without capsules where a change means that, the same trial otherwise."""
    here = situation_of(trial=trial, now=visit.now)
    if found.decision == "go on" or here.place.phase in _WITHOUT_CAPSULES:
        return trial
    waits = found.decision == "pause" and found.nights == "move"
    if trial.protocol.dose is None or (waits and here.place.phase == "paused"):
        return trial
    until = found.until if found.decision == "pause" else None
    return stopped(trial, visit, kind.id, until=until)


def stopped(trial: Trial, visit: Visit, kind: str, *, until: date | None = None) -> Trial:
    """Return the trial without capsules, until a day or until a clinician agrees."""
    here = situation_of(trial=trial, now=visit.now)
    known = [e.day("until") for e in here.kept_away_by if e.detail.get("note") == kind]
    over = until is not None and until <= max(here.night, trial.start)
    if over or until in known:
        return trial
    return logged(trial, visit, NO_CAPSULES, until=until, note=kind)


def lifted(trial: Trial, visit: Visit, kind: str, *, seen: int | None) -> Trial:
    """Return the trial with the stop of a course of medicine lifted, as it was ``seen``.

    Raises RefusedError for what only a clinician's agreement ends, and where more was told since
    the event with the number ``seen``.
    """
    told = [e.id for e in of_kind(trial.events, NO_CAPSULES)]
    if not changes()[kind].longest_days:
        raise RefusedError(say("Only a clinician who agrees, by name, can end this."))
    if seen is None or max(told, default=0) > seen:
        raise RefusedError(say("Something else was told meanwhile. Tell this change again."))
    return over(trial, visit, kind)


def over(trial: Trial, visit: Visit, kind: str) -> Trial:
    """Return the trial in which a change of this kind keeps no capsules away any more."""
    here = situation_of(trial=trial, now=visit.now)
    if not stopped_by(here, kind):
        return trial
    night = evening_of(trial.clock, visit.now)
    return logged(trial, visit, NO_CAPSULES, until=night, note=kind)


def stopped_by(here: Situation, kind: str) -> bool:
    """Return whether a change of this kind is among what keeps the capsules away."""
    return any(event.detail.get("note") == kind for event in here.kept_away_by)


def needs_agreement(here: Situation) -> bool:
    """Return whether something holds the capsules that a clinician's agreement ends."""
    advised = here.advice.reasons if here.advice is not None else ()
    held = any(reason.action in STOPS and reason.action != "end" for reason in advised)
    return held or any(event.day("until") is None for event in here.kept_away_by)


def agreed_on(trial: Trial, visit: Visit, name: str) -> Trial:
    """Return the trial with a clinician's agreement; RefusedError where nothing is held."""
    if not needs_agreement(situation_of(trial=trial, now=visit.now)):
        raise RefusedError(
            say(
                "Nothing is on record now that an agreement would end, so it was not written down. "
                "If something stops your capsules later, ask again."
            )
        )
    return logged(trial, visit, "restart", agreed_by=name)
