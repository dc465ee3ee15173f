"""Reading the slips when a trial is over, and opening the order with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from ekbom.problem import InputError, RefusedError
from ekbom.protocol.periods import period_count
from ekbom.trial.additions import append_event
from ekbom.trial.allocation import allocation_csv
from ekbom.trial.by_hand import (
    LOST,
    READ,
    codes_read,
    is_read,
    reached,
    slips_found,
    treatments_of,
    unread,
)
from ekbom.trial.ending import is_over, opened_from
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.happened import last_of
from ekbom.trial.log import write_changes, writing
from ekbom.trial.place import ALLOCATION
from ekbom.trial.randomise import Drawn
from ekbom.trial.slips import Slip, contradictions, slip_typed, slips_of

How = Literal["typed", "scanned"]


def read_slips(
    *,
    path: Path,
    codes: Mapping[int, str],
    now: datetime,
    lost: Collection[int] = (),
    how: How = "typed",
    as_found: bool = False,
    correct: bool = False,
    without_guess: bool = False,
) -> Trial:
    """Write down slips that were read, in a folder, and open the order once all are known.

    Takes and refuses what `add_readings` does; where it refuses, nothing is written.
    """
    with writing(path, now=now) as trial:
        after = add_readings(
            trial,
            codes=codes,
            lost=lost,
            how=how,
            now=now,
            as_found=as_found,
            correct=correct,
            without_guess=without_guess,
        )
        drawn = opened_with(after, now=now)
        write_changes(trial, drawn.trial, drawn.kept)
        return open_trial(path, now=now)


def add_readings(
    trial: Trial,
    *,
    codes: Mapping[int, str],
    now: datetime,
    lost: Collection[int] = (),
    how: How = "typed",
    as_found: bool = False,
    correct: bool = False,
    without_guess: bool = False,
) -> Trial:
    """Return the trial with the slips of some packs read.

    Parameters
    ----------
    trial
        A trial that is over.
    codes
        What was read, by the number of the pack.
    now
        The present, aware.
    lost
        Packs whose slips are lost; each follows from the other slip of its pair.
    how
        How the codes came in.
    as_found
        Slips of other pairs count for what they say.
    correct
        What was read before may be replaced.
    without_guess
        The last guess was not made, and will not be.

    Raises
    ------
    RefusedError
        Before the trial is over, before the last guess, and where the order is open already.
    InputError
        With every contradiction: then nothing was read.
    """
    _refuse_if_not_due(trial, now, without_guess=without_guess)
    _refuse_packs(trial, {*codes, *lost})
    slips = slips_of(trial)
    typed = {pack: slip_typed(text, slips=slips, pack=pack) for pack, text in codes.items()}
    _refuse_replaced(trial, typed, lost, correct=correct)
    whole = {pack: s for pack, s in {**slips_found(trial), **typed}.items() if pack not in lost}
    found = contradictions(whole, protocol=trial.protocol, as_found=as_found)
    if found:
        raise InputError(found)
    before = codes_read(trial)
    for pack, slip in sorted(typed.items()):
        if before.get(pack) != slip.code:
            trial = _with_reading(trial, pack, slip.code, how, now)
    for pack in sorted(set(lost) - {p for p, code in before.items() if not code}):
        trial = _with_reading(trial, pack, "", LOST, now)
    _refuse_lost_pair(trial)
    return _with_deviation(trial, whole, now) if as_found else trial


def opened_with(trial: Trial, *, now: datetime) -> Drawn:
    """Return the trial, opened if every slip that it needs is known, and allocation.csv if so."""
    if unread(trial):
        return Drawn(trial, {})
    if last_of(trial.events, "unblinding") is None:
        detail = {"night": opened_from(trial, now=now)}
        trial = append_event(trial, kind="unblinding", detail=detail, now=now)
    treatments = treatments_of(slips_found(trial), protocol=trial.protocol)
    return Drawn(trial, {ALLOCATION: allocation_csv(trial, treatments)})


def _with_reading(trial: Trial, pack: int, code: str, how: str, now: datetime) -> Trial:
    detail = {"pack": pack, "code": code, "how": how}
    return append_event(trial, kind=READ, detail=detail, now=now)


def _with_deviation(trial: Trial, found: Mapping[int, Slip], now: datetime) -> Trial:
    strayed = [str(pack) for pack, slip in sorted(found.items()) if slip.pair != (pack + 1) // 2]
    if not strayed:
        return trial
    note = f"slips of another pair were found in packs {', '.join(strayed)}"
    return append_event(trial, kind="deviation", detail={"note": note}, now=now)


def _refuse_if_not_due(trial: Trial, now: datetime, *, without_guess: bool) -> None:
    if trial.protocol.blinding != "alone" or trial.protocol.imported:
        raise RefusedError("Only a trial that one person blinds alone has slips to read.")
    if last_of(trial.events, "randomised") is None:
        raise RefusedError(f"The slips are not made yet. Run: ekbom slips make {trial.place}")
    if not is_over(trial=trial, now=now):
        raise RefusedError(
            "The trial is still running. Reading a slip now breaks the blind, and that cannot be "
            "undone. If an envelope came open, put that on record instead: "
            f"ekbom log {trial.place} --event incident night={trial.clock.night_of(now)}"
        )
    if is_read(trial):
        raise RefusedError("The slips are read already, and the order is open. Nothing changed.")
    if not reached(trial):
        raise RefusedError("The trial ended before the first pack, so there is no slip to read.")
    if not without_guess and last_of(trial.events, "last guess") is None:
        raise RefusedError(
            "First say what you think it was: after the slips are read, no guess means anything. "
            f"Run: ekbom log {trial.place} --event 'last guess' opinion=helps. If you do not want "
            "to guess, add --without-guess."
        )


def _refuse_packs(trial: Trial, packs: Collection[int]) -> None:
    most = period_count(trial.protocol.design)
    strange = sorted(pack for pack in packs if not 1 <= pack <= most)
    if strange:
        raise RefusedError(f"There is no pack {strange[0]}; the packs are numbered 1 to {most}.")


def _refuse_replaced(
    trial: Trial, typed: Mapping[int, Slip], lost: Collection[int], *, correct: bool
) -> None:
    before = codes_read(trial)
    new = {**{pack: slip.code for pack, slip in typed.items()}, **dict.fromkeys(lost, "")}
    changed = sorted(pack for pack in new.keys() & before.keys() if before[pack] != new[pack])
    if changed and not correct:
        raise RefusedError(
            f"Pack {changed[0]} was read before, with another code. Look at its slip once more. If "
            "what is on record is wrong, add --correct; the earlier reading stays on record."
        )


def _refuse_lost_pair(trial: Trial) -> None:
    lost = {pack for pack, code in codes_read(trial).items() if not code}
    both = sorted(pack for pack in lost if pack % 2 and pack + 1 in lost)
    if both:
        raise RefusedError(
            f"Both slips of pair {(both[0] + 1) // 2} are lost, so nobody can tell what its packs "
            "held. Look for them once more, in every pack. Without one of them there is no verdict."
        )
