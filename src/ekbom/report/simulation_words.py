"""What a plan could find out, in plain words and as a table, from its operating characteristics."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE

Record = Mapping[str, Any]
"""What `characteristics_record` returns."""

WIDTH = 80
_MOST_FALSE = 0.03

_EXPECTING = (
    "These are virtual people: their ratings, bad weeks, forgotten doses and missing mornings are "
    "assumptions (docs/simulation.md). A real person's nights may differ more or less, and so may "
    "the chances."
)


_NEVER = " That is too large for the test ever to confirm what the model says."

_NEXT = (
    "What you can do: `ekbom simulate PLAN --compare` puts other plans beside this one; more pairs "
    "or longer periods find more. If no plan that you could live with would find what you hope "
    "for, it is fair not to begin."
)

_SPEED = (
    "How fast a treatment works: `2 nights` means that two thirds of its effect are there after 2 "
    "nights, and two thirds are gone 2 nights after the last dose."
)


def simulation_lines(record: Record) -> Iterator[str]:
    """Yield what a plan could find out: first in words, then in figures."""
    yield f"What {record['protocol']} could find out"
    yield f"hash {record['protocol_hash']}"
    yield ""
    for text in _asks(record):
        yield from textwrap.wrap(text, WIDTH)
    yield ""
    yield "In words"
    for text in in_words(record):
        yield from textwrap.wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ")
    yield ""
    yield from textwrap.wrap(_EXPECTING, WIDTH)
    yield ""
    yield from _tables(record)
    yield ""
    yield from textwrap.wrap(_NEXT, WIDTH)
    yield ""
    yield from textwrap.wrap(_made(record), WIDTH)


def chances(record: Record | None) -> Iterator[str]:
    """Yield a short version for a plan that somebody is about to choose."""
    yield ""
    yield "What it could find out (by simulation):"
    if record is None:
        yield "- nobody simulated this very plan yet. Run: ekbom simulate PROTOCOL_OR_DIR"
        return
    for text in in_words(record):
        yield from textwrap.wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ")


def in_words(record: Record) -> Iterator[str]:
    """Yield what the plan can and cannot tell, one short paragraph for each thing worth knowing."""
    rows = {row["truth"]: row for row in record["rows"]}
    yield from _wordless(record)
    if "none" in rows:
        yield _if_nothing(record, rows["none"])
    yield _SPEED
    for size in ("large", "worthwhile", "small"):
        yield from _if_effect(record, size)
    yield from _if_slow(record)
    if "none_unblinded" in rows:
        yield _if_unblinded(record, rows["none_unblinded"])


def frequency(share: float) -> str:
    """Return a share as a count of 100 trials, never saying never."""
    whole = round(100 * share)
    if whole == 0:
        return "fewer than 1 of 100 trials" if share else "none of the simulated trials"
    if whole == 100 and share < 1:
        return "more than 99 of 100 trials"
    return f"{whole} of 100 trials"


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
    return f"{value:.0f} ±{error:.1f}" if error < 10 else f"{value:.0f} ±{error:.0f}"


def _asks(record: Record) -> Iterator[str]:
    burden = record["burden"]
    weeks = f"{burden['weeks']:.0f}" if burden["weeks"] >= 1 else f"{burden['weeks']:.1f}"
    text = (
        f"It takes {burden['nights']} nights ({weeks} weeks). {burden['randomised_nights']} of "
        f"them are randomised: {burden['placebo_nights']:.0f} on {record['reference']} and "
        f"{burden['treatment_nights']:.0f} on {record['treatment']}, "
        f"{burden['analysed_nights']} of them analysed."
    )
    if burden["capsules"] is not None:
        text += (
            f" With {burden['capsules_a_night']} capsules a night about {burden['capsules']} "
            "capsules must be made, spares included."
        )
    yield text
    yield (
        f"Chance draws one of {_orders(burden['orders'])} orders. The smallest p that the "
        f"randomisation test can reach is {burden['smallest_p']:.3g} (one-sided "
        f"{burden['smallest_p_one_sided']:.3g})."
        + (_NEVER if burden["smallest_p_one_sided"] > record["rule"]["randomisation_p"] else "")
    )


def _orders(count: int) -> str:
    """Return a number of orders; nobody reads more than seven digits."""
    return f"{count}" if count < 10**7 else f"about 10^{math.log10(count):.0f}"


def units(value: float, unit: str) -> str:
    """Return a number with its unit, which loses its s after 1."""
    return f"{value:g} {unit.removesuffix('s') if value == 1 else unit}"


def _if_nothing(record: Record, row: Record) -> str:
    words = row["words"]
    helps = _share(words, HELPS)
    text = (
        f"If {record['treatment']} does nothing, the answer is wrongly `{HELPS}` in "
        f"{frequency(helps)}, and wrongly `{WORSE}` in {frequency(_share(words, WORSE))}. It is "
        f"`{NO_DIFFERENCE}` in {_hundred(words, NO_DIFFERENCE)} and `{CANNOT_TELL}` in "
        f"{_hundred(words, CANNOT_TELL)} of 100."
    )
    if helps > _MOST_FALSE:
        text += f" That is more false alarms than the {_MOST_FALSE:.0%} this plan should have."
    return text


def _wordless(record: Record) -> Iterator[str]:
    """Yield why a plan can never say anything but that it cannot tell."""
    rule, pairs = record["rule"], record["pairs"]
    analysed = record["period_nights"] - record["unanalysed_nights"]
    if pairs is None:
        return
    if pairs < rule["min_pairs"]:
        need = f"{rule['min_pairs']} pairs, and this plan has {pairs}"
    elif analysed < rule["min_reports"]:
        need = f"{rule['min_reports']} reports a period, and only {analysed} nights are analysed"
    else:
        return
    yield f"This plan can only ever answer `{CANNOT_TELL}`: any other answer needs {need}."


def _if_effect(record: Record, size: str) -> Iterator[str]:
    """Yield how often an effect of one size is found, for each speed at which it may come."""
    rows = _at_full_strength(record, size)
    if not rows:
        return
    points = units(abs(rows[0]["beta"]), record["outcome"]["unit"])
    kind = {
        "small": "A small effect",
        "worthwhile": "A worthwhile effect",
        "large": "A large effect",
    }
    groups = groupby(rows, key=lambda row: _chance_words(_share(row["words"], HELPS)))
    found = [_found(said, list(members), len(rows)) for said, members in groups]
    yield f"{kind[size]}, {points} at full strength: {'; '.join(found)}."


def _found(said: str, rows: Sequence[Record], every: int) -> str:
    """Return for which speeds of onset an effect has the same chance in words, and the figures."""
    counts = [f"{round(100 * _share(row['words'], HELPS))}" for row in rows]
    of_100 = f"({_joined(counts, 'and')} of 100 trials)"
    if len(rows) == every:
        return f"{said}, however fast it works {of_100}"
    nights = _joined([f"{row['tau']:g}" for row in rows], "or")
    return f"{said} if it takes {nights} nights {of_100}"


def _joined(parts: Sequence[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _if_slow(record: Record) -> Iterator[str]:
    """Yield a warning where a slow effect that is worth having looks like none in such periods."""
    rows = _at_full_strength(record, "worthwhile") + _at_full_strength(record, "large")
    hidden = [r for r in rows if abs(r["theta"]) < record["outcome"]["mid"] <= abs(r["beta"])]
    if not hidden:
        return
    slow = max(hidden, key=lambda row: (row["tau"], abs(row["beta"])))
    unit = record["outcome"]["unit"]
    yield (
        f"Mind slow effects: one that takes {slow['tau']:g} nights, and is "
        f"{units(abs(slow['beta']), unit)} at full strength, shows as only "
        f"{abs(slow['theta']):.2g} in periods of {record['period_nights']} nights. The answer is "
        f"then `{NO_DIFFERENCE}` in {_hundred(slow['words'], NO_DIFFERENCE)} of 100 trials. That "
        "is true of such periods, and not of taking it for longer: this plan cannot rule out a "
        "slow effect."
    )


def _at_full_strength(record: Record, size: str) -> list[Record]:
    return [r for r in record["rows"] if r["size"] == size and r["scale"] == "full"]


def _chance_words(share: float) -> str:
    if share >= 0.8:
        return "very likely found"
    if share >= 0.5:
        return "found more often than missed"
    if share >= 0.2:
        return "missed more often than found"
    return "hardly ever found"


def _if_unblinded(record: Record, row: Record) -> str:
    outcome = record["outcome"]
    return (
        "If it does nothing, but loose stools on two days of five give it away, and believing in "
        f"it improves your ratings by {units(outcome['mid'], outcome['unit'])}, the answer is "
        f"wrongly `{HELPS}` in {frequency(_share(row['words'], HELPS))}. Blinding that holds is "
        "worth more than any analysis."
    )


def _tables(record: Record) -> Iterator[str]:
    outcome = record["outcome"]
    yield "Chance of each answer, in 100 trials (± one standard error of the simulation)"
    yield from table(
        ("in truth: full, shown", "helps", "worse", "no diff.", "cannot tell", "false"),
        [_chances(row) for row in record["rows"]],
    )
    yield ""
    yield from textwrap.wrap(_meaning(outcome), WIDTH)
    yield ""
    yield "How good the estimate and the randomisation test are"
    yield from table(
        ("in truth: full, shown", "holds", "bias", "sd", "test", "model"),
        [_accuracy(row) for row in record["rows"]],
    )
    yield ""
    yield from textwrap.wrap(
        "`holds`: of 100 intervals of 95 %, so many hold the true effect. `bias`: how far the "
        "estimate is off on average. `sd`: how unsure it says it is. `test`: in so many of 100 the "
        "randomisation test sees a benefit (one-sided p of at most .05), and in so many the "
        f"`model` is sure of one (at least {record['rule']['probability_better']:g}).",
        WIDTH,
    )


def _meaning(outcome: Record) -> str:
    return (
        "`full`: the effect of taking it for long; `shown`: what is left of it on this plan's "
        f"nights; a minus means lower, which is {_good(outcome, 'lower')}. `false`: a direction "
        "where there is none, the opposite one, or `no worthwhile difference` where the schedule "
        f"shows more than the MID of {units(outcome['mid'], outcome['unit'])}."
    )


def _good(outcome: Record, direction: str) -> str:
    return "better" if outcome["direction"] == direction else "worse"


def _chances(row: Record) -> tuple[str, ...]:
    words = row["words"]
    shares = [words[w] for w in (HELPS, WORSE, NO_DIFFERENCE, CANNOT_TELL)]
    return (_truth_words(row), *(percent(s) for s in shares), percent(row["wrong"]))


def _accuracy(row: Record) -> tuple[str, ...]:
    bias, sd = row["bias"], row["posterior_sd"]
    return (
        _truth_words(row),
        percent(row["coverage"]),
        "-" if bias is None else f"{bias['value']:+.2f} ±{bias['monte_carlo_error']:.2f}",
        "-" if sd is None else f"{sd:.2f}",
        percent(row["test_power"]),
        percent(row["model_power"]),
    )


def _truth_words(row: Record) -> str:
    if row["size"] == "none":
        return "nothing, but given away" if row["unblinded"] else "nothing"
    return f"{row['tau']:g} nights: {row['beta']:+.2f}, {row['theta']:+.2f}"


def _hundred(words: Record, word: str) -> str:
    return f"{round(100 * _share(words, word))}"


def _share(words: Record, word: str) -> float:
    return float(words[word]["value"])


def _made(record: Record) -> str:
    trials = record["trials"]
    text = (
        f"From {trials} simulated trials for each truth, seed {record['seed']}, engine "
        f"{record['engine']}."
    )
    if not record["complete"]:
        fewest = min(row["trials"] for row in record["rows"])
        text += f" Interrupted: only {fewest} of {trials} were done for some truths."
    return text
