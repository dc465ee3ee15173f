"""Three nights without a network, in Debian's chromium on a phone: nothing is lost, nothing is
there twice, and what must be done at once is said at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from browser.phone import (
    CHANGE_ACCOUNT,
    READ_THING,
    at,
    kept,
    morning_offline,
    opened,
    tap,
    until,
    until_sent,
)
from browser.served import CHROMIUM, FLAGS, Served, serve

FIRST = date(2026, 3, 1)
HOST = "ana.test"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        rules = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, rules])
        yield found
        found.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with serve(tmp_path, hosts=(HOST,)) as running:
        yield running


@pytest.fixture
def phone(browser: Browser, site: Served) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, timezone_id="Europe/Berlin")
    context.add_cookies([site.device()])
    yield context
    context.close()


def test_three_nights_without_a_network_are_all_there_once_each(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-01T21:00+01:00")
    site.stop()
    given = []
    for days, urge in enumerate([7, 6, 5]):
        now = at(site, page, f"2026-03-0{2 + days}T07:3{days}+01:00")
        page.goto(f"{site.url}/tonight/")
        morning_offline(page, "Last night", urge=urge)
        given.append([str(FIRST + timedelta(days=days)), "urge", urge, now.isoformat(), False])
    assert [entry["item"]["night"] for entry in kept(page)] == [night for night, *_ in given]
    page.reload()
    page.get_by_text("3 entries are kept on this phone and not sent yet.").wait_for()
    at(site, page, "2026-03-04T09:00+01:00")
    site.start()
    page.goto(f"{site.url}/tonight/")
    until_sent(page)
    page.reload()
    page.wait_for_timeout(500)
    assert site.do("browser.people:written")["entries"] == given
    assert page.locator("#outbox").is_hidden()


def test_a_form_that_was_open_when_the_network_went_is_kept_and_sent_later(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    page.goto(f"{site.url}/nights/{FIRST}/morning/")
    tap(page, "How strong was the strongest urge", 8)
    site.stop()
    now = at(site, page, "2026-03-02T07:31+01:00")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Kept on this phone").wait_for()
    assert [entry["item"]["data"]["answers"] for entry in kept(page)] == [{"urge": 8}]
    site.start()
    at(site, page, "2026-03-02T12:00+01:00")
    page.goto(f"{site.url}/tonight/")
    until_sent(page)
    assert site.do("browser.people:written")["entries"] == [
        [str(FIRST), "urge", 8.0, now.isoformat(), False]
    ]


def test_with_a_network_a_form_is_sent_as_usual_and_nothing_stays_behind(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    page.goto(f"{site.url}/nights/{FIRST}/morning/")
    tap(page, "How strong was the strongest urge", 3)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/tonight/")
    until_sent(page)
    assert [e[1:3] for e in site.do("browser.people:written")["entries"]] == [["urge", 3.0]]


def test_tonight_is_drawn_anew_when_a_warning_sign_came_in_from_elsewhere(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:in_capsules")
    page = opened(phone, site, "2026-03-01T21:00+01:00")
    assert page.get_by_text("no capsules").count() == 0
    site.do("browser.people:chest_pain")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.get_by_text("Take no capsules").first.wait_for()
    until(page, f"({READ_THING})('plan').then((plan) => plan.nights.every((n) => !n.capsules))")


def test_a_second_loose_stool_day_says_at_once_what_to_do(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:in_capsules")
    page = opened(phone, site, "2026-03-01T21:00+01:00")
    site.stop()
    at(site, page, "2026-03-02T07:30+01:00")
    page.goto(f"{site.url}/tonight/")
    morning_offline(page, "Last night", urge=4, stools=3)
    assert "If the day before was like this" in page.locator("#instructions").inner_text()
    at(site, page, "2026-03-03T07:30+01:00")
    page.reload()
    morning_offline(page, "Last night", urge=4, stools=5)
    told = page.locator("#instructions").inner_text()
    assert told.startswith("Hold: take no capsules tonight.\n")
    assert "stop the capsules after two days in a row with 3 or more loose stools" in told.lower()


def test_a_warning_sign_says_at_once_what_to_do_and_is_written_down_later(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:in_capsules")
    page = opened(phone, site, "2026-03-02T21:00+01:00")
    site.stop()
    page.goto(f"{site.url}/signs/")
    page.get_by_label("fainting").check()
    page.get_by_role("button", name="I have what I ticked").click()
    page.locator("#instructions .emergency").wait_for()
    assert page.locator("#instructions h2").inner_text() == (
        "EMERGENCY. Stop the capsules. Call your local emergency number now."
    )
    site.start()
    page.goto(f"{site.url}/tonight/")
    until_sent(page)
    kinds = [kind for kind, *_ in site.do("browser.people:written")["events"]]
    assert kinds == ["registered", "screening", "emergency"]


def test_an_evening_without_a_network_keeps_capsules_and_time(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:in_capsules")
    page = opened(phone, site, "2026-03-01T19:00+01:00")
    site.stop()
    at(site, page, "2026-03-01T22:30+01:00")
    page.goto(f"{site.url}/tonight/")
    page.get_by_role("button", name="Evening").first.click()
    page.get_by_label("How many capsules did you take?").fill("1")
    page.get_by_label("When?").fill("22:05")
    page.get_by_role("button", name="Keep on this phone").click()
    page.get_by_text("Kept on this phone. It will be sent").wait_for()
    site.start()
    page.goto(f"{site.url}/tonight/")
    until_sent(page)
    found = site.do("browser.people:written")["doses"]
    assert found == [[str(FIRST), 1.0, "2026-03-01T21:05:00+00:00"]]


def test_what_is_refused_stays_with_its_reason_until_the_person_decides(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    site.stop()
    page.goto(f"{site.url}/tonight/")
    morning_offline(page, "Last night", urge=6)
    morning_offline(page, "Last night", urge=2)
    site.start()
    page.goto(f"{site.url}/offline/")
    page.get_by_text("This entry was not taken").wait_for()
    assert "was answered already" in page.locator("#kept").inner_text()
    page.get_by_role("button", name="Send it as a correction").click()
    until_sent(page)
    found = [e[1:3] for e in site.do("browser.people:written")["entries"]]
    assert found == [["urge", 6.0], ["urge", 2.0]]


def test_discarding_asks_twice(phone: BrowserContext, site: Served) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    site.stop()
    page.goto(f"{site.url}/tonight/")
    morning_offline(page, "Last night", urge=6)
    morning_offline(page, "Last night", urge=2)
    site.start()
    page.goto(f"{site.url}/offline/")
    page.get_by_role("button", name="Discard it").click()
    assert len(kept(page)) == 1
    page.get_by_role("button", name="Discard it for good").click()
    until_sent(page)


def test_a_removed_phone_forgets_everything(phone: BrowserContext, site: Served) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    site.stop()
    page.goto(f"{site.url}/tonight/")
    morning_offline(page, "Last night", urge=6)
    site.start()
    site.do("browser.people:removes_phones")
    page.goto(f"{site.url}/tonight/")
    until_sent(page)
    until(page, f"({READ_THING})('plan').then((plan) => plan === undefined)")
    until(page, "caches.keys().then((names) => names.length === 0)")
    assert site.do("browser.people:written")["entries"] == []


def test_leaving_names_what_is_unsent_and_then_forgets_it(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    site.stop()
    page.goto(f"{site.url}/tonight/")
    morning_offline(page, "Last night", urge=6)
    morning_offline(page, "Last night", urge=2)
    site.start()
    page.goto(f"{site.url}/offline/")
    page.get_by_text("This entry was not taken").wait_for()
    page.goto(f"{site.url}/leave/")
    page.get_by_text("1 entries on this phone were not sent yet.").wait_for()
    page.get_by_role("button", name="Delete them and leave").click()
    until(page, f"({READ_THING})('plan').then((plan) => plan === undefined)")
    until_sent(page)


def test_an_entry_of_another_account_waits_for_its_person(
    phone: BrowserContext, site: Served
) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    site.stop()
    page.goto(f"{site.url}/tonight/")
    morning_offline(page, "Last night", urge=6)
    page.evaluate(CHANGE_ACCOUNT)
    site.start()
    page.goto(f"{site.url}/tonight/")
    page.get_by_text("1 entry of another account is kept on this phone.").wait_for()
    assert len(kept(page)) == 1
    assert site.do("browser.people:written")["entries"] == []


def test_without_a_secure_context_a_form_is_sent_as_it_is(browser: Browser, site: Served) -> None:
    site.do("browser.people:registered")
    site.clock.set("2026-03-02T07:30+01:00")
    context = browser.new_context(viewport=PHONE)
    address = f"http://{HOST}:{site.port}"
    context.add_cookies([{**site.device(), "url": address}])
    page = context.new_page()
    page.goto(f"{address}/nights/{FIRST}/morning/")
    assert page.evaluate("window.isSecureContext") is False
    tap(page, "How strong was the strongest urge", 5)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/tonight/")
    assert [e[1:3] for e in site.do("browser.people:written")["entries"]] == [["urge", 5.0]]
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    context.close()


def test_nothing_but_files_and_public_pages_is_cached(phone: BrowserContext, site: Served) -> None:
    site.do("browser.people:registered")
    page = opened(phone, site, "2026-03-02T07:30+01:00")
    for address in ("/nights/", f"/nights/{FIRST}/", "/data/", "/settings/", "/trial/"):
        page.goto(site.url + address)
    urls = page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            found.push(...(await cache.keys()).map((request) => new URL(request.url).pathname));
          }
          return found;
        }"""
    )
    pages = [url for url in urls if not url.startswith("/static/ekbom/")]
    assert pages == ["/offline/", "/signs/"]
