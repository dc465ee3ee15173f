"""The JSON record of a verdict: its keys are those that are documented, its values plain JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ekbom import __version__
from ekbom.report.record import FORMAT, verdict_record
from reference.small_trials import IMPRESSION, IRLS, NAUSEA, Small
from unit.verdict_samples import long_trial, relief, unanswered, untested

DOCS = Path(__file__).parents[2] / "docs" / "verdict-json.md"

OF_THE_ISSUE = {
    "effect": ["mean", "sd", "interval95", "unit", "direction"],
    "effect_full_exposure": ["mean", "sd", "interval95", "unit", "direction"],
    "probability": ["benefit", "harm", "negligible", "better"],
    "randomisation": [
        "p",
        "p_benefit",
        "p_harm",
        "smallest_p",
        "smallest_p_one_sided",
        "statistic",
        "sequences",
        "exact",
        "interval",
        "reason",
    ],
    "nights": ["planned", "analysed", "unanalysed", "missing", "excluded"],
}
"""What every outcome must print, as the project promised before there was code."""


def documented(table: int) -> dict[str, str]:
    """Return the keys of a table of the documentation with what is said of each."""
    tables = re.findall(r"(?:^\|.*\n?)+", DOCS.read_text(), flags=re.MULTILINE)
    rows = [line.strip("|").split("|", 1) for line in tables[table].splitlines()[2:]]
    return {key: said for keys, said in rows for key in re.findall(r"`(\w+)`", keys)}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the record of a trial with everything in it, read back from its JSON."""
    reports = {6 + 7 * p: 10.0 + p for p in range(12)}
    levels = {6 + 7 * p: 1.0 + p % 5 for p in range(12)}
    small = Small(
        others=(IRLS, IMPRESSION),
        side_effects=(NAUSEA,),
        say={"irls": reports, "impression": levels, "nausea": {3: 1.0, 9: 0.0}},
    )
    verdict = small.verdict(tmp_path_factory.mktemp("record"))
    text = json.dumps(verdict_record(verdict), allow_nan=False)
    found: dict[str, Any] = json.loads(text)
    return found


def test_keys_are_those_documented(record: dict[str, Any]) -> None:
    assert list(record) == list(documented(0))
    for outcome in record["outcomes"].values():
        assert set(outcome) == set(documented(1))
    assert (record["format"], record["ekbom"]) == (FORMAT, __version__)


@pytest.mark.parametrize("name", ["trial", "looks", "doses"])
def test_nested_keys_of_the_trial_are_those_documented(record: dict[str, Any], name: str) -> None:
    said = set(re.findall(r"`(\w+)`", documented(0)[name]))
    assert set(record[name]) == said


def test_nested_keys_of_outcomes_are_those_promised(record: dict[str, Any]) -> None:
    outcome = record["outcomes"]["urge"]
    for name, keys in OF_THE_ISSUE.items():
        extra = {"interval_level"} if name == "randomisation" else set()
        assert set(outcome[name]) == {*keys, *extra}
    for name in ("randomisation", "periods", "probability"):
        said = set(re.findall(r"`(\w+)`", documented(1)[name]))
        inner = outcome[name][0] if name == "periods" else outcome[name]
        assert set(inner) == said - {"null"}
    assert all(set(c) == checks_keys() for o in record["outcomes"].values() for c in o["checks"])


def checks_keys() -> set[str]:
    return {"name", "value", "threshold", "passed", "effect_on_verdict"}


def test_side_effects_are_by_item_and_treatment(record: dict[str, Any]) -> None:
    (nausea,) = record["side_effects"]["items"]
    assert set(nausea) == {"id", "treatments", "titration", "difference", "p", "few_data"}
    assert [t["treatment"] for t in nausea["treatments"]] == ["magnesium", "placebo"]
    assert set(nausea["titration"]) == {"treatment", "reported", "present", "worst"}
    incidents = record["side_effects"]["incidents"]
    assert set(incidents[0]) == {"treatment", "holds", "step_downs", "ends", "emergencies"}


def test_values_say_what_they_are(record: dict[str, Any]) -> None:
    urge, irls, impression = (record["outcomes"][k] for k in ("urge", "irls", "impression"))
    assert (urge["role"], irls["role"], irls["verdict"]) == ("primary", "secondary", None)
    low, high = urge["effect"]["interval95"]
    assert low < urge["effect"]["mean"] < high
    assert (urge["effect"]["unit"], urge["effect"]["direction"]) == ("points", "lower")
    told = urge["probability"]
    assert told["benefit"] + told["harm"] + told["negligible"] == pytest.approx(1)
    assert urge["periods"][0]["first"] == "2026-01-01"
    assert list(irls["probability_at"]) == ["9"]
    assert impression["effect"] is None
    assert impression["reason"] == "shown as counts"
    assert impression["impressions"]["magnesium"]
    assert json.dumps(record["outcomes"]).count("NaN") == 0


@pytest.mark.parametrize("made", [relief, long_trial, untested, unanswered])
def test_every_verdict_is_json_without_nan(made: Any) -> None:
    record = verdict_record(made())
    text = json.dumps(record, allow_nan=False)
    assert json.loads(text)["format"] == FORMAT
    for outcome in record["outcomes"].values():
        assert (outcome["effect"] is not None) or outcome["reason"]
        assert (outcome["randomisation"]["p"] is not None) or outcome["randomisation"]["reason"]
