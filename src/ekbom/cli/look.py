"""ekbom look: a declared look into a sealed trial."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from ekbom.cli import present
from ekbom.cli.keys import takes_key

EVERY = 5.0
"""Seconds that an answer takes, or twice as many and so on: how long tells nothing of it."""


@click.command(epilog="Example: ekbom look my-trial --number 1 --identity key.txt")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--number", type=click.IntRange(1), required=True, help="Which of the declared looks, from 1."
)
@takes_key
@click.pass_context
def command(ctx: click.Context, /, folder: Path, *, number: int, **chosen: Any) -> None:
    """Take a look that the protocol of the trial in DIR declared, and print continue or stop.

    Run by whoever keeps the sealed order: a helper or a clinic's key holder. The order is opened in
    memory alone, with the threshold that was stored for this look. The word is stop whether it
    would be for benefit or for harm, and comes after the same time, some seconds. Nothing else is
    shown or kept. It is on record that the look was taken, and it cannot be taken again.
    """
    from ekbom.analysis.looking import refuse_look, take_look
    from ekbom.cli.keys import ask_key
    from ekbom.trial.folder import open_trial

    now = present(ctx)
    refuse_look(open_trial(folder, now=now), number=number, now=now)
    key, began = ask_key(**chosen), time.monotonic()

    def wait() -> None:
        time.sleep((began - time.monotonic()) % EVERY)

    click.echo(take_look(path=folder, number=number, key=key, now=now, wait=wait))
