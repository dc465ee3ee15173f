"""Days on the pages: in words, one form for one use, and never as machines write them."""

from __future__ import annotations

import re
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from ekbom.language import date_text, languages, say, speaking
from ekbom.report.measures import day_year, night_words
from ekbom.web.models import Person
from web.conftest import Hands
from web.pages import Text, addresses
from web.states import NOW, STAGES, browser, browser_at

_FIGURES = re.compile(r".{0,40}(?:\b\d{4}-\d\d-\d\d\b|\b\d\d\.\d\d\.\d{4}\b).{0,20}")
"""A day as machines or forms write it, with what stands beside it."""


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("stage", STAGES)
def test_no_page_shows_a_day_as_machines_write_it(stage: str, language: str, clock: Hands) -> None:
    clock.now = NOW
    ana = browser(browser_at(stage))
    Person.objects.update(language=language)
    found = {}
    for name, address in addresses(stage).items():
        page = ana.get(address, follow=True)
        if page.headers["Content-Type"].startswith("text/html"):
            said = " | ".join(Text(page.content.decode()).blocks)
            if shown := _FIGURES.findall(said):
                found[name] = shown
    assert found == {}


def test_a_day_has_one_form_with_its_year_and_a_night_one_with_its_weekday() -> None:
    day = date(2026, 3, 1)
    with speaking("en", written=day_year):
        assert date_text(day) == say("{day}", day=day) == "1 Mar 2026"
        assert night_words(day) == "Sunday, 1 Mar"
    with speaking("de", written=day_year):
        assert date_text(day) == say("{day}", day=day) == "1. März 2026"
        assert night_words(day) == "Sonntag, 1. März"


def test_the_shell_goes_on_writing_days_as_it_takes_them() -> None:
    assert date_text(date(2026, 3, 1)) == "2026-03-01"


def test_no_template_writes_days_in_a_form_of_its_own() -> None:
    """What a script reads is the only day that Django may write."""
    folder = resources.files("ekbom") / "web" / "templates"
    texts = {p.name: p.read_text() for p in Path(str(folder)).rglob("*.html")}
    own = {
        name: re.findall(r'\|date(?!:["\']Y-m-d["\'])[^}|]*', text) for name, text in texts.items()
    }
    assert {name: found for name, found in own.items() if found} == {}
