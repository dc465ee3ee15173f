"""Each step of tonight as a sentence and the button that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from ekbom.guide.steps import Step
from ekbom.language import Text, say
from ekbom.report.measures import night_words
from ekbom.report.step_parts import (
    dose_words,
    local_words,
    not_before,
    told_words,
    wait_words,
)
from ekbom.safety.tolerability_rules import rules
from ekbom.trial.folder import Trial
from ekbom.web.nights.way_steps import DRAWING, OPENING, PACKS, PACKS_AGAIN, WayStep


@dataclass(frozen=True, slots=True)
class Card:
    """A sentence, and the button for it with its address; both empty where nothing can be done.

    ``sends``: the button sends a form, as it writes something down.
    """

    text: str
    button: str = ""
    address: str = ""
    sends: bool = False


_SCREEN: Mapping[str, Text] = {
    "none": "Answer the safety questions before the first capsule.",
    "old": "Your answers to the safety questions are too old now. Answer them again.",
    "not agreed": "The safety questions said: clinician first. No capsules until a clinician has "
    "agreed.",
    "unfit": "The safety questions did not say go. No capsules. When things have changed, answer "
    "them again.",
}


def card_of(step: Step, *, trial: Trial) -> Card:
    """Return what a step asks for, and the button that leads there."""
    return _CARDS[step.id](step, trial)


def _advice(step: Step, trial: Trial) -> Card:
    del step, trial
    return Card(say("Read what your plan says about how you feel."), say("Read it"), "#advice")


def _record(step: Step, trial: Trial) -> Card:
    del step, trial
    text = say("Write this down in your record, so that it counts.")
    return Card(text, say("Put this on record"), reverse("advice_record"), sends=True)


def _screen(step: Step, trial: Trial) -> Card:
    del trial
    return Card(
        say(_SCREEN[step.because]),
        say("Answer the safety questions"),
        reverse("trial_screening"),
    )


def _fix_dose(step: Step, trial: Trial) -> Card:
    del trial
    if step.mg is None:
        return Card(
            say(
                "No dose counts as tolerated yet. That takes {nights} nights on which you took it "
                "and answered, without a stop since. Fill in what is missing.",
                nights=rules()["tolerated"].count,
            ),
            say("What is missing"),
            reverse("nights"),
        )
    text = say("Fix the dose. You tolerated up to {mg:g} mg a night.", mg=step.mg)
    return Card(text, say("Fix the dose"), reverse("fix_dose"))


def _randomise(step: Step, trial: Trial) -> Card:
    if step.when == "waiting":
        return Card(say("After that, the order of treatments is drawn."))
    return _of(DRAWING[trial.protocol.blinding])


def _packs(step: Step, trial: Trial) -> Card:
    more = ""
    if step.until:
        more = say("The first possible one is {day}.", day=night_words(step.until))
    return _of(PACKS[trial.protocol.blinding], more)


def _packs_again(step: Step, trial: Trial) -> Card:
    del step, trial
    return _of(PACKS_AGAIN)


def _pause(step: Step, trial: Trial) -> Card:
    del trial
    text = say(
        "The night of {night} should have been the first of period 1, and the order was not "
        "drawn. Pause the trial from there.",
        night=step.night,
    )
    return Card(text, say("Pause the trial"), reverse("pause"))


def _begin(step: Step, trial: Trial) -> Card:
    night = night_words(step.until or trial.start)
    return Card(say("The first night is {night}. Until then, nothing is due.", night=night))


def _wait(step: Step, trial: Trial) -> Card:
    return Card(wait_words(step, trial, written=night_words))


def _resume(step: Step, trial: Trial) -> Card:
    del step, trial
    text = say("The trial is paused. It waits until you are ready.")
    return Card(text, say("Go on with the trial"), reverse("resume"))


def _last_night(step: Step, trial: Trial) -> Card:
    if step.when == "done":
        return _told(step, trial)
    night = "" if step.night is None else night_words(step.night)
    text = say("How was last night, {night}? It takes about a minute.", night=night)
    if step.when == "any time":
        text = say("You may go on answering about last night, {night}.", night=night)
    if step.late:
        text += f" {say('It will be marked late.')}"
    return Card(text, say("Answer about last night"), _night("morning", step))


def _told(step: Step, trial: Trial) -> Card:
    night = "" if step.night is None else night_words(step.night)
    if step.because == "skipped":
        text = say("You skipped the report on last night, {night}. That is fine.", night=night)
        return Card(text, say("Answer it after all"), _night("morning", step))
    if step.because == "partly":
        text = say(
            "Last night, {night}: {told}. That is fine.", night=night, told=told_words(step, trial)
        )
        return Card(text, say("Add more"), _night("morning", step))
    text = say("You answered about last night, {night}.", night=night)
    return Card(text, say("Look at it or correct it"), _night("night", step))


def _dose(step: Step, trial: Trial) -> Card:
    if step.when == "done":
        text = say("This evening's capsules are written down.")
        return Card(text, say("Look at it or correct it"), _night("night", step))
    if step.when == "waiting":
        return Card(say("No capsules until the safety questions are settled."))
    text = say("Your registered plan says: {text}", text=dose_words(step)) + "."
    text = " ".join([text, *not_before(step, trial)])
    if step.when != "now":
        return Card(text)
    return Card(text, say("Write down your capsules"), _night("evening", step))


def _no_capsules(step: Step, trial: Trial) -> Card:
    del trial
    text = say("No capsules tonight. Write that down too.")
    if step.until is not None:
        more = say(
            "After what changed, there are none until {night}.", night=night_words(step.until)
        )
        text = f"{text} {more}"
    elif step.because == "changed":
        text = f"{text} {say('Something changed: a clinician has to agree first.')}"
    if step.when != "now":
        return Card(text)
    return Card(text, say("Write down that you took none"), _night("evening", step))


def _treatment(step: Step, trial: Trial) -> Card:
    del trial
    return Card(say("Tonight: what your trial has for period {period}.", period=step.pack))


def _evening_answers(step: Step, trial: Trial) -> Card:
    del trial
    if step.when == "done":
        return Card(say("You answered about this evening."))
    text = say("How was today?")
    if step.when != "now":
        return Card(text)
    return Card(text, say("Answer about this evening"), _night("evening", step))


def _morning(step: Step, trial: Trial) -> Card:
    once = any(o.schedule == "period" and o.id in step.items for o in trial.protocol.outcomes)
    text = say("Tomorrow morning, answer about the night. It takes about a minute.")
    return Card(f"{text} {say('A period ends, so there is a bit more.')}" if once else text)


def _guess(step: Step, trial: Trial) -> Card:
    del trial
    text = say("Period {period} is over. Which treatment do you think it was?", period=step.period)
    address = reverse("guess", kwargs={"period": step.period})
    return Card(text, say("My guess about period {period}", period=step.period), address)


def _last_guess(step: Step, trial: Trial) -> Card:
    del step, trial
    text = say("Your trial is over. Before it is opened: what do you think it shows?")
    return Card(text, say("My last guess"), reverse("last_guess"))


def _unblind(step: Step, trial: Trial) -> Card:
    del step
    return _of(OPENING[trial.protocol.blinding])


def _verdict(step: Step, trial: Trial) -> Card:
    if step.earliest is not None:
        time = local_words(step.earliest, trial)
        return Card(say("What the trial shows can be seen from {time} on.", time=time))
    if step.when == "waiting":
        return Card(say("After that you see what the trial shows."))
    return Card(say("See what the trial shows."), say("See the result"), reverse("verdict"))


def _no_verdict(step: Step, trial: Trial) -> Card:
    del step, trial
    return Card(say("The order of treatments was never drawn, so there is nothing to compare."))


def _change(step: Step, trial: Trial) -> Card:
    del step, trial
    return Card(
        say("A new medicine, an illness, a pregnancy, an operation, a blood result?"),
        say("Something about my health or medicines changed"),
        reverse("changed"),
    )


def _signs(step: Step, trial: Trial) -> Card:
    del step, trial
    text = say("If one of them is happening now, call your local emergency number first.")
    return Card(text, say("Warning signs"), reverse("signs"))


def _of(step: WayStep, more: str = "") -> Card:
    """Return a step as its way of blinding takes it, ``more`` at the end of its sentences."""
    text = " ".join(filter(None, [say(step.text), more]))
    return Card(text, say(step.button), reverse(step.page) if step.page else "")


def _night(name: str, step: Step) -> str:
    return reverse(name, kwargs={"night": step.night})


_CARDS: Mapping[str, Callable[[Step, Trial], Card]] = {
    "advice": _advice,
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
    "morning": _morning,
    "dose": _dose,
    "no_capsules": _no_capsules,
    "treatment": _treatment,
    "evening_answers": _evening_answers,
    "guess": _guess,
    "last_guess": _last_guess,
    "unblind": _unblind,
    "verdict": _verdict,
    "no_verdict": _no_verdict,
    "change": _change,
    "signs": _signs,
}
