"""ekbom randomise: draw the order of treatments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ekbom.cli import present
from ekbom.cli.screened import screening_given, takes_screening


@click.command(
    epilog="Example: ekbom randomise my-trial --screened-by 'Dr. Chen' --date 2026-03-20"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@takes_screening
@click.pass_context
def command(ctx: click.Context, /, folder: Path, **screened: Any) -> None:
    """Draw the order of treatments for the trial in DIR, once, and put it on record.

    A trial of magnesium needs a safety screening of the last 28 days: ekbom screen --record DIR,
    or a clinician's own, named with --screened-by. Where the screening on record says stop,
    postpone or clinician first, --screened-by is refused, unless it is of a later day, with
    --result 'clinician first' and the clinician who agreed in --agreed-by. There is no seed to
    give: a real trial draws its own from the operating system. This is for open trials; an order
    that a helper or a clinic keeps is drawn by ekbom seal.
    """
    from ekbom.trial.folder import open_trial
    from ekbom.trial.randomise import randomise

    now = present(ctx)
    screening = screening_given(**screened)
    trial = randomise(trial=open_trial(folder, now=now), now=now, screening=screening)
    click.echo(f"The order is drawn. allocation.csv in {folder} has the treatment of each period.")
    click.echo(f"Commitment: {trial.commitment}")
    click.echo(f"Anyone can check that chance drew it and nobody changed it: ekbom check {folder}")
    if trial.protocol.dose is not None:
        click.echo(f"Next, when the packs are made: ekbom log {folder} --event 'packs ready'")
