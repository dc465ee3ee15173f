"""A person's own choices, what there is to read, and leaving."""

from __future__ import annotations

import re
from datetime import date, time
from html import escape

import pytest
from django.test import Client

from ekbom.evidence.facts import claims, omissions
from ekbom.protocol.files import built_in
from ekbom.report.evidence_words import cited
from ekbom.trial.additions import add_event
from ekbom.web.devices.known import COOKIE, THIS_COMPUTER, me
from ekbom.web.models import Device, Person, TrialRow
from ekbom.web.person.accounts import reset_account
from ekbom.web.store import change, register
from web.sites import ClinicBrowser, become
from web.test_accounts import opened

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
PAUSED = date(2026, 3, 6)
TIMES = {"dose_at": "21:30", "diary_at": "08:00"}


def in_a_trial(clock, person: Person | None = None) -> TrialRow:
    return register(
        person or me(),
        protocol=built_in("magnesium-rls"),
        start=FIRST,
        zone="Europe/Berlin",
        now=clock(),
    )


def events_in(calendar: bytes) -> list[dict[str, str]]:
    """Return the events of an .ics file by the names of their lines (RFC 5545: unfolded)."""
    lines = calendar.decode().replace("\r\n ", "").split("\r\n")
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found:
            found[-1].setdefault(name, value)
    return found


def test_every_cited_source_is_a_link_to_its_title_below(ana) -> None:
    page = ana.get("/evidence/").content.decode()
    listed = dict(re.findall(r'<li id="source-(S\w+)">S\w+: (.+?) <span', page))
    assert set(re.findall(r'href="#source-(S\w+)"', page)) == set(listed)
    for source in cited():
        title = escape(source.title)
        link = f'<a href="{escape(source.url)}" rel="noreferrer">{title}</a>' if source.url else ""
        assert listed[source.id] == (link or title)


def test_this_computer_has_its_name_in_the_readers_language(ana) -> None:
    Device.objects.update(name=THIS_COMPUTER)
    found = {}
    for language in ("en", "de"):
        Person.objects.update(language=language)
        page = ana.get("/devices/").content.decode()
        found[language] = re.findall(r"<h2>([^<]+) <span", page)
    assert found == {"en": ["This computer"], "de": ["Dieser Computer"]}


def test_settings_are_kept_and_shown_again(ana) -> None:
    sent = {"language": "de", "theme": "light", **TIMES}
    assert ana.post("/settings/", sent).url == "/settings/"
    kept = Person.objects.values("language", "theme", "dose_at", "diary_at").get()
    expected = {"dose_at": time(21, 30), "diary_at": time(8), "language": "de", "theme": "light"}
    assert kept == expected
    page = ana.get("/settings/").content.decode()
    assert '<html lang="de" data-theme="light"' in page
    assert 'value="21:30"' in page


@pytest.mark.parametrize(
    "wrong",
    [{"language": "xx"}, {"theme": "pink"}, {"dose_at": "25:00"}, {"diary_at": "<script>"}],
)
def test_settings_that_cannot_be_are_refused_with_what_was_typed(ana, wrong) -> None:
    answer = ana.post("/settings/", {**TIMES, **wrong})
    assert answer.status_code == 422
    assert 'value="21:30"' in answer.content.decode() or "dose_at" in wrong
    assert Person.objects.get().dose_at is None


def test_times_that_the_trial_would_take_for_another_night_are_refused(ana, clock) -> None:
    in_a_trial(clock)
    answer = ana.post("/settings/", {"dose_at": "09:00", "diary_at": "08:00"})
    assert answer.status_code == 422
    assert "09:00 is in the morning" in answer.content.decode()
    assert Person.objects.get().dose_at is None


def test_the_language_changes_at_once_for_a_person_and_for_a_stranger(ana, mallory) -> None:
    assert ana.post("/settings/language/", {"language": "de", "next": "/help/"}).url == "/help/"
    assert ana.get("/help/").headers["Content-Language"] == "de"
    assert Person.objects.get().language == "de"
    mallory.post("/settings/language/", {"language": "de"})
    assert mallory.get("/settings/").headers["Content-Language"] == "de"
    assert list(Person.objects.values_list("username", flat=True)) == ["me"]


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_changing_the_language_leads_to_no_other_site(ana, onward) -> None:
    assert ana.post("/settings/language/", {"language": "de", "next": onward}).url == "/"
    assert ana.post("/settings/language/", {"language": "xx", "next": "/help/"}).url == "/help/"
    assert Person.objects.get().language == "de"


def test_the_calendar_rings_at_the_persons_times_and_names_nothing(ana, clock) -> None:
    in_a_trial(clock)
    ana.post("/settings/", TIMES)
    answer = ana.get("/reminders.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    evening, morning = events_in(answer.content)
    assert (evening["SUMMARY"], morning["SUMMARY"]) == ("ekbom: evening", "ekbom: morning")
    assert (evening["DTSTART"][-7:], morning["DTSTART"]) == ("T213000", "20260302T080000")
    text = answer.content.decode().lower()
    assert all(word not in text for word in ("magnesium", "placebo", "legs", "capsule", "pack"))


def test_after_a_change_the_same_reminders_come_with_a_higher_sequence(ana, clock) -> None:
    row = in_a_trial(clock)
    ana.post("/settings/", TIMES)
    before = events_in(ana.get("/reminders.ics").content)
    now = clock.on(days=3)
    change(row, lambda t: add_event(t, kind="pause", detail={"first": PAUSED}, now=now), now=now)
    after = events_in(ana.get("/reminders.ics").content)
    assert [e["UID"] for e in after] == [e["UID"] for e in before]
    assert all(int(a["SEQUENCE"]) > int(b["SEQUENCE"]) for a, b in zip(after, before, strict=True))
    assert after[1]["RRULE"] != before[1]["RRULE"]


def test_without_times_or_a_trial_the_page_says_what_is_missing(ana, clock) -> None:
    in_a_trial(clock)
    assert ana.get("/reminders.ics").url == "/reminders/"
    assert "Say first at what times" in ana.get("/reminders/").content.decode()
    ana.post("/settings/", TIMES)
    page = ana.get("/reminders/").content.decode()
    assert "Get the calendar file" in page
    assert "Morning: 08:00 on" in page
    assert "Make an address" not in page


def test_a_clinics_calendar_has_a_secret_address_that_a_new_one_ends(settings, clock) -> None:
    become(settings, "clinic")
    ana = opened("ana", clock)
    in_a_trial(clock, Person.objects.get(username="ana"))
    ana.post("/settings/", TIMES)
    first, second = (ana.post("/reminders/").context["address"] for _ in range(2))
    assert first.startswith("https://trial.example.org/calendar/")
    stranger = ClinicBrowser()
    assert stranger.get(first).status_code == 404
    assert len(events_in(stranger.get(second).content)) == 2
    guesses = [stranger.get(f"/calendar/guess{n}.ics").status_code for n in range(20)]
    assert guesses == [404] * 19 + [429]


def test_a_reset_of_the_account_ends_the_calendar_s_address(settings, clock) -> None:
    become(settings, "clinic")
    ana = opened("ana", clock)
    in_a_trial(clock, Person.objects.get(username="ana"))
    ana.post("/settings/", TIMES)
    address = ana.post("/reminders/").context["address"]
    assert ClinicBrowser().get(address).status_code == 200
    reset_account("ana", now=clock())
    assert ClinicBrowser().get(address).status_code == 404


def test_there_is_no_secret_address_on_a_machine(ana, clock) -> None:
    in_a_trial(clock)
    ana.post("/settings/", TIMES)
    assert ana.post("/reminders/").context.get("address") is None
    assert ana.get("/calendar/guess.ics").status_code == 404


def test_the_evidence_page_has_every_claim_and_what_the_article_leaves_out(ana) -> None:
    page = ana.get("/evidence/")
    told = page.context["claims"]
    assert [t.id for t in told] == [c.id for c in claims()]
    assert len(page.context["omissions"]) == len(omissions())
    assert page.content.decode().count('<section class="card"') == len(claims())


def test_about_is_for_everybody_and_says_no_version_to_a_stranger(ana, mallory) -> None:
    assert "analysis" in ana.get("/about/").content.decode()
    page = mallory.get("/about/")
    assert page.status_code == 200
    assert "analysis" not in page.content.decode()


def test_leaving_forgets_this_browser_alone_and_clears_it(ana, clock) -> None:
    other = Device.objects.create(
        owner=me(), name="Phone", token_hash="x", paired=clock(), last_contact=clock()
    )
    assert "data-leave" in ana.get("/leave/").content.decode()
    left = ana.post("/leave/")
    assert left.status_code == 200
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert left.cookies[COOKIE]["max-age"] == 0
    assert list(Device.objects.filter(removed=None)) == [other]


def test_a_browser_that_left_is_a_stranger_even_with_its_old_cookie(ana) -> None:
    kept = ana.cookies[COOKIE].value
    ana.post("/leave/")
    again = Client()
    again.cookies[COOKIE] = kept
    assert again.get("/settings/").status_code == 403
