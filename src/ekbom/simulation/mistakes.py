"""Every single mistake that making packs by hand invites, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ekbom.simulation.handmade import Bench, Happen, Stage, Where
from ekbom.trial.codes import SYMBOLS

Claim = Literal["detected", "harmless", "prevented"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A mistake, and what is claimed of it.

    ``detected``: the step or command ``by`` shows it.  ``harmless``: the slips still tell what was
    taken, and every order was as likely as without it; ``why`` says the proof.  ``prevented``:
    nothing shows it afterwards, and the step or command ``by`` is there to prevent it.
    ``happen`` does it to a bench at the end of its ``stage``; ``whole_batch``: it moves nights, so
    that a simulation lets it fall alike in all trials that it lives at once.
    """

    title: str
    claim: Claim
    by: str
    why: str
    stage: Stage
    happen: Happen
    whole_batch: bool = False


def _wrong_slip(bench: Bench, where: Where) -> None:
    one, two = bench.pairs[where.pair]
    bench.left_over.append(one.slip)
    one.slip, two.slip = two.slip, one.slip


def _wrong_kind(bench: Bench, where: Where) -> None:
    one, two = bench.pairs[where.pair]
    one.kind = two.kind = one.kind if where.coin else two.kind


def _slips_exchanged(bench: Bench, where: Where) -> None:
    one, two = (bench.pairs[pair][int(where.coin)] for pair in (where.pair, where.other))
    one.slip, two.slip = two.slip, one.slip


def _packs_exchanged(bench: Bench, where: Where) -> None:
    kind = int(where.coin)
    one, two = bench.pairs[where.pair], bench.pairs[where.other]
    one[kind], two[kind] = two[kind], one[kind]


def _uneven(bench: Bench, where: Where) -> None:
    bench.uneven.add(where.pair)
    if where.coin:
        bench.known.add(where.pair)


def _again(bench: Bench, where: Where) -> None:
    bench.coins[where.pair] ^= where.coin


def _not_shuffled(bench: Bench, where: Where) -> None:
    bench.coins[where.pair] = False


def _never_shuffled(bench: Bench, where: Where) -> None:
    del where
    bench.coins = [False] * len(bench.coins)
    bench.known = set(range(len(bench.coins)))


def _same_number(bench: Bench, where: Where) -> None:
    """Give both packs one number; which of the two is then used first, a coin decides."""
    first = 2 * where.pair
    bench.row[first + 1].number = bench.row[first].number


def _no_number(bench: Bench, where: Where) -> None:
    bench.row[2 * where.pair + where.coin].number = None


def _swapped(bench: Bench, where: Where) -> None:
    first = 2 * where.pair
    bench.used[first], bench.used[first + 1] = bench.used[first + 1], bench.used[first]


def _swapped_by_chance(bench: Bench, where: Where) -> None:
    _same_number(bench, where)
    if where.coin:
        _swapped(bench, where)


def _lost(bench: Bench, where: Where) -> None:
    bench.used[2 * where.pair + where.coin] = None


def _borrowed(bench: Bench, where: Where) -> None:
    bench.borrowed.add(2 * where.pair + where.coin)


def _misread(bench: Bench, where: Where) -> None:
    """Read one symbol as another."""
    number = 2 * where.pair + 1
    code = bench.read[number]
    place = (where.other * 2 + where.coin) % 4
    shift = 1 + where.other % (len(SYMBOLS) - 1)
    other = SYMBOLS[(SYMBOLS.index(code[place]) + shift) % len(SYMBOLS)]
    bench.read[number] = code[:place] + other + code[place + 1 :]


def _read_twice(bench: Bench, where: Where) -> None:
    first = 2 * where.pair + 1
    bench.read[first + where.coin] = bench.read[first + (not where.coin)]


def _codes_exchanged(bench: Bench, where: Where) -> None:
    first = 2 * where.pair + 1
    bench.read[first], bench.read[first + 1] = bench.read[first + 1], bench.read[first]


MISTAKES: Mapping[str, Mistake] = {
    "wrong slip": Mistake(
        title="The slip of the other kind goes into a pack",
        claim="detected",
        by="clear",
        why="one slip of the first kind is left over when that kind is cleared away",
        stage="fill",
        happen=_wrong_slip,
    ),
    "wrong kind": Mistake(
        title="Both packs of a pair are filled with one kind",
        claim="prevented",
        by="clear",
        why="every pack of the first kind is closed, and that kind is out of the room, before the "
        "second kind is on the table; after the trial the capsules in the two envelopes are alike",
        stage="fill",
        happen=_wrong_kind,
    ),
    "slips of two pairs": Mistake(
        title="Slips of one kind are exchanged between two pairs",
        claim="detected",
        by="slips read",
        why="each code belongs to one pair; what the slips say is still true of their packs, so "
        "that `--as-found` tells the right order",
        stage="fill",
        happen=_slips_exchanged,
    ),
    "packs of two pairs": Mistake(
        title="Packs of one kind are exchanged between the bags of two pairs",
        claim="detected",
        by="slips read",
        why="each code belongs to one pair; each bag still has one pack of each kind, so that "
        "`--as-found` tells the right order",
        stage="fill",
        happen=_packs_exchanged,
    ),
    "unequal weight": Mistake(
        title="The packs of a pair differ in weight (felt by every second person)",
        claim="detected",
        by="weigh",
        why="the scale shows it before the shuffle, and ballast removes it",
        stage="fill",
        happen=_uneven,
    ),
    "shuffled twice": Mistake(
        title="A pair is shuffled twice",
        claim="harmless",
        by="shuffle",
        why="a fair coin turned over by anything that does not know how it fell is a fair coin",
        stage="shuffle",
        happen=_again,
    ),
    "not shuffled": Mistake(
        title="A pair is not shuffled: the treatment stays first",
        claim="prevented",
        by="shuffle",
        why="the step asks for 20 changes of hands, until one does not know any more",
        stage="shuffle",
        happen=_not_shuffled,
    ),
    "never shuffled": Mistake(
        title="No pair is shuffled, and the person knows it",
        claim="prevented",
        by="shuffle",
        why="the step asks for it pair by pair, and says that nothing else draws the order",
        stage="shuffle",
        happen=_never_shuffled,
    ),
    "double number": Mistake(
        title="Both packs of a pair get the same number",
        claim="detected",
        by="put away",
        why="there is one printed label for each number, and in the row one number is there twice",
        stage="use",
        happen=_swapped_by_chance,
    ),
    "illegible number": Mistake(
        title="The number on a pack cannot be read",
        claim="harmless",
        by="number",
        why="it is the number that no other pack has",
        stage="number",
        happen=_no_number,
    ),
    "swap in use": Mistake(
        title="The two packs of a pair are exchanged in use",
        claim="detected",
        by="pack opened",
        why="the number read from the pack with the first dose is not the one that is due",
        stage="use",
        happen=_swapped,
    ),
    "lost pack": Mistake(
        title="A pack is lost before its first night, and nothing is taken instead",
        claim="harmless",
        by="slips lost",
        why="the order was drawn before; the other slip of the pair tells it, and the nights count "
        "as allocated, so that the effect can only look smaller",
        stage="use",
        happen=_lost,
    ),
    "borrowed capsules": Mistake(
        title="A pack runs out, and its last 3 nights come from the other pack of the pair",
        claim="prevented",
        by="put away",
        why="each pack has 15 % spare, and the step says never to take from another pack",
        stage="use",
        happen=_borrowed,
        whole_batch=True,
    ),
    "code misread": Mistake(
        title="One letter or digit of a code is typed wrongly",
        claim="detected",
        by="slips read",
        why="the check symbol catches every single slip",
        stage="read",
        happen=_misread,
    ),
    "code read twice": Mistake(
        title="The code of one pack is typed for both packs of the pair",
        claim="detected",
        by="slips read",
        why="no two slips have the same code",
        stage="read",
        happen=_read_twice,
    ),
    "codes exchanged": Mistake(
        title="The codes of the two packs of a pair are typed in exchange",
        claim="prevented",
        by="slips read",
        why="packs are asked for one by one, and the whole list is compared with the slips on the "
        "packs before it counts",
        stage="read",
        happen=_codes_exchanged,
    ),
}
"""The mistakes, each alone, by what they are called."""
