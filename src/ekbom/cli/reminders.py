"""ekbom reminders: a calendar file that a phone reminds by."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import click

from ekbom.cli import present


class Clock(click.ParamType[time]):
    """A time of day written as 21:30."""

    name = "time"

    def convert(
        self, value: str | time, param: click.Parameter | None, ctx: click.Context | None
    ) -> time:
        """Return the time of day."""
        try:
            found = value if isinstance(value, time) else time.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None:
            self.fail(f"{value!r} is not a time of day. Write it as 08:00 or 21:30.", param, ctx)
        return found.replace(second=0, microsecond=0)


@click.command(
    epilog="Example: ekbom reminders my-trial --dose-at 21:30 --diary-at 08:00 --out ekbom.ics"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--dose-at", type=Clock(), required=True, help="When you take capsules: 21:30.")
@click.option("--diary-at", type=Clock(), required=True, help="When you answer: 08:00.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the file; its name ends in .ics.",
)
@click.pass_context
def command(ctx: click.Context, folder: Path, dose_at: time, diary_at: time, out: Path) -> None:
    """Write a calendar file with an evening and a morning alarm for the trial in DIR.

    The titles say nothing of what the trial is about, and the file is the same whichever treatment
    a period has. A file made later replaces the reminders of an earlier one.
    """
    from ekbom.guide.reminders import reminders
    from ekbom.report.calendar_file import calendar_file, reminder_lines
    from ekbom.trial.files import write_file
    from ekbom.trial.folder import open_trial

    if out.suffix.lower() != ".ics":
        raise click.BadParameter(f"{out}: phones know such files by the ending .ics")
    if not out.parent.is_dir():
        raise click.BadParameter(f"there is no folder {out.parent}")
    now = present(ctx)
    trial = open_trial(folder, now=now)
    found = reminders(trial=trial, now=now, dose_at=dose_at, diary_at=diary_at)
    write_file(out, calendar_file(found, now=now))
    for line in reminder_lines(found, file=str(out)):
        click.echo(line)
