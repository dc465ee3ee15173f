"""The shell: one command a file, thin; heavy imports wait until a command runs."""

from __future__ import annotations

import gc
import importlib
import sys
from datetime import UTC, date, datetime

import click

from ekbom import __version__
from ekbom.problem import InputError, RefusedError

_COMMANDS = {
    "serve": "ekbom.cli.serve",
    "demo": "ekbom.cli.demo",
    "protocol": "ekbom.cli.protocol",
    "evidence": "ekbom.cli.evidence",
    "screen": "ekbom.cli.screen",
    "medicines": "ekbom.cli.medicines",
    "dose": "ekbom.cli.dose",
    "simulate": "ekbom.cli.simulate",
    "new": "ekbom.cli.new",
    "randomise": "ekbom.cli.randomise",
    "seal": "ekbom.cli.seal",
    "unseal": "ekbom.cli.unseal",
    "look": "ekbom.cli.look",
    "slips": "ekbom.cli.slips",
    "packs": "ekbom.cli.packs",
    "print": "ekbom.cli.print",
    "log": "ekbom.cli.log",
    "tonight": "ekbom.cli.tonight",
    "reminders": "ekbom.cli.reminders",
    "tolerate": "ekbom.cli.tolerate",
    "break-glass": "ekbom.cli.break_glass",
    "guess": "ekbom.cli.guess",
    "check": "ekbom.cli.check",
    "audit": "ekbom.cli.audit",
    "unblind": "ekbom.cli.unblind",
    "verdict": "ekbom.cli.verdict",
    "import": "ekbom.cli.import_",
    "account": "ekbom.cli.account",
    "clinic": "ekbom.cli.clinic",
    "backup": "ekbom.cli.backup",
    "restore": "ekbom.cli.restore",
}

BAD_INPUT, REFUSED = 2, 3
"""Exit status for input that cannot be used, and for a request that must not be done now."""


class Shell(click.Group):
    """The commands of ekbom, each loaded when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a person meets them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, or ``None`` if there is none of that name."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a fault in its input becomes a message and an exit status."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            ctx.exit(BAD_INPUT)
        except RefusedError as error:
            click.echo(str(error), err=True)
            ctx.exit(REFUSED)
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = error.strerror or str(error)
            click.echo(f"{error.filename or 'this computer'}: {reason}.", err=True)
            ctx.exit(BAD_INPUT)


@click.command(
    cls=Shell,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: ekbom demo",
)
@click.version_option(__version__, prog_name="ekbom")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Find out, properly and safely, whether magnesium citrate helps your restless legs.

    A randomised trial in one person, from its protocol to an honest verdict. ekbom keeps records
    and does statistics; it gives no medical advice. Without a command it opens in your browser, as
    with: ekbom serve

    Exit status: 0 done, 2 something in the input is wrong, 3 refused for now (such as a verdict
    before the end).
    """
    # Imports make many small objects and no garbage; collecting during them takes a tenth of a
    # verdict's time.
    gc.set_threshold(50_000)
    # A pipe on Windows may not know the signs that names and sentences use.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if ctx.invoked_subcommand is None:
        ctx.invoke(importlib.import_module(_COMMANDS["serve"]).command)


class Day(click.ParamType[date]):
    """A date written as 2026-03-01."""

    name = "date"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the date; a year that no trial can have is refused like any other slip."""
        from ekbom.diary.table import day_in

        found = value if isinstance(value, date) else day_in(value)
        if found is None:
            self.fail(f"{value!r} is not a date. Write it as 2026-03-01.", param, ctx)
        return found


def present(ctx: click.Context) -> datetime:
    """Return the present instant; a test hands its own to the command as ``obj``."""
    return ctx.obj if isinstance(ctx.obj, datetime) else datetime.now(UTC)
