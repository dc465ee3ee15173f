"""Drawing the order of treatments, once, with everything on record that proves it was chance."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ekbom.design.plan import design_of
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.protocol.doses import is_named
from ekbom.trial.additions import append_event
from ekbom.trial.allocation import seal_problems
from ekbom.trial.blinding import blinding_of
from ekbom.trial.commands import DRAWN_WITH
from ekbom.trial.event_kinds import detail_faults
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.happened import last_of
from ekbom.trial.log import write_changes, writing
from ekbom.trial.place import SEAL
from ekbom.trial.seal import Seal, Secrets, commitment, draw_seal, seal_from


@dataclass(frozen=True, slots=True)
class Screening:
    """A safety screening: who did it, on which day, with which result.

    ``agreed_by`` names the clinician where the result was `clinician first`; ``rules`` are the ids
    of the safety rules that spoke.
    """

    by: str
    on: date
    result: str = "go"
    agreed_by: str = ""
    rules: str = ""


def record_screening(*, path: Path, screening: Screening, now: datetime) -> Trial:
    """Put a safety screening on record in a folder, and return the trial as it then is.

    Takes and refuses what `add_screening` does; where it refuses, nothing is written.
    """
    with writing(path, now=now) as trial:
        return write_changes(trial, add_screening(trial, screening=screening, now=now))


def randomise(
    *,
    trial: Trial,
    now: datetime,
    screening: Screening | None = None,
    source: Secrets = secrets.token_bytes,
) -> Trial:
    """Draw the order of treatments and write it into the folder; return the trial as it then is.

    Takes and refuses what `draw_order` does; where it refuses, nothing is written.
    """
    with writing(trial.path, now=now) as found:
        drawn = draw_order(found, now=now, screening=screening, source=source)
        write_changes(found, drawn.trial, drawn.kept)
        return open_trial(trial.path, now=now)


def add_screening(trial: Trial, *, screening: Screening, now: datetime) -> Trial:
    """Return the trial with a safety screening on record, whatever its result.

    The last one on record counts when the order is drawn.  Raises RefusedError for a day that is
    not past or before that of the last one, InputError for details that no event can hold.
    """
    _refuse_future(trial, screening.on, now)
    _refuse_overtaken(trial, screening)
    return append_event(trial, kind="screening", detail=_detail(screening), now=now)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A trial whose order was just drawn, and the files that keep that order."""

    trial: Trial
    kept: Mapping[str, bytes]


def draw_order(
    trial: Trial,
    *,
    now: datetime,
    screening: Screening | None = None,
    source: Secrets = secrets.token_bytes,
) -> Drawn:
    """Draw the order of treatments, and return the trial with the files that keep it.

    Raises RefusedError where it must not be done: already drawn, not a randomised trial, no recent
    screening, or the dose not fixed yet.  ``source`` may be anything but `secrets.token_bytes` only
    in a demonstration.
    """
    refuse_draw(trial, now=now, screening=screening)
    refuse_other_draw(trial, command="randomise")
    seal = _unfinished(trial) or fresh_seal(trial, now=now, source=source)
    kept = blinding_of(trial).prepare(trial=trial, seal=seal)
    return Drawn(committed(trial, commitment=commitment(seal), now=now, screening=screening), kept)


def fresh_seal(trial: Trial, *, now: datetime, source: Secrets) -> Seal:
    """Return a new seal; raises RefusedError if a randomised night is past already."""
    refuse_late_draw(trial, now=now)
    return draw_seal(protocol=trial.protocol, protocol_hash=trial.protocol_hash, secrets=source)


def committed(
    trial: Trial,
    *,
    commitment: str,
    now: datetime,
    screening: Screening | None = None,
    by_hand: bool = False,
) -> Trial:
    """Return the trial with a commitment to its order on record, and the screening before it."""
    detail = _screening_detail(trial, screening, now)
    trial = replace(trial, commitment=commitment)
    if detail is not None:
        trial = append_event(trial, kind="screening", detail=detail, now=now)
    drawn: dict[str, Any] = {
        "commitment": commitment,
        "sequences": design_of(trial.protocol).count(),
    }
    if by_hand:
        drawn["by_hand"] = True
    return append_event(trial, kind="randomised", detail=drawn, now=now)


def refuse_draw(trial: Trial, *, now: datetime, screening: Screening | None = None) -> None:
    """Make sure that an order may be drawn now; raises RefusedError as `draw_order` does."""
    _refuse_if_not_due(trial)
    _screening_detail(trial, screening, now)


def refuse_other_draw(trial: Trial, *, command: str) -> None:
    """Make sure that a command draws the order of such a trial; raises RefusedError if not."""
    right = DRAWN_WITH[trial.protocol.blinding]
    if right != command:
        raise RefusedError(
            f"This trial is blinded by way of {trial.protocol.blinding!r}, so its order is not "
            f"drawn in this way. Run: ekbom {right} {trial.place}"
        )


def _refuse_if_not_due(trial: Trial) -> None:
    if not trial.protocol.randomised or trial.protocol.imported:
        raise RefusedError("This trial was not randomised by ekbom; its order cannot be drawn.")
    if last_of(trial.events, "randomised") is not None:
        raise RefusedError(
            "The order of treatments is drawn already. It is never drawn twice. Nothing changed."
        )
    if last_of(trial.events, "ended") is not None:
        raise RefusedError("The trial has ended, so there is no order left to draw.")
    if trial.protocol.dose is not None and trial.fixed_dose() is None:
        raise RefusedError(
            "The dose is not fixed yet. The tolerated dose is fixed before the order is drawn. "
            f"When it is known, run: ekbom log {trial.place} --event 'dose fixed' mg=200 capsules=2"
        )


def refuse_late_draw(trial: Trial, *, now: datetime) -> None:
    """Make sure that no randomised night is past; raises RefusedError if one is."""
    tonight = trial.clock.night_of(now)
    first = trial.calendar(today=tonight).randomised[0]
    if first.night < tonight and not first.expected:
        raise RefusedError(
            f"The first randomised night, {first.night}, is past, and nobody knew its treatment. "
            f"Log a pause from that night, draw the order, and log when you resume: "
            f"ekbom log {trial.place} --event pause first={first.night}"
        )


def _screening_detail(
    trial: Trial, screening: Screening | None, now: datetime
) -> dict[str, Any] | None:
    """Return the screening to record, ``None`` where none is needed; refuse one that won't do."""
    recorded = _recorded(trial)
    if screening is None and recorded is not None:
        _refuse_without_agreement(trial, recorded)
        _refuse_unfit(trial, recorded, now)
        return None
    if screening is None:
        if trial.protocol.screening_required:
            raise RefusedError(
                "This protocol needs a safety screening first. Answer its questions and put the "
                f"result on record: ekbom screen --record {trial.place}. When a clinician or "
                "pharmacist has screened you, give their result instead: --screened-by NAME "
                "--date 2026-03-01"
            )
        return None
    _refuse_unfit(trial, screening, now)
    _refuse_overtaken(trial, screening)
    _refuse_override(trial, screening)
    return _detail(screening)


def _refuse_without_agreement(trial: Trial, recorded: Screening) -> None:
    if recorded.result == "clinician first" and not recorded.agreed_by:
        raise RefusedError(
            f"The result of the screening of {recorded.on} was: clinician first. When a clinician "
            "has agreed, write that into your answers file as [[agreement]] and run: "
            f"ekbom screen ANSWERS.toml --record {trial.place}"
        )


def _refuse_overtaken(trial: Trial, screening: Screening) -> None:
    recorded = _recorded(trial)
    if recorded is not None and recorded.on > screening.on:
        raise RefusedError(
            f"The screening of {screening.on} is older than the one on record, of {recorded.on}. "
            "The latest counts: screen again if something has changed."
        )


def _refuse_override(trial: Trial, screening: Screening) -> None:
    """Let nobody be named past what the questions said: only a later day's agreement may be."""
    recorded = _recorded(trial)
    if recorded is None or recorded.result == "go" or recorded.agreed_by:
        return
    if screening.result == "clinician first" and screening.on > recorded.on:
        return
    raise RefusedError(
        f"The screening of {recorded.on} is on record with the result: {recorded.result}. "
        "--screened-by goes past that only with --result 'clinician first', --agreed-by NAME and "
        "a --date after that day. If an answer was wrong, or a clinician has agreed, mend your "
        f"answers file and run: ekbom screen ANSWERS.toml --record {trial.place}"
    )


def _recorded(trial: Trial) -> Screening | None:
    event = last_of(trial.events, "screening")
    return None if event is None else Screening(**{**event.detail, "on": event.day("on")})


def _detail(screening: Screening) -> dict[str, Any]:
    """Return a screening as the details of its event; raises InputError if it cannot be one."""
    whole = {**asdict(screening), "on": screening.on.isoformat()}
    detail = {name: value for name, value in whole.items() if value}
    faults = detail_faults("screening", detail)
    if faults:
        raise InputError(Problem("the screening", None, what, do) for what, do in faults)
    return detail


def _refuse_unfit(trial: Trial, screening: Screening, now: datetime) -> None:
    if not is_named(screening.by):
        raise RefusedError("Say who did the screening: --screened-by NAME")
    if screening.result not in ("go", "clinician first"):
        raise RefusedError(
            f"The result of the screening was: {screening.result}. The order is not drawn."
        )
    if screening.result == "clinician first" and not is_named(screening.agreed_by):
        raise RefusedError(
            "The result was: clinician first. Record who agreed with --agreed-by NAME, or wait."
        )
    _refuse_if_old(trial, screening.on, now)


def _refuse_if_old(trial: Trial, on: date, now: datetime) -> None:
    _refuse_future(trial, on, now)
    age = (trial.clock.local(now).date() - on).days
    if age > trial.protocol.screening_days:
        raise RefusedError(
            f"The screening of {on} is {age} days old; at most {trial.protocol.screening_days} "
            "days may lie between it and the draw. Screen again."
        )


def _refuse_future(trial: Trial, on: date, now: datetime) -> None:
    if on > trial.clock.local(now).date():
        raise RefusedError(f"The screening is dated {on}, which is not past. Give its own day.")


def _unfinished(trial: Trial) -> Seal | None:
    """Return the seal of a draw that was interrupted, so that it is finished and not redrawn."""
    data = trial.place.read(SEAL)
    if data is None:
        if trial.commitment:
            raise RefusedError(
                f"The order was drawn and committed to, but {SEAL} is missing. It is never drawn "
                "twice: restore it from a copy."
            )
        return None
    found = seal_problems(trial)
    if found:
        raise RefusedError(f"The draw was interrupted and cannot be finished. {found[0]}")
    return seal_from(data)
