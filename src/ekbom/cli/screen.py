"""ekbom screen: the safety questions, before a trial and when something changes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ekbom.cli import REFUSED, Day, present
from ekbom.cli.asking import ask_questions, refuse_unfit, save_answers

if TYPE_CHECKING:
    from ekbom.safety.answers import Answer, Answers
    from ekbom.safety.rescreening import Change
    from ekbom.safety.screening import ScreeningResult

_FOR_CHANGE = ("answered", "first", "last", "harmless", "agreed_by")


@click.command(
    epilog="Examples: ekbom screen; ekbom screen --form > answers.toml; "
    "ekbom screen answers.toml --record my-trial; "
    "ekbom screen --change antibiotic --first 2026-04-01 --last 2026-04-07; "
    "ekbom screen answers.toml --change blood-result --answer egfr=52"
)
@click.argument(
    "file",
    metavar="[ANSWERS]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--form", is_flag=True, help="Print a blank answers file with every question.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save what you answer here as an answers file, for you alone to read.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON; it tells of your answers.")
@click.option(
    "--record",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Put the result on record in the trial in DIR: never an answer.",
)
@click.option("--by", help="Who asked the questions, for the record. Default: you, with ekbom.")
@click.option(
    "--change",
    "kind",
    metavar="KIND",
    help="What changed in a running trial: medicine, changed-dose, antibiotic, diagnosis, "
    "pregnancy, surgery or blood-result.",
)
@click.option(
    "--answer",
    "answered",
    multiple=True,
    metavar="QUESTION=ANSWER",
    help="With --change: a question answered anew; may be repeated.",
)
@click.option("--first", type=Day(), help="With an antibiotic: its first day. Default: today.")
@click.option("--last", type=Day(), help="With an antibiotic: its last day.")
@click.option(
    "--harmless",
    is_flag=True,
    help="With an antibiotic: a pharmacist or doctor said that magnesium does not disturb it.",
)
@click.option("--agreed-by", help="With --change: the clinician who agreed that you go on.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    file: Path | None,
    form: bool,
    save: Path | None,
    as_json: bool,
    folder: Path | None,
    by: str | None,
    kind: str | None,
    answered: tuple[str, ...],
    first: date | None,
    last: date | None,
    harmless: bool,
    agreed_by: str | None,
) -> None:
    """Ask the safety questions, and say whether a trial of magnesium citrate may begin.

    Without a file the questions are asked one by one; b goes back one, and with --save Ctrl-C
    keeps what was answered so far. Nothing is stored unless you say so with --save or --record.
    With --change it says what a change during a trial means for the next capsule.

    Ends with status 0 for "go" (also "clinician first" once clinicians have agreed to all of it),
    3 for everything else: clinician first, postpone, stop, or answers that are too old. With
    --change: 0 for "go on", 3 for clinician first, pause, end.
    """
    _refuse_odd_company(ctx)
    now = present(ctx)
    today, days = _today(now, folder)
    if form:
        _print_form(today)
        return
    if kind is not None:
        change = _change(kind, _typed(answered, today), first, last, today, harmless=harmless)
        read = _answers(ctx, file, today) if file else None
        may = _print_change(change, read, agreed_by or "", today, as_json=as_json)
    else:
        refuse_unfit(save)
        answers = _answers(ctx, file, today)
        if save is not None:
            save_answers(save, answers.answers, today)
            click.echo(f"Your answers are in {save}.", err=True)
        found = _print_screening(answers, today, days, as_json=as_json)
        _record(folder, found, by, now)
        may = found.may_begin
    if not may:
        ctx.exit(REFUSED)


def _refuse_odd_company(ctx: click.Context) -> None:
    """Refuse what would otherwise be left out without a word."""
    from ekbom.protocol.doses import is_named

    given = {name for name, value in ctx.params.items() if value}
    if "form" in given and len(given) > 1:
        raise click.UsageError("--form stands alone.")
    if "kind" not in given and given.intersection(_FOR_CHANGE):
        raise click.UsageError(
            "--answer, --first, --last, --harmless and --agreed-by go with --change only."
        )
    if "kind" in given and given.intersection(("folder", "save")):
        raise click.UsageError("--record and --save do not go with --change.")
    if "by" in given and "folder" not in given:
        raise click.UsageError("--by goes with --record only.")
    if "save" in given and "file" in given:
        raise click.UsageError("--save goes with questions asked here, not with a file.")
    agreed_by = ctx.params["agreed_by"]
    if agreed_by is not None and not is_named(agreed_by):
        raise click.UsageError(f"--agreed-by {agreed_by!r} names nobody. Give the name.")
    if given.intersection(("first", "last", "harmless")) and ctx.params["kind"] != "antibiotic":
        raise click.UsageError("--first, --last and --harmless go with --change antibiotic only.")


def _today(now: datetime, folder: Path | None) -> tuple[date, int]:
    """Return the date, and how many days answers count: by this computer, or by the trial."""
    from ekbom.safety.screening import LONGEST_DAYS

    if folder is None:
        return now.astimezone().date(), LONGEST_DAYS
    from ekbom.trial.folder import open_trial

    trial = open_trial(folder, now=now)
    return trial.clock.local(now).date(), trial.protocol.screening_days


def _print_form(today: date) -> None:
    from ekbom.report.screening_words import form_lines

    click.echo("\n".join(form_lines(today=today)))


def _answers(ctx: click.Context, file: Path | None, today: date) -> Answers:
    from ekbom.safety.answers import Answers, read_answers

    if file is None:
        asked = ask_questions(ctx, today, save=ctx.params["save"], err=ctx.params["as_json"])
        return Answers(asked)
    return read_answers(file.read_bytes(), file=file.name, today=today)


def _print_screening(answers: Answers, today: date, days: int, *, as_json: bool) -> ScreeningResult:
    from ekbom.report.screening_words import screening_lines, screening_record
    from ekbom.safety.screening import screen

    found = screen(
        answers=answers.answers, agreements=answers.agreements, on=today, longest_days=days
    )
    if as_json:
        click.echo(json.dumps(screening_record(found), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(screening_lines(found)))
    return found


def _record(folder: Path | None, found: ScreeningResult, by: str | None, now: datetime) -> None:
    if folder is not None:
        from ekbom.report.lines import wrapped
        from ekbom.report.screening_words import BY, RECORDED
        from ekbom.trial.randomise import Screening, record_screening

        screening = Screening(by or BY, found.on, found.result, found.agreed_by, found.rules)
        record_screening(path=folder, screening=screening, now=now)
        click.echo("\n".join(wrapped(RECORDED)), err=True)


def _typed(texts: Sequence[str], today: date) -> Mapping[str, Answer]:
    from ekbom.safety.answers import typed_answers

    pairs = [_split(text) for text in texts]
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise click.UsageError(f"--answer {twice[0]} is given twice: give each question once.")
    return typed_answers(dict(pairs), today=today, file="--answer")


def _split(text: str) -> tuple[str, str]:
    name, equals, answer = text.partition("=")
    if not equals or not name or not answer.strip():
        raise click.UsageError(f"--answer {text!r}: write it as QUESTION=ANSWER, such as egfr=52.")
    return name.strip(), answer


def _change(
    kind: str,
    answers: Mapping[str, Answer],
    first: date | None,
    last: date | None,
    today: date,
    *,
    harmless: bool,
) -> Change:
    from ekbom.safety.rescreening import Change, changes

    if kind not in changes():
        raise click.UsageError(f"--change {kind!r} is not known. It knows: {', '.join(changes())}.")
    if last is not None and last < (first or today):
        raise click.UsageError(f"--last {last} is before the first day, {first or today}.")
    return Change(
        kind=kind, on=today, answers=answers, first=first, last=last, interacting=not harmless
    )


def _print_change(
    change: Change, read: Answers | None, agreed_by: str, today: date, *, as_json: bool
) -> bool:
    """Print what a change means and return whether capsules go on as planned."""
    from ekbom.report.change_words import change_lines, change_record
    from ekbom.safety.answers import Agreement
    from ekbom.safety.rescreening import rescreen

    agreed = [Agreement(about, agreed_by, today) for about in (change.kind, *change.answers)]
    found = rescreen(
        answers=read.answers if read else {},
        change=change,
        agreements=(*(read.agreements if read else ()), *agreed),
        on=today,
    )
    if as_json:
        click.echo(json.dumps(change_record(found), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(change_lines(found, on=today.isoformat())))
    return found.decision == "go on"
