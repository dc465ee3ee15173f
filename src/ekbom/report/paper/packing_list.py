"""What the keeper of the order is given: which capsules go into which pack, and emergency papers.

All of it tells the order: it is made only for who may know it, and shown nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from ekbom.guide.break_glass import emergency_advice
from ekbom.language import say
from ekbom.protocol.model import Protocol
from ekbom.report.break_glass_words import line_words
from ekbom.report.paper.camouflage import cover_letters, word_of
from ekbom.report.paper.setting import Document
from ekbom.report.paper.sheet import heading, paragraph, sheet, steps, table
from ekbom.trial.folder import Trial
from ekbom.trial.printed import trial_mark

_COVER = 2400


def keeper_papers(*, trial: Trial, treatments: Sequence[str]) -> dict[str, Document]:
    """Return the packing list and the emergency papers by the names that their files have.

    The names are the same for every order; ``treatments`` names the treatment of each period.
    """
    return {
        "packing-list.pdf": packing_list(trial=trial, treatments=treatments),
        "emergency-papers.pdf": emergency_papers(trial=trial, treatments=treatments),
    }


def packing_list(*, trial: Trial, treatments: Sequence[str]) -> Document:
    """Return the list of what goes into each pack, for the helper or the clinic alone.

    ``treatments`` names the treatment of each period.  The page looks the same for every order,
    but for the words themselves.
    """
    words = _words(trial.protocol)
    rows = [(str(pack), words[name], "") for pack, name in enumerate(treatments, start=1)]
    heads = (say("Pack"), say("What goes into it"), say("Filled and checked"))
    blocks = [
        paragraph(say("The person who takes the capsules must not see this page.")),
        paragraph(say("Trial: {mark}", mark=trial_mark(trial))),
        table(heads=heads, rows=rows, widths=(22, 100, 44)),
        heading(say("How to go on")),
        steps(_steps()),
    ]
    return sheet(title=say("Packing list"), blocks=blocks)


def emergency_papers(*, trial: Trial, treatments: Sequence[str]) -> Document:
    """Return one paper for each pack that says what is in it, to be folded, taped and kept.

    ``treatments`` names the treatment of each period.
    """
    words = _words(trial.protocol)
    data = {
        "pack": say("Pack"),
        "mark": trial_mark(trial),
        "words": list(words.values()),
        "warning": say("Emergency paper. Open only in an emergency."),
        "first": [line_words(line) for line in emergency_advice(trial.protocol)],
        "staff": say("Staff number:") if trial.protocol.blinding == "clinic" else "",
        "fold": say(
            "Fold the lowest part up over the middle one, print on print. Then fold this part to "
            "the back. Tape it shut on all sides."
        ),
        "cover": cover_letters(_COVER),
        "papers": [
            {"pack": pack, "word": words[name], "amount": _amount(trial, name)}
            for pack, name in enumerate(treatments, start=1)
        ],
    }
    return Document("emergency", say("Emergency papers"), data)


def _words(protocol: Protocol) -> dict[str, str]:
    return {kind.name: word_of(kind) for kind in protocol.treatments}


def _amount(trial: Trial, name: str) -> str:
    fixed = trial.fixed_dose()
    if trial.protocol.dose is None or fixed is None:
        return ""
    mg = fixed if name == trial.protocol.treatment.name else 0.0
    return say("{mg:g} mg of elemental magnesium a night", mg=mg)


def _steps() -> list[str]:
    return [
        say("Fill the packs one kind at a time. Clear the table in between."),
        say("Put as many capsules into each pack as the shopping list says, in all the same."),
        say("Put a label on each pack. Check each number against this list a second time."),
        say("Fold and tape one emergency paper for each pack. Keep them where you can find them."),
        say("Give the packs to the person all at once, or one at a time by their numbers."),
        say("Say nothing about the order, also not by your face. Do not be there at the guesses."),
        say("Last step: delete the download from this device, and take the paper with you."),
    ]
