"""Clocks that change while Ana's trial runs: summer time in Berlin, and the date line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.handset import Phone, ana_at
from browser.living import CALM, copied, live_night, night_path, report_night, take_capsules
from web.lives import DAY, at

CAPSULES = "browser.people:in_known_capsules"
ALL = {"taken": "all"}
ANSWERS = {**CALM, "urge": 5}

HONOLULU, AUCKLAND = "Pacific/Honolulu", "Pacific/Auckland"


@pytest.mark.parametrize(
    ("first", "changes", "before", "after"),
    [
        # Summer time begins on 2026-03-29 at 02:00, and ends on 2026-10-25 at 03:00.
        (date(2026, 3, 26), date(2026, 3, 28), 1, 2),
        (date(2026, 10, 22), date(2026, 10, 24), 2, 1),
    ],
)
def test_in_a_week_in_which_the_clocks_change_every_night_keeps_its_hours(
    browser: Browser, tmp_path: Path, first: date, changes: date, before: int, after: int
) -> None:
    with ana_at(browser, tmp_path / "site", at(first, "21:00"), CAPSULES) as ana:
        nights = [first + n * DAY for n in range(7)]
        for night in nights:
            live_night(ana, night, ALL, ANSWERS, shown=abs(night - changes) <= DAY)
        trial = copied(ana, tmp_path / "copy")
    taken = {d.night: d.instant for d in trial.doses}
    assert taken == {
        night: datetime(night.year, night.month, night.day, 22 - hours, 5, tzinfo=UTC)
        for night in nights
        for hours in [before if night <= changes else after]
    }
    morning = {e.night: e.instant for e in trial.entries if e.item == "urge"}
    assert morning == {
        night: datetime(night.year, night.month, night.day, 7 - hours, 30, tzinfo=UTC) + DAY
        for night in nights
        for hours in [before if night < changes else after]
    }
    assert [n.date for n in trial.diary.nights] == nights
    assert not any(n.late for n in trial.diary.nights)


def test_an_hour_that_the_clock_skipped_is_no_time_of_a_dose(
    browser: Browser, tmp_path: Path
) -> None:
    night = date(2026, 3, 28)
    with ana_at(browser, tmp_path / "site", "2026-03-28T21:00+01:00", CAPSULES) as ana:
        ana.at("2026-03-29T08:00+02:00")
        ana.open(night_path(night, "evening"))
        ana.fill({"taken": "all", "at": "02:30"})
        ana.send()
        assert "Your clock never showed that time in this night. Mend the time." in ana.says()
        ana.fill({"at": "01:59"})
        ana.send()
        trial = copied(ana, tmp_path / "copy")
    assert [d.instant for d in trial.doses] == [datetime(2026, 3, 29, 0, 59, tzinfo=UTC)]


def test_an_hour_that_the_clock_showed_twice_is_the_later_one_that_has_come(
    browser: Browser, tmp_path: Path
) -> None:
    night = date(2026, 10, 24)
    with ana_at(browser, tmp_path / "site", "2026-10-24T21:00+02:00", CAPSULES) as ana:
        ana.at("2026-10-25T08:00+01:00")
        ana.open(night_path(night, "evening"))
        ana.fill({"taken": "all", "at": "02:30"})
        ana.send()
        trial = copied(ana, tmp_path / "copy")
    assert [d.instant for d in trial.doses] == [datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]


def test_over_the_date_line_a_night_is_skipped_and_a_date_that_comes_twice_is_one_night(
    browser: Browser, tmp_path: Path
) -> None:
    tenth, twelfth, thirteenth = (date(2026, 3, day) for day in (10, 12, 13))
    begin, phone = "2026-03-10T13:00-10:00", {"timezone_id": HONOLULU}
    with ana_at(browser, tmp_path / "site", begin, CAPSULES, phone=phone, zone=HONOLULU) as ana:
        ana.at("2026-03-10T22:00-10:00")
        take_capsules(ana, tenth, ALL)
        ana.at("2026-03-11T07:30-10:00")
        report_night(ana, tenth, ANSWERS)
        ana.at("2026-03-12T09:30+13:00")
        assert flies(ana, AUCKLAND) == [
            "Your clock goes from 10:30 to Thursday, 12 Mar, 09:30.",
            "Tonight is then the night of Thursday, 12 Mar.",
            "Your clock skips the night of Wednesday, 11 Mar. It is left out, and nothing is due.",
            "Times that you wrote down before keep their own zone.",
        ]
        assert "Still missing" not in ana.says()
        ana.at("2026-03-12T21:00+13:00")
        take_capsules(ana, twelfth, ALL)
        ana.at("2026-03-13T07:30+13:00")
        report_night(ana, twelfth, ANSWERS)
        ana.at("2026-03-13T21:00+13:00")
        left_open = ana.page
        ana.open(night_path(thirteenth, "evening"))
        ana.page = ana.context.new_page()
        take_capsules(ana, thirteenth, ALL)
        ana.at("2026-03-13T09:00-10:00")
        assert flies(ana, HONOLULU) == [
            "Your clock goes from 08:00 to Friday, 13 Mar, 09:00.",
            "Tonight is then the night of Friday, 13 Mar.",
            "A date comes twice. Both count as one night, with one dose.",
            "Times that you wrote down before keep their own zone.",
        ]
        ana.at("2026-03-13T21:00-10:00")
        ana.open("/tonight/")
        assert "This evening's capsules are written down." in ana.says()
        ana.page = left_open
        ana.page.bring_to_front()
        ana.fill(ALL)
        ana.send()
        refusal = (
            "A dose is written down already for the night of 13 Mar 2026. Take only one a night. "
            "The next possible time is 14 Mar 2026 12:00."
        )
        assert refusal in ana.says()
        ana.at("2026-03-14T07:30-10:00")
        report_night(ana, thirteenth, ANSWERS)
        trial = copied(ana, tmp_path / "copy")
    assert [(d.night, d.zone) for d in trial.doses] == [
        (tenth, HONOLULU),
        (twelfth, AUCKLAND),
        (thirteenth, AUCKLAND),
    ]
    assert [n.date for n in trial.diary.nights] == [tenth, twelfth, thirteenth]
    assert [e.detail["zone"] for e in trial.events if e.kind == "zone changed"] == [
        AUCKLAND,
        HONOLULU,
    ]


def flies(ana: Phone, zone: str) -> list[str]:
    """Tell the trial about the zone in which Ana landed, and return what that means."""
    ana.open("/trial/")
    ana.go("New time zone")
    ana.fill({"zone": zone})
    ana.send()
    effects = ana.page.locator("main .notice li").all_inner_texts()
    ana.fill({"sure": "on"})
    ana.send()
    assert "Your trial follows your new clock." in ana.says()
    return effects
