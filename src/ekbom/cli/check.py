"""ekbom check: explain every problem of a trial folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import BAD_INPUT, present

if TYPE_CHECKING:
    from ekbom.trial.folder import Trial


@click.command(epilog="Example: ekbom check my-trial")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path, *, as_json: bool) -> None:
    """Explain every problem of the trial in DIR: file, line, what is wrong, what to do.

    Ends with status 2 if there is an error; warnings alone end with 0.
    """
    from ekbom.problem import errors
    from ekbom.trial.check import check_trial

    trial, problems = check_trial(folder, now=present(ctx))
    if as_json:
        click.echo(json.dumps([asdict(p) for p in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(f"{problem.severity}: {problem}")
        if trial is not None and not problems:
            click.echo(f"{folder} is in order: {_summary(trial)}")
    if errors(problems):
        ctx.exit(BAD_INPUT)


def _summary(trial: Trial) -> str:
    drawn = " The order agrees with its seed and its commitment." if trial.commitment else ""
    if trial.protocol.blinding == "alone" and trial.commitment:
        drawn = " The slips are those that were put on record."
    return f"{len(trial.diary.nights)} nights in the diary, events unchanged.{drawn}"
