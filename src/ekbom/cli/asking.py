"""Asking the safety questions one by one in the shell; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import click

from ekbom.cli import REFUSED

if TYPE_CHECKING:
    from ekbom.safety.answers import Answer
    from ekbom.safety.questions import Question


def ask_questions(ctx: click.Context, today: date, *, err: bool) -> Mapping[str, Answer]:
    """Ask every question and return the answers; one who stops is told that nothing was saved."""
    from ekbom.report.lines import wrapped
    from ekbom.report.screening_words import INTRODUCTION, NOT_SAVED

    _say(wrapped(INTRODUCTION), err=err)
    try:
        return _ask_all(today, err=err)
    except (click.Abort, KeyboardInterrupt):
        _say(["", *wrapped(NOT_SAVED)], err=True)
        ctx.exit(REFUSED)


def _ask_all(today: date, *, err: bool) -> dict[str, Answer]:
    from ekbom.report.screening_words import urgent_lines
    from ekbom.safety.answers import Answer
    from ekbom.safety.questions import questions

    found, section = {}, ""
    for question in questions().values():
        if question.section != section:
            section = question.section
            _say(["", section.upper()], err=err)
        value = _ask(question, today, err=err)
        if value is not None:
            found[question.id] = Answer(value, today)
            _say(urgent_lines(question, value, on=today), err=err)
    _say([""], err=err)
    return found


def _ask(question: Question, today: date, *, err: bool) -> str | float | date | None:
    from ekbom.report.screening_words import AGAIN, question_lines
    from ekbom.safety.answers import value_in

    _say(question_lines(question), err=err)
    while True:
        text: str = click.prompt("Answer", default="", show_default=False, err=err)
        if not text.strip():
            return None
        value = value_in(question, text, today=today)
        if value is not None:
            return value
        _say([f"{AGAIN}{question.scale}."], err=err)


def _say(lines: Iterable[str], *, err: bool) -> None:
    for line in lines:
        click.echo(line, err=err)
