"""ekbom log: write down an answer, a dose or an event."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import Day, present

if TYPE_CHECKING:
    from ekbom.trial.folder import Trial


_ASK = "If it worries you or does not pass, ask a doctor or a pharmacist; you may stop at any time."
_ADVICE = {
    "emergency": "If this is happening now, stop the capsules and call your local emergency "
    "number. Do not wait for anything here: ekbom is not watching.",
    "side effect": _ASK,
    "hold": _ASK,
}


@click.command(
    epilog="Examples: ekbom log my-trial urge=4 minutes_to_sleep=25; "
    "ekbom log my-trial --dose 2 --time 21:30; "
    "ekbom log my-trial --event 'dose fixed' mg=200 capsules=2"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--night",
    type=Day(),
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
    night: date | None,
    dose: float | None,
    mg: float | None,
    clock: str | None,
    kind: str | None,
    correct: bool,
) -> None:
    """Write down answers, a dose or an event in the trial in DIR."""
    from ekbom.trial.events import detail_in
    from ekbom.trial.folder import open_trial
    from ekbom.trial.log import log_answers, log_dose, log_event

    now = present(ctx)
    is_dose = dose is not None or mg is not None
    given = _split_all(values)
    _one_at_a_time(ctx, is_event=kind is not None, is_dose=is_dose, has_values=bool(given))
    trial = open_trial(folder, now=now)
    if kind is not None:
        log_event(path=folder, kind=kind, detail=detail_in(kind, given), now=now)
        click.echo(f"Logged: {kind}.")
        if kind in _ADVICE:
            click.echo(_ADVICE[kind])
    elif is_dose:
        spoken = night or trial.clock.night_of(now)
        instant = _instant(trial, spoken, clock, now)
        log_dose(path=folder, night=spoken, instant=instant, capsules=dose, mg=mg, now=now)
        click.echo(f"Logged the dose of the night of {spoken}.")
    else:
        spoken = night or _last_night(trial, now)
        answers = {name: _number(name, text) for name, text in given.items()}
        log_answers(path=folder, night=spoken, answers=answers, now=now, correct=correct)
        said = ", ".join(f"{name} {value:g}" for name, value in answers.items())
        click.echo(f"Logged for the night of {spoken:%A, %Y-%m-%d}: {said}.")


_GOES_WITH = {"night": "answers or a dose", "clock": "a dose", "correct": "answers"}


def _one_at_a_time(ctx: click.Context, *, is_event: bool, is_dose: bool, has_values: bool) -> None:
    """Refuse what would otherwise be left out without a word."""
    if not (is_event or is_dose or has_values):
        raise click.UsageError("Give answers as NAME=VALUE, or --dose, or --event.")
    if is_dose and (is_event or has_values):
        raise click.UsageError("Log answers, a dose or an event, one at a time.")
    unused = [] if is_dose else ["clock"]
    unused += ["night", "correct"] if is_event else ["correct"] if is_dose else []
    for name in unused:
        if ctx.params[name]:
            option = "time" if name == "clock" else name
            raise click.UsageError(f"--{option} goes with {_GOES_WITH[name]} only.")


def _split_all(texts: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r} is not of the form NAME=VALUE, such as urge=4.")
        if name in values:
            raise click.UsageError(f"{name} is given twice.")
        values[name] = value
    return values


def _number(name: str, text: str) -> float:
    from ekbom.diary.table import number_in

    value = number_in(text.replace(",", "."))
    if value is None:
        raise click.UsageError(f"{name}={text!r} is not a number. Leave out what has no answer.")
    return value


def _last_night(trial: Trial, now: datetime) -> date:
    night = trial.clock.night_spoken_of(now)
    if night is None:
        raise click.UsageError(
            "It is evening: say which night the answers speak of, with --night 2026-03-01."
        )
    return night


def _instant(trial: Trial, night: date, clock: str | None, now: datetime) -> datetime | None:
    if clock is None:
        return now if trial.clock.night_of(now) == night else None
    try:
        wall = time.fromisoformat(clock)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None:
        raise click.UsageError(f"--time {clock!r} is not a time of day, such as 21:30.")
    shown = trial.clock.shown(night, wall)
    if not shown:
        raise click.UsageError(f"Your clock never showed {clock} in the night of {night}.")
    # Of two, the later one where it has come: a dose is mostly logged when it is taken.
    return next((instant for instant in reversed(shown) if instant <= now), shown[0])
