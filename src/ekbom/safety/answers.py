"""A person's answers to the safety questions: read from a file or typed, every fault at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any, TypeGuard

from ekbom.diary.table import YEARS, day_in, number_in
from ekbom.problem import InputError, Problem
from ekbom.protocol.doses import is_named
from ekbom.protocol.files import read_toml
from ekbom.safety.questions import UNKNOWN, Question, Value, questions, unknown_question

_SAME = {
    "y": "yes",
    "n": "no",
    "?": UNKNOWN,
    "don't know": UNKNOWN,
    "dont know": UNKNOWN,
    "i don't know": UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the day on which it was given: a word, a number in the unit, or a date."""

    value: Value
    on: date


@dataclass(frozen=True, slots=True)
class Agreement:
    """A named clinician's agreement to a trial in spite of one answer, and its day.

    ``question`` is the id of a question, or of a change in a running trial.
    """

    question: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Answers:
    """What an answers file holds: the answers by question, and the clinicians' agreements."""

    answers: Mapping[str, Answer]
    agreements: tuple[Agreement, ...] = ()


def value_in(question: Question, raw: object, *, today: date) -> Value | None:
    """Return an answer as the question takes it, ``None`` if it cannot be one.

    ``raw`` is a text that was typed, or a value of a TOML or JSON file.
    """
    if isinstance(raw, bool):
        raw = "yes" if raw else "no"
    if isinstance(raw, str):
        text = " ".join(raw.lower().split())
        word = _SAME.get(text, text)
        if word == UNKNOWN or word in question.words:
            return word
        raw = day_in(text) if question.kind == "date" else number_in(text)
    if question.kind == "number" and isinstance(raw, int | float):
        return raw if question.least <= raw <= question.most else None
    if question.kind == "date" and _is_day(raw):
        return raw if raw <= today else None
    return None


def _is_day(raw: object) -> TypeGuard[date]:
    return isinstance(raw, date) and not isinstance(raw, datetime) and raw.year in YEARS


def read_answers(data: bytes, *, file: str, today: date) -> Answers:
    """Return the answers in a TOML or JSON file.

    The file has ``answered``, the day of the answers, one ``question = answer`` a line, and a
    table ``[[agreement]]`` with ``question``, ``by`` and ``on`` for each agreement.  An answer
    left empty is none.  Raises InputError with every fault at once: unknown names, answers of the
    wrong kind, impossible numbers, days in the future.
    """
    tables = _tables(data, file=file)
    found: list[Problem] = []
    answered = _day(tables.pop("answered", None), "answered", today, file, found)
    agreements = [
        _agreement(entry, number, today, file, found)
        for number, entry in enumerate(_entries(tables.pop("agreement", []), file, found), 1)
    ]
    values = {name: _value(name, raw, today, file, found) for name, raw in tables.items()}
    if found:
        raise InputError(found)
    return Answers(
        {name: Answer(v, answered or today) for name, v in values.items() if v is not None},
        tuple(a for a in agreements if a is not None),
    )


def typed_answers(texts: Mapping[str, str], *, today: date, file: str) -> dict[str, Answer]:
    """Return answers typed as texts, by question; raises InputError with every fault at once."""
    found: list[Problem] = []
    values = {name: _value(name, text, today, file, found) for name, text in texts.items()}
    if found:
        raise InputError(found)
    return {name: Answer(v, today) for name, v in values.items() if v is not None}


def _tables(data: bytes, *, file: str) -> dict[str, Any]:
    if PurePath(file).suffix.lower() != ".json":
        return read_toml(data, file=file)
    try:
        tables = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError([Problem(file, None, f"it is not JSON: {error}", "Mend it")]) from None
    if not isinstance(tables, dict):
        what = "it is not a JSON object of questions and answers"
        raise InputError([Problem(file, None, what, 'Write it as {"age": 52, ...}')])
    return tables


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; raises ValueError for a name that stands there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)} stands there twice")
    return found


def _value(name: str, raw: object, today: date, file: str, found: list[Problem]) -> Value | None:
    question = questions().get(name)
    if question is None:
        found.append(unknown_question(name, file=file))
        return None
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    value = value_in(question, raw, today=today)
    if value is None:
        what = f"{name}: {_shown(raw)} cannot be an answer"
        found.append(Problem(file, None, what, f"Write {question.scale}"))
    return value


def _day(raw: object, what: str, today: date, file: str, found: list[Problem]) -> date | None:
    day = day_in(raw) if isinstance(raw, str) else raw
    if not _is_day(day):
        said = "it is missing" if raw is None else f"{_shown(raw)} is not a date"
        found.append(Problem(file, None, f"{what}: {said}", "Write a date such as 2026-03-01"))
        return None
    if day > today:
        said = f"{what}: {day} is in the future; today is {today}"
        found.append(Problem(file, None, said, "Give the day on which it was said"))
    return day


def _entries(raw: object, file: str, found: list[Problem]) -> Iterator[dict[str, Any]]:
    if isinstance(raw, list) and all(isinstance(entry, dict) for entry in raw):
        yield from raw
        return
    what, do = "agreement: it is not a list of tables", "Write each below a line [[agreement]]"
    found.append(Problem(file, None, what, do))


def _agreement(
    entry: dict[str, Any], number: int, today: date, file: str, found: list[Problem]
) -> Agreement | None:
    where, before = f"agreement {number}", len(found)
    question, by = (_text(entry.get(name)) for name in ("question", "by"))
    if question not in questions():
        found.append(unknown_question(question, file=f"{file}, {where}"))
    if not is_named(by):
        do = "Write the clinician's name; an agreement without a name counts for nothing"
        found.append(Problem(file, None, f"{where}: nobody is named (by)", do))
    for name in sorted(set(entry) - {"question", "by", "on"}):
        do = "An agreement has question, by and on"
        found.append(Problem(file, None, f"{where}: {name!r} is not known", do))
    on = _day(entry.get("on"), f"{where}: on", today, file, found)
    return Agreement(question, by, on) if len(found) == before and on else None


def _text(raw: object) -> str:
    return raw.strip() if isinstance(raw, str) else ""


def _shown(raw: object) -> str:
    try:
        return repr(raw.isoformat() if isinstance(raw, date) else raw)[:60]
    except ValueError:  # a whole number of thousands of digits
        return "this"
