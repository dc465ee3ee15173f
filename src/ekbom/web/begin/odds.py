"""What a plan could tell, as counts of 100 people: first for whom it helps, then for the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE
from ekbom.language import Text, say
from ekbom.protocol.files import BUILT_IN, built_in
from ekbom.report.simulation_tables import share_of, units
from ekbom.simulation.stored import stored_record

Record = Mapping[str, Any]

_SIZES: Mapping[str, Text] = {
    "large": "It helps a lot ({points}), and soon: {n} of 100 get “{helps}”.",
    "small": "It helps only a little ({points}): {n} of 100 get “{helps}”.",
}


@dataclass(frozen=True, slots=True)
class Odds:
    """What a plan could tell, in sentences: who finds out, and what the ``rest`` get.

    ``found`` speaks of people for whom it does help; ``others`` of those for whom it helps more,
    less, later or not at all; ``better`` of what would find more.
    """

    found: str
    rest: str
    others: tuple[str, ...]
    better: tuple[str, ...]


def odds_of(record: Record) -> Odds | None:
    """Return what a simulated plan could tell; ``None`` for one without the effects to tell of."""
    rows = {(r["size"], r["tau"]): r for r in record["rows"] if _is_plain(r)}
    speeds = sorted({tau for size, tau in rows if size == "worthwhile"})
    if not speeds:
        return None
    first = rows["worthwhile", speeds[0]]
    return Odds(
        found=say(
            "Think of 100 people for whom {treatment} does help: “{outcome}” is better by "
            "{points}, most of it within {nights:g} nights. With this plan {n} of them get the "
            "clear answer “{helps}”.",
            treatment=say(record["treatment"]),
            outcome=say(record["outcome"]["name"]),
            points=_points(record, first),
            nights=speeds[0],
            n=_of_100(first, HELPS),
            helps=say(HELPS),
        ),
        rest=_rest(first),
        others=tuple(_others(record, rows, speeds)),
        better=tuple(_better(record, speeds[:2])),
    )


def _rest(row: Record) -> str:
    return say(
        "Of the others, {unsure} get “{open}” and {same} get “{none}”. “{open}” is no failure. It "
        "says that these nights leave the question open. It does not say that nothing helped.",
        unsure=_of_100(row, CANNOT_TELL),
        same=_of_100(row, NO_DIFFERENCE),
        open=say(CANNOT_TELL),
        none=say(NO_DIFFERENCE),
    )


def _others(
    record: Record, rows: Mapping[tuple[str, float], Record], speeds: list[float]
) -> Iterator[str]:
    for size, text in _SIZES.items():
        row = rows.get((size, speeds[0]))
        if row is not None:
            values = {"points": _points(record, row), "n": _of_100(row, HELPS)}
            yield say(text, helps=say(HELPS), **values)
    for tau in speeds[1:]:
        row = rows["worthwhile", tau]
        yield say(
            "It helps by {points}, but takes {nights:g} nights to work: {n} of 100 get “{helps}”.",
            points=_points(record, row),
            nights=tau,
            n=_of_100(row, HELPS),
            helps=say(HELPS),
        )
    nothing = next((r for r in record["rows"] if r["truth"] == "none"), None)
    if nothing is not None:
        yield say(
            "It does nothing: {n} of 100 get “{helps}” by mistake. {same} get “{none}”.",
            n=_of_100(nothing, HELPS),
            same=_of_100(nothing, NO_DIFFERENCE),
            helps=say(HELPS),
            none=say(NO_DIFFERENCE),
        )


def _better(record: Record, speeds: list[float]) -> Iterator[str]:
    yield from _longer_plan(record, speeds)
    yield say(
        "Answer on most mornings. Where more than {missing:.0f} of 100 are missing, the answer is "
        "always “{open}”.",
        missing=100 * record["rule"]["max_missing"],
        open=say(CANNOT_TELL),
    )


def _longer_plan(record: Record, speeds: list[float]) -> Iterator[str]:
    """Yield what the longest plan that comes with ekbom would find, where this one is shorter."""
    stored = [r for name in BUILT_IN if (r := stored_record(built_in(name))) is not None]
    longest = max(stored, key=lambda r: float(r["burden"]["nights"]), default=record)
    if longest["burden"]["nights"] <= record["burden"]["nights"]:
        return
    rows = {r["tau"]: r for r in longest["rows"] if _is_plain(r) and r["size"] == "worthwhile"}
    found = [_of_100(rows[tau], HELPS) for tau in speeds if tau in rows]
    if len(found) < 2:
        return
    yield say(
        "The long plan takes {weeks:.0f} weeks. With it {soon} of those 100 people get “{helps}”, "
        "and {late} of 100 where it takes {nights:g} nights to work.",
        weeks=longest["burden"]["weeks"],
        soon=found[0],
        late=found[1],
        nights=speeds[1],
        helps=say(HELPS),
    )


def _is_plain(row: Record) -> bool:
    return row["scale"] == "full" and not row["unblinded"]


def _points(record: Record, row: Record) -> str:
    return units(abs(row["beta"]), record["outcome"]["unit"])


def _of_100(row: Record, word: str) -> str:
    """Return how many of 100, never saying never."""
    share = share_of(row["words"], word)
    whole = round(100 * share)
    if whole == 0 and share:
        return say("fewer than 1")
    return say("more than 99") if whole == 100 and share < 1 else f"{whole}"
