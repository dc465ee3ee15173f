"""From the rows of one person to nights: which night each answer speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ekbom.design.clock import Clock
from ekbom.diary.diary import Night
from ekbom.diary.studyu_export import Question
from ekbom.diary.table import Row
from ekbom.protocol.model import Outcome

_WHOLE = ("rating", "count", "impression")


@dataclass(frozen=True, slots=True)
class Report:
    """A row and the instant (aware, UTC) at which it was answered."""

    instant: datetime
    row: Row


@dataclass(slots=True)
class _Answer:
    value: float
    late: bool
    line: int


def read_nights(
    reports: Sequence[Report],
    *,
    outcomes: Sequence[Outcome],
    questions: Mapping[str, Question],
    clock: Clock,
) -> tuple[Night, ...]:
    """Return the nights that were answered for, in order.

    The first report of a night counts; later ones are noted with their lines, as is every answer
    that cannot be read, lies off its scale, or comes too late to say which night it means.
    """
    nights: dict[date, dict[str, _Answer]] = {}
    for report in sorted(reports, key=lambda r: (r.instant, r.row.line)):
        for outcome in outcomes:
            question = questions[outcome.id]
            if report.row.text(question.answered).lower() != "true":
                continue
            value = _value(report.row, outcome, question)
            night = None if value is None else _night(report, outcome, clock)
            if value is not None and night is not None:
                late = report.instant >= clock.ends(night)
                answer = _Answer(value, late, report.row.line)
                first = nights.setdefault(night, {}).setdefault(outcome.id, answer)
                if first is not answer:
                    _note_repeat(report.row, outcome, night, first)
    return tuple(_as_night(night, nights[night]) for night in sorted(nights))


def _as_night(night: date, answers: Mapping[str, _Answer]) -> Night:
    return Night(
        night,
        {item: a.value for item, a in answers.items()},
        frozenset(item for item, a in answers.items() if a.late),
    )


def _value(row: Row, outcome: Outcome, question: Question) -> float | None:
    """Return an answer on its scale, or ``None`` if there is none or it cannot be used (noted)."""
    value = row.number(question.response)
    if value is None:
        return None
    what = f"{question.text!r} was answered {value:g}"
    if outcome.kind in _WHOLE and value != int(value):
        row.fault(f"{what}, not a whole number", 'Set kind = "measure" in the map, or mend it')
        return None
    if not outcome.minimum <= value <= outcome.maximum:
        scale = f"the scale from {outcome.minimum:g} to {outcome.maximum:g}"
        row.fault(f"{what}, which is off {scale}", "Mend the scale in the map, or the answer")
        return None
    return value


def _night(report: Report, outcome: Outcome, clock: Clock) -> date | None:
    """Return the night an answer belongs to, or ``None`` if nobody can say which (noted)."""
    if outcome.speaks_of == "today":
        return clock.night_of(report.instant)
    night = clock.night_spoken_of(report.instant)
    if night is None:
        at = clock.local(report.instant)
        report.row.note(
            f"{outcome.id} speaks of last night but was answered at {at:%H:%M} on {at:%Y-%m-%d}, "
            f"after {clock.evening_hour}:00, when another night had begun",
            "It was left out",
        )
    return night


def _note_repeat(row: Row, outcome: Outcome, night: date, first: _Answer) -> None:
    row.note(
        f"{outcome.id} of the night of {night} was already answered in line {first.line}",
        "The first answer counts; this one was left out",
    )
