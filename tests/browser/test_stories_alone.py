"""Ana blinds herself: she makes the packs on two devices, and reads their slips on two days.

The first three nights of each part are tapped; the others are sent from the same phone, unshown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.handset import Phone, ana_at
from browser.living import CALM, COURSE, agrees, begins, live_night, says_the_same
from browser.served import CHROMIUM, FLAGS
from browser.test_stories_trial import (
    NOISE,
    SHOWN,
    guesses,
    lives_nights,
    lives_open_capsules,
    period_of,
)
from ekbom.trial.blinding import blinding_of
from ekbom.trial.folder import open_trial
from trials import at as at_night
from trials import shell
from web.lives import DAY, FIRST, OVER, PERIODS, TITRATION, at

COINS = (True, False, False, True, True, False)
"""How the shuffle fell: a pair's placebo comes first where its coin is."""

PACKS = {
    pack: "placebo" if coin == bool(pack % 2) else "magnesium"
    for pack, coin in ((pack, COINS[(pack - 1) // 2]) for pack in range(1, 13))
}
"""What lies in each pack."""

STEPS, TAPPED = 35, 9
"""Steps of the making, and how many are tapped before it is broken off."""


@pytest.fixture(scope="module")
def camera(browser: Browser) -> Iterator[Browser]:
    """A browser with a camera that may be used."""
    flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    found = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
    yield found
    found.close()


def test_a_trial_that_ana_blinds_herself_from_the_plan_to_the_verdict(
    browser: Browser, tmp_path: Path
) -> None:
    with ana_at(browser, tmp_path / "site", at(FIRST, "20:00")) as ana:
        begins(ana, blinding="alone")
        agrees(ana)
        lives_nights(ana, FIRST, TITRATION, {})
        lives_open_capsules(ana)
        makes_slips(ana)
        makes_packs(ana)
        live_night(ana, PERIODS - DAY, {}, {**CALM, "urge": 6}, shown=False)
        for period in PACKS:
            lives_period(ana, period)
            guesses(ana, period)
        ends(ana, codes_in_packs(ana))
        page = ana.says()
        folder = ana.exported(tmp_path / "copy")
        now = ana.site.clock()
    trial = open_trial(folder, now=now)
    assert blinding_of(trial).open(trial=trial).treatments == tuple(PACKS.values())
    left_out = ("guess", "packing step", "pack opened", "slip read")
    assert [e.kind for e in trial.events if e.kind not in left_out] == COURSE
    opened = [e.detail for e in trial.events if e.kind == "pack opened"]
    assert [(d["pack"], d["night"]) for d in opened] == [
        (pack, f"{PERIODS + 7 * (pack - 1) * DAY}") for pack in PACKS
    ]
    assert sum(e.kind == "slip read" for e in trial.events) == len(PACKS)
    told = shell("verdict", folder, "--json", now=now)
    assert told.exit_code == 0, told.output
    says_the_same(page, json.loads(told.stdout), word="helps")


def makes_slips(ana: Phone) -> None:
    """Answer the safety questions anew, make the slips, and fetch the papers."""
    ana.open("/tonight/")
    ana.go("Answer the safety questions")
    ana.send()
    ana.open("/tonight/")
    ana.go("Make the packs")
    assert ana.heading() == "Make the packs alone"
    ana.send()
    assert ana.heading() == "What to print"
    with ana.page.expect_download() as coming:
        ana.press(ana.page.locator("main a[download]", has_text="Slips, A4"))
    assert coming.value.suggested_filename == "ekbom-slips-a4.pdf"
    assert coming.value.path().read_bytes()[:5] == b"%PDF-"


def makes_packs(ana: Phone) -> None:
    """Make some packs by day, and the others in the evening, on another device."""
    ana.open("/tonight/")
    ana.go("Make the packs")
    for number in range(1, TAPPED + 1):
        assert f"Step {number} of {STEPS} " in ana.says()
        ana.go("This step is done")
    ana.page.close()
    tablet = ana.context.browser.new_context(viewport={"width": 390, "height": 800})
    tablet.add_cookies([ana.site.device("Ana's tablet")])
    other = Phone(ana.site, tablet, tablet.new_page(), touch=False)
    other.at(at(PERIODS - DAY, "20:00"))
    other.listen()
    other.open("/tonight/")
    other.go("Make the packs")
    assert f"Step {TAPPED + 1} of {STEPS} Fill the pack of placebo for pair 1" in other.says()
    for _ in range(STEPS - TAPPED):
        assert other.post("/trial/alone/") == "/trial/alone/"
    other.open("/trial/alone/")
    assert "All packs are made and ready." in other.says()
    assert other.faults == []
    tablet.close()
    ana.page = ana.context.new_page()


def lives_period(ana: Phone, period: int) -> None:
    """Live a period; its first evening reads the number from the pack."""
    first = PERIODS + (period - 1) * 7 * DAY
    for number in range(7):
        night = first + number * DAY
        evening = {"taken": "all", **({"pack": period} if number == 0 else {})}
        shown = period == 1 and number < SHOWN
        live_night(ana, night, evening, {**CALM, "urge": urge_of(night)}, shown=shown)


def urge_of(night: date) -> int:
    lower = 3 if PACKS[period_of(night)] == "magnesium" else 0
    return 6 + NOISE[(night - PERIODS).days % 7] - lower


def codes_in_packs(ana: Phone) -> dict[int, str]:
    """Return the code on the slip in each pack, as they were folded into it."""
    slips = ana.site.do("browser.alone_peopled:slips")
    return {
        pack: next(code for code, pair, kind in slips if (pair, kind) == ((pack + 1) // 2, word))
        for pack, word in PACKS.items()
    }


def ends(ana: Phone, codes: Mapping[int, str]) -> None:
    """Guess, read half of the slips, and the others a day later; then see the verdict."""
    ana.at(at(OVER, "13:00"))
    ana.open("/tonight/")
    ana.go("My last guess")
    ana.fill({"opinion": "helps", "sure": 7})
    ana.send()
    assert ana.heading() == "Read the slips"
    assert not ana.page.get_by_role("button", name="Read with the camera").is_visible()
    half = {f"code_{pack}": codes[pack] for pack in range(1, 7)}
    ana.fill({**half, "code_2": codes[1]})
    ana.send()
    assert "Its code was read for another pack too, pack 1." in ana.says()
    ana.fill({"code_2": codes[2]})
    ana.send()
    assert "Written down." in ana.says()
    ana.at(at(OVER + DAY, "13:00"))
    ana.open("/tonight/")
    ana.go("Read the slips")
    ana.fill({f"code_{pack}": codes[pack].lower() for pack in range(7, 13)})
    ana.send()
    assert ana.heading() == "Compare the slips"
    ana.fill({"compared": "on"})
    ana.send()
    assert ana.heading() == "What your trial shows"


# What the camera does, with codes that a test puts in front of it: Debian's chromium reads none.

DETECTOR = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return window.shown ? [{ rawValue: window.shown }] : []; }
};
"""


def test_the_camera_fills_the_place_of_the_pack_whose_label_it_saw(
    camera: Browser, tmp_path: Path
) -> None:
    stage = {"made": "browser.alone_peopled:at_stage", "stage_of": "over"}
    with ana_at(camera, tmp_path / "site", at_night(71), **stage) as ana:
        ana.context.add_init_script(DETECTOR)
        papers = ana.site.do("browser.alone_peopled:papers")
        ana.open("/trial/slips/")
        ana.press(ana.page.get_by_role("button", name="Read with the camera"))
        shows(ana, papers["slip 3"], "First scan the label on the pack.")
        shows(ana, papers["label 3"], "Pack 3. Now scan its slip.")
        shows(ana, "https://example.org/", "This is not a code of a pack or a slip.")
        shows(ana, papers["slip 3"], "Read for pack 3. Compare the word on the slip later.")
        shows(ana, papers["strange label"], "This pack belongs to another trial.")
        ana.press(ana.page.get_by_role("button", name="Stop the camera"))
        assert not ana.page.locator("#view").is_visible()
        ana.send()
        assert "Written down." in ana.says()
        assert ana.site.do("browser.alone_peopled:readings") == [[3, papers["code 3"], "scanned"]]


def shows(ana: Phone, text: str, said: str) -> None:
    """Hold a code in front of the camera, and wait for what the page says of it."""
    ana.page.evaluate("text => { window.shown = text; }", text)
    ana.page.locator("#scanned", has_text=said).wait_for()
