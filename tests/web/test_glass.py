"""Breaking the blind in an emergency: the advice first, for everybody; two taps, and the way."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.analysis.verdict import reach_verdict
from ekbom.guide.break_glass import ANY_WAY
from ekbom.guide.tonight import tonight
from ekbom.report.break_glass_words import advice_words
from ekbom.report.record import verdict_record
from ekbom.trial.additions import add_event
from ekbom.trial.folder import Trial, open_trial
from ekbom.web.devices.known import COOKIE, me
from ekbom.web.models import EventRow, TrialRow
from ekbom.web.store import begin_diary, bring_in, current_row, load, remembered
from reference.small_trials import FIXED, Small
from trials import at as on
from trials import drawn_magnesium, shell
from web.conftest import Hands, browser_of
from web.lives import DAY, FAST, FIRST, OVER, PERIODS, WASHOUT, ZONE, at, lives, registered
from web.nightly import drawn, get, post, read, rows, stepped
from web.phones import began, lived

ADVICE = (
    "Stop the capsules now. Take no more of them. "
    "Treat this as if you took magnesium, up to 200 mg elemental a day. That is the most that "
    "this trial's plan gives. "
    "Tell this to the doctor or the emergency service. If you feel in danger, call your local "
    "emergency number first. "
    "Do not wait to learn what the capsules hold, and do not wait for anything here: ekbom is not "
    "watching. "
)
GENERAL = ADVICE.replace(
    ", up to 200 mg elemental a day. That is the most that this trial's plan gives", ""
)
RECORDED = (
    "It is on record that the blind of pack 1 is broken. The main answer of the trial keeps all "
    "its nights; a second one leaves out those from now to the end of this pair."
)
AGREEMENT = "There are no capsules from now on. What ends this: a clinician agrees"
NOT_WRITTEN = "This could not be written down here. Go on all the same."
NO_PACK = "No pack is in use yet, so there is nothing to open. Whatever you took so far"
BUTTON = "I am opening pack 1"


@pytest.fixture
def treated(ana: Client, clock: Hands) -> Client:
    """Ana on the first evening with a pack, a minute after its capsules were due."""
    drawn(ana, clock)
    return ana


def trial(clock: Hands) -> Trial:
    return load(current_row(me()), now=clock())


def incidents(clock: Hands) -> list[dict]:
    return [dict(e.detail) for e in trial(clock).events if e.kind == "incident"]


def told(pack: int = 1, night: date = PERIODS) -> dict:
    return {"night": night.isoformat(), "period": pack, "what": "break glass"}


def tap(client: Client, pack: int | None = 1) -> str:
    """Tap the button of the page, and return what the page says then."""
    answer = post(client, "break_glass", {} if pack is None else {"pack": str(pack)})
    assert answer.status_code == 302, read(answer)
    return read(client.get(answer.url))


# Two taps.


def test_two_taps_from_tonight_put_it_on_record_and_show_the_way(
    treated: Client, clock: Hands
) -> None:
    address = reverse("break_glass")
    assert f'href="{address}"' in get(treated, "tonight").content.decode()
    page = treated.get(address)
    said = read(page)
    assert said.startswith(ADVICE + "What pack 1 holds ")
    assert said.index("The packing list says what pack 1 holds") < said.index(BUTTON)
    said = tap(treated)
    assert incidents(clock) == [told()]
    assert said.startswith(ADVICE + "What pack 1 holds ")
    assert (RECORDED in said, AGREEMENT in said, BUTTON in said) == (True, True, False)


@pytest.mark.parametrize("name", ["signs", "changed"])
def test_the_pages_for_what_is_wrong_lead_there_in_one_tap(treated: Client, name: str) -> None:
    page = get(treated, name).content.decode()
    assert page.count(f'href="{reverse("break_glass")}"') == 1


def test_a_warning_sign_that_was_told_leads_there_too(treated: Client) -> None:
    page = post(treated, "signs_report", {"sign": ["fainting"]}).content.decode()
    assert page.count(f'href="{reverse("break_glass")}"') == 1


def test_a_second_tap_is_harmless(treated: Client, clock: Hands) -> None:
    first = tap(treated)
    clock.on(minutes=5)
    assert tap(treated) == first
    assert incidents(clock) == [told()]


def test_a_tap_without_a_pack_means_the_one_in_use(treated: Client, clock: Hands) -> None:
    clock.now = at(PERIODS + 7 * DAY, "22:00")
    tap(treated, None)
    assert incidents(clock) == [told(2, PERIODS + 7 * DAY)]


def test_another_pack_can_be_named(treated: Client, clock: Hands) -> None:
    said = read(treated.get(f"{reverse('break_glass')}?pack=3"))
    assert "What pack 3 holds" in said
    assert "I am opening pack 3" in said
    tap(treated, 3)
    assert incidents(clock) == [told(3)]
    assert BUTTON in read(get(treated, "break_glass"))


@pytest.mark.parametrize("named", ["0", "13", "-1", "x", "", "1.5", "٣", "9" * 30])
def test_a_pack_that_the_plan_does_not_have_means_the_one_in_use(
    treated: Client, clock: Hands, named: str
) -> None:
    assert BUTTON in read(treated.get(reverse("break_glass"), {"pack": named}))
    post(treated, "break_glass", {"pack": named})
    assert incidents(clock) == [told()]


# Capsules stop until a clinician agrees.


def test_capsules_stop_until_a_clinician_agrees(treated: Client, clock: Hands) -> None:
    assert tonight(trial=trial(clock), now=clock()).step("dose") is not None
    tap(treated)
    assert tonight(trial=trial(clock), now=clock()).step("no_capsules") is not None
    page = read(get(treated, "tonight"))
    assert "Something changed: a clinician has to agree first." in page
    plan = treated.get("/api/plan").json()
    assert {n["capsules"] for n in plan["nights"] if n["night"] >= str(PERIODS)} == {0.0}
    clock.on(hours=1)
    assert post(treated, "agreed", {"name": "Dr. Chen"}).status_code == 302
    assert tonight(trial=trial(clock), now=clock()).step("dose") is not None
    said = read(get(treated, "break_glass"))
    assert (RECORDED in said, AGREEMENT in said) == (True, False)


def test_the_shell_stops_them_by_the_same_event(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    shell("break-glass", path, "--yes", now=on(50, "19:00"))
    here = tonight(trial=open_trial(path, now=on(50, "20:00")), now=on(50, "20:00"))
    assert here.step("no_capsules") is not None


# Nobody waits for it.


def test_a_stranger_reads_the_advice_and_every_way(db: None, mallory: Client) -> None:
    said = read(get(mallory, "break_glass"))
    assert said.startswith(GENERAL + "What a pack holds " + " ".join(ANY_WAY))
    assert "I am opening" not in said


def test_a_stranger_s_tap_is_answered_and_writes_nothing(treated: Client, mallory: Client) -> None:
    before = rows()
    page = mallory.post(reverse("break_glass"), {"pack": "1"})
    assert (page.status_code, read(page).startswith(GENERAL)) == (200, True)
    assert NOT_WRITTEN in read(page)
    assert rows() == before


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_broken_database_does_not_keep_the_advice_back(
    client: Client, signed_in: bool, method: str
) -> None:
    """Without the fixture `db` every question to the database fails."""
    client.raise_request_exception = False
    if signed_in:
        client.cookies[COOKIE] = "a device that nobody can look up"
    page = getattr(client, method)(reverse("break_glass"))
    assert (page.status_code, read(page).startswith(GENERAL)) == (200, True)
    assert (NOT_WRITTEN in read(page)) == (method == "post")


def test_a_trial_that_cannot_be_read_does_not_keep_the_advice_back(
    treated: Client, clock: Hands
) -> None:
    EventRow.objects.filter(number=1).update(hash="0" * 64)
    remembered.forget()
    page = post(treated, "break_glass", {"pack": "1"})
    assert (page.status_code, read(page).startswith(GENERAL)) == (200, True)
    assert NOT_WRITTEN in read(page)


def test_a_fault_in_writing_it_down_does_not_hide_the_way(
    treated: Client, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> Trial:
        raise RuntimeError

    monkeypatch.setattr("ekbom.web.health.glass.with_glass_broken", breaks)
    page = post(treated, "break_glass", {"pack": "1"})
    said = read(page)
    assert (page.status_code, said.startswith(ADVICE)) == (200, True)
    assert [text in said for text in (NOT_WRITTEN, BUTTON, "what pack 1 holds")] == [True] * 3
    assert incidents(clock) == []


def test_a_form_from_an_old_page_is_answered_and_one_more_tap_writes_it_down(
    treated: Client, clock: Hands
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = treated.cookies
    page = strict.post(reverse("break_glass"), {"pack": "1", "csrfmiddlewaretoken": "old"})
    assert (page.status_code, NOT_WRITTEN in read(page)) == (200, True)
    assert incidents(clock) == []
    token = strict.cookies["ekbom_csrf"].value
    strict.post(reverse("break_glass"), {"pack": "1", "csrfmiddlewaretoken": token})
    assert incidents(clock) == [told()]


# Before the draw, without a trial, and after the end.


def before_the_draw(clock: Hands) -> None:
    registered(me(), clock)
    clock.now = at(WASHOUT - DAY, "20:00")


def diary(clock: Hands) -> None:
    begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())


def test_before_the_first_pack_it_is_explained_and_not_offered(ana: Client, clock: Hands) -> None:
    before_the_draw(clock)
    said = read(get(ana, "break_glass"))
    assert said.startswith(ADVICE + "What a pack holds " + NO_PACK)
    assert "I am opening" not in said
    assert "Emergency: what do my capsules hold?" not in read(get(ana, "tonight"))


@pytest.mark.parametrize("begin", [before_the_draw, diary])
def test_where_there_is_no_pack_a_tap_writes_nothing(
    ana: Client, clock: Hands, begin: Callable[[Hands], None]
) -> None:
    begin(clock)
    before = rows()
    assert NOT_WRITTEN in read(post(ana, "break_glass", {"pack": "1"}))
    assert rows() == before


def test_once_the_order_is_open_there_is_nothing_to_break(treated: Client, clock: Hands) -> None:
    now = at(OVER, "10:00")
    clock.now = now
    guess = {"opinion": "helps", "sure": 6}
    stepped(lambda t: add_event(t, kind="last guess", detail=guess, now=now), now)
    opened = {"night": OVER - DAY}
    stepped(lambda t: add_event(t, kind="unblinding", detail=opened, now=now), now)
    said = read(get(treated, "break_glass"))
    assert "The whole order was opened already. What this trial shows says" in said
    assert "I am opening" not in said
    assert "Emergency: what do my capsules hold?" not in read(get(treated, "tonight"))
    tap(treated, 12)
    assert incidents(clock) == []


def test_after_an_early_end_the_last_pack_can_still_be_opened(
    treated: Client, clock: Hands
) -> None:
    """Who stopped because of what happened may be asked at the hospital what it was."""
    now = clock()
    ended = {"last": PERIODS, "reason": "side effects"}
    stepped(lambda t: add_event(t, kind="ended", detail=ended, now=now), now)
    clock.now = at(PERIODS + DAY, "20:00")
    said = tap(treated)
    assert incidents(clock) == [told(1, PERIODS + DAY)]
    assert (RECORDED in said, AGREEMENT in said) == (True, False)


# Every way, and the same bytes for every allocation.

WAYS = {
    "alone": "open the taped envelope inside it",
    "helper": "Open the sealed paper of pack 1",
    "clinic": "call the staff number that is printed on it",
    "open": "The packing list says what pack 1 holds.",
}


def brought_in(order: str, blinding: str, folder: Path, clock: Hands) -> Client:
    """Return the browser of Ana in a trial of two pairs by a way of blinding, on its 3rd night."""
    small = Small(
        order=order, dosed=True, protocol_changes={"blinding": blinding}, events=FIXED
    ).build(folder / order)
    protocol = replace(small.protocol, imported=True)
    clock.now = small.clock.begins(small.start + 3 * DAY) + timedelta(hours=10)
    TrialRow.objects.all().delete()
    bring_in(me(), trial=replace(small, protocol=protocol), now=clock())
    return browser_of(clock)


@pytest.mark.django_db
@pytest.mark.parametrize(("blinding", "way"), WAYS.items())
def test_every_way_of_blinding_has_its_way_in_the_same_bytes_for_opposite_orders(
    clock: Hands, tmp_path: Path, blinding: str, way: str
) -> None:
    pages = []
    for order in ("TRRT", "RTTR"):
        browser = brought_in(order, blinding, tmp_path, clock)
        pages.append([read(get(browser, "break_glass")), tap(browser)])
    assert pages[0] == pages[1]
    assert [way in said for said in pages[0]] == [True, True]
    assert [BUTTON in said for said in pages[0]] == [True, False]


def test_opposite_orders_give_the_same_page_byte_by_byte(ana: Client, clock: Hands) -> None:
    orders, pages = set(), set()
    for byte in (1, 2, 3, 4, 5, 6):
        clock.set("2026-03-01T21:00+01:00")
        TrialRow.objects.all().delete()
        orders.add(lived(began(FAST, clock), clock, byte)[0])
        for answer in (get(ana, "break_glass"), post(ana, "break_glass")):
            pages.add((answer.status_code, read(answer)))
    assert orders == {"magnesium", "placebo"}
    assert len(pages) == 2


# What it means for the trial: the web's event is the shell's.


def exported(client: Client, folder: Path) -> Path:
    data = client.get(reverse("export")).getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        packed.extractall(folder)
    (inner,) = folder.iterdir()
    return inner


def test_the_exported_trial_has_the_shell_s_event_and_its_sensitivity(
    treated: Client, clock: Hands, tmp_path: Path
) -> None:
    before = exported(treated, tmp_path / "before")
    tap(treated)
    after = exported(treated, tmp_path / "after")
    shell("break-glass", before, "--yes", now=clock())
    assert incidents_in(before, clock) == incidents_in(after, clock) == [told()]


@pytest.mark.slow
def test_the_verdict_takes_it_as_the_shell_s_verdict_of_the_exported_folder_does(
    treated: Client, clock: Hands, tmp_path: Path
) -> None:
    tap(treated)
    lives(me())
    clock.now = at(OVER, "10:00")
    assert post(treated, "last_guess", {"opinion": "helps", "sure": "6"}).status_code == 302
    assert post(treated, "unblind", {"sure": "on"}).status_code == 302
    trial = open_trial(exported(treated, tmp_path / "end"), now=clock())
    record = verdict_record(reach_verdict(trial=trial, now=clock()))
    names = [check["name"] for check in record["outcomes"]["urge"]["checks"]]
    assert names.count("sensitivity_nights_after_incidents_dropped") == 1
    nights = record["outcomes"]["urge"]["nights"]
    assert (nights["excluded"], nights["analysed"] + nights["missing"]) == (0, 60)
    said = read(get(treated, "verdict"))
    assert said.count("without the nights after a period's treatment became known") == 1


def incidents_in(path: Path, clock: Hands) -> list[dict]:
    return [dict(e.detail) for e in open_trial(path, now=clock()).events if e.kind == "incident"]


def test_the_history_says_so(treated: Client) -> None:
    tap(treated)
    assert "The paper that says what a pack holds was opened." in read(get(treated, "trial"))


def test_advice_names_the_highest_step_of_this_trial() -> None:
    assert " ".join(advice_words(FAST)) + " " == ADVICE
