"""ekbom break-glass: what to do in an emergency, and the way to what a pack holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import present

if TYPE_CHECKING:
    from ekbom.trial.folder import Trial


class AdvisesFirst(click.Command):
    """A command that gives its advice first, whatever is wrong with what was typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; before any fault in them, say what to do."""
        try:
            return super().parse_args(ctx, [*args])
        except click.UsageError:
            _say_advice(None)
            raise


@click.command(
    cls=AdvisesFirst,
    epilog="Examples: ekbom break-glass my-trial; ekbom break-glass my-trial --pack 3 --yes",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--pack",
    type=click.IntRange(1),
    help="The pack that must be known. Default: the one that the last capsules came from.",
)
@click.option("--note", default="", help="Why, in your own words.")
@click.option("--yes", is_flag=True, help="Put it on record without asking.")
@click.pass_context
def command(ctx: click.Context, folder: Path, *, pack: int | None, note: str, yes: bool) -> None:
    """Say what to do in an emergency, and how to learn what a pack of the trial in DIR holds.

    The advice comes first and waits for nothing: it is the same whatever the pack holds. Then it is
    put on record that the blind of this one pack is broken, once you agree; then the way to the
    answer is shown, whether it is on record or not. Nothing here opens the order of treatments.
    """
    from ekbom.guide.break_glass import pack_in_use
    from ekbom.report.break_glass_words import way_lines

    now = present(ctx)
    trial = _read(folder, now)
    known = pack or pack_in_use(trial=trial, now=now)
    try:
        if known is not None:
            _record(trial, known, note, now, yes=yes)
    finally:
        # A fault in writing it down must not keep the way from being seen.
        _say(way_lines(trial, known))


def _read(folder: Path, now: datetime) -> Trial:
    """Return the trial; the advice is said first, by the trial's own plan if it can be read."""
    from ekbom.trial.folder import open_trial

    try:
        trial = open_trial(folder, now=now)
    except Exception:
        # Everything, as not even a bug in reading a folder may come before the advice.
        _say_advice(None)
        raise
    _say_advice(trial)
    return trial


def _say_advice(trial: Trial | None) -> None:
    from ekbom.report.break_glass_words import advice_lines

    _say([*advice_lines(None if trial is None else trial.protocol), ""])


def _record(trial: Trial, pack: int, note: str, now: datetime, *, yes: bool) -> None:
    """Put it on record, once, if the person agrees."""
    from ekbom.guide.break_glass import glass_broken, is_broken
    from ekbom.report.break_glass_words import question, recorded_lines, unrecorded_lines
    from ekbom.trial.log import log_event

    if is_broken(trial=trial, pack=pack):
        return
    if not (yes or _agrees(question(pack))):
        _say([*unrecorded_lines(), ""])
        return
    detail = glass_broken(pack=pack, night=trial.clock.night_of(now), note=note)
    log_event(path=trial.path, kind="incident", detail=detail, now=now)
    _say([*recorded_lines(pack), ""])


def _agrees(question: str) -> bool:
    try:
        return click.confirm(question, default=True)
    except click.Abort:
        click.echo()
        return False


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
