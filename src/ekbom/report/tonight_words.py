"""Tonight in plain words, the most important first; and as a record for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from ekbom.guide.missing import Gap
from ekbom.guide.place import Place
from ekbom.guide.steps import WHENS
from ekbom.guide.tonight import Tonight
from ekbom.report.lines import basis, wrapped
from ekbom.report.step_words import Said, command_words, day_words, step_words
from ekbom.report.tolerability_words import advice_record
from ekbom.report.words import notice
from ekbom.safety.tolerability import Advice
from ekbom.trial.folder import Trial

_SHOWN = 3
"""How many nights of a gap are named; the others are counted."""

_HEADINGS = {
    "now": "Now:",
    "this evening": "This evening:",
    "in the morning": "In the morning:",
    "waiting": "Waiting:",
    "done": "Done:",
    "any time": "At any time:",
}

_OUTSIDE = {
    "imported": "This trial was run elsewhere, so nothing is due here.",
    "before": "The trial has not begun.",
    "ended": "The trial has ended. Nothing more is taken for it.",
    "over": "All planned nights are past.",
}


def tonight_lines(found: Tonight, *, trial: Trial) -> Iterator[str]:
    """Yield what to do now and what is missing, in plain lines that fit one screen."""
    advised = found.advice if found.step("advice") else None
    if advised is not None:
        yield from _advice_lines(advised, trial)
    yield from wrapped(_place(found, trial))
    for when in WHENS:
        if when == "any time":
            yield from _section("Still missing:", _gaps(found, trial))
        steps = [s for s in found.steps if s.when == when and s.id != "advice"]
        yield from _section(_HEADINGS[when], [step_words(s, trial=trial) for s in steps])
    if advised is not None:
        yield from ["", *wrapped(notice())]


def tonight_record(found: Tonight) -> dict[str, Any]:
    """Return everything that tonight says as plain values, for JSON."""
    return {
        "format": 1,
        "current": found.current.isoformat(),
        "night": found.night.isoformat(),
        "place": asdict(found.place),
        "steps": [_plain(asdict(step)) for step in found.steps],
        "missing": [_plain(asdict(gap)) for gap in found.missing],
        "advice": None if found.advice is None else advice_record(found.advice),
        "notice": notice(),
    }


def _advice_lines(advice: Advice, trial: Trial) -> Iterator[str]:
    """Yield the gravest advice as the plan says it, with its rule and source."""
    yield from wrapped(advice_record(advice)["headline"])
    for reason in advice.reasons[:1]:
        where = basis(reason.sources, verified=reason.verified, ours=reason.ours)
        yield from wrapped(f"Your registered plan says: {reason.text} Rule: {reason.rule} {where}.")
    if advice.what_ends_it:
        yield from wrapped(f"What ends this: {advice.what_ends_it}")
    yield from [f"More: {command_words('tolerate', trial)}", ""]


def _section(heading: str, said: Iterable[Said]) -> Iterator[str]:
    """Yield a heading and what stands below it; a command has its own line, to be copied whole."""
    for number, one in enumerate(said):
        if number == 0:
            yield from ["", heading]
        yield from wrapped(one.text, indent="    ", first="  - ")
        if one.command:
            yield f"      {one.command}"


def _place(found: Tonight, trial: Trial) -> str:
    place = found.place
    if place.phase in _OUTSIDE:
        return _OUTSIDE[place.phase]
    return f"Tonight, {day_words(found.night)}: {_within(place, trial)}."


def _within(place: Place, trial: Trial) -> str:
    night = f"night {place.day}" if place.of is None else f"night {place.day} of {place.of}"
    match place.phase:
        case "titration":
            dose = f"{place.mg:g} mg elemental a night"
            return f"{night} of step {place.step} of {place.steps}, {dose}"
        case "randomised":
            pack = f", pack {place.pack}" if trial.protocol.dose is not None else ""
            return f"{night} of period {place.period} of {place.periods}{pack}"
        case "washout":
            return f"{_washout(place)} of the washout"
        case "paused":
            return f"{night} of a pause"
        case "waiting":
            what = "order is not drawn" if trial.protocol.dose is None else "dose is not fixed"
            return f"waiting, as the {what} yet"
    return f"{night} of the {place.phase}"


def _washout(place: Place) -> str:
    """Return which night of a washout it is, which may last longer than the plan has."""
    if place.of is None or place.day is None or place.day <= place.of:
        return f"night {place.day} of {place.of}"
    return f"night {place.day} (of {place.of} planned)"


def _gaps(found: Tonight, trial: Trial) -> Iterator[Said]:
    """Yield what is missing in the diary; what the trial waits for is said as a step."""
    last = found.step("last_night")
    told = last.night if last is not None and last.when == "now" else None
    for gap in found.missing:
        nights = tuple(night for night in gap.nights if night != told)
        if nights:
            yield _gap(gap, nights, trial)


def _gap(gap: Gap, nights: tuple[date, ...], trial: Trial) -> Said:
    if gap.id == "answers":
        return Said(f"Of last night: {', '.join(gap.items)}. What has no answer can stay out.")
    more = f" and {len(nights) - _SHOWN} before" if len(nights) > _SHOWN else ""
    named = ", ".join(str(night) for night in nights[:_SHOWN]) + more
    if gap.id == "doses":
        text = f"What you took on {named}, if you remember it; 0 for nothing."
        return Said(text, command_words("log", trial, f"--night {nights[0]} --dose N"))
    text = f"The report on {named}, as far as you remember it. It will be marked late."
    rest = f"--night {nights[0]} {trial.protocol.primary.id}=_ ..."
    return Said(text, command_words("log", trial, rest))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain_value(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
