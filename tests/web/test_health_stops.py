"""What stops the capsules stays in force until its own end, whatever is sent and in which order."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from ekbom.guide.situation import situation_of
from ekbom.guide.tonight import tonight
from ekbom.problem import InputError
from ekbom.trial.additions import add_answers, add_dose
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.trial.randomise import Screening, add_screening
from ekbom.web.devices.known import me
from ekbom.web.refusals import problems_in
from ekbom.web.store import change, current_row, load, register
from web.conftest import Hands
from web.lives import DAY, FAST, FIRST, TITRATION, ZONE, at, registered, tolerates
from web.nightly import answer, get, kinds, post, read, refused, take

SECOND = FIRST + 21 * DAY
"""The first night of the second step."""

WRITTEN = "It is written down in your trial: no capsules from now on."
NOT_WRITTEN = "This could not be written down here."


@pytest.fixture
def titration(ana: Client, clock: Hands) -> Client:
    """Ana on the evening of the first night of the second step."""
    registered(me(), clock)
    clock.now = at(SECOND - DAY, "09:00")
    tolerates(me(), until=SECOND)
    clock.now = at(SECOND, "20:00")
    return ana


def trial(clock: Hands) -> Trial:
    return load(current_row(me()), now=clock())


def is_stopped(clock: Hands) -> bool:
    """Return whether Tonight has no capsules for Ana."""
    found = tonight(trial=trial(clock), now=clock())
    assert (found.step("dose") is None) != (found.step("no_capsules") is None)
    return found.step("no_capsules") is not None


def agrees(client: Client) -> None:
    assert post(client, "agreed", {"name": "Dr. Chen"}).status_code == 302


def tell(client: Client, kind: str, **data: object):
    return client.post(f"{reverse('changed')}?kind={kind}", data)


def tap(client: Client, page):
    form = page.context["taps"][0].form
    data = {f.name: f.value() if f.value() is not None else "" for f in form}
    return post(client, "changed_record", data)


# Warning signs.


@pytest.mark.parametrize("sign", ["chest_pain", "kidney_news"])
def test_a_sign_reported_again_stops_the_capsules_again(
    titration: Client, clock: Hands, sign: str
) -> None:
    """The same sign on the same evening, after a clinician agreed in between."""
    report = {"sign": [sign], "key": "sent-once"}
    assert WRITTEN in read(post(titration, "signs_report", report))
    assert is_stopped(clock)
    clock.on(minutes=1)
    agrees(titration)
    assert not is_stopped(clock)
    clock.on(minutes=1)
    assert WRITTEN in read(post(titration, "signs_report", report))
    assert is_stopped(clock)
    assert kinds()[-1] != "restart"


def test_a_sign_sent_twice_is_on_record_once(titration: Client, clock: Hands) -> None:
    for _ in range(2):
        assert WRITTEN in read(post(titration, "signs_report", {"sign": ["chest_pain"]}))
    assert kinds().count("emergency") == 1
    assert is_stopped(clock)


def test_a_key_that_was_used_for_something_else_swallows_no_sign(
    titration: Client, clock: Hands
) -> None:
    post(titration, "complaint", {"kind": "side effect", "note": "an itch", "key": "one"})
    post(titration, "signs_report", {"sign": ["chest_pain"], "key": "one"})
    assert is_stopped(clock)


def test_a_sign_is_called_written_down_only_if_the_trial_is_stopped(
    titration: Client, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is made to write nothing, as a fault in it would."""
    monkeypatch.setattr("ekbom.web.health.signs.add_advice", lambda trial, **_: trial)
    page = post(titration, "signs_report", {"sign": ["chest_pain"]})
    assert (WRITTEN in read(page), NOT_WRITTEN in read(page)) == (False, True)


def test_a_dose_told_late_does_not_put_a_sign_before_an_agreement(
    titration: Client, clock: Hands
) -> None:
    post(titration, "signs_report", {"sign": ["chest_pain"]})
    agrees(titration)
    clock.on(minutes=5)
    post(titration, "signs_report", {"sign": ["fainting"]})
    take(titration, SECOND, "none")
    clock.now = at(SECOND + DAY, "20:00")
    assert is_stopped(clock)


def test_a_sign_from_an_old_page_is_written_down_with_one_more_tap(
    titration: Client, clock: Hands
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = titration.cookies
    old = {"sign": ["chest_pain", "fainting"], "csrfmiddlewaretoken": "old"}
    page = strict.post(reverse("signs_report"), old)
    assert NOT_WRITTEN in read(page)
    assert not is_stopped(clock)
    (form,) = re.findall(
        r'<form method="post" action="/signs/report/">.*?</form>', page.content.decode(), re.DOTALL
    )
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    again = {name: [v for n, v in fields if n == name] for name, _ in fields}
    assert again["sign"] == old["sign"]
    assert WRITTEN in read(strict.post(reverse("signs_report"), again))
    assert is_stopped(clock)


def test_where_there_is_no_trial_a_sign_is_not_offered_again(mallory: Client) -> None:
    page = mallory.post(reverse("signs_report"), {"sign": ["chest_pain"]})
    assert NOT_WRITTEN in read(page)
    assert b"/signs/report/" not in page.content.split(b"<main", 1)[1]


# A clinician's agreement.


def test_an_agreement_is_refused_where_nothing_is_held(titration: Client, clock: Hands) -> None:
    before = kinds()
    refused(post(titration, "agreed", {"name": "Dr. Chen"}), "Nothing is on record now")
    assert kinds() == before


def test_an_agreement_between_two_loose_nights_does_not_keep_the_hold_away(
    titration: Client, clock: Hands
) -> None:
    clock.now = at(SECOND, "08:00")
    answer(titration, SECOND, loose_stools=4)
    clock.now = at(SECOND + DAY, "18:00")
    refused(post(titration, "agreed", {"name": "Dr. Chen"}), "Nothing is on record now")
    clock.now = at(SECOND + DAY, "08:00")
    answer(titration, SECOND + DAY, loose_stools=4)
    clock.now = at(SECOND + 2 * DAY, "18:00")
    assert is_stopped(clock)


def test_an_agreement_releases_only_what_was_known_when_it_was_given(
    titration: Client, clock: Hands
) -> None:
    """A sign is agreed on; then a night that was told as calm is told as it was."""
    clock.now = at(SECOND, "08:00")
    answer(titration, SECOND, loose_stools=4)
    clock.now = at(SECOND + DAY, "08:00")
    answer(titration, SECOND + DAY, loose_stools=0)
    clock.now = at(SECOND + 2 * DAY, "18:00")
    post(titration, "signs_report", {"sign": ["kidney_news"]})
    agrees(titration)
    assert not is_stopped(clock)
    clock.on(minutes=5)
    found = corrected(clock, SECOND + DAY, loose_stools=5.0)
    here = situation_of(trial=found, now=clock())
    assert here.advice.reasons[0].rule == "loose_stools"
    assert (here.stopped, here.advice.action) == (True, "hold")


def corrected(clock: Hands, night: date, **answers: float) -> Trial:
    now = clock()
    return change(
        current_row(me()),
        lambda t: add_answers(t, night=night, answers=answers, now=now, correct=True),
        now=now,
    )


# Changes in health and medicines.


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("pregnancy", {}),
        ("diagnosis", {"kidney_failure": "yes"}),
        ("medicine", {}),
        ("surgery", {}),
        ("antibiotic", {}),
    ],
)
def test_what_was_told_stops_the_capsules_without_a_second_tap(
    titration: Client, clock: Hands, kind: str, told: dict[str, str]
) -> None:
    for _ in range(2):
        page = tell(titration, kind, **told)
        assert "It is written down in your trial: no capsules for now." in read(page)
        assert is_stopped(clock)
    assert kinds().count("no capsules") == 1
    assert last_of(trial(clock).events, "no capsules").detail == {"note": kind}


def test_a_second_change_does_not_lift_the_first_stop(titration: Client, clock: Hands) -> None:
    """A new medicine, then a short course that is over: the medicine still waits for a doctor."""
    tell(titration, "medicine")
    course = {"first": "2026-03-22", "last": "2026-03-23", "interacting": "yes"}
    tell(titration, "antibiotic", **course)
    clock.now = at(date(2026, 3, 25), "20:00")
    assert is_stopped(clock)
    assert "something that you told before" in read(tell(titration, "antibiotic", interacting="no"))
    assert is_stopped(clock)
    agrees(titration)
    assert not is_stopped(clock)


def test_an_agreement_does_not_end_a_course_that_has_a_day(titration: Client, clock: Hands) -> None:
    tell(titration, "medicine")
    tell(titration, "antibiotic", first="2026-03-22", last="2026-03-25", interacting="yes")
    agrees(titration)
    assert is_stopped(clock)
    refused(post(titration, "agreed", {"name": "Dr. Chen"}), "Nothing is on record now")
    clock.now = at(date(2026, 3, 26), "20:00")
    assert not is_stopped(clock)


def test_a_day_that_a_form_brings_along_is_not_believed(titration: Client, clock: Hands) -> None:
    tell(titration, "medicine")
    for what in ("no capsules", "capsules", "pause"):
        data = {"what": what, "kind": "medicine", "until": "2026-03-22", "seen": "99"}
        post(titration, "changed_record", data)
        found = situation_of(trial=trial(clock), now=clock())
        assert [e.detail for e in found.kept_away_by] == [{"note": "medicine"}]


def test_a_tap_from_before_another_stop_lifts_nothing(titration: Client, clock: Hands) -> None:
    tell(titration, "antibiotic")
    page = tell(titration, "antibiotic", interacting="no")
    tell(titration, "antibiotic", last="2026-04-20", interacting="yes")
    clock.on(minutes=1)
    tell(titration, "medicine")
    refused(tap(titration, page), "Something else was told meanwhile.")
    assert is_stopped(clock)


def test_a_pause_for_an_operation_takes_the_place_of_the_stop(
    titration: Client, clock: Hands
) -> None:
    page = tell(titration, "surgery")
    assert tap(titration, page).status_code == 302
    found = situation_of(trial=trial(clock), now=clock())
    assert (found.place.phase, found.kept_away) == ("paused", False)
    tell(titration, "surgery")
    assert kinds()[-2:] == ["no capsules", "pause"]


def test_after_the_end_a_change_is_answered_and_nothing_is_added(
    titration: Client, clock: Hands
) -> None:
    told = {"reason": "own wish", "last": SECOND - DAY, "sure": "on"}
    assert post(titration, "stop", told).status_code == 302
    before = kinds()
    assert tell(titration, "pregnancy").status_code == 200
    assert kinds() == before


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2028-01-01"])
@pytest.mark.parametrize("field", ["first", "last"])
def test_a_year_that_cannot_be_meant_is_refused_beside_its_field(
    titration: Client, day: str, field: str
) -> None:
    page = tell(titration, "antibiotic", **{field: day}, interacting="yes")
    refused(page, "This day is too far from today.")


# The first capsule.


def test_the_first_capsule_needs_a_screening_that_is_not_too_old(ana: Client, clock: Hands) -> None:
    registered(me(), clock)
    clock.now = at(TITRATION, "20:00")
    days = trial(clock).protocol.screening_days
    fresh = tonight(trial=trial(clock), now=clock()).step("dose")
    assert fresh.waits_for == ""
    clock.now = at(FIRST + (days + 1) * DAY, "20:00")
    found = situation_of(trial=trial(clock), now=clock())
    assert (found.screened, found.barred) == ("old", True)


def test_a_screening_that_grew_old_in_the_baseline_stops_the_first_capsule_alone(
    ana: Client, clock: Hands
) -> None:
    long_ago, now = Screening(by="Dr. Chen", on=FIRST - 20 * DAY), clock()
    step = partial(add_screening, screening=long_ago, now=now)
    register(me(), protocol=FAST, start=FIRST, zone=ZONE, now=now, steps=(step,))
    clock.now = at(TITRATION, "22:00")
    found = tonight(trial=trial(clock), now=clock()).step("dose")
    assert (found.when, found.waits_for) == ("waiting", "screen")
    assert "Your answers to the safety questions are too old now." in read(get(ana, "tonight"))
    take(ana, TITRATION, "fewer", capsules="1")
    clock.on(days=1)
    found = tonight(trial=trial(clock), now=clock()).step("dose")
    assert (found.when, found.waits_for) == ("now", "")


# What is said where too many were taken.


def test_too_many_capsules_or_milligrams_keep_the_advice_to_ask(
    titration: Client, clock: Hands
) -> None:
    for capsules, mg in ((7.0, None), (3.0, 300.0)):
        with pytest.raises(InputError) as refusal:
            add_dose(
                trial(clock),
                night=SECOND,
                instant=clock() - timedelta(minutes=1),
                capsules=capsules,
                mg=mg,
                now=clock(),
            )
        said = " ".join(problems_in(refusal.value))
        assert "ask a pharmacist or a doctor" in said
        assert "log" not in said.split()
