"""A medicine check in plain words and as a record: what collides, and when the dose could be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from typing import Any

from ekbom.evidence.facts import Source
from ekbom.language import Text, say
from ekbom.report.lines import basis, listed, source_words, used, wrapped
from ekbom.safety.interactions import (
    ANY_ANTIBIOTIC,
    ANY_OTHER,
    Interaction,
    any_other,
    interactions,
)
from ekbom.safety.medicines import Collision, Found, MedicineCheck, Window

NEVER: Text = (
    "Never stop, move or change a prescribed medicine for this trial. Move the magnesium, or ask "
    "your doctor or pharmacist."
)
_COMPLETE: Text = (
    "Only the medicines you gave were looked at, against a short list. A pharmacist knows more. "
    "This is no medical advice."
)
_HEADS: Mapping[str, Text] = {
    "go": "Go: at {dose} the magnesium is not too close to any of these times.",
    "move the dose": "Move the dose: {dose} is too close to a medicine.",
    "clinician first": "Clinician first: ask your doctor or pharmacist before you take magnesium.",
    "stop": "Stop: no magnesium together with this.",
    "pause": "Stop for now: no capsules while you take this.",
}
_ACTIONS: Mapping[str, Text] = {
    "spacing": "keep apart",
    "clinician": "ask a doctor or pharmacist first",
    "stop": "no magnesium with it",
    "keep": "keep it as it is",
}


def medicine_lines(check: MedicineCheck) -> Iterator[str]:
    """Yield a medicine check in plain lines, the answer first, its sources last."""
    yield from wrapped(head_words(check))
    yield ""
    yield from listed(say("No magnesium with:"), map(found_words, check.stops))
    yield from listed(say("No capsules during:"), map(pause_words, check.pauses))
    yield from listed(say("Ask first about:"), map(found_words, check.clinician))
    yield from listed(say("Too close:"), map(collision_words, check.collisions))
    yield from listed(say("Keep as it is:"), map(found_words, check.keep))
    yield from _unknown_lines(check)
    if check.result != "stop":
        yield from wrapped(window_words(check))
        yield ""
    named = used(f.interaction.sources for f in check.found)
    yield from listed(say("Sources:"), map(source_words, named))
    yield from wrapped(f"{say(NEVER)} {say(_COMPLETE)}")


def interaction_lines() -> Iterator[str]:
    """Yield the whole table of medicines, with hours, sources and what is not verified."""
    introduction = say(
        "What we know of medicines and magnesium. Give a medicine by its name or, where it belongs "
        "to a group, with the group in brackets: 'NAME (quinolone) 08:00'. A name that is not here "
        "is never go: a doctor or pharmacist says which group it belongs to. If they said none, "
        "write 'NAME (other) 08:00'."
    )
    yield from [*wrapped(introduction), ""]
    for entry in interactions():
        names = f" ({', '.join(map(say, entry.others))})" if entry.others else ""
        yield from wrapped(f"{say(entry.name)}{names}: {_advice(entry)}")
        yield from wrapped(_note(entry), indent="    ")
    yield ""
    yield from listed(say("Sources:"), map(source_words, used(e.sources for e in interactions())))


def medicine_record(check: MedicineCheck) -> dict[str, Any]:
    """Return a medicine check as plain JSON values; times of day are texts such as 21:30."""
    return {
        "result": check.result,
        "dose_at": _at(check.dose_time),
        "collisions": [_collision_record(c) for c in check.collisions],
        "stop": [_found_record(f) for f in check.stops],
        "no_capsules_during": [_found_record(f) for f in check.pauses],
        "clinician_first": [_found_record(f) for f in check.clinician],
        "keep": [_found_record(f) for f in check.keep],
        "not_in_our_list": list(check.unknown),
        "groups_to_ask_about": [e.id for e in groups()] if check.unknown else [],
        "free": [_window_record(w) for w in check.free],
        "evening": _window_record(check.evening),
        "free_in_the_evening": [_window_record(w) for w in check.free_evening],
        "medicines": [_found_record(f) for f in check.found],
    }


def interaction_record(entry: Interaction) -> dict[str, Any]:
    """Return one entry of the table as plain JSON values."""
    return {
        "id": entry.id,
        "name": entry.name,
        "others": list(entry.others),
        "action": entry.action,
        "hours_after_mg": entry.hours_after_mg,
        "hours_before_mg": entry.hours_before_mg,
        "our_caution": list(entry.our_caution),
        "antibiotic": entry.antibiotic,
        "group": entry.group,
        "note": entry.note,
        "verified": entry.verified,
        "sources": [_source_record(s) for s in entry.sources],
    }


def window_words(check: MedicineCheck) -> str:
    """Say at which times of day the dose collides with nothing, the evening's first."""
    evening = say("{first} to {last}", first=_at(check.evening.first), last=_at(check.evening.last))
    if not check.free:
        return say(
            "No time of the day is free: every one is too close to a medicine. Ask your doctor or "
            "pharmacist; a trial with these times is not possible."
        )
    if not check.free_evening:
        return say(
            "No time of the evening ({evening}) is free. Outside it, these are: {free}. The trial "
            "takes its dose in the evening, so ask your doctor or pharmacist before you plan "
            "another time.",
            evening=evening,
            free=windows_in_words(check.free),
        )
    times = windows_in_words(check.free_evening)
    free = say("Free in the evening ({evening}): {times}.", evening=evening, times=times)
    if times == evening:
        free = say("The whole evening is free, from {evening}.", evening=evening)
    if not check.unknown:
        return free
    known = say("That holds only if what is not in our list belongs to none of the groups.")
    return f"{free} {known}"


def unknown_words(names: Sequence[str]) -> Iterator[str]:
    """Yield what to ask about medicines that are not in the table, and how to write the answer."""
    name, hours = names[0], any_other().hours_after_mg
    yield say(
        "Ask a doctor or pharmacist whether it belongs to one of these groups: {groups}. If it "
        "does, write the group too: '{name} (GROUP)'.",
        groups="; ".join(say(e.name) for e in groups()),
        name=name,
    )
    yield say(
        "Ask also whether it is another name for one of these: {names}. If it is, write that name "
        "too.",
        names="; ".join(say(e.name) for e in _single()),
    )
    yield say(
        "If a doctor or pharmacist said that it is none of them, write '{name} (other)': the "
        "general {hours:g} hours then count, as they do below.",
        name=name,
        hours=hours,
    )


def windows_in_words(windows: Sequence[Window]) -> str:
    """Return windows as a list: 18:00 to 19:00, 23:00 to 03:00."""
    return ", ".join(_window_words(w) for w in windows)


def head_words(check: MedicineCheck) -> str:
    """Return what a check found, in a sentence."""
    head: str = check.result
    if head == "stop" and not check.stops:
        head = "pause"
    return say(_HEADS[head], dose=_at(check.dose_time))


def groups() -> list[Interaction]:
    """Return the groups of the table, of which not every member is named."""
    return [e for e in interactions() if e.group]


def _single() -> list[Interaction]:
    return [e for e in interactions() if not e.group and e.id not in (ANY_OTHER, ANY_ANTIBIOTIC)]


def _unknown_lines(check: MedicineCheck) -> Iterator[str]:
    yield from listed(say("Not in our list, so ask first:"), check.unknown)
    for text in unknown_words(check.unknown) if check.unknown else ():
        yield from [*wrapped(text), ""]


def found_words(found: Found) -> str:
    """Return what is known of one medicine, with its sources."""
    return f"{found.medicine}: {_note(found.interaction)}"


def pause_words(found: Found) -> str:
    """Return what an antibiotic means for the capsules."""
    rule = say(
        "The plan's rule: no capsules until the day after the course; a course of more than 14 "
        "days ends the trial."
    )
    return f"{found_words(found)} {rule}"


def collision_words(c: Collision) -> str:
    """Return which medicine is too close to the dose, and by how much."""
    span = _span(c.hours_apart)
    where = {
        "after": say("{span} after the dose", span=span),
        "before": say("{span} before the dose", span=span),
        "same time": say("at the same time as the dose"),
    }[c.side]
    ours = {"same time": {"after", "before"}}.get(c.side, {c.side}) <= {*c.interaction.our_caution}
    said = say(
        "{medicine} at {time} is {where} and needs {hours:g} hours{caution}.",
        medicine=c.medicine,
        time=_at(c.taken),
        where=where,
        hours=c.hours_needed,
        caution=say(" (these hours are our caution, no source gives them)") if ours else "",
    )
    return f"{said} {_note(c.interaction)}"


def _note(entry: Interaction) -> str:
    """Return what an entry says, with its sources or, where there are none, that it has none."""
    said = basis(entry.sources, verified=entry.verified, ours=False)
    return f"{say(entry.note)} {said}"


def _advice(entry: Interaction) -> str:
    parts = [say(_ACTIONS[entry.action])]
    if entry.antibiotic:
        parts.append(say("no capsules during its course"))
    if entry.needs_times:
        said = say(
            "at least {after:g} hours after magnesium{ours_after}, or {before:g} hours before "
            "it{ours_before}",
            after=entry.hours_after_mg,
            before=entry.hours_before_mg,
            ours_after=_ours(entry, "after"),
            ours_before=_ours(entry, "before"),
        )
        parts.append(said)
    return "; ".join(parts)


def _ours(entry: Interaction, side: str) -> str:
    return say(" (our caution)") if side in entry.our_caution else ""


def _span(hours: float) -> str:
    whole, minutes = divmod(round(60 * hours), 60)
    parts = [say("{hours} h", hours=whole)] if whole else []
    return " ".join([*parts, say("{minutes} min", minutes=minutes)] if minutes else parts)


def _window_words(window: Window) -> str:
    if window == Window(time(0), time(23, 59)):
        return say("the whole day")
    first, last = _at(window.first), _at(window.last)
    if first == last:
        return say("exactly {time}", time=first)
    if window.last < window.first:
        return say("{first} to {last} the next day", first=first, last=last)
    return say("{first} to {last}", first=first, last=last)


def _at(clock: time) -> str:
    return f"{clock:%H:%M}"


def _collision_record(c: Collision) -> dict[str, Any]:
    return {
        "medicine": c.medicine,
        "taken": _at(c.taken),
        "side": c.side,
        "hours_apart": round(c.hours_apart, 4),
        "hours_needed": c.hours_needed,
        "interaction": c.interaction.id,
    }


def _found_record(found: Found) -> dict[str, Any]:
    return {"medicine": found.medicine, "interaction": interaction_record(found.interaction)}


def _window_record(window: Window) -> dict[str, str]:
    return {"first": _at(window.first), "last": _at(window.last)}


def _source_record(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "title": source.title,
        "read_at_publisher": source.read_at_publisher,
    }
