"""Breaking the blind in an emergency: what to do at once, and the way to what one pack holds.

The advice needs no allocation, no network and no record, and is the same whatever a pack holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from ekbom.guide.place import is_drawn
from ekbom.language import Text
from ekbom.protocol.model import Dose, Protocol
from ekbom.trial.additions import add_event
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of, of_kind
from ekbom.trial.incidents import BREAK_GLASS
from ekbom.trial.place import ALLOCATION

Reader = Literal["folder", "pages"]
"""Whether somebody has the files of the folder, or the pages of the application."""

_DAY = timedelta(days=1)

_STOP: Text = "Stop the capsules now. Take no more of them."
_TREAT: Text = (
    "Treat this as if you took magnesium, up to {mg:g} mg elemental a day. That is the most that "
    "this trial's plan gives."
)
_TREAT_UNKNOWN: Text = "Treat this as if you took magnesium."
_TREAT_OTHER: Text = "Treat this as if you took: {treatment}."
_TELL: Text = (
    "Tell this to the doctor or the emergency service. If you feel in danger, call your local "
    "emergency number first."
)
_WAIT_FOR_NOTHING: Text = (
    "Do not wait to learn what the capsules hold, and do not wait for anything here: ekbom is not "
    "watching."
)

_WAYS: Mapping[str, Text] = {
    "alone": "Find pack {pack} and open the taped envelope inside it. The slip says what the "
    "capsules are. Leave the envelopes of all other packs closed.",
    "helper": "Open the sealed paper of pack {pack}, which your helper or pharmacist made with the "
    "packs. It says what the capsules are. Leave the papers of all other packs closed.",
    "clinic": "Open the sealed card of pack {pack}, or call the staff number that is printed on "
    "it. Leave the cards of all other packs closed.",
    "open": "This trial is open. Its list of treatments, {file}, says what pack {pack} holds.",
    "opened": "The whole order was opened already: {file} says what every pack holds.",
}

_ON_PAGES: Mapping[str, Text] = {
    "open": "This trial is open. The packing list says what pack {pack} holds. It is on the page "
    "where the packs are made.",
    "opened": "The whole order was opened already. What this trial shows says what the packs held.",
}
"""The two ways that name a file, for a reader of pages."""

ANY_WAY: tuple[Text, ...] = (
    "If you made the packs alone: find the pack that is in use, and open the taped envelope inside "
    "it. The slip says what the capsules are.",
    "If a helper or a pharmacist made the packs: open the sealed paper of the pack that is in use. "
    "It came with the packs.",
    "If a clinic made the packs: open the sealed card of the pack that is in use. Or call the "
    "staff number that is printed on it.",
    "If the trial is open: the packing list says what each pack holds.",
)
"""Every way, for whoever helps and cannot know how the trial is blinded."""

_NO_PACK: Text = (
    "No pack is in use yet, so there is nothing to open. Whatever you took so far, you took openly."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence or two, in English as the key of a catalogue, and the values to put in."""

    text: Text
    values: Mapping[str, object] = field(default_factory=dict)


def emergency_advice(protocol: Protocol | None) -> tuple[Line, ...]:
    """Return what to do at once, most urgent first; ``None`` where the plan cannot be read."""
    return (Line(_STOP), _treat(protocol), Line(_TELL), Line(_WAIT_FOR_NOTHING))


def way_to_answer(*, trial: Trial, pack: int | None, reader: Reader = "folder") -> Line:
    """Return the way to what a pack holds, by the trial's way of blinding."""
    if pack is None and last_of(trial.events, "unblinding") is None:
        return Line(_NO_PACK)
    return Line(way_to_pack(trial, reader=reader), {"pack": pack, "file": ALLOCATION})


def way_to_pack(trial: Trial, *, reader: Reader) -> Text:
    """Return the way to what any pack holds, with places for its number and a file."""
    opened = last_of(trial.events, "unblinding") is not None
    way = "opened" if opened else trial.protocol.blinding
    return _ON_PAGES.get(way, _WAYS[way]) if reader == "pages" else _WAYS[way]


def pack_in_use(*, trial: Trial, now: datetime) -> int | None:
    """Return the pack that the last capsules came from by ``now`` (aware), if any was in use yet.

    It is that of the last randomised night whose evening has begun.
    """
    protocol = trial.protocol
    ready = protocol.dose is None or last_of(trial.events, "packs ready") is not None
    if not (protocol.imported or (is_drawn(trial) and ready)):
        return None
    evening = trial.clock.first_evening_after(now) - _DAY
    nights = trial.calendar(today=trial.clock.night_of(now)).randomised
    packs = [night.pack for night in nights if night.night <= evening]
    return packs[-1] if packs else None


def glass_broken(*, pack: int, night: date, note: str = "") -> dict[str, object]:
    """Return the detail of the incident that puts it on record; a pack is named by its period."""
    detail: dict[str, object] = {"night": night, "period": pack, "what": BREAK_GLASS}
    return {**detail, "note": note} if note else detail


def breaks_of(events: Sequence[Event]) -> list[Event]:
    """Return every break of the blind in an emergency, in order."""
    return [e for e in of_kind(events, "incident") if e.detail.get("what") == BREAK_GLASS]


def packs_broken(trial: Trial) -> tuple[int, ...]:
    """Return the packs whose blind is on record as broken, in order."""
    named = (e.detail.get("period") for e in breaks_of(trial.events))
    return tuple(sorted({pack for pack in named if pack is not None}))


def is_broken(*, trial: Trial, pack: int) -> bool:
    """Return whether the blind of a pack is on record as broken, or the whole order is open."""
    return pack in packs_broken(trial) or last_of(trial.events, "unblinding") is not None


def with_glass_broken(trial: Trial, *, pack: int, now: datetime) -> Trial:
    """Return the trial with it on record that a pack's blind was broken at ``now``, once.

    Raises RefusedError for a pack that the plan does not have.
    """
    if is_broken(trial=trial, pack=pack):
        return trial
    detail = glass_broken(pack=pack, night=trial.clock.night_of(now))
    return add_event(trial, kind="incident", detail=detail, now=now)


def _treat(protocol: Protocol | None) -> Line:
    if protocol is None:
        return Line(_TREAT_UNKNOWN)
    dose: Dose | None = protocol.dose
    if dose is None:
        return Line(_TREAT_OTHER, {"treatment": protocol.treatment.label})
    return Line(_TREAT, {"mg": max(dose.ladder)})
