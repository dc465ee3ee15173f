"""ekbom simulate: what a planned trial could and could not find out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ekbom.cli.protocol import find_protocol
from ekbom.cli.running import chosen_engine, executor, progress

if TYPE_CHECKING:
    from ekbom.analysis.many import Engine
    from ekbom.protocol.model import Protocol
    from ekbom.simulation.characteristics import Progress
    from ekbom.simulation.executors import Run
    from ekbom.simulation.looks import CalibratedLooks

_TRIALS, _SEED, _ERROR = 400, 1945, 0.025
_MOST = 1_000_000


class _Finite(click.FloatRange):
    """A number within limits; ``nan`` passes those of click."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, if it is one."""
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return found


@click.command(
    epilog="Examples: ekbom simulate magnesium-rls-fast; ekbom simulate my-trial --trials 1000 "
    "--processes 2; ekbom simulate magnesium-rls --compare --max-weeks 40"
)
@click.argument("plan", metavar="PROTOCOL_OR_DIR")
@click.option(
    "--trials", type=click.IntRange(2, _MOST), help=f"Simulated trials a truth. [{_TRIALS}]"
)
@click.option("--seed", type=click.IntRange(0), help=f"The same seed, the same numbers. [{_SEED}]")
@click.option("--json", "as_json", is_flag=True, help="Print the stable JSON record.")
@click.option(
    "--figure",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figure as an SVG file.",
)
@click.option("--processes", type=click.IntRange(1), help="Processes on this machine. [1]")
@click.option("--dask", metavar="ADDRESS", help="Use the Dask cluster with this scheduler.")
@click.option("--engine", type=click.Choice(["numpy", "numba"]), help="[numba if installed]")
@click.option("--pairs", type=click.IntRange(1), help="Try another number of pairs.")
@click.option("--period-nights", type=click.IntRange(1), help="Try periods of other length.")
@click.option("--unanalysed", type=click.IntRange(0), help="Try other first nights not analysed.")
@click.option("--washout", type=click.IntRange(0), help="Try nights off between periods.")
@click.option("--compare", is_flag=True, help="Compare the plan with its neighbours.")
@click.option("--tau", "taus", type=_Finite(0), multiple=True, help="Onset nights to compare for.")
@click.option("--max-weeks", type=_Finite(0), help="With --compare: your limit.")
@click.option("--max-placebo-nights", type=_Finite(0), help="With --compare: your limit.")
@click.option("--looks", metavar="PAIRS", help="Calibrate looks after these pairs, such as 3,4.")
@click.option("--error", type=_Finite(0, 0.5, min_open=True), help="Theirs. [0.025]")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(
    *,
    plan: str,
    trials: int | None,
    seed: int | None,
    as_json: bool,
    figure: Path | None,
    processes: int | None,
    dask: str | None,
    engine: str | None,
    pairs: int | None,
    period_nights: int | None,
    unanalysed: int | None,
    washout: int | None,
    compare: bool,
    taus: tuple[float, ...],
    max_weeks: float | None,
    max_placebo_nights: float | None,
    looks: str | None,
    error: float | None,
    quiet: bool,
) -> None:
    """Say what the plan could find out, before anybody swallows a capsule.

    PROTOCOL_OR_DIR is a protocol's name or file, or the folder of a registered trial. Virtual
    people live the plan many times, under what may be true: no effect, a small one, a worthwhile
    one, a large one, coming within 2, 7 or 21 nights. A protocol that comes with ekbom is answered
    from its stored table, unless --trials or --seed ask for a new run. Ctrl-C stops and reports
    what is done.
    """
    from ekbom.protocol.files import with_design
    from ekbom.simulation.stored import stored_record

    protocol = with_design(
        find_plan(plan),
        pairs=pairs,
        period_nights=period_nights,
        unanalysed_nights=unanalysed,
        washout_nights=washout,
    )
    if not compare and (taus or max_weeks is not None or max_placebo_nights is not None):
        raise click.UsageError("--tau, --max-weeks and --max-placebo-nights go with --compare")
    if (looks is None and error is not None) or (looks is not None and compare):
        raise click.UsageError("--error goes with --looks, and --looks not with --compare")
    if figure is not None:
        _check_figure(figure, alone=not compare and looks is None)
    if processes is not None and dask is not None:
        raise click.UsageError("take either --processes or --dask")
    asked = (trials, seed, looks, processes, dask, engine)
    fresh = compare or any(option is not None for option in asked)
    stored = None if fresh else stored_record(protocol)
    if stored is not None:
        _show(stored, as_json=as_json, figure=figure)
        return
    wanted = _Wanted(trials or _TRIALS, _SEED if seed is None else seed, chosen_engine(engine))
    with executor(processes, dask) as run, progress(quiet=quiet) as tell:
        if compare:
            limits = (max_weeks, max_placebo_nights)
            _show_comparison(_compared(protocol, wanted, limits, taus, run, tell), as_json=as_json)
        elif looks is not None:
            found = _looked(protocol, wanted, _pairs_in(looks), error or _ERROR, run, tell)
            _show_looks(found, as_json=as_json)
        else:
            _show(_simulated(protocol, wanted, run, tell), as_json=as_json, figure=figure)


def _check_figure(figure: Path, *, alone: bool) -> None:
    """Refuse a figure that could not be drawn before anything is simulated for it."""
    if not alone:
        raise click.UsageError("--figure goes without --compare and --looks")
    if not figure.resolve().parent.is_dir():
        raise click.UsageError(f"--figure {figure}: there is no folder {figure.parent}")


@dataclass(frozen=True, slots=True)
class _Wanted:
    trials: int
    seed: int
    engine: Engine


def _simulated(protocol: Protocol, wanted: _Wanted, run: Run, tell: Progress) -> dict[str, Any]:
    from ekbom.simulation.characteristics import simulate
    from ekbom.simulation.layout import layout_of
    from ekbom.simulation.record import characteristics_record
    from ekbom.simulation.truths import truths_for

    found = simulate(
        protocol=protocol,
        truths=truths_for(layout_of(protocol)),
        trials=wanted.trials,
        seed=wanted.seed,
        engine=wanted.engine,
        run=run,
        progress=tell,
    )
    return characteristics_record(found)


def _compared(
    protocol: Protocol,
    wanted: _Wanted,
    limits: tuple[float | None, float | None],
    taus: tuple[float, ...],
    run: Run,
    tell: Progress,
) -> dict[str, Any]:
    from ekbom.simulation.comparison import Limits, alternatives, compare_plans
    from ekbom.simulation.record import comparison_record

    weeks, placebo_nights = limits
    found = compare_plans(
        protocols=alternatives(protocol),
        limits=Limits(weeks=weeks, placebo_nights=placebo_nights),
        taus=taus or (protocol.analysis.tau_median,),
        trials=wanted.trials,
        seed=wanted.seed,
        engine=wanted.engine,
        run=run,
        progress=tell,
    )
    return comparison_record(found)


def _looked(
    protocol: Protocol,
    wanted: _Wanted,
    pairs: tuple[int, ...],
    error: float,
    run: Run,
    tell: Progress,
) -> CalibratedLooks:
    from ekbom.simulation.looks import calibrate_looks

    try:
        return calibrate_looks(
            protocol=protocol,
            after_pairs=pairs,
            error=error,
            trials=wanted.trials,
            seed=wanted.seed,
            engine=wanted.engine,
            run=run,
            progress=tell,
        )
    except ValueError as fault:
        raise click.UsageError(str(fault)) from None


def _pairs_in(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(f"--looks {text!r}: write the pairs as 3,4,5") from None


def _show_looks(found: CalibratedLooks, *, as_json: bool) -> None:
    from ekbom.report.looks_words import looks_lines, looks_record

    _tell(looks_record(found), looks_lines(found), as_json=as_json)


def _show_comparison(record: dict[str, Any], *, as_json: bool) -> None:
    from ekbom.report.comparison_words import comparison_lines

    _tell(record, comparison_lines(record), as_json=as_json)


def _show(record: Mapping[str, Any], *, as_json: bool, figure: Path | None) -> None:
    from ekbom.report.simulation_words import simulation_lines

    _tell(record, simulation_lines(record), as_json=as_json)
    # Last: a file that cannot be written must not cost the answer.
    if figure is not None:
        _draw(record, figure)
        if not as_json:
            click.echo(f"\nThe figure: {figure.resolve()}")


def _tell(record: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
        return
    for line in lines:
        click.echo(line)


def _draw(record: Mapping[str, Any], figure: Path) -> None:
    from ekbom.report.figures.chances import chances_svg
    from ekbom.trial.files import write_file

    write_file(figure, chances_svg(record).encode())


def find_plan(name: str) -> Protocol:
    """Return the protocol of a trial folder, a built-in name or a file."""
    if not Path(name).is_dir():
        return find_protocol(name)
    from ekbom.cli import present
    from ekbom.trial.folder import open_trial

    return open_trial(Path(name), now=present(click.get_current_context())).protocol
