"""Ana's capsules do not agree with her, or something is seriously wrong: what her phone tells her.

What the phone says of it without a network, `test_offline` shows too.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from playwright.sync_api import Browser

from browser.handset import Phone, ana_at
from browser.living import CALM, copied, live_night, night_path, take_capsules
from browser.phone import until_sent
from web.lives import DAY, FIRST, at

QUIET = {**CALM, "urge": 5}
LOOSE = {**QUIET, "loose_stools": 4}
CAPSULES = "browser.people:in_known_capsules"
STOP = "EMERGENCY. Stop the capsules. Call your local emergency number now."
NO_CAPSULES = "Take no capsules. Call a clinician first."


def test_diarrhoea_holds_then_steps_down_and_the_trial_goes_on(
    browser: Browser, tmp_path: Path
) -> None:
    with ana_at(browser, tmp_path / "site", at(FIRST, "21:00"), CAPSULES) as ana:
        for number in range(8):
            live_night(ana, FIRST + number * DAY, {"taken": "all"}, QUIET, shown=number > 6)
        for number in (8, 9):
            live_night(ana, FIRST + number * DAY, {"taken": "all"}, LOOSE)
        assert "Hold: take no capsules tonight." in ana.says()
        ana.go("Put this on record")
        assert "Put on record." in ana.says()
        takes_none(ana, FIRST + 10 * DAY)
        live_night(ana, FIRST + 10 * DAY, {}, QUIET)
        assert "Step down: take fewer capsules from now on." in ana.says()
        ana.go("Put this on record")
        for number in (11, 12):
            ana.at(at(FIRST + number * DAY, "22:05"))
            ana.open("/tonight/")
            assert "Your registered plan says: 1 capsule (100 mg elemental)." in ana.says()
            live_night(ana, FIRST + number * DAY, {"taken": "all"}, QUIET)
        trial = copied(ana, tmp_path / "copy")
    kinds = [e.kind for e in trial.events]
    assert kinds == ["registered", "screening", "hold", "step down"]
    assert [d.capsules for d in trial.doses] == [1] * 7 + [2, 2, 2, 0, 1, 1]
    assert [d.mg for d in trial.doses] == [100] * 7 + [200, 200, 200, 0, 100, 100]
    assert len(trial.diary.nights) == 13


def takes_none(ana: Phone, night: date) -> None:
    """Write down on an evening with a hold that no capsules were taken."""
    ana.at(at(night, "22:05"))
    ana.open("/tonight/")
    ana.go("Write down that you took none")
    assert ana.path() == night_path(night, "evening")
    assert ana.page.locator('main input[name="taken"]').count() == 2
    ana.fill({"taken": "none"})
    ana.send()


def test_a_red_flag_stops_the_capsules_and_says_so_until_a_clinician_agrees(
    browser: Browser, tmp_path: Path
) -> None:
    with ana_at(browser, tmp_path / "site", at(FIRST, "21:00"), CAPSULES) as ana:
        live_night(ana, FIRST, {"taken": "all"}, QUIET)
        now = ana.at(at(FIRST + DAY, "21:00"))
        ana.open("/tonight/")
        ana.press(ana.page.locator("header a.signs"))
        ana.page.wait_for_url("**/signs/")
        reports(ana)
        assert ana.heading() == STOP
        assert "It is written down in your trial: no capsules from now on." in ana.says()
        ana.open("/tonight/")
        assert NO_CAPSULES in ana.says("#advice")
        assert "Write down your capsules" not in ana.says()
        ana.at(at(FIRST + 2 * DAY, "21:00"))
        ana.open("/tonight/")
        assert NO_CAPSULES in ana.says("#advice")
        ana.press(ana.page.locator("#advice").get_by_role("link", name="A clinician has agreed"))
        ana.page.wait_for_url("**/health/agreed/")
        ana.fill({"name": "Dr. Chen"})
        ana.send()
        take_capsules(ana, FIRST + 2 * DAY, {"taken": "all"})
        trial = copied(ana, tmp_path / "copy")
    assert [e.kind for e in trial.events] == ["registered", "screening", "emergency", "restart"]
    assert trial.events[2].instant == now
    assert trial.events[3].detail == {"agreed_by": "Dr. Chen"}
    assert [(d.night, d.capsules) for d in trial.doses] == [(FIRST, 1), (FIRST + 2 * DAY, 1)]


def test_a_red_flag_without_a_network_stops_at_once_and_stays_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    with ana_at(browser, tmp_path / "site", at(FIRST, "21:00"), CAPSULES) as ana:
        ana.until_ready()
        ana.context.set_offline(offline=True)
        ana.open("/signs/")
        reports(ana)
        assert ana.says("#instructions h2") == STOP
        assert ana.site.do("browser.people:written")["events"][2:] == []
        ana.context.set_offline(offline=False)
        until_sent(ana.page)
        ana.open("/tonight/")
        assert NO_CAPSULES in ana.says("#advice")
        trial = copied(ana, tmp_path / "copy")
    assert [e.kind for e in trial.events] == ["registered", "screening", "emergency"]


def reports(ana: Phone) -> None:
    """Say on the page of warning signs that she fainted."""
    ana.press(ana.page.get_by_label("fainting"))
    ana.press(ana.page.get_by_role("button", name="I have what I ticked"))
    ana.page.locator(".emergency h1, #instructions .emergency").first.wait_for()
