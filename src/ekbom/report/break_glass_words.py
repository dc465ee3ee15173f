"""Breaking the blind, line by line: the advice first, then the record, then the way."""

from __future__ import annotations

from collections.abc import Iterator

from ekbom.guide.break_glass import Line, emergency_advice, way_to_answer
from ekbom.language import Text, say
from ekbom.protocol.model import Protocol
from ekbom.report.lines import wrapped
from ekbom.trial.folder import Trial

RECORDED: Text = "It is on record that the blind of pack {pack} is broken."
MEANS: Text = (
    "The main answer of the trial keeps all its nights; a second one leaves out those from now to "
    "the end of this pair."
)


def line_words(line: Line) -> str:
    """Return a line in the reader's language; the label of a treatment too."""
    values = {k: say(v) if isinstance(v, str) else v for k, v in line.values.items()}
    return say(line.text, **values)


def advice_words(protocol: Protocol | None) -> tuple[str, ...]:
    """Return what to do at once, most urgent first; ``None`` where no plan is known."""
    return tuple(map(line_words, emergency_advice(protocol)))


def advice_lines(protocol: Protocol | None) -> Iterator[str]:
    """Yield what to do at once."""
    for number, words in enumerate(advice_words(protocol), start=1):
        yield from wrapped(words, first=f"{number}. ", indent="   ")


def way_lines(trial: Trial, pack: int | None) -> Iterator[str]:
    """Yield the way to what a pack holds."""
    return iter(wrapped(line_words(way_to_answer(trial=trial, pack=pack))))


def question(pack: int) -> str:
    """Return what is asked before anything is written down."""
    return say("Put on record that the blind of pack {pack} is broken?", pack=pack)


def recorded_lines(pack: int) -> Iterator[str]:
    """Yield that it is on record, and what follows from it."""
    return iter(wrapped(f"{say(RECORDED, pack=pack)} {say(MEANS)}"))


def unrecorded_lines() -> Iterator[str]:
    """Yield that nothing is on record yet, and that this can wait."""
    return iter(wrapped(say("Nothing is on record yet. That can wait; run this again later.")))
