"""ekbom unseal: the packing list, for whoever keeps the sealed order."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ekbom.cli import present
from ekbom.cli.keys import takes_key

if TYPE_CHECKING:
    from ekbom.report.paper.setting import Paper
    from ekbom.trial.folder import Trial
    from ekbom.trial.seal import Seal


@click.command(epilog="Example: ekbom unseal my-trial")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@takes_key
@click.option(
    "--print",
    "into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Write packing list and emergency papers as PDFs into this folder of yours.",
)
@click.option(
    "--paper",
    type=click.Choice(["a4", "letter"]),
    default="a4",
    show_default=True,
    help="The size of your paper.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    folder: Path,
    *,
    into: Path | None,
    paper: Paper,
    yes: bool,
    **chosen: Any,
) -> None:
    """Show what belongs into each pack of the trial in DIR, to the keeper of its sealed order.

    Nothing is written into the trial, which stays sealed. The order is opened for good, at the end,
    by ekbom unblind.
    """
    from ekbom.cli.keys import FOR_THE_KEEPER, agree, ask_key
    from ekbom.trial.folder import open_trial
    from ekbom.trial.sealed import open_sealed, packing_list, require_sealed

    trial = open_trial(folder, now=present(ctx))
    require_sealed(trial)
    agree(ctx, FOR_THE_KEEPER, yes=yes)
    seal = open_sealed(trial, key=ask_key(**chosen))
    if into is not None:
        _print(trial, seal, into=into, paper=paper, made=present(ctx))
        return
    labels = {t.name: t.label for t in trial.protocol.treatments}
    click.echo("\nPack  What goes into it")
    for pack in packing_list(seal):
        click.echo(f"{pack.number:>4}  {labels[pack.treatment]}")
    click.echo("\nWhen the packs are made, clear this screen and keep no copy of the list.")


def _print(trial: Trial, seal: Seal, *, into: Path, paper: Paper, made: datetime) -> None:
    from ekbom.report.paper.packing_list import keeper_papers
    from ekbom.report.paper.setting import pdf_of
    from ekbom.trial.files import write_file

    for name, document in keeper_papers(trial=trial, treatments=seal.treatments).items():
        write_file(into / name, pdf_of(document, paper=paper, made=made))
        click.echo(f"Written: {into / name}")
    click.echo("\nPrint them, then delete both files. Keep the paper where only you can find it.")
