"""The slips of a trial that one person blinds alone: what lies in each pack, behind a code.

Which slip is in which pack is decided by a shuffle that no computer sees.  So slips.csv is no
secret of the order, and SHA-256 of the file, on record before the packs are made, shows that no
slip was exchanged later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ekbom.diary.table import Faults, Row, read_table
from ekbom.problem import InputError, Problem, errors
from ekbom.protocol.model import Protocol
from ekbom.protocol.periods import block_of, period_count
from ekbom.trial.codes import Secrets, draw_code, read_code
from ekbom.trial.files import csv_bytes
from ekbom.trial.folder import Trial
from ekbom.trial.place import SLIPS

SYMBOLS = 7
"""Random symbols of a code, before its check symbol: K7M4-Q2XB."""

_COLUMNS = ("code", "pair", "treatment")
_COPY = "Restore it from a copy"


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed on the paper in a pack's inner envelope: its code, pair and treatment."""

    code: str
    pair: int
    treatment: str


def draw_slips(*, protocol: Protocol, secrets: Secrets) -> tuple[Slip, ...]:
    """Return a slip of each treatment for each pair, all with codes of their own."""
    codes: list[str] = []
    count = period_count(protocol.design)
    while len(codes) < count:
        code = draw_code(symbols=SYMBOLS, secrets=secrets)
        codes += [] if code in codes else [code]
    kinds = (protocol.treatment.name, protocol.reference.name)
    return tuple(
        Slip(code, number // 2 + 1, kinds[number % 2]) for number, code in enumerate(codes)
    )


def slips_csv(slips: Sequence[Slip]) -> bytes:
    """Return slips.csv."""
    return csv_bytes([_COLUMNS, *((s.code, str(s.pair), s.treatment) for s in slips)])


def slips_commitment(data: bytes) -> str:
    """Return SHA-256 of slips.csv, as it is put on record before the packs are made."""
    return hashlib.sha256(data).hexdigest()


def read_slips(data: bytes, *, protocol: Protocol) -> tuple[tuple[Slip, ...], list[Problem]]:
    """Return the slips of a slips.csv, none where it cannot be used, and all that is wrong."""
    faults = Faults(SLIPS)
    slips: list[Slip] = []
    for row in read_table(data, faults=faults, required=_COLUMNS, optional=()):
        slip = _slip(row)
        slips += [] if slip is None else [slip]
    kinds = (protocol.treatment.name, protocol.reference.name)
    pairs = range(1, period_count(protocol.design) // 2 + 1)
    wanted = sorted((pair, kind) for pair in pairs for kind in kinds)
    whole = sorted((s.pair, s.treatment) for s in slips) == wanted
    if not errors(faults.found) and not (whole and len({s.code for s in slips}) == len(slips)):
        faults.add(None, "it has not one slip of each kind for each pair", _COPY)
    return (() if errors(faults.found) else tuple(slips)), faults.found


def _slip(row: Row) -> Slip | None:
    pair = row.whole("pair")
    try:
        code = read_code(row.text("code"), symbols=SYMBOLS)
    except InputError as error:
        row.fault(error.problems[0].what, _COPY)
        return None
    return None if pair is None else Slip(code, pair, row.text("treatment"))


def slips_problems(trial: Trial) -> list[Problem]:
    """Return what is wrong with the slips of a trial, and whether they are those on record."""
    data = trial.place.read(SLIPS)
    if data is None:
        return [Problem(SLIPS, None, "it is missing, though the slips were made", _COPY)]
    found = read_slips(data, protocol=trial.protocol)[1]
    if trial.commitment and slips_commitment(data) != trial.commitment:
        found.append(Problem(SLIPS, None, "it is not what was put on record", _COPY))
    return found


def slips_of(trial: Trial) -> tuple[Slip, ...]:
    """Return the slips of a trial; raises InputError where they are missing or were changed."""
    found = errors(slips_problems(trial))
    if found:
        raise InputError(found)
    return read_slips(trial.place.read(SLIPS) or b"", protocol=trial.protocol)[0]


def slip_typed(text: str, *, slips: Sequence[Slip], pack: int) -> Slip:
    """Return the slip whose code was typed for a pack; raises InputError if there is none."""
    name = f"pack {pack}"
    code = read_code(text, symbols=SYMBOLS, name=name)
    slip = next((s for s in slips if s.code == code), None)
    if slip is None:
        what = f"{code} is a code, but none of this trial's slips has it"
        do = "Look whether the slip belongs to another trial"
        raise InputError([Problem(name, None, what, do)])
    return slip


def other_slip(slip: Slip, *, slips: Sequence[Slip]) -> Slip:
    """Return the other slip of the same pair."""
    return next(s for s in slips if s.pair == slip.pair and s.code != slip.code)


def contradictions(
    found: Mapping[int, Slip], *, protocol: Protocol, as_found: bool = False
) -> list[Problem]:
    """Return all in which the slips of packs contradict each other, the packs by number.

    ``as_found``: a slip of another pair counts for what it says, as long as each pair of packs
    had one of each kind.
    """
    faults: list[tuple[int, str, str]] = []
    for pack, slip in sorted(found.items()):
        faults += _twice(pack, slip, found)
        if not as_found:
            faults += _astray(pack, slip, protocol)
    if not faults:
        faults = _alike(found)
    return [Problem(f"pack {pack}", None, what, do) for pack, what, do in faults]


def _twice(pack: int, slip: Slip, found: Mapping[int, Slip]) -> list[tuple[int, str, str]]:
    before = [p for p, s in found.items() if s.code == slip.code and p < pack]
    what = "its code was read for another pack too"
    do = "Every slip has a code of its own. Read both packs again"
    return [(pack, f"{what}, pack {other}", do) for other in before]


def _astray(pack: int, slip: Slip, protocol: Protocol) -> list[tuple[int, str, str]]:
    pair = block_of(protocol.design, pack)
    if slip.pair == pair:
        return []
    what = f"its slip belongs to pair {slip.pair}, and the pack to pair {pair}"
    do = (
        "Look at the number on the pack and at the code again. If both are right, a slip or a "
        "pack came into another pair when the packs were made. Read all packs, and add --as-found"
    )
    return [(pack, what, do)]


def _alike(found: Mapping[int, Slip]) -> list[tuple[int, str, str]]:
    """Return the pairs of packs that held the same kind twice, which no shuffle of a pair can."""
    faults = []
    for pack in sorted(found):
        if pack % 2 == 0 and pack - 1 in found:
            one, two = found[pack - 1], found[pack]
            if one.treatment == two.treatment:
                what = f"its slip says the same as that of pack {pack - 1}: {one.treatment}"
                do = (
                    "A pair of packs has one of each kind. Read both again, and compare the "
                    "capsules in their envelopes. If it is so, this order was not drawn by the "
                    "plan, and the trial can have no verdict"
                )
                faults.append((pack, what, do))
    return faults
