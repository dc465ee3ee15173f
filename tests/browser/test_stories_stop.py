"""Ana gives her trial up in its third period; it is analysed as it was drawn, and says so."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser

from browser.handset import Phone, ana_at
from browser.living import CALM, report_night, says_the_same
from ekbom.trial.folder import open_trial
from trials import shell
from web.lives import DAY
from web.states import NOW

TONIGHT = NOW.date()
"""Night 5 of 7 of period 3; the report of the night before is missing."""


def test_a_trial_given_up_in_its_third_period_is_analysed_as_it_was_drawn(
    browser: Browser, tmp_path: Path
) -> None:
    made = "web.states:browser_at"
    with ana_at(browser, tmp_path / "site", NOW, made, stage="treated") as ana:
        gives_up(ana, last=TONIGHT - DAY)
        ana.at("2026-03-02T08:00+01:00")
        report_night(ana, TONIGHT, {**CALM, "urge": 6})
        ana.at("2026-03-02T13:00+01:00")
        opens(ana)
        page, now = ana.says(), ana.site.clock()
        folder = ana.exported(tmp_path / "copy")
    trial = open_trial(folder, now=now)
    assert [e.kind for e in trial.events][-5:] == [
        "ended",
        "guess",
        "guess",
        "last guess",
        "unblinding",
    ]
    told = shell("verdict", folder, "--json", now=now)
    assert told.exit_code == 0, told.output
    record = json.loads(told.stdout)
    says_the_same(page, record, word="cannot tell yet")
    urge = record["outcomes"]["urge"]
    # Five analysed nights in each of two periods, two in the third: the last one after the stop.
    assert [p["reports"] for p in urge["periods"]] == [5, 5, 2, *[0] * 9]
    assert urge["nights"] == {
        "planned": 84,
        "analysed": 12,
        "unanalysed": 24,
        "missing": 1,
        "excluded": 47,
    }
    assert urge["because"] == ["pairs_with_enough_reports", "posterior_sd_over_prior_sd"]
    assert "It was stopped for lack of benefit, which may hang on the treatment." in page


def gives_up(ana: Phone, *, last: date) -> None:
    """End the trial on its page, and see that answers are still welcome."""
    ana.open("/trial/")
    ana.go("Stop the trial")
    assert ana.heading() == "Stop the trial for good"
    assert ana.page.locator('main [name="last"]').input_value() == last.isoformat()
    ana.send()
    assert "Please check" in ana.says()
    ana.fill({"reason": "lack of benefit", "sure": "on"})
    ana.send()
    assert "The trial has ended. Take no more capsules of it." in ana.says()
    assert "Write down your capsules" not in ana.says()


def opens(ana: Phone) -> None:
    """Leave out the guesses about periods, say what she thinks, and open the order."""
    ana.open("/trial/guess/2/")
    ana.go("I don't know. Skip this")
    assert ana.heading() == "Your guess about period 3"
    ana.go("I don't know. Skip this")
    ana.fill({"opinion": "no difference", "sure": 5})
    ana.send()
    ana.send()
    assert ana.heading() == "What your trial shows"
