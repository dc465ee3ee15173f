"""Making the packs alone in the browser: slips once, papers, and steps that are kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from alone_trials import ALONE
from ekbom.trial.additions import add_event
from ekbom.trial.happened import last_of
from ekbom.trial.packing import moves_of, next_move
from ekbom.trial.slips import slips_of
from ekbom.web.access import Visit
from ekbom.web.alone.packing import SlipsForm, _are_made
from ekbom.web.devices.known import COOKIE, know_device, me
from ekbom.web.models import EventRow, FileRow, Person, TrialRow
from ekbom.web.store import change, current_row, load
from trials import at
from web.alone_lives import events, fixed, her_trial, packed, with_her_slips
from web.conftest import Hands
from web.lives import registered
from web.pages import Text
from web.readability import reading_of
from web.test_course import read, refused, taken
from web.test_readability import hard

PDFS = ("labels", "slips", "instructions")


@pytest.fixture
def ready(ana: Client, clock: Hands, tmp_path: Path) -> Client:
    """Ana with her dose fixed, before the slips are made."""
    fixed(tmp_path / "t", clock)
    return ana


@pytest.fixture
def making(ana: Client, clock: Hands, tmp_path: Path) -> Client:
    """Ana with her slips made, before the first step."""
    with_her_slips(tmp_path / "t", clock)
    return ana


@pytest.fixture
def using(ana: Client, clock: Hands, tmp_path: Path) -> Client:
    """Ana on her first evening with a pack."""
    packed(tmp_path / "t", clock)
    return ana


def due(clock: Hands) -> dict[str, str]:
    """Return what the button of the step that is due sends."""
    move = next_move(her_trial(clock()))
    assert move is not None
    return {"step": move.step, "pair": "" if move.pair is None else str(move.pair)}


def makes_all(browser: Client, clock: Hands) -> None:
    """Tap every step that is left."""
    while next_move(her_trial(clock())) is not None:
        taken(browser.post("/trial/alone/", due(clock)), "/trial/alone/")


# The slips.


def test_the_slips_are_made_once_however_often_the_button_is_tapped(
    ready: Client, clock: Hands
) -> None:
    assert "Each of the 4 packs gets a slip with a code of its own." in read(
        ready.get("/trial/alone/")
    )
    taken(ready.post("/trial/alone/", {"key": "tap"}), "/trial/alone/papers/")
    files = {f.name: bytes(f.data) for f in FileRow.objects.all()}
    ready.post("/trial/alone/", {"key": "tap"})
    ready.post("/trial/alone/", {"key": "another"})
    assert {f.name: bytes(f.data) for f in FileRow.objects.all()} == files
    drawn = events(clock(), "randomised")
    assert [d["by_hand"] for d in drawn] == [True]
    assert len(slips_of(her_trial(clock()))) == 4


def test_two_taps_at_once_make_the_same_slips(ready: Client, clock: Hands) -> None:
    """Both pages were loaded before the slips were made; the later one finds them made."""
    del ready
    row = current_row(me())
    visit = Visit(me(), row, load(row, now=clock()), clock())
    assert [_are_made(visit, SlipsForm({"key": key})) for key in "ab"] == [True, True]
    assert len(events(clock(), "randomised")) == 1


def test_before_the_dose_is_fixed_no_slip_is_made(ana: Client, clock: Hands) -> None:
    registered(me(), clock, protocol=ALONE)
    said = "The slips are made when the dose is fixed, and only once."
    assert said in read(ana.get("/trial/alone/"))
    answer = ana.post("/trial/alone/")
    assert (answer.status_code, said in read(answer)) == (409, True)
    assert events(clock(), "randomised") == []


def test_old_safety_questions_are_answered_again_before_the_slips(
    ready: Client, clock: Hands
) -> None:
    clock.on(days=29)
    assert "First answer the safety questions again." in read(ready.get("/trial/alone/"))
    assert ready.post("/trial/alone/").status_code == 409
    assert events(clock(), "randomised") == []


def test_other_trials_have_no_such_pages(ana: Client, clock: Hands) -> None:
    registered(me(), clock)
    said = "In this trial you do not make the packs alone."
    for address in ("", "again/", "papers/", "paper/?what=slips&on=a4"):
        assert said in read(ana.get(f"/trial/alone/{address}"))
    assert ana.post("/trial/alone/").status_code == 409
    assert ana.post("/trial/slips/").status_code == 409


# The steps.


def test_every_step_is_shown_in_its_turn_and_the_last_makes_the_packs_ready(
    making: Client, clock: Hands
) -> None:
    everything = moves_of(her_trial(clock()))
    for number in range(1, len(everything) + 1):
        page = read(making.get("/trial/alone/"))
        assert f"Step {number} of {len(everything)} " in page
        assert events(clock(), "packs ready") == []
        taken(making.post("/trial/alone/", due(clock)), "/trial/alone/")
    assert "All packs are made and ready." in read(making.get("/trial/alone/"))
    assert events(clock(), "packs ready") == [{}]
    done = [(d["step"], d.get("pair")) for d in events(clock(), "packing step")]
    assert done == [(m.step, m.pair) for m in everything]


def test_another_device_goes_on_on_another_day_where_the_first_one_stopped(
    making: Client, clock: Hands
) -> None:
    for _ in range(3):
        making.post("/trial/alone/", due(clock))
    page = read(making.get("/trial/alone/"))
    clock.on(days=1)
    tablet = Client()
    tablet.cookies[COOKIE] = know_device(owner=me(), name="tablet", now=clock())[1]
    assert read(tablet.get("/trial/alone/")) == page
    taken(tablet.post("/trial/alone/", due(clock)), "/trial/alone/")
    assert "Step 5 of " in read(making.get("/trial/alone/"))


def test_a_step_that_is_tapped_on_two_devices_is_done_once(making: Client, clock: Hands) -> None:
    step = due(clock)
    for key in ("phone", "phone", "tablet"):
        taken(making.post("/trial/alone/", {**step, "key": key}), "/trial/alone/")
    assert events(clock(), "packing step") == [{"step": "materials"}]


def test_no_step_is_left_out(making: Client, clock: Hands) -> None:
    for step in ({"step": "shuffle", "pair": "1"}, {"step": "dance"}, {"step": "again"}):
        refused(making.post("/trial/alone/", step), "Another step comes next.")
    assert making.post("/trial/alone/", {"step": "clear", "pair": "x"}).status_code == 422
    assert events(clock(), "packing step") == []


def test_a_spilled_pack_takes_its_pair_back_to_its_first_step(making: Client, clock: Hands) -> None:
    makes_all(making, clock)
    assert "Pair 2: packs 3 and 4" in read(making.get("/trial/alone/again/"))
    assert making.post("/trial/alone/again/", {"pair": "2"}).status_code == 422
    assert making.post("/trial/alone/again/", {"pair": "3", "sure": "on"}).status_code == 422
    taken(making.post("/trial/alone/again/", {"pair": "2", "sure": "on"}), "/trial/alone/")
    assert due(clock) == {"step": "first kind", "pair": "2"}
    makes_all(making, clock)
    assert len(events(clock(), "packs ready")) == 1


def test_a_pair_that_is_in_use_is_not_made_again(using: Client, clock: Hands) -> None:
    answer = using.post("/trial/alone/again/", {"pair": "1", "sure": "on"})
    refused(answer, "Pair 1 is in use already, so it cannot be made again.")
    assert [d for d in events(clock(), "packing step") if d["step"] == "again"] == []


def test_after_the_trial_no_packs_are_made(making: Client, clock: Hands) -> None:
    detail = {"last": f"{at(28).date()}", "reason": "finished"}
    now = clock()
    change(current_row(me()), lambda t: add_event(t, kind="ended", detail=detail, now=now), now=now)
    assert "The trial is over, so no packs are made any more." in read(making.get("/trial/alone/"))
    assert making.post("/trial/alone/", {"step": "materials"}).status_code == 409


# The papers.


def test_papers_are_pdfs_of_both_sizes_that_are_never_kept(making: Client) -> None:
    for what in PDFS:
        for size in ("a4", "letter"):
            answer = making.get(f"/trial/alone/paper/?what={what}&on={size}")
            assert answer["Content-Type"] == "application/pdf", what
            assert answer.content[:5] == b"%PDF-"
            assert "no-store" in answer["Cache-Control"]
            assert f'filename="ekbom-{what}-{size}.pdf"' in answer["Content-Disposition"]
    assert making.get("/trial/alone/paper/?what=labels&on=a3").status_code == 404
    assert making.get("/trial/alone/paper/?what=order&on=a4").status_code == 404


def test_slips_are_printed_from_their_making_until_the_packs_are_ready(
    ready: Client, clock: Hands
) -> None:
    address = "/trial/alone/paper/?what=slips&on=a4"
    assert "The slips are not made yet." in read(ready.get(address))
    ready.post("/trial/alone/")
    assert ready.get(address)["Content-Type"] == "application/pdf"
    makes_all(ready, clock)
    assert "no slip is printed any more" in read(ready.get(address))
    assert "no slip is printed any more" in read(ready.get("/trial/alone/papers/"))


def test_no_page_before_the_end_says_which_word_a_code_has(making: Client, clock: Hands) -> None:
    pages = ["/tonight/", "/trial/", "/trial/alone/papers/", "/trial/buy/", "/api/plan"]
    codes = [slip.code for slip in slips_of(her_trial(clock()))]
    while next_move(her_trial(clock())) is not None:
        pages_now = [*pages, "/trial/alone/", "/trial/alone/again/", "/trial/slips/"]
        said = "".join(making.get(page).content.decode() for page in pages_now)
        assert [code for code in codes if code in said] == []
        makes_all(making, clock)


def test_every_page_of_it_is_plain(making: Client, clock: Hands) -> None:
    """The bars are those of all other pages; see test_readability."""
    pages = ["/trial/alone/again/", "/trial/alone/papers/", "/trial/slips/"]
    texts = {page: Text(making.get(page).content.decode()) for page in pages}
    for move in moves_of(her_trial(clock())):
        texts[f"{move.step} {move.pair}"] = Text(making.get("/trial/alone/").content.decode())
        making.post("/trial/alone/", due(clock))
    assert {(text.headings, text.titles) for text in texts.values()} == {(1, 1)}
    found = [hard(name, reading_of(text.blocks)) for name, text in texts.items()]
    assert [fault for fault in found if fault] == [], "\n".join(filter(None, found))


# Who it does not concern, and the first dose from a pack.


def test_mallory_sees_nothing_of_it(making: Client, mallory: Client, clock: Hands) -> None:
    codes = [slip.code for slip in slips_of(her_trial(clock()))]
    before = list(EventRow.objects.values_list("hash", flat=True))
    for address in ("", "again/", "papers/", "paper/?what=slips&on=a4"):
        for answer in (
            mallory.get(f"/trial/alone/{address}"),
            mallory.post(f"/trial/alone/{address}", due(clock)),
        ):
            assert answer.status_code in (403, 405)
            assert not any(code.encode() in answer.content for code in codes)
    assert list(EventRow.objects.values_list("hash", flat=True)) == before
    assert (Person.objects.count(), TrialRow.objects.count()) == (1, 1)


def dose(clock: Hands, **more: str) -> dict[str, str]:
    return {"taken": "all", "all_are": "2", **more}


def evening_of(clock: Hands) -> str:
    return f"/nights/{clock().date()}/evening/"


def test_the_first_dose_from_a_pack_asks_for_its_number(using: Client, clock: Hands) -> None:
    address = evening_of(clock)
    assert "Which number is on the pack?" in read(using.get(address))
    refused(using.post(address, dose(clock)), "Read the number on the pack, and write it here.")
    refused(using.post(address, dose(clock, pack="two")), "Read the number on the pack")
    assert her_trial(clock()).doses == ()
    taken(using.post(address, dose(clock, pack="1")))
    assert events(clock(), "pack opened") == [{"pack": 1, "night": f"{clock().date()}"}]
    clock.on(days=1)
    assert "Which number is on the pack?" not in read(using.get(evening_of(clock)))
    taken(using.post(evening_of(clock), dose(clock)))
    assert len(events(clock(), "pack opened")) == 1


def test_an_evening_without_capsules_opens_no_pack(using: Client, clock: Hands) -> None:
    taken(using.post(evening_of(clock), {"taken": "none"}))
    assert events(clock(), "pack opened") == []


def test_an_exchanged_pack_is_noticed_and_what_was_swallowed_is_written_down(
    using: Client, clock: Hands
) -> None:
    address = evening_of(clock)
    page = using.post(address, dose(clock, pack="2"))
    refused(page, "come from pack 1, and this one has the number 2. Close it, put it back")
    assert "I have swallowed capsules from this other pack" in read(page)
    assert her_trial(clock()).doses == ()
    taken(using.post(address, dose(clock, pack="2", swallowed="on")))
    note = "The capsules came from pack 2, not from pack 1."
    assert events(clock(), "deviation") == [{"night": f"{clock().date()}", "note": note}]
    assert events(clock(), "pack opened") == []
    assert [d.capsules for d in her_trial(clock()).doses] == [2.0]
    clock.on(days=1)
    assert "Which number is on the pack?" in read(using.get(evening_of(clock)))


def test_a_trial_that_others_pack_asks_for_no_number(titration: Client, clock: Hands) -> None:
    assert "Which number is on the pack?" not in read(titration.get(evening_of(clock)))
    assert last_of(her_trial(clock()).events, "pack opened") is None


def test_the_pages_take_their_camera_from_this_site_alone(making: Client) -> None:
    policy = making.get("/trial/alone/")["Permissions-Policy"]
    assert re.split(r", ", policy) == ["camera=(self)", "geolocation=()", "microphone=()"]
