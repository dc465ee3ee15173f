"""ekbom randomise: draw the order of treatments."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from ekbom.cli import Day, present


@click.command(
    epilog="Example: ekbom randomise my-trial --screened-by 'Dr. Chen' --date 2026-03-20"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--screened-by", help="The clinician or pharmacist who screened you themselves.")
@click.option("--date", "on", type=Day(), help="The day of the screening.")
@click.option(
    "--result",
    type=click.Choice(["go", "clinician first"]),
    default="go",
    show_default=True,
    help="Its result.",
)
@click.option("--agreed-by", default="", help="The clinician who agreed, after 'clinician first'.")
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    screened_by: str | None,
    on: date | None,
    result: str,
    agreed_by: str,
) -> None:
    """Draw the order of treatments for the trial in DIR, once, and put it on record.

    A trial of magnesium needs a safety screening of the last 28 days: ekbom screen --record DIR,
    or a clinician's own, named with --screened-by. Where the screening on record says stop,
    postpone or clinician first, --screened-by is refused, unless it is of a later day, with
    --result 'clinician first' and the clinician who agreed in --agreed-by. There is no seed to
    give: a real trial draws its own from the operating system.
    """
    from ekbom.trial.folder import open_trial
    from ekbom.trial.randomise import Screening, randomise

    if (screened_by is None) != (on is None):
        raise click.UsageError("Give --screened-by and --date together.")
    if screened_by is None and (agreed_by or result != "go"):
        raise click.UsageError("--result and --agreed-by go with --screened-by and --date only.")
    screening = None
    if screened_by is not None and on is not None:
        screening = Screening(screened_by, on, result, agreed_by)
    now = present(ctx)
    trial = randomise(trial=open_trial(folder, now=now), now=now, screening=screening)
    click.echo(f"The order is drawn. allocation.csv in {folder} has the treatment of each period.")
    click.echo(f"Commitment: {trial.commitment}")
    click.echo(f"Anyone can check that chance drew it and nobody changed it: ekbom check {folder}")
    if trial.protocol.dose is not None:
        click.echo(f"Next, when the packs are made: ekbom log {folder} --event 'packs ready'")
