"""The way to a trial, a night and the page without a network in German: no English sentence."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from browser.handset import ana_at
from browser.living import CALM, agrees, begins, copied
from web.lives import FIRST, at
from web.test_german import Seen, fault

GERMAN = {"locale": "de-DE"}


def test_from_the_welcome_to_the_first_night_everything_is_german(
    browser: Browser, tmp_path: Path
) -> None:
    pages: dict[str, set[str]] = {}
    with ana_at(browser, tmp_path / "site", at(FIRST, "20:00"), phone=GERMAN) as ana:

        def read() -> None:
            pages.setdefault(ana.path(), set()).update(Seen(ana.page.content()).texts)

        ana.arrived = read
        begins(ana)
        agrees(ana)
        ana.at(at(FIRST, "07:30"))
        ana.until_ready()
        assert ana.heading() == "Heute Abend"
        ana.go("Zur letzten Nacht antworten")
        ana.send()
        ana.fill({**CALM, "urge": 6})
        ana.send()
        for path in ("/signs/", "/health/complaint/", "/trial/", "/nights/", "/settings/"):
            ana.open(path)
        ana.context.set_offline(offline=True)
        ana.open("/tonight/")
        ana.press(ana.page.locator("#night-list button").first)
        read()
        ana.context.set_offline(offline=False)
        trial = copied(ana, tmp_path / "copy")
    found = {path: sorted(filter(None, map(fault, texts))) for path, texts in pages.items()}
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert len(pages) > 25
    assert [n.answers["urge"] for n in trial.diary.nights] == [6]
