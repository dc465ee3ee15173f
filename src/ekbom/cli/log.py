"""ekbom log: write down an answer, a dose or an event."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ekbom.cli import present

if TYPE_CHECKING:
    from ekbom.trial.folder import Trial


@click.command(
    epilog="Examples: ekbom log my-trial urge=4 minutes_to_sleep=25; "
    "ekbom log my-trial --dose 2 --time 21:30; "
    "ekbom log my-trial --event 'dose fixed' mg=200 capsules=2"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--night",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The night, by its evening's date. Default: last night for answers, tonight for a dose.",
)
@click.option("--dose", type=float, metavar="CAPSULES", help="Log a dose of so many capsules.")
@click.option("--mg", type=float, help="Its elemental mg, outside the randomised nights.")
@click.option("--time", "clock", help="When it was taken, on your clock, such as 21:30.")
@click.option("--event", "kind", help="Log an event of this kind, with its details as NAME=VALUE.")
@click.option("--correct", is_flag=True, help="Replace an earlier answer, which stays on record.")
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    values: tuple[str, ...],
    night: datetime | None,
    dose: float | None,
    mg: float | None,
    clock: str | None,
    kind: str | None,
    correct: bool,
) -> None:
    """Write down answers, a dose or an event in the trial in DIR."""
    from ekbom.trial.folder import open_trial
    from ekbom.trial.log import log_answers, log_dose, log_event

    now = present(ctx)
    trial = open_trial(folder, now=now)
    given = [_split(text) for text in values]
    asked = None if night is None else night.date()
    if kind is not None:
        log_event(path=folder, kind=kind, detail=dict(map(_detail, given)), now=now)
        click.echo(f"Logged: {kind}.")
    elif dose is not None or mg is not None:
        spoken = asked or trial.clock.night_of(now)
        instant = _instant(trial, spoken, clock, now)
        log_dose(path=folder, night=spoken, instant=instant, capsules=dose, mg=mg, now=now)
        click.echo(f"Logged the dose of the night of {spoken}.")
    elif given:
        spoken = asked or _last_night(trial, now)
        answers = {name: _number(name, text) for name, text in given}
        log_answers(path=folder, night=spoken, answers=answers, now=now, correct=correct)
        click.echo(f"Logged for the night of {spoken}: {', '.join(answers)}.")
    else:
        raise click.UsageError("Give answers as NAME=VALUE, or --dose, or --event.")


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"{text!r} is not of the form NAME=VALUE, such as urge=4.")
    return name, value


def _number(name: str, text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise click.UsageError(f"{name}={text!r} is not a number. Leave out what has no answer.")
    return value


def _detail(pair: tuple[str, str]) -> tuple[str, Any]:
    """Return a detail as a number or a truth where it reads as one, else as text."""
    name, text = pair
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return name, value if isinstance(value, int | float | bool) else text


def _last_night(trial: Trial, now: datetime) -> date:
    night = trial.clock.night_spoken_of(now)
    if night is None:
        raise click.UsageError(
            "It is evening: say which night the answers speak of, with --night 2026-03-01."
        )
    return night


def _instant(trial: Trial, night: date, clock: str | None, now: datetime) -> datetime | None:
    from zoneinfo import ZoneInfo

    if clock is None:
        return now if trial.clock.night_of(now) == night else None
    try:
        wall = time.fromisoformat(clock)
    except ValueError:
        raise click.UsageError(f"--time {clock!r} is not a time of day, such as 21:30.") from None
    later = wall < time(trial.protocol.boundary_hour)
    day = night + timedelta(days=1) if later else night
    return datetime.combine(day, wall, ZoneInfo(trial.clock.zone_at(now)))
