"""The course of a trial in the browser: dose, draw, packs, breaks, guesses, the end."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from ekbom.guide.tonight import tonight
from ekbom.trial.blinding import blinding_of
from ekbom.trial.happened import last_of
from ekbom.trial.randomise import Screening, add_screening
from ekbom.web.access import Visit
from ekbom.web.course.guesses import SkipForm
from ekbom.web.course.order import _is_drawn_now
from ekbom.web.devices.known import COOKIE, know_device, me
from ekbom.web.models import EventRow, FileRow, Person, TrialRow
from ekbom.web.store import begin_diary, change, current_row, load, register
from web.conftest import Hands
from web.lives import (
    DAY,
    FAST,
    FIRST,
    OVER,
    PERIODS,
    WASHOUT,
    ZONE,
    at,
    kinds,
    lives,
    registered,
    tolerates,
    trial_of,
)

COURSE = (
    "/trial/",
    "/trial/screening/",
    "/trial/medicines/",
    "/trial/dose/",
    "/trial/draw/",
    "/trial/packs/",
    "/trial/packs/list/",
    "/trial/pause/",
    "/trial/resume/",
    "/trial/zone/",
    "/trial/stop/",
    "/trial/deviation/",
    "/trial/guess/1/",
    "/trial/finish/",
    "/trial/open/",
    "/progress/",
    "/ratings/",
    "/verdict/",
)


def read(response) -> str:
    """Return what a page says, its tags left out and its spaces made one."""
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    plain = re.sub(r"<[^>]+>", " ", main[0] if main else response.content.decode())
    return " ".join(html.unescape(plain).split())


def taken(response, to: str = "/tonight/") -> None:
    """Make sure that a form was taken and led on."""
    assert (response.status_code, response.headers.get("Location")) == (302, to), read(response)


def refused(response, why: str) -> None:
    """Make sure that a form came back with the reason."""
    assert response.status_code == 422
    assert why in read(response)


def event(person: Person, now, kind: str) -> dict:
    return dict(last_of(trial_of(person, now).events, kind).detail)


@pytest.fixture
def tolerated(ana: Client, clock: Hands) -> Client:
    """Ana on the morning after her last open dose."""
    registered(me(), clock)
    clock.now = at(WASHOUT - DAY, "09:00")
    tolerates(me())
    return ana


@pytest.fixture
def drawn(tolerated: Client, clock: Hands) -> Client:
    """Ana after the draw, made on the page, with packs that are ready for night 42."""
    rescreened(me(), clock())
    taken(tolerated.post("/trial/dose/", {"mg": "200"}))
    taken(tolerated.post("/trial/draw/"), "/trial/draw/")
    clock.now = at(PERIODS - DAY, "10:00")
    taken(tolerated.post("/trial/packs/", {"spare_nights": "2"}))
    clock.now = at(PERIODS, "20:00")
    return tolerated


def rescreened(person: Person, now) -> None:
    screening = Screening(by="Dr. Chen", on=now.date())
    change(current_row(person), lambda t: add_screening(t, screening=screening, now=now), now=now)


@pytest.fixture
def over(drawn: Client, clock: Hands) -> Client:
    """Ana on the afternoon after her last night."""
    clock.now = at(OVER - DAY, "09:00")
    lives(me())
    clock.now = at(OVER, "13:00")
    return drawn


# The way to the first randomised night.


def test_the_dose_page_offers_what_was_tolerated_with_its_capsules(tolerated: Client) -> None:
    said = read(tolerated.get("/trial/dose/"))
    assert "The most that you tolerated is 200 mg of magnesium a night." in said
    assert "200 mg, that is 2 capsules a night" in said
    assert "100 mg, that is 1 capsule a night" in said


def test_the_tolerated_dose_is_fixed_once_and_never_goes_up(
    tolerated: Client, clock: Hands
) -> None:
    taken(tolerated.post("/trial/dose/", {"mg": "100"}))
    assert event(me(), clock(), "dose fixed") == {"mg": 100, "capsules": 1}
    again = tolerated.post("/trial/dose/", {"mg": "200"})
    assert again.status_code == 409
    assert kinds(me(), clock()).count("dose fixed") == 1


def test_without_open_doses_on_record_no_dose_can_be_fixed(ana: Client, clock: Hands) -> None:
    registered(me(), clock)
    clock.now = at(WASHOUT - DAY, "09:00")
    tolerates(me(), capsules=False)
    assert "No dose counts as tolerated yet" in read(ana.get("/trial/dose/"))
    ana.post("/trial/dose/", {"mg": "200", "capsules": "2"})
    assert "dose fixed" not in kinds(me(), clock())


@pytest.mark.parametrize("typed", ["250", "", "150", "1e3", "nan", "<script>"])
def test_a_dose_that_is_not_offered_is_refused(tolerated: Client, clock: Hands, typed: str) -> None:
    assert tolerated.post("/trial/dose/", {"mg": typed}).status_code == 422
    assert "dose fixed" not in kinds(me(), clock())


def test_the_order_is_drawn_once_however_often_the_button_is_tapped(
    tolerated: Client, clock: Hands
) -> None:
    rescreened(me(), clock())
    taken(tolerated.post("/trial/dose/", {"mg": "200"}))
    said = read(tolerated.get("/trial/draw/"))
    assert "each of the 12 periods holds. There are 64 possible orders." in said
    taken(tolerated.post("/trial/draw/"), "/trial/draw/")
    files = {f.name: bytes(f.data) for f in FileRow.objects.all()}
    tolerated.post("/trial/draw/")
    assert {f.name: bytes(f.data) for f in FileRow.objects.all()} == files
    assert kinds(me(), clock()).count("randomised") == 1
    trial = trial_of(me(), clock())
    assert trial.commitment in read(tolerated.get("/trial/draw/"))
    assert blinding_of(trial).problems(trial=trial) == []


def test_two_taps_at_once_draw_one_order(tolerated: Client, clock: Hands) -> None:
    """Both pages were loaded before the draw; the later one finds it done."""
    rescreened(me(), clock())
    taken(tolerated.post("/trial/dose/", {"mg": "200"}))
    row = current_row(me())
    visit = Visit(me(), row, load(row, now=clock()), clock())
    assert [_is_drawn_now(visit, SkipForm({"key": key})) for key in "ab"] == [True, True]
    assert kinds(me(), clock()).count("randomised") == 1


def test_answers_of_more_than_28_days_ago_must_be_given_again(
    tolerated: Client, clock: Hands
) -> None:
    taken(tolerated.post("/trial/dose/", {"mg": "200"}))
    clock.on(days=2)
    page = tolerated.get("/trial/draw/")
    assert "First answer the safety questions again." in read(page)
    tolerated.post("/trial/draw/")
    assert "randomised" not in kinds(me(), clock())


def test_the_packs_page_counts_capsules_as_the_plan_does(drawn: Client) -> None:
    said = read(drawn.get("/trial/packs/"))
    # 2 a night for 7 nights, 15 % of 14 rounded up, and 2 for proof.
    assert "Make 12 packs and number them from 1 to 12. Each pack gets 19 capsules" in said
    assert "In all packs together 228" in said
    assert "It is on record that the packs are ready." in said


def test_packs_are_made_after_the_draw_alone(tolerated: Client, clock: Hands) -> None:
    assert "Draw it first." in read(tolerated.get("/trial/packs/"))
    assert tolerated.post("/trial/packs/", {"spare_nights": "2"}).status_code == 409
    assert tolerated.post("/trial/packs/list/").status_code == 409
    assert "packs ready" not in kinds(me(), clock())


def test_the_list_is_shown_behind_its_button_alone_and_never_kept(
    drawn: Client, clock: Hands
) -> None:
    first = drawn.get("/trial/packs/list/")
    assert "an open trial cannot tell what was taken from what was expected" in read(first)
    assert "placebo Pack" not in read(first)
    shown = drawn.post("/trial/packs/list/")
    order = blinding_of(trial_of(me(), clock())).open(trial=trial_of(me(), clock())).treatments
    cells = re.findall(r"<tr><th scope=\"row\">(\d+)</th><td>([^<]*)</td>", shown.content.decode())
    labels = {"magnesium": "magnesium citrate", "placebo": "placebo"}
    assert cells == [(str(n), labels[t]) for n, t in enumerate(order, start=1)]
    for page in (first, shown):
        assert "no-store" in page.headers["Cache-Control"]


# Breaks.


def test_a_pause_moves_what_is_to_come_and_ends_when_she_goes_on(
    drawn: Client, clock: Hands
) -> None:
    clock.now = at(PERIODS + 3 * DAY, "20:00")
    first = PERIODS + 3 * DAY
    taken(drawn.post("/trial/pause/", {"first": f"{first}", "note": "influenza"}))
    assert event(me(), clock(), "pause") == {"first": f"{first}", "note": "influenza"}
    assert drawn.post("/trial/pause/", {"first": f"{first}"}).status_code == 409
    clock.on(days=2)
    assert "The trial is paused since" in read(drawn.get("/trial/resume/"))
    refused(drawn.post("/trial/resume/", {"first": f"{PERIODS}"}), "The pause began on")
    taken(drawn.post("/trial/resume/", {"first": f"{first + 2 * DAY}"}))
    assert drawn.post("/trial/resume/", {"first": f"{first}"}).status_code == 409
    trial = trial_of(me(), clock())
    assert trial.calendar().last == OVER - DAY + 2 * DAY


def test_a_double_tap_pauses_once(drawn: Client, clock: Hands) -> None:
    sent = {"first": f"{PERIODS}", "key": "tap"}
    taken(drawn.post("/trial/pause/", sent))
    drawn.post("/trial/pause/", sent)
    assert kinds(me(), clock()).count("pause") == 1


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-02-30", "1026-03-01", "9999-12-31"])
def test_a_pause_needs_a_night_that_can_be(drawn: Client, clock: Hands, typed: str) -> None:
    page = drawn.post("/trial/pause/", {"first": typed, "note": "why <b>not</b>"})
    assert page.status_code == 422
    assert "why &lt;b&gt;not&lt;/b&gt;" in page.content.decode()
    assert "pause" not in kinds(me(), clock())


def test_a_new_zone_is_first_explained_and_then_written_down(drawn: Client, clock: Hands) -> None:
    page = drawn.post("/trial/zone/", {"zone": "America/New_York"})
    assert "Your clock goes from 20:00 to Sunday, 12 Apr, 14:00." in read(page)
    assert "zone changed" not in kinds(me(), clock())
    taken(drawn.post("/trial/zone/", {"zone": "America/New_York", "sure": "on"}))
    assert event(me(), clock(), "zone changed") == {"zone": "America/New_York"}


def test_over_the_date_line_a_skipped_night_is_named_and_a_repeated_date_is_one(
    drawn: Client, clock: Hands
) -> None:
    clock.set("2026-04-12T09:00-10:00")
    drawn.post("/trial/zone/", {"zone": "Pacific/Honolulu", "sure": "on"})
    clock.set("2026-04-13T00:30-10:00")
    said = read(drawn.post("/trial/zone/", {"zone": "Pacific/Kiritimati"}))
    assert "Your clock goes from 00:30 to Tuesday, 14 Apr, 00:30." in said
    assert "Your clock skips the night of Monday, 13 Apr." in said
    drawn.post("/trial/zone/", {"zone": "Pacific/Kiritimati", "sure": "on"})
    clock.set("2026-04-14T09:00+14:00")
    said = read(drawn.post("/trial/zone/", {"zone": "Pacific/Honolulu"}))
    assert "A date comes twice. Both count as one night, with one dose." in said


@pytest.mark.parametrize("typed", ["", "Europe/Atlantis", "../../etc/passwd", ZONE])
def test_a_zone_that_is_none_or_the_same_is_refused(
    drawn: Client, clock: Hands, typed: str
) -> None:
    assert drawn.post("/trial/zone/", {"zone": typed, "sure": "on"}).status_code == 422
    assert "zone changed" not in kinds(me(), clock())


@pytest.mark.parametrize(
    ("what", "period", "told"),
    [
        ("pack seen through", "2", {"what": "pack seen through", "period": 2}),
        ("pack seen through", "", {"what": "pack seen through"}),
        ("helper told", "12", {"what": "helper told", "period": 12}),
        ("whole", "", {"what": "helper told", "whole": True}),
        ("whole", "3", {"what": "helper told", "whole": True}),
        ("other", "", {"what": "other"}),
    ],
)
def test_what_gave_a_pack_away_is_written_down_with_its_kind_and_pack(
    drawn: Client, clock: Hands, what: str, period: str, told: dict[str, object]
) -> None:
    sent = {"night": f"{PERIODS}", "note": "The label came off"}
    taken(drawn.post("/trial/deviation/", {**sent, "what": what, "period": period}), "/trial/")
    assert event(me(), clock(), "incident") == {**sent, **told}


@pytest.mark.parametrize(("name", "value"), [("what", "glass"), ("period", "13"), ("period", "0")])
def test_an_incident_that_cannot_be_is_refused(
    drawn: Client, clock: Hands, name: str, value: str
) -> None:
    sent = {"night": f"{PERIODS}", "note": "It broke", "what": "other", name: value}
    assert drawn.post("/trial/deviation/", sent).status_code == 422
    assert "incident" not in kinds(me(), clock())


def test_before_the_draw_no_pack_can_be_shown(trial: Client) -> None:
    assert list(trial.get("/trial/deviation/").context["form"].fields) == ["key", "night", "note"]


def test_a_deviation_is_written_down(drawn: Client, clock: Hands) -> None:
    sent = {"night": f"{PERIODS}", "note": "Took pack 2 by mistake"}
    taken(drawn.post("/trial/deviation/", sent), "/trial/")
    assert event(me(), clock(), "deviation") == sent
    refused(drawn.post("/trial/deviation/", {**sent, "night": f"{OVER}"}), "has not begun yet")


def test_a_trial_is_stopped_only_when_she_says_that_she_is_sure(
    drawn: Client, clock: Hands
) -> None:
    sent = {"reason": "side effects", "words": "", "last": f"{PERIODS - DAY}"}
    assert drawn.post("/trial/stop/", sent).status_code == 422
    assert "ended" not in kinds(me(), clock())
    taken(drawn.post("/trial/stop/", {**sent, "sure": "on"}))
    assert event(me(), clock(), "ended") == {"reason": "side effects", "last": sent["last"]}
    assert drawn.post("/trial/stop/", {**sent, "sure": "on"}).status_code == 409


def test_a_reason_of_her_own_is_kept_in_her_words(drawn: Client, clock: Hands) -> None:
    sent = {"reason": "other", "words": "moving house", "last": f"{PERIODS - DAY}", "sure": "on"}
    taken(drawn.post("/trial/stop/", sent))
    assert event(me(), clock(), "ended")["reason"] == "moving house"
    assert kinds(me(), clock())[-1] == "ended"


# Guesses.


def test_a_period_is_guessed_once_it_is_over_and_once_only(drawn: Client, clock: Hands) -> None:
    sent = {"treatment": "placebo", "sure": "7", "signs": ["taste", "effect"], "words": "bitter"}
    assert drawn.post("/trial/guess/1/", sent).status_code == 409
    clock.now = at(PERIODS + 7 * DAY, "20:00")
    said = read(drawn.get("/trial/guess/1/"))
    assert "Your guess about period 1" in said
    assert "This trial is open, so you may have seen the list." in said
    taken(drawn.post("/trial/guess/1/", sent))
    assert event(me(), clock(), "guess") == {
        "period": 1,
        "treatment": "placebo",
        "sure": 7,
        "why": "taste; effect; bitter",
    }
    assert drawn.post("/trial/guess/1/", sent).status_code == 409
    assert drawn.post("/trial/guess/2/", sent).status_code == 409
    assert "This period is not over" in read(drawn.get("/trial/guess/2/"))
    assert kinds(me(), clock()).count("guess") == 1


def test_a_guess_is_skipped_with_one_tap(drawn: Client, clock: Hands) -> None:
    clock.now = at(PERIODS + 7 * DAY, "20:00")
    trial = trial_of(me(), clock())
    assert tonight(trial=trial, now=clock()).step("guess").period == 1
    taken(drawn.post("/trial/guess/1/", {"skip": "1"}))
    assert event(me(), clock(), "guess") == {"period": 1, "treatment": "don't know"}
    assert tonight(trial=trial_of(me(), clock()), now=clock()).step("guess") is None


@pytest.mark.parametrize(
    "typed",
    [{}, {"treatment": "tea"}, {"treatment": "placebo", "sure": "11"}, {"treatment": "'; DROP"}],
)
def test_a_guess_that_is_none_comes_back(drawn: Client, clock: Hands, typed: dict) -> None:
    clock.now = at(PERIODS + 7 * DAY, "20:00")
    assert drawn.post("/trial/guess/1/", typed).status_code == 422
    assert "guess" not in kinds(me(), clock())


def test_nothing_is_opened_before_the_last_night_and_the_last_guess(
    drawn: Client, clock: Hands
) -> None:
    for address in ("/trial/finish/", "/trial/open/"):
        assert drawn.post(address, {"opinion": "helps"}).status_code == 409
    for address in ("/trial/finish/", "/trial/open/", "/verdict/"):
        assert "still running" in read(drawn.get(address))
    assert {"last guess", "unblinding"}.isdisjoint(kinds(me(), clock()))


def test_last_guess_then_opening_then_verdict(over: Client, clock: Hands) -> None:
    assert "First, say what you think it does." in read(over.get("/verdict/"))
    assert over.post("/trial/open/").status_code == 409
    sent = {"opinion": "helps", "sure": "8", "words": "calmer legs"}
    taken(over.post("/trial/finish/", sent), "/trial/open/")
    assert event(me(), clock(), "last guess") == {
        "opinion": "helps",
        "sure": 8,
        "why": "calmer legs",
    }
    assert over.post("/trial/finish/", sent).status_code == 409
    assert "The order of treatments is still closed." in read(over.get("/verdict/"))
    taken(over.post("/trial/open/"), "/verdict/")
    assert event(me(), clock(), "unblinding") == {"night": f"{OVER}"}
    over.post("/trial/open/")
    assert kinds(me(), clock())[-2:] == ["last guess", "unblinding"]
    page = over.get("/verdict/")
    assert page.status_code == 200
    assert "Magnesium citrate" in read(page)


def test_after_the_end_the_last_period_is_guessed_first_then_the_whole(
    over: Client, clock: Hands
) -> None:
    tonight = over.get("/tonight/").content.decode()
    assert re.findall(r"My guess about period \d+|My last guess", tonight) == [
        "My guess about period 12",
        "My last guess",
    ]
    taken(over.get("/trial/finish/"), "/trial/guess/12/")
    said = read(over.get("/trial/guess/12/"))
    assert "It was the last period. After this comes your last guess" in said
    taken(over.post("/trial/guess/12/", {"treatment": "placebo"}), "/trial/finish/")
    assert "Before the order is opened: what do you think?" in read(over.get("/trial/finish/"))
    taken(over.post("/trial/finish/", {"opinion": "helps"}), "/trial/open/")


def test_no_last_guess_is_as_good_as_one(over: Client, clock: Hands) -> None:
    taken(over.post("/trial/finish/", {"skip": "1"}), "/trial/open/")
    assert event(me(), clock(), "last guess") == {"opinion": "don't know"}


# What is shown, and to whom.


def without_tokens(page: str) -> str:
    return re.sub(r'name="(key|csrfmiddlewaretoken)"[^>]*', "", page)


def test_no_page_reads_the_allocation_but_the_list_and_the_verdict(
    drawn: Client, clock: Hands
) -> None:
    """The files of the allocation are taken away: what is shown and taken stays the same."""
    clock.now = at(PERIODS + 20 * DAY, "09:00")
    lives(me(), until=PERIODS + 20 * DAY)
    drawn.get("/trial/")  # what was said of the last form is said only once
    before = {a: without_tokens(drawn.get(a).content.decode()) for a in COURSE}
    files = FileRow.objects.filter(name__startswith="allocation")
    assert files.count() == 2
    files.delete()
    assert {a: without_tokens(drawn.get(a).content.decode()) for a in COURSE} == before
    naming = {a for a, said in before.items() if "placebo" in said.lower()}
    # The plan as registered, both answers to a guess, and what an open trial costs.
    assert naming == {"/trial/", "/trial/guess/1/", "/trial/packs/list/"}


def test_a_stranger_sees_and_changes_nothing(drawn: Client, mallory: Client) -> None:
    before = EventRow.objects.count()
    for address in COURSE:
        for answer in (mallory.get(address), mallory.post(address, {"skip": "1"})):
            assert answer.status_code in (403, 405)
            assert "magnesium" not in answer.content.decode()
    assert EventRow.objects.count() == before


def test_another_person_has_a_trial_of_their_own_and_never_this_one(
    drawn: Client, clock: Hands
) -> None:
    ben = Person.objects.create(username="ben")
    other = browser_of(ben, clock)
    now = clock()
    for address in COURSE:
        assert other.get(address).status_code in (302, 405)
    register(ben, protocol=FAST, start=FIRST, zone=ZONE, now=now)
    mine = current_row(me())
    before = EventRow.objects.filter(trial=mine).count()
    note = "Ben was here"
    taken(other.post("/trial/deviation/", {"night": f"{PERIODS}", "note": note}), "/trial/")
    assert EventRow.objects.filter(trial=mine).count() == before
    assert note not in drawn.get("/trial/").content.decode()
    assert note in other.get("/trial/").content.decode()
    assert TrialRow.objects.count() == 2


def browser_of(person: Person, clock: Hands) -> Client:
    _, token = know_device(owner=person, name="laptop", now=clock())
    client = Client()
    client.cookies[COOKIE] = token
    return client


def test_the_trial_page_has_plan_dates_and_history(drawn: Client, clock: Hands) -> None:
    taken(drawn.post("/trial/pause/", {"first": f"{PERIODS}", "note": "<script>alert(1)</script>"}))
    page = drawn.get("/trial/")
    said = read(page)
    assert trial_of(me(), clock()).protocol_hash in said
    assert "The dose was fixed at 200 mg a night." in said
    assert "Chance drew the order of treatments." in said
    assert "<script>alert" not in page.content.decode()
    assert "<script>alert(1)</script>" in html.unescape(page.content.decode())


def test_a_diary_without_a_trial_has_no_course(ana: Client, clock: Hands) -> None:
    begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())
    for address in COURSE:
        if address != "/ratings/":
            taken(ana.get(address))


def test_the_calendar_names_each_part_and_its_dates(drawn: Client) -> None:
    page = drawn.get("/trial/").content.decode()
    rows = [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr[ >].*?</tr>", page, re.DOTALL)
    ]
    named = {row[0].removesuffix(" you are here"): row[1:] for row in rows}
    assert named["Diary only, before any capsule"] == ["1 Mar", "14 Mar", "14"]
    assert named["Finding the dose: 100 mg a night"][2] == "7"
    assert named["No magnesium"] == ["29 Mar", "11 Apr", "14"]
    assert named["Period 12, pack 12"] == ["28 Jun", "4 Jul", "7"]
