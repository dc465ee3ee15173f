"""What was guessed in a trial, and what the guesses mean for its verdict, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ekbom.analysis.blinding_index import Guessed, Index
from ekbom.analysis.guesses import Contrast, GuessSummary
from ekbom.analysis.result import TrialVerdict
from ekbom.language import Text, figure, say, say_n
from ekbom.protocol.model import Protocol
from ekbom.report.measures import capital
from ekbom.report.words import NO_GUESS, p_value, side

_MANY = 20
"""Guesses from which an index says something: our own choice."""

_GROUPS: Mapping[str, Text] = {
    "wrong": "Periods that were guessed wrong: {difference}.",
    "right": "Periods that were guessed right: {difference}.",
    "by_effect": "Periods guessed about by the effect alone: {difference}.",
    "by_signs": "Periods guessed about by taste, stools or sight: {difference}.",
}

_OPINIONS: Mapping[str, Text] = {
    "helps": "Before the opening, the last guess was: it helps.",
    "no difference": "Before the opening, the last guess was: it makes no difference.",
    "makes it worse": "Before the opening, the last guess was: it makes it worse.",
}


def guess_sentences(verdict: TrialVerdict) -> tuple[str, ...]:
    """Return what was guessed and what it means, counts first; empty where nobody was asked."""
    found = verdict.guesses
    if found is None:
        return ()
    if found.open:
        known = say("The trial was open: every treatment was known, so guesses test no blind.")
        return (known, *_beliefs(found))
    if not found.guesses:
        return (say(NO_GUESS), *_left_out(found), *_beliefs(found))
    protocol = verdict.trial.protocol
    return (
        *_counts(found, protocol),
        *_left_out(found),
        *_luck(found),
        *_sureness(found),
        *_reasons(found),
        *_among(found, protocol),
        *_indices(found, protocol),
        *_beliefs(found),
    )


def _counts(found: GuessSummary, protocol: Protocol) -> Iterator[str]:
    for treatment in (protocol.treatment, protocol.reference):
        yield _count(capital(say(treatment.label)), found.counts[treatment.name])


def _count(label: str, count: Guessed) -> str:
    return say(
        "{treatment}: {right} guessed right, {wrong} guessed wrong, {unsure} with: don't know.",
        treatment=label,
        right=count.right,
        wrong=count.wrong,
        unsure=count.unsure,
    )


def _left_out(found: GuessSummary) -> Iterator[str]:
    if found.left_out:
        yield say_n(
            "{n} guess is left out: the treatment could be known by then.",
            "{n} guesses are left out: the treatments could be known by then.",
            found.left_out,
        )


def _luck(found: GuessSummary) -> Iterator[str]:
    """Yield how far luck alone takes one, by the plan's own orders where chance drew one."""
    luck = found.luck
    if luck is None:
        return
    yield say(
        "Right were {right} of {named} guesses that named a treatment. Luck alone gives as many or "
        "more with probability {p}.",
        right=found.right,
        named=found.named,
        p=p_value(luck.coin if luck.order is None else luck.order),
    )
    if luck.order is not None and p_value(luck.order) != p_value(luck.coin):
        yield say(
            "That is over the orders that the plan could draw. If each guess were the toss of a "
            "coin it would be {p}.",
            p=p_value(luck.coin),
        )


def _sureness(found: GuessSummary) -> Iterator[str]:
    right, wrong = found.sure(right=True), found.sure(right=False)
    if right is not None:
        yield say("Right guesses were {sure} of 10 sure on average.", sure=figure(right, ".1f"))
    if wrong is not None:
        yield say("Wrong guesses were {sure} of 10 sure on average.", sure=figure(wrong, ".1f"))


def _reasons(found: GuessSummary) -> Iterator[str]:
    """Yield what right guesses rested on, and that the two kinds do not mean the same."""
    if found.given_away:
        yield say_n(
            "{n} right guess rested on taste, stools or sight. There the blind may not have held, "
            "and expectation may be part of the difference.",
            "{n} right guesses rested on taste, stools or sight. There the blind may not have "
            "held, and expectation may be part of the difference.",
            found.given_away,
        )
    if found.told_by_effect:
        yield say_n(
            "{n} right guess rested on the effect alone. That is no broken blind: the effect "
            "itself may have told.",
            "{n} right guesses rested on the effect alone. That is no broken blind: the effect "
            "itself may have told.",
            found.told_by_effect,
        )


def _among(found: GuessSummary, protocol: Protocol) -> Iterator[str]:
    """Yield the effect among the periods guessed wrong, and beside it among the others."""
    contrast = found.among["wrong"]
    if contrast.difference is None:
        yield say(
            "The effect among periods guessed wrong cannot be shown: it takes one on each "
            "treatment, and there are {on} and {off}.",
            on=contrast.treatment,
            off=contrast.reference,
        )
        return
    yield say(
        "{outcome}, means of periods on {treatment} against {reference}:",
        outcome=capital(say(protocol.primary.name)),
        treatment=say(protocol.treatment.label),
        reference=say(protocol.reference.label),
    )
    for name, text in _GROUPS.items():
        if found.among[name].difference is not None:
            yield say(text, difference=_difference(found.among[name], protocol))
    yield say(
        "So few periods say little. And a period that went badly is sooner taken for {reference}: "
        "that makes {treatment} look worse than it is among wrong guesses, and better among right "
        "ones.",
        treatment=say(protocol.treatment.label),
        reference=say(protocol.reference.label),
    )


def _difference(contrast: Contrast, protocol: Protocol) -> str:
    return say(
        "{difference} ({on} against {off} periods)",
        difference=side(contrast.difference or 0.0, protocol.primary),
        on=contrast.treatment,
        off=contrast.reference,
    )


def _indices(found: GuessSummary, protocol: Protocol) -> Iterator[str]:
    """Yield the two indices that trials report, last and with a warning where guesses are few."""
    parts = [
        f"{say(t.label)} {_index(index)}"
        for t in (protocol.treatment, protocol.reference)
        if (index := found.bang[t.name]) is not None
    ]
    text = say(
        "Bang's index (1 always right, 0 as by chance, -1 always wrong), with its 95 % interval: "
        "{indices}.",
        indices="; ".join(parts),
    )
    if found.james is not None:
        text += " " + say(
            "James's index (1 nothing guessed, 0.5 as by chance, 0 always right): {index}.",
            index=_index(found.james, least=0.0),
        )
    yield text
    if len(found.guesses) < _MANY:
        yield say_n(
            "{n} guess says little: these indices are made for trials with many people.",
            "{n} guesses say little: these indices are made for trials with many people.",
            len(found.guesses),
        )


def _index(index: Index, *, least: float = -1.0) -> str:
    if not index.sd:
        # All guesses alike have a normal interval without width, which would look like certainty.
        return _signed(index.value)
    low, high = index.interval95
    return say(
        "{value} ({low} to {high})",
        value=_signed(index.value),
        low=_signed(max(low, least)),
        high=_signed(min(high, 1.0)),
    )


def _signed(value: float) -> str:
    return figure(value, ".2f").replace("-", "\N{MINUS SIGN}")


def _beliefs(found: GuessSummary) -> Iterator[str]:
    if found.expectation is not None:
        yield say(
            "Before the start, {n} of 10 was the help expected.", n=figure(found.expectation, "g")
        )
    opinion = _OPINIONS.get(found.opinion or "")
    if opinion is not None:
        yield say(opinion)
