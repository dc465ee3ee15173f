"""ekbom print: labels, slips, instructions and the shopping list of a trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from ekbom.cli import present

if TYPE_CHECKING:
    from ekbom.report.paper.setting import Document, Paper
    from ekbom.trial.folder import Trial

What = Literal["labels", "slips", "instructions", "shopping"]


@click.command(
    epilog="Examples: ekbom print my-trial labels --paper a4 --out labels.pdf; ekbom print "
    "my-trial shopping --size 00"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("what", type=click.Choice(["labels", "slips", "instructions", "shopping"]))
@click.option(
    "--paper",
    type=click.Choice(["a4", "letter"]),
    default="a4",
    show_default=True,
    help="The size of your paper.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the PDF. Without it the shopping list is shown here.",
)
@click.option("--name", default="", help="labels: what you call the trial, in at most 40 signs.")
@click.option("--size", help="shopping: the size of the capsules that you fill: 000, 00, 0, ...")
@click.option("--salt", help="shopping: the exact form of the citrate powder, if you know it.")
@click.option(
    "--capsules",
    type=click.IntRange(1, 20),
    help="shopping: capsules a night, as long as the dose is not fixed.",
)
@click.option(
    "--have",
    nargs=2,
    type=click.IntRange(min=0),
    metavar="MAGNESIUM PLACEBO",
    help="shopping: capsules of each kind that you have.",
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    folder: Path,
    what: What,
    paper: Paper,
    out: Path | None,
    name: str,
    size: str | None,
    salt: str | None,
    capsules: int | None,
    have: tuple[int, int] | None,
) -> None:
    """Print what a trial needs on paper, as a PDF for A4 or Letter.

    labels for the packs, slips for a trial that one person packs alone, instructions for whoever
    makes the packs, and the shopping list. Nothing of it tells the order of treatments.
    """
    from ekbom.report.paper.sheet import sheet_lines
    from ekbom.trial.folder import open_trial

    if out is None and what != "shopping":
        raise click.UsageError(f"Say where to write the {what}: --out {what}.pdf")
    now = present(ctx)
    trial = open_trial(folder, now=now)
    if what == "shopping":
        document = _shopping(trial, size, salt, capsules, have)
    else:
        document = _document(trial, what, name)
    if out is None:
        click.echo("\n".join(sheet_lines(document)))
        return
    from ekbom.report.paper.setting import pdf_of
    from ekbom.trial.files import write_file

    _refuse_place(out)
    write_file(out, pdf_of(document, paper=paper, made=now))
    click.echo(f"Written: {out}. Print it at 100 %, not fitted to the page.")


def _document(trial: Trial, what: What, name: str) -> Document:
    from ekbom.report.paper.instructions import instruction_sheet
    from ekbom.report.paper.labels import label_sheet
    from ekbom.report.paper.slips import slip_sheets
    from ekbom.trial.slips import slips_of

    match what:
        case "labels":
            return label_sheet(trial=trial, name=name)
        case "slips":
            _refuse_without_slips(trial)
            return slip_sheets(protocol=trial.protocol, slips=slips_of(trial))
        case _:
            return instruction_sheet(trial=trial, commands=True)


def _shopping(
    trial: Trial,
    size: str | None,
    salt: str | None,
    capsules: int | None,
    have: tuple[int, int] | None,
) -> Document:
    from ekbom.report.paper.shopping import shopping_list
    from ekbom.safety.fill import check_stock
    from ekbom.safety.preparation import needs_of

    needs = needs_of(trial=trial, size=size, salt=salt, a_night=capsules)
    nights = trial.protocol.design.period_nights
    stock = None
    if have is not None:
        stock = check_stock(fill=needs.fill, nights=nights, magnesium=have[0], placebo=have[1])
    return shopping_list(
        fill=needs.fill, a_night=needs.a_night, shopping=needs.shopping, stock=stock
    )


def _refuse_without_slips(trial: Trial) -> None:
    from ekbom.problem import RefusedError
    from ekbom.trial.happened import last_of

    if trial.protocol.blinding != "alone":
        raise RefusedError("Slips are for a trial that one person packs alone. This one is not.")
    if last_of(trial.events, "randomised") is None:
        raise RefusedError(f"The slips are not made yet. Run: ekbom slips make {trial.place}")


def _refuse_place(out: Path) -> None:
    if out.suffix.lower() != ".pdf":
        raise click.BadParameter(f"{out}: let the name end in .pdf", param_hint="--out")
    if not out.parent.is_dir():
        raise click.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
