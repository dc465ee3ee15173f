"""What a program noted with an event: a rule, a sign, a change or a reason, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time

from django.utils.translation import gettext as _

from ekbom.language import say
from ekbom.safety.rescreening import changes
from ekbom.safety.tolerability_rules import rules, signs
from ekbom.web.course.ends import REASONS
from ekbom.web.data.marks import ABOVE_LIMIT, STOP_BEFORE

_OFFER, _CHANGE, _HOUR = "offered to end: ", "change: ", "capsules at "


def noted(kind: str, note: str) -> str | None:
    """Return what the note or reason of an event says; ``None`` if it is a person's own words."""
    words = _WORDS.get(kind)
    return None if words is None else words(note)


def hour_note(at: time) -> str:
    """Return the note that the capsules are planned for another hour from now on."""
    return f"{_HOUR}{at:%H:%M}"


def _rule(note: str) -> str | None:
    rule = rules().get(note.removeprefix(_OFFER))
    return None if rule is None else say("Your registered plan says: {text}", text=say(rule.text))


def _note(note: str) -> str | None:
    if re.fullmatch(_HOUR + r"\d\d:\d\d", note):
        return _("From now on the capsules are planned for %(time)s.") % {
            "time": note.removeprefix(_HOUR)
        }
    return _rule(note) if note.startswith(_OFFER) else None


def _signs(note: str) -> str | None:
    named: Sequence[str] = note.split(", ")
    if not signs().keys() >= set(named):
        return None
    wordings = ", ".join(say(signs()[name].wording) for name in named)
    return _("Reported: %(signs)s.") % {"signs": wordings}


def _change(note: str) -> str | None:
    kind = changes().get(note)
    return None if kind is None else _("What changed: %(change)s.") % {"change": say(kind.text)}


def _stop(note: str) -> str | None:
    if note == STOP_BEFORE:
        return _("The capsules of the trial before were stopped. A clinician must agree first.")
    if note == ABOVE_LIMIT:
        return _("The dose is above the limit of its region. A clinician must agree first.")
    return _change(note)


def _end(note: str) -> str | None:
    if note.startswith(_CHANGE):
        return _change(note.removeprefix(_CHANGE))
    if note == "finished":
        return _("Its last night was past.")
    reason = dict(REASONS).get(note)
    return None if reason is None else _("Why: %(reason)s.") % {"reason": reason}


_WORDS: Mapping[str, Callable[[str], str | None]] = {
    "hold": _rule,
    "step down": _rule,
    "note": _note,
    "emergency": _signs,
    "side effect": _signs,
    "no capsules": _stop,
    "pause": _change,
    "ended": _end,
}
