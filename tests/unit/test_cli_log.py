"""ekbom log: answers, a dose or an event, one at a time and nothing left out silently."""

from pathlib import Path

import pytest

from ekbom.trial.folder import open_trial
from trials import at, contents, drawn_magnesium, night, shell


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return drawn_magnesium(tmp_path / "t").path


EVENING = at(49, "22:00")


def log(folder: Path, *arguments: str, now: object = EVENING) -> str:
    result = shell("log", folder, *arguments, now=now)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_answers_go_to_last_night_by_default(folder: Path) -> None:
    assert log(folder, "urge=4", "minutes_awake=12,5", now=at(50)) == (
        f"Logged for the night of {night(49):%A, %Y-%m-%d}: urge 4, minutes_awake 12.5.\n"
    )
    (row,) = open_trial(folder, now=at(50)).diary.nights
    assert (row.date, dict(row.answers)) == (night(49), {"urge": 4, "minutes_awake": 12.5})


def test_a_night_can_be_named(folder: Path) -> None:
    assert log(folder, "urge=4", "--night", "2026-04-15") == (
        "Logged for the night of Wednesday, 2026-04-15: urge 4.\n"
    )


def test_a_dose_is_of_tonight_and_now_by_default(folder: Path) -> None:
    assert log(folder, "--dose", "2") == f"Logged the dose of the night of {night(49)}.\n"
    (dose,) = open_trial(folder, now=EVENING).doses
    assert (dose.instant, dose.capsules, dose.pack) == (EVENING, 2, 2)


def test_the_time_of_a_dose_is_on_the_persons_clock_then(folder: Path) -> None:
    log(folder, "--event", "zone changed", "zone=Asia/Tokyo", now=at(50))
    log(folder, "--dose", "2", "--time", "21:30", "--night", str(night(49)), now=at(51))
    log(folder, "--dose", "2", "--time", "01:30", "--night", str(night(50)), now=at(52))
    first, second = open_trial(folder, now=at(52)).doses
    assert (first.zone, first.instant) == ("Europe/Berlin", at(49, "21:30"))
    assert (second.zone, second.instant) == ("Asia/Tokyo", at(51, "01:30", "Asia/Tokyo"))


def test_an_earlier_dose_without_its_time_is_kept_without(folder: Path) -> None:
    log(folder, "--dose", "2", "--night", str(night(45)))
    assert open_trial(folder, now=EVENING).doses[0].instant is None


def test_open_doses_have_mg(folder: Path) -> None:
    log(folder, "--dose", "1", "--mg", "100", "--time", "21:00", "--night", str(night(20)))
    assert open_trial(folder, now=EVENING).doses[0].mg == 100


def test_an_event_carries_its_details_as_they_are_meant(folder: Path) -> None:
    assert log(folder, "--event", "note", "note=5") == "Logged: note.\n"
    log(folder, "--event", "step down", "capsules=1", "note=true")
    details = [e.detail for e in open_trial(folder, now=EVENING).events[-2:]]
    assert details == [{"note": "5"}, {"capsules": 1, "note": "true"}]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "Give answers as NAME=VALUE, or --dose, or --event."),
        (["urge"], "'urge' is not of the form NAME=VALUE, such as urge=4."),
        (["=4"], "'=4' is not of the form NAME=VALUE, such as urge=4."),
        (["urge=much", "--night", "2026-04-15"], "urge='much' is not a number. Leave out what has "
         "no answer."),
        (["urge=nan", "--night", "2026-04-15"], "urge='nan' is not a number."),
        (["urge=1_0", "--night", "2026-04-15"], "urge='1_0' is not a number."),
        (["urge=4", "urge=5", "--night", "2026-04-15"], "urge is given twice."),
        (["urge=4"], "It is evening: say which night the answers speak of, with --night"),
        (["urge=4", "--dose", "2"], "Log answers, a dose or an event, one at a time."),
        (["--event", "note", "note=x", "--dose", "2"], "Log answers, a dose or an event, one at a "
         "time."),
        (["--event", "note", "note=x", "--mg", "2"], "Log answers, a dose or an event, one at a "
         "time."),
        (["--event", "note", "note=x", "--night", "2026-04-15"], "--night goes with answers or a "
         "dose only."),
        (["urge=4", "--time", "21:30"], "--time goes with a dose only."),
        (["--event", "note", "note=x", "--correct"], "--correct goes with answers or a dose only."),
        (["--dose", "2", "--correct"], "this entry: there is no dose of the night of 2026-04-20 to "
         "correct. To write one down, leave out --correct."),
        (["--dose", "2", "--time", "9pm"], "--time '9pm' is not a time of day, such as 21:30."),
        (["--dose", "2", "--time", "21:30+02:00"], "--time '21:30+02:00' is not a time of day, "
         "such as 21:30."),
        (["--dose", "2", "--time", "02:30", "--night", "2026-03-28"], "Your clock never showed "
         "02:30 in the night of 2026-03-28."),
        (["--dose", "nan"], "this entry: capsules nan is not a number from 0."),
        (["--dose", "-1"], "this entry: capsules -1 is not a number from 0."),
        (["--dose", "2", "--time", "23:30"], "this entry: that time has not come yet."),
        (["--event", "party"], "this entry: 'party' is not an event to log."),
        (["--event", "zone changed", "zone=Berlin"], "this entry: zone 'Berlin' is not a time "
         "zone"),
        (["--event", "pause"], "this entry: 'pause' has no first (first night without a dose)."),
    ],
)  # fmt: skip
def test_what_cannot_be_logged_is_told_and_changes_nothing(
    folder: Path, arguments: list[str], error: str
) -> None:
    before = contents(folder)
    result = shell("log", folder, *arguments, now=EVENING)
    assert result.exit_code == 2, result.output
    assert error in " ".join(result.stderr.split())
    assert contents(folder) == before


def test_what_the_plan_forbids_ends_with_status_3(folder: Path) -> None:
    before = contents(folder)
    result = shell("log", folder, "--event", "dose fixed", "mg=200", now=EVENING)
    assert (result.exit_code, result.stderr) == (
        3,
        "The dose is fixed at 200 mg and never goes up. "
        "To take less for good, log a 'step down'.\n",
    )
    assert contents(folder) == before


def test_a_dose_in_the_hour_that_comes_twice_is_the_later_one_once_it_has_come(
    tmp_path: Path,
) -> None:
    from datetime import UTC, date, datetime

    from ekbom.protocol.files import built_in
    from ekbom.trial.create import register_trial

    path = tmp_path / "autumn"
    now = datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    register_trial(
        path=path,
        protocol=built_in("magnesium-rls-fast"),
        start=date(2026, 10, 20),
        zone="Europe/Berlin",
        now=now,
    )
    log(path, "--dose", "1", "--time", "02:30", now=now)
    (dose,) = open_trial(path, now=now).doses
    assert dose.instant == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert shell("check", path, now=now).exit_code == 0
