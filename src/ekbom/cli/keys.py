"""Asking a keeper for what opens a sealed order, or for what is to close it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ekbom.cli import REFUSED

if TYPE_CHECKING:
    from ekbom.trial.sealing import Key, Sealed

FOR_THE_KEEPER = (
    "This is for the one who makes the packs, not for the one who takes the capsules. From here "
    "on nobody else should see this screen."
)

_OPTIONS = (
    click.option(
        "--identity",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The file with the secret half of the age key that the order was sealed to.",
    ),
    click.option("--recovery", is_flag=True, help="Use the recovery code instead."),
)


def takes_key(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which key is used, which `ask_key` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def ask_key(*, identity: Path | None, recovery: bool) -> Key:
    """Return the key that was chosen: from a file, or typed; a passphrase is not shown."""
    from ekbom.trial.keeper import passphrase_key, recovery_key
    from ekbom.trial.sealing import Key

    if identity is not None and recovery:
        raise click.UsageError("Give either --identity or --recovery.")
    if identity is not None:
        return Key("identity", identity.read_text(encoding="utf-8", errors="replace"))
    if recovery:
        return recovery_key(click.prompt("Recovery code"))
    return passphrase_key(click.prompt("Passphrase", hide_input=True))


def ask_new_passphrase() -> str:
    """Return a new passphrase, typed twice and hard enough to guess."""
    from ekbom.problem import InputError
    from ekbom.trial.passphrase import read_passphrase, refuse_weak

    while True:
        typed = read_passphrase(click.prompt("A passphrase of your own", hide_input=True))
        try:
            refuse_weak(typed)
        except InputError as error:
            click.echo(str(error), err=True)
            continue
        if read_passphrase(click.prompt("Again", hide_input=True)) == typed:
            return typed
        click.echo("These were two different ones. Once more.", err=True)


def show_recovery(code: str) -> None:
    """Show a recovery code, wait until it is written down, and clear the screen."""
    click.echo("\nRecovery code. It opens the order where nothing else does. Write it on paper,")
    click.echo("and keep the paper where the one who takes the capsules does not look:\n")
    click.echo(f"    {code}\n")
    click.prompt("Press Enter when it is on paper", default="", show_default=False)
    click.clear()


def prove(sealed: Sealed, *, code: str, passphrase: str) -> None:
    """Have the keeper open the seal once with each of what they keep, before it counts."""
    from ekbom.trial.keeper import passphrase_key

    click.echo("Now open it once, to make sure that you can.")
    _until_open(sealed, lambda: _recovery_key(code))
    if passphrase:
        said = "Passphrase"
        _until_open(sealed, lambda: passphrase_key(click.prompt(said, hide_input=True)))


def agree(ctx: click.Context, said: str, *, yes: bool) -> None:
    """Say what must be known first, and end here unless it is agreed to."""
    click.echo(said)
    if not yes and not click.confirm("Go on?"):
        click.echo("Nothing was changed.", err=True)
        ctx.exit(REFUSED)


def _until_open(sealed: Sealed, ask: Callable[[], Key]) -> None:
    from ekbom.problem import InputError
    from ekbom.trial.sealing import unseal

    while True:
        try:
            unseal(sealed, key=ask())
        except InputError as error:
            click.echo(str(error), err=True)
        else:
            return


def _recovery_key(code: str) -> Key:
    """Ask for the code on paper; one that was copied wrongly is shown again, nothing counts yet."""
    from ekbom.problem import InputError
    from ekbom.trial.keeper import recovery_key

    try:
        typed = recovery_key(click.prompt("Recovery code, from the paper"))
    except InputError:
        typed = None
    if typed is None or typed.secret != code:
        click.echo("That is not the code. Compare it with your paper.", err=True)
        show_recovery(code)
        return _recovery_key(code)
    return typed
