"""Each step of tonight as a sentence, and the command that does it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from ekbom.guide.steps import Step
from ekbom.safety.tolerability_rules import rules
from ekbom.trial.folder import Trial


class Said(NamedTuple):
    """A sentence, and the command for it; empty where there is none."""

    text: str
    command: str = ""


_SCREEN = {
    "none": "Answer the safety questions before the first capsule, and put the result on record.",
    "old": "The safety screening is too old for the draw. Answer the questions again.",
    "not agreed": "The screening said: clinician first. No capsules until a clinician has agreed. "
    "Write the agreement into your answers file, and put it on record.",
    "unfit": "The last screening on record did not say go. No capsules. When things have changed, "
    "answer the questions again.",
}


def step_words(step: Step, *, trial: Trial) -> Said:
    """Return what a step asks for, and the command line that does it."""
    return _WORDS[step.id](step, trial)


def command_words(name: str, trial: Trial, rest: str = "") -> str:
    """Return a command of ekbom on the trial's folder, as a shell takes it."""
    return " ".join(filter(None, ["ekbom", name, shlex.quote(str(trial.path)), rest]))


def day_words(night: date) -> str:
    """Return a night as a person reads it: its weekday and date."""
    return f"{night:%A, %Y-%m-%d}"


def _record(step: Step, trial: Trial) -> Said:
    text = f"Put this on record: {', '.join(step.items)}."
    return Said(text, command_words("tolerate", trial, "--record"))


def _screen(step: Step, trial: Trial) -> Said:
    file = " ANSWERS.toml" if step.because == "not agreed" else ""
    return Said(_SCREEN[step.because], command_words(f"screen{file} --record", trial))


def _fix_dose(step: Step, trial: Trial) -> Said:
    if step.mg is None:
        return Said(
            "Fix the dose. No step counts as tolerated yet: that takes "
            f"{rules()['tolerated'].count} nights on which you took it, wrote that down and "
            "answered, without a hold or a step down since. Fill in what is missing."
        )
    capsules = "N" if step.capsules is None else f"{step.capsules:g}"
    rest = f"--event 'dose fixed' mg={step.mg:g} capsules={capsules}"
    text = f"Fix the dose. The most that was tolerated is {step.mg:g} mg elemental a night."
    return Said(text, command_words("log", trial, rest))


def _randomise(step: Step, trial: Trial) -> Said:
    first = "After that, draw" if step.when == "waiting" else "Draw"
    return Said(f"{first} the order of treatments.", command_words("randomise", trial))


def _packs(step: Step, trial: Trial) -> Said:
    first = f" The first possible one is {step.until}." if step.until else ""
    text = f"Make the packs. Capsules begin on the first evening after you log that.{first}"
    return Said(text, command_words("log", trial, "--event 'packs ready'"))


def _pause(step: Step, trial: Trial) -> Said:
    text = (
        f"The night of {step.night} should have been the first of period 1, and the order was not "
        "drawn. Log a pause from there."
    )
    return Said(text, command_words("log", trial, f"--event pause first={step.night}"))


def _begin(step: Step, trial: Trial) -> Said:
    return Said(f"The first night is {day_words(step.until or trial.start)}.")


def _wait(step: Step, trial: Trial) -> Said:
    if step.because == "paused" and step.until is not None:
        return Said(f"The trial goes on with the night of {day_words(step.until)}.")
    what = "Nothing is" if trial.protocol.dose is None else "No capsules are"
    until = "" if step.until is None else f" until the night of {day_words(step.until)}"
    return Said(f"{what} due{until}.")


def _resume(step: Step, trial: Trial) -> Said:
    text = "The trial waits until you are ready. To go on tonight:"
    return Said(text, command_words("log", trial, f"--event resume first={step.night}"))


def _last_night(step: Step, trial: Trial) -> Said:
    night = "last night" if step.night is None else f"last night, {day_words(step.night)}"
    if step.when == "done":
        return Said(f"The report on {night}.")
    lead = "You may go on answering" if step.when == "any time" else "Answer"
    late = " It will be marked late." if step.late else ""
    named = f"--night {step.night} " if step.late else ""
    text = f"{lead} about {night}: {', '.join(step.items)}.{late}"
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
        taken = "" if step.capsules is None else f": {_capsules(step.capsules)}"
        return Said(f"Tonight's dose is written down{taken}.")
    if step.when == "waiting":
        return Said("No capsules until the safety questions are settled.")
    number = "N" if step.capsules is None else f"{step.capsules:g}"
    mg = "" if step.pack is not None or step.mg is None else f" --mg {step.mg:g}"
    text = f"Your registered plan says: {_planned(step)}.{_not_before(step, trial)}"
    return Said(text, command_words("log", trial, f"--dose {number}{mg}"))


def _planned(step: Step) -> str:
    mg = "" if step.mg is None else f"{step.mg:g} mg elemental"
    if step.pack is None and step.capsules is None:
        return mg
    number = "the capsules" if step.capsules is None else _capsules(step.capsules)
    if step.pack is None:
        return f"{number} ({mg})" if mg else number
    return f"{number} from pack {step.pack}" + (f" ({mg}, if they hold magnesium)" if mg else "")


def _capsules(number: float) -> str:
    return f"{number:g} capsule{'' if number == 1 else 's'}"


def _not_before(step: Step, trial: Trial) -> str:
    dose = trial.protocol.dose
    if step.earliest is None or dose is None:
        return ""
    local = f"{trial.clock.local(step.earliest):%Y-%m-%d %H:%M}"
    return f" Not before {local}: at least {dose.least_hours:g} hours lie between two doses."


def _no_capsules(step: Step, trial: Trial) -> Said:
    del step
    text = "No capsules tonight. Write that down too."
    return Said(text, command_words("log", trial, "--dose 0"))


def _treatment(step: Step, trial: Trial) -> Said:
    del trial
    return Said(f"What your trial has for period {step.pack}.")


def _evening_answers(step: Step, trial: Trial) -> Said:
    if step.when == "done":
        return Said("This evening's answers.")
    text = f"Answer about this evening: {', '.join(step.items)}."
    rest = f"--night {step.night} {_example(step, trial)}"
    return Said(text, command_words("log", trial, rest))


def _morning(step: Step, trial: Trial) -> Said:
    once = [o.id for o in trial.protocol.outcomes if o.schedule == "period" and o.id in step.items]
    whole = f" About the whole period: {', '.join(once)}." if once else ""
    return Said(f"Answer about the night: {len(step.items)} questions.{whole}")


def _verdict(step: Step, trial: Trial) -> Said:
    if step.earliest is not None:
        local = f"{trial.clock.local(step.earliest):%Y-%m-%d %H:%M}"
        return Said(f"What the trial shows can be asked from {local} on.")
    return Said("Ask what the trial shows.", command_words("verdict", trial))


def _no_verdict(step: Step, trial: Trial) -> Said:
    del step, trial
    return Said("The order of treatments was never drawn, so there is nothing to compare.")


def _change(step: Step, trial: Trial) -> Said:
    del step, trial
    text = "Something about my health or medicines changed. Ask before the next capsule:"
    return Said(text, "ekbom screen --change KIND")


def _signs(step: Step, trial: Trial) -> Said:
    del step, trial
    text = "Emergency signs. If one is happening now, call your local emergency number first."
    return Said(text, "ekbom tolerate --signs")


_WORDS: Mapping[str, Callable[[Step, Trial], Said]] = {
    "record": _record,
    "screen": _screen,
    "fix_dose": _fix_dose,
    "randomise": _randomise,
    "packs": _packs,
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
    "verdict": _verdict,
    "no_verdict": _no_verdict,
    "change": _change,
    "signs": _signs,
}
