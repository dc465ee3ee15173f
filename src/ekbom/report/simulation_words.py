"""What a plan could find out, in plain words and as a table, from its operating characteristics."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE
from ekbom.language import Text, figure, say
from ekbom.report.simulation_tables import WIDTH, figure_tables, share_of, units

Record = Mapping[str, Any]
"""What `characteristics_record` returns."""

_MOST_FALSE = 0.03

_EXPECTING: Text = (
    "These are virtual people: their ratings, bad weeks, forgotten doses and missing mornings are "
    "assumptions (docs/simulation.md). A real person's nights may differ more or less, and so may "
    "the chances."
)


_NEVER: Text = "That is too large for the test ever to confirm what the model says."

_NEXT: Text = (
    "What you can do: `ekbom simulate PLAN --compare` puts other plans beside this one; more pairs "
    "or longer periods find more. If no plan that you could live with would find what you hope "
    "for, it is fair not to begin."
)

_SIZES: Mapping[str, Text] = {
    "small": "A small effect, {points} at full strength: {found}.",
    "worthwhile": "A worthwhile effect, {points} at full strength: {found}.",
    "large": "A large effect, {points} at full strength: {found}.",
}

_SPEED: Text = (
    "How fast a treatment works: `2 nights` means that two thirds of its effect are there after 2 "
    "nights, and two thirds are gone 2 nights after the last dose."
)


def simulation_lines(record: Record) -> Iterator[str]:
    """Yield what a plan could find out: first in words, then in figures."""
    yield say("What {protocol} could find out", protocol=record["protocol"])
    yield say("hash {hash}", hash=record["protocol_hash"])
    yield ""
    for text in _asks(record):
        yield from textwrap.wrap(text, WIDTH)
    yield ""
    yield say("In words")
    for text in in_words(record):
        yield from textwrap.wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ")
    yield ""
    yield from textwrap.wrap(say(_EXPECTING), WIDTH)
    yield ""
    yield from figure_tables(record)
    yield ""
    yield from textwrap.wrap(say(_NEXT), WIDTH)
    yield ""
    yield from textwrap.wrap(_made(record), WIDTH)


def chances(record: Record | None) -> Iterator[str]:
    """Yield a short version for a plan that somebody is about to choose."""
    yield ""
    yield say("What it could find out (by simulation):")
    if record is None:
        nobody: Text = "nobody simulated this very plan yet. Run: ekbom simulate PROTOCOL_OR_DIR"
        yield f"- {say(nobody)}"
        return
    for text in in_words(record):
        yield from textwrap.wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ")


def in_words(record: Record) -> Iterator[str]:
    """Yield what the plan can and cannot tell, one short paragraph for each thing worth knowing."""
    rows = {row["truth"]: row for row in record["rows"]}
    yield from _wordless(record)
    if "none" in rows:
        yield _if_nothing(record, rows["none"])
    yield say(_SPEED)
    for size in ("large", "worthwhile", "small"):
        yield from _if_effect(record, size)
    yield from _if_slow(record)
    if "none_unblinded" in rows:
        yield _if_unblinded(record, rows["none_unblinded"])


def frequency(share: float) -> str:
    """Return a share as a count of 100 trials, never saying never."""
    whole = round(100 * share)
    if whole == 0:
        return say("fewer than 1 of 100 trials" if share else "none of the simulated trials")
    if whole == 100 and share < 1:
        return say("more than 99 of 100 trials")
    return say("{n} of 100 trials", n=whole)


def _asks(record: Record) -> Iterator[str]:
    burden = record["burden"]
    weeks = figure(burden["weeks"], ".0f" if burden["weeks"] >= 1 else ".1f")
    text = say(
        "It takes {nights} nights ({weeks} weeks). {randomised} of them are randomised: "
        "{placebo:.0f} on {reference} and {treated:.0f} on {treatment}, {analysed} of them "
        "analysed.",
        nights=burden["nights"],
        weeks=weeks,
        randomised=burden["randomised_nights"],
        placebo=burden["placebo_nights"],
        reference=say(record["reference"]),
        treated=burden["treatment_nights"],
        treatment=say(record["treatment"]),
        analysed=burden["analysed_nights"],
    )
    if burden["capsules"] is not None:
        capsules = say(
            "With {a_night} capsules a night about {capsules} capsules must be made, spares "
            "included.",
            a_night=burden["capsules_a_night"],
            capsules=burden["capsules"],
        )
        text = f"{text} {capsules}"
    yield text
    smallest = say(
        "Chance draws one of {orders} orders. The smallest p that the randomisation test can reach "
        "is {p:.3g} (one-sided {one_sided:.3g}).",
        orders=_orders(burden["orders"]),
        p=burden["smallest_p"],
        one_sided=burden["smallest_p_one_sided"],
    )
    never = burden["smallest_p_one_sided"] > record["rule"]["randomisation_p"]
    yield f"{smallest} {say(_NEVER)}" if never else smallest


def _orders(count: int) -> str:
    """Return a number of orders; nobody reads more than seven digits."""
    if count < 10**7:
        return f"{count}"
    return say("about 10^{power:.0f}", power=math.log10(count))


def _if_nothing(record: Record, row: Record) -> str:
    words = row["words"]
    helps = share_of(words, HELPS)
    text = say(
        "If {treatment} does nothing, the answer is wrongly `{helps}` in {helping}, and wrongly "
        "`{worse}` in {harming}. It is `{same}` in {none} and `{open}` in {unsure} of 100.",
        treatment=say(record["treatment"]),
        helps=say(HELPS),
        helping=frequency(helps),
        worse=say(WORSE),
        harming=frequency(share_of(words, WORSE)),
        same=say(NO_DIFFERENCE),
        none=_hundred(words, NO_DIFFERENCE),
        open=say(CANNOT_TELL),
        unsure=_hundred(words, CANNOT_TELL),
    )
    if helps > _MOST_FALSE:
        alarms = say(
            "That is more false alarms than the {most:.0f}% this plan should have.",
            most=100 * _MOST_FALSE,
        )
        text = f"{text} {alarms}"
    return text


def _wordless(record: Record) -> Iterator[str]:
    """Yield why a plan can never say anything but that it cannot tell."""
    rule, pairs = record["rule"], record["pairs"]
    analysed = record["period_nights"] - record["unanalysed_nights"]
    if pairs is None:
        return
    if pairs < rule["min_pairs"]:
        need = say("{least} pairs, and this plan has {pairs}", least=rule["min_pairs"], pairs=pairs)
    elif analysed < rule["min_reports"]:
        need = say(
            "{least} reports a period, and only {analysed} nights are analysed",
            least=rule["min_reports"],
            analysed=analysed,
        )
    else:
        return
    yield say(
        "This plan can only ever answer `{word}`: any other answer needs {need}.",
        word=say(CANNOT_TELL),
        need=need,
    )


def _if_effect(record: Record, size: str) -> Iterator[str]:
    """Yield how often an effect of one size is found, for each speed at which it may come."""
    rows = _at_full_strength(record, size)
    if not rows:
        return
    points = units(abs(rows[0]["beta"]), record["outcome"]["unit"])
    groups = groupby(rows, key=lambda row: _chance_words(share_of(row["words"], HELPS)))
    found = [_found(said, list(members), len(rows)) for said, members in groups]
    yield say(_SIZES[size], points=points, found="; ".join(found))


def _found(said: str, rows: Sequence[Record], every: int) -> str:
    """Return for which speeds of onset an effect has the same chance in words, and the figures."""
    counts = [f"{round(100 * share_of(row['words'], HELPS))}" for row in rows]
    of_100 = say("({counts} of 100 trials)", counts=_joined(counts, "and"))
    if len(rows) == every:
        return say("{found}, however fast it works {of_100}", found=said, of_100=of_100)
    nights = _joined([figure(row["tau"], "g") for row in rows], "or")
    return say(
        "{found} if it takes {nights} nights {of_100}", found=said, nights=nights, of_100=of_100
    )


def _joined(parts: Sequence[str], word: str) -> str:
    if len(parts) == 1:
        return parts[0]
    first = ", ".join(parts[:-1])
    joined: Text = "{first} or {last}" if word == "or" else "{first} and {last}"
    return say(joined, first=first, last=parts[-1])


def _if_slow(record: Record) -> Iterator[str]:
    """Yield a warning where a slow effect that is worth having looks like none in such periods."""
    rows = _at_full_strength(record, "worthwhile") + _at_full_strength(record, "large")
    hidden = [r for r in rows if abs(r["theta"]) < record["outcome"]["mid"] <= abs(r["beta"])]
    if not hidden:
        return
    slow = max(hidden, key=lambda row: (row["tau"], abs(row["beta"])))
    unit = record["outcome"]["unit"]
    yield say(
        "Mind slow effects: one that takes {tau:g} nights, and is {full} at full strength, shows "
        "as only {shown:.2g} in periods of {nights} nights. The answer is then `{word}` in {often} "
        "of 100 trials. That is true of such periods, and not of taking it for longer: this plan "
        "cannot rule out a slow effect.",
        tau=slow["tau"],
        full=units(abs(slow["beta"]), unit),
        shown=abs(slow["theta"]),
        nights=record["period_nights"],
        word=say(NO_DIFFERENCE),
        often=_hundred(slow["words"], NO_DIFFERENCE),
    )


def _at_full_strength(record: Record, size: str) -> list[Record]:
    return [r for r in record["rows"] if r["size"] == size and r["scale"] == "full"]


def _chance_words(share: float) -> str:
    if share >= 0.8:
        return say("very likely found")
    if share >= 0.5:
        return say("found more often than missed")
    if share >= 0.2:
        return say("missed more often than found")
    return say("hardly ever found")


def _if_unblinded(record: Record, row: Record) -> str:
    outcome = record["outcome"]
    return say(
        "If it does nothing, but loose stools on two days of five give it away, and believing in "
        "it improves your ratings by {points}, the answer is wrongly `{helps}` in {often}. "
        "Blinding that holds is worth more than any analysis.",
        points=units(outcome["mid"], outcome["unit"]),
        helps=say(HELPS),
        often=frequency(share_of(row["words"], HELPS)),
    )


def _hundred(words: Record, word: str) -> str:
    return f"{round(100 * share_of(words, word))}"


def _made(record: Record) -> str:
    trials = record["trials"]
    text = say(
        "From {trials} simulated trials for each truth, seed {seed}, engine {engine}.",
        trials=trials,
        seed=record["seed"],
        engine=record["engine"],
    )
    if record["complete"]:
        return text
    fewest = min(row["trials"] for row in record["rows"])
    fewer = say(
        "Interrupted: only {fewest} of {trials} were done for some truths.",
        fewest=fewest,
        trials=trials,
    )
    return f"{text} {fewer}"
