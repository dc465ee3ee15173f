"""Plans side by side, under one seed, and which of them serves a person best."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ekbom.analysis.decision import HELPS
from ekbom.analysis.many import Engine
from ekbom.design.plan import check_design
from ekbom.problem import InputError
from ekbom.protocol.files import with_design
from ekbom.protocol.model import Protocol
from ekbom.protocol.periods import block_of
from ekbom.simulation.burden import burden_of
from ekbom.simulation.characteristics import Characteristics, Progress, simulate
from ekbom.simulation.executors import Run, run_here
from ekbom.simulation.layout import layout_of
from ekbom.simulation.truths import SIZES, Truth, truth_of, truths_for

MOST_FALSE = 0.03
"""Largest chance of a wrong `helps` that a recommended plan may have."""

LEAST_CHANCE, MOST_ERROR = 0.2, 0.04
"""Least chance to find a worthwhile effect, and largest error of it, of a recommended plan."""

_FEWEST_PAIRS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a person is willing to do; ``None`` where it does not matter to them."""

    weeks: float | None = None
    placebo_nights: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One plan: what it would find, its chance to find a worthwhile effect, and why it is out.

    ``chance`` and its Monte Carlo ``error`` are the mean over the onset times of the chance that a
    worthwhile effect gets `helps`; ``false`` is that of `helps` where there is no effect.  ``out``
    is empty where the plan is within the limits.
    """

    found: Characteristics
    chance: float
    error: float
    false: float
    false_error: float
    out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Plans and the recommended one's place among them, ``None`` where none qualifies.

    ``benefit`` is the worthwhile effect at full exposure in the outcome's units, ``taus`` the onset
    times at which it was tried.  ``complete`` is false where the comparison was interrupted;
    nothing is recommended then.
    """

    candidates: tuple[Candidate, ...]
    recommended: int | None
    limits: Limits
    benefit: float
    taus: tuple[float, ...]
    complete: bool


def compare_plans(
    *,
    protocols: Sequence[Protocol],
    limits: Limits,
    taus: tuple[float, ...],
    trials: int,
    seed: int,
    engine: Engine = "numpy",
    run: Run = run_here,
    progress: Progress | None = None,
) -> Comparison:
    """Return how several plans compare, and which is recommended.

    A plan qualifies if it is within the limits, its chance of a wrong `helps` is not above 3 of
    100 by more than two Monte Carlo standard errors, and it finds a worthwhile effect (1.5 MID at
    full exposure, mean over ``taus``) in 20 of 100 trials at least, known to within a standard
    error of 4 of 100.  Of those that qualify the one that finds it most often is recommended; of
    those whose chance is within two standard errors of it, the shortest.

    Raises InputError, ValueError and RefusedError as `simulate` does.  An interrupt
    (KeyboardInterrupt) loses nothing of the plans already tried.
    """
    benefit = SIZES["worthwhile"] * protocols[0].primary.mid
    found: list[Candidate] = []
    try:
        for place, protocol in enumerate(protocols):
            truths = _truths(protocol, benefit, taus)
            one = simulate(
                protocol=protocol,
                truths=truths,
                trials=trials,
                seed=seed,
                engine=engine,
                run=run,
                progress=_part_of(progress, place, len(protocols)),
            )
            if len(one.rows) == len(truths):
                found.append(_candidate(one, limits))
            if not one.complete:
                break
    except KeyboardInterrupt:
        pass
    if not found:
        raise KeyboardInterrupt
    complete = len(found) == len(protocols) and found[-1].found.complete
    return Comparison(
        candidates=tuple(found),
        recommended=_best(found) if complete else None,
        limits=limits,
        benefit=benefit,
        taus=taus,
        complete=complete,
    )


def _truths(protocol: Protocol, benefit: float, taus: tuple[float, ...]) -> tuple[Truth, ...]:
    """Return no effect, and the worthwhile one at each onset time."""
    layout = layout_of(protocol)
    effects = (truth_of(layout, benefit=benefit, tau=tau, scale="full") for tau in taus)
    return (truths_for(layout)[0], *effects)


def alternatives(protocol: Protocol) -> tuple[Protocol, ...]:
    """Return a plan and its neighbours that could say a word, each once.

    More and fewer pairs, longer and shorter periods for about the same number of nights, more and
    fewer unanalysed nights, and a washout between periods in place of unanalysed nights.  A
    neighbour is left out where the protocol does not offer it, chance could draw no order, or its
    periods have fewer analysed nights than the decision rule wants reports.
    """
    plans = {plan.design: plan for plan in _neighbours(protocol) if _can_say(plan)}
    return tuple({protocol.design: protocol, **plans}.values())


def _can_say(protocol: Protocol) -> bool:
    """Return whether a period that counts as half a pair can have enough reports for a word."""
    plan = protocol.design
    analysed = plan.period_nights - plan.unanalysed_nights
    return block_of(plan, 1) is None or analysed >= protocol.decision.min_reports


def _neighbours(protocol: Protocol) -> Iterator[Protocol]:
    plan = protocol.design
    pairs, nights, left = plan.pairs or 0, plan.period_nights, plan.unanalysed_nights
    changes: list[dict[str, int]] = [
        {"pairs": pairs + max(pairs // 3, 1)},
        {"pairs": pairs - max(pairs // 3, 1)},
        {"pairs": max(round(pairs / 2), 2), "period_nights": 2 * nights},
        {"pairs": 2 * pairs, "period_nights": nights // 2, "unanalysed_nights": left // 2},
        {"unanalysed_nights": nights // 2},
        {"unanalysed_nights": 0},
        {"unanalysed_nights": 0, "washout_nights": left},
    ]
    for change in changes:
        if "pairs" in change and change["pairs"] < _FEWEST_PAIRS:
            continue
        try:
            changed = with_design(protocol, **change)
            check_design(changed, file=protocol.name)
        except InputError:
            continue
        yield changed


def _candidate(found: Characteristics, limits: Limits) -> Candidate:
    none, *effects = found.rows
    helps = [row.words[HELPS] for row in effects]
    false = none.words[HELPS]
    # Under one seed the same people live every onset time: their errors do not average out.
    chance, error = (
        float(np.mean(part)) for part in zip(*((h.value, h.error) for h in helps), strict=True)
    )
    return Candidate(
        found=found,
        chance=chance,
        error=error,
        false=false.value,
        false_error=false.error,
        out=(*_too_weak(chance, error), *_beyond(found, limits)),
    )


def _too_weak(chance: float, error: float) -> Iterator[str]:
    """Yield why a chance is no ground to recommend a plan."""
    if error > MOST_ERROR:
        yield "trials"
    elif chance < LEAST_CHANCE:
        yield "chance"


def _beyond(found: Characteristics, limits: Limits) -> Iterator[str]:
    """Yield which limits a plan breaks."""
    burden = burden_of(layout_of(found.protocol))
    false = found.rows[0].words[HELPS]
    if limits.weeks is not None and burden.weeks > limits.weeks:
        yield "weeks"
    if limits.placebo_nights is not None and burden.placebo_nights > limits.placebo_nights:
        yield "placebo nights"
    if false.value > MOST_FALSE + 2 * false.error:
        yield "false alarms"


def _best(found: Sequence[Candidate]) -> int | None:
    fit = [place for place, candidate in enumerate(found) if not candidate.out]
    if not fit:
        return None
    best = max(fit, key=lambda place: found[place].chance)
    level = [p for p in fit if _as_good(found[p], found[best])]
    return min(level, key=lambda place: found[place].found.burden.nights)


def _as_good(one: Candidate, best: Candidate) -> bool:
    return one.chance >= best.chance - 2 * math.hypot(one.error, best.error)


def _part_of(progress: Progress | None, place: int, plans: int) -> Progress | None:
    """Return the progress of one plan as that of all."""
    if progress is None:
        return None
    return lambda done, wanted: progress(place * wanted + done, plans * wanted)
