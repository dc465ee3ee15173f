"""On every page in German all that a person reads is German, numbers and dates too."""

from __future__ import annotations

import functools
import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from ekbom import language
from ekbom.evidence.facts import sources
from ekbom.web.models import Person
from web.conftest import Hands
from web.pages import LAST_NIGHT, addresses
from web.states import NOW, STAGES, browser, browser_at

pytestmark = pytest.mark.slow

SPOKEN = ("alt", "aria-label", "placeholder", "title")
"""Attributes that a person sees or hears."""

SILENT = frozenset(["script", "style", "pre", "q"])
"""What is for the browser, is frozen as it was registered, or are a person's own words."""

ENGLISH = re.compile(
    r"\b(the|and|your|you|with|this|that|is|are|have|what|should|from|when|does)\b", re.IGNORECASE
)
"""Words of almost every English sentence that no German one has."""

FOREIGN_FIGURES = re.compile(r"\b\d{4}-\d\d-\d\d\b|(?<![\d.])\d+\.\d{1,2}(?![\d.])")
"""Days as 2026-03-01 and numbers as 1.5."""

VALUE = re.compile(r"\{[^{}]*\}|%\(\w+\)[sd]")
LEAST = 8
"""Least letters of its own that tell a text with values put in from any other."""


class Seen(HTMLParser):
    """All texts of a page, each as it stands between two tags or in an attribute."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._silent: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        for name, value in attrs:
            if value and name in SPOKEN:
                self.texts.add(value)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.add(" ".join(data.split()))


def english() -> Iterator[tuple[str, str]]:
    """Yield each English text of the catalogue that is another one in German, with that one."""
    found = gettext.translation(language.DOMAIN, language.FOLDER, ["de"])
    for key, german in vars(found)["_catalog"].items():
        text = (key[0] if isinstance(key, tuple) else key).rpartition("\x04")[2]
        if text and text != german:
            yield text, german


@functools.cache
def exact() -> frozenset[str]:
    """Return the English texts without values that are no German text besides."""
    german = {said for _, said in english()}
    return frozenset(text for text, _ in english() if not VALUE.search(text)) - german


@functools.cache
def filled() -> re.Pattern[str]:
    """Return what fits each English text with values put in."""
    texts = {text for text, _ in english() if VALUE.search(text)}
    told = [t for t in sorted(texts) if len(re.sub(r"\W|\d", "", VALUE.sub("", t))) >= LEAST]
    return re.compile("|".join(".+?".join(map(re.escape, VALUE.split(t))) for t in told), re.DOTALL)


@functools.cache
def titles() -> tuple[str, ...]:
    """Return what nobody translates: the titles and addresses of sources."""
    return tuple(filter(None, (t for s in sources().values() for t in (s.title, s.url))))


@functools.cache
def fault(text: str) -> str:
    """Return what is not German about a text, nothing where all is."""
    for title in titles():
        text = text.replace(title, "")
    if text in exact() or filled().fullmatch(text) or ENGLISH.search(text):
        return f"English: {text}"
    return f"figures: {text}" if FOREIGN_FIGURES.search(text) else ""


@pytest.mark.django_db
@pytest.mark.parametrize("stage", STAGES)
def test_every_page_is_all_german(clock: Hands, stage: str) -> None:
    clock.now = NOW
    client = browser(browser_at(stage))
    Person.objects.update(language="de")
    faults: dict[str, list[str]] = {}
    count = 0
    for name, address in addresses(stage).items():
        answer = client.get(address)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        count += 1
        found = sorted(filter(None, map(fault, Seen(answer.content.decode()).texts)))
        faults |= {name: found} if found else {}
    assert faults == {}
    assert count >= 30


@pytest.mark.django_db
def test_what_is_refused_is_said_in_german(clock: Hands) -> None:
    clock.now = NOW
    client = browser(browser_at("baseline"))
    Person.objects.update(language="de")
    refused = {
        422: client.post(f"/nights/{LAST_NIGHT}/morning/", {}),
        404: client.get("/nights/1999-01-01/morning/"),
    }
    for status, answer in refused.items():
        assert answer.status_code == status
        assert list(filter(None, map(fault, Seen(answer.content.decode()).texts))) == []
    first = (
        "Die Nacht vom 1. Jan. 1999 liegt vor der ersten, 25. Feb. 2026. Berichtigen Sie die Nacht."
    )
    assert first in Seen(refused[404].content.decode()).texts


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Warning signs", "English: Warning signs"),
        ("Capsules taken: 2.", "English: Capsules taken: 2."),
        ("Nobody marked this, but you read it.", "English: Nobody marked this, but you read it."),
        ("Nacht vom 2026-03-01", "figures: Nacht vom 2026-03-01"),
        ("1.5 mg", "figures: 1.5 mg"),
        ("1,5 mg am Sonntag, 01.03.2026", ""),
        ("8.400 Reihenfolgen", ""),
        ("Warnzeichen", ""),
    ],
)
def test_what_is_not_german_is_found(text: str, wrong: str) -> None:
    assert fault(text) == wrong
