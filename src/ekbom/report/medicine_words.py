"""A medicine check in plain words and as a record: what collides, and when the dose could be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Any

from ekbom.evidence.facts import Source
from ekbom.report.lines import basis, listed, source_words, used, wrapped
from ekbom.safety.interactions import (
    ANY_ANTIBIOTIC,
    ANY_OTHER,
    Interaction,
    any_other,
    interactions,
)
from ekbom.safety.medicines import Collision, Found, MedicineCheck, Window

NEVER = (
    "Never stop, move or change a prescribed medicine for this trial. Move the magnesium, or ask "
    "your doctor or pharmacist."
)
_COMPLETE = (
    "Only the medicines you gave were looked at, against a short list. A pharmacist knows more. "
    "This is no medical advice."
)
_HEADS = {
    "go": "Go: at {dose} the magnesium is not too close to any of these times.",
    "move the dose": "Move the dose: {dose} is too close to a medicine.",
    "clinician first": "Clinician first: ask your doctor or pharmacist before you take magnesium.",
    "stop": "Stop: no magnesium together with this.",
    "pause": "Stop for now: no capsules while you take this.",
}
_ACTIONS = {
    "spacing": "keep apart",
    "clinician": "ask a doctor or pharmacist first",
    "stop": "no magnesium with it",
    "keep": "keep it as it is",
}


def medicine_lines(check: MedicineCheck) -> Iterator[str]:
    """Yield a medicine check in plain lines, the answer first, its sources last."""
    yield from wrapped(_head(check))
    yield ""
    yield from listed("No magnesium with:", map(_found_words, check.stops))
    yield from listed("No capsules during:", map(_pause_words, check.pauses))
    yield from listed("Ask first about:", map(_found_words, check.clinician))
    yield from listed("Too close:", map(_collision_words, check.collisions))
    yield from listed("Keep as it is:", map(_found_words, check.keep))
    yield from _unknown_lines(check)
    if check.result != "stop":
        yield from wrapped(window_words(check))
        yield ""
    named = used(f.interaction.sources for f in check.found)
    yield from listed("Sources:", map(source_words, named))
    yield from wrapped(f"{NEVER} {_COMPLETE}")


def interaction_lines() -> Iterator[str]:
    """Yield the whole table of medicines, with hours, sources and what is not verified."""
    yield from wrapped(
        "What we know of medicines and magnesium. Give a medicine by its name or, where it belongs "
        "to a group, with the group in brackets: 'NAME (quinolone) 08:00'. A name that is not here "
        "is never go: a doctor or pharmacist says which group it belongs to. If they said none, "
        "write 'NAME (other) 08:00'."
    )
    yield ""
    for entry in interactions():
        names = f" ({', '.join(entry.others)})" if entry.others else ""
        yield from wrapped(f"{entry.name}{names}: {_advice(entry)}")
        yield from wrapped(_note(entry), indent="    ")
    yield ""
    yield from listed("Sources:", map(source_words, used(e.sources for e in interactions())))


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
    evening = f"{_at(check.evening.first)} to {_at(check.evening.last)}"
    if not check.free:
        return (
            "No time of the day is free: every one is too close to a medicine. Ask your doctor or "
            "pharmacist; a trial with these times is not possible."
        )
    if not check.free_evening:
        return (
            f"No time of the evening ({evening}) is free. Outside it, these are: "
            f"{windows_in_words(check.free)}. The trial takes its dose in the evening, so ask your "
            "doctor or pharmacist before you plan another time."
        )
    known = " That holds only if what is not in our list belongs to none of the groups."
    free = f"Free in the evening ({evening}): {windows_in_words(check.free_evening)}."
    return f"{free}{known if check.unknown else ''}"


def unknown_words(names: Sequence[str]) -> Iterator[str]:
    """Yield what to ask about medicines that are not in the table, and how to write the answer."""
    name, hours = names[0], any_other().hours_after_mg
    yield (
        "Ask a doctor or pharmacist whether it belongs to one of these groups: "
        f"{'; '.join(e.name for e in groups())}. If it does, write the group too: '{name} (GROUP)'."
    )
    yield (
        "Ask also whether it is another name for one of these: "
        f"{'; '.join(e.name for e in _single())}. If it is, write that name too."
    )
    yield (
        "If a doctor or pharmacist said that it is none of them, write "
        f"'{name} (other)': the general {hours:g} hours then count, as they do below."
    )


def windows_in_words(windows: Sequence[Window]) -> str:
    """Return windows as a list: 18:00 to 19:00, 23:00 to 03:00."""
    return ", ".join(_window_words(w) for w in windows)


def _head(check: MedicineCheck) -> str:
    head: str = check.result
    if head == "stop" and not check.stops:
        head = "pause"
    return _HEADS[head].format(dose=_at(check.dose_time))


def groups() -> list[Interaction]:
    """Return the groups of the table, of which not every member is named."""
    return [e for e in interactions() if e.group]


def _single() -> list[Interaction]:
    return [e for e in interactions() if not e.group and e.id not in (ANY_OTHER, ANY_ANTIBIOTIC)]


def _unknown_lines(check: MedicineCheck) -> Iterator[str]:
    yield from listed("Not in our list, so ask first:", check.unknown)
    for text in unknown_words(check.unknown) if check.unknown else ():
        yield from [*wrapped(text), ""]


def _found_words(found: Found) -> str:
    return f"{found.medicine}: {_note(found.interaction)}"


def _pause_words(found: Found) -> str:
    return (
        f"{_found_words(found)} The plan's rule: no capsules until the day after the course; a "
        "course of more than 14 days ends the trial."
    )


def _collision_words(c: Collision) -> str:
    where = {
        "after": f"{_span(c.hours_apart)} after the dose",
        "before": f"{_span(c.hours_apart)} before the dose",
        "same time": "at the same time as the dose",
    }[c.side]
    ours = {"same time": {"after", "before"}}.get(c.side, {c.side}) <= {*c.interaction.our_caution}
    caution = " (these hours are our caution, no source gives them)" if ours else ""
    return (
        f"{c.medicine} at {_at(c.taken)} is {where} and needs {c.hours_needed:g} hours{caution}. "
        f"{_note(c.interaction)}"
    )


def _note(entry: Interaction) -> str:
    """Return what an entry says, with its sources or, where there are none, that it has none."""
    said = basis(entry.sources, verified=entry.verified, ours=False)
    return f"{entry.note} {said}"


def _advice(entry: Interaction) -> str:
    parts = [_ACTIONS[entry.action]]
    if entry.antibiotic:
        parts.append("no capsules during its course")
    if entry.needs_times:
        after, before = entry.hours_after_mg, entry.hours_before_mg
        parts.append(
            f"at least {after:g} hours after magnesium{_ours(entry, 'after')}, or {before:g} hours "
            f"before it{_ours(entry, 'before')}"
        )
    return "; ".join(parts)


def _ours(entry: Interaction, side: str) -> str:
    return " (our caution)" if side in entry.our_caution else ""


def _span(hours: float) -> str:
    whole, minutes = divmod(round(60 * hours), 60)
    parts = [f"{whole} h"] if whole else []
    return " ".join([*parts, f"{minutes} min"] if minutes else parts)


def _window_words(window: Window) -> str:
    if window == Window(time(0), time(23, 59)):
        return "the whole day"
    over = " the next day" if window.last < window.first else ""
    if window.first == window.last:
        return f"exactly {_at(window.first)}"
    return f"{_at(window.first)} to {_at(window.last)}{over}"


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
