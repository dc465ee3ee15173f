"""A Dask cluster gives the numbers of one process; without Dask these tests fail."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from distributed import LocalCluster

from ekbom.protocol.files import resolved, toml_text
from ekbom.protocol.model import AnalysisPlan, DesignPlan
from ekbom.simulation import executors
from ekbom.simulation.characteristics import simulate
from ekbom.simulation.executors import Run, dask_cluster, run_here
from ekbom.simulation.layout import layout_of
from ekbom.simulation.record import characteristics_record
from ekbom.simulation.truths import truths_for
from trials import plain_protocol, shell

# A known onset time is quick to simulate.
PLAN = plain_protocol(
    design=DesignPlan(kind="pairs", pairs=5, period_nights=5),
    analysis=AnalysisPlan(tau_median=2, tau_log_sd=0, tau_test=2),
)
TRUTHS = truths_for(layout_of(PLAN))[:3]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with LocalCluster(
        host="127.0.0.1",
        n_workers=2,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster.scheduler_address


def record(run: Run) -> dict[str, Any]:
    found = simulate(protocol=PLAN, truths=TRUTHS, trials=120, seed=7, run=run)
    assert found.complete
    return characteristics_record(found)


def test_a_cluster_gives_the_numbers_of_one_process(address):
    with dask_cluster(address) as run:
        assert record(run) == record(run_here)


def test_a_second_run_on_the_same_cluster_gives_them_again(address):
    with dask_cluster(address) as run:
        assert record(run) == record(run)


def test_an_interrupt_leaves_the_cluster_as_it_was(address):
    def stop(done: int, wanted: int) -> None:
        if done * 9 >= wanted * 6:
            raise KeyboardInterrupt

    with dask_cluster(address) as run:
        try:
            found = simulate(
                protocol=PLAN, truths=TRUTHS, trials=150, seed=7, run=run, progress=stop
            )
            assert not found.complete
        except KeyboardInterrupt:
            pass  # some truth had no batch yet: batches come back in any order
        whole = simulate(protocol=PLAN, truths=TRUTHS[:1], trials=50, seed=7, run=run)
        assert whole.complete


def test_the_shell_takes_the_address_and_says_the_same(address, tmp_path):
    file = tmp_path / "plain.toml"
    file.write_text(toml_text(resolved(PLAN)), encoding="utf-8")
    arguments = ("simulate", file, "--trials", "2", "--json", "--engine", "numpy")
    here = shell(*arguments, now=NOW)
    there = shell(*arguments, "--dask", address, now=NOW)
    assert there.exit_code == 0
    assert there.stdout == here.stdout


def test_where_nobody_answers_it_is_said_and_nothing_runs(monkeypatch):
    monkeypatch.setattr(executors, "_DASK_PATIENCE", 1)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    address = f"127.0.0.1:{port}"
    found = shell("simulate", "magnesium-rls", "--trials", "2", "--dask", address, now=NOW)
    assert (found.exit_code, found.stdout) == (3, "")
    assert f"No Dask scheduler answers at {address}" in found.stderr
    assert "dask scheduler" in found.stderr


@pytest.mark.parametrize("address", ["nonsense", "ftp://x:1", "tcp://x", "x:port", ""])
def test_what_is_no_address_is_refused_at_once(address):
    found = shell("simulate", "magnesium-rls", "--trials", "2", "--dask", address, now=NOW)
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"{address!r} is not the address of a Dask scheduler" in found.stderr
