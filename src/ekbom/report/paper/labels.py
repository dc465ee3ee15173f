"""Labels for the outside of packs: a large number, and nothing that hangs on what is inside."""

from __future__ import annotations

from ekbom.language import say, say_n
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.protocol.periods import period_count
from ekbom.report.paper.setting import Document
from ekbom.report.paper.square_code import square_codes
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.trial.printed import pack_text, trial_mark

_LONGEST = 40


def label_sheet(*, trial: Trial, name: str = "") -> Document:
    """Return one label for each pack; ``name`` is what the person calls the trial.

    They are the same for every order of treatments: the number is the period's.  Raises
    RefusedError before the dose is fixed, InputError for a name that fits no label.
    """
    if len(name) > _LONGEST:
        what = f"{len(name)} signs do not fit on a label"
        raise InputError([Problem("the name", None, what, f"Use at most {_LONGEST}")])
    packs = range(1, period_count(trial.protocol.design) + 1)
    mark = trial_mark(trial)
    codes = square_codes([pack_text(mark=mark, pack=pack) for pack in packs])
    data = {
        "cut": say("Cut along the lines. Put one label on the outside of each pack."),
        "name": name.strip() or say("Trial"),
        "mark": mark,
        "pack": say("Pack"),
        "of": say("of {packs}", packs=len(packs)),
        "nightly": _nightly(trial),
        "opened": say("Opened on:"),
        "keep": say("Keep away from children."),
        "labels": [
            {"pack": pack, "svg": svg, "alt": say("Square code of pack {pack}", pack=pack)}
            for pack, svg in zip(packs, codes, strict=True)
        ],
    }
    return Document("labels", say("Labels for the packs"), data)


def capsules_a_night(trial: Trial) -> float | None:
    """Return how many capsules a night there are, ``None`` for a trial without doses.

    Raises RefusedError where it is not on record.
    """
    if trial.protocol.dose is None:
        return None
    fixed = last_of(trial.events, "dose fixed")
    capsules = fixed.detail.get("capsules") if fixed else None
    if capsules is None:
        raise RefusedError(
            "It is not on record how many capsules a night there are, so it cannot be printed. "
            f"When the dose is known: ekbom log {trial.place} --event 'dose fixed' mg=200 "
            "capsules=2"
        )
    return float(capsules)


def _nightly(trial: Trial) -> str:
    capsules = capsules_a_night(trial)
    if capsules is None:
        return ""
    return say_n(
        "{count:g} capsule a night",
        "{count:g} capsules a night",
        1 if capsules == 1 else 2,
        count=capsules,
    )
