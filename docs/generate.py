"""Write the parts of the docs that follow from the code: protocol fields, events, commands, schema.

``--check`` changes nothing and fails where a page is out of date.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ekbom.cli import main as shell
from ekbom.protocol.files import built_in, json_schema
from ekbom.report.evidence_page import evidence_page
from ekbom.report.packing_words import said_step
from ekbom.simulation import traits
from ekbom.trial.event_kinds import BY_HAND, KINDS
from ekbom.trial.packing import Move, packing_steps

HERE = Path(__file__).parent


def protocol_page() -> str:
    """Return docs/protocol.md: every field of a protocol with its help text."""
    schema = json_schema()
    lines = [
        "# Protocol files",
        "",
        "A protocol is a whole trial as data, in TOML. `ekbom protocol show NAME --toml` prints",
        "one with every default written out, `ekbom protocol check FILE` names everything that is",
        "wrong, and `protocol.schema.json` beside this page lets editors check while you type.",
        "This page is made by `docs/generate.py`.",
        "",
        "## protocol",
        "",
        *_fields(schema),
    ]
    for name, table in schema["$defs"].items():
        lines += ["", f"## {name}", "", table["description"], "", *_fields(table)]
    return "\n".join(lines) + "\n"


def _fields(table: dict[str, Any]) -> Iterator[str]:
    required = table.get("required", [])
    yield "| field | meaning | default |"
    yield "|---|---|---|"
    for name, field in table["properties"].items():
        meaning = " ".join(field.get("description", "").split())
        default = "required" if name in required else _default(field)
        yield f"| `{name}` | {meaning} | {default} |"


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    if isinstance(value, dict):
        return "as below"
    return "none" if value in (None, "", []) else f"`{json.dumps(value)}`"


def events_table() -> str:
    """Return the table of event kinds for docs/trial-folder.md."""
    lines = ["| kind | details | written by |", "|---|---|---|"]
    for kind, fields in KINDS.items():
        details = "; ".join(
            f"`{name}`: {field.says}{'' if field.required else ' (optional)'}"
            for name, field in fields.items()
        )
        lines.append(f"| {kind} | {details} | {'`ekbom log`' if kind in BY_HAND else 'ekbom'} |")
    return "\n".join(lines)


def commands_page() -> str:
    """Return docs/commands.md: the help of every command."""
    parts = ["# Commands", "", "What `--help` says. This page is made by `docs/generate.py`."]
    for path, command in _commands(shell, ("ekbom",)):
        context = click.Context(command, info_name=" ".join(path), max_content_width=100)
        parts += ["", f"## {' '.join(path)}", "", "```text", command.get_help(context), "```"]
    return "\n".join(parts) + "\n"


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _commands(below, (*path, name))


def parts_table() -> str:
    """Return the table of a virtual participant's parts for docs/simulation.md."""
    lines = ["| part | what it is | figures unless given |", "|---|---|---|"]
    for name, part in inspect.getmembers(traits, inspect.isclass):
        if part.__module__ == traits.__name__ and dataclasses.is_dataclass(part):
            said = " ".join((part.__doc__ or "").split()).replace("``", "`")
            figures = ", ".join(f"{f.name} {f.default}" for f in dataclasses.fields(part))
            lines.append(f"| {name} | {said} | {figures} |")
    return "\n".join(lines)


def packing_table() -> str:
    """Return the table of making packs alone for docs/blinding-alone.md, told for one plan."""
    protocol = built_in("magnesium-rls-fast")
    lines = ["| step | what to do | why | if it goes wrong |", "|---|---|---|---|"]
    for step in packing_steps().values():
        pair = 1 if step.each_pair else None
        said = said_step(Move(step.id, pair), protocol=protocol, capsules=2)
        name = f"`{step.id}`{', *pair*' if step.each_pair else ''}: {said['title']}"
        lines.append(f"| {name} | {said['do']} | {said['why']} | {said['wrong']} |")
    return "\n".join(lines)


def _between(page: str, mark: str, text: str) -> str:
    """Return a page with the text between its two marks made anew."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, rest = (HERE / page).read_text(encoding="utf-8").split(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}"


def pages() -> dict[Path, str]:
    """Return every generated page by its path."""
    schema = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    return {
        HERE / "protocol.md": protocol_page(),
        HERE / "protocol.schema.json": schema,
        HERE / "commands.md": commands_page(),
        HERE / "evidence.md": evidence_page(),
        HERE / "trial-folder.md": _between("trial-folder.md", "events", events_table()),
        HERE / "blinding-alone.md": _between("blinding-alone.md", "steps", packing_table()),
        HERE / "simulation.md": _between("simulation.md", "parts", parts_table()),
    }


def run(*, check: bool) -> int:
    """Write the pages, or say which are out of date; return the exit status."""
    stale = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if check:
            click.echo(f"{path} is out of date: run python docs/generate.py", err=True)
        else:
            path.write_text(pages()[path], encoding="utf-8")
            click.echo(f"wrote {path}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(run(check="--check" in sys.argv))
