"""Moves of the stories that people live in a browser, at hours that are moved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from browser.handset import Phone, plain
from ekbom.report.measures import night_words
from ekbom.trial.folder import Trial, open_trial
from ekbom.web.begin.questions import sections
from web.lives import at
from web.way import HEALTHY, PLAN, PRODUCT, section_data

CALM: Mapping[str, float] = {
    "calm": 5,
    "sleep_quality": 5,
    "cramps": 2,
    "loose_stools": 0,
    "nausea": 0,
    "belly_pain": 0,
}
"""Answers of a night and a day on which nothing is the matter."""

COURSE = [
    "registered",
    "screening",
    "expectation",
    "dose fixed",
    "screening",
    "randomised",
    "packs ready",
    "last guess",
    "unblinding",
]
"""What is on record of a trial without incidents, but for what happens in every period or pack."""


def night_path(night: date, part: str) -> str:
    """Return the address of one part of a night."""
    return f"/nights/{night}/{part}/"


def copied(ana: Phone, folder: Path) -> Trial:
    """Return the trial that Ana's downloaded copy holds."""
    return open_trial(ana.exported(folder), now=ana.site.clock())


def live_night(
    phone: Phone,
    night: date,
    evening: Mapping[str, object],
    morning: Mapping[str, object],
    *,
    shown: bool = True,
) -> None:
    """Live one night: its capsules if there are any, and the report in the morning."""
    if evening:
        phone.at(at(night, "22:05"))
        take_capsules(phone, night, evening, shown=shown)
    phone.at(at(night, "07:30"))
    report_night(phone, night, morning, shown=shown)


def take_capsules(
    phone: Phone, night: date, evening: Mapping[str, object], *, shown: bool = True
) -> None:
    """Write down the capsules of an evening, now."""
    if not shown:
        assert phone.post(night_path(night, "evening"), evening) == "/tonight/"
        return
    phone.open("/tonight/")
    phone.go("Write down your capsules")
    phone.fill(evening)
    phone.send()
    assert f"Kept for the evening of {night_words(night)}." in phone.says()


def report_night(
    phone: Phone, night: date, morning: Mapping[str, object], *, shown: bool = True
) -> None:
    """Answer about a night, now."""
    if not shown:
        assert phone.post(night_path(night, "morning"), morning) == "/tonight/"
        return
    phone.open("/tonight/")
    phone.go("Answer about last night")
    assert phone.heading() == "How was the night?"
    phone.fill(morning)
    phone.send()
    kept = f"Kept: {len(morning)} answers about the night of {night_words(night)}."
    assert kept in phone.says()


def begins(phone: Phone, **plan: str) -> None:
    """Walk from the welcome to the last page before registration, by tapping."""
    phone.open("/")
    phone.on()
    phone.on()
    for section in sections():
        assert phone.path() == f"/begin/safety/{section.number}/"
        phone.fill(section_data(section, HEALTHY))
        phone.send()
    assert phone.path() == "/begin/safety/result/"
    phone.on()
    phone.fill({"dose_at": "22:00", "none": "1"})
    phone.send()
    phone.on()
    phone.fill(PRODUCT)
    phone.send()
    phone.on()
    if "pairs" in plan:
        phone.press(phone.page.locator("main form summary"))
    phone.fill({**PLAN, **plan})
    phone.send()
    phone.send()
    assert phone.path() == "/begin/plan/chances/"
    phone.on()
    assert phone.path() == "/begin/agree/"


def agrees(phone: Phone, *, expectation: int = 6) -> None:
    """Register the trial on the page that is open."""
    phone.tap("expectation", expectation)
    phone.fill({"agreed": "on"})
    phone.send()
    assert phone.path() == "/tonight/"


def says_the_same(page: str, record: Mapping[str, Any], *, word: str) -> None:
    """Hold the text of a verdict's page against the shell's record of the exported folder."""
    urge = record["outcomes"]["urge"]
    assert urge["verdict"] == word
    assert plain(urge["sentence"]) in page
    low, high = map(_signed, urge["effect"]["interval95"])
    assert f"Best estimate {_signed(urge['effect']['mean'])} 95 % interval {low} to {high} " in page
    nights = urge["nights"]
    assert (
        f"Planned {nights['planned']} Analysed {nights['analysed']} "
        f"Not analysed, by the plan {nights['unanalysed']} "
        f"Without a report {nights['missing']} "
        f"Left out for another reason {nights['excluded']} "
    ) in page


def _signed(number: float) -> str:
    return f"{number:.1f}".replace("-", "\N{MINUS SIGN}")
