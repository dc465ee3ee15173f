"""ekbom simulate: what it prints, writes and refuses."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from ekbom.protocol.files import BUILT_IN, built_in, content_hash, resolved, toml_text
from ekbom.protocol.model import AnalysisPlan, DesignPlan, Protocol
from ekbom.report.comparison_words import comparison_lines
from ekbom.report.simulation_words import simulation_lines
from ekbom.simulation.layout import layout_of
from ekbom.simulation.stored import stored_record
from ekbom.simulation.truths import truths_for
from trials import at, plain_protocol, registered, shell

NOW = at(0)
# A known onset time is quick to simulate.
PLAN = plain_protocol(
    design=DesignPlan(kind="pairs", pairs=5, period_nights=5),
    analysis=AnalysisPlan(tau_median=2, tau_log_sd=0, tau_test=2),
)
SVG = "{http://www.w3.org/2000/svg}"
FEW = ("--trials", "4", "--engine", "numpy")


@pytest.fixture
def plan(tmp_path) -> Path:
    return written(tmp_path, PLAN)


def written(folder: Path, protocol: Protocol) -> Path:
    file = folder / "mine.toml"
    file.write_text(toml_text(resolved(protocol)), encoding="utf-8")
    return file


def words(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


# --- what is printed --------------------------------------------------------------------------


def test_the_answer_is_in_words_first_and_then_in_figures(plan):
    found = shell("simulate", plan, *FEW, now=NOW)
    assert (found.exit_code, found.stderr) == (0, "")
    lines = found.stdout.splitlines()
    assert lines[0] == "What plain could find out"
    assert lines[1] == f"hash {content_hash(PLAN)}"
    assert lines.index("In words") < lines.index(
        "How good the estimate and the randomisation test are"
    )
    text = words(found.stdout)
    assert (
        "It takes 52 nights (7 weeks). 50 of them are randomised: 25 on water and 25 on tea" in text
    )
    assert "If tea does nothing, the answer is wrongly `helps` in" in text
    assert "A large effect, 3 points at full strength:" in text
    assert "improves your ratings by 1 point," in text
    assert "a minus means lower, which is better" in text
    assert "These are virtual people" in text
    assert lines[-1].startswith("From 4 simulated trials for each truth, seed 1945, engine numpy.")


def test_no_line_of_the_answer_is_wider_than_a_terminal(plan):
    for line in shell("simulate", plan, *FEW, now=NOW).stdout.splitlines():
        assert len(line) <= 80, line


def test_json_is_the_answer_and_nothing_else(plan, tmp_path):
    figure = tmp_path / "chances.svg"
    found = shell("simulate", plan, *FEW, "--json", "--figure", figure, now=NOW)
    assert (found.exit_code, found.stderr) == (0, "")
    record = json.loads(found.stdout)
    assert record["protocol_hash"] == content_hash(PLAN)
    assert (record["trials"], record["seed"], record["complete"]) == (4, 1945, True)
    assert [row["truth"] for row in record["rows"]] == [t.id for t in truths_for(layout_of(PLAN))]
    assert figure.exists()


@pytest.mark.slow
def test_the_same_seed_prints_the_same_and_another_another(plan):
    one, two, other = (
        shell("simulate", plan, *FEW, "--seed", seed, "--json", now=NOW).stdout
        for seed in ("7", "7", "8")
    )
    assert one == two
    assert one != other


@pytest.mark.slow
def test_two_processes_print_what_one_does(plan):
    one, two = (
        shell("simulate", plan, *FEW, "--processes", n, "--json", now=NOW).stdout for n in "12"
    )
    assert one == two


@pytest.mark.slow
def test_quiet_changes_nothing_of_the_answer(plan):
    one, two = (shell("simulate", plan, *FEW, *q, now=NOW) for q in ((), ("--quiet",)))
    assert (one.stdout, one.stderr) == (two.stdout, two.stderr)


def test_another_design_can_be_tried(plan):
    options = ("--pairs", "3", "--period-nights", "7", "--unanalysed", "1", "--washout", "2")
    record = json.loads(shell("simulate", plan, *FEW, *options, "--json", now=NOW).stdout)
    assert (record["period_nights"], record["unanalysed_nights"]) == (7, 1)
    assert record["burden"]["nights"] == 2 + 6 * 7 + 5 * 2
    assert record["burden"]["orders"] == 8


def test_very_many_orders_are_not_written_out():
    record = stored_record(built_in("magnesium-rls-fast"))
    assert record is not None
    many = {**record, "burden": {**record["burden"], "orders": 2**200}}
    assert "Chance draws one of about 10^60 orders." in words(" ".join(simulation_lines(many)))


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_protocol_is_answered_from_its_table(name):
    found = json.loads(shell("simulate", name, "--json", now=NOW).stdout)
    assert found == stored_record(built_in(name))


def test_help_shows_every_option_and_an_example():
    text = shell("simulate", "--help", now=NOW).stdout
    for option in ("--trials", "--json", "--figure", "--dask", "--compare", "--max-weeks"):
        assert option in text
    assert "Examples: ekbom simulate magnesium-rls-fast" in text


# --- which plan -------------------------------------------------------------------------------


def test_a_registered_trial_is_simulated_as_it_stands_in_its_folder(tmp_path):
    folder = tmp_path / "trial"
    registered(folder, PLAN)
    before = {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file()}
    found = shell("simulate", folder, *FEW, "--json", now=NOW + timedelta(days=1))
    assert found.exit_code == 0
    assert json.loads(found.stdout)["protocol_hash"] == content_hash(PLAN)
    assert {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file()} == before


def test_a_name_that_is_none_names_the_built_in_ones():
    found = shell("simulate", "magnesium", now=NOW)
    assert (found.exit_code, found.stdout) == (2, "")
    assert all(name in found.stderr for name in BUILT_IN)


def test_a_folder_without_a_trial_and_a_file_without_a_protocol_are_refused(tmp_path):
    for path, what in ((tmp_path, "not a trial folder"), (tmp_path / "x.toml", "not TOML")):
        if path.suffix:
            path.write_text("this is no protocol", encoding="utf-8")
        found = shell("simulate", path, now=NOW)
        assert (found.exit_code, found.stdout) == (2, "")
        assert what in found.stderr


# --- the figure -------------------------------------------------------------------------------


def test_the_figure_is_an_svg_with_a_description_in_words(plan, tmp_path):
    figure = tmp_path / "chances.svg"
    found = shell("simulate", plan, *FEW, "--figure", figure, now=NOW)
    assert found.stdout.splitlines()[-1] == f"The figure: {figure.resolve()}"
    svg = ET.fromstring(figure.read_text("utf-8"))
    assert svg.tag == f"{SVG}svg"
    assert svg.get("role") == "img"
    said = svg.get("aria-label") or ""
    assert said.startswith("Answers in 100 trials of plain.")
    assert "does nothing: helps" in said
    assert "helps by 3 points" in said
    assert "nan" not in figure.read_text("utf-8").lower()


def test_a_figure_that_cannot_be_written_is_refused_before_anything_runs(plan, tmp_path):
    for figure, what in (
        (tmp_path, "is a directory"),
        (tmp_path / "nowhere" / "x.svg", "there is no folder"),
    ):
        found = shell("simulate", plan, *FEW, "--figure", figure, now=NOW)
        assert (found.exit_code, found.stdout) == (2, "")
        assert what in found.stderr


# --- plans side by side -----------------------------------------------------------------------


@pytest.mark.slow
def test_compare_says_which_plan_is_recommended_within_the_limits(plan):
    limits = ("--compare", "--max-weeks", "8", "--max-placebo-nights", "40", "--tau", "1")
    found = shell("simulate", plan, "--trials", "300", *limits, "--json", now=NOW)
    assert (found.exit_code, found.stderr) == (0, "")
    record = json.loads(found.stdout)
    assert record["complete"]
    assert record["criterion"]["limits"] == {"weeks": 8.0, "placebo_nights": 40.0}
    assert record["criterion"]["taus"] == [1.0]
    for one in record["candidates"]:
        too_long = one["characteristics"]["burden"]["weeks"] > 8
        assert ("weeks" in one["out"]) == too_long
    assert any("weeks" in one["out"] for one in record["candidates"])
    assert record["candidates"][record["recommended"]]["out"] == []
    text = words(" ".join(comparison_lines(record)))
    assert "Plans like plain, side by side under one seed" in text
    assert f"Recommended: plan {record['recommended'] + 1}," in text
    assert "Your limits: at most 8 weeks and at most 40 nights on water." in text
    assert "too long" in text


def test_a_handful_of_trials_recommends_nothing(plan):
    found = shell("simulate", plan, *FEW, "--compare", now=NOW)
    assert found.exit_code == 0
    assert "too few trials" in found.stdout
    assert "None of these plans qualifies." in found.stdout


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--processes", "2", "--dask", "h:1"), "either --processes or --dask"),
        (("--tau", "2"), "go with --compare"),
        (("--max-weeks", "9"), "go with --compare"),
        (("--compare", "--figure", "x.svg"), "--figure goes without --compare"),
        (("--looks", "2", "--figure", "x.svg"), "--figure goes without --compare"),
        (("--compare", "--tau", "-1"), "not in the range"),
        (("--compare", "--tau", "nan"), "is not a number"),
        (("--compare", "--max-weeks", "nan"), "is not a number"),
        (("--compare", "--max-weeks", "inf"), "is not a number"),
        (("--compare", "--max-placebo-nights", "many"), "not a valid float"),
        (("--looks", "2", "--error", "nan"), "is not a number"),
        (("--trials", "1"), "not in the range"),
        (("--trials", "10000000000"), "not in the range"),
        (("--seed", "-1"), "not in the range"),
        (("--processes", "0"), "not in the range"),
        (("--engine", "abacus"), "abacus"),
        (("--pairs", "0"), "not in the range"),
        (("--unanalysed", "5"), "leave nothing of periods of 5"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_words(plan, options, what):
    for name in (plan, "magnesium-rls-fast") if "--unanalysed" not in options else (plan,):
        found = shell("simulate", name, *options, now=NOW)
        assert (found.exit_code, found.stdout) == (2, "")
        assert what in found.stderr
        assert "Traceback" not in found.stderr


def test_an_extra_that_is_not_installed_is_named():
    # CI runs these tests without the extras, and tests/extras with them.
    for module, options, extra in (
        ("distributed", ("--dask", "127.0.0.1:1"), "ekbom[scale]"),
        ("numba", ("--engine", "numba"), "ekbom[fast]"),
    ):
        if find_spec(module) is None:
            found = shell("simulate", "magnesium-rls-fast", "--trials", "2", *options, now=NOW)
            assert (found.exit_code, found.stdout) == (3, "")
            assert extra in found.stderr
