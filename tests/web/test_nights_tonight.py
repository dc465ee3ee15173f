"""Tonight: the one thing to do, what comes later, and what is missing."""

from __future__ import annotations

import ast
import re
from datetime import time, timedelta
from pathlib import Path

from django.test import Client
from django.urls import reverse

from ekbom.guide import steps
from ekbom.guide.tonight import tonight
from ekbom.web.devices.known import me
from ekbom.web.models import Person
from ekbom.web.nights.step_cards import _CARDS
from ekbom.web.store import begin_diary, current_row, load
from web.conftest import Hands
from web.lives import DAY, FAST, FIRST, TITRATION, WASHOUT, ZONE, at, registered, tolerates
from web.nightly import CALM, answer, get, post, read, take


def step_ids() -> set[str]:
    """Return every id that guide/steps.py can give a step."""
    tree = ast.parse(Path(steps.__file__).read_text())
    named = {n.id for n in ids_in(tree) if isinstance(n, ast.Name)}
    assigned = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(t.id in named for t in node.targets if isinstance(t, ast.Name))
    ]
    values = [*ids_in(tree), *assigned]
    return {
        c.value
        for v in values
        for c in ast.walk(v)
        if isinstance(c, ast.Constant) and c.value and isinstance(c.value, str)
    }


def ids_in(tree: ast.Module) -> list[ast.expr]:
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    return [k.value for c in calls if c.func.id == "Step" for k in c.keywords if k.arg == "id"]


def test_every_step_of_the_guide_has_a_card() -> None:
    assert step_ids() == set(_CARDS)


def test_the_one_thing_to_do_in_the_morning_is_the_report_on_last_night(trial: Client) -> None:
    page = get(trial, "tonight")
    assert page.context["main"].address == reverse("morning", kwargs={"night": FIRST})
    assert page.context["place"] == "Tonight, Monday, 2 Mar: night 2 of 14 of the baseline."
    assert page.context["mornings"] == ()


def test_change_and_warning_signs_are_one_tap_away_at_any_time(trial: Client) -> None:
    links = re.findall(r'href="([^"]+)"', get(trial, "tonight").content.decode())
    assert {reverse("changed"), reverse("signs"), reverse("complaint")} <= set(links)


def test_in_the_evening_the_capsules_come_before_a_report_that_is_late(titration: Client) -> None:
    page = get(titration, "tonight")
    assert page.context["main"].address == reverse("evening", kwargs={"night": TITRATION})
    assert "1 capsule" not in read(page)
    assert "100 mg elemental" in read(page)


def test_tonight_warns_of_a_missing_backup_from_the_eighth_night_on(titration: Client) -> None:
    assert "There is no backup of your diary yet." in read(get(titration, "tonight"))


# What is done only in part.


def test_a_report_with_some_answers_is_said_to_be_partly_answered(
    trial: Client, clock: Hands
) -> None:
    post(trial, "morning", {"urge": "4", "cramps": "2", "nausea": "0"}, night=FIRST)
    page = read(get(trial, "tonight"))
    assert "Last night, Sunday, 1 Mar: 3 of 11 answered. That is fine. Add more" in page
    (card,) = get(trial, "tonight").context["groups"][-1].cards
    assert card.address == reverse("morning", kwargs={"night": FIRST})
    assert "Still missing" not in page
    nights = get(trial, "nights")
    assert nights.context["partly"] == [(FIRST, "3 of 11 answered")]
    assert "Nothing is missing." not in read(nights)
    clock.now = at(FIRST + DAY, "20:00")
    assert "1 of 1 (1 in part)" in read(get(trial, "progress"))
    rest = [f.name for f in get(trial, "morning", night=FIRST).context["form"].asked()]
    post(trial, "morning", {**dict.fromkeys(rest, "0"), "key": "k1"}, night=FIRST)
    assert get(trial, "nights").context["partly"] == []
    assert "in part" not in read(get(trial, "progress"))


def test_a_skipped_report_is_said_to_be_skipped_and_can_be_answered_after_all(
    trial: Client, clock: Hands
) -> None:
    post(trial, "skip", night=FIRST, part="morning")
    page = read(get(trial, "tonight"))
    assert "You skipped the report on last night, Sunday, 1 Mar. That is fine." in page
    assert "You answered" not in page
    nights = get(trial, "nights")
    assert (nights.context["skipped"], nights.context["mornings"]) == ([FIRST], ())
    assert dict(nights.context["nights"])[FIRST] == "skipped"
    assert "Nothing is missing." not in read(nights)
    post(trial, "morning", {"urge": "4"}, night=FIRST)
    assert "1 of 11 answered" in read(get(trial, "tonight"))
    assert get(trial, "nights").context["skipped"] == []


def test_in_a_diary_too_some_answers_are_not_all(ana: Client, clock: Hands) -> None:
    begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())
    clock.now = at(FIRST, "08:00")
    answer(ana, FIRST)
    assert "5 of 11 answered. That is fine." in read(get(ana, "tonight"))
    assert get(ana, "nights").context["partly"] == [(FIRST, "5 of 11 answered")]


# The advice about the next capsules has its own night.


def test_advice_after_tonights_dose_is_about_the_next_night(
    titration: Client, clock: Hands
) -> None:
    for number in (0, 1):
        clock.now = at(TITRATION + number * DAY, "22:00")
        take(titration, TITRATION + number * DAY, "all", capsules="1")
        if number == 0:
            clock.now = at(TITRATION, "08:00")
            answer(titration, TITRATION, loose_stools=4)
    clock.now = at(TITRATION + DAY, "00:30")
    post(titration, "morning", {**CALM, "loose_stools": "4"}, night=TITRATION + DAY)
    found = tonight(trial=load(current_row(me()), now=clock()), now=clock())
    assert found.night == TITRATION + DAY
    assert found.advice.night == TITRATION + 2 * DAY
    assert found.step("advice").night == found.advice.night
    assert found.step("dose").when == "done"
    page = read(get(titration, "tonight"))
    assert "Kept: 5 answers about the night of Monday, 16 Mar." in page
    assert "For the night of Tuesday, 17 Mar: Hold: take no capsules tonight." in page


def test_advice_about_the_next_night_does_not_change_tonights_capsules(
    ana: Client, clock: Hands
) -> None:
    """At half past midnight, with the report sent and the dose not: the next night has none."""
    last = WASHOUT - DAY
    registered(me(), clock)
    clock.now = at(last, "00:30")
    tolerates(me(), until=last)
    answer(ana, last)
    found = tonight(trial=load(current_row(me()), now=clock()), now=clock())
    assert (found.night, found.advice.night) == (last, WASHOUT)
    assert (found.advice.capsules, found.step("dose").capsules, found.step("dose").mg) == (
        0,
        None,
        200,
    )


def test_tonight_says_when_the_capsules_are_planned(titration: Client, clock: Hands) -> None:
    assert "Your capsules are planned" not in read(get(titration, "tonight"))
    Person.objects.update(dose_at=time(23))
    assert "Your capsules are planned for 23:00." in read(get(titration, "tonight"))


def test_a_night_takes_less_than_a_minute(titration: Client, clock: Hands) -> None:
    """Evening: the button, all, save; morning: the button, a tap a question, save; 3 s a tap."""
    page = get(titration, "tonight")
    assert page.context["main"].address == reverse("evening", kwargs={"night": TITRATION})
    evening = 1 + 1 + 1
    clock.now = at(TITRATION, "08:00")
    form = get(titration, "morning", night=TITRATION).context["form"]
    morning = 1 + len(list(form.asked())) + 1
    assert (evening, morning) == (3, 13)
    assert timedelta(seconds=3 * (evening + morning)) < timedelta(minutes=1)
