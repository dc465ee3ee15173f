"""ekbom slips: the papers in the packs that one person makes alone, made and read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ekbom.cli import Day, present

if TYPE_CHECKING:
    from ekbom.trial.folder import Trial

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_WITHOUT_GUESS = click.option(
    "--without-guess", is_flag=True, help="The last guess was not made, and will not be."
)
_YES = click.option("--yes", is_flag=True, help="The slips were compared with the list already.")


@click.group(epilog="Example: ekbom slips make my-trial")
def command() -> None:
    """Make and read the slips of a trial that you blind alone."""


@command.command(epilog="Example: ekbom slips make my-trial")
@_FOLDER
@click.option("--screened-by", help="The clinician or pharmacist who screened you themselves.")
@click.option("--date", "on", type=Day(), help="The day of the screening.")
@click.pass_context
def make(ctx: click.Context, folder: Path, screened_by: str | None, on: date | None) -> None:
    """Draw the codes of the slips for the trial in DIR, once, and put them on record.

    What is drawn are codes. The order of treatments is drawn when you shuffle the packs, and ekbom
    does not know it before you read the slips. A trial of magnesium needs a safety screening of the
    last 28 days.
    """
    from ekbom.trial.randomise import Screening
    from ekbom.trial.slip_making import make_slips

    if (screened_by is None) != (on is None):
        raise click.UsageError("Give --screened-by and --date together.")
    screening = None if on is None or screened_by is None else Screening(screened_by, on)
    trial = make_slips(path=folder, now=present(ctx), screening=screening)
    click.echo(f"The slips are made: slips.csv in {folder}, with a code for each pack.")
    click.echo(f"Commitment: {trial.commitment}")
    click.echo("Which slip comes into which pack is decided when you shuffle, and by nothing else.")
    click.echo(f"Next: ekbom packs {folder}")


@command.command(
    epilog="Examples: ekbom slips read my-trial 1=K7M4-Q2XB 2=9WTN-4HJC; ekbom slips read my-trial"
)
@_FOLDER
@click.argument("codes", nargs=-1, metavar="[PACK=CODE]...")
@click.option(
    "--as-found", is_flag=True, help="Slips of another pair are really there: take what they say."
)
@click.option("--correct", is_flag=True, help="Replace an earlier reading, which stays on record.")
@_WITHOUT_GUESS
@_YES
@click.pass_context
def read(
    ctx: click.Context,
    folder: Path,
    codes: tuple[str, ...],
    *,
    as_found: bool,
    correct: bool,
    without_guess: bool,
    yes: bool,
) -> None:
    """Read the slips when the trial in DIR is over; once all are known, the order is open.

    Without codes they are asked for one by one, pack by pack. Before the trial is over this is
    refused, as it breaks the blind.
    """
    from ekbom.trial.folder import open_trial
    from ekbom.trial.slip_reading import add_readings

    now = present(ctx)
    trial = open_trial(folder, now=now)
    given = {"as_found": as_found, "correct": correct, "without_guess": without_guess}
    # Asked for nothing first, so that who is too early learns it before opening an envelope.
    add_readings(trial, codes={}, now=now, as_found=as_found, without_guess=without_guess)
    found = _split(codes) if codes else _ask(trial)
    _read(trial, now, yes=yes, codes=found, **given)


@command.command(epilog="Example: ekbom slips lost my-trial 3")
@_FOLDER
@click.argument("pack", type=click.IntRange(1))
@_WITHOUT_GUESS
@_YES
@click.pass_context
def lost(ctx: click.Context, folder: Path, pack: int, *, without_guess: bool, yes: bool) -> None:
    """Say that the slip of a PACK is lost: it follows from the other one of its pair."""
    from ekbom.trial.folder import open_trial

    now = present(ctx)
    trial = open_trial(folder, now=now)
    _read(trial, now, yes=yes, codes={}, lost=(pack,), without_guess=without_guess)


def _read(
    trial: Trial, now: datetime, *, yes: bool, codes: Mapping[int, str], **given: Any
) -> None:
    from ekbom.trial.by_hand import unread
    from ekbom.trial.slip_reading import add_readings, read_slips

    after = add_readings(trial, codes=codes, now=now, **given)
    left = unread(after)
    _say_never_begun(after)
    if not left and not yes:
        _confirm(after)
    read_slips(path=trial.path, codes=codes, now=now, **given)
    if left:
        packs = ", ".join(map(str, left))
        click.echo(f"Written down. Still to read: pack {packs}.")
        return
    click.echo("All slips are read, and each fits. allocation.csv has the order.")
    click.echo(f"Next: ekbom verdict {trial.place}")


def _say_never_begun(trial: Trial) -> None:
    from ekbom.protocol.periods import period_count
    from ekbom.trial.by_hand import codes_read, reached

    packs = set(range(1, period_count(trial.protocol.design) + 1))
    never = sorted(packs - set(reached(trial)) - codes_read(trial).keys())
    if never:
        said = ", ".join(map(str, never))
        click.echo(f"Never begun, so not needed: pack {said}. If you have them, read them too.")


def _confirm(trial: Trial) -> None:
    """Let the reader compare what was typed with the slips, which no code can do."""
    from ekbom.trial.by_hand import slips_found

    click.echo("Put each slip on its pack and compare the word on it with this list:")
    for pack, slip in sorted(slips_found(trial).items()):
        click.echo(f"  pack {pack}: {slip.treatment} ({slip.code})")
    click.echo("Compare the capsules from the envelopes of each pair too: they must differ.")
    try:
        agreed = click.confirm("Is every line as you find it?")
    except click.Abort:
        agreed = False
    if not agreed:
        raise click.UsageError(
            "Nothing was written down. Read the slips again, pack by pack; when all lines are as "
            "you find them, answer yes, or add --yes."
        )


def _ask(trial: Trial) -> dict[int, str]:
    from ekbom.problem import InputError
    from ekbom.trial.by_hand import unread
    from ekbom.trial.slips import slip_typed, slips_of

    slips, found = slips_of(trial), dict[int, str]()
    click.echo("Take one pack at a time. Open its envelope only when its number is asked for.")
    for pack in unread(trial):
        while pack not in found:
            text = click.prompt(
                f"Code in pack {pack} (empty: later)", default="", show_default=False
            )
            if not text.strip():
                break
            try:
                found[pack] = slip_typed(text, slips=slips, pack=pack).code
            except InputError as error:
                click.echo(str(error), err=True)
    return found


def _split(texts: tuple[str, ...]) -> dict[int, str]:
    found: dict[int, str] = {}
    for text in texts:
        pack, equals, code = text.partition("=")
        if not equals or not pack.isascii() or not pack.isdigit():
            raise click.UsageError(f"{text!r} is not of the form PACK=CODE, such as 1=K7M4-Q2XB.")
        if int(pack) in found:
            raise click.UsageError(f"Pack {int(pack)} is given twice: each has one slip.")
        found[int(pack)] = code
    return found
