"""A session that ends while somebody writes loses nothing of what they typed."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session

from ekbom.protocol.files import built_in
from ekbom.web.models import EntryRow, Person
from ekbom.web.person.refill import refill
from ekbom.web.store import register
from web.sites import CLINIC, ClinicBrowser, become
from web.test_accounts import PASSWORD, log_in, opened

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
MORNING = f"/nights/{FIRST}/morning/"
TYPED = {"urge": "7", "minutes_to_sleep": "other", "minutes_to_sleep_other": "55"}
NOTICE = "You were logged out while you wrote"


@pytest.fixture(autouse=True)
def clinic(settings) -> None:
    become(settings, "clinic")


@pytest.fixture
def ana_writes(clock) -> ClinicBrowser:
    """Ana's browser in a clinic, on the morning after her first night; her session has ended."""
    browser = opened("ana", clock)
    in_a_trial("ana", clock)
    clock.on(hours=11)
    browser.get(MORNING)
    Session.objects.all().delete()
    return browser


def in_a_trial(name: str, clock) -> None:
    person, plan = Person.objects.get(username=name), built_in("magnesium-rls-fast")
    register(person, protocol=plan, start=FIRST, zone="Europe/Berlin", now=clock())


def urge_chosen(page: str) -> list[str]:
    return re.findall(r'name="urge" value="(\d+)"[^>]* checked', page)


def test_after_logging_in_the_morning_form_is_there_as_it_was_typed(ana_writes) -> None:
    sent = ana_writes.post(MORNING, TYPED)
    assert (sent.status_code, sent.url) == (302, f"/account/login/?next={MORNING}")
    assert EntryRow.objects.count() == 0
    asked = {"login": "ana", "password": PASSWORD, "next": MORNING}
    back = ana_writes.post("/account/login/", asked)
    assert back.url == MORNING
    page = ana_writes.get(MORNING).content.decode()
    assert NOTICE in page
    assert urge_chosen(page) == ["7"]
    assert re.search(r'name="minutes_to_sleep" value="other"[^>]* checked', page)
    assert re.search(r'name="minutes_to_sleep_other" value="55"', page)
    key = re.search(r'name="key" value="(\w+)"', page).group(1)
    assert ana_writes.post(MORNING, {**TYPED, "key": key}).status_code == 302
    assert dict(EntryRow.objects.values_list("item", "value")) == {
        "urge": 7,
        "minutes_to_sleep": 55,
    }
    assert NOTICE not in ana_writes.get(MORNING).content.decode()


def test_if_another_person_logs_in_it_is_thrown_away(ana_writes, clock) -> None:
    opened("ben", clock)
    in_a_trial("ben", clock)
    ana_writes.post(MORNING, {**TYPED, "note": "a secret of Ana's"})
    log_in("ben", browser=ana_writes)
    page = ana_writes.get(MORNING)
    assert (page.status_code, urge_chosen(page.content.decode())) == (200, [])
    assert "a secret of Ana" not in page.content.decode()
    assert {s.get_decoded().get("kept") for s in Session.objects.all()} == {None}
    log_in("ana", browser=ana_writes)
    assert NOTICE not in ana_writes.get(MORNING).content.decode()


def test_the_text_is_in_no_address_and_no_cookie(ana_writes) -> None:
    sent = ana_writes.post(MORNING, {"urge": "7", "note": "mywordsalone"})
    shown = sent.serialize_headers().decode() + sent.url + str(sent.cookies)
    assert "mywordsalone" not in shown
    assert "ana" not in sent.url.replace(MORNING, "")


def test_a_stranger_can_have_nothing_kept_here(clock) -> None:
    mallory = ClinicBrowser()
    for mark in ("", "1", "x:y", "eyJ:AAA"):
        mallory.cookies["ekbom_last"] = mark
        assert mallory.post(MORNING, TYPED).url == f"/account/login/?next={MORNING}"
    assert Session.objects.count() == 0


def test_what_is_secret_and_what_is_too_long_is_not_kept(ana_writes) -> None:
    ana_writes.post("/settings/", {"password": "x", "phrase": "y", "csrfmiddlewaretoken": "z"})
    ana_writes.post("/settings/", {"note": "x" * 300_000})
    assert Session.objects.count() == 0


def test_a_form_that_is_sent_elsewhere_is_shown_on_its_own_page(ana_writes) -> None:
    page = f"{MORNING}?correct"
    sent = ana_writes.post(
        f"/nights/{FIRST}/skip/morning/", {"note": "tired"}, HTTP_REFERER=f"{CLINIC}{page}"
    )
    assert sent.url == f"/account/login/?next={MORNING}%3Fcorrect"


@pytest.mark.parametrize("origin", ["https://evil.example/x", "https://trial.example.org.evil/x"])
def test_another_site_does_not_say_where_to_go_back_to(ana_writes, origin) -> None:
    assert ana_writes.post(MORNING, TYPED, HTTP_REFERER=origin).url.endswith(f"next={MORNING}")


@pytest.mark.parametrize(
    "path", ["//evil.com/x", "///evil.com/x", "/\\\\evil.com/x", "//evil.com?a"]
)
def test_a_page_here_that_would_lead_elsewhere_is_none(ana_writes, clock, path: str) -> None:
    login = ana_writes.post(MORNING, TYPED, HTTP_REFERER=f"{CLINIC}{path}")
    assert login.url == "/account/login/?next=/"
    log_in("ana", browser=ana_writes)
    strict = ClinicBrowser(enforce_csrf_checks=True)
    strict.cookies = ana_writes.cookies
    old = {"csrfmiddlewaretoken": "a" * 64, "theme": "dark"}
    headers = {"HTTP_ORIGIN": CLINIC, "HTTP_REFERER": f"{CLINIC}{path}"}
    assert strict.post("/settings/", old, **headers).url == "/"


def test_what_cannot_be_shown_again_leads_to_the_first_page(ana_writes) -> None:
    skip = f"/nights/{FIRST}/skip/morning/"
    ana_writes.post(skip, {"key": "k", "why": "tired"})
    log_in("ana", browser=ana_writes)
    assert ana_writes.get(skip).url == "/"


def test_a_page_from_before_a_new_login_is_shown_again_as_typed(clock) -> None:
    browser = opened("ana", clock)
    strict = ClinicBrowser(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    strict.get("/settings/")
    old = {"csrfmiddlewaretoken": "a" * 64, "theme": "dark"}
    again = strict.post("/settings/", old, HTTP_ORIGIN=CLINIC)
    assert (again.status_code, again.url) == (302, "/settings/")
    page = strict.get("/settings/").content.decode()
    assert NOTICE in page
    assert re.search(r'name="theme" value="dark"[^>]* checked', page)
    assert Person.objects.get(username="ana").theme == ""
    forged = strict.post("/settings/", old, HTTP_ORIGIN="https://evil.example")
    assert forged.status_code == 403


def test_values_are_put_back_into_every_kind_of_field() -> None:
    page = (
        "<!DOCTYPE html><p>A &amp; B &#8211;</p>"
        '<form method="get"><input name="q" value="1"></form>'
        '<form method="post"><input type="hidden" name="key" value="new">'
        '<input name="a" value="old"><textarea name="b">\nold</textarea>'
        '<input type="checkbox" name="c" value="x" checked>'
        '<input type="checkbox" name="c" value="y">'
        '<select name="d"><option value="1" selected>1</option>'
        '<option value="2">2</option></select>'
        '<input name="f" disabled><input name="f">'
        '<svg viewBox="0 0 1 1"><path d="M0"/></svg></form>'
    )
    typed = {
        "key": ["old"],
        "q": ["2"],
        "a": ['"><script>'],
        "b": ["</textarea><b>\nx"],
        "c": ["y"],
        "d": ["2"],
        "f": ["one", "two"],
        "gone": ["", "<i>"],
    }
    filled, rest = refill(page, typed)
    assert filled == (
        "<!DOCTYPE html><p>A &amp; B &#8211;</p>"
        '<form method="get"><input name="q" value="1"></form>'
        '<form method="post"><input type="hidden" name="key" value="new">'
        '<input name="a" value="&quot;&gt;&lt;script&gt;">'
        '<textarea name="b">\n&lt;/textarea&gt;&lt;b&gt;\nx</textarea>'
        '<input type="checkbox" name="c" value="x">'
        '<input type="checkbox" name="c" value="y" checked>'
        '<select name="d"><option value="1">1</option>'
        '<option value="2" selected>2</option></select>'
        '<input name="f" disabled value="one"><input name="f" value="two">'
        '<svg viewBox="0 0 1 1"><path d="M0"/></svg></form>'
    )
    assert rest == {"gone": ["<i>"], "q": ["2"]}


def test_a_page_without_anything_typed_stays_as_it_is(clock) -> None:
    page = opened("ana", clock).get("/settings/").content.decode()
    assert refill(page, {}) == (page, {})


def test_a_long_absence_does_not_make_the_mark_of_a_person_useless(ana_writes, clock) -> None:
    clock.on(days=30)
    night = FIRST + timedelta(days=20)
    ana_writes.post(f"/nights/{night}/morning/", TYPED)
    assert Session.objects.count() == 1
