"""Ben keeps the order of Ana's trial: from the link that she gives him to the opening."""

from __future__ import annotations

import pyrage
import pytest
from django.test import Client

from ekbom.report.paper.packing_list import keeper_papers
from ekbom.report.paper.setting import pdf_of
from ekbom.trial.additions import add_event, append_event
from ekbom.trial.happened import last_of
from ekbom.trial.place import ALLOCATION, SEAL, SEALED
from ekbom.trial.sealed import open_sealed, packing_list
from ekbom.trial.sealing import Key
from ekbom.web.devices.known import me
from ekbom.web.helper import sealing
from ekbom.web.models import FileRow, HelperLink, TrialRow
from ekbom.web.store import change
from web.boxes import quick_box
from web.conftest import Hands
from web.helping import (
    PASSPHRASE,
    PROTOCOL,
    arrived,
    asked,
    asks_for,
    draws,
    heading,
    link_in,
    over,
    proves,
    read,
    sealed,
    tolerated,
)
from web.lives import DAY, FIRST, WASHOUT, at, kinds, registered, trial_of
from web.pages import Text
from web.readability import reading_of
from web.sites import become, over_https
from web.test_readability import hard

GUESS = {"opinion": "helps", "sure": 7}
READY = "The order is sealed. Make the packs."


@pytest.fixture
def row(ana: Client, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> TrialRow:
    """Ana's trial, in which the order can be drawn, and Ben's boxes close quickly."""
    monkeypatch.setattr(pyrage.passphrase, "encrypt", quick_box)
    return tolerated(clock)


def opens(ben: Client) -> None:
    """Let Ben open the order."""
    assert ben.post("/helper/open/", {"passphrase": PASSPHRASE})["Location"] == "/helper/"


def labels(clock: Hands) -> list[tuple[str, str]]:
    """Return each pack with what Ben's passphrase says is in it."""
    trial = trial_of(me(), clock())
    words = {t.name: t.label for t in trial.protocol.treatments}
    seal = open_sealed(trial, key=Key("passphrase", PASSPHRASE))
    return [(str(p.number), words[p.treatment]) for p in packing_list(seal)]


@pytest.mark.slow
def test_ben_seals_proves_packs_and_opens_the_order(ana: Client, clock: Hands) -> None:
    row = tolerated(clock)
    ben = arrived(ana)
    assert heading(ben.get("/helper/")) == "What you do, and what you keep to yourself"
    code = draws(ben)
    assert kinds(me(), clock()).count("randomised") == 0
    assert not FileRow.objects.filter(trial=row, name=SEALED).exists()
    assert heading(ben.get("/helper/")) == "Open the order once, to be sure"
    assert proves(ben, code)["Location"] == "/helper/"
    assert heading(ben.get("/helper/")) == READY
    assert kinds(me(), clock()).count("randomised") == 1

    page = asks_for(ben, "list").content.decode()
    shown = [
        (line.partition('<th scope="row">')[2].partition("<")[0], line.partition("<td>")[2])
        for line in page.split("<tr>")[2:]
    ]
    assert [(n, w.partition("<")[0]) for n, w in shown] == labels(clock)
    assert heading(ben.post("/helper/done/")) == "You are done for now"
    assert ben.get("/helper/").status_code == 403
    assert "sealed on 29 Mar 2026" in read(ana.get("/trial/helper/"))

    over(row, clock)
    again = arrived(ana)
    assert heading(again.get("/helper/")) == "Open the order for all"
    assert again.post("/helper/open/", {"passphrase": code})["Location"] == "/helper/"
    assert heading(again.get("/helper/")) == "The order is open"
    trial = trial_of(me(), clock())
    assert [e.kind for e in trial.events][-3:] == ["ended", "last guess", "unblinding"]
    assert FileRow.objects.filter(trial=row, name=ALLOCATION).count() == 1
    assert "The order is open. What it shows" in read(ana.get("/trial/helper/"))
    assert heading(again.post("/helper/done/")) == "You are done"


# The link.


def test_looking_at_a_link_does_not_spend_it_and_only_its_button_begins(
    ana: Client, row: TrialRow
) -> None:
    link, preview = asked(ana), Client()
    for _ in range(3):
        assert heading(preview.get(link)) == "You are asked to help with a trial"
        assert preview.head(link).status_code == 200
    assert preview.cookies.keys() <= {"ekbom_csrf"}
    assert HelperLink.objects.get().begun is None
    assert Client().post(link).status_code == 302


def test_a_new_link_ends_the_old_one_and_the_visit_that_it_began(
    ana: Client, row: TrialRow
) -> None:
    old = asked(ana)
    ben = Client()
    ben.post(old)
    draws(ben)
    new = asked(ana)
    assert (Client().get(old).status_code, ben.get("/helper/").status_code) == (404, 403)
    assert Client().get(new).status_code == 200
    assert bytes(HelperLink.objects.get().sealed) == b""


def test_a_link_lasts_for_24_hours(ana: Client, row: TrialRow, clock: Hands) -> None:
    link = asked(ana)
    clock.on(hours=23, minutes=59)
    assert Client().get(link).status_code == 200
    clock.on(minutes=1)
    assert Client().get(link).status_code == 404
    assert Client().post(link).status_code == 404


def test_a_visit_lasts_for_24_hours(ana: Client, row: TrialRow, clock: Hands) -> None:
    ben = arrived(ana)
    clock.on(hours=23, minutes=59)
    assert ben.get("/helper/").status_code == 200
    clock.on(minutes=1)
    assert ben.get("/helper/").status_code == 403


def test_a_link_opened_again_begins_anew_and_throws_the_draft_away(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    link, first, second = asked(ana), Client(), Client()
    first.post(link)
    draws(first)
    second.post(link)
    assert first.get("/helper/").status_code == 403
    assert heading(second.get("/helper/")) == "What you do, and what you keep to yourself"
    assert kinds(me(), clock()).count("randomised") == 0


# What Ana's page says.


def test_the_page_says_why_nothing_is_due_and_where_to_go(ana: Client, clock: Hands) -> None:
    registered(me(), clock, protocol=PROTOCOL)
    assert "Your helper draws the order when the dose is fixed." in read(ana.get("/trial/helper/"))
    assert ana.post("/trial/helper/").status_code == 409
    assert not HelperLink.objects.exists()


def test_an_old_screening_is_renewed_first(ana: Client, row: TrialRow, clock: Hands) -> None:
    clock.on(days=40)
    page = ana.get("/trial/helper/")
    assert "First answer the safety questions again." in read(page)
    assert 'href="/trial/screening/"' in page.content.decode()
    assert ana.post("/trial/helper/").status_code == 409


def test_a_trial_without_a_helper_has_no_such_page(trial: Client) -> None:
    assert "In this trial there is no helper." in read(trial.get("/trial/helper/"))
    assert trial.post("/trial/helper/").status_code == 409


def test_on_this_machine_alone_the_helper_sits_down_here(ana: Client, row: TrialRow) -> None:
    page = ana.post("/trial/helper/").content.decode()
    assert ("My helper sits here now" in page, "<svg class=" in page, "<code>" in page) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize("kind", ["home", "clinic"])
def test_where_other_devices_come_the_link_is_a_code_and_an_address(
    ana: Client, row: TrialRow, settings, kind: str
) -> None:
    become(settings, kind)
    if kind == "clinic":
        ana.force_login(me())
    response = ana.post("/trial/helper/", **over_https(kind))
    path, page = link_in(response), response.content.decode()
    assert f"<code>{settings.SITE.address}{path}</code>" in page
    assert page.count('class="figure qr"') == 1
    assert ("/trust/" in page) == (kind == "home")


def test_the_page_shows_that_ben_is_at_work_and_then_that_the_packs_are_due(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    assert "The link works until" not in read(ana.get("/trial/helper/"))
    link = asked(ana)
    assert "The link works until 30 Mar 2026, 09:00" in read(ana.get("/trial/helper/"))
    Client().post(link)
    assert "at work since 29 Mar 2026, 09:00" in read(ana.get("/trial/helper/"))
    sealed(row, clock())
    page = ana.get("/trial/helper/")
    assert "The order sealed on 29 Mar 2026 The packs not ready yet" in read(page)
    assert 'href="/trial/packs/"' in page.content.decode()


def test_the_last_guess_comes_before_the_opening(ana: Client, row: TrialRow, clock: Hands) -> None:
    sealed(row, clock())
    ben = arrived(ana)
    over(row, clock, guessed=False)
    assert "First, say what you think it does." in read(ana.get("/trial/helper/"))
    assert heading(ben.get("/helper/")) == "One thing comes first"
    assert heading(ben.post("/helper/open/", {"passphrase": PASSPHRASE})) == "One thing comes first"
    assert "unblinding" not in kinds(me(), clock())


def test_the_order_is_not_opened_before_the_trial_is_over(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    sealed(row, clock())
    now = clock()
    change(row, lambda t: add_event(t, kind="last guess", detail=GUESS, now=now), now=now)
    ben = arrived(ana)
    assert heading(ben.post("/helper/open/", {"passphrase": PASSPHRASE})) == READY
    assert "unblinding" not in kinds(me(), clock())


# The passphrase, the code, and the proof.


@pytest.mark.parametrize(
    ("typed", "again", "why"),
    [
        ("short", "short", "It is too easy to guess."),
        (PASSPHRASE, PASSPHRASE + "s", "These were two different ones."),
        (PASSPHRASE, "", "This field is required."),
    ],
)
def test_a_weak_or_mistyped_passphrase_draws_nothing(
    ana: Client, row: TrialRow, typed: str, again: str, why: str
) -> None:
    ben = arrived(ana)
    response = ben.post("/helper/seal/", {"passphrase": typed, "passphrase_again": again})
    assert response.status_code == 422
    assert why in read(response)
    assert bytes(HelperLink.objects.get().sealed) == b""


def test_what_is_wrong_in_the_proof_is_said_and_the_order_is_kept(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    ben = arrived(ana)
    code = draws(ben)
    kept = bytes(HelperLink.objects.get().sealed)
    wrong_word = proves(ben, code, "another four words altogether")
    assert wrong_word.context["form"].errors.keys() == {"passphrase"}
    swapped = code[:-1] + ("2" if code[-1] != "2" else "3")
    assert proves(ben, swapped).context["form"].errors.keys() == {"recovery_code"}
    assert (wrong_word.status_code, bytes(HelperLink.objects.get().sealed)) == (422, kept)
    assert kinds(me(), clock()).count("randomised") == 0
    assert proves(ben, code.lower().replace("-", " ")).status_code == 302
    assert kinds(me(), clock()).count("randomised") == 1


def test_a_second_passphrase_replaces_the_first_draft_and_its_code(
    ana: Client, row: TrialRow
) -> None:
    ben = arrived(ana)
    first = draws(ben)
    second = draws(ben)
    assert proves(ben, first).context["form"].errors.keys() == {"recovery_code"}
    assert proves(ben, second).status_code == 302


def test_a_second_tap_on_the_proof_and_a_reload_change_nothing(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    ben = arrived(ana)
    code = draws(ben)
    proves(ben, code)
    before = trial_of(me(), clock()).events
    assert heading(proves(ben, code)) == READY
    again = {"passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE}
    assert heading(ben.post("/helper/seal/", again)) == READY
    assert ben.get("/helper/prove/")["Location"] == "/helper/"
    assert trial_of(me(), clock()).events == before


def test_two_proofs_at_once_record_one_order(ana: Client, row: TrialRow, clock: Hands) -> None:
    ben = arrived(ana)
    code = draws(ben)
    draft = bytes(HelperLink.objects.get().sealed)
    proves(ben, code)
    # The other tap had read the draft before the first was taken.
    HelperLink.objects.update(sealed=draft)
    before = trial_of(me(), clock()).events
    assert heading(proves(ben, code)) == READY
    assert trial_of(me(), clock()).events == before


def test_a_draw_done_meanwhile_by_another_is_told(
    ana: Client, row: TrialRow, clock: Hands, monkeypatch
) -> None:
    ben = arrived(ana)
    code = draws(ben)
    opens = sealing._opens

    def and_another_seals(draft, form):
        sealed(row, clock())
        return opens(draft, form)

    monkeypatch.setattr(sealing, "_opens", and_another_seals)
    assert heading(proves(ben, code)) == "Another order was sealed meanwhile"
    assert bytes(HelperLink.objects.get().sealed) == b""
    assert kinds(me(), clock()).count("randomised") == 1


def test_who_missed_the_code_begins_again(ana: Client, row: TrialRow) -> None:
    ben = arrived(ana)
    draws(ben)
    assert ben.post("/helper/again/")["Location"] == "/helper/"
    assert heading(ben.get("/helper/")) == "What you do, and what you keep to yourself"


def test_nothing_is_drawn_once_the_screening_is_too_old(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    clock.now = at(WASHOUT - DAY, "09:00") + 28 * DAY
    ben = arrived(ana)
    clock.on(hours=23)
    assert heading(ben.get("/helper/")) == "The order cannot be drawn now"
    typed = {"passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE}
    assert ben.post("/helper/seal/", typed).status_code == 422
    assert bytes(HelperLink.objects.get().sealed) == b""


# The papers.


def test_the_papers_are_files_of_the_same_names_as_in_the_shell(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    sealed(row, clock())
    ben = arrived(ana)
    trial = trial_of(me(), clock())
    treatments = open_sealed(trial, key=Key("passphrase", PASSPHRASE)).treatments
    known = keeper_papers(trial=trial, treatments=treatments)
    assert list(known) == ["packing-list.pdf", "emergency-papers.pdf"]
    for name, document in known.items():
        response = asks_for(ben, name)
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.content == pdf_of(document, paper="a4", made=clock())
    for name in ("labels.pdf", "instructions.pdf"):
        response = ben.post("/helper/papers/", {"paper": "letter", "what": name})
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.content.startswith(b"%PDF-")


def test_the_list_asks_for_the_key_each_time_and_takes_the_code_too(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    ben = arrived(ana)
    code = draws(ben)
    proves(ben, code)
    assert asks_for(ben, "list").status_code == 200
    for key, status in (("", 422), ("not the right words", 422), (code, 200)):
        assert asks_for(ben, "list", key).status_code == status
        assert ("magnesium" in read(asks_for(ben, "list", key)).lower()) == (status == 200)


def test_an_opening_whose_order_is_not_there_yet_is_finished(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    """As of a trial that was opened here before and came again from an older file."""
    sealed(row, clock())
    over(row, clock)
    now, detail = clock(), {"night": str(clock().date())}
    change(row, lambda t: append_event(t, kind="unblinding", detail=detail, now=now), now=now)
    ben, events = arrived(ana), kinds(me(), clock())
    assert ben.post("/helper/open/", {"passphrase": PASSPHRASE})["Location"] == "/helper/"
    assert heading(ben.get("/helper/")) == "The order is open"
    names = set(FileRow.objects.filter(trial=row).values_list("name", flat=True))
    assert (names & {ALLOCATION, SEAL}, kinds(me(), clock())) == ({ALLOCATION, SEAL}, events)


def test_who_puts_a_trial_away_before_its_order_is_open_is_told_what_that_costs(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    sealed(row, clock())
    ben, told = arrived(ana), []
    for step in (lambda: None, lambda: over(row, clock), lambda: opens(ben)):
        step()
        told.append("nobody can open the order here" in read(ana.get("/data/new/")))
    assert told == [False, True, False]


def test_wrong_passphrases_are_limited_and_the_right_one_waits_too(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    sealed(row, clock())
    ben = arrived(ana)
    for _ in range(10):
        assert "It does not open this order." in read(asks_for(ben, "list", "wrong"))
    assert "That was wrong too often." in read(asks_for(ben, "list"))
    clock.on(minutes=11)
    assert asks_for(ben, "list").status_code == 200


def test_ben_leaves_in_anas_browser_and_she_stays_in_hers(ana: Client, row: TrialRow) -> None:
    ana.post(asked(ana))
    assert ana.cookies["ekbom_helper"]["path"] == "/helper/"
    ana.post("/helper/done/")
    assert ana.cookies["ekbom_helper"].value == ""
    assert ana.get("/helper/").status_code == 403
    assert ana.get("/trial/helper/").status_code == 200


def test_the_shell_opens_what_was_sealed_here(ana: Client, row: TrialRow, clock: Hands) -> None:
    ben = arrived(ana)
    code = draws(ben)
    proves(ben, code)
    trial = trial_of(me(), clock())
    by_code = open_sealed(trial, key=Key("recovery", code))
    assert by_code == open_sealed(trial, key=Key("passphrase", PASSPHRASE))
    assert last_of(trial.events, "randomised") is not None
    assert at(FIRST, "20:00") < clock() < at(FIRST + 42 * DAY, "20:00")


def test_every_page_of_the_helper_is_plain_and_has_one_heading(
    ana: Client, row: TrialRow, clock: Hands
) -> None:
    link, ben = asked(ana), Client()
    found = [ben.get(link), ben.get("/helper/")]
    ben.post(link)
    found.append(ben.get("/helper/"))
    typed = {"passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE}
    found.append(ben.post("/helper/seal/", typed))
    found += [ben.get("/helper/"), ana.get("/trial/helper/"), ana.post("/trial/helper/")]
    sealed(row, clock())
    ben = arrived(ana)
    found += [ben.get("/helper/"), asks_for(ben, "list"), ana.get("/trial/helper/")]
    over(row, clock, guessed=False)
    found.append(ben.get("/helper/"))
    over_now = Client()
    change(row, lambda t: add_event(t, kind="last guess", detail=GUESS, now=clock()), now=clock())
    over_now.post(asked(ana))
    found += [over_now.get("/helper/"), ana.get("/trial/helper/")]
    found.append(over_now.post("/helper/open/", {"passphrase": PASSPHRASE}))
    found += [over_now.get("/helper/"), over_now.post("/helper/done/")]
    pages = [Text(answer.content.decode()) for answer in found if answer.status_code != 302]
    assert [(page.headings, page.titles) for page in pages] == [(1, 1)] * len(pages)
    faults = [hard(str(n), reading_of(page.blocks)) for n, page in enumerate(pages)]
    assert [fault for fault in faults if fault] == [], "\n".join(filter(None, faults))
