"""The demo's page in Debian's chromium: it fits a phone, asks nobody for anything, and is lit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, sync_playwright

from ekbom.cli import main

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("demo") / "demo.html"
    result = CliRunner().invoke(main, ["demo", "--out", str(file)])
    assert result.exit_code == 0, result.output
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Browser, file: Path, *, width: int, scheme: str = "light") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page.goto(file.as_uri())
    for details in page.query_selector_all("details"):
        details.evaluate("d => d.open = true")
    return page


@pytest.mark.parametrize("width", [320, 360, 412, 768, 1280])
def test_nothing_is_wider_than_the_screen(browser: Browser, page_file: Path, width: int) -> None:
    page = opened(browser, page_file, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_page_asks_nobody_for_anything(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(page_file.as_uri())
    assert (asked, said) == ([page_file.as_uri()], [])


@pytest.mark.parametrize("width", [360, 1000])
def test_every_figure_is_shown_once(browser: Browser, page_file: Path, width: int) -> None:
    page = opened(browser, page_file, width=width)
    labels = [
        svg.get_attribute("aria-label")
        for svg in page.query_selector_all("svg[role=img]")
        if svg.is_visible()
    ]
    assert len(labels) == len(set(labels)) == 6


def test_dark_and_light_differ_in_ground_and_text(browser: Browser, page_file: Path) -> None:
    colours = [
        opened(browser, page_file, width=360, scheme=scheme).evaluate(
            "[getComputedStyle(document.body).backgroundColor, "
            "getComputedStyle(document.body).color]"
        )
        for scheme in ("light", "dark")
    ]
    (light_ground, light_text), (dark_ground, dark_text) = colours
    assert light_ground != dark_ground
    assert light_text != dark_text
