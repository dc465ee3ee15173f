"""What happened in a trial, in plain words; never the allocation, a rating or a guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from ekbom.language import say
from ekbom.report.measures import day_words
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a reader sees it: its day, what happened, and the person's own words."""

    on: date
    text: str
    note: str


def told(trial: Trial) -> tuple[Told, ...]:
    """Return every event of a trial in words, the newest first."""
    return tuple(_told(trial, event) for event in reversed(trial.events))


def _told(trial: Trial, event: Event) -> Told:
    words = _WORDS.get(event.kind)
    text = event.kind if words is None else words(event.detail)
    note = event.detail.get("note") or event.detail.get("reason") or ""
    return Told(trial.clock.local(event.instant).date(), text, str(note))


def _night(detail: Mapping[str, Any], name: str = "night") -> str:
    return day_words(date.fromisoformat(detail[name])) if name in detail else ""


def _on(text: str, detail: Mapping[str, Any]) -> str:
    """Return a text with the night that it is about, where that is known."""
    night = _night(detail)
    if not night:
        return text
    return _("%(text)s Night: %(night)s.") % {"text": text, "night": night}


def _not_until(detail: Mapping[str, Any]) -> str:
    if "until" not in detail:
        return _("No capsules until they begin again.")
    return _("No capsules before the night of %(night)s.") % {"night": _night(detail, "until")}


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "registered": lambda _d: _("The trial was registered. Its plan cannot change any more."),
    "imported": lambda _d: _("The trial was brought in from elsewhere."),
    "diary brought along": lambda d: (
        _("Your diary from %(night)s on was brought along.") % {"night": _night(d, "first")}
    ),
    "screening": lambda d: (
        _("Safety questions answered: %(result)s.") % {"result": say(d["result"])}
    ),
    "expectation": lambda _d: _("You said how much help you expect."),
    "dose fixed": lambda d: _("The dose was fixed at %(mg)g mg a night.") % {"mg": d["mg"]},
    "randomised": lambda _d: _("Chance drew the order of treatments."),
    "packs ready": lambda _d: _("The packs were ready."),
    "pause": lambda d: _("A pause began. First night: %(night)s.") % {"night": _night(d, "first")},
    "resume": lambda d: (
        _("The trial went on. First night: %(night)s.") % {"night": _night(d, "first")}
    ),
    "zone changed": lambda d: _("New time zone: %(zone)s.") % {"zone": d["zone"]},
    "period ended": lambda d: (
        _("A period ended early. Last night: %(night)s.") % {"night": _night(d, "last")}
    ),
    "ended": lambda d: (
        _("The trial was ended. Last night: %(night)s.") % {"night": _night(d, "last")}
    ),
    "hold": lambda d: _on(_("Capsules were held."), d),
    "no capsules": _not_until,
    "restart": lambda d: _on(_("Capsules began again."), d),
    "step down": lambda d: _on(_("The dose was lowered."), d),
    "dose corrected": lambda d: _on(_("A dose was corrected."), d),
    "side effect": lambda d: _on(_("A complaint was noted."), d),
    "emergency": lambda d: _on(_("An emergency was noted."), d),
    "deviation": lambda d: _on(_("Something went otherwise than planned."), d),
    "incident": lambda d: _on(_("Something showed what a pack holds."), d),
    "unblinding": lambda d: _on(_("The order was opened."), d),
    "guess": lambda d: _("A guess was made about period %(period)d.") % {"period": d["period"]},
    "last guess": lambda _d: _("The last guess was made."),
    "skipped": lambda d: _on(_("Some questions were skipped."), d),
    "ratings seen": lambda _d: _("You looked at your ratings before the end."),
    "brought in": lambda _d: _("The trial was brought in again from a file."),
    "look": lambda _d: _("A planned look was taken."),
    "unplanned look": lambda _d: _("A look was taken that was not planned."),
    "note": lambda d: _on(_("A note."), d),
}
