"""How often the decision rule errs: measured over the nuisance set, written to docs.

    uv run --extra fast python bench/decision_rule.py            # about two minutes with numba
    uv run --extra fast python bench/decision_rule.py --trials 200 --out /tmp/page.md

For each built-in protocol: the chance of a wrong `helps` for people whom magnesium does nothing
for, under the thresholds that the rule began with and under those that the protocol now has, and
what the change costs where there is an effect.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ekbom.analysis.decision import HELPS, NO_DIFFERENCE, WORDS, WORSE
from ekbom.analysis.many import Engine, engines
from ekbom.protocol.files import BUILT_IN, built_in, content_hash
from ekbom.protocol.model import DecisionRule
from ekbom.simulation.analysed import Analysed, judge_many
from ekbom.simulation.batches import Batch, batch_count, run_batch
from ekbom.simulation.characteristics import Estimated
from ekbom.simulation.hard_people import hard_people
from ekbom.simulation.layout import Layout, layout_of
from ekbom.simulation.participant import Participant
from ekbom.simulation.traits import Unblinding
from ekbom.simulation.truths import truth_of, truths_for

FIRST = DecisionRule(max_revealed_gap=1.0)
"""The thresholds that the rule began with."""

ADDED = (0.05, 0.1, 0.2, 0.4)
"""By how much more likely the treatment makes loose stools on a day, where it reveals itself."""

MIDS = (1.0, 1.5, 2.0, 3.0)
PAGE = Path(__file__).parent.parent / "docs" / "decision-rule.md"


def people_of(layout: Layout) -> dict[str, Participant]:
    """Return everybody that the rule is tried on, those without an effect first."""
    people = dict(hard_people(layout.outcome))
    unblinded = next(t for t in truths_for(layout) if t.unblinded).participant
    for added in ADDED:
        told = replace(unblinded, unblinding=replace(unblinded.unblinding, added=added))
        people[f"given away: loose stools on {100 * added:g} % more days"] = told
    tau = layout.protocol.analysis.tau_median
    for mids in MIDS:
        benefit = mids * layout.outcome.mid
        truth = truth_of(layout, benefit=benefit, tau=tau, scale="shown")
        people[f"effect of {mids:g} MID"] = truth.participant
        calm = replace(truth.participant, unblinding=Unblinding(added=0.0))
        people[f"effect of {mids:g} MID, no loose stools from it"] = calm
    return people


def found_for(
    layout: Layout, person: Participant, *, trials: int, seed: int, engine: Engine
) -> Analysed:
    """Return the analysed trials of one person."""
    batches = (
        Batch(protocol=layout.protocol, participant=person, seed=seed, number=number, engine=engine)
        for number in range(batch_count(trials))
    )
    return Analysed.joined([run_batch(batch)[-1] for batch in batches]).first(trials)


def chance(found: Analysed, layout: Layout, rule: DecisionRule, word: str) -> Estimated:
    """Return the chance of a word."""
    words = judge_many(found, layout=layout, rule=rule)
    return Estimated.share(words == [str(w) for w in WORDS].index(word))


def rows_of(layout: Layout, everybody: Mapping[str, Analysed]) -> Iterator[list[str]]:
    """Yield one row of the table for each person."""
    now = layout.protocol.decision
    words = (HELPS, NO_DIFFERENCE)
    for name, found in everybody.items():
        cells = [chance(found, layout, rule, word) for word in words for rule in (FIRST, now)]
        worse = chance(found, layout, now, WORSE)
        yield [name, *(_percent(cell) for cell in (*cells, worse))]


def _percent(share: Estimated) -> str:
    return f"{100 * share.value:.1f} ±{100 * share.error:.1f}"


def table(head: Sequence[str], rows: Iterator[list[str]]) -> list[str]:
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def changed(rule: DecisionRule) -> str:
    """Return in which thresholds a protocol's rule differs from the first one."""
    fields = [f for f in FIRST.__dataclass_fields__ if getattr(rule, f) != getattr(FIRST, f)]
    said = [f"`{f}` {getattr(FIRST, f):g} -> {getattr(rule, f):g}" for f in fields]
    return ", ".join(said) or "none"


def section(name: str, *, trials: int, seed: int, engine: Engine) -> list[str]:
    """Return the part of the page about one protocol."""
    layout = layout_of(built_in(name))
    everybody = {
        who: found_for(layout, person, trials=trials, seed=seed, engine=engine)
        for who, person in people_of(layout).items()
    }
    nulls = [f for who, f in everybody.items() if not who.startswith("effect")]
    worst = [
        max(chance(f, layout, rule, HELPS).value for f in nulls)
        for rule in (FIRST, layout.protocol.decision)
    ]
    head = ("in truth", "helps: first", "now", "no worthwhile difference: first", "now", "worse")
    return [
        f"## {name}",
        "",
        f"Protocol hash `{content_hash(layout.protocol)}`. Changed thresholds: "
        f"{changed(layout.protocol.decision)}. Worst wrong `helps`: {100 * worst[0]:.1f} of 100 "
        f"under the first thresholds, {100 * worst[1]:.1f} now.",
        "",
        *table(head, rows_of(layout, everybody)),
        "",
    ]


def page(*, trials: int, seed: int, engine: Engine) -> str:
    """Return the whole page."""
    command = "uv run --extra fast python bench/decision_rule.py"
    lines = [*INTRODUCTION, f"Made by `{command}` from {trials} simulated trials in each row,"]
    lines += [f"seed {seed}, engine {engine}. Chances in 100 trials, ± one Monte Carlo standard"]
    lines += ["error.", ""]
    for name in BUILT_IN:
        lines += section(name, trials=trials, seed=seed, engine=engine)
    return "\n".join(lines).rstrip() + "\n"


INTRODUCTION = (Path(__file__).parent / "decision_rule.md").read_text("utf-8").splitlines()


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1945)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args()
    text = page(trials=given.trials, seed=given.seed, engine=engines()[-1])
    given.out.write_text(text, "utf-8")
    print(f"{given.out} is written.")


if __name__ == "__main__":
    main()
