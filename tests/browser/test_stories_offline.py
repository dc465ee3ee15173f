"""Ana is three nights without a network, evening and morning: everything is there later, once.

`test_offline` has what may go wrong with it.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from browser.handset import Phone, ana_at
from browser.living import copied
from browser.phone import kept, morning_offline, until_sent
from ekbom.report.measures import night_words
from web.lives import DAY, FIRST, at

NIGHTS = tuple(FIRST + n * DAY for n in range(3))


def test_three_nights_without_a_network_are_there_once_at_the_right_hours(
    browser: Browser, tmp_path: Path
) -> None:
    capsules = "browser.people:in_known_capsules"
    with ana_at(browser, tmp_path / "site", at(FIRST, "20:00"), capsules) as ana:
        ana.until_ready()
        ana.context.set_offline(offline=True)
        for number, night in enumerate(NIGHTS):
            ana.at(at(night, f"22:1{number}"))
            takes_offline(ana)
            ana.at(at(night, f"07:3{number}"))
            ana.open("/tonight/")
            morning_offline(ana.page, "Last night", urge=7 - number, stools=0)
        assert len(kept(ana.page)) == 6
        assert ana.site.do("browser.people:written")["entries"] == []
        ana.at(at(NIGHTS[-1], "09:00"))
        ana.context.set_offline(offline=False)
        until_sent(ana.page)
        ana.open("/tonight/")
        told = f"Last night, {night_words(NIGHTS[-1])}: 2 of 11 answered. That is fine."
        assert told in ana.says()
        assert "Still missing" not in ana.says()
        trial = copied(ana, tmp_path / "copy")
    assert [(d.night, d.capsules, d.mg, d.instant) for d in trial.doses] == [
        (night, 1, 100, at(night, f"22:1{n}")) for n, night in enumerate(NIGHTS)
    ]
    assert [(e.night, e.item, e.value, e.instant, e.late) for e in trial.entries] == [
        (night, item, value, at(night, f"07:3{n}"), False)
        for n, night in enumerate(NIGHTS)
        for item, value in (("urge", 7 - n), ("loose_stools", 0))
    ]


def takes_offline(ana: Phone) -> None:
    """Write down one capsule, just now, on the page without a network."""
    ana.open("/tonight/")
    card = ana.page.locator(".card", has=ana.page.get_by_role("heading", name="Tonight:"))
    ana.press(card.get_by_role("button", name="Evening"))
    ana.page.get_by_label("How many capsules did you take?").fill("1")
    ana.press(ana.page.get_by_role("button", name="Keep on this phone"))
    ana.page.get_by_text("Kept on this phone. It will be sent").wait_for()
