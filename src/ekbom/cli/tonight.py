"""ekbom tonight: what to do now, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ekbom.cli import present


@click.command(epilog="Examples: ekbom tonight my-trial; ekbom tonight my-trial --json")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path, *, as_json: bool) -> None:
    """Say what to do now in the trial in DIR, and what is still missing.

    Changes nothing and waits without harm. Ends with status 0 unless the folder cannot be read.
    """
    from ekbom.guide.tonight import tonight
    from ekbom.report.tonight_words import tonight_lines, tonight_record
    from ekbom.trial.folder import open_trial

    now = present(ctx)
    trial = open_trial(folder, now=now)
    found = tonight(trial=trial, now=now)
    if as_json:
        record = tonight_record(found)
        click.echo(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
        return
    for line in tonight_lines(found, trial=trial):
        click.echo(line)
