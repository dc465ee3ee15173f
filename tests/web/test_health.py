"""Complaints, warning signs and changes: what Ana reads first, and what is put on record."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.guide.situation import situation_of
from ekbom.guide.tonight import tonight
from ekbom.safety.questions import questions
from ekbom.safety.rescreening import changes
from ekbom.safety.tolerability_rules import signs
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.web.begin.said import agreements_of, answers_of
from ekbom.web.devices.known import COOKIE, me
from ekbom.web.health.change_questions import asked_by
from ekbom.web.models import EventRow
from ekbom.web.store import begin_diary, current_row, load
from web.conftest import Hands
from web.lives import DAY, FAST, FIRST, TITRATION, ZONE, at, registered, tolerates
from web.nightly import answer, get, kinds, post, read, refused, rows, take


@pytest.fixture
def titration(ana: Client, clock: Hands) -> Client:
    """Ana on the evening of the first night of the second step."""
    registered(me(), clock)
    clock.now = at(FIRST + 20 * DAY, "09:00")
    tolerates(me(), until=FIRST + 21 * DAY)
    clock.now = at(FIRST + 21 * DAY, "22:00")
    return ana


SECOND = FIRST + 21 * DAY
"""The first night of the second step."""


def trial(clock: Hands) -> Trial:
    return load(current_row(me()), now=clock())


def detail(clock: Hands, kind: str) -> dict:
    return dict(last_of(trial(clock).events, kind).detail)


def action(clock: Hands) -> str:
    return tonight(trial=trial(clock), now=clock()).advice.action


# Diarrhoea that holds, steps down and goes on.


def test_diarrhoea_holds_the_capsules_steps_down_and_goes_on(
    titration: Client, clock: Hands
) -> None:
    for number in (0, 1):
        clock.now = at(SECOND + number * DAY, "22:00")
        take(titration, SECOND + number * DAY)
        clock.now = at(SECOND + number * DAY, "08:00")
        answer(titration, SECOND + number * DAY, loose_stools=4)
    page = get(titration, "tonight")
    said = read(page)
    assert "Hold: take no capsules tonight." in said
    assert "Your registered plan says: stop the capsules after two days in a row" in said
    assert "Rule: loose_stools. Our own choice." in said
    assert said.index("Hold:") < said.index("Tonight, Tuesday")
    held = SECOND + 2 * DAY
    assert post(titration, "advice_record").status_code == 302
    assert detail(clock, "hold") == {"note": "loose_stools"}
    assert get(titration, "tonight").context["record"] is None
    clock.now = at(held, "22:00")
    page = get(titration, "evening", night=held)
    assert [v for v, _ in page.context["form"].fields["taken"].choices] == ["none", "fewer"]
    take(titration, held, "none")
    clock.now = at(held, "08:00")
    answer(titration, held)
    clock.now = at(held + DAY, "22:00")
    assert "Step down: take fewer capsules from now on." in read(get(titration, "tonight"))
    assert post(titration, "advice_record").status_code == 302
    assert detail(clock, "step down")["capsules"] == 1
    assert "1, as planned" in read(get(titration, "evening", night=held + DAY))
    assert action(clock) == "go on"
    assert get(titration, "tonight").context["advice"] is None
    take(titration, held + DAY)


def test_what_is_on_record_is_not_written_twice(titration: Client, clock: Hands) -> None:
    for number in (0, 1):
        clock.now = at(SECOND + number * DAY, "08:00")
        answer(titration, SECOND + number * DAY, loose_stools=4)
    for _ in range(3):
        assert post(titration, "advice_record").status_code == 302
    assert kinds().count("hold") == 1


# Warning signs.


def test_the_warning_signs_need_neither_login_nor_database(client: Client) -> None:
    page = client.get(reverse("signs"))
    said = read(page)
    assert page.status_code == 200
    for sign in signs().values():
        assert sign.wording in said
    assert "EMERGENCY. Stop the capsules. Call your local emergency number now." in said
    assert "SAME DAY. Stop the capsules. Call a clinician today." in said


def test_a_stranger_with_a_warning_sign_is_answered_and_nothing_is_written(
    db: None, clock: Hands
) -> None:
    stranger, before = Client(enforce_csrf_checks=True), rows()
    page = stranger.post(reverse("signs_report"), {"sign": ["chest_pain"]})
    assert page.status_code == 200
    said = read(page)
    assert said.startswith("EMERGENCY. Stop the capsules. Call your local emergency number now.")
    assert "You reported: chest pain." in said
    assert "could not be written down here" in said
    assert rows() == before


def test_a_red_flag_stops_the_capsules_and_is_put_on_record(
    titration: Client, clock: Hands
) -> None:
    page = post(titration, "signs_report", {"sign": ["fainting", "rectal_bleeding"]})
    said = read(page)
    assert said.startswith("EMERGENCY.")
    assert "By your plan that is up to 200 mg elemental magnesium a day." in said
    assert kinds()[-2:] == ["emergency", "side effect"]
    page = get(titration, "tonight")
    assert "Take no capsules. Call a clinician first." in read(page)
    assert "ekbom log" not in read(page)
    assert get(titration, "evening", night=SECOND).context["capsules"].stopped
    refused(post(titration, "agreed", {"name": "?"}), "Write the name of a person")
    assert post(titration, "agreed", {"name": "Dr. Chen"}).status_code == 302
    assert detail(clock, "restart") == {"agreed_by": "Dr. Chen"}
    assert action(clock) == "step down"


def test_a_form_from_a_page_that_was_kept_is_answered_without_a_record(
    titration: Client, clock: Hands
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = titration.cookies
    before = rows()
    page = strict.post(
        reverse("signs_report"), {"sign": ["chest_pain"], "csrfmiddlewaretoken": "old"}
    )
    assert (page.status_code, read(page)[:10]) == (200, "EMERGENCY.")
    assert "could not be written down here" in read(page)
    assert rows() == before
    token = strict.get(reverse("signs")).context
    assert token is None or "csrf_token" in token
    sent = strict.cookies["ekbom_csrf"].value
    page = strict.post(
        reverse("signs_report"), {"sign": ["chest_pain"], "csrfmiddlewaretoken": sent}
    )
    assert "written down in your trial" in read(page)


def test_a_trial_that_cannot_be_read_does_not_keep_the_instruction_back(
    titration: Client, clock: Hands
) -> None:
    EventRow.objects.filter(number=1).update(hash="0" * 64)
    from ekbom.web.store import remembered

    remembered.forget()
    page = post(titration, "signs_report", {"sign": ["trouble_breathing"]})
    assert (page.status_code, read(page)[:10]) == (200, "EMERGENCY.")
    assert "could not be written down here" in read(page)


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_broken_database_does_not_keep_the_instruction_back(
    client: Client, signed_in: bool
) -> None:
    """Without the fixture `db` every question to the database fails."""
    client.raise_request_exception = False
    if signed_in:
        client.cookies[COOKIE] = "a device that nobody can look up"
    page = client.get(reverse("signs"))
    assert (page.status_code, "trouble breathing" in read(page)) == (200, True)
    page = client.post(reverse("signs_report"), {"sign": ["trouble_breathing"]})
    assert (page.status_code, read(page)[:10]) == (200, "EMERGENCY.")
    assert "could not be written down here" in read(page)
    if signed_in:
        assert client.get(reverse("tonight")).status_code == 500


def test_in_a_diary_without_a_trial_the_instruction_comes_without_a_record(
    ana: Client, clock: Hands
) -> None:
    begin_diary(me(), protocol=FAST, start=FIRST, zone=ZONE, now=clock())
    page = post(ana, "signs_report", {"sign": ["kidney_news"]})
    assert read(page).startswith("SAME DAY.")
    assert not EventRow.objects.exists()


@pytest.mark.parametrize("data", [{}, {"sign": ["<script>"]}])
def test_nothing_ticked_still_says_whom_to_call(titration: Client, data: dict) -> None:
    refused(post(titration, "signs_report", data), "call your emergency number now")
    assert "emergency" not in kinds()


def test_the_signs_never_depend_on_the_allocation(titration: Client) -> None:
    page = post(titration, "signs_report", {"sign": ["chest_pain"]})
    for word in ("placebo", "allocat"):
        assert word not in read(page).lower()


# Complaints in one's own words.


def test_a_complaint_is_written_down_and_says_whom_to_ask(titration: Client, clock: Hands) -> None:
    refused(post(titration, "complaint", {"kind": "side effect"}), "required")
    data = {"kind": "side effect", "note": "my skin itches"}
    assert post(titration, "complaint", data).status_code == 302
    assert detail(clock, "side effect") == {"note": "my skin itches"}
    assert "ask a doctor or a pharmacist" in read(get(titration, "tonight"))


def test_an_emergency_in_own_words_stops_the_capsules(titration: Client, clock: Hands) -> None:
    post(titration, "complaint", {"kind": "emergency", "note": "an ambulance came"})
    assert action(clock) == "clinician"


def test_a_word_is_enough_and_nothing_is_recorded_before_a_tap(
    titration: Client, clock: Hands
) -> None:
    before = kinds()
    page = get(titration, "word", said="worse")
    assert "You may end the trial. Please contact a clinician." in read(page)
    assert "Contact a doctor or a pharmacist" in read(page)
    assert kinds() == before
    assert post(titration, "advice_record", {"word": "worse"}).status_code == 302
    assert kinds() == [*before, "note"]


def test_who_wants_to_stop_is_asked_why_on_the_one_page_that_ends_a_trial(
    titration: Client, clock: Hands
) -> None:
    before = kinds()
    assert reverse("stop") in get(titration, "complaint").content.decode()
    for sent in (
        get(titration, "word", said="end"),
        post(titration, "advice_record", {"word": "end"}),
    ):
        assert (sent.status_code, sent.headers["Location"]) == (302, reverse("stop"))
    assert kinds() == before
    told = {"last": FIRST + 20 * DAY, "sure": "on"}
    refused(post(titration, "stop", told), "Why do you want to stop?")
    assert post(titration, "stop", {**told, "reason": "lack of benefit"}).status_code == 302
    assert kinds() == [*before, "ended"]
    assert detail(clock, "ended")["reason"] == "lack of benefit"


def test_without_a_word_only_the_diary_speaks(titration: Client) -> None:
    before = kinds()
    assert post(titration, "advice_record").status_code == 302
    assert kinds() == before


def test_there_is_no_third_word(titration: Client) -> None:
    assert get(titration, "word", said="better").status_code == 404


# Something changed.


def test_every_kind_of_change_has_its_questions() -> None:
    asked = {kind: [q.id for q in asked_by(kind)] for kind in changes()}
    assert set().union(*map(set, asked.values())) <= set(questions())
    for kind, found in changes().items():
        assert set(found.tells) & set(questions()) <= {
            *asked[kind],
            "kidney_failure",
            "kidney_disease",
        }


def test_every_kind_of_change_is_offered(titration: Client) -> None:
    page = get(titration, "changed").content.decode()
    for kind in changes():
        assert f"?kind={kind}" in page


def tell(client: Client, kind: str, **data: object):
    return client.post(f"{reverse('changed')}?kind={kind}", data)


def tap(client: Client, page, number: int = 0):
    form = page.context["taps"][number].form
    data = {f.name: f.value() if f.value() is not None else "" for f in form}
    return post(client, "changed_record", data)


def test_a_new_medicine_waits_for_a_clinician_and_costs_no_dose(
    titration: Client, clock: Hands
) -> None:
    before = kinds()
    page = tell(titration, "medicine")
    said = read(page)
    assert "Clinician first: no capsules until a clinician has agreed." in said
    assert "It is written down in your trial: no capsules for now." in said
    assert "ekbom medicines" not in said
    assert page.context["taps"] == ()
    assert kinds() == [*before, "no capsules"]
    assert detail(clock, "no capsules") == {"note": "medicine"}
    page = get(titration, "tonight")
    assert "Something changed: a clinician has to agree first." in read(page)
    assert reverse("agreed") in page.content.decode()
    assert [
        v
        for v, _ in get(titration, "evening", night=SECOND).context["form"].fields["taken"].choices
    ] == ["none", "fewer"]
    take(titration, SECOND, "none")
    clock.now = at(SECOND + DAY, "22:00")
    assert situation_of(trial=trial(clock), now=clock()).kept_away
    post(titration, "agreed", {"name": "Dr. Chen"})
    assert not situation_of(trial=trial(clock), now=clock()).kept_away
    assert action(clock) == "go on"


def test_an_agreement_that_is_there_already_lets_the_capsules_go_on(
    titration: Client, clock: Hands
) -> None:
    page = tell(titration, "medicine", agreed_by="Dr. Chen")
    assert page.context["found"].decision == "go on"
    assert page.context["taps"] == ()
    refused(tell(titration, "medicine", agreed_by="?"), "Write the name of a person")
    assert tell(titration, "medicine").context["found"].decision == "clinician first"


def test_an_agreement_to_an_answer_is_kept_with_it(titration: Client) -> None:
    found = tell(titration, "diagnosis", low_pressure="yes", agreed_by="Dr. Chen").context["found"]
    assert found.decision == "go on"
    assert [(a.question, a.by) for a in agreements_of(me())] == [("low_pressure", "Dr. Chen")]


def test_an_antibiotic_keeps_the_capsules_away_until_the_day_after(
    titration: Client, clock: Hands
) -> None:
    """RULES 8: no capsules until the day after the course, nights stay as allocated."""
    calendar = trial(clock).calendar(today=SECOND).nights
    page = tell(titration, "antibiotic", first="2026-03-22", last="2026-03-26", interacting="yes")
    assert "Pause: no capsules until 27 Mar 2026." in read(page)
    assert detail(clock, "no capsules") == {"until": "2026-03-27", "note": "antibiotic"}
    assert trial(clock).calendar(today=SECOND).nights == calendar
    for day, stopped in ((22, True), (26, True), (27, False)):
        clock.now = at(date(2026, 3, day), "20:00")
        found = tonight(trial=trial(clock), now=clock())
        assert (found.step("no_capsules") is not None) == stopped
    assert tell(titration, "antibiotic", last="2026-04-20").context["found"].decision == "end"
    assert tell(titration, "antibiotic", interacting="no").context["found"].decision == "go on"
    refused(
        tell(titration, "antibiotic", first="2026-03-22", last="2026-03-20"), "before the first day"
    )


def test_a_course_that_is_over_sooner_lets_the_capsules_go_on(
    titration: Client, clock: Hands
) -> None:
    tell(titration, "antibiotic")
    assert situation_of(trial=trial(clock), now=clock()).kept_away
    page = tell(titration, "antibiotic", interacting="no")
    assert "Capsules go on from tonight" in read(page)
    tap(titration, page)
    assert not situation_of(trial=trial(clock), now=clock()).kept_away


def test_an_operation_pauses_the_trial(titration: Client, clock: Hands) -> None:
    page = tell(titration, "surgery")
    assert tap(titration, page).status_code == 302
    assert detail(clock, "pause") == {"first": "2026-03-22", "note": "surgery"}
    assert tonight(trial=trial(clock), now=clock()).place.phase == "paused"
    assert tap(titration, page).status_code == 302
    again = tap(titration, tell(titration, "surgery"))
    refused(again, "The trial is paused since the night of 22 Mar 2026 already.")
    assert kinds().count("pause") == 1


def test_a_pregnancy_ends_the_trial_when_the_person_says_so(
    titration: Client, clock: Hands
) -> None:
    page = tell(titration, "pregnancy")
    assert "Stop the capsules now and call your doctor or midwife today." in read(page)
    assert "ended" not in kinds()
    assert tap(titration, page).status_code == 302
    assert detail(clock, "ended") == {"last": "2026-03-21", "reason": "change: pregnancy"}


def test_a_blood_result_is_judged_by_the_rules_of_the_screening_and_kept(
    titration: Client, clock: Hands
) -> None:
    page = tell(titration, "blood-result", egfr_typed="29")
    assert page.context["found"].decision in ("clinician first", "end")
    assert answers_of(me())["egfr"].value == 29
    assert (
        tell(titration, "blood-result", ferritin_typed="200", egfr_typed="95")
        .context["found"]
        .decision
        == "go on"
    )
    refused(tell(titration, "blood-result", egfr_typed="a lot"), "Write a number")


def test_an_urgent_answer_comes_first(titration: Client) -> None:
    page = tell(titration, "diagnosis", bowel_blocked="yes")
    assert (
        page.context["found"].decision == "end"
        or page.context["found"].decision == "clinician first"
    )


@pytest.mark.parametrize(
    "data", [{}, {"what": "unblinding", "kind": "medicine"}, {"what": "pause", "kind": "<b>"}]
)
def test_only_what_a_change_can_mean_is_put_on_record(titration: Client, data: dict) -> None:
    before = kinds()
    post(titration, "changed_record", data)
    assert kinds() == before


def test_an_unknown_kind_shows_the_list(titration: Client) -> None:
    page = titration.get(reverse("changed"), {"kind": "moon"})
    assert page.status_code == 200
    assert len(page.context["kinds"]) == len(changes())


def test_titration_begins_after_the_baseline() -> None:
    assert TITRATION < SECOND
