"""Parts of a step's sentence that the shell and a page say alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime

from ekbom.guide.missing import evening_items
from ekbom.guide.steps import Step
from ekbom.language import Text, date_text, say, say_n
from ekbom.trial.folder import Trial


def told_words(step: Step, trial: Trial) -> str:
    """Return how far a report has come that is done in part or left out, else nothing."""
    if step.because == "skipped":
        return say("skipped")
    if step.because != "partly":
        return ""
    answers = next((n.answers for n in trial.diary.nights if n.date == step.night), {})
    answered = len(answers.keys() - evening_items(trial.protocol))
    return partly_words(answered, asked=answered + len(step.items))


def partly_words(answered: int, *, asked: int) -> str:
    """Return how many of a report's questions were answered."""
    return say("{n} of {asked} answered", n=answered, asked=asked)


def capsule_words(number: float) -> str:
    """Return a number of capsules."""
    return say_n("{units:g} capsule", "{units:g} capsules", 1 if number == 1 else 2, units=number)


def dose_words(step: Step) -> str:
    """Return what a night's plan has: its capsules and their pack, else its elemental mg."""
    mg = "" if step.mg is None else say("{mg:g} mg elemental", mg=step.mg)
    if step.pack is None and step.capsules is None:
        return mg
    number = say("the capsules") if step.capsules is None else capsule_words(step.capsules)
    if step.pack is None:
        return f"{number} ({mg})" if mg else number
    return say("{capsules} from pack {pack}", capsules=number, pack=step.pack)


def not_before(step: Step, trial: Trial) -> Iterator[str]:
    """Yield from when on a dose can be taken, if that is not yet."""
    dose = trial.protocol.dose
    if step.earliest is not None and dose is not None:
        yield say(
            "Not before {time}: at least {hours:g} hours lie between two doses.",
            time=local_words(step.earliest, trial),
            hours=dose.least_hours,
        )


def local_words(instant: datetime, trial: Trial) -> str:
    """Return an instant as the person's clocks show it."""
    local = trial.clock.local(instant)
    return f"{date_text(local)} {local:%H:%M}"


def wait_words(step: Step, trial: Trial, *, written: Callable[[date], str]) -> str:
    """Return until when nothing is due; ``written`` writes a night."""
    if step.because == "paused" and step.until is not None:
        return say("The trial goes on with the night of {night}.", night=written(step.until))
    doseless = trial.protocol.dose is None
    if step.until is None:
        return say("Nothing is due." if doseless else "No capsules are due.")
    until: Text = "No capsules are due until the night of {night}."
    if doseless:
        until = "Nothing is due until the night of {night}."
    return say(until, night=written(step.until))
