"""Tonight in plain words, the most important first; and as a record for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from ekbom.guide.missing import Gap
from ekbom.guide.place import Place
from ekbom.guide.steps import WHENS
from ekbom.guide.tonight import Tonight
from ekbom.language import ENGLISH, Text, date_text, say, speaking
from ekbom.report.lines import basis, wrapped
from ekbom.report.measures import day_words
from ekbom.report.step_words import Said, command_words, step_words
from ekbom.report.tolerability_words import advice_record, ends_words, headline, plan_says
from ekbom.report.words import notice
from ekbom.safety.tolerability import Advice
from ekbom.trial.folder import Trial

_SHOWN = 3
"""How many nights of a gap are named; the others are counted."""

_HEADINGS: Mapping[str, Text] = {
    "now": "Now:",
    "this evening": "This evening:",
    "in the morning": "In the morning:",
    "waiting": "Waiting:",
    "done": "Done:",
    "any time": "At any time:",
}

_OUTSIDE: Mapping[str, Text] = {
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
    yield from wrapped(place_words(found, trial))
    for when in WHENS:
        if when == "any time":
            yield from _section(say("Still missing:"), _gaps(found, trial))
        steps = [s for s in found.steps if s.when == when and s.id != "advice"]
        yield from _section(say(_HEADINGS[when]), [step_words(s, trial=trial) for s in steps])
    if advised is not None:
        yield from ["", *wrapped(notice())]


@speaking(ENGLISH)
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
    yield from wrapped(headline(advice))
    for reason in advice.reasons[:1]:
        where = basis(reason.sources, verified=reason.verified, ours=reason.ours)
        rule = say("Rule: {rule} {where}.", rule=reason.rule, where=where)
        yield from wrapped(f"{plan_says(reason)} {rule}")
    if advice.what_ends_it:
        yield from wrapped(ends_words(advice))
    yield from [say("More: {command}", command=command_words("tolerate", trial)), ""]


def _section(heading: str, said: Iterable[Said]) -> Iterator[str]:
    """Yield a heading and what stands below it; a command has its own line, to be copied whole."""
    for number, one in enumerate(said):
        if number == 0:
            yield from ["", heading]
        yield from wrapped(one.text, indent="    ", first="  - ")
        if one.command:
            yield f"      {one.command}"


def place_words(found: Tonight, trial: Trial, *, written: Callable[[date], str] = day_words) -> str:
    """Return which night this is, ``written`` as its reader likes it, and where it lies."""
    place = found.place
    if place.phase in _OUTSIDE:
        return say(_OUTSIDE[place.phase])
    night = written(found.night)
    return say("Tonight, {night}: {place}.", night=night, place=_within(place, trial))


def _within(place: Place, trial: Trial) -> str:
    night = _night(place)
    match place.phase:
        case "titration":
            return say(
                "{night} of step {step} of {steps}, {mg:g} mg elemental a night",
                night=night,
                step=place.step,
                steps=place.steps,
                mg=place.mg,
            )
        case "randomised":
            text = say(
                "{night} of period {period} of {periods}",
                night=night,
                period=place.period,
                periods=place.periods,
            )
            pack = say(", pack {pack}", pack=place.period)
            return f"{text}{pack}" if trial.protocol.dose is not None else text
        case "washout":
            return say("{night} of the washout", night=_washout(place))
        case "paused":
            return say("{night} of a pause", night=night)
        case "waiting":
            drawn: Text = "waiting, as the order is not drawn yet"
            fixed: Text = "waiting, as the dose is not fixed yet"
            return say(drawn if trial.protocol.dose is None else fixed)
    return say("{night} of the {phase}", night=night, phase=say(place.phase))


def _night(place: Place) -> str:
    if place.of is None:
        return say("night {day}", day=place.day)
    return say("night {day} of {nights}", day=place.day, nights=place.of)


def _washout(place: Place) -> str:
    """Return which night of a washout it is, which may last longer than the plan has."""
    if place.of is None or place.day is None or place.day <= place.of:
        return say("night {day} of {nights}", day=place.day, nights=place.of)
    return say("night {day} (of {nights} planned)", day=place.day, nights=place.of)


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
        items = ", ".join(gap.items)
        return Said(say("Of last night: {items}. What has no answer can stay out.", items=items))
    named = _named(nights)
    if gap.id == "doses":
        text = say("What you took on {nights}, if you remember it; 0 for nothing.", nights=named)
        return Said(text, command_words("log", trial, f"--night {nights[0]} --dose N"))
    text = say(
        "The report on {nights}, as far as you remember it. It will be marked late.", nights=named
    )
    rest = f"--night {nights[0]} {trial.protocol.primary.id}=_ ..."
    return Said(text, command_words("log", trial, rest))


def _named(nights: tuple[date, ...]) -> str:
    """Return the first nights by their date, and how many more there are."""
    named = ", ".join(map(date_text, nights[:_SHOWN]))
    if len(nights) <= _SHOWN:
        return named
    return say("{nights} and {more} before", nights=named, more=len(nights) - _SHOWN)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain_value(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
