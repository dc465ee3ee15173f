"""What a night is asked, and each question as a field of a form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from django import forms

from ekbom.guide.missing import evening_items, items_due
from ekbom.language import retell
from ekbom.protocol.model import Outcome, Protocol, SideEffect
from ekbom.report.measures import capital, unit_words
from ekbom.web.access import Visit
from ekbom.web.widgets import MINUTES, MinutesField, ScaleField

_FEW = (0, 1, 2, 3, 4, 5)
"""The counts that one tap answers."""

_BUTTONS = 10
"""The longest scale that is a row of buttons."""

_ENDS = re.compile(r"\s*\((\d+) ([^()]+?), (\d+) ([^()]+)\)$")
"""What a question says of the ends of its scale, in every language."""


def morning_items(visit: Visit, night: date) -> tuple[str, ...]:
    """Return the items that the morning after a night is asked."""
    protocol = visit.trial.protocol
    if visit.row.registered:
        calendar = visit.trial.calendar(today=visit.trial.clock.night_of(visit.now))
        return items_due(protocol=protocol, calendar=calendar, night=night)
    # A diary without a trial has no periods at whose end something is asked.
    outcomes = (o for o in protocol.outcomes if o.schedule == "nightly")
    evening = evening_items(protocol)
    return (*(o.id for o in outcomes if o.id not in evening), *side_effects(protocol))


def side_effects(protocol: Protocol) -> tuple[str, ...]:
    """Return the items of side effects."""
    return tuple(s.id for s in protocol.side_effects)


def answers_of_night(visit: Visit, night: date) -> Mapping[str, float]:
    """Return what was answered of a night."""
    return next((n.answers for n in visit.trial.diary.nights if n.date == night), {})


def late_items(visit: Visit, night: date) -> frozenset[str]:
    """Return the items of a night that were answered after it was over."""
    return next((n.late for n in visit.trial.diary.nights if n.date == night), frozenset())


def name_of(protocol: Protocol, item: str) -> str:
    """Return the short name of an item as a person reads it."""
    found = next((o for o in protocol.outcomes if o.id == item), None)
    return capital(retell(item.replace("_", " ") if found is None else found.name))


def fields_of(protocol: Protocol, items: Iterable[str]) -> dict[str, forms.Field]:
    """Return a field for each item, none of them preset."""
    everything: tuple[Outcome | SideEffect, ...] = (*protocol.outcomes, *protocol.side_effects)
    known = {one.id: one for one in everything}
    return {item: _field(known[item]) for item in items}


def _field(asked: Outcome | SideEffect) -> forms.Field:
    low, high = int(asked.minimum), int(asked.maximum)
    label, ends = _without_ends(retell(asked.question), low, high)
    whole = isinstance(asked, SideEffect) or asked.kind not in ("minutes", "measure")
    if whole and high - low <= _BUTTONS:
        return ScaleField(minimum=low, maximum=high, low=ends[0], high=ends[1], label=label)
    usual: tuple[int, ...] = ()
    if isinstance(asked, SideEffect) or asked.kind == "count":
        usual = _FEW
    elif asked.kind == "minutes":
        usual = MINUTES
    unit = "" if isinstance(asked, SideEffect) else unit_words(asked.unit)
    return MinutesField(
        minimum=asked.minimum, maximum=asked.maximum, unit=unit, usual=usual, label=label
    )


def _without_ends(question: str, low: int, high: int) -> tuple[str, tuple[str, str]]:
    """Return a question without what it says of its ends, as those stand at the scale."""
    found = _ENDS.search(question)
    if found is None or (found[1], found[3]) != (str(low), str(high)):
        return question, ("", "")
    return question[: found.start()], (found[2], found[4])
