"""ekbom packs: the steps in which one person makes packs alone."""

from __future__ import annotations

from pathlib import Path

import click

from ekbom.cli import present


@click.command(
    epilog="Examples: ekbom packs my-trial; ekbom packs my-trial --done weigh --pair 2; "
    "ekbom packs my-trial --again 2; ekbom packs my-trial --all"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--done", "step", metavar="STEP", help="Put on record that the next step is done.")
@click.option(
    "--pair", type=click.IntRange(1), help="With --done: for which pair. Default: the next one."
)
@click.option(
    "--again",
    type=click.IntRange(1),
    metavar="PAIR",
    help="Both packs of this pair are made again, because one was lost or spilled.",
)
@click.option("--all", "whole", is_flag=True, help="Print the whole procedure, and record nothing.")
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    *,
    step: str | None,
    pair: int | None,
    again: int | None,
    whole: bool,
) -> None:
    """Say the next step of making the packs of a trial in DIR that you blind alone.

    You can stop after any step: the next time it says where you were. With the last step the packs
    are ready, and capsules begin on the first evening from then on.
    """
    from ekbom.report.packing_words import packing_lines, procedure_lines
    from ekbom.trial.folder import open_trial
    from ekbom.trial.packing import record_again, record_move

    if sum((step is not None, again is not None, whole)) > 1:
        raise click.UsageError("Give --done, --again or --all, one at a time.")
    if pair is not None and step is None:
        raise click.UsageError("--pair goes with --done only.")
    now = present(ctx)
    trial = open_trial(folder, now=now)
    if step is not None:
        trial = record_move(path=folder, step=step, pair=pair, now=now)
    elif again is not None:
        trial = record_again(path=folder, pair=again, now=now)
    lines = procedure_lines(trial) if whole else packing_lines(trial)
    click.echo("\n".join(lines))
