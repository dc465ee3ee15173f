"""ekbom import: make trial folders from other programs' exports."""

from __future__ import annotations

from pathlib import Path

import click

from ekbom.cli import BAD_INPUT, present


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
    from ekbom.trial.create import import_trial

    mapping = read_map(map_file.read_bytes(), file=map_file.name)
    found = read_studyu(export, zone=zone, mapping=mapping, participant=participant)
    problems = [*found.problems, *(p for person in found.people for p in person.problems)]
    for problem in problems:
        click.echo(f"{problem.severity}: {problem}", err=True)
    for person in found.people:
        if person.trial is None:
            click.echo(f"Nothing was imported for {person.participant}.", err=True)
            continue
        path = folder / person.participant if len(found.people) > 1 else folder
        import_trial(
            path=path,
            protocol=person.trial.protocol,
            start=person.trial.start,
            zone=person.trial.zone,
            treatments=person.trial.allocation,
            diary=person.trial.diary,
            source=f"StudyU export {export.name}, participant {person.participant}",
            now=present(ctx),
        )
        click.echo(
            f"Imported {person.participant}: {len(person.trial.diary.nights)} nights into {path}"
        )
    if errors(problems):
        ctx.exit(BAD_INPUT)
