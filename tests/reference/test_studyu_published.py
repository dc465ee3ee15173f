"""Ten real StudyU trials: published by reporting day, and put right by night.

The published tables give a regression of sleep quality on the intervention stamped on the
reporting day, without the first observation.  The data are not ours and are not kept here.
"""

from __future__ import annotations

import csv
import functools
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtr

from ekbom.diary.studyu import StudyUExport, StudyUTrial, read_studyu
from ekbom.diary.studyu_map import read_map

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "hpi_classroom_studyu"
QUESTION = "How well did you sleep last night?"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not FOLDER.is_dir(), reason="the ten StudyU trials are not in ../shared beside the project"
    ),
]

MAP = f"""
treatment = "{{treatment}}"
reference = "{{reference}}"

[[outcomes]]
asked = "{QUESTION}"
survey = "Sleep"
id = "sleep_quality"
kind = "rating"
role = "primary"
direction = "higher"
minimum = 1
maximum = 10
prior_range = 9
mid = 1
unit = "points"
"""

# As published, the treatment is what comes second in the alphabet.
TREATMENTS = {
    "tea": ("No tea", "Herbal tea"),
    "herbal": ("No tea", "Herbal tea"),
    "milk": ("Warm milk", "Cold milk"),
    "noise": ("Silence", "Noise"),
    "window": ("Regular temperature", "Cold temperature"),
    "plant_animal": ("Plant protein", "Animal protein"),
}

# trial and participant: mean difference by reporting day (first reports only), and by night
DIFFERENCES = {
    ("tea", "0889"): (-0.2692, -0.3242),
    ("tea", "b6a7"): (-0.1714, -0.1714),
    ("tea", "c8ba"): (-0.6333, -0.8167),
    ("herbal", "026f"): (-0.0238, -0.1538),
    ("milk", "5c8f"): (-1.4755, -1.4755),
    ("noise", "886a"): (0.4011, 0.4615),
    ("window", "1841"): (-0.6190, 0.1429),
    ("window", "27bf"): (-0.5000, 0.0500),
    ("window", "2faf"): (-0.7885, -0.6566),
    ("plant_animal", "c3f0"): (-2.0833, -1.2000),
}


@dataclass(frozen=True)
class Reported:
    """What one person reported, in order of time: study day, x (1 = treatment), answer."""

    day: list[int]
    x: list[float]
    y: list[float]

    def first_of_each_day(self) -> Reported:
        keep = [i for i, d in enumerate(self.day) if d not in self.day[:i]]
        return Reported(*([column[i] for i in keep] for column in (self.day, self.x, self.y)))

    def difference(self) -> float:
        x, y = np.array(self.x), np.array(self.y)
        return float(y[x == 1].mean() - y[x == 0].mean())


@functools.cache
def tables() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "reference_individual.json").read_text())
    return found


def reported(trial: str, participant: str) -> Reported:
    """Read an export as the published analysis did: the row's own stamp is the treatment."""
    with (FOLDER / f"measurements_{trial}.csv").open(newline="", encoding="utf-8") as file:
        rows = [
            r
            for r in csv.DictReader(file)
            if r["participant_id"].startswith(participant) and r["measurement_name"] == "Sleep"
        ]
    rows.sort(key=lambda r: r["measurement_time"])
    return Reported(
        [int(r["current_day_of_study"]) for r in rows],
        [float(r["current_intervention_name"] == TREATMENTS[trial][0]) for r in rows],
        [float(r["survey1_question1_response"]) for r in rows],
    )


@functools.cache
def imported(trial: str) -> StudyUExport:
    treatment, reference = TREATMENTS[trial]
    text = MAP.format(treatment=treatment, reference=reference)
    mapping = read_map(text.encode(), file=f"{trial}.toml")
    file = FOLDER / f"measurements_{trial}.csv"
    return read_studyu(file, zone="Europe/Berlin", mapping=mapping)


def lived(trial: str, participant: str) -> StudyUTrial:
    found = next(p for p in imported(trial).people if p.participant.startswith(participant))
    assert found.trial is not None
    return found.trial


def difference_by_night(trial: StudyUTrial) -> float:
    values: dict[str, list[float]] = {t.role: [] for t in trial.protocol.treatments}
    roles = {t.name: t.role for t in trial.protocol.treatments}
    for period, name in zip(trial.protocol.design.lived, trial.allocation, strict=True):
        nights = [period.first + timedelta(n) for n in range((period.last - period.first).days + 1)]
        answers = trial.diary.values("sleep_quality", dates=nights)
        values[roles[name]] += list(answers[~np.isnan(answers)])
    return float(np.mean(values["treatment"]) - np.mean(values["reference"]))


@pytest.mark.parametrize("number", range(10))
def test_reporting_day_regression_agrees_with_the_published_table(number: int) -> None:
    table = tables()[number]
    data = reported(table["trial"], table["participant"])
    assert len(data.y) == table["n_all"]
    y = np.array(data.y[1:])
    X = np.column_stack([np.ones(len(y)), data.x[1:]])
    beta = np.linalg.solve(X.T @ X, X.T @ y)
    df = len(y) - 2
    variance = np.sum((y - X @ beta) ** 2) / df
    se = float(np.sqrt(variance * np.linalg.inv(X.T @ X)[1, 1]))
    p = float(2 * stdtr(df, -abs(beta[1]) / se))
    assert len(y) == table["n_reported"]
    assert beta[0] == pytest.approx(table["published_glsar_const"], abs=5.01e-5)
    assert beta[1] == pytest.approx(table["published_glsar_effect"], abs=5.01e-5)
    assert se == pytest.approx(table["published_se"], abs=5.01e-4)
    assert p == pytest.approx(table["published_p"], abs=5.01e-4)


@pytest.mark.parametrize("number", range(10))
def test_difference_of_all_reports_agrees_with_the_published_regression(number: int) -> None:
    table = tables()[number]
    data = reported(table["trial"], table["participant"])
    assert data.difference() == pytest.approx(table["ols_all_effect"], abs=5.01e-5)


@pytest.mark.parametrize(("trial", "participant"), DIFFERENCES)
def test_difference_by_reporting_day_and_by_night(trial: str, participant: str) -> None:
    by_day, by_night = DIFFERENCES[trial, participant]
    data = reported(trial, participant).first_of_each_day()
    assert data.difference() == pytest.approx(by_day, abs=5.01e-5)
    assert difference_by_night(lived(trial, participant)) == pytest.approx(by_night, abs=5.01e-5)


def test_the_night_flips_the_sign_in_two_of_ten_trials() -> None:
    flipped = [
        key
        for key in DIFFERENCES
        if np.sign(reported(*key).difference()) != np.sign(difference_by_night(lived(*key)))
    ]
    assert flipped == [("window", "1841"), ("window", "27bf")]


@pytest.mark.parametrize("number", range(10))
def test_no_report_is_lost_on_the_way_to_its_night(number: int) -> None:
    table = tables()[number]
    data = reported(table["trial"], table["participant"]).first_of_each_day()
    nights = lived(table["trial"], table["participant"]).diary.nights
    assert [n.answers["sleep_quality"] for n in nights] == data.y


def test_the_one_repeated_report_and_the_one_empty_person_are_said() -> None:
    people = [p for trial in TREATMENTS for p in imported(trial).people]
    assert len(people) == 11
    said = [str(p) for person in people for p in person.problems if "kept as a" not in str(p)]
    assert said == [
        "measurements_herbal.csv, line 37: sleep_quality of the night of 2023-08-05 was already "
        "answered in line 38. The first answer counts; this one was left out.",
        "measurements_herbal.csv: f70fca8e-39a7-491d-86e9-cd786cc2d670 answered none of the "
        "mapped questions. Nothing was imported.",
    ]


def test_phases_of_seven_nights_are_found_in_every_trial() -> None:
    trials = [lived(*key) for key in DIFFERENCES]
    assert {t.protocol.design.period_nights for t in trials} == {7}
    assert [len(t.allocation) for t in trials] == [4, 4, 4, 4, 4, 4, 2, 2, 4, 3]
