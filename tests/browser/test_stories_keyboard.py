"""Ana's hands are tired of tapping: she registers her trial and lives a night by keyboard alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from pathlib import Path

from playwright.sync_api import Browser

from browser.handset import Phone, ana_at
from browser.living import CALM, copied, night_path
from ekbom.web.begin.questions import sections
from web.lives import DAY, FIRST, at
from web.way import HEALTHY, PRODUCT, section_data

DESK = {"has_touch": False, "is_mobile": False}
"""The browser of somebody who has a keyboard and no mouse."""

FOCUSED = """() => {
  const { name = "", type = "", value = "", tagName, href = "" } = document.activeElement;
  return { name, type, value, tagName, href };
}"""

CHOSEN = "name => document.querySelector(`[name='${name}']:checked`)?.value ?? ''"


class Keys:
    """What can be done with the keys alone; only Tab, arrows, Space, Enter and letters."""

    def __init__(self, ana: Phone) -> None:
        self.page, self.keyboard = ana.page, ana.page.keyboard

    def focused(self) -> Mapping[str, str]:
        """Return what has the focus."""
        found: Mapping[str, str] = self.page.evaluate(FOCUSED)
        return found

    def reach(self, **wanted: str) -> None:
        """Press Tab until something has the focus that is as it is wanted."""
        for _ in range(200):
            self.keyboard.press("Tab")
            found = self.focused()
            if all(found[key] == value for key, value in wanted.items()):
                return
        raise AssertionError(f"Tab does not lead to {wanted}")

    def answer(self, answers: Mapping[str, object]) -> None:
        """Answer the questions of a form in the order in which they stand."""
        for name, value in answers.items():
            self.reach(name=name)
            kind = self.focused()["type"]
            if kind == "radio":
                self.choose(name, str(value))
            elif kind == "checkbox":
                self.keyboard.press("Space")
            elif kind == "time":
                self.set_time(time.fromisoformat(str(value)))
            else:
                self.keyboard.press("Control+A")
                self.keyboard.type(str(value))

    def choose(self, name: str, value: str) -> None:
        """Choose one of a group's buttons by Space and arrows."""
        self.keyboard.press("Space")
        for _ in range(20):
            if self.page.evaluate(CHOSEN, name) == value:
                return
            self.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {value} of {name}")

    def set_time(self, wanted: time) -> None:
        """Type a time of day as the browser's clock has it: with 24 hours, or with am and pm."""
        for typed in (f"{wanted:%H%M}", f"{wanted:%I%M%p}"):
            for _ in range(3):
                self.keyboard.press("ArrowLeft")
            self.keyboard.type(typed)
            if self.focused()["value"] == f"{wanted:%H:%M}":
                return
        raise AssertionError(f"{wanted} cannot be typed")

    def send(self) -> None:
        """Press Enter on the button below the questions."""
        self.reach(tagName="BUTTON")
        self._leave()

    def follow(self, path: str) -> None:
        """Press Enter on the link that leads to a page."""
        for _ in range(200):
            self.keyboard.press("Tab")
            if self.focused()["href"].endswith(path):
                return self._leave()
        raise AssertionError(f"Tab does not lead to a link to {path}")

    def _leave(self) -> None:
        with self.page.expect_navigation():
            self.keyboard.press("Enter")


def test_the_whole_way_to_a_registered_trial_by_keyboard_alone(
    browser: Browser, tmp_path: Path
) -> None:
    with ana_at(browser, tmp_path / "site", at(FIRST, "20:00"), phone=DESK) as ana:
        keys = Keys(ana)
        ana.open("/")
        keys.follow("/begin/safety/")
        keys.follow("/begin/safety/1/")
        for section in sections():
            assert ana.path() == f"/begin/safety/{section.number}/"
            keys.answer(section_data(section, HEALTHY))
            keys.send()
        keys.follow("/begin/medicines/")
        keys.answer({"dose_at": "22:00"})
        keys.reach(name="none")
        keys.keyboard.press("Space")
        keys.send()
        keys.follow("/begin/product/")
        keys.answer(
            {name: PRODUCT[name] for name in ("amount_mg", "unit", "states", "salt", "region")}
        )
        keys.answer({name: PRODUCT[name] for name in ("others_mg", "target_mg")})
        keys.send()
        keys.follow("/begin/plan/")
        keys.answer({"protocol": "magnesium-rls-fast", "blinding": "open"})
        keys.send()
        keys.send()
        keys.follow("/begin/agree/")
        keys.answer({"expectation": 6, "agreed": "on"})
        keys.send()
        assert ana.path() == "/tonight/"
        trial = copied(ana, tmp_path / "copy")
    assert [e.kind for e in trial.events] == ["registered", "screening", "expectation"]
    assert trial.protocol.name == "magnesium-rls-fast"
    assert trial.protocol.dose is not None
    assert trial.protocol.dose.ladder == (100.0, 200.0)


def test_an_evening_and_a_morning_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    made = "browser.people:in_known_capsules"
    with ana_at(browser, tmp_path / "site", at(FIRST, "22:00"), made, phone=DESK) as ana:
        keys = Keys(ana)
        ana.open("/tonight/")
        keys.follow(night_path(FIRST, "evening"))
        keys.answer({"taken": "all"})
        keys.send()
        assert "Kept for the evening of" in ana.says()
        ana.at(at(FIRST, "07:30"))
        ana.open("/tonight/")
        keys.follow(night_path(FIRST, "morning"))
        keys.answer({"urge": 6, "minutes_to_sleep": 20, **CALM})
        keys.send()
        assert "Kept: 8 answers about the night of" in ana.says()
        trial = copied(ana, tmp_path / "copy")
    assert [(d.night, d.capsules, d.instant) for d in trial.doses] == [
        (FIRST, 1, at(FIRST, "22:00"))
    ]
    (night,) = trial.diary.nights
    assert night.date == FIRST == at(FIRST, "07:30").date() - DAY
    assert night.answers == {"urge": 6, "minutes_to_sleep": 20, **CALM}
