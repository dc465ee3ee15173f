"""ekbom import studyu: from an export to folders that check and verdict read."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from trials import contents, shell

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DAY_0 = date(2024, 5, 1)
MAP = """
treatment = "Tea"
reference = "Water"

[[outcomes]]
asked = "How was your sleep?"
id = "sleep"
kind = "rating"
role = "primary"
direction = "higher"
minimum = 0
maximum = 10
prior_range = 10
mid = 1
unit = "points"
"""


def _stamp(local: datetime) -> str:
    utc = local.astimezone(UTC)
    return utc.isoformat(" ", "milliseconds").replace("+00:00", "Z")


def rows(person: str, *, days: int = 16, value: int | None = None) -> list[dict[str, str]]:
    """Return a person's mornings, in phases of 4 that begin with water."""
    found = []
    for day in range(days):
        name = ("Water", "Tea")[day // 4 % 2]
        found.append(
            {
                "measurement_time": _stamp(
                    datetime.combine(DAY_0 + timedelta(days=day), time(8), BERLIN)
                ),
                "participant_id": person,
                "participant_started_at": _stamp(datetime.combine(DAY_0, time(), BERLIN)),
                "current_day_of_study": str(day),
                "current_intervention_id": name.lower(),
                "current_intervention_name": name,
                "survey1_name": "Morning",
                "is_survey1": "true",
                "survey1_question1_id": "sleep-id",
                "survey1_question1_text": "How was your sleep?",
                "survey1_question1_response": str(
                    (3 + day % 3 + 2 * (name == "Tea")) if value is None else value
                ),
            }
        )
    return found[::-1]


def export(tmp_path: Path, *people: list[dict[str, str]]) -> Path:
    out = io.StringIO()
    lines = [row for person in people for row in person]
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    (tmp_path / "measurements.csv").write_text(out.getvalue(), encoding="utf-8")
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    return tmp_path / "measurements.csv"


def studyu(tmp_path: Path, file: Path, *more: str) -> tuple[int, str, str]:
    result = shell(
        "import", "studyu", file, tmp_path / "out", "--zone", "Europe/Berlin",
        "--map", tmp_path / "map.toml", *more, now=NOW,
    )  # fmt: skip
    return result.exit_code, result.stdout, result.stderr


def test_one_person_gives_a_trial_that_checks_and_has_no_p(tmp_path: Path) -> None:
    file = export(tmp_path, rows("anna"))
    status, text, _ = studyu(tmp_path, file)
    out = tmp_path / "out"
    assert (status, text) == (0, f"Imported anna: 16 nights into {out}\n")
    assert shell("check", out, now=NOW).exit_code == 0
    record = json.loads(shell("verdict", out, "--json", now=NOW).stdout)
    outcome = record["outcomes"]["sleep"]
    assert outcome["verdict"] == "cannot tell yet"
    assert outcome["randomisation"]["p"] is None
    assert outcome["randomisation"]["reason"]


def test_several_people_give_a_folder_each(tmp_path: Path) -> None:
    file = export(tmp_path, rows("anna"), rows("ben"))
    status, text, _ = studyu(tmp_path, file)
    out = tmp_path / "out"
    assert status == 0
    assert text == "".join(
        f"Imported {name}: 16 nights into {out / name}\n" for name in ("anna", "ben")
    )
    assert sorted(p.name for p in out.iterdir()) == ["anna", "ben"]
    for name in ("anna", "ben"):
        assert shell("check", out / name, now=NOW).exit_code == 0
        events = (out / name / "events.csv").read_text(encoding="utf-8")
        assert f"StudyU export measurements.csv, participant {name}" in events


def test_one_of_several_can_be_chosen(tmp_path: Path) -> None:
    file = export(tmp_path, rows("anna"), rows("ben"))
    assert studyu(tmp_path, file, "--participant", "ben")[0] == 0
    assert (tmp_path / "out/trial.toml").is_file()


def test_a_faulty_person_leaves_nothing_and_the_others_are_whole(tmp_path: Path) -> None:
    file = export(tmp_path, rows("anna", value=99), rows("ben"))
    status, text, error = studyu(tmp_path, file)
    out = tmp_path / "out"
    assert (status, text) == (2, f"Imported ben: 16 nights into {out / 'ben'}\n")
    assert "Nothing was imported for anna.\n" in error
    assert "error: measurements.csv, line 2: " in error
    assert [p.name for p in out.iterdir()] == ["ben"]
    assert shell("check", out / "ben", now=NOW).exit_code == 0


def test_where_one_folder_is_taken_nothing_is_imported(tmp_path: Path) -> None:
    file = export(tmp_path, rows("anna"), rows("ben"))
    taken = tmp_path / "out/ben"
    taken.mkdir(parents=True)
    (taken / "note.txt").write_text("mine", encoding="utf-8")
    before = contents(tmp_path / "out")
    status, text, error = studyu(tmp_path, file)
    assert (status, text) == (3, "")
    assert error.endswith(f"{taken} exists already and is not empty. Nothing was changed.\n")
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize("name", ["../anna", "..", "/tmp/anna", "a\\b", "C:anna"])
def test_a_participant_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    file = export(tmp_path, rows(name), rows("ben"))
    before = contents(tmp_path)
    status, _, error = studyu(tmp_path, file)
    assert status == 2
    assert f"The participant {name!r} cannot name a folder." in error
    assert contents(tmp_path) == before


def test_the_zone_and_the_map_are_needed(tmp_path: Path) -> None:
    file = export(tmp_path, rows("anna"))
    result = shell("import", "studyu", file, tmp_path / "out", now=NOW)
    assert result.exit_code == 2
    assert "Missing option '--zone'" in result.stderr
    status, _, error = studyu(tmp_path, file, "--zone", "Berlin")
    assert (status, error) == (
        2,
        "measurements.csv: 'Berlin' is not a time zone. Give one such as Europe/Berlin.\n",
    )
    assert not (tmp_path / "out").exists()
