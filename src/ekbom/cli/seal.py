"""ekbom seal: draw the order of treatments and seal it at once."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ekbom.cli import REFUSED, present
from ekbom.cli.screened import screening_given, takes_screening

if TYPE_CHECKING:
    from datetime import datetime

    from ekbom.trial.folder import Trial
    from ekbom.trial.randomise import Screening


@click.command(
    epilog="Examples: ekbom seal my-trial --screened-by 'Dr. Chen' --date 2026-03-20; "
    "ekbom seal my-trial --to age1..."
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "keys",
    multiple=True,
    metavar="AGE-KEY",
    help="Seal to the public half of an age key instead of a passphrase. May be repeated.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
@takes_screening
@click.pass_context
def command(
    ctx: click.Context, /, folder: Path, *, keys: tuple[str, ...], yes: bool, **screened: Any
) -> None:
    """Draw the order of treatments for the trial in DIR and seal it at once, unseen.

    Run by the one who makes the packs: a helper, a pharmacist or a clinic's key holder. It asks for
    a passphrase, or takes age keys with --to, and shows a recovery code once. Both are tried before
    anything is kept. Then ekbom unseal shows the packing list, and ekbom unblind opens the order at
    the end. The screening is as for ekbom randomise.
    """
    from ekbom.trial.folder import open_trial
    from ekbom.trial.randomise import refuse_draw, refuse_other_draw
    from ekbom.trial.sealed_draw import record_sealed, sealed_begun

    now = present(ctx)
    screening = screening_given(**screened)
    trial = open_trial(folder, now=now)
    refuse_draw(trial, now=now, screening=screening)
    refuse_other_draw(trial, command="seal")
    data = None
    if sealed_begun(trial):
        click.echo("A draw was interrupted. It is finished now; nothing is drawn again.")
    else:
        data = _sealed(ctx, trial, keys, now, screening, yes=yes)
    trial = record_sealed(path=folder, now=now, data=data, screening=screening)
    click.echo("The order is drawn and sealed. Nobody has seen it.")
    click.echo(f"Commitment: {trial.commitment}")
    click.echo(f"To make the packs: ekbom unseal {folder}")
    if trial.protocol.dose is not None:
        click.echo(f"When they are made: ekbom log {folder} --event 'packs ready'")


def _sealed(
    ctx: click.Context,
    trial: Trial,
    keys: tuple[str, ...],
    now: datetime,
    screening: Screening | None,
    *,
    yes: bool,
) -> bytes:
    """Return a new sealed order that its keeper has opened once; nothing is written meanwhile."""
    from ekbom.cli.keys import FOR_THE_KEEPER, agree, ask_new_passphrase, prove, show_recovery
    from ekbom.trial.codes import draw_code
    from ekbom.trial.sealed_draw import draw_sealed
    from ekbom.trial.sealing import RECOVERY_SYMBOLS, Lock, require_recipients, sealed_from

    if trial.protocol.blinding == "clinic" and not keys:
        raise click.UsageError("A clinic's order is sealed to a key: give it with --to AGE-KEY.")
    require_recipients(keys)
    agree(ctx, FOR_THE_KEEPER, yes=yes)
    try:
        passphrase = "" if keys else ask_new_passphrase()
        code = draw_code(symbols=RECOVERY_SYMBOLS, secrets=secrets.token_bytes)
        lock = Lock(code, passphrase, keys)
        data = draw_sealed(trial, lock=lock, now=now, screening=screening)
        show_recovery(code)
        prove(sealed_from(data), code=code, passphrase=passphrase)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped. Nothing was kept, and nobody saw an order.", err=True)
        ctx.exit(REFUSED)
    return data
