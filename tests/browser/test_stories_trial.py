"""Ana runs a whole trial on her phone, from the welcome to the verdict and a copy of it all.

The first three nights of each part are tapped; the others are sent from the same phone, unshown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser

from browser.handset import Phone, ana_at, plain
from browser.living import CALM, COURSE, agrees, begins, live_night, says_the_same
from ekbom.trial.additions import UNSURE
from ekbom.trial.folder import open_trial
from trials import shell
from web.lives import DAY, FIRST, OVER, PERIODS, TITRATION, WASHOUT, at

SHOWN = 3
"""Nights of each part that are tapped on the phone."""

NOISE = (0, 1, -1, 0, 1, 0, -1)


def test_from_the_welcome_to_the_verdict_and_a_copy_that_says_the_same(
    browser: Browser, tmp_path: Path
) -> None:
    with ana_at(browser, tmp_path / "site", at(FIRST, "20:00")) as ana:
        begins(ana)
        shown = re.findall(r"[0-9a-f]{64}", ana.says())
        agrees(ana)
        lives_nights(ana, FIRST, TITRATION, {})
        lives_open_capsules(ana)
        packs = makes_packs(ana)
        lives_periods(ana, packs)
        ends(ana)
        page = ana.says()
        folder = ana.exported(tmp_path / "copy")
        now = ana.site.clock()
    trial = open_trial(folder, now=now)
    assert shown == [trial.protocol_hash]
    assert [e.kind for e in trial.events if e.kind not in ("guess", "packing list")] == COURSE
    assert sum(e.kind == "guess" for e in trial.events) == 12
    assert [n.date for n in trial.diary.nights] == [FIRST + n * DAY for n in range(126)]
    told = shell("verdict", folder, "--json", now=now)
    assert told.exit_code == 0, told.output
    record = json.loads(told.stdout)
    says_the_same(page, record, word="helps")
    assert record["outcomes"]["urge"]["nights"] == {
        "planned": 84,
        "analysed": 60,
        "unanalysed": 24,
        "missing": 0,
        "excluded": 0,
    }


def lives_nights(
    ana: Phone,
    first: date,
    until: date,
    packs: Mapping[int, str],
    taken: str = "",
    *,
    shown: int = SHOWN,
) -> None:
    """Live the nights of one part."""
    for number in range((until - first).days):
        night = first + number * DAY
        evening = {"taken": taken} if taken else {}
        urge = 6 + NOISE[number % 7]
        if packs and packs[period_of(night)].startswith("magnesium"):
            urge -= 3
        live_night(ana, night, evening, {**CALM, "urge": urge}, shown=number < shown)


def lives_open_capsules(ana: Phone) -> None:
    """Find the dose, fix it, and live the nights without capsules up to the packs."""
    lives_nights(ana, TITRATION, TITRATION + 7 * DAY, {}, "all")
    lives_nights(ana, TITRATION + 7 * DAY, WASHOUT, {}, "all")
    ana.open("/tonight/")
    ana.go("Fix the dose")
    assert "The most that you tolerated is 200 mg of magnesium a night." in ana.says()
    ana.fill({"mg": "200"})
    ana.send()
    assert "The dose is fixed." in ana.says()
    lives_nights(ana, WASHOUT, PERIODS - DAY, {})


def makes_packs(ana: Phone) -> dict[int, str]:
    """Answer the safety questions anew, draw the order, let Ben fill the packs; return them."""
    ana.open("/tonight/")
    ana.go("Answer the safety questions")
    assert ana.heading() == "The safety questions, once more"
    ana.send()
    assert ana.heading() == "Let chance draw the order"
    ana.send()
    assert ana.heading() == "The order is drawn"
    ana.go("Next: make the packs")
    ana.go("To the list")
    ana.send()
    rows = ana.page.locator("main tbody tr").all()
    packs = {
        int(row.locator("th").inner_text()): plain(row.locator("td").inner_text()) for row in rows
    }
    ana.go("I have filled the packs")
    ana.send()
    assert "The packs are on record." in ana.says()
    assert sorted(packs) == list(range(1, 13))
    return packs


def lives_periods(ana: Phone, packs: Mapping[int, str]) -> None:
    """Live all periods, and guess after each."""
    live_night(ana, PERIODS - DAY, {}, {**CALM, "urge": 6}, shown=False)
    for period in packs:
        first = PERIODS + (period - 1) * 7 * DAY
        lives_nights(ana, first, first + 7 * DAY, packs, "all", shown=SHOWN if period == 1 else 0)
        guesses(ana, period)


def guesses(ana: Phone, period: int) -> None:
    """Guess what a period's pack held: the first time on the phone, then without its page."""
    ana.at(at(PERIODS + (period * 7 - 1) * DAY, "12:30") + DAY)
    if period > 1:
        onward = "/trial/finish/" if PERIODS + period * 7 * DAY == OVER else "/tonight/"
        assert ana.post(f"/trial/guess/{period}/", {"treatment": UNSURE}) == onward
        return
    ana.open("/tonight/")
    ana.go("My guess about period 1")
    assert ana.heading() == "Your guess about period 1"
    ana.fill({"treatment": UNSURE, "sure": 0})
    ana.send()
    assert "Your guess is written down." in ana.says()


def ends(ana: Phone) -> None:
    """Say what she thinks, open the order, and see the verdict."""
    ana.at(at(OVER, "13:00"))
    ana.open("/tonight/")
    ana.go("My last guess")
    ana.fill({"opinion": "helps", "sure": 7})
    ana.send()
    assert ana.heading() == "Open the order and see the result"
    ana.send()
    assert ana.heading() == "What your trial shows"


def period_of(night: date) -> int:
    """Return the number of the period, and of its pack, that a night lies in."""
    return (night - PERIODS).days // 7 + 1
