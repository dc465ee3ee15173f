"""What a person said on the way to a trial, kept so that nothing is typed twice."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any, Literal

from django.db import transaction
from pydantic import TypeAdapter, ValidationError

from ekbom.design.clock import Clock
from ekbom.diary.table import is_zone
from ekbom.protocol.model import Way
from ekbom.safety.answers import Agreement, Answer, value_in
from ekbom.safety.dose_steps import Unit
from ekbom.safety.medicines import Medicine
from ekbom.safety.questions import Value, questions
from ekbom.safety.screening import LONGEST_DAYS
from ekbom.web import present
from ekbom.web.begin.questions import CHECKED, CRISIS, MEDICINES
from ekbom.web.models import Draft, Person
from ekbom.web.store import current_row, load

NOWHERE = "UTC"
"""The zone of somebody who has not said theirs."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as a text, and the day on which it was given."""

    text: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A label and what is wanted of it; amounts are in mg, ``others_mg`` elemental a day."""

    amount_mg: float
    states: Literal["elemental", "compound"]
    salt: str | None
    unit: Unit
    region: str
    target_mg: float
    others_mg: float
    agreed_by: str = ""
    agreed_on: date | None = None
    agreed_mg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The choices of a plan; what is ``None`` is as the protocol has it.

    ``mids`` are the differences that the person chose, ``None`` until they have seen them.
    """

    protocol: str
    start: date
    diary_at: time
    blinding: Way = "open"
    pairs: int | None = None
    period_nights: int | None = None
    unanalysed_nights: int | None = None
    mids: dict[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Everything that a person said on the way; ``None`` is what they have not come to yet."""

    answers: dict[str, Given] = field(default_factory=dict)
    agreements: tuple[Agreement, ...] = ()
    medicines: tuple[Medicine, ...] | None = None
    dose_at: time | None = None
    product: Product | None = None
    plan: Plan | None = None
    zone: str = ""


def said_by(person: Person) -> Said:
    """Return what a person said; what an older version kept otherwise counts as not said."""
    draft = Draft.objects.filter(owner=person).first()
    return _read({} if draft is None else draft.said)


def answers_of(person: Person) -> dict[str, Answer]:
    """Return the answers to the safety questions, none of them dated later than today."""
    today = today_of(person)
    given = said_by(person).answers
    found = {name: _answer(name, each, today) for name, each in given.items()}
    if list_is_missing(said_by(person)):
        found.pop(CHECKED, None)
    return {name: answer for name, answer in found.items() if answer is not None}


def list_is_missing(said: Said) -> bool:
    """Return whether somebody takes something and has not listed it: then nothing is checked."""
    takes = said.answers.get(MEDICINES)
    return takes is not None and takes.text == "yes" and not said.medicines


def agreements_of(person: Person) -> tuple[Agreement, ...]:
    """Return the agreements of named clinicians, none of them dated later than today.

    One in spite of thoughts of ending one's life counts for nothing here.
    """
    today, given = today_of(person), said_by(person).agreements
    return tuple(replace(a, on=min(a.on, today)) for a in given if a.question != CRISIS)


def medicines_of(person: Person) -> tuple[Medicine, ...]:
    """Return the medicines with their times."""
    return said_by(person).medicines or ()


def product_of(person: Person) -> Product | None:
    """Return the product, ``None`` before it was given."""
    return said_by(person).product


def plan_of(person: Person) -> Plan | None:
    """Return the choices of the plan, ``None`` before they were made."""
    return said_by(person).plan


def zone_of(person: Person) -> str:
    """Return the zone that a person lives in, as their diary or they themselves say it."""
    row, now = current_row(person), present.now()
    if row is not None:
        return load(row, now=now).clock.zone_at(now)
    return said_by(person).zone or NOWHERE


def today_of(person: Person) -> date:
    """Return the date on a person's calendar."""
    return Clock(zone_of(person)).local(present.now()).date()


def remember(
    person: Person, *, answers: Mapping[str, Answer | None] | None = None, **changes: Any
) -> None:
    """Keep what a person said now.

    ``answers`` are added to the others, and ``None`` takes one back.  Every other change, a field
    of `Said`, takes the place of what was said before.  An answer that says something else voids
    the agreements about it.
    """
    Draft.objects.get_or_create(owner=person)
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(owner=person)
        said = replace(_read(draft.said), **changes)
        for name, answer in (answers or {}).items():
            said = _with_answer(said, name, answer)
        draft.said = _kept().dump_python(said, mode="json")
        draft.save()


def _with_answer(said: Said, name: str, answer: Answer | None) -> Said:
    """Add an answer; one given again keeps its day where a clinician agreed to it since."""
    before = said.answers.get(name)
    given = None if answer is None else Given(_text(answer.value), answer.on)
    others = {key: value for key, value in said.answers.items() if key != name}
    answers = others if given is None else {**others, name: given}
    if before is None or given is None or before.text != given.text:
        agreements = tuple(a for a in said.agreements if a.question != name)
        return replace(said, answers=answers, agreements=agreements)
    agreed = any(a.question == name for a in said.agreements)
    still = agreed and (given.on - before.on).days <= LONGEST_DAYS
    return said if still else replace(said, answers=answers)


def _answer(name: str, given: Given, today: date) -> Answer | None:
    question, on = questions().get(name), min(given.on, today)
    if question is None:
        return None
    value = value_in(question, given.text, today=today)
    return None if value is None else Answer(value, on)


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else f"{value!r}"


def _read(data: Mapping[str, Any]) -> Said:
    try:
        said = _kept().validate_python(data)
    except ValidationError:
        return Said()
    return said if not said.zone or is_zone(said.zone) else replace(said, zone="")


@functools.cache
def _kept() -> TypeAdapter[Said]:
    return TypeAdapter(Said)
