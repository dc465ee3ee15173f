"""The steps of making packs alone, in plain words: what, with what, why, and what if not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ekbom.language import Text, say
from ekbom.protocol.model import Protocol
from ekbom.protocol.periods import period_count
from ekbom.report.lines import wrapped
from ekbom.safety.fill import fill
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of
from ekbom.trial.packing import Move, done_so_far, moves_of, next_move, packing_steps

ALL_DONE: Text = "All packs are made and ready. Capsules begin on the first evening from now on."
_LOST: Text = (
    "If a pack is lost or spilled before its first night, make both packs of its pair again: open "
    "them, fill them anew with the same slips, and shuffle them anew. Say so with the number of "
    "the pair."
)


def packing_lines(trial: Trial) -> Iterator[str]:
    """Yield how far the making is, the step that comes next, and how to say that it is done."""
    everything, due = moves_of(trial), next_move(trial)
    if due is None:
        yield from wrapped(say(ALL_DONE))
        return
    done = len(done_so_far(trial))
    yield say("Step {n} of {all}.", n=done + 1, all=len(everything))
    yield ""
    yield from move_lines(due, trial=trial)
    yield ""
    yield from wrapped(say("When it is done: {command}", command=_done_command(due, trial)))
    if any(move.pair for move in done_so_far(trial)):
        yield from wrapped(say(_LOST))
        yield f"    ekbom packs {trial.place} --again {due.pair or 1}"


def procedure_lines(trial: Trial) -> Iterator[str]:
    """Yield every step once, the steps for a pair told for the first one."""
    for number, step in enumerate(packing_steps().values(), start=1):
        pair = 1 if step.each_pair else None
        if number > 1:
            yield ""
        yield from move_lines(Move(step.id, pair), trial=trial, number=number)


def move_lines(move: Move, *, trial: Trial, number: int | None = None) -> Iterator[str]:
    """Yield a step in lines: its title, materials, what to do, why, and what if it went wrong."""
    said = said_step(move, protocol=trial.protocol, capsules=_a_night(trial))
    yield said["title"].upper() if number is None else f"{number}. {said['title']}"
    for material in said["materials"]:
        yield from wrapped(material, indent="    ", first="  - ")
    yield from wrapped(said["do"])
    yield from wrapped(say("Why: {why}", why=said["why"]))
    yield from wrapped(say("If it goes wrong: {wrong}", wrong=said["wrong"]))


def said_step(move: Move, *, protocol: Protocol, capsules: int) -> Mapping[str, Any]:
    """Return the texts of a step in the reader's language, with ``capsules`` a night."""
    step = packing_steps()[move.step]
    values = _values(protocol, capsules, move.pair)
    texts = {name: say(getattr(step, name), **values) for name in ("title", "do", "why", "wrong")}
    return {**texts, "materials": tuple(say(text, **values) for text in step.materials)}


def _values(protocol: Protocol, capsules: int, pair: int | None) -> dict[str, object]:
    packs, found = period_count(protocol.design), None
    if protocol.dose is not None:
        found = fill(design=protocol.design, dose=protocol.dose, a_night=capsules, opened=0)
    return {
        "treatment": say(protocol.treatment.label),
        "reference": say(protocol.reference.label),
        "packs": packs,
        "pairs": packs // 2,
        "capsules": 0 if found is None else found.planned + found.spare,
        "proof": 0 if found is None else found.proof,
        "pair": pair or 0,
        "first": 2 * (pair or 0) - 1,
        "second": 2 * (pair or 0),
    }


def _a_night(trial: Trial) -> int:
    """Return the capsules of one night: those that were fixed, or one for each step of the dose."""
    fixed = last_of(trial.events, "dose fixed")
    mg = trial.fixed_dose()
    ladder = trial.protocol.dose.ladder if trial.protocol.dose else ()
    planned = ladder.index(mg) + 1 if mg in ladder else 1
    return planned if fixed is None else int(fixed.detail.get("capsules") or planned)


def _done_command(move: Move, trial: Trial) -> str:
    step = f"'{move.step}'" if " " in move.step else move.step
    pair = "" if move.pair is None else f" --pair {move.pair}"
    return f"ekbom packs {trial.place} --done {step}{pair}"
