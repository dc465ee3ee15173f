"""The phone on which people live their stories: what is tapped and read there.

What a story shows is tapped and read on the phone.  The many nights between are sent from the same
browser's own forms, with its cookies, to the same addresses, without being shown.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as TooLate

from browser.phone import READ_THING, until
from browser.served import CHROMIUM, FLAGS, Served, serve

_PHONE: Mapping[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "locale": "en-GB",
    "timezone_id": "Europe/Berlin",
}

_UNREACHED = "Failed to load resource"
"""What the browser itself says of an answer that is no 200; 500 and above are held below."""

_PATIENCE = 15_000
"""How many milliseconds somebody waits before a second tap; every form is taken only once."""

_PAINTED = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
  setTimeout(done, 1000);
})"""


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Run Debian's chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *more])
        yield found
        found.close()


@contextmanager
def ana_at(
    browser: Browser,
    folder: Path,
    instant: str | datetime,
    made: str = "",
    *,
    phone: Mapping[str, Any] = MappingProxyType({}),
    **arguments: str,
) -> Iterator[Phone]:
    """Serve the application to Ana's phone alone; what breaks on the way fails at the end.

    ``made`` is a function of ``tests`` that brings her so far, with its ``arguments``; it may
    return the secret of her phone.  ``phone`` is how hers differs from others.
    """
    with serve(folder) as site:
        site.clock.set(instant)
        secret = site.do(made, **arguments) if made else ""
        own = site.device() if "stage" not in arguments else _cookie(site, secret)
        known = {**_PHONE, **phone}
        context = browser.new_context(**known)
        context.add_cookies([own])
        scripts = known.get("java_script_enabled", True)
        ana = Phone(site, context, context.new_page(), scripts, known["has_touch"])
        ana.at(instant)
        ana.listen()
        yield ana
        assert ana.faults == []
        context.close()


def _cookie(site: Served, secret: str) -> dict[str, str]:
    return {"name": "ekbom_device", "value": secret, "url": site.url}


@dataclass
class Phone:
    """A phone with the application open in it; ``faults`` is what broke there so far.

    ``arrived`` is called on every page that is opened, or that a tap led to.
    """

    site: Served
    context: BrowserContext
    page: Page
    scripts: bool = True
    touch: bool = True
    faults: list[str] = field(default_factory=list)
    arrived: Callable[[], None] = lambda: None

    def listen(self) -> None:
        """Write down every error of a page, of its policy and of the server."""
        self.context.on("console", lambda said: self._heard(said.text))
        self.context.on("weberror", lambda error: self._heard(str(error.error)))
        self.context.on("response", lambda found: self._answered(found.status, found.url))

    def at(self, instant: str | datetime) -> datetime:
        """Move the clocks of the server and of the phone."""
        now = self.site.clock.set(instant)
        if self.scripts:
            self.page.clock.set_fixed_time(now)
        return now

    def until_ready(self) -> None:
        """Open Tonight, and wait until the phone could do without a network."""
        self.open("/tonight/")
        until(self.page, "navigator.serviceWorker.controller !== null")
        until(self.page, f"({READ_THING})('plan').then((plan) => Boolean(plan))")

    def open(self, path: str) -> None:
        """Open a page."""
        try:
            self.page.goto(self.site.url + path)
        except Error as error:
            # A page that is just drawing itself anew takes the navigation's place, once.
            if "ERR_ABORTED" not in str(error):
                raise
            self.page.goto(self.site.url + path)
        self.arrived()

    def says(self, selector: str = "main") -> str:
        """Return what is to be read on the page, its spaces made one."""
        return plain(self.page.locator(selector).first.inner_text())

    def heading(self) -> str:
        """Return the page's heading."""
        return self.says("main h1")

    def path(self) -> str:
        """Return where the phone is."""
        return urlsplit(self.page.url).path

    def go(self, name: str) -> None:
        """Tap a link or a button by its words; it leads to another page."""
        found = self.page.locator("main a:visible, main button:visible")
        self._leave(found.filter(has_text=re.compile(rf"^\s*{re.escape(name)}\s*$")).first)

    def send(self, form: str = "main form") -> None:
        """Tap the first button of a form that stands below its questions."""
        self._leave(self.page.locator(f"{form} .actions button").first)

    def fill(self, answers: Mapping[str, object]) -> None:
        """Tap and type answers, by the names of their fields."""
        for name, value in answers.items():
            self._answer(name, str(value))

    def tap(self, name: str, value: object) -> None:
        """Tap one of the buttons of a question."""
        self.press(self.page.locator(f'main label:has(input[name="{name}"][value="{value}"])'))

    def press(self, found: Locator) -> None:
        """Tap something, once what was scrolled to is painted; a thumb waits for that too."""
        if not self.touch:
            found.click()
            return
        found.scroll_into_view_if_needed()
        self.page.evaluate(_PAINTED)
        found.tap()

    def on(self) -> None:
        """Tap the button that leads on from a page without questions."""
        self._leave(self.page.locator("main .actions a.button").first)

    def post(self, path: str, answers: Mapping[str, object] | None = None) -> str:
        """Send the form of a page without showing it, and return where it leads."""
        shown = self.context.request.get(self.site.url + path)
        hidden = _Forms(shown.text()).hidden(path)
        told = {name: str(value) for name, value in (answers or {}).items()}
        answer = self.context.request.post(
            self.site.url + path, form={**hidden, **told}, max_redirects=0
        )
        assert answer.status == 302, (path, answer.status, plain_markup(answer.text()))
        return answer.headers["location"]

    def exported(self, folder: Path) -> Path:
        """Download the trial as a person does who keeps a copy, and return its folder."""
        self.open("/data/")
        with self.page.expect_download() as coming:
            self.press(self.page.locator("main a[download]").first)
        with zipfile.ZipFile(io.BytesIO(coming.value.path().read_bytes())) as packed:
            packed.extractall(folder)
        (inner,) = folder.iterdir()
        return inner

    def _answer(self, name: str, value: str) -> None:
        found = self.page.locator(f'main [name="{name}"]')
        kind = found.first.evaluate("one => one.type")
        if kind == "radio":
            self.tap(name, value)
        elif kind == "checkbox":
            self.press(self.page.locator(f'main label:has(input[name="{name}"])'))
        elif kind == "select-one":
            found.select_option(value)
        else:
            found.fill(value)

    def _leave(self, way: Locator) -> None:
        """Tap what leads elsewhere; a tap that the browser let go by is repeated, as people do."""
        try:
            with self.page.expect_navigation(timeout=_PATIENCE):
                self.press(way)
        except TooLate:
            with self.page.expect_navigation():
                self.press(way)
        self.arrived()

    def _heard(self, said: str) -> None:
        if _UNREACHED not in said:
            self.faults.append(f"{self.page.url}: {said}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 500:
            self.faults.append(f"{url}: {status}")


class _Forms(HTMLParser):
    """The hidden fields of every form of a page, by the address that the form is sent to."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] = {}
        self.feed(markup)

    def hidden(self, path: str) -> dict[str, str]:
        """Return the hidden fields of the form that is sent to a page itself."""
        own = self.found.get(path, self.found.get(""))
        assert own is not None, (path, sorted(self.found))
        return own

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "form":
            self._fields = self.found.setdefault(known.get("action") or "", {})
        elif tag == "input" and known.get("type") == "hidden":
            self._fields[known["name"] or ""] = known.get("value") or ""


def plain(text: str) -> str:
    """Return a text with its spaces made one."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def plain_markup(markup: str) -> str:
    """Return what the main part of a page says."""
    main = re.search(r"<main.*</main>", markup, re.DOTALL)
    return plain(re.sub(r"<[^>]+>", " ", main[0] if main else markup))
