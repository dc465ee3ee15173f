"""Coming in, in a real browser: the printed address, a phone's pairing, a clinic's link."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the group browser")

CHROMIUM = Path("/usr/bin/chromium")
EKBOM = [sys.executable, "-c", "from ekbom.cli import main; main(prog_name='ekbom')"]
PASSWORD = "quiet legs at midnight"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture
def browser():
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield found
        found.close()


def page_of(browser, **options):
    return browser.new_context(viewport={"width": 360, "height": 740}, **options).new_page()


def heading(page, text: str) -> None:
    sync_api.expect(page.locator("h1")).to_have_text(text)


def test_the_printed_address_leads_in_and_a_phone_is_paired_and_removed(browser, tmp_path) -> None:
    from web.test_places_serving import address_in, free, serving

    with serving(tmp_path / "data", "--home", "--port", str(free())) as (_, out):
        page = page_of(browser)
        page.goto(address_in(out))
        page.wait_for_url(re.compile("/welcome/$"))
        page.goto(page.url.replace("/welcome/", "/devices/pair/"))
        page.get_by_role("button", name="Make a code").click()
        code = page.locator("#code code").inner_text()
        phone = page_of(browser, ignore_https_errors=True)
        phone.goto(code)
        phone.get_by_label("What do you call this phone?").fill("Ana's phone")
        phone.get_by_role("button", name="Pair this phone").click()
        phone.wait_for_url(re.compile("/welcome/$"))
        page.goto(page.url.replace("/pair/", "/"))
        page.get_by_role("button", name="Remove Ana's phone").click()
        phone.reload()
        heading(phone, "This page is not open in this browser")
        page.goto(page.url.replace("/devices/", "/leave/"))
        page.get_by_role("button", name="Leave").click()
        heading(page, "You have left")


def test_a_clinics_link_opens_an_account(browser, tmp_path) -> None:
    from web.test_places_serving import free, serving

    port = free()
    place = {"EKBOM_SITE": "clinic", "EKBOM_ADDRESS": f"http://localhost:{port}"}
    with serving(tmp_path / "data", "--port", str(port), **place):
        own = {**place, "EKBOM_DATA": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
        link = subprocess.run(
            [*EKBOM, "account", "add", "ana"], capture_output=True, text=True, env=own, check=True
        )
        page = page_of(browser)
        page.goto(link.stdout.strip())
        page.get_by_label("Choose a password").fill(PASSWORD)
        page.get_by_role("button", name="Use this password").click()
        page.wait_for_url(re.compile("/welcome/$"))
        page.goto(f"http://localhost:{port}/leave/")
        page.get_by_role("button", name="Log out").click()
        heading(page, "You have left")
        page.goto(f"http://localhost:{port}/settings/")
        page.get_by_label("Name").fill("Ana")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        heading(page, "Settings")
