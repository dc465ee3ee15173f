"""ekbom tolerate: what the registered plan says to do about complaints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import REFUSED, present

if TYPE_CHECKING:
    from ekbom.safety.tolerability import Advice
    from ekbom.safety.tolerability_nights import Course
    from ekbom.trial.folder import Trial


class AnswersSigns(click.Command):
    """A command that answers warning signs first, whatever else is wrong with what was typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; before any fault in them, say what a warning sign calls for."""
        try:
            return super().parse_args(ctx, [*args])
        except click.UsageError:
            _say_urgent(_known(_signs_in(args)))
            raise


def _signs_in(args: list[str]) -> list[str]:
    """Return what stands after each --sign, in a line that cannot be read otherwise."""
    pairs = zip(args, [*args[1:], ""], strict=True)
    joined = [a.removeprefix("--sign=") for a in args if a.startswith("--sign=")]
    return [*joined, *(after for option, after in pairs if option == "--sign")]


@click.command(
    cls=AnswersSigns,
    epilog="Examples: ekbom tolerate my-trial; ekbom tolerate --sign chest_pain; "
    "ekbom tolerate my-trial --worse --json; "
    "ekbom tolerate diary.csv --ladder 100,200 --step 2 --capsules 2 --baseline 14",
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
    from ekbom.report.tolerability_words import sign_lines, unknown_sign
    from ekbom.safety.tolerability import advise

    if list_signs:
        click.echo("\n".join(sign_lines()))
        return
    known = _known(reported)
    unknown = [unknown_sign(name) for name in reported if not _known([name])]
    if unknown and not known:
        raise click.BadParameter(unknown[0], param_hint="--sign")
    if not as_json:
        # Before anything is read: a broken folder must not keep this from being seen.
        _say_urgent(known)
    words = [word for word, said in (("worse", worse), ("end", end)) if said]
    now = present(ctx)
    trial, problem = None, None
    try:
        plain = (ladder, step, capsules, baseline)
        trial, course = _read(source, plain, now, needed=not (known or words))
        _check_record(trial, record=record)
        advice = advise(course=course, reported=known, words=words)
    except Exception as error:
        # Everything, as not even a bug in reading a folder may come before a warning sign.
        if not known:
            raise
        problem, advice = error, advise(reported=known, words=words)
    _print(advice, as_json=as_json, recordable=trial is not None and not record)
    for said in unknown:
        click.echo(said, err=True)
    if problem is not None:
        click.echo(f"The trial could not be read. {_fault(problem)}", err=True)
        if record:
            click.echo("Nothing was put on record.", err=True)
    elif record and trial is not None:
        _record(trial, advice, now)
    ctx.exit(0 if advice.action == "go on" else REFUSED)


_Plain = tuple[str | None, int | None, int | None, int | None]


def _known(reported: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the warning signs among what was typed."""
    from ekbom.safety.tolerability_rules import sign_meant

    return tuple(sign for name in reported if (sign := sign_meant(name)) is not None)


def _say_urgent(known: Sequence[str]) -> None:
    from ekbom.report.tolerability_words import urgent_lines

    if known:
        click.echo("\n".join(urgent_lines(known)))


def _fault(problem: Exception) -> str:
    """Return what is wrong in words, and for a bug in ekbom its name too."""
    from ekbom.problem import InputError, RefusedError

    told = (InputError, RefusedError, OSError, click.ClickException)
    return str(problem) if isinstance(problem, told) else repr(problem)


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
