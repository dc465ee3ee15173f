"""Each way of blinding: what Tonight asks for, and which page does it, from the draw to the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.guide.steps import Step
from ekbom.protocol.files import checked
from ekbom.protocol.model import Protocol
from ekbom.report.step_words import step_words
from ekbom.trial.additions import append_event
from ekbom.trial.folder import Trial
from ekbom.trial.sealed_draw import draw_sealed, keep_sealed
from ekbom.trial.slip_making import draw_codes
from ekbom.web.devices.known import me
from ekbom.web.nights.step_cards import card_of
from ekbom.web.store import change, change_files, current_row, load
from sealed_trials import TO_BEN, seeded
from trials import registered as folder_of
from web.conftest import Hands
from web.lives import DAY, OVER, PERIODS, WASHOUT, at, kinds, registered, short, tolerates
from web.test_course import event, read, rescreened, taken

WAYS = ("open", "helper", "alone", "clinic")
BLIND = ("helper", "alone", "clinic")
END = OVER - 8 * 7 * DAY
"""The night after the last one of the short protocol."""


def in_way(way: str) -> Protocol:
    return checked(replace(short(), blinding=way), file=way)


def here(now: datetime) -> Trial:
    return load(current_row(me()), now=now)


def undrawn(ana: Client, clock: Hands, way: str) -> None:
    """Let Ana's dose be fixed, on the morning after her last open one."""
    registered(me(), clock, protocol=in_way(way))
    clock.now = at(WASHOUT - DAY, "09:00")
    tolerates(me())
    rescreened(me(), clock())
    taken(ana.post("/trial/dose/", {"mg": "200"}))


def drawn(clock: Hands, *, seed: int = 1) -> None:
    """Let the helper seal the order, or the slips be made, as their own pages do it."""

    def step(trial: Trial):
        if trial.protocol.blinding == "alone":
            made = draw_codes(trial, now=clock(), source=seeded(seed))
        else:
            data = draw_sealed(trial, lock=TO_BEN, now=clock(), source=seeded(seed))
            made = keep_sealed(trial, now=clock(), data=data)
        return made.trial, made.kept

    change_files(current_row(me()), step, now=clock())
    clock.now = at(PERIODS - DAY, "10:00")


def with_packs(clock: Hands) -> None:
    """Let the packs be on record, and the first randomised evening come."""
    now = clock()
    change(
        current_row(me()),
        lambda t: append_event(t, kind="packs ready", detail={"spare_nights": 1}, now=now),
        now=now,
    )
    clock.now = at(PERIODS, "20:00")


def over(clock: Hands, *, guessed: bool) -> None:
    """Let the trial be over, whatever was answered; with or without the last guess."""
    clock.now = now = at(END, "13:00")
    detail = {"opinion": "helps", "sure": 6}
    if guessed:
        change(
            current_row(me()),
            lambda t: append_event(t, kind="last guess", detail=detail, now=now),
            now=now,
        )


def card(clock: Hands, step: str):
    return card_of(Step(id=step, when="now", night=PERIODS), trial=here(clock()))


@pytest.mark.parametrize(
    ("way", "button", "page"),
    [
        ("open", "Draw the order", "draw"),
        ("helper", "Ask your helper", "helper"),
        ("alone", "Make the packs", "alone"),
        ("clinic", "Draw the order", "draw"),
    ],
)
def test_tonight_leads_each_way_to_the_page_that_draws_its_order(
    ana: Client, clock: Hands, way: str, button: str, page: str
) -> None:
    undrawn(ana, clock, way)
    shown = card(clock, "randomise")
    assert (shown.button, shown.address) == (button, reverse(page))
    assert ana.get("/tonight/").content.decode().count(f'href="{reverse(page)}"') == 1
    assert read(ana.get("/tonight/")).count(shown.text) == 1


@pytest.mark.parametrize(
    ("way", "button", "page"),
    [
        ("open", "Make the packs", "packs"),
        ("helper", "I have the packs", "packs"),
        ("alone", "Make the packs", "alone"),
        ("clinic", "I have the packs", "packs"),
    ],
)
def test_tonight_leads_each_way_to_the_page_of_its_packs(
    ana: Client, clock: Hands, way: str, button: str, page: str
) -> None:
    registered(me(), clock, protocol=in_way(way))
    shown = card(clock, "packs")
    assert (shown.button, shown.address) == (button, reverse(page))


@pytest.mark.parametrize(
    ("way", "button", "address"),
    [
        ("open", "Open the order", "/trial/open/"),
        ("helper", "Ask your helper", "/trial/helper/"),
        ("alone", "Read the slips", "/trial/slips/"),
        ("clinic", "", ""),
    ],
)
def test_tonight_leads_each_way_to_the_page_that_opens_its_order(
    ana: Client, clock: Hands, way: str, button: str, address: str
) -> None:
    registered(me(), clock, protocol=in_way(way))
    shown = card(clock, "unblind")
    assert (shown.button, shown.address) == (button, address)


@pytest.mark.parametrize("way", ["helper", "alone"])
def test_the_page_of_the_draw_leads_on_where_the_order_is_not_drawn_on_it(
    ana: Client, clock: Hands, way: str
) -> None:
    undrawn(ana, clock, way)
    taken(ana.get("/trial/draw/"), f"/trial/{way}/")
    taken(ana.post("/trial/draw/"), f"/trial/{way}/")
    assert "randomised" not in kinds(me(), clock())


def test_the_helper_has_to_draw_before_there_are_packs(ana: Client, clock: Hands) -> None:
    undrawn(ana, clock, "helper")
    page = ana.get("/trial/packs/")
    assert read(page).count("Your helper has not drawn the order yet.") == 1
    assert page.content.decode().count('href="/trial/helper/"') == 1
    assert ana.post("/trial/packs/").status_code == 409


def test_the_packs_of_a_helper_are_counted_and_put_on_record_with_the_plans_spare(
    ana: Client, clock: Hands
) -> None:
    undrawn(ana, clock, "helper")
    drawn(clock)
    said = read(ana.get("/trial/packs/"))
    assert said.count("Your helper gives you 4 packs, with the numbers 1 to 4.") == 1
    assert said.count("Each pack has 19 capsules") == 1
    assert said.count("I have all 4 packs") == 1
    assert "To the list" not in said
    taken(ana.post("/trial/packs/"))
    assert event(me(), clock(), "packs ready") == {"spare_nights": 1}
    assert read(ana.get("/trial/packs/")).count("It is on record that the packs are ready.") == 1


def test_who_makes_the_packs_alone_is_led_to_the_steps(ana: Client, clock: Hands) -> None:
    undrawn(ana, clock, "alone")
    drawn(clock)
    taken(ana.get("/trial/packs/"), "/trial/alone/")
    taken(ana.post("/trial/packs/", {"spare_nights": "1"}), "/trial/alone/")
    assert "packs ready" not in kinds(me(), clock())


@pytest.mark.parametrize("way", BLIND)
@pytest.mark.parametrize("send", ["get", "post"])
def test_no_list_of_contents_is_shown_but_in_an_open_trial(
    ana: Client, clock: Hands, way: str, send: str
) -> None:
    undrawn(ana, clock, way)
    drawn(clock)
    page = getattr(ana, send)("/trial/packs/list/")
    assert read(page).count("In this trial the list is not shown here.") == 1
    assert (page.status_code, page.context.get("rows")) == (409 if send == "post" else 200, None)


@pytest.mark.parametrize(
    ("way", "to"), [("helper", "/trial/helper/"), ("alone", "/trial/slips/"), ("clinic", "")]
)
def test_the_order_is_opened_elsewhere_and_only_after_the_last_guess(
    ana: Client, clock: Hands, way: str, to: str
) -> None:
    undrawn(ana, clock, way)
    drawn(clock)
    with_packs(clock)
    over(clock, guessed=False)
    assert read(ana.get("/trial/open/")).count("First, say what you think it does.") == 1
    over(clock, guessed=True)
    for page in (ana.get("/trial/open/"), ana.post("/trial/open/")):
        if to:
            taken(page, to)
        else:
            assert read(page).count("The clinic opens the order.") == 1
    assert "unblinding" not in kinds(me(), clock())


@pytest.mark.parametrize("way", BLIND)
def test_a_period_is_guessed_in_every_way_and_only_an_open_trial_speaks_of_a_list(
    ana: Client, clock: Hands, way: str
) -> None:
    undrawn(ana, clock, way)
    drawn(clock)
    with_packs(clock)
    clock.now = at(PERIODS + 7 * DAY, "20:00")
    page = ana.get("/trial/guess/1/")
    assert [name for name, _ in page.context["form"].fields["treatment"].choices] == [
        *("magnesium", "placebo"),
        "don't know",
    ]
    assert "This trial is open" not in read(page)
    taken(ana.post("/trial/guess/1/", {"treatment": "placebo", "sure": "3"}))
    assert event(me(), clock(), "guess")["treatment"] == "placebo"


@pytest.mark.parametrize("way", WAYS)
def test_the_shell_names_the_command_of_each_way(tmp_path: Path, way: str) -> None:
    trial = folder_of(tmp_path / "t", in_way(way))
    found = {
        name: step_words(Step(id=name, when="now", night=PERIODS, period=1), trial=trial)
        for name in ("randomise", "packs", "guess", "last_guess", "unblind")
    }
    commands = {name: said.command.split()[1] for name, said in found.items()}
    assert commands == {
        "randomise": {"open": "randomise", "alone": "slips"}.get(way, "seal"),
        "packs": "packs" if way == "alone" else "log",
        "guess": "guess",
        "last_guess": "guess",
        "unblind": {"open": "log", "alone": "slips"}.get(way, "unblind"),
    }
