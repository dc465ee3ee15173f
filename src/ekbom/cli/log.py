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
    "ekbom log my-trial urge=5 --correct; ekbom log my-trial --withdraw urge; "
    "ekbom log my-trial --dose 2 --time 21:30; "
    "ekbom log my-trial --dose 1 --night 2026-03-30 --correct; "
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
@click.option("--pack", type=int, help="With the first dose from a pack: the number on it.")
@click.option("--time", "clock", help="When it was taken, on your clock, such as 21:30.")
@click.option("--event", "kind", help="Log an event of this kind, with its details as NAME=VALUE.")
@click.option(
    "--correct",
    is_flag=True,
    help="Replace an earlier answer or dose, which stays on record.",
)
@click.option(
    "--withdraw",
    "withdrawn",
    multiple=True,
    metavar="NAME",
    help="Take an answer back; it stays on record. May be repeated.",
)
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    values: tuple[str, ...],
    night: date | None,
    dose: float | None,
    mg: float | None,
    pack: int | None,
    clock: str | None,
    kind: str | None,
    correct: bool,
    withdrawn: tuple[str, ...],
) -> None:
    """Write down answers, a dose or an event in the trial in DIR."""
    from ekbom.safety.fixed_dose import refuse_untolerated
    from ekbom.trial.event_kinds import detail_in
    from ekbom.trial.folder import open_trial
    from ekbom.trial.log import log_answers, log_event

    now = present(ctx)
    is_dose = dose is not None or mg is not None
    given = _split_all(values)
    has_answers = bool(given or withdrawn)
    _one_at_a_time(ctx, is_event=kind is not None, is_dose=is_dose, has_values=has_answers)
    trial = open_trial(folder, now=now)
    if kind is not None:
        detail = detail_in(kind, given)
        if kind == "dose fixed":
            refuse_untolerated(trial=trial, detail=detail, now=now)
        log_event(path=folder, kind=kind, detail=detail, now=now)
        click.echo(f"Logged: {kind}.")
        if kind in _ADVICE:
            click.echo(_ADVICE[kind])
    elif is_dose:
        spoken = night or trial.clock.night_of(now)
        if dose != 0 and not correct:
            _open_pack(trial, spoken, pack, now)
        _log_dose(trial, spoken, dose, mg, clock, now, correct=correct)
    else:
        spoken = night or _last_night(trial, now)
        answers = _answers(given, withdrawn)
        log_answers(path=folder, night=spoken, answers=answers, now=now, correct=correct)
        said = ", ".join(
            f"{name} {'withdrawn' if value is None else f'{value:g}'}"
            for name, value in answers.items()
        )
        click.echo(f"Logged for the night of {spoken:%A, %Y-%m-%d}: {said}.")


def _log_dose(
    trial: Trial,
    night: date,
    capsules: float | None,
    mg: float | None,
    clock: str | None,
    now: datetime,
    *,
    correct: bool,
) -> None:
    from ekbom.trial.corrections import correct_dose
    from ekbom.trial.log import log_dose

    if correct:
        # A correction changes only what is given: not the time, which would become now.
        instant = None if clock is None else _instant(trial, night, clock, now)
        correct_dose(
            path=trial.path, night=night, instant=instant, capsules=capsules, mg=mg, now=now
        )
        click.echo(f"Corrected the dose of the night of {night}. The earlier one stays on record.")
        return
    instant = _instant(trial, night, clock, now)
    log_dose(path=trial.path, night=night, instant=instant, capsules=capsules, mg=mg, now=now)
    click.echo(f"Logged the dose of the night of {night}.")


def _open_pack(trial: Trial, night: date, pack: int | None, now: datetime) -> None:
    """Put on record that a pack is opened, by the number that its reader found on it."""
    from ekbom.trial.log import log_event
    from ekbom.trial.opened import OPENED, is_opened, pack_to_name, refuse_pack

    if pack is not None and is_opened(trial, pack):
        refuse_pack(trial, pack=pack, night=night, now=now)
    elif pack is not None:
        log_event(path=trial.path, kind=OPENED, detail={"pack": pack, "night": night}, now=now)
    elif pack_to_name(trial, night=night, now=now) is not None:
        raise click.UsageError(
            "This is the first dose from a new pack. Read the number on the pack and give it with "
            "--pack N, so that an exchanged pack is noticed."
        )


_GOES_WITH = {
    "night": "answers or a dose",
    "pack": "a dose",
    "clock": "a dose",
    "correct": "answers or a dose",
    "withdrawn": "answers",
}
_OPTIONS = {"clock": "time", "withdrawn": "withdraw"}


def _one_at_a_time(ctx: click.Context, *, is_event: bool, is_dose: bool, has_values: bool) -> None:
    """Refuse what would otherwise be left out without a word."""
    if not (is_event or is_dose or has_values):
        raise click.UsageError("Give answers as NAME=VALUE, or --dose, or --event.")
    if is_dose and (is_event or has_values):
        raise click.UsageError("Log answers, a dose or an event, one at a time.")
    unused = [] if is_dose else ["clock", "pack"]
    unused += ["night", "correct", "withdrawn"] if is_event else []
    for name in unused:
        if ctx.params[name]:
            option = _OPTIONS.get(name, name)
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


def _answers(given: dict[str, str], withdrawn: tuple[str, ...]) -> dict[str, float | None]:
    """Return what is answered, and ``None`` for what is withdrawn."""
    answers: dict[str, float | None] = {n: _number(n, text) for n, text in given.items()}
    for name in withdrawn:
        if name in answers:
            raise click.UsageError(f"{name} is given twice.")
        answers[name] = None
    return answers


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
