"""Each step of tonight as a sentence, and the command that does it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ekbom.guide.steps import Step
from ekbom.language import Text, say
from ekbom.report.measures import day_words
from ekbom.report.step_parts import (
    capsule_words,
    dose_words,
    local_words,
    not_before,
    told_words,
    wait_words,
)
from ekbom.safety.tolerability_rules import rules
from ekbom.trial.commands import DRAWN_WITH, OPENED_WITH
from ekbom.trial.folder import Trial


class Said(NamedTuple):
    """A sentence, and the command for it; empty where there is none."""

    text: str
    command: str = ""


_SCREEN: Mapping[str, Text] = {
    "none": "Answer the safety questions before the first capsule, and put the result on record.",
    "old": "The safety screening is too old now. Answer the questions again.",
    "not agreed": "The screening said: clinician first. No capsules until a clinician has agreed. "
    "Write the agreement into your answers file, and put it on record.",
    "unfit": "The last screening on record did not say go. No capsules. When things have changed, "
    "answer the questions again.",
}


_DRAW: Mapping[str, Text] = {
    "open": "Draw the order of treatments.",
    "helper": "Your helper draws the order of treatments, best on a device of their own.",
    "alone": "Make the slips for the packs. Shuffling the packs draws the order of treatments.",
    "clinic": "The clinic draws the order of treatments.",
}
_PACKS: Mapping[str, Text] = {
    "open": "Make the packs. Capsules begin on the first evening after you log that.",
    "helper": "Your helper makes the packs. Capsules begin on the first evening after you have "
    "them and log that.",
    "alone": "Make the packs, step by step. Capsules begin on the first evening after the last "
    "step.",
    "clinic": "The clinic makes the packs. Capsules begin on the first evening after you have "
    "them and log that.",
}
_OPENING: Mapping[str, Text] = {
    "open": "Open the order of treatments, once you have nothing more to add.",
    "helper": "Your helper opens the order of treatments, once you have nothing more to add.",
    "alone": "Read the slips in the packs, once you have nothing more to add.",
    "clinic": "The clinic opens the order of treatments, once you have nothing more to add.",
}


def step_words(step: Step, *, trial: Trial) -> Said:
    """Return what a step asks for, and the command line that does it."""
    return _WORDS[step.id](step, trial)


def command_words(name: str, trial: Trial, rest: str = "") -> str:
    """Return a command of ekbom on the trial's folder, as a shell takes it."""
    return " ".join(filter(None, ["ekbom", name, shlex.quote(str(trial.path)), rest]))


def _record(step: Step, trial: Trial) -> Said:
    text = say("Put this on record: {kinds}.", kinds=", ".join(step.items))
    return Said(text, command_words("tolerate", trial, "--record"))


def _screen(step: Step, trial: Trial) -> Said:
    file = " ANSWERS.toml" if step.because == "not agreed" else ""
    return Said(say(_SCREEN[step.because]), command_words(f"screen{file} --record", trial))


def _fix_dose(step: Step, trial: Trial) -> Said:
    if step.mg is None:
        return Said(
            say(
                "Fix the dose. No step counts as tolerated yet: that takes {nights} nights on "
                "which you took it, wrote that down and answered, without a hold or a step down "
                "since. Fill in what is missing.",
                nights=rules()["tolerated"].count,
            )
        )
    capsules = "N" if step.capsules is None else f"{step.capsules:g}"
    rest = f"--event 'dose fixed' mg={step.mg:g} capsules={capsules}"
    text = say(
        "Fix the dose. The most that was tolerated is {mg:g} mg elemental a night.", mg=step.mg
    )
    return Said(text, command_words("log", trial, rest))


def _randomise(step: Step, trial: Trial) -> Said:
    way = trial.protocol.blinding
    after: Text = "After that, the order of treatments is drawn."
    text = say(after if step.when == "waiting" else _DRAW[way])
    return Said(text, command_words(DRAWN_WITH[way], trial))


def _packs(step: Step, trial: Trial) -> Said:
    text = say(_PACKS[trial.protocol.blinding])
    if step.until:
        text += f" {say('The first possible one is {day}.', day=step.until)}"
    if trial.protocol.blinding == "alone":
        return Said(text, command_words("packs", trial))
    return Said(text, command_words("log", trial, "--event 'packs ready'"))


def _packs_again(step: Step, trial: Trial) -> Said:
    del step
    text = say("A pair of packs is being made again, and is not finished yet.")
    return Said(text, command_words("packs", trial))


def _pause(step: Step, trial: Trial) -> Said:
    text = say(
        "The night of {night} should have been the first of period 1, and the order was not "
        "drawn. Log a pause from there.",
        night=step.night,
    )
    return Said(text, command_words("log", trial, f"--event pause first={step.night}"))


def _begin(step: Step, trial: Trial) -> Said:
    return Said(say("The first night is {night}.", night=day_words(step.until or trial.start)))


def _wait(step: Step, trial: Trial) -> Said:
    return Said(wait_words(step, trial, written=day_words))


def _resume(step: Step, trial: Trial) -> Said:
    text = say("The trial waits until you are ready. To go on tonight:")
    return Said(text, command_words("log", trial, f"--event resume first={step.night}"))


def _last_night(step: Step, trial: Trial) -> Said:
    night = say("last night")
    if step.night is not None:
        night = say("last night, {night}", night=day_words(step.night))
    if step.when == "done":
        told = told_words(step, trial)
        if told:
            return Said(say("The report on {night}: {told}.", night=night, told=told))
        return Said(say("The report on {night}.", night=night))
    asked: Text = "Answer about {night}: {items}."
    if step.when == "any time":
        asked = "You may go on answering about {night}: {items}."
    text = say(asked, night=night, items=", ".join(step.items))
    if step.late:
        text += f" {say('It will be marked late.')}"
    named = f"--night {step.night} " if step.late else ""
    return Said(text, command_words("log", trial, f"{named}{_example(step, trial)}"))


def _example(step: Step, trial: Trial) -> str:
    """Return how two of a step's items are written; their numbers are the person's own."""
    primary = trial.protocol.primary.id
    first = [primary] if primary in step.items else []
    names = [*first, *(item for item in step.items if item != primary)]
    more = " ..." if len(names) > 2 else ""
    return " ".join(f"{name}=_" for name in names[:2]) + more


def _dose(step: Step, trial: Trial) -> Said:
    if step.when == "done":
        if step.capsules is None:
            return Said(say("Tonight's dose is written down."))
        taken = capsule_words(step.capsules)
        return Said(say("Tonight's dose is written down: {capsules}.", capsules=taken))
    if step.when == "waiting":
        return Said(say("No capsules until the safety questions are settled."))
    number = "N" if step.capsules is None else f"{step.capsules:g}"
    mg = "" if step.pack is not None or step.mg is None else f" --mg {step.mg:g}"
    text = say("Your registered plan says: {text}", text=_planned(step)) + "."
    text = " ".join([text, *not_before(step, trial)])
    return Said(text, command_words("log", trial, f"--dose {number}{mg}"))


def _planned(step: Step) -> str:
    if step.pack is None or step.mg is None:
        return dose_words(step)
    mg = say("{mg:g} mg elemental", mg=step.mg)
    return f"{dose_words(step)} ({say('{content}, if they hold magnesium', content=mg)})"


def _no_capsules(step: Step, trial: Trial) -> Said:
    del step
    text = say("No capsules tonight. Write that down too.")
    return Said(text, command_words("log", trial, "--dose 0"))


def _treatment(step: Step, trial: Trial) -> Said:
    del trial
    return Said(say("What your trial has for period {period}.", period=step.pack))


def _evening_answers(step: Step, trial: Trial) -> Said:
    if step.when == "done":
        return Said(say("This evening's answers."))
    text = say("Answer about this evening: {items}.", items=", ".join(step.items))
    rest = f"--night {step.night} {_example(step, trial)}"
    return Said(text, command_words("log", trial, rest))


def _morning(step: Step, trial: Trial) -> Said:
    once = [o.id for o in trial.protocol.outcomes if o.schedule == "period" and o.id in step.items]
    text = say("Answer about the night: {n} questions.", n=len(step.items))
    if once:
        text += f" {say('About the whole period: {items}.', items=', '.join(once))}"
    return Said(text)


def _guess(step: Step, trial: Trial) -> Said:
    text = say("Period {period} is over. Which treatment do you think it was?", period=step.period)
    return Said(text, command_words("guess", trial))


def _last_guess(step: Step, trial: Trial) -> Said:
    del step
    text = say(
        "Before the order is opened, say what you think: helps, no difference, makes it worse, or: "
        "don't know."
    )
    return Said(text, command_words("guess", trial))


def _unblind(step: Step, trial: Trial) -> Said:
    text = say(_OPENING[trial.protocol.blinding])
    command = OPENED_WITH.get(trial.protocol.blinding)
    if command is not None:
        return Said(text, command_words(command, trial))
    return Said(text, command_words("log", trial, f"--event unblinding night={step.night}"))


def _verdict(step: Step, trial: Trial) -> Said:
    if step.earliest is not None:
        time = local_words(step.earliest, trial)
        return Said(say("What the trial shows can be asked from {time} on.", time=time))
    after: Text = "After that, ask what the trial shows."
    now: Text = "Ask what the trial shows."
    text = say(after if step.when == "waiting" else now)
    return Said(text, command_words("verdict", trial))


def _no_verdict(step: Step, trial: Trial) -> Said:
    del step, trial
    return Said(say("The order of treatments was never drawn, so there is nothing to compare."))


def _change(step: Step, trial: Trial) -> Said:
    del step, trial
    text = say("Something about my health or medicines changed. Ask before the next capsule:")
    return Said(text, "ekbom screen --change KIND")


def _signs(step: Step, trial: Trial) -> Said:
    del step, trial
    text = say("Emergency signs. If one is happening now, call your local emergency number first.")
    return Said(text, "ekbom tolerate --signs")


_WORDS: Mapping[str, Callable[[Step, Trial], Said]] = {
    "record": _record,
    "screen": _screen,
    "fix_dose": _fix_dose,
    "randomise": _randomise,
    "packs": _packs,
    "packs_again": _packs_again,
    "pause": _pause,
    "begin": _begin,
    "wait": _wait,
    "resume": _resume,
    "last_night": _last_night,
    "dose": _dose,
    "no_capsules": _no_capsules,
    "treatment": _treatment,
    "evening_answers": _evening_answers,
    "morning": _morning,
    "guess": _guess,
    "last_guess": _last_guess,
    "unblind": _unblind,
    "verdict": _verdict,
    "no_verdict": _no_verdict,
    "change": _change,
    "signs": _signs,
}
