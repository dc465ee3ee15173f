"""ekbom unblind: open the order of treatments for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ekbom.cli import present
from ekbom.cli.keys import takes_key


@click.command(epilog="Example: ekbom unblind my-trial")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@takes_key
@click.option("--without-guess", is_flag=True, help="Do not wait for the last guess.")
@click.option("--early", is_flag=True, help="Open it though the trial is not over.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    folder: Path,
    *,
    without_guess: bool,
    early: bool,
    yes: bool,
    **chosen: Any,
) -> None:
    """Open the order of treatments of the trial in DIR for good, and put that on record.

    Whoever keeps a sealed order does this at the end, after the last guess. The order is compared
    with the commitment, the protocol and its own seed; then ekbom verdict works. Before the trial
    is over it is refused unless --early is given. For an emergency nobody needs it: the first step
    is to stop the capsules and to call for help.
    """
    from ekbom.cli.keys import agree, ask_key
    from ekbom.problem import RefusedError
    from ekbom.trial.folder import open_trial
    from ekbom.trial.unblinding import (
        early_cost,
        is_early,
        is_sealed,
        record_unblinding,
        refuse_unblinding,
    )

    now = present(ctx)
    trial = open_trial(folder, now=now)
    refuse_unblinding(trial, guessed=not without_guess)
    soon = is_early(trial, now=now)
    if soon and not early:
        raise RefusedError(f"{early_cost(trial, now=now)} If it must be, add --early.")
    said = early_cost(trial, now=now) if soon else "This opens the order for good."
    agree(ctx, said, yes=yes)
    key = ask_key(**chosen) if is_sealed(trial) else None
    record_unblinding(path=folder, key=key, now=now, guessed=not without_guess, early=early)
    click.echo("The order is open, and that is on record. It stands in allocation.csv.")
    click.echo(f"Anyone can check that it is the one that was drawn: ekbom audit {folder}")
    if not soon:
        click.echo(f"What the trial says: ekbom verdict {folder}")
