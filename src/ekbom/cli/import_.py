"""ekbom import: make trial folders from other programs' exports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import BAD_INPUT, present

if TYPE_CHECKING:
    from ekbom.diary.studyu import StudyUExport


@click.group(epilog="Example: ekbom import studyu --help")
def command() -> None:
    """Make trial folders from what other programs export."""


@command.command(
    epilog="Example: ekbom import studyu export.zip trials --zone Europe/Berlin --map map.toml"
)
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--zone", required=True, help="The participants' time zone, such as Europe/Berlin.")
@click.option(
    "--map",
    "map_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file that says what the treatments and questions mean (docs/import-studyu.md).",
)
@click.option("--participant", help="Import only this participant.")
@click.pass_context
def studyu(
    ctx: click.Context,
    export: Path,
    folder: Path,
    zone: str,
    map_file: Path,
    participant: str | None,
) -> None:
    """Import StudyU's measurement EXPORT (zip or csv) into DIR.

    The morning's answer is booked on the night it speaks of, and so on the treatment of the
    evening before. Several people give DIR/PARTICIPANT each.
    """
    from ekbom.diary.studyu import read_studyu
    from ekbom.diary.studyu_map import read_map
    from ekbom.problem import errors
    from ekbom.trial.create import import_trial, refuse_if_taken

    mapping = read_map(map_file.read_bytes(), file=map_file.name)
    found = read_studyu(export, zone=zone, mapping=mapping, participant=participant)
    problems = [*found.problems, *(p for person in found.people for p in person.problems)]
    for problem in problems:
        click.echo(f"{problem.severity}: {problem}", err=True)
    places = {p.participant: _place(folder, p.participant, found) for p in found.people}
    for person in found.people:
        if person.trial is not None:
            refuse_if_taken(places[person.participant])
    for person in found.people:
        if person.trial is None:
            click.echo(f"Nothing was imported for {person.participant}.", err=True)
            continue
        import_trial(
            path=places[person.participant],
            protocol=person.trial.protocol,
            start=person.trial.start,
            zone=person.trial.zone,
            treatments=person.trial.allocation,
            diary=person.trial.diary,
            source=f"StudyU export {export.name}, participant {person.participant}",
            now=present(ctx),
        )
        click.echo(
            f"Imported {person.participant}: {len(person.trial.diary.nights)} nights into "
            f"{places[person.participant]}"
        )
    if errors(problems) or any(person.trial is None for person in found.people):
        ctx.exit(BAD_INPUT)


def _place(folder: Path, participant: str, found: StudyUExport) -> Path:
    """Return a person's folder; an id that would lead out of ``folder`` is refused."""
    if len(found.people) == 1:
        return folder
    if participant in {"", ".", ".."} or any(sign in participant for sign in "/\\:\0"):
        raise click.UsageError(
            f"The participant {participant!r} cannot name a folder. Import each person with "
            "--participant into a folder of your own."
        )
    return folder / participant
