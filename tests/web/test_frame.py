"""The frame around every page: dark at night, a menu that fits, warning signs always in reach."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ekbom.web.context import menu_of, theme_of
from ekbom.web.devices.known import me
from ekbom.web.models import Person, TrialRow
from ekbom.web.store import begin_diary, current_row
from web.conftest import Hands
from web.states import FAST

pytestmark = pytest.mark.django_db


def diary_of(zone: str, clock: Hands) -> TrialRow:
    return begin_diary(me(), protocol=FAST, start=clock().date(), zone=zone, now=clock())


@pytest.mark.parametrize(
    ("zone", "utc", "theme"),
    [
        ("Europe/Berlin", "2026-03-02T18:59+00:00", ""),
        ("Europe/Berlin", "2026-03-02T19:00+00:00", "dark"),
        ("Europe/Berlin", "2026-03-03T06:59+00:00", "dark"),
        ("Europe/Berlin", "2026-03-03T07:00+00:00", ""),
        ("Pacific/Honolulu", "2026-03-02T19:00+00:00", ""),
        ("Pacific/Honolulu", "2026-03-03T10:00+00:00", "dark"),
    ],
)
def test_pages_are_dark_at_night_by_the_persons_own_clock(
    clock: Hands, zone: str, utc: str, theme: str
) -> None:
    row = diary_of(zone, clock)
    assert theme_of(me(), row, now=clock.set(utc)) == theme


@pytest.mark.parametrize(
    ("chosen", "theme"), [("light", "light"), ("dark", "dark"), ("device", "")]
)
def test_what_a_person_chose_goes_before_the_hour(clock: Hands, chosen: str, theme: str) -> None:
    row = diary_of("Europe/Berlin", clock)
    assert theme_of(Person(theme=chosen), row, now=clock.set("2026-03-02T23:00+01:00")) == theme
    assert theme_of(Person(theme=chosen), row, now=clock.set("2026-03-02T12:00+01:00")) == theme


def test_without_a_diary_nobody_knows_the_hour_and_the_device_decides(clock: Hands) -> None:
    assert theme_of(None, None, now=clock()) == ""
    assert theme_of(me(), None, now=clock()) == ""


def test_the_menu_offers_what_there_is_and_marks_where_one_is(clock: Hands) -> None:
    def names(row: TrialRow | None) -> list[str]:
        menu = menu_of(row, here="settings")
        return [p.address for p in (*menu.first, *menu.others)]

    always = ["/data/", "/settings/", "/help/", "/evidence/", "/leave/"]
    assert names(None) == ["/welcome/", *always]
    diary = diary_of("Europe/Berlin", clock)
    assert names(diary) == ["/tonight/", "/nights/", *always]
    diary.registered = True
    assert names(diary) == ["/tonight/", "/nights/", "/progress/", "/trial/", *always]
    assert [p.address for p in menu_of(diary, here="settings").others if p.here] == ["/settings/"]


def test_a_stranger_sees_the_warning_signs_and_no_menu(mallory: Client) -> None:
    page = mallory.get("/tonight/").content.decode()
    header = page[page.index("<header>") : page.index("</header>")]
    assert re.findall(r'href="([^"]*)"', header) == ["/", "/signs/"]


def test_an_error_stands_in_the_title_above_the_page_and_at_its_field(
    ana: Client, clock: Hands
) -> None:
    night = diary_of("Europe/Berlin", clock).created.date()
    clock.on(hours=12)
    answer = ana.post(f"/nights/{night}/morning/", {"urge": "11", "sleep_quality": "4"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert current_row(me()).entries.count() == 0
    assert page.count("Use a number from 0 to 10.") == 2
    assert "<title>Please check: " in page
    summary = page[page.index('class="summary"') : page.index("<h1>")]
    assert re.findall(r'href="#([^"]*)"', summary) == ["id_urge_0"]
    assert 'id="id_urge_0"' in page
    assert 'aria-describedby="id_urge_error"' in page
