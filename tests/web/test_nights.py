"""Ana's nights: what Tonight says, what she writes down, and what is kept of it."""

from __future__ import annotations

import ast
import re
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.examples import example_folder
from ekbom.guide import steps
from ekbom.guide.tonight import tonight
from ekbom.trial.additions import add_event
from ekbom.trial.folder import open_trial
from ekbom.web.devices.known import COOKIE, me
from ekbom.web.models import DoseRow, EntryRow, EventRow, Person
from ekbom.web.nights.step_cards import _CARDS
from ekbom.web.store import begin_diary, bring_in, current_row, load
from web.conftest import Hands
from web.lives import DAY, FAST, FIRST, TITRATION, WASHOUT, ZONE, at, registered, tolerates
from web.nightly import CALM, answer, get, kinds, post, read, refused, stepped, take
from web.states import NOW, STAGES, browser_at
from web.way import register_ana


@pytest.fixture
def trial(ana: Client, clock: Hands) -> Client:
    """Ana on the morning after her first night."""
    registered(me(), clock)
    clock.now = at(FIRST, "08:00")
    return ana


@pytest.fixture
def titration(ana: Client, clock: Hands) -> Client:
    """Ana on the first evening with capsules."""
    registered(me(), clock)
    clock.now = at(TITRATION - DAY, "09:00")
    tolerates(me(), until=TITRATION)
    clock.now = at(TITRATION, "22:00")
    return ana


def entries(night: date) -> list[tuple[str, float | None]]:
    found = EntryRow.objects.filter(night=night).order_by("position")
    return [(e.item, e.value) for e in found]


# Tonight.


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


# The morning.


def test_nothing_is_preset(trial: Client) -> None:
    assert "checked" not in get(trial, "morning", night=FIRST).content.decode()


def test_what_is_answered_is_kept_and_what_is_left_stays_without_an_answer(trial: Client) -> None:
    response = post(
        trial,
        "morning",
        {"urge": "0", "minutes_to_sleep": "other", "minutes_to_sleep_other": "25"},
        night=FIRST,
    )
    assert response.headers["Location"] == reverse("tonight")
    assert entries(FIRST) == [("urge", 0), ("minutes_to_sleep", 25)]
    page = get(trial, "tonight")
    assert "Kept: 2 answers about the night of Sunday, 1 Mar." in read(page)
    assert page.context["main"] is None
    still = [f.name for f in get(trial, "morning", night=FIRST).context["form"].asked()]
    assert "urge" not in still
    assert "cramps" in still


def test_a_form_without_an_answer_is_refused(trial: Client) -> None:
    refused(post(trial, "morning", {}, night=FIRST), "Nothing is answered yet.")
    assert not EntryRow.objects.exists()


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"urge": "11"}, "urge"),
        ({"loose_stools": "other", "loose_stools_other": "2.5"}, "Use whole numbers from 0 to 30."),
        ({"minutes_awake": "other", "minutes_awake_other": "721"}, "720"),
        ({"minutes_awake": "many"}, "number"),
    ],
)
def test_what_is_off_its_scale_comes_back_as_it_was_typed(
    trial: Client, answers: dict, why: str
) -> None:
    page = post(trial, "morning", {"cramps": "3", **answers}, night=FIRST)
    refused(page, why)
    assert page.context["form"]["cramps"].value() == "3"
    assert not EntryRow.objects.exists()


def test_a_double_tap_does_nothing_twice(trial: Client) -> None:
    key = get(trial, "morning", night=FIRST).context["form"]["key"].value()
    for _ in range(2):
        response = post(trial, "morning", {"key": key, "urge": "4"}, night=FIRST)
        assert response.status_code == 302
    assert entries(FIRST) == [("urge", 4)]


def test_what_another_device_answered_is_not_overwritten(trial: Client) -> None:
    answer(trial, FIRST)
    page = post(trial, "morning", {"urge": "9", "cramps": "2"}, night=FIRST)
    refused(page, "This was answered already for the night of 2026-03-01.")
    assert page.context["form"]["urge"].value() == "9"
    assert f"{reverse('morning', kwargs={'night': FIRST})}?correct=1" in page.content.decode()
    assert len(entries(FIRST)) == len(CALM)


def test_a_correction_keeps_the_earlier_answer(trial: Client) -> None:
    answer(trial, FIRST)
    address = reverse("morning", kwargs={"night": FIRST}) + "?correct=1"
    page = trial.get(address)
    assert "checked" not in page.content.decode()
    assert "What stood there before stays on record." in read(page)
    assert trial.post(address, {"urge": "7"}).status_code == 302
    first, second = EntryRow.objects.filter(item="urge").order_by("position")
    assert (first.value, second.value, second.replaces) == (4, 7, first.entry)
    assert len(entries(FIRST)) == len(CALM) + 1


def test_an_answer_can_be_taken_back_and_stays_on_record(trial: Client) -> None:
    answer(trial, FIRST)
    assert post(trial, "withdraw", {"withdraw": ["urge"]}, night=FIRST).status_code == 302
    assert [e.value for e in EntryRow.objects.filter(item="urge").order_by("position")] == [4, None]
    assert get(trial, "tonight").context["main"].address == reverse(
        "morning", kwargs={"night": FIRST}
    )
    refused(post(trial, "withdraw", {"withdraw": ["urge"]}, night=FIRST), "could be taken back")


def test_a_report_can_be_skipped_with_one_tap_and_is_not_asked_for_again(trial: Client) -> None:
    page = get(trial, "morning", night=FIRST)
    data = {"key": page.context["skip"]["key"].value()}
    for _ in range(2):
        assert post(trial, "skip", data, night=FIRST, part="morning").status_code == 302
    assert kinds() == ["registered", "screening", "skipped"]
    page = get(trial, "tonight")
    assert page.context["main"] is None
    assert get(trial, "nights").context["mornings"] == ()
    answer(trial, FIRST)
    assert len(entries(FIRST)) == len(CALM)


def test_only_a_morning_and_an_evening_can_be_skipped(trial: Client) -> None:
    assert post(trial, "skip", night=FIRST, part="noon").status_code == 404
    assert trial.get(reverse("skip", kwargs={"night": FIRST, "part": "morning"})).status_code == 302
    assert kinds() == ["registered", "screening"]


def test_what_comes_after_its_night_is_kept_and_marked_late(trial: Client, clock: Hands) -> None:
    clock.now = at(FIRST + 2 * DAY, "08:00")
    assert list(get(trial, "nights").context["mornings"]) == [
        FIRST + 2 * DAY,
        FIRST + DAY,
        FIRST,
    ]
    assert "kept and marked late" in read(get(trial, "morning", night=FIRST))
    answer(trial, FIRST)
    assert set(EntryRow.objects.values_list("late", flat=True)) == {True}
    answer(trial, FIRST + 2 * DAY)
    assert set(EntryRow.objects.filter(night=FIRST + 2 * DAY).values_list("late", flat=True)) == {
        False
    }
    assert {line.state for line in get(trial, "night", night=FIRST).context["lines"]} == {
        "answered late",
        "not answered",
    }


def test_the_page_of_a_night_says_what_was_answered_and_never_what(trial: Client) -> None:
    answer(trial, FIRST, urge=9, minutes_to_sleep=417)
    page = read(get(trial, "night", night=FIRST))
    assert "Strongest urge to move answered" in page
    assert "417" not in page
    assert "kept from view until your last guess" in page
    for name in ("tonight", "nights"):
        assert "417" not in read(get(trial, name))
    assert "417" not in read(trial.get(reverse("morning", kwargs={"night": FIRST}) + "?correct=1"))


@pytest.mark.parametrize("name", ["night", "morning", "evening", "dose_correct"])
@pytest.mark.parametrize(
    ("night", "why"),
    [
        (FIRST + 10 * DAY, "has not begun yet"),
        (FIRST - DAY, "lies before the first"),
    ],
)
def test_a_night_that_is_none_says_so(trial: Client, name: str, night: date, why: str) -> None:
    for page in (get(trial, name, night=night), post(trial, name, night=night)):
        assert page.status_code in (404, 405)
    assert why in read(get(trial, name, night=night))


def test_once_a_period_the_whole_period_is_asked_about(ana: Client, clock: Hands) -> None:
    from ekbom.protocol.files import built_in

    registered(me(), clock, protocol=built_in("magnesium-rls"))
    clock.now = at(FIRST, "08:00")
    names = [f.name for f in get(ana, "morning", night=FIRST).context["form"].asked()]
    assert "irls_total" not in names


# The evening.


def test_capsules_as_planned_take_two_taps(titration: Client, clock: Hands) -> None:
    page = get(titration, "evening", night=TITRATION)
    assert [value for value, _ in page.context["form"].fields["taken"].choices] == [
        "all",
        "fewer",
        "none",
    ]
    take(titration, TITRATION, "all", capsules="1")
    dose = DoseRow.objects.get()
    assert (dose.night, dose.capsules, dose.mg, dose.instant) == (TITRATION, 1, 100, clock())
    clock.now = at(TITRATION + DAY, "22:00")
    page = get(titration, "evening", night=TITRATION + DAY)
    assert "1, as planned" in read(page)
    take(titration, TITRATION + DAY)
    assert [(d.capsules, d.mg) for d in DoseRow.objects.order_by("position")] == [
        (1, 100),
        (1, 100),
    ]


def test_all_of_an_unknown_number_needs_the_number(titration: Client) -> None:
    refused(post(titration, "evening", {"taken": "all"}, night=TITRATION), "how many capsules")
    assert not DoseRow.objects.exists()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"taken": "fewer", "capsules": "1"}, (1, 100)),
        ({"taken": "none"}, (0, 0)),
        ({"taken": "all", "at": "21:30"}, (2, 200)),
    ],
)
def test_capsules_of_the_second_step(
    titration: Client, clock: Hands, data: dict, expected: tuple
) -> None:
    night = FIRST + 21 * DAY
    tolerates_on(night)
    clock.now = at(night, "22:00")
    take(titration, night, **data)
    dose = DoseRow.objects.order_by("position").last()
    assert (dose.night, dose.capsules, dose.mg) == (night, *expected)
    if data.get("at"):
        assert dose.instant == at(night, "21:30")


def tolerates_on(until: date) -> None:
    """Let Ana have taken one capsule every evening of the first step, and answered."""
    from ekbom.trial.additions import add_answers, add_dose

    now = at(until - DAY, "09:00")

    def nights(t):
        for number in range((until - TITRATION).days):
            night = TITRATION + number * DAY
            t = add_dose(t, night=night, instant=at(night, "21:30"), capsules=1, mg=100, now=now)
            t = add_answers(t, night=night, answers=CALM, now=now, instant=at(night, "07:30"))
        return t

    stepped(nights, now)


def test_two_doses_within_sixteen_hours_are_refused_with_the_next_time(
    titration: Client, clock: Hands
) -> None:
    clock.now = at(TITRATION, "23:30")
    take(titration, TITRATION, "all", capsules="1", at="23:00")
    clock.now = at(TITRATION + DAY, "12:30")
    page = post(titration, "evening", {"taken": "all"}, night=TITRATION + DAY)
    refused(page, "The next possible time is 2026-03-16 15:00.")
    assert "16 hours must lie between two doses" in read(page)
    assert DoseRow.objects.count() == 1


def test_a_second_dose_in_a_night_is_refused(titration: Client) -> None:
    take(titration, TITRATION, "all", capsules="1")
    refused(post(titration, "evening", {"taken": "all"}, night=TITRATION), "Take only one a night.")
    assert "What you took is written down." in read(get(titration, "evening", night=TITRATION))


def test_a_time_that_has_not_come_is_refused(titration: Client) -> None:
    data = {"taken": "all", "capsules": "1", "at": "23:59"}
    refused(post(titration, "evening", data, night=TITRATION), "That time has not come yet.")


def test_a_dose_that_was_forgotten_is_written_down_without_a_time(
    titration: Client, clock: Hands
) -> None:
    clock.now = at(TITRATION + DAY, "20:00")
    assert get(titration, "nights").context["doses"] == (TITRATION,)
    take(titration, TITRATION, "all", capsules="1")
    assert DoseRow.objects.get().instant is None
    assert get(titration, "nights").context["doses"] == ()


def test_what_came_of_a_night_does_not_change_what_it_had(titration: Client, clock: Hands) -> None:
    for number in (0, 1):
        clock.now = at(TITRATION + number * DAY, "08:00")
        answer(titration, TITRATION + number * DAY, loose_stools=4)
    page = get(titration, "evening", night=TITRATION + DAY)
    assert not page.context["capsules"].stopped
    take(titration, TITRATION + DAY, "all", capsules="1")
    assert [(d.capsules, d.mg) for d in DoseRow.objects.all()] == [(1, 100)]
    assert get(titration, "evening", night=TITRATION).context["capsules"].mg == 100


def test_the_product_says_how_many_capsules_a_step_is(ana: Client, clock: Hands) -> None:
    register_ana(ana, clock)
    clock.now = at(TITRATION, "22:00")
    assert "1 capsule (100 mg elemental)" in read(get(ana, "tonight"))
    assert "1, as planned" in read(get(ana, "evening", night=TITRATION))
    take(ana, TITRATION)
    assert [(d.capsules, d.mg) for d in DoseRow.objects.all()] == [(1, 100)]


def test_a_skipped_evening_is_not_missing(titration: Client, clock: Hands) -> None:
    clock.now = at(TITRATION + DAY, "20:00")
    assert post(titration, "skip", night=TITRATION, part="evening").status_code == 302
    assert get(titration, "nights").context["doses"] == ()


def test_a_dose_is_corrected_and_what_stood_there_stays_on_record(titration: Client) -> None:
    take(titration, TITRATION, "all", capsules="1")
    refused(post(titration, "dose_correct", {}, night=TITRATION), "Nothing is changed yet.")
    assert post(titration, "dose_correct", {"capsules": "0"}, night=TITRATION).status_code == 302
    assert [(d.capsules, d.mg) for d in DoseRow.objects.all()] == [(0, 0)]
    assert EventRow.objects.order_by("number").last().kind == "dose corrected"
    page = post(titration, "dose_correct", {"capsules": "0"}, night=TITRATION)
    refused(page, "This is what is written down already.")


def test_an_evening_without_capsules_asks_nothing(trial: Client, clock: Hands) -> None:
    clock.now = at(FIRST + DAY, "21:00")
    assert "Nothing is asked this evening." in read(get(trial, "evening", night=FIRST + DAY))


def test_complaints_since_the_morning_count_for_the_last_capsules_and_only_when_worse(
    titration: Client, clock: Hands
) -> None:
    take(titration, TITRATION, "all", capsules="1")
    clock.now = at(TITRATION, "08:00")
    answer(titration, TITRATION, loose_stools=1, nausea=3)
    clock.now = at(TITRATION + DAY, "21:00")
    assert get(titration, "evening", night=TITRATION + DAY).context["last"] == TITRATION
    assert (
        post(titration, "since", {"loose_stools": "4", "nausea": "0"}, night=TITRATION).status_code
        == 302
    )
    trial = load(current_row(me()), now=clock())
    answers = next(n.answers for n in trial.diary.nights if n.date == TITRATION)
    assert (answers["loose_stools"], answers["nausea"]) == (4, 3)
    assert EntryRow.objects.filter(night=TITRATION, item="loose_stools").count() == 2


# Time.


def test_the_spring_clock_change(ana: Client, clock: Hands) -> None:
    """In Berlin 2026-03-29 02:00 became 03:00: 02:30 never was."""
    night = date(2026, 3, 28)
    registered(me(), clock)
    tolerates(me(), until=night)
    clock.now = at(night, "08:00")
    page = post(ana, "evening", {"taken": "all", "at": "02:30"}, night=night)
    refused(page, "Your clock never showed that time in this night.")
    take(ana, night, "all", at="03:30")
    dose = DoseRow.objects.order_by("position").last()
    assert dose.instant.isoformat() == "2026-03-29T01:30:00+00:00"


def test_the_autumn_clock_change_and_its_week(ana: Client, clock: Hands) -> None:
    """In Berlin 2026-10-25 03:00 became 02:00: of two 02:30 the later one is taken."""
    first = date(2026, 10, 10)
    clock.set("2026-10-10T20:00+02:00")
    begin_diary(me(), protocol=FAST, start=first, zone=ZONE, now=clock())
    for number in range(20):
        night = first + number * DAY
        clock.now = at(night, "08:00")
        answer(ana, night)
    assert EntryRow.objects.filter(item="urge").count() == 20
    assert not EntryRow.objects.filter(late=True).exists()


def test_a_date_that_the_clock_skips_is_no_night(trial: Client, clock: Hands) -> None:
    """Ana flies from Honolulu over the date line to Kiritimati: her clock skips 2026-03-05."""
    for zone, when in (
        ("Pacific/Honolulu", "2026-03-03T10:00Z"),
        ("Pacific/Kiritimati", "2026-03-05T10:30Z"),
    ):
        now = clock.set(when)
        stepped(
            lambda t, z=zone, n=now: add_event(t, kind="zone changed", detail={"zone": z}, now=n),
            now,
        )
    clock.set("2026-03-07T08:00+14:00")
    skipped = date(2026, 3, 5)
    assert "your clock skipped that date" in read(get(trial, "morning", night=skipped)).lower()
    assert skipped not in get(trial, "nights").context["mornings"]
    assert skipped not in [night for night, _ in get(trial, "nights").context["nights"]]


def test_a_date_that_the_clock_shows_twice_is_one_night(titration: Client, clock: Hands) -> None:
    """Ana flies east from Kiritimati to Honolulu: 2026-03-15 comes twice, with one dose."""
    now = clock.set("2026-03-15T08:00+14:00")
    stepped(
        lambda t: add_event(t, kind="zone changed", detail={"zone": "Pacific/Kiritimati"}, now=now),
        now,
    )
    clock.set("2026-03-15T20:00+14:00")
    take(titration, TITRATION, "all", capsules="1")
    now = clock.set("2026-03-15T22:00+14:00")
    stepped(
        lambda t: add_event(t, kind="zone changed", detail={"zone": "Pacific/Honolulu"}, now=now),
        now,
    )
    clock.set("2026-03-15T20:30-10:00")
    assert load(current_row(me()), now=clock()).clock.night_of(clock()) == TITRATION
    page = post(titration, "evening", {"taken": "all"}, night=TITRATION)
    refused(page, "A dose is written down already for the night of 2026-03-15.")
    assert DoseRow.objects.count() == 1


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


# A diary without a trial.


def test_a_diary_without_a_trial(ana: Client, clock: Hands) -> None:
    begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())
    assert "Your diary begins tonight." in read(get(ana, "tonight"))
    clock.now = at(FIRST + DAY, "08:00")
    page = get(ana, "tonight")
    assert page.context["main"].address == reverse("morning", kwargs={"night": FIRST + DAY})
    assert page.context["mornings"] == (FIRST,)
    assert reverse("begin_safety") in page.content.decode()
    answer(ana, FIRST + DAY)
    answer(ana, FIRST)
    assert get(ana, "nights").context["mornings"] == ()
    assert "Nothing is asked this evening." in read(get(ana, "evening", night=FIRST))
    for name in ("changed", "complaint"):
        assert get(ana, name).headers["Location"] == reverse("tonight")
    assert post(ana, "skip", night=FIRST, part="morning").status_code == 302
    assert not EventRow.objects.exists()


@pytest.mark.parametrize("stage", STAGES)
def test_every_page_stands_at_every_stage(db: None, clock: Hands, stage: str) -> None:
    clock.now = NOW
    client = Client()
    client.cookies[COOKIE] = browser_at(stage)
    for number in (0, 1, 3):
        night = NOW.date() - number * DAY
        for name in ("night", "morning", "evening", "dose_correct"):
            assert get(client, name, night=night).status_code in (200, 302, 404), (name, night)
    for name in ("tonight", "nights", "changed", "complaint", "agreed", "signs"):
        assert get(client, name).status_code in (200, 302), name
    for said in ("worse", "end"):
        assert get(client, "word", said=said).status_code in (200, 302)


def test_a_trial_that_was_run_elsewhere_can_be_looked_at(ana: Client, clock: Hands) -> None:
    folder = example_folder("gwern-magnesium-citrate")
    bring_in(me(), trial=open_trial(folder, now=clock()), now=clock())
    assert "run elsewhere" in read(get(ana, "tonight"))
    night = date(2013, 9, 25)
    for name in ("night", "morning", "evening"):
        assert get(ana, name, night=night).status_code == 200
    page = post(ana, "morning", {"mood": "3", "MP": "3"}, night=night)
    assert page.status_code == 422
    assert get(ana, "nights").status_code == 200


def test_a_night_is_reported_on_after_midnight_and_not_before_it(
    titration: Client, clock: Hands
) -> None:
    clock.now = at(TITRATION, "23:59")
    post(titration, "morning", CALM, night=TITRATION)
    said = read(get(titration, "tonight"))
    assert "The questions about this night come after midnight." in said
    assert not entries(TITRATION)
    assert "Answer what is open" not in read(get(titration, "night", night=TITRATION))
    clock.now = at(TITRATION, "00:01")
    post(titration, "morning", CALM, night=TITRATION)
    assert entries(TITRATION)


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
