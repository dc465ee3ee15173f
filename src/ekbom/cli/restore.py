"""ekbom restore: everything back from an encrypted backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import present

if TYPE_CHECKING:
    import pyrage


@click.command(epilog="Example: ekbom restore /media/stick/diary.age")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything is to be kept; without it, in your own data folder.",
)
@click.option(
    "--replace", "over", is_flag=True, help="Put it in the place of what is there; that is kept."
)
@click.pass_context
def command(ctx: click.Context, file: Path, data: Path | None, *, over: bool) -> None:
    """Put back what ekbom backup wrote into FILE. It asks for the recovery phrase.

    Stop ekbom first. Phones that were paired when the backup was made are paired again: remove one
    that you have lost since.
    """
    from ekbom.problem import RefusedError
    from ekbom.web.shell import set_up

    site = set_up(data)
    from ekbom.web.data.restore import known_devices, restore
    from ekbom.web.serving.running import RunsAlreadyError

    identity = _typed_phrase()
    try:
        manifest = restore(file, identity=identity, site=site, now=present(ctx), over=over)
    except RunsAlreadyError:
        raise RefusedError("ekbom runs. Stop it first. Nothing was changed.") from None
    click.echo(f"Put back what was kept on {manifest.made[:10]}. Start ekbom to see it.")
    devices = known_devices()
    if devices:
        click.echo(f"Paired again: {', '.join(devices)}. Remove what you have lost since.")


def _typed_phrase() -> pyrage.x25519.Identity:
    from ekbom.web.data.phrase import Slip, identity_in

    while True:
        typed = identity_in(click.prompt("Your recovery phrase (in one line)"))
        if not isinstance(typed, Slip):
            return typed
        click.echo(typed.words(), err=True)
