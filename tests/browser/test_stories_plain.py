"""A browser that runs no scripts: a night is written down by forms alone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from browser.handset import Phone, ana_at
from browser.living import CALM, copied
from web.lives import FIRST, at

WITHOUT = {"java_script_enabled": False, "has_touch": False, "is_mobile": False}


def test_an_evening_a_morning_and_a_refusal_without_scripts(
    browser: Browser, tmp_path: Path
) -> None:
    made = "browser.people:in_known_capsules"
    with ana_at(browser, tmp_path / "site", at(FIRST, "22:10"), made, phone=WITHOUT) as ana:
        ana.open("/tonight/")
        click(ana, "link", "Write down your capsules")
        click(ana, "button", "Save")
        assert "Nothing was saved yet. Please check:" in ana.says()
        choose(ana, "taken", "all")
        click(ana, "button", "Save")
        assert "Kept for the evening of" in ana.says()
        ana.at(at(FIRST, "07:30"))
        ana.open("/tonight/")
        click(ana, "link", "Answer about last night")
        for name, value in {"urge": 7, **CALM}.items():
            choose(ana, name, value)
        choose(ana, "minutes_awake", "other")
        ana.page.locator('[name="minutes_awake_other"]').fill("25")
        click(ana, "button", "Save")
        assert "Kept: 8 answers about the night of" in ana.says()
        trial = copied(ana, tmp_path / "copy")
    assert [(d.night, d.capsules, d.instant) for d in trial.doses] == [
        (FIRST, 1, at(FIRST, "22:10"))
    ]
    (night,) = trial.diary.nights
    assert night.answers == {"urge": 7, "minutes_awake": 25, **CALM}


def click(ana: Phone, role: str, name: str) -> None:
    """Click a link or a button and see where it leads."""
    with ana.page.expect_navigation():
        ana.page.get_by_role(role, name=name, exact=True).first.click()


def choose(ana: Phone, name: str, value: object) -> None:
    """Click one of the buttons of a question."""
    ana.page.locator(f'label:has(input[name="{name}"][value="{value}"])').click()
