"""Asking the safety questions one by one in the shell; nothing is stored unasked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import REFUSED

if TYPE_CHECKING:
    from ekbom.safety.answers import Answer
    from ekbom.safety.questions import Question, Value

_BACK = ("b", "back")


def ask_questions(
    ctx: click.Context, today: date, *, save: Path | None, err: bool
) -> Mapping[str, Answer]:
    """Ask every question and return the answers.

    One who stops is told what became of the answers so far: with ``save`` they are kept there.
    """
    from ekbom.report.lines import wrapped
    from ekbom.report.screening_words import INTRODUCTION, NOT_SAVED, SAVED_SO_FAR

    found: dict[str, Answer] = {}
    _say(wrapped(INTRODUCTION), err=err)
    try:
        _ask_all(found, today, err=err)
    except (click.Abort, KeyboardInterrupt):
        said = NOT_SAVED
        if save is not None and found:
            save_answers(save, found, today)
            said = SAVED_SO_FAR.format(file=save)
        _say(["", *wrapped(said)], err=True)
        ctx.exit(REFUSED)
    return found


def refuse_unfit(save: Path | None) -> None:
    """Refuse a file that answers could not be saved in, before anything is asked."""
    if save is None:
        return
    if save.exists():
        raise click.UsageError(f"{save} exists already. Give another name; nothing was asked.")
    if not os.access(save.absolute().parent, os.W_OK):
        raise click.UsageError(f"Nothing can be saved in {save}. Give another; nothing was asked.")


def save_answers(save: Path, answers: Mapping[str, Answer], today: date) -> None:
    """Write answers into a file of their owner alone."""
    from ekbom.report.screening_words import form_lines

    save.touch(mode=0o600, exist_ok=False)
    text = "\n".join(form_lines(today=today, answers=answers))
    save.write_text(f"{text}\n", encoding="utf-8")


def _ask_all(found: dict[str, Answer], today: date, *, err: bool) -> None:
    """Fill ``found``, so that whoever stops loses nothing."""
    from ekbom.safety.questions import questions
    from ekbom.safety.screening import is_asked

    everything, asked, section = list(questions().values()), list[int](), ""
    number = 0
    while number < len(everything):
        question = everything[number]
        if is_asked(question, found):
            section = _say_section(question, section, err=err)
            if not _ask(question, found, today, first=not asked, err=err):
                number = asked.pop()
                continue
            asked.append(number)
        number += 1
    _say([""], err=err)


def _say_section(question: Question, before: str, *, err: bool) -> str:
    if question.section != before:
        _say(["", question.section.upper()], err=err)
    return question.section


def _ask(
    question: Question, found: dict[str, Answer], today: date, *, first: bool, err: bool
) -> bool:
    """Ask until there is an answer or none is given; return false to go back one question."""
    from ekbom.report.screening_words import FIRST, again_lines, question_lines, urgent_lines
    from ekbom.safety.answers import Answer

    known = found.get(question.id)
    _say(question_lines(question, answer=known.value if known else None), err=err)
    while True:
        text: str = click.prompt("Answer", default="", show_default=False, err=err)
        if text.strip().lower() in _BACK:
            if not first:
                return False
            _say([FIRST], err=err)
        elif not text.strip():
            return True
        elif (value := _value(question, text, today)) is not None:
            found[question.id] = Answer(value, today)
            _say(urgent_lines(question, value, on=today), err=err)
            return True
        else:
            _say(again_lines(question), err=err)


def _value(question: Question, text: str, today: date) -> Value | None:
    from ekbom.safety.answers import value_in

    return value_in(question, text, today=today)


def _say(lines: Iterable[str], *, err: bool) -> None:
    for line in lines:
        click.echo(line, err=err)
