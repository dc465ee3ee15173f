"""A verdict as lines of text for the shell."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ekbom.analysis.result import (
    Complaints,
    Incidents,
    OutcomeVerdict,
    SideEffectSummary,
    TrialVerdict,
)
from ekbom.report.words import check_words, firmer, notice, p_value, sentence

_WIDTH = 96


def verdict_lines(verdict: TrialVerdict) -> Iterator[str]:
    """Yield a whole verdict in plain lines, the primary outcome first."""
    found = sorted(verdict.outcomes.values(), key=lambda o: o.outcome.role)
    for outcome in found:
        yield from _wrapped(sentence(verdict, outcome))
        yield from _outcome_lines(outcome)
        yield ""
        if outcome.outcome.role == "primary":
            yield from _list("What would make it firmer:", firmer(verdict, outcome))
    yield from _side_effect_lines(verdict)
    for problem in verdict.trial.problems:
        yield from _wrapped(f"Noted: {problem}")
    yield from _wrapped(notice())


def _outcome_lines(found: OutcomeVerdict) -> Iterator[str]:
    nights = found.nights
    what = "nights" if found.outcome.schedule == "nightly" else "periods"
    yield from _wrapped(
        f"{what}: {nights.planned} planned, {nights.analysed} analysed, {nights.unanalysed} "
        f"unanalysed by plan, {nights.missing} missing, {nights.excluded} excluded",
        indent="  ",
    )
    test = found.randomisation
    if test.p is None:
        yield from _wrapped(f"randomisation test: none ({test.reason})", indent="  ")
    else:
        smallest = p_value(test.smallest_p) if test.smallest_p is not None else "-"
        yield from _wrapped(
            f"randomisation test: p {p_value(test.p)} two-sided over {test.sequences} orders "
            f"({'all of them' if test.exact else 'sampled'}); the smallest possible is {smallest}",
            indent="  ",
        )
    for check in found.checks:
        if not check.passed:
            value = "" if check.value is None else f": {check.value:.3g}"
            bar = "" if check.threshold is None else f" (bar {check.threshold:g})"
            why = check.effect_on_verdict.partition(": ")[2]
            said = f"! {check_words(check)}{value}{bar}{why and f'; {why}'}"
            yield from _wrapped(said, indent="  ")


def _side_effect_lines(verdict: TrialVerdict) -> Iterator[str]:
    found = verdict.side_effects
    happened = [text for incidents in found.incidents if (text := _incidents(incidents))]
    if not found.items and not happened:
        return
    yield "Side effects, nights with them of nights answered:"
    for text in [*map(_side_effect, found.items), *happened]:
        yield from _wrapped(text, indent="  ")
    yield ""


def _incidents(found: Incidents) -> str:
    counts = {
        "holds": found.holds,
        "step-downs": found.step_downs,
        "early ends": found.ends,
        "emergencies": found.emergencies,
    }
    said = ", ".join(f"{what} {count}" for what, count in counts.items() if count)
    return f"{found.treatment}: {said}" if said else ""


def _side_effect(item: SideEffectSummary) -> str:
    counts = ", ".join(_complaints(c) for c in item.treatments)
    before = f"; before the trial: {_complaints(item.titration)}" if item.titration.reported else ""
    chance = "" if item.p is None else f"; randomisation p {p_value(item.p)}"
    few = "; few data; absence is no proof of safety" if item.few_data else ""
    return f"{item.id.replace('_', ' ')}: {counts}{chance}{few}{before}"


def _complaints(found: Complaints) -> str:
    worst = f" (worst {found.worst:g})" if found.present else ""
    return f"{found.treatment} {found.present} of {found.reported}{worst}"


def _list(heading: str, items: tuple[str, ...]) -> Iterator[str]:
    if items:
        yield heading
        for item in items:
            yield from _wrapped(f"- {item}", indent="  ")
        yield ""


def _wrapped(text: str, *, indent: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)
