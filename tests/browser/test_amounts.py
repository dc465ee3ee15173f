"""A number that was chosen and not typed is asked for on the device, also without a network."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import BrowserContext, Page

from browser.phone import kept, opened, tap, until_sent
from browser.served import Served

FIRST = date(2026, 3, 1)
ASK = "Write the number, or choose: No answer."


def asked(page: Page, name: str) -> str:
    """Return what the page asks at a number's place."""
    said: str = page.locator(f"[name={name}]").evaluate("input => input.validationMessage")
    return said


def other(page: Page, item: str) -> None:
    page.locator(f"[name={item}][value=other]").check(force=True)


def test_other_without_a_number_is_asked_for_and_nothing_else_is_lost(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    page.goto(f"{site.url}/nights/{FIRST}/morning/")
    tap(page, "How strong was the strongest urge", 6)
    other(page, "minutes_to_sleep")
    site.stop()
    page.get_by_role("button", name="Save").click()
    assert asked(page, "minutes_to_sleep_other") == ASK
    assert page.url.endswith("/morning/")
    assert kept(page) == []
    page.locator("[name=minutes_to_sleep_other]").fill("25")
    assert asked(page, "minutes_to_sleep_other") == ""
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Write down a night without a network").wait_for()
    (entry,) = kept(page)
    assert entry["item"]["data"]["answers"] == {"urge": 6, "minutes_to_sleep": 25}
    site.start()
    page.goto(f"{site.url}/tonight/")
    until_sent(page)


def test_capsules_of_another_number_are_asked_for_too(phone: BrowserContext, site: Served) -> None:
    site.do("browser.people:in_capsules")
    page = opened(phone, site, "2026-03-01T21:30+01:00")
    page.goto(f"{site.url}/nights/{FIRST}/evening/")
    page.locator("[name=taken][value=fewer]").check(force=True)
    site.stop()
    page.get_by_role("button", name="Save").first.click()
    assert asked(page, "capsules") == "Write how many capsules you took."
    assert kept(page) == []
    page.locator("[name=capsules]").fill("1")
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("heading", name="Write down a night without a network").wait_for()
    (entry,) = kept(page)
    assert entry["item"]["data"]["capsules"] == 1
