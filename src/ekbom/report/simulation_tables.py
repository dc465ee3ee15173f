"""The figures of a plan's operating characteristics as tables, with what their columns mean."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE
from ekbom.language import Text, figure, say
from ekbom.report.measures import unit_words

Record = Mapping[str, Any]
"""What `characteristics_record` returns."""

WIDTH = 80

_CHANCES: tuple[Text, ...] = (
    "in truth: full, shown",
    "helps",
    "worse",
    "no diff.",
    "cannot tell",
    "false",
)
_ACCURACY: tuple[Text, ...] = ("in truth: full, shown", "holds", "bias", "sd", "test", "model")


def figure_tables(record: Record) -> Iterator[str]:
    """Yield the chances of each answer and how good the estimate is, as tables."""
    outcome = record["outcome"]
    yield say("Chance of each answer, in 100 trials (± one standard error of the simulation)")
    yield from table(
        [say(title) for title in _CHANCES],
        [_chances(row) for row in record["rows"]],
    )
    yield ""
    yield from textwrap.wrap(_meaning(outcome), WIDTH)
    yield ""
    yield say("How good the estimate and the randomisation test are")
    yield from table(
        [say(title) for title in _ACCURACY],
        [_accuracy(row) for row in record["rows"]],
    )
    yield ""
    legend = say(
        "`holds`: of 100 intervals of 95 %, so many hold the true effect. `bias`: how far the "
        "estimate is off on average. `sd`: how unsure it says it is. `test`: in so many of 100 the "
        "randomisation test sees a benefit (one-sided p of at most .05), and in so many the "
        "`model` is sure of one (at least {sure:g}).",
        sure=record["rule"]["probability_better"],
    )
    yield from textwrap.wrap(legend, WIDTH)


def _meaning(outcome: Record) -> str:
    return say(
        "`full`: the effect of taking it for long; `shown`: what is left of it on this plan's "
        "nights; a minus means lower, which is {good}. `false`: a direction where there is none, "
        "the opposite one, or `{word}` where the schedule shows more than the MID of {mid}.",
        good=_good(outcome, "lower"),
        word=say(NO_DIFFERENCE),
        mid=units(outcome["mid"], outcome["unit"]),
    )


def _good(outcome: Record, direction: str) -> str:
    return say("better" if outcome["direction"] == direction else "worse")


def _chances(row: Record) -> tuple[str, ...]:
    words = row["words"]
    shares = [words[w] for w in (HELPS, WORSE, NO_DIFFERENCE, CANNOT_TELL)]
    return (_truth_words(row), *(percent(s) for s in shares), percent(row["wrong"]))


def _accuracy(row: Record) -> tuple[str, ...]:
    bias, sd = row["bias"], row["posterior_sd"]
    return (
        _truth_words(row),
        percent(row["coverage"]),
        "-"
        if bias is None
        else f"{figure(bias['value'], '+.2f')} ±{figure(bias['monte_carlo_error'], '.2f')}",
        "-" if sd is None else figure(sd, ".2f"),
        percent(row["test_power"]),
        percent(row["model_power"]),
    )


def _truth_words(row: Record) -> str:
    if row["size"] == "none":
        return say("nothing, but given away" if row["unblinded"] else "nothing")
    return say(
        "{nights:g} nights: {full:+.2f}, {shown:+.2f}",
        nights=row["tau"],
        full=row["beta"],
        shown=row["theta"],
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table in plain text, the first column to the left."""
    widths = [max(len(r[i]) for r in (head, *rows)) for i in range(len(head))]
    for cells in (head, *rows):
        first = cells[0].ljust(widths[0])
        rest = "  ".join(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))
        yield f"  {first}  {rest}".rstrip()


def percent(found: Record | None) -> str:
    """Return an estimated share in percent with its Monte Carlo standard error, rounded up."""
    if found is None:
        return "-"
    value, error = 100 * found["value"], math.ceil(1000 * found["monte_carlo_error"]) / 10
    return f"{value:.0f} ±{figure(error, '.1f' if error < 10 else '.0f')}"


def units(value: float, unit: str) -> str:
    """Return a number with its unit, which loses its s after 1."""
    return f"{figure(value, 'g')} {unit_words(unit, one=value == 1)}"


def share_of(words: Record, word: str) -> float:
    """Return the share of trials that end with a word."""
    return float(words[word]["value"])
