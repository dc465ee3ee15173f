"""Operating characteristics: counted right, with honest errors, the same wherever they run."""

from __future__ import annotations

import functools
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORDS, WORSE
from ekbom.analysis.many_tests import gls_many
from ekbom.protocol.files import built_in, resolved, toml_text
from ekbom.protocol.model import AnalysisPlan, DesignPlan, Protocol
from ekbom.report.figures.chances import chances_svg
from ekbom.report.simulation_words import simulation_lines
from ekbom.simulation.analysed import Analysed
from ekbom.simulation.batches import BATCH, Batch, batch_count, live_batch, run_batch
from ekbom.simulation.characteristics import Characteristics, Estimated, simulate, summarise
from ekbom.simulation.executors import processes, run_here
from ekbom.simulation.layout import layout_of
from ekbom.simulation.participant import usual_participant
from ekbom.simulation.record import characteristics_record
from ekbom.simulation.traits import Missing
from ekbom.simulation.truths import Truth, truth_of, truths_for
from trials import plain_protocol

FAST = built_in("magnesium-rls-fast")
# A known onset time is quick to simulate.
PLAIN = plain_protocol(
    design=DesignPlan(kind="pairs", pairs=5, period_nights=5),
    analysis=AnalysisPlan(tau_median=2, tau_log_sd=0, tau_test=2),
)
LAYOUT = layout_of(PLAIN)
NONE, GIVEN_AWAY, *_ = truths_for(LAYOUT)
LARGE = truth_of(LAYOUT, benefit=3.0, tau=1.0, scale="full", size="large")


def run(trials: int = 60, **changes: Any) -> Characteristics:
    given = {"protocol": PLAIN, "truths": (NONE, LARGE), "trials": trials, "seed": 7}
    return simulate(**{**given, **changes})


def same(one: Analysed, other: Analysed) -> bool:
    return all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name), equal_nan=f.name != "reports")
        for f in fields(Analysed)
    )


def fake(count: int, **values: Sequence[float]) -> Analysed:
    """Return trials in which everything is in order and nothing is found, but for ``values``."""
    usual = {
        "orders": np.tile(np.array([0, 1], dtype=np.int8), (count, 5)),
        "reports": np.full((count, 10), 5),
        **dict.fromkeys(("theta", "mean", "missing", "gap"), np.zeros(count)),
        **dict.fromkeys(("below_truth", "better", "worse"), np.full(count, 0.5)),
        **dict.fromkeys(("benefit", "harm", "negligible", "sd_ratio"), np.full(count, 0.3)),
        **dict.fromkeys(("p", "p_benefit", "p_harm"), np.full(count, 0.5)),
        "sd": np.ones(count),
        "revealed": np.zeros(count),
        "smallest_p": np.full(count, 1 / 32),
    }
    given = {name: np.array(value, dtype=float) for name, value in values.items()}
    return Analysed(**{**usual, **given})


# --- the same numbers wherever they run -------------------------------------------------------


@functools.cache
def whole() -> Characteristics:
    return run(120)


@pytest.mark.slow
def test_the_numbers_are_the_same_in_two_processes():
    with processes(2) as elsewhere:
        there = run(120, run=elsewhere)
    for one, other in zip(whole().rows, there.rows, strict=True):
        assert same(one.analysed, other.analysed)
    assert characteristics_record(whole()) == characteristics_record(there)


def test_the_numbers_do_not_hang_on_which_batch_is_done_first():
    def backwards(work: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        for place in reversed(range(len(tasks))):
            yield place, work(tasks[place])

    assert characteristics_record(whole()) == characteristics_record(run(120, run=backwards))


def test_70_trials_are_the_beginning_of_120_and_progress_rises_to_all_of_them():
    said: list[tuple[int, int]] = []
    short = run(70, progress=lambda done, wanted: said.append((done, wanted)))
    for one, other in zip(short.rows, whole().rows, strict=True):
        assert one.trials == 70
        assert same(one.analysed, other.analysed.first(70))
    assert said == [(35, 140), (70, 140), (105, 140), (140, 140)]


def test_another_seed_gives_other_numbers():
    other = run(50, truths=(NONE,), seed=8).rows[0].analysed
    assert not np.array_equal(whole().rows[0].analysed.first(50).mean, other.mean)


def test_the_truth_changes_nothing_of_what_chance_decides():
    one, other = (
        live_batch(Batch(protocol=PLAIN, participant=t.participant, seed=3, number=2))
        for t in (NONE, LARGE)
    )
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1].swallowed, other[1].swallowed)
    assert np.array_equal(one[1].loose, other[1].loose)
    off = ~LAYOUT.treated(one[0])
    off[:, : np.flatnonzero(LAYOUT.schedule.randomised)[0]] = False
    first = off & (np.cumsum(LAYOUT.treated(one[0]), axis=1) == 0)
    assert np.array_equal(one[1].latent[first], other[1].latent[first])


def test_batches_hold_the_trials_that_are_wanted():
    assert [batch_count(n) for n in (1, BATCH, BATCH + 1, 400)] == [1, 1, 2, 8]
    (found,) = run_batch(Batch(protocol=PLAIN, participant=NONE.participant, seed=1, number=0))
    assert found.count == BATCH


def test_fewer_than_two_trials_are_refused():
    with pytest.raises(ValueError, match="2 trials"):
        run(1)


# --- interrupted ------------------------------------------------------------------------------


def interrupted_after(batches: int) -> Callable[..., Iterator[tuple[int, Any]]]:
    def some(work: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        for place, result in run_here(work, tasks):
            if place == batches:
                raise KeyboardInterrupt
            yield place, result

    return some


def test_an_interrupt_returns_what_is_done_and_says_so():
    found = run(200, run=interrupted_after(3))
    assert not found.complete
    assert [row.trials for row in found.rows] == [100, 50]
    for one, other in zip(found.rows, whole().rows, strict=True):
        assert same(one.analysed, other.analysed.first(one.trials))
    record = characteristics_record(found)
    assert record["complete"] is False
    assert json.dumps(record, allow_nan=False)
    assert "only 50 of 200 were done" in " ".join(simulation_lines(record))
    assert "From at least 50 simulated trials each" in chances_svg(record)
    assert "From 120 simulated trials each" in chances_svg(characteristics_record(whole()))


def test_batches_whose_beginning_is_missing_tell_nothing():
    def last_first(work: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        yield len(tasks) - 1, work(tasks[-1])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(200, run=last_first)


def test_an_interrupt_after_the_last_batch_is_complete():
    assert run(50, run=interrupted_after(2)).complete


def test_an_interrupt_before_anything_is_done_has_nothing_to_tell():
    with pytest.raises(KeyboardInterrupt):
        run(200, run=interrupted_after(0))


def test_an_interrupt_before_every_truth_was_tried_tells_of_those_that_were():
    found = run(200, run=interrupted_after(1))
    assert (found.complete, [row.trials for row in found.rows]) == (False, [50])
    assert json.dumps(characteristics_record(found), allow_nan=False)
    assert "only 50 of 200 were done" in " ".join(simulation_lines(characteristics_record(found)))


def started(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start a long simulation whose progress is written to a terminal."""
    file = folder / "plain.toml"
    file.write_text(toml_text(resolved(PLAIN)), encoding="utf-8")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from ekbom.cli import main; main()", "simulate", str(file)]
    running = subprocess.Popen(
        [*command, "--trials", "100000", "--engine", "numpy", *options],
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    return running, ours


def wait_for(terminal: int, *, trials: int) -> None:
    """Wait until the progress says that so many trials are done."""
    shown, until = b"", time.monotonic() + 60
    while time.monotonic() < until:
        shown += os.read(terminal, 4096)
        done = [int(n) for n in re.findall(rb"(\d+) of \d+ simulated", shown)]
        if done and done[-1] >= trials:
            return
    raise AssertionError(shown)


def rest_of(terminal: int) -> str:
    shown = b""
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the other side has closed it
            more = b""
        if not more:
            return shown.decode()
        shown += more


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--processes", "2")])
def test_ctrl_c_in_the_shell_prints_what_is_done_as_valid_json(tmp_path, options):
    running, terminal = started(tmp_path, "--json", *options)
    truths = len(truths_for(LAYOUT))
    wait_for(terminal, trials=(truths + 2) * BATCH)
    # As a terminal does: to every process of the group.
    os.killpg(running.pid, signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "Traceback" not in rest_of(terminal)
    record = json.loads(out)
    assert record["complete"] is False
    assert all(50 <= row["trials"] < 100000 for row in record["rows"])
    assert len(record["rows"]) == truths


def test_an_early_ctrl_c_tells_of_the_truths_that_were_tried(tmp_path):
    running, terminal = started(tmp_path)
    wait_for(terminal, trials=1)
    os.killpg(running.pid, signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert b"Interrupted: only 50 of" in b" ".join(out.split())
    assert "Traceback" not in rest_of(terminal)


# --- Monte Carlo errors -----------------------------------------------------------------------


def share(k: int, n: int) -> Estimated:
    return Estimated.share(np.arange(n) < k)


@pytest.mark.parametrize("n", [50, 400])
def test_the_error_of_a_share_is_that_of_one_success_and_failure_more(n):
    for k in (0, 1, n // 3, n):
        p = (k + 1) / (n + 2)
        found = share(k, n)
        assert found.value == k / n
        assert found.error == pytest.approx(np.sqrt(p * (1 - p) / (n + 2)))
        assert found.error > 0


@pytest.mark.parametrize("n", [50, 400])
@pytest.mark.parametrize("p", [0.005, 0.02, 0.1, 0.5, 0.9, 0.995])
def test_two_errors_hold_the_true_share_as_often_as_they_should_by_enumeration(n, p):
    found = [share(k, n) for k in range(n + 1)]
    chance = stats.binom.pmf(np.arange(n + 1), n, p)
    held = [abs(one.value - p) <= 2 * one.error for one in found]
    # Worst where 0 is likely and the truth just too large for it.
    assert chance @ held >= 0.85
    # On the whole it is the binomial's own, and never much less.
    typical = np.sqrt(chance @ [one.error**2 for one in found])
    assert typical >= 0.97 * np.sqrt(p * (1 - p) / n)
    if n * p * (1 - p) > 3:
        assert typical == pytest.approx(np.sqrt(p * (1 - p) / n), rel=0.15)


def test_the_error_of_a_mean_is_the_usual_one():
    values = np.array([1.0, 2.0, 4.0, 9.0])
    found = Estimated.mean(values)
    assert found.value == 4.0
    assert found.error == pytest.approx(stats.sem(values))


# --- what is counted --------------------------------------------------------------------------


def row_of(found: Analysed, truth: Truth = NONE, **rule: float):
    return summarise(truth=truth, found=found, layout=LAYOUT, rule=replace(PLAIN.decision, **rule))


def test_coverage_bias_and_rmse_by_hand():
    found = fake(
        4,
        theta=[0.0, -1.0, -2.0, np.nan],
        mean=[0.5, -1.5, -2.0, np.nan],
        sd=[1.0, 2.0, 3.0, np.nan],
        below_truth=[0.02, 0.025, 0.98, np.nan],
    )
    row = row_of(found)
    assert row.trials == 4
    assert row.coverage == share(1, 3)
    assert row.bias is not None
    assert row.bias.value == pytest.approx(0.0)
    assert row.bias.error == pytest.approx(0.5 / np.sqrt(3))
    assert row.rmse == pytest.approx(np.sqrt(0.5 / 3))
    assert row.posterior_sd == 2.0


def test_words_are_counted_and_add_up_to_all():
    found = fake(
        5,
        better=[0.99, 0.01, 0.5, 0.5, 0.99],
        worse=[0.01, 0.99, 0.5, 0.5, 0.01],
        benefit=[0.9, 0.0, 0.0, 0.3, 0.9],
        harm=[0.0, 0.9, 0.0, 0.3, 0.0],
        negligible=[0.1, 0.1, 0.99, 0.4, 0.1],
        p_benefit=[0.04, 1.0, 0.5, 0.5, 0.06],
        p_harm=[1.0, 0.04, 0.5, 0.5, 1.0],
        p=[0.05, 0.06, 1.0, 1.0, np.nan],
    )
    row = row_of(found)
    shares = [row.words[w].value for w in (HELPS, WORSE, NO_DIFFERENCE, CANNOT_TELL)]
    assert shares == [0.2, 0.2, 0.2, 0.4]
    assert row.model_power == share(2, 5)
    assert row.test_power == share(1, 5)
    assert row.test_two_sided == share(1, 5)


@pytest.mark.parametrize("direction", ["lower", "higher"])
def test_wrong_is_a_direction_where_there_is_none_the_opposite_one_or_an_effect_missed(direction):
    urge = replace(PLAIN.primary, direction=direction)
    layout = layout_of(replace(PLAIN, outcomes=(urge,)))
    found = fake(
        4,
        better=[0.99, 0.01, 0.5, 0.5],
        worse=[0.01, 0.99, 0.5, 0.5],
        benefit=[0.9, 0.0, 0.0, 0.3],
        harm=[0.0, 0.9, 0.0, 0.3],
        negligible=[0.1, 0.1, 0.99, 0.4],
        p_benefit=[0.01, 1.0, 0.5, 0.5],
        p_harm=[1.0, 0.01, 0.5, 0.5],
    )
    sign = -1.0 if direction == "lower" else 1.0
    wrong = {}
    for benefit in (0.0, 0.9, 1.1, -0.9, -1.1):
        truth = replace(LARGE, beta=sign * 1.3 * benefit, theta=sign * benefit)
        row = summarise(truth=truth, found=found, layout=layout, rule=PLAIN.decision)
        assert [row.words[w].value for w in WORDS] == [0.25] * 4
        wrong[benefit] = round(4 * row.wrong.value)
    assert wrong == {0.0: 2, 0.9: 1, 1.1: 2, -0.9: 1, -1.1: 2}


@pytest.mark.parametrize(
    ("gate", "name", "passing", "failing"),
    [
        ("max_missing", "missing", 0.4, 0.41),
        ("max_reported_gap", "gap", 0.2, 0.21),
        ("max_sd_ratio", "sd_ratio", 0.5, 0.51),
        ("randomisation_p", "p_benefit", 0.05, 0.06),
        ("max_revealed_gap", "revealed", 0.05, 0.06),
    ],
)
def test_each_gate_passes_at_its_threshold_and_fails_beyond_it(gate, name, passing, failing):
    sure = {"better": [0.99] * 3, "worse": [0.01] * 3, "benefit": [0.8] * 3, "harm": [0.0] * 3}
    found = fake(3, **{**sure, "p_benefit": [0.01] * 3, name: [passing, failing, np.nan]})
    row = row_of(found, **{gate: passing})
    assert row.words[HELPS] == share(1, 3)
    assert row.words[CANNOT_TELL] == share(2, 3)


def test_no_word_without_a_test_or_without_enough_reports():
    sure = {"better": [0.99] * 3, "worse": [0.01] * 3, "benefit": [0.9] * 3, "p_benefit": [0.0] * 3}
    reports = np.full((3, 10), 5)
    reports[1, 1:8:2] = 4
    reports[2, 1:6:2] = 4
    found = replace(fake(3, **sure, smallest_p=[np.nan, 0.01, 0.01]), reports=reports)
    assert row_of(found).words[HELPS] == share(1, 3)


def test_a_test_too_small_to_confirm_anything_takes_no_word_back():
    sure = {"better": [0.99], "worse": [0.01], "benefit": [0.9], "harm": [0.0]}
    for p in (0.125, 1.0):
        assert row_of(fake(1, **sure, smallest_p=[0.125], p_benefit=[p])).words[HELPS].value == 1.0


# --- where nothing can be estimated -----------------------------------------------------------


def test_the_record_is_valid_json_where_no_morning_was_reported():
    silent = replace(NONE.participant, missing=Missing(share=1.0))
    truths = (replace(NONE, participant=silent), replace(LARGE, participant=silent))
    found = run(50, truths=truths)
    record = characteristics_record(found)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    for row in record["rows"]:
        assert row["words"][CANNOT_TELL]["value"] == 1.0
        assert [row[k] for k in ("coverage", "bias", "rmse", "posterior_sd")] == [None] * 4
        assert row["test_power"]["value"] == row["model_power"]["value"] == 0.0
    text = "\n".join(simulation_lines(record))
    assert "nan" not in text
    assert chances_svg(record).startswith("<svg")


def test_a_truth_is_looked_up_by_its_id():
    assert whole().row("none") is whole().rows[0]
    with pytest.raises(KeyError):
        whole().row("nothing")


# --- the exact test ---------------------------------------------------------------------------


def null_tests(protocol: Protocol, value: np.ndarray, orders: np.ndarray):
    layout = layout_of(protocol)
    plan = protocol.analysis
    return gls_many(
        value=np.where(layout.planned, value, np.nan),
        trend=layout.schedule.trend,
        period=layout.schedule.period,
        reference=layout.reference,
        observed=orders,
        rho0=plan.rho_test,
        tau0=plan.tau_test,
        higher_is_better=False,
    )


def test_the_one_sided_size_of_the_exact_test_over_simulated_null_trials():
    person = usual_participant(FAST.primary, beta=0.0, tau=2.0)
    batches = [
        live_batch(Batch(protocol=FAST, participant=person, seed=5, number=n)) for n in range(12)
    ]
    value = np.concatenate([lived.value for _, lived in batches])
    found = null_tests(FAST, value, np.concatenate([orders for orders, _ in batches]))
    error = np.sqrt(0.05 * 0.95 / len(value))
    for p in (found.p, found.p_benefit, found.p_harm):
        assert (p <= 0.05).mean() <= 0.05 + 3 * error


@pytest.mark.parametrize("number", range(3))
def test_the_size_of_the_exact_test_by_enumeration_of_every_order(number):
    person = usual_participant(FAST.primary, beta=0.0, tau=2.0)
    batch = Batch(protocol=FAST, participant=person, seed=6, number=number)
    value = live_batch(batch)[1].value[0]
    orders = layout_of(FAST).reference.periods
    found = null_tests(FAST, np.tile(value, (len(orders), 1)), orders)
    for p in (found.p, found.p_benefit, found.p_harm):
        # The share of orders with so small a p is at most p itself, for every p there is.
        assert all((p <= level).mean() <= level + 1e-12 for level in p)
