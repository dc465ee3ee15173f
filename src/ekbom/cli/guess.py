"""ekbom guess: what the person believes, written down before they can know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ekbom.cli import present

if TYPE_CHECKING:
    from ekbom.guide.situation import Situation
    from ekbom.trial.folder import Trial

_SURE = click.FloatRange(0, 10)


@dataclass(frozen=True, slots=True)
class _Given:
    """What was typed; ``None`` or empty is asked for where it is due."""

    period: int | None
    treatment: str | None
    last: str | None
    expectation: float | None
    sure: float | None
    why: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Return whether nothing was typed, so that everything due is asked."""
        return not any((self.treatment, self.last, self.expectation is not None))


@click.command(
    epilog="Examples: ekbom guess my-trial; "
    "ekbom guess my-trial --treatment magnesium --sure 6 --why effect; "
    "ekbom guess my-trial --last helps --sure 7; ekbom guess my-trial --expectation 5"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--period", type=click.IntRange(1), help="The period. Default: the one just over.")
@click.option("--treatment", metavar="NAME", help="What you think it was, or: don't know.")
@click.option("--last", metavar="OPINION", help="The last guess: what you think the trial shows.")
@click.option(
    "--expectation",
    type=click.FloatRange(0, 10),
    help="Before the start: how much help you expect, from 0 to 10.",
)
@click.option("--sure", type=_SURE, help="How sure you are, from 0 to 10.")
@click.option(
    "--why",
    multiple=True,
    metavar="REASON",
    help="What makes you think so: taste, stools, effect, saw it, or your own words. May be "
    "repeated.",
)
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    *,
    period: int | None,
    treatment: str | None,
    last: str | None,
    expectation: float | None,
    sure: float | None,
    why: tuple[str, ...],
) -> None:
    """Write down what you believe about the trial in DIR, before you can know.

    Without options it asks for what is due: the help you expect before the first randomised night,
    a guess about the period that is just over, and the last guess before the order is opened.
    "don't know" is a good answer.
    """
    from ekbom.guide.situation import situation_of
    from ekbom.trial.folder import open_trial

    now = present(ctx)
    here = situation_of(trial=open_trial(folder, now=now), now=now)
    given = _Given(period, treatment, last, expectation, sure, why)
    _refuse_mixed(given)
    found = list(_asked(here) if given.nothing else _typed(here, given))
    if not found:
        click.echo("There is nothing to guess now.")
    for kind, detail in found:
        _log(here.trial, kind, detail, now)


_Event = tuple[str, Mapping[str, Any]]


def _refuse_mixed(given: _Given) -> None:
    """Refuse what would otherwise be left out without a word."""
    chosen = [given.treatment is not None, given.last is not None, given.expectation is not None]
    if sum(chosen) > 1:
        raise click.UsageError("Give --treatment, --last or --expectation, one at a time.")
    if given.period is not None and given.treatment is None:
        raise click.UsageError("--period goes with --treatment.")
    if (given.sure is not None or given.why) and not (given.treatment or given.last):
        raise click.UsageError("--sure and --why go with --treatment or --last.")


def _typed(here: Situation, given: _Given) -> Iterator[_Event]:
    """Yield the one event that was typed; raises RefusedError where it is not its time."""
    from ekbom.guide.guesses import refuse_expectation, refuse_guess, refuse_last_guess

    if given.expectation is not None:
        refuse_expectation(here)
        yield "expectation", {"benefit": given.expectation}
    elif given.last is not None:
        refuse_last_guess(here)
        yield "last guess", _detail(given.sure, given.why, opinion=_opinion(given.last))
    else:
        period = refuse_guess(here, period=given.period)
        named = str(given.treatment)
        yield "guess", _detail(given.sure, given.why, period=period, treatment=named)


def _asked(here: Situation) -> Iterator[_Event]:
    """Yield what is due, as it is answered."""
    from ekbom.guide.guesses import guess_due, is_expectation_due, is_last_guess_due
    from ekbom.trial.additions import UNSURE
    from ekbom.trial.guess import OPINIONS, SIGNS

    if is_expectation_due(here):
        scale = click.FloatRange(0, 10)
        text = "How much help do you expect, from 0 (none) to 10"
        yield "expectation", {"benefit": click.prompt(text, type=scale)}
    due = guess_due(here)
    if due is not None:
        names = [t.name for t in here.trial.protocol.treatments]
        text = f"Period {due[0]} is over. What do you think it was"
        named = click.prompt(text, type=click.Choice([*names, UNSURE]))
        sure, why = _ask_more(named, SIGNS)
        yield "guess", _detail(sure, why, period=due[0], treatment=named)
    if is_last_guess_due(here):
        text = "Before the order is opened: what do you think the treatment does"
        named = click.prompt(text, type=click.Choice(OPINIONS))
        sure, why = _ask_more(named, ())
        yield "last guess", _detail(sure, why, opinion=named)


def _ask_more(named: str, signs: tuple[str, ...]) -> tuple[float | None, tuple[str, ...]]:
    """Return how sure a guess is and what it rests on, which one who does not know is spared."""
    from ekbom.trial.additions import UNSURE

    if named == UNSURE:
        return None, ()
    sure: float = click.prompt("How sure are you, from 0 (a pure guess) to 10", type=_SURE)
    hint = f"{'; '.join(signs)}; or in your own words" if signs else "in your own words"
    why: str = click.prompt(f"What makes you think so ({hint})", default="", show_default=False)
    return sure, (why,) if why.strip() else ()


def _detail(sure: float | None, why: tuple[str, ...], **named: object) -> dict[str, Any]:
    """Return the detail of a guess, without what was not said."""
    said = {"sure": sure, "why": "; ".join(part.strip() for part in why) or None}
    return {**named, **{k: v for k, v in said.items() if v is not None}}


def _opinion(text: str) -> str:
    from ekbom.trial.guess import OPINIONS

    if text not in OPINIONS:
        raise click.UsageError(f"--last {text!r}: use one of: {', '.join(OPINIONS)}.")
    return text


def _log(trial: Trial, kind: str, detail: Mapping[str, Any], now: datetime) -> None:
    from ekbom.trial.log import log_event

    log_event(path=trial.path, kind=kind, detail=detail, now=now)
    said = f"guess about period {detail['period']}" if kind == "guess" else kind
    click.echo(f"Written down: {said}.")
