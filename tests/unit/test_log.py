"""Writing down answers, doses and events: all or nothing, and only what the plan allows."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from ekbom.problem import InputError, RefusedError
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.log import (
    log_answers,
    log_dose,
    log_event,
    record_look,
    record_unplanned_look,
)
from trials import (
    ZONE,
    at,
    contents,
    drawn_magnesium,
    night,
    plain_protocol,
    registered,
    with_dose_fixed,
)


def unchanged(path: Path, act: Callable[[], object], kind: type[Exception]) -> str:
    """Return the message with which ``act`` fails, leaving the folder byte for byte as it was."""
    before = contents(path)
    with pytest.raises(kind) as caught:
        act()
    assert contents(path) == before
    return str(caught.value)


def answer(
    path: Path, number: int, now: datetime, *, correct: bool = False, **answers: float
) -> Trial:
    return log_answers(path=path, night=night(number), answers=answers, now=now, correct=correct)


def event(path: Path, kind: str, now: datetime, **detail: object) -> Trial:
    return log_event(path=path, kind=kind.replace("_", " "), detail=detail, now=now)


def test_an_answer_states_its_night_and_is_kept_with_when_and_where(tmp_path: Path) -> None:
    trial = answer(registered(tmp_path / "t").path, 0, at(1, "07:30"), urge=4, nausea=0)
    assert [(e.night, e.item, e.value, e.late, e.zone, e.device) for e in trial.entries] == [
        (night(0), "urge", 4, False, ZONE, "shell"),
        (night(0), "nausea", 0, False, ZONE, "shell"),
    ]
    assert {e.received for e in trial.entries} == {at(1, "07:30")}
    assert len({e.id for e in trial.entries}) == 2
    assert (trial.path / "diary.csv").read_text() == "night,urge,nausea\n2026-03-02,4,0\n"
    assert open_trial(trial.path, now=at(1)) == trial


@pytest.mark.parametrize(("clock", "late"), [("11:59", False), ("12:00", True), ("17:00", True)])
def test_after_noon_an_answer_is_late(tmp_path: Path, clock: str, late: bool) -> None:
    trial = answer(registered(tmp_path / "t").path, 0, at(1, clock), urge=4)
    assert [e.late for e in trial.entries] == [late]
    assert trial.diary.nights[0].late == (frozenset({"urge"}) if late else frozenset())


def test_a_correction_replaces_and_stays_on_record(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    first = answer(path, 0, at(1), urge=4).entries[0]
    again = unchanged(path, lambda: answer(path, 0, at(1), urge=5), InputError)
    assert again == (
        "this entry: urge was already answered for the night of 2026-03-02. "
        "To correct it, add --correct."
    )
    trial = answer(path, 0, at(1), urge=5, correct=True)
    assert [e.value for e in trial.entries] == [4, 5]
    assert trial.entries[1].replaces == first.id
    assert trial.diary.nights[0].answers == {"urge": 5}


def test_everything_wrong_with_answers_is_told_and_none_is_written(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    message = unchanged(path, lambda: answer(path, 0, at(1), urge=11, itch=1, nausea=2), InputError)
    assert message.splitlines() == [
        "this entry: urge 11 is off its scale of 0 to 10. Use whole numbers from 0 to 10.",
        "this entry: 'itch' is not an item of this protocol. Use one of: urge, nausea.",
    ]


def test_a_night_outside_the_trial_is_told(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    assert unchanged(path, lambda: answer(path, -1, at(1), urge=4), InputError) == (
        "this entry: the night of 2026-03-01 lies before the first, 2026-03-02. Mend the night."
    )
    assert unchanged(path, lambda: answer(path, 1, at(1), urge=4), InputError) == (
        "this entry: the night of 2026-03-03 has not begun yet; this is 2026-03-02. Mend the night."
    )


def test_a_night_that_was_skipped_on_a_flight_has_no_answers(tmp_path: Path) -> None:
    from ekbom.trial.create import register_trial

    path = tmp_path / "t"
    start = date(2026, 6, 8)
    register_trial(
        path=path,
        protocol=plain_protocol(),
        start=start,
        zone="Pacific/Honolulu",
        now=datetime.fromisoformat("2026-06-09T00:00+00:00"),
    )
    event(
        path,
        "zone_changed",
        datetime.fromisoformat("2026-06-10T18:00+00:00"),
        zone="Pacific/Auckland",
    )
    now = datetime.fromisoformat("2026-06-11T20:00+00:00")
    log = lambda day: log_answers(path=path, night=day, answers={"urge": 4}, now=now)  # noqa: E731
    assert unchanged(path, lambda: log(date(2026, 6, 10)), InputError) == (
        "this entry: there was no night of 2026-06-10: your clock skipped that date. "
        "Mend the night."
    )
    log(date(2026, 6, 9))
    log(date(2026, 6, 11))


def dose(
    path: Path,
    number: int,
    clock: str | None,
    now: datetime,
    capsules: float | None = 2,
    **mg: float,
) -> Trial:
    instant = None if clock is None else at(number, clock)
    return log_dose(
        path=path,
        night=night(number),
        instant=instant,
        capsules=capsules,
        mg=mg.get("mg"),
        now=now,
    )


def test_a_dose_has_its_pack_from_the_calendar_and_no_mg_on_randomised_nights(
    tmp_path: Path,
) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    trial = dose(path, 20, "21:30", at(21), 1, mg=100)
    trial = dose(path, 49, "21:30", at(50))
    assert [(d.night, d.pack, d.capsules, d.mg) for d in trial.doses] == [
        (night(20), None, 1, 100),
        (night(49), 2, 2, None),
    ]
    assert (path / "doses.csv").read_text().splitlines()[1:] == [
        "2026-03-22,21:30,Europe/Berlin,,1,100",
        "2026-04-20,21:30,Europe/Berlin,2,2,",
    ]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (
            {"clock": "21:30", "mg": 200},
            "mg is not given on randomised nights. Give capsules instead",
        ),
        ({"clock": "11:00"}, "that time is not in the night of 2026-04-20. Mend the time or the "
         "night"),
        ({"clock": "23:30"}, "that time has not come yet. Log a dose when it was taken"),
        ({"clock": "21:30", "capsules": -1}, "capsules -1 is not a number from 0. Give 0 for a "
         "dose left out"),
        ({"clock": "21:30", "capsules": float("nan")}, "capsules nan is not a number from 0. Give "
         "0 for a dose left out"),
        ({"clock": "21:30", "capsules": float("inf")}, "capsules inf is not a number from 0. Give "
         "0 for a dose left out"),
    ],
)  # fmt: skip
def test_a_dose_that_cannot_be_is_told(tmp_path: Path, how: dict[str, float], message: str) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    act = lambda: dose(path, 49, now=at(49, "22:00"), **how)  # noqa: E731
    assert unchanged(path, act, InputError) == f"this entry: {message}."


def test_a_second_dose_is_refused_with_the_next_possible_time(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    dose(path, 49, "21:30", at(49, "22:00"))
    assert unchanged(path, lambda: dose(path, 49, "23:00", at(50)), InputError) == (
        "this entry: the night of 2026-04-20 already has a dose; the next possible time is "
        "2026-04-21 13:30. Leave this dose out."
    )
    assert unchanged(path, lambda: dose(path, 50, "13:00", at(51)), InputError) == (
        "this entry: it is 15.5 hours from the dose of the night of 2026-04-20, less than 16; "
        "the next possible time is 2026-04-21 13:30. Leave this dose out."
    )


def test_a_dose_without_its_time_is_kept_without(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    assert dose(path, 49, None, at(51), 0).doses[0].instant is None


REFUSALS = {
    "a dose off the ladder": (
        ("dose_fixed", {"mg": 150}),
        "150 mg is not on the registered ladder. Its steps are: 100, 200 mg.",
    ),
    "more capsules than planned": (
        ("dose_fixed", {"mg": 200, "capsules": 7}),
        "The registered plan allows at most 6 capsules.",
    ),
    "packs before the dose": (
        ("packs_ready", {}),
        "The dose is not fixed yet: log 'dose fixed' first.",
    ),
    "a resume without a pause": (
        ("resume", {"first": "2026-03-03"}),
        "There is no pause to resume from.",
    ),
    "a period that ends outside": (
        ("period_ended", {"last": "2026-03-02"}),
        "The night of 2026-03-02 is in no randomised period.",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_plan_forbids_is_refused(tmp_path: Path, name: str) -> None:
    (kind, detail), message = REFUSALS[name]
    from trials import FAST

    path = registered(tmp_path / "t", FAST).path
    assert unchanged(path, lambda: event(path, kind, at(1), **detail), RefusedError) == message


def test_the_fixed_dose_never_goes_up_and_is_final_once_the_order_is_drawn(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    trial = event(path, "dose_fixed", at(29), mg=100, capsules=1)
    assert trial.fixed_dose() == 100
    up = "The dose is fixed at {} mg and never goes up. To take less for good, log a 'step down'."
    act = lambda: event(path, "dose_fixed", at(30), mg=200)  # noqa: E731
    assert unchanged(path, act, RefusedError) == up.format(100)
    path = drawn_magnesium(tmp_path / "u").path
    act = lambda: event(path, "dose_fixed", at(30), mg=100)  # noqa: E731
    assert unchanged(path, act, RefusedError) == up.format(200)


def test_no_pack_is_ready_before_the_order_is_drawn(tmp_path: Path) -> None:
    path = with_dose_fixed(tmp_path / "t").path
    assert unchanged(path, lambda: event(path, "packs_ready", at(29)), RefusedError) == (
        "The order of treatments is not drawn yet, so no pack can be made. "
        f"Run: ekbom randomise {path}"
    )


def test_a_protocol_without_doses_has_no_dose_events(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    for kind, detail in (("dose fixed", {"mg": 200}), ("packs ready", {})):
        act = lambda k=kind, d=detail: log_event(path=path, kind=k, detail=d, now=at(1))  # noqa: E731
        assert unchanged(path, act, RefusedError) == (
            f"This protocol has no dose, so {kind!r} has no meaning in it."
        )


def test_a_pause_is_open_until_it_is_resumed(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    event(path, "pause", at(1), first=date(2026, 3, 5))
    again = lambda: event(path, "pause", at(2), first="2026-03-07")  # noqa: E731
    assert unchanged(path, again, RefusedError) == (
        "The trial is paused since 2026-03-05 already: log 'resume' first."
    )
    early = lambda: event(path, "resume", at(2), first="2026-03-04")  # noqa: E731
    assert unchanged(path, early, RefusedError) == (
        "The pause began on 2026-03-05: resume on that night or later."
    )
    trial = event(path, "resume", at(2), first="2026-03-07")
    assert [n.night.day for n in trial.calendar().nights if n.phase == "paused"] == [5, 6]
    twice = lambda: event(path, "resume", at(3), first="2026-03-08")  # noqa: E731
    assert unchanged(path, twice, RefusedError) == "There is no pause to resume from."


def test_a_step_down_goes_down(tmp_path: Path) -> None:
    path = drawn_magnesium(tmp_path / "t").path
    act = lambda: event(path, "step_down", at(50), capsules=2)  # noqa: E731
    assert unchanged(path, act, RefusedError) == "2 capsules are no step down from 2."
    event(path, "step_down", at(50), capsules=1)
    act = lambda: event(path, "step_down", at(51), capsules=1)  # noqa: E731
    assert unchanged(path, act, RefusedError) == "1 capsules are no step down from 1."


def test_what_happened_cannot_lie_in_the_future_but_a_pause_can(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    act = lambda: event(path, "ended", at(1), last="2026-03-20", reason="finished")  # noqa: E731
    assert unchanged(path, act, InputError) == (
        "this entry: the night of 2026-03-20 has not begun yet; this is 2026-03-02. Mend the night."
    )
    event(path, "pause", at(1), first="2026-03-20")
    act = lambda: event(path, "note", at(1), night="2026-03-01", note="x")  # noqa: E731
    assert unchanged(path, act, InputError).startswith(
        "this entry: the night of 2026-03-01 lies before the first"
    )


def test_an_event_of_no_kind_or_not_by_hand_is_told(tmp_path: Path) -> None:
    from ekbom.trial.event_kinds import BY_HAND

    path = registered(tmp_path / "t").path
    for kind in ("party", "randomised"):
        act = lambda k=kind: log_event(path=path, kind=k, detail={}, now=at(1))  # noqa: E731
        assert unchanged(path, act, InputError) == (
            f"this entry: {kind!r} is not an event to log. Use one of: {', '.join(BY_HAND)}."
        )


def test_a_zone_that_is_none_never_enters_the_chain(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    act = lambda: event(path, "zone_changed", at(1), zone="Mars/Base")  # noqa: E731
    assert unchanged(path, act, InputError) == (
        "this entry: zone 'Mars/Base' is not a time zone such as Europe/Berlin. "
        "Give zone as a time zone such as Europe/Berlin."
    )
    assert open_trial(path, now=at(1)).clock.zone == ZONE


def test_later_events_carry_the_new_zone(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    event(path, "zone_changed", at(1), zone="Asia/Tokyo")
    trial = event(path, "note", at(2), note="x")
    assert [e.zone for e in trial.events] == [ZONE, ZONE, "Asia/Tokyo"]


def test_looks_are_put_on_record(tmp_path: Path) -> None:
    path = registered(tmp_path / "t").path
    assert [record_unplanned_look(path=path, now=at(n)) for n in (1, 2)] == [1, 2]
    record_look(path=path, pair=2, now=at(3))
    kinds = [e.kind for e in open_trial(path, now=at(3)).events]
    assert kinds == ["registered", "unplanned look", "unplanned look", "look"]
