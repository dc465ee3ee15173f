"""What the core refuses, said on the page where it was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TypeVar

from django import forms

from ekbom.language import Text, date_text, retell, say
from ekbom.problem import InputError, Problem, RefusedError

F = TypeVar("F", bound=forms.BaseForm)

_ON_A_PAGE: Mapping[str, Text] = {
    r"[\w-]+ was already answered for the night of (?P<night>\S+)": (
        "This was answered already for the night of {night}. To change it, open that night "
        "and correct it."
    ),
    r"[\w-]+ has no answer for the night of (?P<night>\S+)": (
        "There is no answer for the night of {night} that could be taken back."
    ),
    r"there is no dose of the night of (?P<night>\S+) to correct": (
        "No dose is written down for the night of {night}, so there is none to correct."
    ),
    r"it is what is on record already": (
        "This is what is written down already. Change something, or leave it as it is."
    ),
    r"the night of (?P<night>\S+) lies before the first, (?P<first>\S+)": (
        "The night of {night} lies before the first, {first}. Mend the night."
    ),
    r"the night of (?P<night>\S+) has not begun yet; this is (?P<tonight>\S+)": (
        "The night of {night} has not begun yet; this is {tonight}. Mend the night."
    ),
    r"there was no night of (?P<night>\S+): your clock skipped that date": (
        "There was no night of {night}: your clock skipped that date. Mend the night."
    ),
    r"that time is not in the night of (?P<night>\S+)": (
        "That time is not in the night of {night}. Mend the time or the night."
    ),
    r"(?P<capsules>\S+) capsules are more than the plan's (?P<most>\S+)": (
        "{capsules} capsules are more than the plan's {most}. If that is a slip, mend it. If you "
        "took so many, ask a pharmacist or a doctor. Then tell it here as something that went "
        "otherwise than planned."
    ),
    r"(?P<mg>\S+) mg of magnesium are more than the (?P<most>\S+) mg a day of this trial's limit": (
        "{mg} mg of magnesium are more than the {most} mg a day of this trial's limit. If that is "
        "a slip, mend it. If you took so much, ask a pharmacist or a doctor. Then tell it here as "
        "something that went otherwise than planned."
    ),
    r"that time has not come yet": (
        "That time has not come yet. Write a dose down after you took it."
    ),
    r"the night of (?P<night>\S+) already has a dose; the next possible time is (?P<time>.+)": (
        "A dose is written down already for the night of {night}. Take only one a night. The next "
        "possible time is {time}. To change what is written down, open that night and correct it."
    ),
    r"it is (?P<hours>\S+) hours from the dose of the night of (?P<night>\S+), "
    r"less than (?P<least>\S+); the next possible time is (?P<time>.+)": (
        "That is only {hours} hours from the dose of the night of {night}. At least {least} "
        "hours must lie between two doses. The next possible time is {time}. Leave this dose "
        "out."
    ),
    r"that dose has \S+ mg on record beside its capsules": (
        "Say how many capsules you took. The milligrams follow from them."
    ),
    r"The night of (?P<night>\S+) is in no randomised period\.": (
        "The night of {night} is in no randomised period."
    ),
    r"The trial ended with the night of (?P<night>\S+), so .*": (
        "The trial ended with the night of {night}, so this has no place in it any more. You "
        "can still write down answers and notes."
    ),
    r"The dose is not fixed yet.*": ("The dose is not fixed yet. Fix the dose first."),
    r"The order of treatments is not drawn yet.*": (
        "The order of treatments is not drawn yet. Draw it first."
    ),
    r"The trial is paused since (?P<night>\S+) already.*": (
        "The trial is paused since the night of {night} already."
    ),
    r"This protocol needs a safety screening first\..*": ("Answer the safety questions first."),
    r"The result of the screening of (?P<day>\S+) was: clinician first\..*": (
        "The safety questions of {day} said: clinician first. Go on when a clinician has agreed."
    ),
    r"The first randomised night, (?P<night>\S+), is past, and nobody knew its treatment\..*": (
        "The first randomised night, {night}, is past, and nobody knew its treatment. Pause "
        "the trial from that night, draw the order, and go on after that."
    ),
    r"The screening of (?P<day>\S+) is on record with the result: (?P<result>.+?)\. .*": (
        "The safety questions of {day} did not say go. If an answer was wrong, or a clinician "
        "has agreed, answer the safety questions again."
    ),
    r"This trial has its diary in diary\.csv alone.*": (
        "This trial was brought in from elsewhere. Nothing can be added to it here."
    ),
    r"Say who did the screening: .*": "Say who did the screening.",
    r"It is not known how many capsules a night there are\..*": (
        "It is not known how many capsules a night there are. Choose the size of the empty "
        "capsules that you fill."
    ),
    r"The dose is fixed at (?P<mg>\S+) mg and never goes up\..*": (
        "The dose is fixed at {mg} mg and never goes up."
    ),
}
"""What names the shell or a file, said for somebody who has a page in front of them."""

_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_SHELL = re.compile(r"\bekbom \w|(?:^|\s)--?\w|\b[Ll]og ['a]|\.toml\b|\.csv\b")


def problems_in(error: InputError | RefusedError) -> list[str]:
    """Return what is wrong and what to do, each as sentences for a page."""
    if isinstance(error, RefusedError):
        return [_said(str(error))]
    return [_problem(problem) for problem in error.problems]


def form_with(form: F, error: InputError | RefusedError) -> F:
    """Return the form with what was refused at its field, or above all of them."""
    if isinstance(error, RefusedError):
        form.add_error(None, _said(str(error)))
        return form
    for problem in error.problems:
        name = problem.file.replace("-", "_")
        form.add_error(name if name in form.fields else None, _problem(problem))
    return form


def _problem(problem: Problem) -> str:
    known = _known(problem.what)
    if known is not None:
        return known
    told = [problem.what, "" if _SHELL.search(problem.do) else problem.do]
    return " ".join(_sentence(_retold(text)) for text in told if text)


def _said(text: str) -> str:
    known = _known(text)
    if known is not None:
        return known
    if not _SHELL.search(text):
        return _retold(text)
    kept = " ".join(_retold(sentence) for sentence in _without_shell(text))
    return kept or say("This cannot be done now.")


def _known(text: str) -> str | None:
    """Return the page's own words for a message of the core that it has words for."""
    for pattern, words in _ON_A_PAGE.items():
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return _dated(say(words, **found.groupdict()))
    return None


def _retold(text: str) -> str:
    return _dated(retell(text))


def _dated(text: str) -> str:
    """Return a text with its days as the reader's language writes them."""
    return _DAY.sub(_day, text)


def _day(found: re.Match[str]) -> str:
    try:
        return date_text(date.fromisoformat(found[0]))
    except ValueError:  # what a person typed may only look like a day
        return found[0]


def _without_shell(text: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.!?]) ", text):
        if not _SHELL.search(sentence):
            yield sentence


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."
