"""What somebody does on a phone in a browser, and what the phone then keeps."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page

from browser.served import Served


def at(site: Served, page: Page, instant: str) -> datetime:
    """Move the clocks of server and phone."""
    now = site.clock.set(instant)
    page.clock.set_fixed_time(now)
    return now.astimezone(UTC)


def opened(phone: BrowserContext, site: Served, instant: str) -> Page:
    """Open Tonight on a phone, and wait until it could do without a network."""
    page = phone.new_page()
    at(site, page, instant)
    page.goto(f"{site.url}/tonight/")
    page.evaluate("navigator.serviceWorker.ready")
    until(page, "navigator.serviceWorker.controller !== null")
    until(page, f"({READ_THING})('plan').then((plan) => Boolean(plan))")
    return page


def _read(parameters: str, store: str, asked: str, nothing: str) -> str:
    """Return a script that reads from what the phone keeps; a phone that forgot keeps nothing."""
    return f"""({parameters}) => new Promise((done) => {{
  const request = indexedDB.open("ekbom", 1);
  request.onupgradeneeded = () => request.transaction.abort();
  request.onerror = () => done({nothing});
  request.onsuccess = () => {{
    const got = request.result.transaction("{store}").objectStore("{store}").{asked};
    got.onsuccess = () => {{ request.result.close(); done(got.result); }};
  }};
}})"""


READ_THING = _read("name", "things", "get(name)", "undefined")

READ_ENTRIES = _read("", "entries", "getAll()", "[]")


def until(page: Page, expression: str, *, seconds: float = 15) -> None:
    """Wait until an expression is true in the page; its policy lets no text be run there."""
    for _ in range(int(seconds * 10)):
        # A page that is loaded anew in between cannot answer.
        with contextlib.suppress(Error):
            if page.evaluate(expression):
                return
        page.wait_for_timeout(100)
    raise AssertionError(f"not true within {seconds} s: {expression}")


def kept(page: Page) -> list[dict[str, Any]]:
    return sorted(page.evaluate(READ_ENTRIES), key=lambda entry: entry["order"])


def until_sent(page: Page) -> None:
    until(page, f"({READ_ENTRIES})().then((all) => all.length === 0)")


def tap(page: Page, question: str, number: int) -> None:
    page.get_by_role("group", name=question).get_by_label(str(number), exact=True).check(force=True)


def morning_offline(page: Page, name: str, *, urge: int, stools: int | None = None) -> None:
    """Fill in a morning on the page without a network."""
    card = page.locator(".card", has=page.get_by_role("heading", name=name))
    card.get_by_role("button", name="Morning").click()
    tap(page, "How strong was the strongest urge", urge)
    if stools is not None:
        page.get_by_label("How many loose or watery stools").fill(str(stools))
    page.get_by_role("button", name="Keep on this phone").click()
    page.get_by_text("Kept on this phone. It will be sent").wait_for()


CHANGE_ACCOUNT = """() => new Promise((done) => {
  const request = indexedDB.open("ekbom", 1);
  request.onsuccess = () => {
    const work = request.result.transaction("entries", "readwrite");
    const store = work.objectStore("entries");
    store.getAll().onsuccess = ({ target }) => {
      for (const entry of target.result) {
        store.put({ ...entry, item: { ...entry.item, account: "ben" } });
      }
    };
    work.oncomplete = () => { request.result.close(); done(); };
  };
})"""
