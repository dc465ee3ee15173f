"""Ana's phone in Debian's chromium, and the real application that it reaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from browser.handset import chromium
from browser.served import Served, serve


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one file."""
    with chromium() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    """The application, with nobody's data in it."""
    with serve(tmp_path) as running:
        yield running


@pytest.fixture
def phone(browser: Browser, site: Served) -> Iterator[BrowserContext]:
    """A phone in Berlin that the application knows."""
    screen = {"width": 360, "height": 740}
    context = browser.new_context(viewport=screen, timezone_id="Europe/Berlin")
    context.add_cookies([site.device()])
    yield context
    context.close()
