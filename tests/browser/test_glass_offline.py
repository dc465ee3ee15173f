"""The blind is broken without a network, on a phone: two taps, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from browser.handset import Phone, ana_at
from browser.living import copied
from browser.phone import kept, until_sent
from web.states import NOW

ADVICE = (
    "Stop the capsules now. Take no more of them. "
    "Treat this as if you took magnesium, up to 200 mg elemental a day. "
)
WAY = "The packing list says what pack 3 holds."
QUESTION = "Emergency: what do my capsules hold?"
BUTTON = "I am opening pack 3"
RECORDED = "It is on record that the blind of pack 3 is broken."
KEPT = "Kept on this phone. It will be sent when there is a network. The main answer of the trial"
TOLD = {"night": "2026-03-01", "period": 3, "what": "break glass"}

LATER = NOW + timedelta(hours=3)
"""When she taps, with no network since the evening."""


@pytest.fixture
def ana(browser: Browser, tmp_path: Path) -> Iterator[Phone]:
    """Ana's phone in her third period, ready to do without a network."""
    made = "web.states:browser_at"
    with ana_at(browser, tmp_path / "site", NOW, made, stage="treated") as phone:
        phone.until_ready()
        yield phone


def without_network(ana: Phone) -> None:
    ana.site.stop()
    ana.at(LATER)


def with_network(ana: Phone) -> None:
    """Bring the network back the next morning, and wait until everything is sent."""
    ana.site.start()
    ana.at(NOW + timedelta(hours=12))
    ana.open("/tonight/")
    until_sent(ana.page)
    ana.page.get_by_text("No capsules tonight.").wait_for()


def incidents(ana: Phone, folder: Path) -> list[tuple[datetime, Any]]:
    events = copied(ana, folder).events
    return [(e.instant, dict(e.detail)) for e in events if e.kind == "incident"]


def test_two_taps_without_a_network_are_on_record_at_the_phone_s_instant(
    ana: Phone, tmp_path: Path
) -> None:
    without_network(ana)
    ana.open("/tonight/")
    assert not ana.page.get_by_role("button", name=BUTTON).is_visible()
    ana.press(ana.page.get_by_text(QUESTION))
    assert ana.says("#glass").startswith(f"{QUESTION} {ADVICE}")
    assert WAY in ana.says("#glass")
    ana.press(ana.page.get_by_role("button", name=BUTTON))
    ana.page.locator("#instructions .emergency").wait_for()
    assert ana.page.get_by_role("button", name=BUTTON).count() == 0
    assert f"{WAY} It is on the page where the packs are made. {KEPT}" in ana.says("#glass")
    assert ana.says("#instructions") == "Stop the capsules now. Take no more of them."
    assert [e["item"]["data"]["pack"] for e in kept(ana.page)] == [3]
    with_network(ana)
    assert incidents(ana, tmp_path / "copy") == [(LATER, TOLD)]


def test_the_page_itself_opens_without_a_network_with_the_advice_unfolded(ana: Phone) -> None:
    without_network(ana)
    ana.open("/signs/")
    ana.go(QUESTION)
    ana.page.get_by_role("button", name=BUTTON).wait_for()
    assert ADVICE in ana.says("#glass")


def test_the_network_goes_while_the_page_is_open_and_the_tap_is_kept(
    ana: Phone, tmp_path: Path
) -> None:
    ana.open("/signs/open/")
    without_network(ana)
    ana.go(BUTTON)
    ana.page.locator("#instructions .emergency").wait_for()
    assert KEPT in ana.says("#glass")
    with_network(ana)
    assert incidents(ana, tmp_path / "copy") == [(LATER, TOLD)]


def test_with_a_network_two_taps_are_on_record_once(ana: Phone, tmp_path: Path) -> None:
    ana.go(QUESTION)
    assert ana.says().startswith(ADVICE)
    ana.go(BUTTON)
    assert RECORDED in ana.says()
    until_sent(ana.page)
    assert incidents(ana, tmp_path / "copy") == [(NOW, TOLD)]


def test_what_was_broken_on_another_device_is_not_offered_without_a_network(ana: Phone) -> None:
    ana.open("/signs/open/")
    ana.go(BUTTON)
    until_sent(ana.page)
    ana.until_ready()
    ana.page.wait_for_function("() => !document.getElementById('outbox').textContent")
    without_network(ana)
    ana.open("/signs/open/")
    ana.page.get_by_text(RECORDED).wait_for()
    assert ana.page.get_by_role("button", name=BUTTON).count() == 0


def test_before_there_is_a_plan_the_advice_and_every_way_are_there(ana: Phone) -> None:
    """The page as the phone keeps it, without the script that puts the plan in."""
    text = ana.context.request.get(f"{ana.site.url}/offline/").text()
    assert " ".join(text.split()).count("<p>Treat this as if you took magnesium.</p>") == 1
    assert text.count("sealed card of the pack that is in use") == 1
