"""Where batches run: here, on all cores, or on a Dask cluster; the numbers are the same."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from ekbom.problem import InputError, Problem, RefusedError

Task = TypeVar("Task")
Result = TypeVar("Result")

Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[tuple[int, Any]]]
"""Runs a function on every task and yields (place of the task, result) as each is done."""

_DASK_PATIENCE = 20
"""Seconds to wait for a Dask scheduler to answer."""


def run_here(work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
    """Run one task after the other in this process."""
    for place, task in enumerate(tasks):
        yield place, work(task)


@contextmanager
def processes(count: int) -> Iterator[Run]:
    """Give a way to run tasks in ``count`` processes of this machine."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_leave_interrupts_to_parent)
    try:
        yield lambda work, tasks: _as_done([pool.submit(work, task) for task in tasks])
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def dask_cluster(address: str) -> Iterator[Run]:
    """Give a way to run tasks on the Dask cluster whose scheduler listens at ``address``.

    Raises
    ------
    InputError
        If that is no address.
    RefusedError
        If Dask is not installed or nobody answers.
    """
    if find_spec("distributed") is None:
        raise RefusedError(
            'A Dask cluster needs Dask, which is not installed: pip install "ekbom[scale]".'
        )
    distributed = import_module("distributed")
    _require_address(address)
    try:
        client = distributed.Client(address, timeout=_DASK_PATIENCE, set_as_default=False)
    except OSError as error:
        raise RefusedError(
            f"No Dask scheduler answers at {address} ({error}). Start one with: dask scheduler"
        ) from None
    with client:
        yield lambda work, tasks: _on_cluster(client, distributed, work, tasks)


def _require_address(address: str) -> None:
    """Refuse what is no address: Dask would find out only after it began to wait for an answer."""
    full = address if "://" in address else f"tcp://{address}"
    try:
        import_module("distributed.comm").get_address_host_port(full, strict=True)
    except ValueError:
        what = f"{address!r} is not the address of a Dask scheduler"
        raise InputError([Problem("--dask", None, what, "Write it as HOST:8786")]) from None


def _on_cluster(
    client: Any, distributed: Any, work: Callable[[Task], Result], tasks: Sequence[Task]
) -> Iterator[tuple[int, Result]]:
    futures = client.map(work, tasks, pure=False)
    places = {future.key: place for place, future in enumerate(futures)}
    try:
        # Without its loop it would look for a default client, which ours is not.
        done = distributed.as_completed(futures, loop=client.loop, with_results=True)
        for future, result in done:
            yield places[future.key], result
    finally:
        client.cancel(futures)


def _as_done(futures: Sequence[Future[Result]]) -> Iterator[tuple[int, Result]]:
    places = {future: place for place, future in enumerate(futures)}
    for future in as_completed(futures):
        yield places[future], future.result()


def _leave_interrupts_to_parent() -> None:
    """Let Ctrl-C reach the parent alone, which stops the workers and reports what is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
