"""The reader's language: every text that a person reads is said here.

Texts stand in the code in English and are the keys of the catalogues in ``locale/``, which
docs/translations.py makes.  A text that a catalogue lacks is said in English.
"""

from __future__ import annotations

import contextlib
import functools
import gettext
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("locale")
DOMAIN = "django"
"""One catalogue serves the core and the pages, and Django asks for this name."""

ENGLISH = "en"

FORMAT = "format"
"""The context of what is no text: how numbers and dates are written."""
NUMBERS = "1,234.5"
DATES = "%Y-%m-%d"

MADE = "made"
"""The context of sentences that the core has finished, with {0}, {1} for what it put in."""

Text = str
"""The type of an English text that stands apart and is given to `say` later."""

_PLACE = re.compile(r"\{(\d+)\}")
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+")


@dataclass(frozen=True, slots=True)
class _Voice:
    """One language: its catalogue, its marks in numbers, its dates, and its finished sentences.

    ``written`` writes a day where its figures in ``dates`` will not do.
    """

    language: str
    catalogue: gettext.NullTranslations
    marks: Mapping[int, str]
    dates: str
    made: tuple[tuple[re.Pattern[str], str], ...]
    written: Callable[[date], str] | None = None

    def day(self, day: date) -> str:
        """Return a day as this voice says it."""
        return self.written(day) if self.written else day.strftime(self.dates)


class _Formatter(string.Formatter):
    """Puts values into a text, numbers and dates as the language writes them."""

    def __init__(self, voice: _Voice) -> None:
        self.voice = voice

    def format_field(self, value: Any, format_spec: str) -> str:
        if type(value) is date and not format_spec:
            return self.voice.day(value)
        said = format(value, format_spec)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return said.translate(self.voice.marks) if number else said


def say(text: str, /, **values: object) -> str:
    """Return a text in the reader's language, with ``values`` put in as `str.format` does."""
    voice = _current()
    said = voice.catalogue.gettext(text) if text else text
    return _filled(voice, said, values) if values else said


def say_n(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the text for one or for many, with ``n`` and ``values`` put in."""
    voice = _current()
    return _filled(voice, voice.catalogue.ngettext(one, many, n), {"n": n, **values})


def retell(text: str) -> str:
    """Return in the reader's language a sentence that the core finished in English."""
    voice = _current()
    if voice.language == ENGLISH:
        return text
    said = voice.catalogue.pgettext(MADE, text) if text else text
    if said != text:
        return said
    for pattern, translated in voice.made:
        if found := pattern.fullmatch(text):
            return translated.format(*map(_retold, found.groups()))
    return say(text)


def _retold(value: str) -> str:
    return value.translate(_current().marks) if _NUMBER.fullmatch(value) else retell(value)


def figure(value: float, spec: str = "") -> str:
    """Return a number in the format ``spec`` with the marks of the reader's language."""
    return format(value, spec).translate(_current().marks)


def date_text(day: date) -> str:
    """Return a day as the reader's language writes it: in figures, or as `speaking` was told."""
    return _current().day(day)


@contextlib.contextmanager
def speaking(
    language: str, *, folder: Path = FOLDER, written: Callable[[date], str] | None = None
) -> Iterator[None]:
    """Say everything within in a language (``de``, ``de-AT``); in English if there is none such.

    ``written`` writes the days, if not in figures.  It serves as a decorator too, but not of
    generators: they speak when they are read.
    """
    voice = _voice(_known(language, folder), folder)
    token = _voice_now.set(replace(voice, written=written))
    try:
        yield
    finally:
        _voice_now.reset(token)


def language_now() -> str:
    """Return the code of the reader's language, as HTML and Django write it."""
    return _current().language


@functools.cache
def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the codes of all languages that there are, English first."""
    found = folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return (ENGLISH, *sorted(path.parts[-3] for path in found))


def _known(language: str, folder: Path) -> str:
    code = language.replace("_", "-")
    known = {one.lower(): one for one in languages(folder)}
    return known.get(code.lower()) or known.get(code.partition("-")[0].lower(), ENGLISH)


@functools.cache
def _voice(language: str, folder: Path) -> _Voice:
    if language == ENGLISH:
        return _Voice(ENGLISH, gettext.NullTranslations(), {}, DATES, ())
    found = gettext.translation(DOMAIN, folder, [language])
    marks = found.pgettext(FORMAT, NUMBERS)
    return _Voice(
        language=language,
        catalogue=found,
        marks=str.maketrans({",": marks[1], ".": marks[5]}),
        dates=found.pgettext(FORMAT, DATES),
        # The most telling first: a short one may fit what a longer one says.
        made=tuple(sorted(_made(found), key=lambda one: -len(one[0].pattern))),
    )


def _made(catalogue: gettext.NullTranslations) -> Iterator[tuple[re.Pattern[str], str]]:
    """Yield a pattern for each finished sentence that had values put in, and its translation."""
    entries: Mapping[Any, str] = vars(catalogue)["_catalog"]
    for key, said in entries.items():
        context, mark, text = key.partition("\x04") if isinstance(key, str) else ("", "", "")
        if mark and context == MADE and _PLACE.search(text):
            yield _pattern(_PLACE.split(text)[::2]), said


def _pattern(fixed: Sequence[str]) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, fixed)), re.DOTALL)


def _filled(voice: _Voice, text: str, values: Mapping[str, object]) -> str:
    return _Formatter(voice).vformat(text, (), values)


_voice_now: ContextVar[_Voice | None] = ContextVar("voice", default=None)


def _current() -> _Voice:
    return _voice_now.get() or _voice(ENGLISH, FOLDER)
