"""One HTML page that stands alone: verdicts with figures, no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from ekbom.analysis.decision import CANNOT_TELL
from ekbom.analysis.result import Check, OutcomeVerdict, TrialVerdict
from ekbom.language import figure as figure_of
from ekbom.language import language_now, retell, say
from ekbom.report.figures.figure import DARK, NARROW, WIDE, Figure
from ekbom.report.figures.nights import NIGHTS
from ekbom.report.figures.posterior import POSTERIOR
from ekbom.report.figures.randomisation import RANDOMISATION
from ekbom.report.figures.svg import svg_of
from ekbom.report.guess_words import guess_sentences
from ekbom.report.lines import problem_words
from ekbom.report.markup import Markup, Part, joined, listed, tag
from ekbom.report.measures import NO_ESTIMATE, capital
from ekbom.report.tables import (
    dose_table,
    incident_table,
    night_table,
    number_table,
    other_table,
    period_table,
    side_effect_table,
    titration_table,
)
from ekbom.report.words import amount, check_words, firmer, notice, p_value, percent, sentence

FIGURES = (NIGHTS, POSTERIOR, RANDOMISATION)
"""The figures of a page, in order; a new figure is one more file and one more name here."""

_MANY_PERIODS = 16
"""From more periods than these their table is folded."""

_HEAD = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One trial on the page; ``notes`` are further paragraphs that a reader must know."""

    heading: str
    introduction: str
    verdict: TrialVerdict
    notes: tuple[str, ...]


def build_page(*, title: str, sections: Sequence[Section], next_steps: Sequence[str]) -> str:
    """Return a whole page that can be read on a phone, printed, kept and sent.

    Parameters
    ----------
    title
        Heading of the page.
    sections
        The trials, in order.
    next_steps
        What the reader may do next, one line each.
    """
    body = [
        tag("header", tag("h1", title), _contents(sections)),
        tag(
            "main",
            *(section_markup(section, place=i) for i, section in enumerate(sections, start=1)),
        ),
        tag("footer", _next(next_steps), tag("h2", say("What ekbom is")), tag("p", notice())),
    ]
    head = joined([tag("title", title), tag("style", Markup(_style()))])
    begin = _HEAD.format(language=language_now())
    return f"{begin}{head.html}\n</head>\n{tag('body', *body).html}\n</html>\n"


def _style() -> str:
    """Return the style; each colour of the figures turns into its own on a dark ground."""
    plain = (resources.files(__package__) / "page.css").read_text(encoding="utf-8")
    turned = "\n".join(
        f'  svg [{part}="{light}"] {{ {part}: {dark}; }}'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
    )
    return f"\n{plain}@media screen and (prefers-color-scheme: dark) {{\n{turned}\n}}\n"


def _contents(sections: Sequence[Section]) -> Markup:
    if len(sections) < 2:
        return Markup("")
    links = (tag("a", s.heading, href=f"#trial-{i}") for i, s in enumerate(sections, start=1))
    return tag("nav", listed(links), aria_label=say("Trials on this page"))


def _next(steps: Sequence[str]) -> Markup:
    return joined([tag("h2", say("What to do next")), listed(steps)]) if steps else Markup("")


def section_markup(section: Section, *, place: int = 1) -> Markup:
    """Return everything about one trial as a piece of a page, which has a style of its own.

    ``place`` is its number on the page, from 1; ids in it end with it.
    """
    verdict = section.verdict
    protocol = verdict.trial.protocol
    found = verdict.outcomes.get(protocol.primary.id) or next(iter(verdict.outcomes.values()))
    others = tuple(o for o in verdict.outcomes.values() if o is not found)
    ways = tuple(_under(say("What would make it firmer"), firmer(verdict, found)))
    # Whoever reads that it cannot be told yet asks next what would tell.
    at_once = found.verdict == CANNOT_TELL
    parts = [
        tag("h2", section.heading, id=f"trial-{place}"),
        tag("p", *_answer(sentence(verdict, found)), class_="verdict"),
        *(ways if at_once else ()),
        tag("p", section.introduction),
        *(tag("p", note, class_="note") for note in section.notes),
        tag("h3", say("The effect against what would be worthwhile")),
        *_against_mid(verdict, found),
        number_table(verdict, found) or Markup(""),
        *(part for figure in FIGURES for part in _figure(figure, verdict, found, place)),
        tag("h3", say("Period by period")),
        *_periods(verdict, found),
        *_others(verdict, others),
        tag("h3", say("Side effects")),
        *_side_effects(verdict),
        *_under(say("What was guessed"), guess_sentences(verdict)),
        tag("h3", say("What could overturn this")),
        *_checks(found),
        tag("h3", say("Doses")),
        dose_table(verdict),
        *(() if at_once else ways),
        *_under(
            say("Noted while reading the folder"),
            [problem_words(problem) for problem in verdict.trial.problems],
        ),
    ]
    return tag("section", *parts, aria_labelledby=f"trial-{place}")


def _answer(said: str) -> tuple[Part, ...]:
    """Return the verdict with its first sentence, which holds the word, standing out."""
    first, stop, rest = said.partition(". ")
    return tag("strong", f"{first}{stop.strip()}"), f" {rest}" if rest else ""


def _against_mid(verdict: TrialVerdict, found: OutcomeVerdict) -> Iterator[Markup]:
    """Yield the effect in words, measured against the MID."""
    outcome, chance = found.outcome, found.probability
    size = amount(outcome.mid, outcome)
    note = f" ({say(outcome.mid_note)})" if outcome.mid_note else ""
    yield tag(
        "p",
        say(
            "The question for {outcome} was: “{question}” A difference of {size} counts as "
            "worthwhile{note}.",
            outcome=say(outcome.name),
            question=say(outcome.question),
            size=size,
            note=note,
        ),
    )
    if found.effect is None or chance is None:
        reason = retell(found.reason or NO_ESTIMATE)
        yield tag("p", say("There is no estimate: {reason}.", reason=reason))
        return
    protocol = verdict.trial.protocol
    better = (found.effect.mean > 0) == (outcome.direction == "higher")
    yield tag(
        "p",
        say(
            "On {treatment} the best estimate is {amount} better than on {reference}: {times:.1f} "
            "times that difference."
            if better
            else "On {treatment} the best estimate is {amount} worse than on {reference}: "
            "{times:.1f} times that difference.",
            treatment=say(protocol.treatment.label),
            reference=say(protocol.reference.label),
            amount=amount(found.effect.mean, outcome),
            times=abs(found.effect.mean) / outcome.mid,
        )
        + " "
        + say(
            "Probability of better by more than {size}: {benefit}; of worse by more than {size}: "
            "{harm}; of less than {size} either way: {negligible}.",
            size=size,
            benefit=percent(chance.benefit),
            harm=percent(chance.harm),
            negligible=percent(chance.negligible),
        ),
    )


def _figure(
    figure: Figure, verdict: TrialVerdict, found: OutcomeVerdict, place: int
) -> Iterator[Markup]:
    """Yield one figure under its heading, at both widths; the style shows the one that fits."""
    yield tag("h3", say(figure.heading))
    missing = figure.missing(found)
    if missing is not None:
        yield tag("p", capital(missing))
        return
    drawn = [
        tag("div", _drawn(figure, verdict, found, width, name=f"{kind}-{place}"), class_=kind)
        for kind, width in (("narrow", NARROW), ("wide", WIDE))
    ]
    yield tag("figure", *drawn, tag("figcaption", figure.caption(verdict, found)))


def _drawn(
    figure: Figure, verdict: TrialVerdict, found: OutcomeVerdict, width: int, *, name: str
) -> Markup:
    chart = figure.draw(verdict, found, width=width)
    return Markup(svg_of(chart, name=f"{figure.name}-{name}"))


def _periods(verdict: TrialVerdict, found: OutcomeVerdict) -> Iterator[Markup]:
    yield night_table(found)
    if len(found.periods) > _MANY_PERIODS:
        summary = tag("summary", say("All {n} periods, one by one", n=len(found.periods)))
        yield tag("details", summary, period_table(verdict, found))
    elif found.periods:
        yield period_table(verdict, found)


def _others(verdict: TrialVerdict, others: tuple[OutcomeVerdict, ...]) -> Iterator[Markup]:
    if not others:
        return
    yield tag("h3", say("Secondary outcomes"))
    measured = tuple(o for o in others if o.impressions is None)
    if measured:
        yield other_table(verdict, measured)
    yield from (tag("p", sentence(verdict, o)) for o in others if o.impressions is not None)


def _side_effects(verdict: TrialVerdict) -> Iterator[Markup]:
    if not verdict.side_effects.items:
        yield tag("p", say("This trial did not ask about side effects."))
        return
    yield side_effect_table(verdict)
    if any(item.few_data for item in verdict.side_effects.items):
        yield tag("p", say("Few data: absence is no proof of safety."), class_="note")
    incidents, titration = incident_table(verdict), titration_table(verdict)
    if incidents is None:
        yield tag("p", say("No dose was held, stepped down or ended for side effects."))
    yield from (part for part in (incidents, titration) if part is not None)


def _checks(found: OutcomeVerdict) -> Iterator[Markup]:
    """Yield the checks that object, then those that do not, folded away."""
    objections = [_check(c) for c in found.checks if not c.passed]
    if objections:
        yield listed(objections, class_="objections")
    else:
        yield tag("p", say("No check objects."))
    content = [_check(c) for c in found.checks if c.passed]
    if content:
        summary = tag("summary", say("{n} checks that do not object", n=len(content)))
        yield tag("details", summary, listed(content))


def _check(check: Check) -> Part:
    """Return what was looked at, what was found, the bar, and what it did to the verdict."""
    found = "" if check.value is None else f": {_value(check, check.value)}"
    bar = "" if check.threshold is None else say(" (bar {bar})", bar=_bar(check, check.threshold))
    effect = retell(check.effect_on_verdict.removeprefix("none").removeprefix(": "))
    said = f". {capital(effect)}" if effect else ""
    return joined([tag("strong", check_words(check)), f"{found}{bar}{said}."])


def _value(check: Check, value: float) -> str:
    return percent(value) if check.name.startswith("sensitivity_") else _bar(check, value)


def _bar(check: Check, value: float) -> str:
    """Return a share in percent, a p value as such, a count as it is."""
    if check.name.startswith("sensitivity_"):
        return f"{figure_of(100 * value, 'g')} %"
    if "share" in check.name:
        return f"{100 * value:.0f} %"
    if check.name.startswith("randomisation_"):
        return p_value(value)
    return f"{value:.0f}" if value == int(value) else figure_of(value, ".2g")


def _under(heading: str, items: Sequence[str]) -> Iterator[Markup]:
    """Yield a list under its heading, and nothing where it is empty."""
    if items:
        yield tag("h3", heading)
        yield listed(items)
