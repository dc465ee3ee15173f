"""A verdict as lines of text for the shell."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from ekbom.analysis.result import (
    Check,
    Complaints,
    Incidents,
    OutcomeVerdict,
    SideEffectSummary,
    TrialVerdict,
)
from ekbom.language import Text, figure, retell, say
from ekbom.report.guess_words import guess_sentences
from ekbom.report.lines import problem_words
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
            yield from _list(say("What would make it firmer:"), firmer(verdict, outcome))
    yield from _side_effect_lines(verdict)
    yield from _list(say("What was guessed:"), guess_sentences(verdict))
    for problem in verdict.trial.problems:
        yield from _wrapped(say("Noted: {problem}", problem=problem_words(problem)))
    yield from _wrapped(notice())


def _outcome_lines(found: OutcomeVerdict) -> Iterator[str]:
    nights = found.nights
    counted: Text = (
        "nights: {planned} planned, {analysed} analysed, {unanalysed} unanalysed by plan, "
        "{missing} missing, {excluded} excluded"
        if found.outcome.schedule == "nightly"
        else "periods: {planned} planned, {analysed} analysed, {unanalysed} unanalysed by plan, "
        "{missing} missing, {excluded} excluded"
    )
    yield from _wrapped(say(counted, **asdict(nights)), indent="  ")
    test = found.randomisation
    if test.p is None:
        none = say("randomisation test: none ({reason})", reason=retell(test.reason or ""))
        yield from _wrapped(none, indent="  ")
    else:
        smallest = p_value(test.smallest_p) if test.smallest_p is not None else "-"
        yield from _wrapped(
            say(
                "randomisation test: p {p} two-sided over {orders} orders ({extent}); the smallest "
                "possible is {smallest}",
                p=p_value(test.p),
                orders=test.sequences,
                extent=say("all of them") if test.exact else say("sampled"),
                smallest=smallest,
            ),
            indent="  ",
        )
    for check in found.checks:
        if not check.passed:
            yield from _wrapped(_objection(check), indent="  ")


def _objection(check: Check) -> str:
    value = "" if check.value is None else f": {figure(check.value, '.3g')}"
    bar = "" if check.threshold is None else say(" (bar {bar:g})", bar=check.threshold)
    why = retell(check.effect_on_verdict.partition(": ")[2])
    return f"! {check_words(check)}{value}{bar}{why and f'; {why}'}"


def _side_effect_lines(verdict: TrialVerdict) -> Iterator[str]:
    found = verdict.side_effects
    happened = [text for incidents in found.incidents if (text := _incidents(incidents))]
    if not found.items and not happened:
        return
    yield say("Side effects, nights with them of nights answered:")
    for text in [*map(_side_effect, found.items), *happened]:
        yield from _wrapped(text, indent="  ")
    yield ""


def _incidents(found: Incidents) -> str:
    counts = (
        say("holds {n}", n=found.holds) if found.holds else "",
        say("step-downs {n}", n=found.step_downs) if found.step_downs else "",
        say("early ends {n}", n=found.ends) if found.ends else "",
        say("emergencies {n}", n=found.emergencies) if found.emergencies else "",
    )
    said = ", ".join(filter(None, counts))
    return f"{say(found.treatment)}: {said}" if said else ""


def _side_effect(item: SideEffectSummary) -> str:
    counts = ", ".join(_complaints(c) for c in item.treatments)
    before = (
        say("; before the trial: {complaints}", complaints=_complaints(item.titration))
        if item.titration.reported
        else ""
    )
    chance = "" if item.p is None else say("; randomisation p {p}", p=p_value(item.p))
    few = say("; few data; absence is no proof of safety") if item.few_data else ""
    return f"{say(item.id.replace('_', ' '))}: {counts}{chance}{few}{before}"


def _complaints(found: Complaints) -> str:
    worst = say(" (worst {grade:g})", grade=found.worst) if found.present else ""
    return say(
        "{treatment} {present} of {reported}{worst}",
        treatment=say(found.treatment),
        present=found.present,
        reported=found.reported,
        worst=worst,
    )


def _list(heading: str, items: tuple[str, ...]) -> Iterator[str]:
    if items:
        yield heading
        for item in items:
            yield from _wrapped(f"- {item}", indent="  ")
        yield ""


def _wrapped(text: str, *, indent: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)
