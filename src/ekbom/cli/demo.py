"""ekbom demo: two trials from folder to verdict, on one page."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import present

if TYPE_CHECKING:
    from ekbom.report.page import Section

_SEED = 1945
_ZONE = "Europe/Stockholm"

_NEXT = (
    "May you start? ekbom screen",
    "What a plan could and could not find out: ekbom simulate magnesium-rls-fast",
    "Plan your own trial: ekbom protocol show magnesium-rls",
    "Register it: ekbom new my-trial --protocol magnesium-rls --zone Europe/Berlin",
    "Everything else: ekbom --help",
)


@click.command(epilog="Example: ekbom demo --out demo.html")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("ekbom-demo.html"),
    show_default=True,
    help="Where to write the page.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=_SEED,
    show_default=True,
    help="Seed of the simulated person.",
)
@click.pass_context
def command(ctx: click.Context, out: Path, seed: int) -> None:
    """Analyse a real trial of magnesium citrate and a simulated one of restless legs.

    Prints both verdicts and writes one page with the figures. Ends by itself within seconds.
    """
    from ekbom.report.page import build_page
    from ekbom.trial.files import write_file

    if not out.parent.is_dir():
        raise click.BadParameter(f"there is no folder {out.parent}")
    now = present(ctx)
    click.echo("1 of 3: a real trial, 250 nights, 131,072 possible orders ...", err=True)
    real = _real(now)
    click.echo("2 of 3: a simulated trial of restless legs, 126 nights ...", err=True)
    simulated = _simulated(now, seed)
    click.echo("3 of 3: drawing the figures ...", err=True)
    page = build_page(title="ekbom: two trials", sections=(real, simulated), next_steps=_NEXT)
    for section in (real, simulated):
        _print(section)
    write_file(out, page.encode())
    click.echo(f"The page with the figures: {out.resolve()}\n")
    click.echo("What to do next:")
    for step in _NEXT:
        click.echo(f"  {step}")


def _real(now: datetime) -> Section:
    from ekbom.analysis.verdict import reach_verdict
    from ekbom.examples import example_folder
    from ekbom.report.page import Section
    from ekbom.report.real_trial import hindsight_notes
    from ekbom.trial.folder import open_trial

    trial = open_trial(example_folder("gwern-magnesium-citrate"), now=now)
    verdict = reach_verdict(trial=trial, now=now)
    return Section(
        heading="A real trial: magnesium citrate and one man's mood, 2013-14",
        introduction=f"Not about restless legs, but about mood. {trial.protocol.summary.strip()}",
        verdict=verdict,
        notes=hindsight_notes(verdict),
    )


def _simulated(now: datetime, seed: int) -> Section:
    import numpy as np

    from ekbom.analysis.verdict import reach_verdict
    from ekbom.report.page import Section
    from ekbom.simulation.folder import demonstration

    with tempfile.TemporaryDirectory(prefix="ekbom-demo-") as folder:
        trial, truth = demonstration(
            path=Path(folder) / "simulated",
            zone=_ZONE,
            rng=np.random.Generator(np.random.PCG64(seed)),
        )
        verdict = reach_verdict(trial=trial, now=now)
    return Section(
        heading="A simulated trial: restless legs, six pairs of weeks",
        introduction=(
            "Nobody's data: a virtual person whose legs, diary and forgotten answers were "
            f"simulated from the seed {seed}, and who ran the protocol magnesium-rls-fast from "
            "its registration on."
        ),
        verdict=verdict,
        notes=(truth,),
    )


def _print(section: Section) -> None:
    import textwrap

    from ekbom.report.words import sentence

    verdict = section.verdict
    primary = verdict.outcomes[verdict.trial.protocol.primary.id]
    click.echo(f"\n{section.heading}\n{'-' * len(section.heading)}")
    for text in (section.introduction, sentence(verdict, primary), *section.notes):
        click.echo(textwrap.fill(text, 96) + "\n")
