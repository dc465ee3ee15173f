"""What must be bought and filled for a trial: capsules, powder, filler, and whether it lasts.

Arithmetic with published figures and with estimates that are named as such; never a reason to take
a dose.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources

from ekbom.evidence.facts import salts
from ekbom.problem import InputError, Problem, RefusedError
from ekbom.protocol.doses import Interval, compound
from ekbom.protocol.model import Dose, Protocol
from ekbom.safety.fill import Fill, fill
from ekbom.trial.folder import Trial
from ekbom.trial.happened import last_of

LOSS_SHARE = 0.15
"""Powder to spare, as a share of what the capsules take: some is lost (our choice)."""

_NO_DOSE = "Only a trial with doses, in pairs of packs, has a list of what to buy."
_ROUNDING = 1e-9
_WRITTEN_MG = 0.05
"""How far a step of a ladder can be from what its product makes of it."""


@dataclass(frozen=True, slots=True)
class Powder:
    """How heavy a loose powder is, from ``low`` to ``high`` g to one ml, and where that is from.

    ``ours`` marks an estimate of our own.
    """

    id: str
    low: float
    high: float
    ours: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapsuleFill:
    """What one magnesium capsule holds, and how many a night that makes.

    ``size`` is what sellers call it and ``ml`` its room; ``needed`` says how many capsules a night
    would hold the dose at the heaviest and at the lightest powder; ``a_night`` is what is planned,
    ``grams`` what one capsule then holds of the compound, and ``filler`` of cellulose on top.
    """

    size: str
    ml: float
    mg: float
    needed: tuple[int, int]
    a_night: int
    grams: Interval
    filler: Interval
    placebo: Interval

    @property
    def surely(self) -> bool:
        """Return whether the planned capsules hold the dose however light the powder is."""
        return self.needed[1] <= self.a_night


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopping:
    """What a whole trial takes: capsules of both kinds, and grams of powder and filler.

    ``fill`` divides the capsules.  ``grams`` and ``filler`` include what is lost in filling.
    """

    capsule: CapsuleFill
    fill: Fill
    magnesium: int
    placebo: int
    grams: Interval
    filler: Interval

    @property
    def shells(self) -> int:
        """Return how many empty capsules are needed, of one size and colour."""
        return self.magnesium + self.placebo


@dataclass(frozen=True, slots=True)
class _Table:
    """What stands in preparation.toml."""

    ml: Mapping[str, float]
    source: str
    powders: Mapping[str, Powder]


@functools.cache
def _table() -> _Table:
    data = tomllib.loads(
        resources.files(__package__).joinpath("preparation.toml").read_text("utf-8")
    )
    powders = {one["id"]: Powder(**one) for one in data["powder"]}
    return _Table(data["sizes"]["ml"], data["sizes"]["source"], powders)


def sizes() -> Mapping[str, float]:
    """Return the room of each size of capsule in ml, the largest first."""
    return _table().ml


def sizes_source() -> str:
    """Return where the sizes come from."""
    return _table().source


def powder(name: str) -> Powder:
    """Return what is known of a powder: ``citrate`` or ``cellulose``."""
    return _table().powders[name]


def whole_counts(dose: Dose) -> tuple[int, ...]:
    """Return how many capsules a night make every step of the ladder a whole number of them."""
    counts = range(1, dose.max_capsules + 1)
    return tuple(n for n in counts if all(_is_step(mg, n, max(dose.ladder)) for mg in dose.ladder))


def fill_capsule(
    *, dose: Dose, mg: float, size: str, salt: str | None = None, a_night: int | None = None
) -> CapsuleFill:
    """Return how capsules of a size hold ``mg`` elemental a night of a citrate powder.

    ``a_night`` is the number already decided; without it, the fewest that surely hold it and make
    every step of the ladder whole.  Raises InputError for a size or a salt that is not known,
    RefusedError where it cannot be done with what the plan allows, saying what could.
    """
    _refuse_unknown(size, salt)
    grams = compound(mg, salt=salt or "citrate") * 1e-3
    room, light = sizes()[size], powder("citrate")
    needed = _capsules(grams.low / light.high, room), _capsules(grams.high / light.low, room)
    count = a_night or _fewest(dose, needed[1], size)
    each = grams * (1 / count)
    if needed[0] > count:
        raise RefusedError(
            f"{count} capsules of size {size} surely do not hold {mg:g} mg a night: they would "
            f"have to be {needed[0]} to {needed[1]}. Take a larger size."
        )
    return CapsuleFill(
        size=size,
        ml=room,
        mg=mg,
        needed=needed,
        a_night=count,
        grams=each,
        filler=_top_up(each, room),
        placebo=_cellulose(room),
    )


def shop(*, protocol: Protocol, capsule: CapsuleFill, opened: bool = True) -> Shopping:
    """Return what a protocol takes in all, for capsules filled so.

    ``opened`` counts the capsules of the open steps too; without it they were taken already.
    Raises RefusedError for a protocol without a dose, or not of pairs.
    """
    filled = fill_of(protocol=protocol, mg=capsule.mg, a_night=capsule.a_night, opened=opened)
    placebo = filled.packs // 2 * filled.pack
    magnesium = filled.opened + placebo
    share = 1 + LOSS_SHARE
    return Shopping(
        capsule=capsule,
        fill=filled,
        magnesium=magnesium,
        placebo=placebo,
        grams=capsule.grams * (magnesium * share),
        filler=(capsule.filler * magnesium + capsule.placebo * placebo) * share,
    )


@dataclass(frozen=True, slots=True)
class Needs:
    """What one trial still takes; ``shopping`` only where a size of capsule was named."""

    a_night: int
    fill: Fill
    shopping: Shopping | None


def needs_of(*, trial: Trial, size: str | None, salt: str | None, a_night: int | None) -> Needs:
    """Return what a trial takes, at the fixed dose if there is one, else at its highest step.

    ``a_night`` counts only until the dose is fixed.  Once it is, the open capsules were taken.
    Raises RefusedError where the number of capsules a night is not known or not whole.
    """
    protocol = trial.protocol
    if protocol.dose is None:
        raise RefusedError(_NO_DOSE)
    fixed = last_of(trial.events, "dose fixed")
    mg = max(protocol.dose.ladder) if fixed is None else float(fixed.detail["mg"])
    count = a_night if fixed is None else _whole(fixed.detail.get("capsules"))
    if fixed is None and count is not None:
        _refuse_uneven(protocol.dose, count)
    shopping = None
    if size is not None:
        capsule = fill_capsule(dose=protocol.dose, mg=mg, size=size, salt=salt, a_night=count)
        shopping = shop(protocol=protocol, capsule=capsule, opened=fixed is None)
        count = capsule.a_night
    if count is None:
        raise RefusedError(
            "It is not known how many capsules a night there are. Give the size of the capsules "
            "that you fill, as in --size 00, or the number of those that you bought: --capsules 2"
        )
    filled = fill_of(protocol=protocol, mg=mg, a_night=count, opened=fixed is None)
    return Needs(count, filled, shopping)


def fill_of(*, protocol: Protocol, mg: float, a_night: int, opened: bool) -> Fill:
    """Return how the capsules of a protocol are divided, at ``a_night`` of them for ``mg``.

    Raises RefusedError for a protocol without a dose, or whose packs do not come in pairs.
    """
    if protocol.dose is None or protocol.design.kind not in ("pairs", "counterbalanced"):
        raise RefusedError(_NO_DOSE)
    steps = protocol.phases.titration if opened else ()
    taken = sum(s.nights * math.ceil(a_night * min(s.mg / mg, 1.0) - _ROUNDING) for s in steps)
    return fill(design=protocol.design, dose=protocol.dose, a_night=a_night, opened=taken)


def _refuse_uneven(dose: Dose, count: int) -> None:
    if count not in whole_counts(dose):
        raise RefusedError(
            f"At {count} capsules a night not every step of the plan is a whole number of capsules "
            f"within what it allows. It would be with: {_listed(whole_counts(dose))}."
        )


def _whole(capsules: float | None) -> int | None:
    if capsules is not None and not _is_whole(capsules):
        raise RefusedError(
            f"The dose on record is {capsules:g} capsules a night. Packs hold whole capsules only."
        )
    return None if capsules is None else round(capsules)


def _refuse_unknown(size: str, salt: str | None) -> None:
    if size not in sizes():
        do = f"Use one of: {', '.join(sizes())}"
        raise InputError([Problem("the size", None, f"there is no capsule size {size!r}", do)])
    known = salts().values()
    citrates = ["citrate", *(s.id for s in known if s.kind == "citrate")]
    if salt is not None and salt not in citrates:
        what = f"{salt!r} is no citrate that is known here"
        do = f"Use one of: {', '.join(citrates)}"
        raise InputError([Problem("the salt", None, what, do)])


def _fewest(dose: Dose, needed: int, size: str) -> int:
    found = [count for count in whole_counts(dose) if count >= needed]
    if not found:
        raise RefusedError(
            f"It would take up to {needed} capsules of size {size} a night, and the plan allows "
            f"{_listed(whole_counts(dose))}, so that every step is a whole number of capsules. "
            "So this powder cannot be blinded this way. A larger size, a citrate with more "
            "magnesium in it, or a plan with a smaller highest step would change that."
        )
    return found[0]


def _listed(counts: Iterable[int]) -> str:
    return ", ".join(map(str, counts)) or "none"


def _capsules(ml: float, room: float) -> int:
    return max(1, math.ceil(ml / room - _ROUNDING))


def _top_up(grams: Interval, room: float) -> Interval:
    """Return the cellulose that fills what the powder leaves empty, from least to most."""
    light, filler = powder("citrate"), powder("cellulose")
    empty = (max(0.0, room - grams.high / light.low), max(0.0, room - grams.low / light.high))
    return Interval(empty[0] * filler.low, empty[1] * filler.high)


def _cellulose(room: float) -> Interval:
    filler = powder("cellulose")
    return Interval(room * filler.low, room * filler.high)


def _is_step(mg: float, count: int, top: float) -> bool:
    """Return whether a step is a whole number of the capsules that ``count`` of make the top."""
    whole = round(count * mg / top)
    # The steps of a ladder are written in tenths of a milligram.
    return whole >= 1 and abs(count * mg - whole * top) <= _WRITTEN_MG * (count + whole) + _ROUNDING


def _is_whole(value: float) -> bool:
    return round(value) >= 1 and abs(value - round(value)) < 1e-6
