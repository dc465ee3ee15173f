"""ekbom protocol: list, show, check and describe protocols."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ekbom.protocol.model import Protocol


@click.group(epilog="Example: ekbom protocol show magnesium-rls")
def command() -> None:
    """List, show and check protocols: a whole trial as data."""


@command.command("list", epilog="Example: ekbom protocol list")
def list_() -> None:
    """List the protocols that come with ekbom."""
    from ekbom.protocol.files import BUILT_IN, built_in

    for name in BUILT_IN:
        click.echo(f"{name:20} {built_in(name).title}")


@command.command(
    epilog="Examples: ekbom protocol show magnesium-rls-fast; ekbom protocol show mine.toml --toml"
)
@click.argument("protocol")
@click.option("--toml", is_flag=True, help="Print the whole file with every default written out.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with its hash.")
def show(protocol: str, *, toml: bool, as_json: bool) -> None:
    """Show PROTOCOL, a name or a file, and what its design can tell at best."""
    from ekbom.protocol.files import content_hash, resolved, toml_text
    from ekbom.report.plan_words import describe_protocol

    found = find_protocol(protocol)
    if toml:
        click.echo(toml_text(resolved(found)), nl=False)
    elif as_json:
        record = {"hash": content_hash(found), "protocol": resolved(found)}
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        for line in (*describe_protocol(found), *chances_lines(found)):
            click.echo(line)


@command.command(epilog="Example: ekbom protocol check mine.toml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Check a protocol FILE and name everything that is wrong with it at once."""
    from ekbom.protocol.files import content_hash

    found = _in_file(file)
    click.echo(f"{file} is in order. Its hash is {content_hash(found)}.")


@command.command(epilog="Example: ekbom protocol schema > protocol.schema.json")
def schema() -> None:
    """Print the JSON Schema of protocol files, for editors that check while you type."""
    from ekbom.protocol.files import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def find_protocol(name: str) -> Protocol:
    """Return the protocol of a built-in name or a file; raises InputError or a usage error."""
    from ekbom.protocol.files import BUILT_IN, built_in

    if name in BUILT_IN:
        return built_in(name)
    file = Path(name)
    if not file.is_file():
        raise click.BadParameter(
            f"there is no protocol or file {name!r}; built in are: {', '.join(BUILT_IN)}"
        )
    return _in_file(file)


def chances_lines(protocol: Protocol) -> Iterator[str]:
    """Yield what the plan could find out, where its simulation comes with ekbom, or how to see."""
    from ekbom.report.simulation_words import chances
    from ekbom.simulation.stored import stored_record

    return chances(stored_record(protocol))


def _in_file(file: Path) -> Protocol:
    from ekbom.design.plan import check_design
    from ekbom.protocol.files import read_protocol

    found = read_protocol(file.read_bytes(), file=file.name)
    check_design(found, file=file.name)
    return found
