"""How simulations run: on which engine, in how many processes, and with what progress shown."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from ekbom.analysis.many import Engine
    from ekbom.simulation.characteristics import Progress
    from ekbom.simulation.executors import Run


def chosen_engine(engine: str | None) -> Engine:
    """Return the engine asked for, or the quickest that is installed."""
    from ekbom.analysis.many import engines

    return cast("Engine", engine) if engine else engines()[-1]


@contextmanager
def executor(count: int | None, dask: str | None) -> Iterator[Run]:
    """Give the way to run batches that the options ask for."""
    from ekbom.simulation.executors import dask_cluster, processes, run_here

    if dask is not None:
        with dask_cluster(dask) as run:
            yield run
    elif count is not None and count > 1:
        with processes(count) as run:
            yield run
    else:
        yield run_here


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Show on the terminal how many trials are done; nothing where there is none."""
    shown = not quiet and sys.stderr.isatty()

    def tell(done: int, wanted: int) -> None:
        if shown:
            click.echo(f"\r{done} of {wanted} simulated trials", err=True, nl=False)

    try:
        yield tell
    finally:
        if shown:
            click.echo("", err=True)
