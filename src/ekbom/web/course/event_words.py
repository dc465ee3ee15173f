"""What happened in a trial, in plain words; never the allocation, a rating or a guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from ekbom.report.measures import night_words, zone_words
from ekbom.report.screening_words import result_words
from ekbom.trial.events import Event
from ekbom.trial.folder import Trial
from ekbom.trial.packing import AGAIN
from ekbom.web.course.event_notes import noted


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a reader sees it: its day, what happened and why, and the person's own words."""

    on: date
    text: str
    why: str
    note: str


def told(trial: Trial) -> tuple[Told, ...]:
    """Return every event of a trial in words, the newest first."""
    return tuple(_told(trial, event) for event in reversed(trial.events))


def _told(trial: Trial, event: Event) -> Told:
    words = _WORDS.get(event.kind)
    text = event.kind if words is None else words(event.detail)
    note = str(event.detail.get("note") or event.detail.get("reason") or "")
    why = noted(event.kind, note)
    own = note if why is None else ""
    return Told(trial.clock.local(event.instant).date(), text, why or "", own)


def _night(detail: Mapping[str, Any], name: str = "night") -> str:
    return night_words(date.fromisoformat(detail[name])) if name in detail else ""


def _on(text: str, detail: Mapping[str, Any]) -> str:
    """Return a text with the night that it is about, where that is known."""
    night = _night(detail)
    if not night:
        return text
    return _("%(text)s Night: %(night)s.") % {"text": text, "night": night}


def _screened(detail: Mapping[str, Any]) -> str:
    return _("Safety questions answered. %(result)s") % {"result": result_words(detail["result"])}


def _look(detail: Mapping[str, Any]) -> str:
    if detail.get("result") == "stop":
        return _("A planned look was taken. It said: stop.")
    if detail.get("result") == "continue":
        return _("A planned look was taken. It said: go on.")
    return _("A planned look was taken.")


def _skipped(detail: Mapping[str, Any]) -> str:
    evening = detail["part"] == "evening"
    return _on(_("The evening was skipped.") if evening else _("The morning was skipped."), detail)


def _packing(detail: Mapping[str, Any]) -> str:
    pair = detail.get("pair")
    if detail["step"] == AGAIN:
        return _("Pair %(pair)s of the packs is made again.") % {"pair": pair or ""}
    if pair is None:
        return _("A step of making the packs was done.")
    return _("A step of making pair %(pair)d of the packs was done.") % {"pair": pair}


def _slip(detail: Mapping[str, Any]) -> str:
    lost = _("The slip of pack %(pack)d is lost.")
    read = _("The slip of pack %(pack)d was read.")
    return (lost if detail["how"] == "lost" else read) % {"pack": detail["pack"]}


def _incident(detail: Mapping[str, Any]) -> str:
    texts = {
        "break glass": _("The paper that says what a pack holds was opened."),
        "helper told": _("Somebody told what a pack holds."),
        "pack seen through": _("A pack could be seen through."),
    }
    text = texts.get(detail.get("what", ""), _("Something showed what a pack holds."))
    if detail.get("whole"):
        text = _("Something showed what all packs hold.")
    if "period" in detail:
        text = f"{text} {_('Pack: %(pack)d.') % {'pack': detail['period']}}"
    return _on(text, detail)


def _opened(detail: Mapping[str, Any]) -> str:
    early = _("The order was opened before the trial was over.")
    return _on(early if detail.get("early") else _("The order was opened."), detail)


def _held(detail: Mapping[str, Any]) -> str:
    waits = _("Capsules were held until a clinician agrees.")
    return _on(waits if detail.get("clinician") else _("Capsules were held."), detail)


def _again(detail: Mapping[str, Any]) -> str:
    text = _("Capsules began again. %(name)s agreed.") % {"name": detail["agreed_by"]}
    return _on(text, detail)


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
    "screening": _screened,
    "expectation": lambda _d: _("You said how much help you expect."),
    "dose fixed": lambda d: _("The dose was fixed at %(mg)g mg a night.") % {"mg": d["mg"]},
    "randomised": lambda _d: _("Chance drew the order of treatments."),
    "packs ready": lambda _d: _("The packs were ready."),
    "packing step": _packing,
    "pack opened": lambda d: _on(_("Pack %(pack)d was opened.") % {"pack": d["pack"]}, d),
    "slip read": _slip,
    "pause": lambda d: _("A pause began. First night: %(night)s.") % {"night": _night(d, "first")},
    "resume": lambda d: (
        _("The trial went on. First night: %(night)s.") % {"night": _night(d, "first")}
    ),
    "zone changed": lambda d: _("New time zone: %(zone)s.") % {"zone": zone_words(d["zone"])},
    "period ended": lambda d: (
        _("A period ended early. Last night: %(night)s.") % {"night": _night(d, "last")}
    ),
    "ended": lambda d: (
        _("The trial was ended. Last night: %(night)s.") % {"night": _night(d, "last")}
    ),
    "hold": _held,
    "no capsules": _not_until,
    "restart": _again,
    "step down": lambda d: _on(_("The dose was lowered."), d),
    "dose corrected": lambda d: _on(_("A dose was corrected."), d),
    "side effect": lambda d: _on(_("A complaint was noted."), d),
    "emergency": lambda d: _on(_("An emergency was noted."), d),
    "deviation": lambda d: _on(_("Something went otherwise than planned."), d),
    "incident": _incident,
    "unblinding": _opened,
    "guess": lambda d: _("A guess was made about period %(period)d.") % {"period": d["period"]},
    "last guess": lambda _d: _("The last guess was made."),
    "skipped": _skipped,
    "ratings seen": lambda _d: _("You looked at your ratings before the end."),
    "brought in": lambda _d: _("The trial was brought in again from a file."),
    "look": _look,
    "unplanned look": lambda _d: _("A look was taken that was not planned."),
    "note": lambda d: _on(_("A note."), d),
}
