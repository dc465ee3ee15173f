from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ekbom.diary.studyu import StudyUExport, StudyUPerson, StudyUTrial, read_studyu
from ekbom.diary.studyu_map import read_map
from ekbom.problem import InputError

BERLIN = ZoneInfo("Europe/Berlin")
SLEEP = "How was your sleep last night?"
MAP = f"""
treatment = "Tea"
reference = "Water"
{{more}}
[[outcomes]]
asked = "{SLEEP}"
id = "sleep"
kind = "rating"
role = "primary"
direction = "higher"
minimum = 0
maximum = 10
prior_range = 10
mid = 1
unit = "points"

[[outcomes]]
asked = "stress-id"
id = "stress"
kind = "rating"
role = "secondary"
direction = "lower"
minimum = 0
maximum = 10
prior_range = 10
mid = 1
unit = "points"
speaks_of = "today"
"""
HEADING = [
    "measurement_time",
    "participant_id",
    "participant_started_at",
    "current_day_of_study",
    "current_intervention_id",
    "current_intervention_name",
    "survey1_name",
    "is_survey1",
    "survey1_question1_id",
    "survey1_question1_text",
    "survey1_question1_response",
    "survey1_question2_id",
    "survey1_question2_text",
    "survey1_question2_response",
    "survey2_name",
    "is_survey2",
    "survey2_question1_id",
    "survey2_question1_text",
    "survey2_question1_response",
]


class Export:
    """An export being written, newest row first as StudyU writes it."""

    def __init__(self, day_0: date = date(2024, 5, 1), person: str = "anna") -> None:
        self.day_0 = day_0
        self.person = person
        self.rows: list[dict[str, str]] = []

    def answer(
        self,
        day: int,
        sleep: str = "",
        *,
        to: str,
        at: str = "08:00",
        stress: str = "",
        stated: int | None = None,
        zone: ZoneInfo = BERLIN,
    ) -> Export:
        """Add a row on study day ``day`` at local time ``at``, stamped with intervention ``to``."""
        local = datetime.combine(self.day_0 + timedelta(days=day), time.fromisoformat(at), zone)
        started = datetime.combine(self.day_0, time(), zone)
        values = {
            "measurement_time": stamp(local),
            "participant_id": self.person,
            "participant_started_at": stamp(started),
            "current_day_of_study": str(day if stated is None else stated),
            "current_intervention_id": "__baseline" if to == "Baseline" else to.lower(),
            "current_intervention_name": to,
            "survey1_name": "Morning",
            "is_survey1": str(bool(sleep)).lower(),
            "survey1_question1_id": "sleep-id",
            "survey1_question1_text": SLEEP + " ",
            "survey1_question1_response": sleep,
            "survey1_question2_id": "other-id",
            "survey1_question2_text": "Anything else?",
            "survey1_question2_response": "",
            "survey2_name": "Evening",
            "is_survey2": str(bool(stress)).lower(),
            "survey2_question1_id": "stress-id",
            "survey2_question1_text": "How stressed are you?",
            "survey2_question1_response": stress,
        }
        self.rows.insert(0, values)
        return self

    def phases(self, sleep: Iterable[int], *, nights: int = 4, first: int = 0) -> Export:
        """Add one morning a day, in phases of ``nights`` that begin with water."""
        for day, value in enumerate(sleep, start=first):
            self.answer(day, str(value), to=("Water", "Tea")[day // nights % 2])
        return self

    def text(self) -> str:
        out = io.StringIO()
        writer = csv.DictWriter(out, HEADING)
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue()


def stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(" ", "milliseconds").replace("+00:00", "Z")


def read(
    folder: Path, text: str, *, zone: str = "Europe/Berlin", more: str = "", who: str | None = None
) -> StudyUExport:
    path = folder / "measurements.csv"
    path.write_text(text, encoding="utf-8")
    mapping = read_map(MAP.format(more=more).encode(), file="map.toml")
    return read_studyu(path, zone=zone, mapping=mapping, participant=who)


def person(folder: Path, export: Export, **how: str) -> StudyUPerson:
    (only,) = read(folder, export.text(), **how).people
    return only


def trial_of(folder: Path, export: Export, **how: str) -> StudyUTrial:
    found = person(folder, export, **how)
    assert found.trial is not None, found.problems
    return found.trial


def effect(trial: StudyUTrial) -> float:
    """Mean of the treated nights minus mean of the reference nights."""
    values: dict[str, list[float]] = {"tea": [], "water": []}
    for period, name in zip(trial.protocol.design.lived, trial.allocation, strict=True):
        nights = [period.first + timedelta(n) for n in range((period.last - period.first).days + 1)]
        answers = trial.diary.values("sleep", dates=nights)
        values[name] += list(answers[~np.isnan(answers)])
    return float(np.mean(values["tea"]) - np.mean(values["water"]))


def complaints(folder: Path, export: Export, **how: str) -> list[str]:
    return [f"{p.line}: {p.what}" for p in person(folder, export, **how).problems]


def test_the_night_before_decides_the_sign_not_the_reporting_day(tmp_path: Path) -> None:
    # The first morning of each phase reports the last night of the phase before.
    mornings = [5, 4, 5, 5, 1, 6, 6, 6, 8, 4, 5, 4]
    water, tea = mornings[:4] + mornings[8:], mornings[4:8]
    assert np.mean(tea) - np.mean(water) == pytest.approx(-0.25)
    trial = trial_of(tmp_path, Export().phases(mornings))
    nights_of_tea, nights_of_water = [6, 6, 6, 8], [4, 5, 5, 1, 4, 5, 4]
    expected = np.mean(nights_of_tea) - np.mean(nights_of_water)
    assert effect(trial) == pytest.approx(expected) == pytest.approx(2.5)


def test_periods_follow_the_evenings_and_the_protocol_says_how_it_came_about(
    tmp_path: Path,
) -> None:
    trial = trial_of(tmp_path, Export().phases([5] * 12))
    assert trial.allocation == ("water", "tea", "water") == trial.protocol.design.order
    assert [(p.position, p.first.day, p.last.day) for p in trial.protocol.design.lived] == [
        (1, 1, 4),
        (2, 5, 8),
        (3, 9, 11),
    ]
    assert trial.protocol.design.period_nights == 4
    assert (trial.protocol.imported, trial.protocol.randomised) == (True, False)
    assert (trial.start, trial.zone) == (date(2024, 4, 30), "Europe/Berlin")


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    export = Export().phases(range(10))
    newest_first = trial_of(tmp_path, export)
    export.rows.reverse()
    assert trial_of(tmp_path, export) == newest_first


def test_a_morning_before_the_first_evening_is_a_baseline_night(tmp_path: Path) -> None:
    found = person(tmp_path, Export().phases([9, *[5] * 7]))
    assert found.trial is not None
    assert found.trial.diary.nights[0].date == found.trial.start == date(2024, 4, 30)
    assert found.trial.protocol.design.lived[0].first == date(2024, 5, 1)
    assert found.trial.protocol.phases.baseline_nights == 1
    assert [p.what for p in found.problems] == [
        "the first morning speaks of the night of 2024-04-30, before the first evening"
    ]


def test_without_that_morning_the_trial_starts_on_study_day_0(tmp_path: Path) -> None:
    trial = trial_of(tmp_path, Export().phases([5] * 8, first=1))
    assert trial.start == trial.protocol.design.lived[0].first == date(2024, 5, 1)
    assert trial.protocol.phases.baseline_nights == 0


def test_studyu_s_own_baseline_phase_is_no_period(tmp_path: Path) -> None:
    export = Export()
    for day in range(1, 13):
        export.answer(day, "5", to=("Baseline", "Water", "Tea", "Water")[day // 4])
    trial = trial_of(tmp_path, export)
    assert trial.allocation == ("water", "tea")
    assert trial.protocol.phases.baseline_nights == 4
    assert trial.protocol.design.lived[0].first == date(2024, 5, 5)


@pytest.mark.parametrize(
    ("day_0", "change"),
    [(date(2024, 3, 28), date(2024, 3, 31)), (date(2024, 10, 24), date(2024, 10, 27))],
)
def test_nights_are_whole_when_the_clocks_change(tmp_path: Path, day_0: date, change: date) -> None:
    export = Export(day_0)
    for day in range(1, 9):
        export.answer(day, str(day), to=("Water", "Tea")[day // 4 % 2], at="00:30")
    found = person(tmp_path, export)
    assert found.trial is not None
    assert found.problems == ()
    nights = found.trial.diary.nights
    assert [n.date for n in nights] == [day_0 + timedelta(days=d) for d in range(8)]
    assert {n.date: n.answers["sleep"] for n in nights}[change] == (change - day_0).days + 1


def test_noon_is_by_the_clock_on_the_day_the_clocks_change(tmp_path: Path) -> None:
    # 2024-03-31 has 23 hours in Berlin: 11:59 is 09:59 UTC there, not 10:59.
    export = Export(date(2024, 3, 28)).phases([5, 5, 5])
    export.answer(3, "5", to="Water", at="11:59").answer(4, "6", to="Tea", at="12:01")
    export.answer(5, "6", to="Tea")
    late = [n.date.day for n in trial_of(tmp_path, export).diary.nights if n.late]
    assert late == [31]


def test_an_afternoon_answer_counts_and_is_late(tmp_path: Path) -> None:
    export = Export().phases([5] * 6)
    export.answer(6, "7", to="Tea", at="17:59")
    found = trial_of(tmp_path, export).diary.nights[-1]
    assert (found.date, found.answers, found.late) == (
        date(2024, 5, 6),
        {"sleep": 7.0},
        frozenset({"sleep"}),
    )


def test_an_evening_answer_about_last_night_is_left_out_and_said(tmp_path: Path) -> None:
    export = Export().phases([5] * 6)
    export.answer(6, "7", to="Tea", at="18:00")
    found = person(tmp_path, export)
    assert found.trial is not None
    assert found.trial.diary.nights[-1].date == date(2024, 5, 5)
    assert str(found.problems[-1]) == (
        "measurements.csv, line 2: sleep speaks of last night but was answered at 18:00 on "
        "2024-05-07, after 18:00, when another night had begun. It was left out."
    )


def test_an_answer_about_today_belongs_to_the_night_it_is_given_in(tmp_path: Path) -> None:
    export = Export().phases([5] * 6)
    export.answer(5, stress="3", to="Tea", at="21:00").answer(4, stress="8", to="Tea", at="01:00")
    nights = {n.date.day: n.answers for n in trial_of(tmp_path, export).diary.nights}
    assert nights[6] == {"stress": 3.0}
    assert nights[4] == {"sleep": 5.0, "stress": 8.0}


def test_the_first_of_two_reports_counts_and_the_other_is_named(tmp_path: Path) -> None:
    export = Export().phases([5] * 7)
    export.answer(6, "9", to="Tea", at="08:01").answer(6, "1", to="Tea", at="07:59")
    found = person(tmp_path, export)
    assert found.trial is not None
    assert found.trial.diary.nights[-1].answers["sleep"] == 1.0
    repeats = [str(p) for p in found.problems if "already" in p.what]
    assert repeats == [
        f"measurements.csv, line {line}: sleep of the night of 2024-05-06 was already answered in "
        "line 2. The first answer counts; this one was left out."
        for line in (3, 4)
    ]
    assert {p.severity for p in found.problems} == {"warning"}


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("11", f"{SLEEP!r} was answered 11, which is off the scale from 0 to 10"),
        ("-1", f"{SLEEP!r} was answered -1, which is off the scale from 0 to 10"),
        ("4.5", f"{SLEEP!r} was answered 4.5, not a whole number"),
        ("[well]", "survey1_question1_response '[well]' is not a number"),
        ("nan", "survey1_question1_response 'nan' is not a number"),
    ],
)
def test_an_answer_that_cannot_be_used_stops_the_import(
    tmp_path: Path, answer: str, what: str
) -> None:
    export = Export().phases([5] * 7, first=1).answer(8, answer, to="Water")
    found = person(tmp_path, export)
    assert found.trial is None
    assert [(p.line, p.what, p.severity) for p in found.problems] == [(2, what, "error")]


def test_a_decimal_comma_and_a_byte_order_mark_are_read_and_said(tmp_path: Path) -> None:
    export = Export().phases([5] * 7, first=1).answer(8, "6,0", to="Water")
    found = read(tmp_path, "\ufeff" + export.text())
    assert "byte-order mark" in found.problems[0].what
    assert "decimal comma" in found.people[0].problems[0].what
    assert found.people[0].trial is not None
    assert found.people[0].trial.diary.nights[-1].answers["sleep"] == 6.0


def test_a_study_day_off_by_one_is_said_and_the_calendar_counts(tmp_path: Path) -> None:
    # StudyU counts whole 24 hours: after clocks went forward, 00:30 is still the day before.
    export = Export().phases([5] * 7, first=1).answer(8, "6", to="Water", at="00:30", stated=7)
    found = person(tmp_path, export)
    assert found.trial is not None
    assert found.trial.diary.nights[-1].date == date(2024, 5, 8)
    assert str(found.problems[0]) == (
        "measurements.csv, line 2: current_day_of_study is 7 but the calendar says 8. "
        "The calendar was used; check the time zone if this is in many lines."
    )


def test_a_study_day_far_off_the_calendar_stops_the_import(tmp_path: Path) -> None:
    export = Export().phases([5] * 7, first=1).answer(8, "6", to="Water", stated=38)
    found = person(tmp_path, export)
    assert found.trial is None
    assert [str(p) for p in found.problems] == [
        "measurements.csv, line 2: current_day_of_study is 38 but the calendar says 8. "
        "Mend the line, or the time zone."
    ]


def test_the_zone_decides_the_local_day(tmp_path: Path) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    export = Export()
    for day in range(1, 9):
        export.answer(day, "5", to=("Water", "Tea")[day // 4 % 2], zone=tokyo)
    assert person(tmp_path, export, zone="Asia/Tokyo").problems == ()
    # In Berlin it had begun at 17:00 of the day before.
    assert complaints(tmp_path, export)[-1] == (
        "9: current_day_of_study is 1 but the calendar says 2"
    )


def test_an_answer_before_the_start_is_left_out_and_said(tmp_path: Path) -> None:
    export = Export().phases([5] * 7, first=1)
    export.answer(-1, "6", to="Water", stated=0)
    found = person(tmp_path, export)
    assert found.trial is not None
    assert found.trial.start == date(2024, 5, 1)
    assert [p.what for p in found.problems] == [
        "current_day_of_study is 0 but the calendar says -1",
        "it was answered before the study began",
    ]


def test_an_evening_between_two_phases_is_settled_by_the_other_rows(tmp_path: Path) -> None:
    export = Export()
    for day in (1, 2, 5, 6, 7, 8, 9):  # no row on days 3 and 4, where the phase changed
        export.answer(day, str(day), to=("Water", "Tea")[day // 4 % 2])
    trial = trial_of(tmp_path, export)
    assert [(p.first.day, p.last.day) for p in trial.protocol.design.lived] == [
        (1, 4),
        (5, 8),
        (9, 9),
    ]


def test_an_evening_that_nothing_settles_needs_the_map(tmp_path: Path) -> None:
    export = Export()
    for day in (1, 2, 5, 6):
        export.answer(day, str(day), to=("Water", "Tea")[day // 4 % 2])
    found = person(tmp_path, export)
    assert found.trial is None
    assert found.problems[0].what == (
        "the treatment may have changed on a study day from 3 to 5; "
        "phases of 4 or 5 nights agree with the rows"
    )
    trial = trial_of(tmp_path, export, more="phase_nights = 4")
    assert [(p.first.day, p.last.day) for p in trial.protocol.design.lived] == [(1, 4), (5, 6)]


def test_every_question_left_out_is_said_once(tmp_path: Path) -> None:
    found = read(tmp_path, Export().phases([5] * 8).text())
    assert [str(p) for p in found.problems] == [
        "measurements.csv: the question 'Anything else?' (Morning) is not in the map. "
        "Its answers were left out."
    ]


def test_a_mapped_question_that_is_not_asked_names_those_that_are(tmp_path: Path) -> None:
    text = Export().phases([5] * 8).text().replace(SLEEP, "How was it?")
    with pytest.raises(
        InputError, match=r"is not asked in it\. Map one of its questions: 'Anything"
    ):
        read(tmp_path, text)


def test_a_question_asked_by_two_surveys_needs_its_survey(tmp_path: Path) -> None:
    text = Export().phases([5] * 8).text().replace("How stressed are you?", SLEEP)
    with pytest.raises(InputError, match=r"is asked 2 times\. Write the question's id"):
        read(tmp_path, text)


def test_an_intervention_the_map_does_not_name_is_an_error(tmp_path: Path) -> None:
    export = Export().phases([5] * 7, first=1).answer(8, "5", to="Coffee")
    assert complaints(tmp_path, export) == [
        "2: the intervention 'Coffee' is neither the map's treatment nor its reference"
    ]


def test_a_person_who_never_came_to_the_treatment_has_no_trial(tmp_path: Path) -> None:
    assert complaints(tmp_path, Export().phases([5] * 3, first=1)) == [
        "None: this person answered for no night with 'Tea'"
    ]


def test_two_starts_of_one_person_are_an_error(tmp_path: Path) -> None:
    export = Export().phases([5] * 8, first=1)
    export.rows[3]["participant_started_at"] = "2024-05-02 22:00:00.000Z"
    assert complaints(tmp_path, export) == [
        "5: participant_started_at differs between this person's rows"
    ]


def test_a_time_without_its_zone_is_an_error(tmp_path: Path) -> None:
    export = Export().phases([5] * 8, first=1)
    export.rows[0]["measurement_time"] = "2024-05-09 08:00:00"
    found = person(tmp_path, export)
    assert found.trial is None
    assert "is not an instant" in found.problems[0].what


def test_people_are_read_apart_and_one_can_be_chosen(tmp_path: Path) -> None:
    anna = Export(person="anna").phases([5] * 8, first=1)
    bert = Export(person="bert").phases([6] * 8, first=1)
    cleo = Export(person="cleo").answer(1, to="Water")
    both = Export()
    both.rows = [*bert.rows, *cleo.rows, *anna.rows]
    found = read(tmp_path, both.text())
    assert [p.participant for p in found.people] == ["anna", "bert", "cleo"]
    assert [p.trial is None for p in found.people] == [False, False, True]
    assert [str(p) for p in found.people[2].problems] == [
        "measurements.csv: cleo answered none of the mapped questions. Nothing was imported."
    ]
    (chosen,) = read(tmp_path, both.text(), who="bert").people
    assert chosen == found.people[1]
    with pytest.raises(InputError, match=r"no participant 'dora'\. Use one of: anna, bert, cleo"):
        read(tmp_path, both.text(), who="dora")


@pytest.mark.parametrize("zone", ["", "Europe/Nowhere", "+02:00"])
def test_the_zone_is_required(tmp_path: Path, zone: str) -> None:
    with pytest.raises(InputError, match="Give one such as Europe/Berlin"):
        read(tmp_path, Export().phases([5] * 8).text(), zone=zone)


@pytest.mark.parametrize("member", ["measurements.csv", "export 3/Measurements_milk.csv"])
def test_a_zip_is_read_like_the_file_in_it(tmp_path: Path, member: str) -> None:
    export = Export().phases([5] * 8)
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, export.text())
        archive.writestr("__MACOSX/._measurements.csv", "x")
        archive.writestr("interventions.csv", "x")
    mapping = read_map(MAP.format(more="").encode(), file="map.toml")
    found = read_studyu(path, zone="Europe/Berlin", mapping=mapping)
    assert found.people[0].trial == trial_of(tmp_path, export)
    assert found.problems[0].file == f"export.zip/{member}"


def test_files_that_are_no_export_say_what_to_do(tmp_path: Path) -> None:
    mapping = read_map(MAP.format(more="").encode(), file="map.toml")

    def complaint(path: Path) -> str:
        with pytest.raises(InputError) as caught:
            read_studyu(path, zone="Europe/Berlin", mapping=mapping)
        return str(caught.value)

    assert "missing.csv: it cannot be read" in complaint(tmp_path / "missing.csv")
    (tmp_path / "empty.csv").write_text("")
    assert "the column 'measurement_time' is missing" in complaint(tmp_path / "empty.csv")
    (tmp_path / "bare.csv").write_text(",".join(HEADING) + "\n")
    assert complaint(tmp_path / "bare.csv") == (
        "bare.csv: it has no rows. Export again once somebody has answered."
    )
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("interventions.csv", "x")
    assert "none.zip: it should hold one CSV file of measurements; found: none" in complaint(
        tmp_path / "none.zip"
    )
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a/measurements.csv", "x")
        archive.writestr("b/measurements.csv", "x")
    assert "found: a/measurements.csv, b/measurements.csv" in complaint(tmp_path / "two.zip")
    with zipfile.ZipFile(tmp_path / "torn.zip", "w") as archive:
        archive.writestr("measurements.csv", "some rows")
    torn = (tmp_path / "torn.zip").read_bytes().replace(b"some rows", b"some rats")
    (tmp_path / "torn.zip").write_bytes(torn)
    assert "torn.zip: it cannot be read (Bad CRC-32" in complaint(tmp_path / "torn.zip")
