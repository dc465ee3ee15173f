"""The shell as a whole: light to start, an example everywhere, exit statuses with a meaning."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

import ekbom
from ekbom.cli import main
from ekbom.problem import InputError, Problem, RefusedError
from trials import at, shell

_LOADED = """
import sys
from ekbom.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
heavy = {"numpy", "scipy", "pydantic", "altair", "vl_convert", "tomllib", "zoneinfo"}
print("HEAVY", sorted(heavy & set(sys.modules)))
"""


def test_help_loads_no_heavy_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "HEAVY []"
    assert "Begin with: ekbom demo" in done.stdout


def test_the_installed_command_says_its_version() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from ekbom.cli import main; main()", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"ekbom, version {ekbom.__version__}\n"


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from _commands(found, f"{name} {below}")


COMMANDS = dict(_commands(main, "ekbom"))


def test_the_commands_are_those_of_the_issue() -> None:
    assert set(COMMANDS) == {
        "ekbom",
        "ekbom serve",
        "ekbom account",
        "ekbom account add",
        "ekbom account reset",
        "ekbom clinic",
        "ekbom clinic list",
        "ekbom clinic export",
        "ekbom clinic return",
        "ekbom look",
        "ekbom backup",
        "ekbom restore",
        "ekbom demo",
        "ekbom protocol",
        "ekbom protocol list",
        "ekbom protocol show",
        "ekbom protocol check",
        "ekbom protocol schema",
        "ekbom evidence",
        "ekbom simulate",
        "ekbom screen",
        "ekbom medicines",
        "ekbom dose",
        "ekbom tonight",
        "ekbom reminders",
        "ekbom tolerate",
        "ekbom break-glass",
        "ekbom guess",
        "ekbom new",
        "ekbom randomise",
        "ekbom print",
        "ekbom slips",
        "ekbom slips make",
        "ekbom slips read",
        "ekbom slips lost",
        "ekbom packs",
        "ekbom seal",
        "ekbom unseal",
        "ekbom log",
        "ekbom check",
        "ekbom audit",
        "ekbom unblind",
        "ekbom verdict",
        "ekbom import",
        "ekbom import studyu",
    }


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "ekbom"])
def test_every_command_has_an_example_of_itself_and_a_help_for_every_option(name: str) -> None:
    command = COMMANDS[name]
    epilog = command.epilog or ""
    assert epilog.startswith(("Example: ", "Examples: "))
    assert name in epilog or isinstance(command, click.Group)
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_ends_well(name: str) -> None:
    result = CliRunner().invoke(main, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["dance"])
    assert result.exit_code == 2
    assert "No such command 'dance'" in result.stderr


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (
            InputError(
                [Problem("a.csv", 3, "it is wrong", "Mend it"), Problem("b", None, "x", "y")]
            ),
            2,
            "a.csv, line 3: it is wrong. Mend it.\nb: x. y.\n",
        ),
        (RefusedError("Not now."), 3, "Not now.\n"),
    ],
)
def test_a_fault_becomes_a_message_and_an_exit_status(
    monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, text: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("ekbom.trial.check.check_trial", fail)
    result = shell("check", ".", now=at(0))
    assert (result.exit_code, result.stdout, result.stderr) == (status, "", text)
