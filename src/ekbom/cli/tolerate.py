"""ekbom tolerate: what the registered plan says to do about complaints."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import REFUSED, present

if TYPE_CHECKING:
    from ekbom.safety.tolerability import Advice
    from ekbom.safety.tolerability_state import Course
    from ekbom.trial.folder import Trial


@click.command(
    epilog="Examples: ekbom tolerate my-trial; ekbom tolerate --sign chest_pain; "
    "ekbom tolerate my-trial --worse --json; "
    "ekbom tolerate diary.csv --ladder 100,200 --step 2 --capsules 2 --baseline 14"
)
@click.argument(
    "source", metavar="[DIR|DIARY.csv]", required=False, type=click.Path(path_type=Path)
)
@click.option("--sign", "reported", multiple=True, metavar="SIGN", help="A warning sign you have.")
@click.option("--signs", "list_signs", is_flag=True, help="List the warning signs.")
@click.option("--worse", is_flag=True, help="Your restless legs are clearly worse, by your word.")
@click.option("--end", is_flag=True, help="You wish to end the trial.")
@click.option("--ladder", help="For a diary alone: the steps in elemental mg, such as 100,200.")
@click.option("--step", type=click.IntRange(1), help="For a diary alone: your step now, from 1.")
@click.option("--capsules", type=click.IntRange(1), help="For a diary alone: capsules a night now.")
@click.option(
    "--baseline",
    type=click.IntRange(0),
    help="For a diary alone: how many first nights had no capsules. Default: 0.",
)
@click.option("--record", is_flag=True, help="Write the events that the advice names into DIR.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    source: Path | None,
    reported: tuple[str, ...],
    *,
    list_signs: bool,
    worse: bool,
    end: bool,
    ladder: str | None,
    step: int | None,
    capsules: int | None,
    baseline: int | None,
    record: bool,
    as_json: bool,
) -> None:
    """Say what to do about complaints, by the registered plan, and why.

    The advice is for the next capsules, and counts every report there is. It reads the diary of the
    trial in DIR, or a plain DIARY.csv, and changes nothing without --record. Warning signs (--sign)
    are answered first and need neither.

    Exit status: 0 go on as planned, 3 anything else (fewer capsules, none, or a call to make), 2
    something in the input is wrong.
    """
    from ekbom.problem import InputError, RefusedError
    from ekbom.report.tolerability_words import sign_lines, urgent_lines
    from ekbom.safety.tolerability import advise

    if list_signs:
        click.echo("\n".join(sign_lines()))
        return
    _check_signs(reported)
    if reported and not as_json:
        # Before anything is read: a broken folder must not keep this from being seen.
        click.echo("\n".join(urgent_lines(reported)))
    words = [word for word, said in (("worse", worse), ("end", end)) if said]
    now = present(ctx)
    trial, course, problem = None, None, None
    try:
        plain = (ladder, step, capsules, baseline)
        trial, course = _read(source, plain, now, needed=not (reported or words))
        _check_record(trial, record=record)
    except (InputError, RefusedError, OSError, click.ClickException) as error:
        if not reported:
            raise
        problem = error
    advice = advise(course=course, reported=reported, words=words)
    _print(advice, as_json=as_json, recordable=trial is not None and not record)
    if problem is not None:
        click.echo(f"The trial could not be read. {problem}", err=True)
    elif record and trial is not None:
        _record(trial, advice, now)
    ctx.exit(0 if advice.action == "go on" else REFUSED)


_Plain = tuple[str | None, int | None, int | None, int | None]


def _check_signs(reported: tuple[str, ...]) -> None:
    from ekbom.report.tolerability_words import unknown_sign
    from ekbom.safety.tolerability_rules import signs

    for name in reported:
        if name not in signs():
            raise click.BadParameter(unknown_sign(name), param_hint="--sign")


def _read(
    source: Path | None, plain: _Plain, now: datetime, *, needed: bool
) -> tuple[Trial | None, Course | None]:
    """Return the trial and its nights, or the nights of a plain diary."""
    from ekbom.safety.tolerability_course import course_of
    from ekbom.trial.folder import open_trial

    if source is None:
        if needed or any(plain):
            raise click.UsageError("Give the folder of a trial, a diary.csv, or --sign SIGN.")
        return None, None
    if source.is_file():
        return None, _of_diary(source, *plain)
    if any(option is not None for option in plain):
        raise click.UsageError(
            "--ladder, --step, --capsules and --baseline go with a plain diary.csv; "
            "the folder of a trial knows them."
        )
    trial = open_trial(source, now=now)
    return trial, course_of(trial=trial, now=now)


def _of_diary(
    file: Path, ladder: str | None, step: int | None, capsules: int | None, baseline: int | None
) -> Course:
    from ekbom.diary.table import number_in
    from ekbom.protocol.files import built_in
    from ekbom.safety.tolerability_course import course_of_diary

    if ladder is None or step is None:
        raise click.UsageError("A plain diary needs --ladder 100,200 and --step 1.")
    steps = [number_in(text.strip()) or 0.0 for text in ladder.split(",")]
    if min(steps) <= 0 or steps != sorted(set(steps)):
        raise click.UsageError(f"--ladder {ladder!r}: write rising steps in mg, such as 100,200.")
    if step > len(steps):
        raise click.UsageError(f"--step {step}: the ladder has {len(steps)} steps.")
    return course_of_diary(
        file=file,
        protocol=built_in("magnesium-rls"),
        ladder=tuple(steps),
        step=step,
        capsules=capsules,
        baseline=baseline or 0,
    )


def _check_record(trial: Trial | None, *, record: bool) -> None:
    if record and trial is None:
        raise click.UsageError("--record goes with the folder of a trial.")


def _print(advice: Advice, *, as_json: bool, recordable: bool) -> None:
    from ekbom.report.tolerability_words import advice_lines, advice_record

    if as_json:
        record = advice_record(advice)
        click.echo(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
        return
    for line in advice_lines(advice, recordable=recordable):
        click.echo(line)


def _record(trial: Trial, advice: Advice, now: datetime) -> None:
    from ekbom.report.tolerability_words import recorded_line
    from ekbom.safety.tolerability_course import record_advice

    kinds = record_advice(trial=trial, advice=advice, now=now)
    # Not among the advice, which --json prints for programs.
    click.echo(recorded_line(kinds), err=True)
