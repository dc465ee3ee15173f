"""Instruction sheets: how packs are made, for a helper or a clinic, and for one person alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from ekbom.language import Text, say
from ekbom.problem import RefusedError
from ekbom.protocol.periods import period_count
from ekbom.report.packing_words import said_step
from ekbom.report.paper.labels import capsules_a_night
from ekbom.report.paper.setting import Document
from ekbom.report.paper.sheet import Block, boxes, bullets, heading, paragraph, sheet, steps, ticks
from ekbom.trial.folder import Trial
from ekbom.trial.packing import Move, PackingStep, packing_steps

_BEFORE: tuple[Text, ...] = (
    "the shopping list, and all that stands on it",
    "the labels, printed and cut",
    "your own phone or computer, and a printer that nobody else looks at",
    "a passphrase of your own that the person does not know",
    "an hour or two without the person in the room",
)
_SHELL: tuple[Text, ...] = (
    "Draw and seal the order on your own device: ekbom seal DIR. Choose the passphrase yourself.",
    "Write the recovery code on paper. Keep it where the person does not come.",
    "Write the packing list and the emergency papers on your own device: ekbom unseal DIR --print "
    "FOLDER. Print both.",
)
_WEB: tuple[Text, ...] = (
    "Draw and seal the order on the helper's page. Choose the passphrase yourself.",
    "Write the recovery code on paper. Keep it where the person does not come.",
    "Print the packing list and the emergency papers from the helper's page.",
)
"""The first steps, by where the order is kept."""

_MAKING: tuple[Text, ...] = (
    "Put all packs of one kind on the table, by the list. Fill them. Close them. Put them away.",
    "Clear and wipe the table. Only now take out the other kind, and fill those packs alike.",
    "Put the same number of capsules into every pack, of one size and one colour.",
    "Weigh the closed packs. Where two differ, add a piece of card inside until they weigh alike.",
    "Put the labels on. Read the list and the numbers aloud to yourself, once more from the top.",
    "Fold the emergency papers, one for each pack. Tape them. Tell the person where they lie.",
    "Shred what you wrote down by the way. Throw away left-over capsules where nobody finds them.",
    "Last step: delete the download from your device, and take the paper with you.",
)
_LATER: tuple[Text, ...] = (
    "Say nothing about any pack, whatever you are asked. A smile tells too.",
    "A pack is spilled or lost: fill nothing up from another pack. The person writes down in ekbom "
    "that something went otherwise than planned, and goes on.",
    "You are no longer sure what is in a pack: say that, and not what you think. Then both packs "
    "of that pair are made anew, before either is begun.",
    "You let something slip: tell the person that it happened, and nothing more. They put it on "
    "record. The trial has a rule for it.",
    "An emergency: first the capsules stop, then the doctor or the emergency service is called. "
    "The paper of the one pack comes after that. Nobody waits for it.",
    "The passphrase is lost: the recovery code opens the order.",
)

_FILLED: Text = (
    "Do you fill the capsules yourself? Fill those of one kind just before its packs. Begin with "
    "the other kind only when everything of the first is out of the room."
)
_TICKED: Text = "In the shell: ekbom packs DIR"


def instruction_sheet(*, trial: Trial, commands: bool = False) -> Document:
    """Return how the packs of a trial are made, by its way of blinding.

    With ``commands`` it names those of the shell, else pages.  Nothing in it hangs on the order.
    Raises RefusedError for an open trial.
    """
    match trial.protocol.blinding:
        case "helper" | "clinic":
            first = _SHELL if commands else _WEB
            return sheet(title=say("For the one who makes the packs"), blocks=_kept(first))
        case "alone":
            return sheet(
                title=say("Making the packs alone"), blocks=_alone(trial, commands=commands)
            )
        case _:
            raise RefusedError("This trial is open: its packs need no instructions.")


def _kept(first: tuple[Text, ...]) -> Iterator[Block]:
    yield paragraph(
        say(
            "You know what is in each pack, and the person who takes the capsules must not. That "
            "is the whole of your part, and the trial stands on it."
        )
    )
    yield heading(say("Before you begin"))
    yield boxes(map(say, _BEFORE))
    yield heading(say("Making the packs"))
    yield steps(map(say, (*first, *_MAKING)))
    yield heading(say("Afterwards"))
    yield bullets(map(say, _LATER))


def _alone(trial: Trial, *, commands: bool) -> Iterator[Block]:
    capsules = round(capsules_a_night(trial) or 0)
    found = [(step, _said(step, trial, capsules)) for step in packing_steps().values()]
    yield paragraph(
        say(
            "Do one step after the other and tick it off. You can stop after any step and go on "
            "another day. Tick each step off in ekbom too, which says what comes next."
        )
        + (f" {say(_TICKED)}" if commands else "")
    )
    yield heading(say("What you need"))
    before = itertools.takewhile(lambda pair: not pair[0].each_pair, found)
    yield boxes(dict.fromkeys(one for _, said in before for one in said["materials"]))
    yield paragraph(say(_FILLED))
    yield heading(say("The steps"))
    number = 0
    for each_pair, run in itertools.groupby(found, key=lambda one: one[0].each_pair):
        first = number + 1
        for number, (_, said) in enumerate(run, start=first):
            yield from _told(number, said)
            if not each_pair:
                yield ticks(say("Done:"), [""])
        if each_pair:
            yield ticks(_repeated(first, number), _pairs(trial))


def _told(number: int, said: Mapping[str, Any]) -> Iterator[Block]:
    yield heading(f"{number}. {said['title']}")
    yield paragraph(said["do"])
    yield paragraph(say("Why: {why}", why=said["why"]))
    yield paragraph(say("If it goes wrong: {wrong}", wrong=said["wrong"]))


def _pairs(trial: Trial) -> list[str]:
    return [str(pair) for pair in range(1, period_count(trial.protocol.design) // 2 + 1)]


def _said(step: PackingStep, trial: Trial, capsules: int) -> Mapping[str, Any]:
    """Return a step in words; one that is done for each pair is told for the first."""
    move = Move(step.id, 1 if step.each_pair else None)
    return said_step(move, protocol=trial.protocol, capsules=capsules)


def _repeated(first: int, last: int) -> str:
    """Say that steps are done for one pair after the other, all of them before the next pair."""
    if first == last:
        return say("Then the same with each other pair. Done with pair:")
    return say(
        "Then steps {first} to {last} with each other pair, one pair after the other. Done with "
        "pair:",
        first=first,
        last=last,
    )
