"""Ana, who blinds herself, opens a pack without a network: an exchange is said that evening."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.handset import Phone, ana_at, plain
from browser.living import copied
from browser.phone import kept, until_sent
from ekbom.trial.folder import Trial
from trials import at

EVENING = at(42, "21:00")
"""The first evening with pack 1."""

EXCHANGED = (
    "The capsules of this night come from pack 1, and this one has the number 2. Close it, put it "
    "back, and take pack 1. Then write its number here."
)
ASKED, SWALLOWED = "Which number is on the pack?", "I have swallowed capsules from this other pack"


@pytest.fixture
def ana(browser: Browser, tmp_path: Path) -> Iterator[Phone]:
    """Ana's phone on her first evening with a pack, ready to do without a network."""
    made = "browser.alone_peopled:at_stage"
    with ana_at(browser, tmp_path / "site", EVENING, made, stage_of="packed") as phone:
        phone.until_ready()
        phone.site.stop()
        yield phone


def opens_evening(ana: Phone) -> None:
    ana.open("/tonight/")
    ana.press(ana.page.get_by_role("button", name="Evening").first)
    ana.page.get_by_label("How many capsules did you take?").fill("2")


def keeps(ana: Phone, *, pack: str | None) -> None:
    if pack is not None:
        ana.page.get_by_label(ASKED).fill(pack)
    ana.press(ana.page.get_by_role("button", name="Keep on this phone"))


def is_kept(ana: Phone) -> None:
    ana.page.get_by_text("Kept on this phone. It will be sent").wait_for()


def with_network(ana: Phone, folder: Path) -> Trial:
    """Bring the network back, and return the trial once everything is sent."""
    ana.site.start()
    ana.open("/tonight/")
    until_sent(ana.page)
    return copied(ana, folder)


def told(trial: Trial, kind: str) -> list[object]:
    return [(e.instant, dict(e.detail)) for e in trial.events if e.kind == kind]


def test_the_number_of_a_new_pack_is_asked_once_and_an_exchange_is_said_at_once(
    ana: Phone, tmp_path: Path
) -> None:
    opens_evening(ana)
    keeps(ana, pack="")
    assert ana.says("#said") == "Read the number on the pack, and write it here."
    keeps(ana, pack="2")
    assert ana.says("#said") == EXCHANGED
    assert kept(ana.page) == []
    keeps(ana, pack="1")
    is_kept(ana)
    ana.at(at(43, "21:30"))
    opens_evening(ana)
    assert ana.page.get_by_label(ASKED).count() == 0
    keeps(ana, pack=None)
    is_kept(ana)
    trial = with_network(ana, tmp_path / "copy")
    nights = [EVENING.date(), at(43).date()]
    assert [(d.night, d.capsules) for d in trial.doses if d.pack] == [(n, 2) for n in nights]
    assert told(trial, "pack opened") == [(EVENING, {"pack": 1, "night": f"{nights[0]}"})]


def test_what_is_swallowed_from_another_pack_is_kept_and_the_number_is_asked_again(
    ana: Phone, tmp_path: Path
) -> None:
    opens_evening(ana)
    assert not ana.page.get_by_label(SWALLOWED).is_visible()
    keeps(ana, pack="2")
    ana.page.get_by_label(SWALLOWED).check()
    keeps(ana, pack="2")
    is_kept(ana)
    ana.at(at(43, "21:30"))
    opens_evening(ana)
    assert ana.page.get_by_label(ASKED).is_visible()
    trial = with_network(ana, tmp_path / "copy")
    note = "The capsules came from pack 2, not from pack 1."
    assert told(trial, "deviation") == [(EVENING, {"night": f"{EVENING.date()}", "note": note})]
    assert told(trial, "pack opened") == []


def test_the_network_goes_while_the_page_is_open_and_the_exchange_is_said_all_the_same(
    ana: Phone,
) -> None:
    ana.site.start()
    ana.open(f"/nights/{EVENING.date()}/evening/")
    ana.site.stop()
    ana.page.get_by_label(ASKED).fill("2")
    ana.page.get_by_label("All 2, as planned").check(force=True)
    ana.press(ana.page.get_by_role("button", name="Save"))
    ana.page.locator("#instructions .emergency").wait_for()
    assert plain(ana.page.locator("#instructions").inner_text()) == EXCHANGED
    (entry,) = kept(ana.page)
    assert entry["item"]["data"]["pack"] == 2
    ana.site.start()
    ana.open("/offline/")
    ana.page.get_by_text("This entry was not taken").wait_for()
    assert EXCHANGED in ana.says("#kept")
    assert [e["state"] for e in kept(ana.page)] == ["refused"]
