"""ekbom clinic: the sealed trials of a clinic's server, for its key holder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import present

if TYPE_CHECKING:
    from ekbom.trial.folder import Trial


@click.group(epilog="Example: EKBOM_SITE=clinic ekbom clinic list")
def command() -> None:
    """Give the key holder a copy of a trial, and take back what was done in it.

    The server seals the order of each trial to a public key, and cannot open it. The key holder, as
    another user of the system, works on a copy: ekbom unseal for the packs, ekbom look, and ekbom
    unblind at the end.
    """


@command.command("list", epilog="Example: ekbom clinic list")
@click.pass_context
def list_trials(ctx: click.Context) -> None:
    """List the trials whose order is sealed, and what each waits for."""
    _prepare()
    from ekbom.trial.unblinding import is_sealed
    from ekbom.web.clinic import trials_here
    from ekbom.web.store import load

    now = present(ctx)
    shown = [(row, load(row, now=now)) for row in trials_here()]
    click.echo(f"{'Trial':<10}{'Account':<20}Waits for")
    for row, trial in shown:
        if is_sealed(trial):
            name = row.owner.username
            click.echo(f"{str(row.pk)[:8]:<10}{name:<20}{_waits_for(trial, now)}")


@command.command("export", epilog="Example: ekbom clinic export 1a2b3c4d copy-of-ana")
@click.argument("trial")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_context
def export(ctx: click.Context, trial: str, folder: Path) -> None:
    """Write a copy of TRIAL, the first letters of its id, into the new folder DIR."""
    _prepare()
    from ekbom.problem import RefusedError
    from ekbom.trial.files import write_file
    from ekbom.web.clinic import trial_named
    from ekbom.web.store import files_of

    files = files_of(trial_named(trial), now=present(ctx))
    if folder.exists():
        raise RefusedError(f"{folder} exists already. Nothing was changed. Give another name.")
    folder.mkdir(mode=0o700)
    for name, data in files.items():
        write_file(folder / name, data)
    click.echo(f"Written: {folder}. It holds a person's diary; delete it when you are done.")


@command.command("return", epilog="Example: ekbom clinic return 1a2b3c4d copy-of-ana")
@click.argument("trial")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_context
def bring_back(ctx: click.Context, trial: str, folder: Path) -> None:
    """Put on record what the key holder did in the copy DIR of TRIAL: looks, and the opening.

    Nothing else comes over. Where something happened in the trial since the copy was made, it is
    refused: export it again, and do it there.
    """
    _prepare()
    from ekbom.trial.folder import open_trial
    from ekbom.trial.happened import last_of
    from ekbom.web.clinic import bring_back as take
    from ekbom.web.clinic import trial_named

    now = present(ctx)
    row, copy = trial_named(trial), open_trial(folder, now=now)
    after = take(row, copy=copy, now=now)
    click.echo("It is on record.")
    if last_of(after.events, "unblinding") is not None:
        click.echo("The order is open: the account shows its verdict.")
    click.echo(f"Delete the copy now: {folder}")


def _waits_for(trial: Trial, now: datetime) -> str:
    """Return what is next for the key holder; it never hangs on the order."""
    from ekbom.analysis.verdict import due_look
    from ekbom.guide.place import is_drawn
    from ekbom.guide.situation import situation_of
    from ekbom.trial.happened import last_of

    here = situation_of(trial=trial, now=now)
    if not is_drawn(trial):
        return "the draw of its order"
    if last_of(trial.events, "unblinding") is not None:
        return "nothing: the order is open"
    if here.packs_are_open:
        return "packs: ekbom unseal"
    if here.is_over:
        guessed = last_of(trial.events, "last guess") is not None
        return "the opening: ekbom unblind" if guessed else "the last guess"
    look = due_look(trial=trial, now=now)
    if look is not None:
        return f"look {trial.protocol.looks.index(look) + 1}: ekbom look"
    return f"its last night, {here.calendar.last}"


def _prepare() -> None:
    from ekbom.problem import RefusedError
    from ekbom.web.shell import set_up
    from ekbom.web.site import site_from

    if not site_from().several_people:
        raise RefusedError("This is for a clinic's server: set EKBOM_SITE=clinic.")
    set_up()
