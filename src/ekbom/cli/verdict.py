"""ekbom verdict: what a finished trial says."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import present

if TYPE_CHECKING:
    from ekbom.analysis.result import TrialVerdict
    from ekbom.trial.folder import Trial


@click.command(epilog="Example: ekbom verdict my-trial --outcome urge --json")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--outcome", "only", multiple=True, help="Only this outcome; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print the stable JSON record.")
@click.option("--look", is_flag=True, help="Take the look that the protocol declared and is due.")
@click.option(
    "--unplanned-look",
    is_flag=True,
    help="Put on record that you looked early; the answer is always: cannot tell yet.",
)
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    *,
    only: tuple[str, ...],
    as_json: bool,
    look: bool,
    unplanned_look: bool,
) -> None:
    """Say what the finished trial in DIR shows.

    Before the last planned night is past this is refused with status 3 and nothing is analysed,
    unless the trial was ended.
    """
    from ekbom.analysis.verdict import reach_verdict
    from ekbom.trial.folder import open_trial

    if look and unplanned_look:
        raise click.UsageError("take either the declared look or an unplanned one")
    now = present(ctx)
    trial = open_trial(folder, now=now)
    known = [o.id for o in trial.protocol.outcomes]
    for name in only:
        if name not in known:
            raise click.BadParameter(f"there is no outcome {name!r}; there are: {', '.join(known)}")
    if unplanned_look:
        _unplanned(trial, now, as_json=as_json)
    elif look:
        _declared(trial, now, as_json=as_json)
    else:
        _print(reach_verdict(trial=trial, now=now, only=only or None), as_json=as_json)


def _print(verdict: TrialVerdict, *, as_json: bool) -> None:
    from ekbom.report.record import verdict_record
    from ekbom.report.text import verdict_lines

    if as_json:
        record = verdict_record(verdict)
        click.echo(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
        return
    for line in verdict_lines(verdict):
        click.echo(line)


def _declared(trial: Trial, now: datetime, *, as_json: bool) -> None:
    from ekbom.analysis.decision import HELPS, WORSE
    from ekbom.analysis.verdict import verdict_at_look
    from ekbom.problem import RefusedError
    from ekbom.trial.log import record_look
    from ekbom.trial.unblinding import is_sealed

    if is_sealed(trial):
        raise RefusedError(
            "The order is sealed, so its keeper takes the look, and it says stop or continue: "
            f"ekbom look {trial.place} --number N"
        )
    pair, verdict = verdict_at_look(trial=trial, now=now)
    word = verdict.outcomes[trial.protocol.primary.id].verdict
    record_look(path=trial.path, pair=pair, now=now)
    stop = word in (HELPS, WORSE)
    if as_json:
        click.echo(json.dumps({"look_after_pair": pair, "stop": stop}))
    else:
        click.echo(f"Look after pair {pair}: {'stop' if stop else 'continue'}.")


def _unplanned(trial: Trial, now: datetime, *, as_json: bool) -> None:
    from ekbom.analysis.decision import CANNOT_TELL
    from ekbom.problem import RefusedError
    from ekbom.trial.ending import is_over
    from ekbom.trial.log import record_unplanned_look

    if is_over(trial=trial, now=now):
        raise RefusedError(
            f"The trial is over: no look is needed. Run: ekbom verdict {trial.place}"
        )
    looks = record_unplanned_look(path=trial.path, now=now)
    if as_json:
        click.echo(json.dumps({"verdict": CANNOT_TELL, "unplanned_looks": looks}))
    else:
        click.echo(f"{CANNOT_TELL.capitalize()}. This was unplanned look number {looks}.")
