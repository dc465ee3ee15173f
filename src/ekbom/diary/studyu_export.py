"""The outside of a StudyU export: the file, its questions, and its rows by person."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ekbom.diary.studyu_map import MappedOutcome, StudyUMap
from ekbom.diary.table import Faults, Row, read_table
from ekbom.problem import InputError, Problem

_REQUIRED = (
    "measurement_time",
    "participant_id",
    "participant_started_at",
    "current_day_of_study",
    "current_intervention_name",
)
_QUESTION = re.compile(r"survey(\d+)_question\d+_text")
_LARGEST = 200_000_000
"""Bytes of measurements that are unpacked at most."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of an export.

    ``survey`` is its survey's name, ``answered`` the column that says whether a row is of that
    survey, ``response`` the column of the answers.
    """

    id: str
    text: str
    survey: str
    answered: str
    response: str

    def answers(self, outcome: MappedOutcome) -> bool:
        """Return whether the map means this question by ``outcome``."""
        return outcome.asked in (self.id, self.text) and outcome.survey in ("", self.survey)


def read_measurements(path: Path) -> tuple[str, bytes]:
    """Return the name and content of the measurements in a CSV file or a zip archive.

    In an archive, any CSV file with "measurement" in its name is taken, in whatever folder.
    Raises InputError if there is no such file, or more than one.
    """
    try:
        if not zipfile.is_zipfile(path):
            return path.name, path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            member = _member(archive, path.name)
            return f"{path.name}/{member.filename}", archive.read(member)
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        what = f"it cannot be read ({error})"
        do = "Name the .csv or .zip file that StudyU exported"
        raise InputError([Problem(path.name, None, what, do)]) from None


def _member(archive: zipfile.ZipFile, file: str) -> zipfile.ZipInfo:
    found = [m for m in archive.infolist() if _is_measurements(m.filename)]
    if len(found) != 1:
        names = ", ".join(m.filename for m in found) or "none"
        what = f"it should hold one CSV file of measurements; found: {names}"
        raise InputError([Problem(file, None, what, "Unpack it and name the right file")])
    if found[0].file_size > _LARGEST:
        what = f"{found[0].filename} is larger than {_LARGEST // 1_000_000} MB"
        raise InputError([Problem(file, None, what, "Export fewer people at once")])
    return found[0]


def _is_measurements(name: str) -> bool:
    *folders, last = name.lower().split("/")
    return "measurement" in last and last.endswith(".csv") and "__macosx" not in folders


def read_rows(data: bytes, *, faults: Faults) -> list[Row]:
    """Return the rows of the measurements; ``faults`` says what is wrong with the file."""
    rows = read_table(data, faults=faults, required=_REQUIRED)
    if not rows and not faults.found:
        faults.add(None, "it has no rows", "Export again once somebody has answered")
    return rows


def by_person(rows: Sequence[Row], *, faults: Faults) -> dict[str, list[Row]]:
    """Return each person's rows in the order of the file, with a list of faults of their own."""
    people: dict[str, list[Row]] = {}
    own: dict[str, Faults] = {}
    for row in rows:
        person = row.text("participant_id")
        if not person:
            row.fault("participant_id is empty", "Write whose row it is, or take it out")
            continue
        kept = replace(row, faults=own.setdefault(person, Faults(faults.file)))
        people.setdefault(person, []).append(kept)
    return people


def find_questions(
    rows: Sequence[Row], *, mapping: StudyUMap, faults: Faults
) -> dict[str, Question]:
    """Return the question that answers each outcome, by the outcome's id.

    Notes once each question that the map leaves out, and as an error each outcome whose question
    is not in the export or could be either of two.
    """
    questions = _questions(rows)
    found: dict[str, Question] = {}
    for outcome in mapping.outcomes:
        fitting = [q for q in questions if q.answers(outcome)]
        if len(fitting) == 1:
            found[outcome.id] = fitting[0]
        elif fitting:
            what = f"{outcome.asked!r} is asked {len(fitting)} times"
            faults.add(None, what, "Write the question's id, or its survey too, into the map")
        else:
            texts = ", ".join(sorted({repr(q.text) for q in questions})) or "no question at all"
            what = f"{outcome.asked!r} is not asked in it"
            faults.add(None, what, f"Map one of its questions: {texts}")
    for question in questions:
        if question not in found.values():
            what = f"the question {question.text!r} ({question.survey}) is not in the map"
            faults.add(None, what, "Its answers were left out", severity="warning")
    return found


def _questions(rows: Sequence[Row]) -> list[Question]:
    found: dict[Question, None] = {}
    for column in rows[0].cells if rows else ():
        match = _QUESTION.fullmatch(column)
        if match is None:
            continue
        survey, stem = f"survey{match[1]}", column.removesuffix("_text")
        for row in rows:
            text = row.text(column)
            if text:
                question = Question(
                    row.text(f"{stem}_id"),
                    text,
                    row.text(f"{survey}_name"),
                    f"is_{survey}",
                    f"{stem}_response",
                )
                found[question] = None
    return list(found)
