"""Ana's whole trial with Ben's help: he seals, packs and opens on his phone, she lives on hers.

The first three nights of each part are tapped; the others are sent from the same phone, unshown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser

from browser.handset import Phone, ana_at, plain
from browser.living import CALM, COURSE, agrees, begins, copied, live_night, says_the_same
from browser.test_stories_trial import SHOWN, lives_nights, lives_open_capsules
from ekbom.trial.additions import UNSURE
from ekbom.trial.happened import of_kind
from trials import shell
from web.lives import DAY, FIRST, PERIODS, TITRATION, at

PAIRS = 2
OVER = PERIODS + 2 * PAIRS * 7 * DAY
PASSPHRASE = "otter lantern violet gravel"


def test_ben_seals_packs_and_opens_while_ana_sees_no_order(
    browser: Browser, tmp_path: Path
) -> None:
    with ana_at(browser, tmp_path / "site", at(FIRST, "20:00")) as ana:
        begins(ana, blinding="helper", pairs=str(PAIRS))
        agrees(ana)
        lives_nights(ana, FIRST, TITRATION, {})
        lives_open_capsules(ana)
        link = asks_ben(ana)
        with bens_phone(browser, ana, link) as ben:
            code = seals(ben)
            packs = fills_the_packs(ben)
        gets_the_packs(ana)
        lives_periods(ana, packs)
        guesses_last(ana)
        with bens_phone(browser, ana, makes_a_link(ana)) as ben:
            opens(ben, code)
        ana.open("/trial/helper/")
        ana.go("What it shows")
        assert ana.heading() == "What your trial shows"
        page = ana.says()
        trial = copied(ana, tmp_path / "copy")
        now = ana.site.clock()
        log = (ana.site.data / "server.log").read_text("utf-8")
        assert [secret for secret in (PASSPHRASE, code, link) if secret in log] == []
    assert [e.kind for e in trial.events if e.kind != "guess"] == COURSE
    assert len(of_kind(trial.events, "guess")) == 2 * PAIRS
    record = json.loads(shell("verdict", trial.path, "--json", now=now).stdout)
    says_the_same(page, record, word="helps")
    audit = shell("audit", trial.path, "--json", now=now)
    assert audit.exit_code == 0, audit.output


@contextmanager
def bens_phone(browser: Browser, ana: Phone, link: str) -> Iterator[Phone]:
    """Let Ben open the link on a phone of his own, which the application does not know."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en-GB"
    )
    ben = Phone(ana.site, context, context.new_page())
    ben.page.set_default_timeout(120_000)
    ben.listen()
    ben.open(link)
    assert ben.heading() == "You are asked to help with a trial"
    ben.go("I am the helper")
    assert ben.path() == "/helper/"
    names = {cookie["name"] for cookie in context.cookies(ben.page.url)}
    assert names == {"ekbom_csrf", "ekbom_helper"}
    yield ben
    ben.go("I am done")
    assert "This browser has forgotten you." in ben.says()
    ben.open("/helper/")
    assert ben.heading() == "This link does not work any more"
    ana.faults += ben.faults
    context.close()


def asks_ben(ana: Phone) -> str:
    """Answer the safety questions anew, and ask Ben; return the link for him."""
    ana.open("/tonight/")
    ana.go("Answer the safety questions")
    ana.send()
    assert ana.heading() == "Ask your helper"
    return makes_a_link(ana)


def makes_a_link(ana: Phone) -> str:
    """Make a link for Ben on the page that is due, and return it."""
    ana.open("/trial/helper/")
    ana.go("Make a link for my helper")
    found = ana.page.locator("#link a.button").get_attribute("href")
    assert found is not None
    assert re.fullmatch(r"/helper/link/[\w-]{43}/", found)
    return found


def seals(ben: Phone) -> str:
    """Draw and seal the order, and prove that it can be opened; return the code on Ben's paper."""
    ben.fill({"passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE})
    ben.send()
    assert ben.heading() == "Write this code on paper"
    code = ben.says("#recovery")
    ben.go("It is on paper")
    ben.fill({"recovery_code": code, "passphrase": "it was something else"})
    ben.send()
    assert "Your passphrase: It does not open this order." in ben.says()
    ben.fill({"recovery_code": code.lower(), "passphrase": PASSPHRASE})
    ben.send()
    assert ben.heading() == "The order is sealed. Make the packs."
    return code


def fills_the_packs(ben: Phone) -> dict[int, str]:
    """Print the papers, look at the list and return it."""
    for name in ("Instructions (PDF)", "Labels (PDF)", "Packing list (PDF)"):
        ben.fill({"passphrase": PASSPHRASE})
        button = ben.page.get_by_role("button", name=name)
        with ben.page.expect_download(timeout=60_000) as coming:
            ben.press(button)
        assert coming.value.path().read_bytes().startswith(b"%PDF-")
    ben.fill({"passphrase": PASSPHRASE})
    ben.go("Show what goes into each pack")
    rows = ben.page.locator("main tbody tr").all()
    packs = {
        int(row.locator("th").inner_text()): plain(row.locator("td").inner_text()) for row in rows
    }
    ben.go("Close the list")
    assert sorted(packs) == list(range(1, 2 * PAIRS + 1))
    return packs


def gets_the_packs(ana: Phone) -> None:
    """Put the packs that Ben gave her on record."""
    ana.open("/trial/helper/")
    assert "sealed on" in ana.says()
    ana.go("I have the packs")
    ana.send()
    assert "The packs are on record." in ana.says()


def lives_periods(ana: Phone, packs: Mapping[int, str]) -> None:
    """Live all periods, of which her body knows what Ben's list says, and guess after each."""
    live_night(ana, PERIODS - DAY, {}, {**CALM, "urge": 6}, shown=False)
    for period in packs:
        first = PERIODS + (period - 1) * 7 * DAY
        shown = SHOWN if period == 1 else 0
        lives_nights(ana, first, first + 7 * DAY, packs, "all", shown=shown)
        ana.at(at(first + 6 * DAY, "12:30") + timedelta(days=1))
        onward = "/trial/finish/" if first + 7 * DAY == OVER else "/tonight/"
        assert ana.post(f"/trial/guess/{period}/", {"treatment": UNSURE}) == onward


def guesses_last(ana: Phone) -> None:
    """Say what she thinks; then the helper is due."""
    ana.at(at(OVER, "13:00"))
    ana.open("/tonight/")
    ana.go("My last guess")
    ana.fill({"opinion": "helps", "sure": 7})
    ana.send()
    assert ana.heading() == "Your helper opens the order"


def opens(ben: Phone, code: str) -> None:
    """Open the order with the code, as the passphrase is forgotten by now."""
    assert ben.heading() == "Open the order for all"
    ben.fill({"passphrase": code})
    ben.send()
    assert ben.heading() == "The order is open"
