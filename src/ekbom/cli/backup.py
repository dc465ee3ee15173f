"""ekbom backup: one encrypted file with everything in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import present

if TYPE_CHECKING:
    from ekbom.web.site import Site


@click.command(epilog="Example: ekbom backup --to /media/stick/diary.age")
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; without it, one named after today in this folder.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything is kept; without it, in your own data folder.",
)
@click.pass_context
def command(ctx: click.Context, to: Path | None, data: Path | None) -> None:
    """Write everything that ekbom keeps into one encrypted file, and check it.

    The first time it shows a recovery phrase, once, and asks you to type it again. With the phrase
    the file can be opened, by ekbom restore or by any age program; without it by nobody. ekbom may
    go on running meanwhile.
    """
    from dataclasses import replace

    from ekbom.problem import RefusedError
    from ekbom.web.shell import set_up

    now = present(ctx)
    to = to or Path(f"ekbom-backup-{now:%Y-%m-%d}.age")
    if to.exists():
        raise RefusedError(
            f"{to} exists already. Nothing was changed. Give another name with --to."
        )
    site = set_up(data)
    _refuse_empty(site)
    from ekbom.web.data.automatic import arrange, arrangement
    from ekbom.web.data.backup import write_backup

    if not arrangement().recipient:
        arrange(replace(arrangement(), recipient=_new_phrase()))
    manifest = write_backup(to, recipient=arrangement().recipient, data=site.data, now=now)
    arrange(replace(arrangement(), by_hand=now))
    click.echo(f"Wrote {to} and checked it: {sum(manifest.rows.values())} rows.")


def _refuse_empty(site: Site) -> None:
    from ekbom.problem import RefusedError
    from ekbom.web.data.sqlite_copy import FILE

    if not site.database and not (site.data / FILE).exists():
        raise RefusedError(f"There is no diary in {site.data} yet, so there is nothing to back up.")


def _new_phrase() -> str:
    """Show a new phrase, and return its public half once it was typed again."""
    from ekbom.web.data.phrase import Slip, groups_of, identity_in, new_identity

    identity = new_identity()
    click.echo("Your recovery phrase. Write it down now: it is not shown again, and not kept.\n")
    groups = groups_of(identity)
    for first in range(0, len(groups), 5):
        click.echo("    " + "  ".join(groups[first : first + 5]))
    click.echo()
    while True:
        typed = identity_in(click.prompt("Type it from your copy (in one line)"))
        if isinstance(typed, Slip):
            click.echo(typed.words(), err=True)
        elif str(typed) != str(identity):
            click.echo("This is another phrase than the one above.", err=True)
        else:
            return str(identity.to_public())
