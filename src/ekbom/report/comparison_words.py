"""Plans side by side, in plain words and as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from ekbom.report.simulation_words import percent, table

Record = Mapping[str, Any]
"""What `comparison_record` returns."""

_WIDTH = 96


def comparison_lines(record: Record) -> Iterator[str]:
    """Yield how plans compare, by which criterion, and which is recommended."""
    first = record["candidates"][0]["characteristics"]
    yield f"Plans like {first['protocol']}, side by side under one seed"
    yield ""
    yield from table(
        ("plan", "weeks", "placebo nights", "capsules", "finds it", "false helps", "smallest p"),
        [_row(place, one) for place, one in enumerate(record["candidates"], start=1)],
    )
    yield ""
    yield from textwrap.wrap(_criterion(record), _WIDTH)
    yield ""
    yield from textwrap.wrap(_recommended(record), _WIDTH)
    trials, seed = first["trials"], first["seed"]
    yield ""
    yield f"From {trials} simulated trials for each plan and truth, seed {seed}; in 100, ± Monte"
    yield "Carlo standard error."
    if not all(one["characteristics"]["complete"] for one in record["candidates"]):
        yield "Interrupted: not every plan was tried."


def _row(place: int, one: Record) -> tuple[str, ...]:
    burden = one["characteristics"]["burden"]
    capsules = burden["capsules"]
    return (
        f"{place}. {_design(one)}",
        f"{burden['weeks']:.0f}",
        f"{burden['placebo_nights']:.0f}",
        "-" if capsules is None else f"{capsules}",
        percent(one["chance_to_find"]),
        percent(one["false_helps"]),
        f"{burden['smallest_p']:.3g}",
    )


def _design(one: Record) -> str:
    plan = one["design"]
    text = (
        f"{plan['pairs']} pairs of {plan['period_nights']} nights"
        if plan["pairs"]
        else (f"{plan['kind']}, periods of {plan['period_nights']} nights")
    )
    if plan["unanalysed_nights"]:
        text += f", first {plan['unanalysed_nights']} not analysed"
    if plan["washout_nights"]:
        text += f", {plan['washout_nights']} off between"
    return text


def _criterion(record: Record) -> str:
    criterion = record["criterion"]
    outcome = record["candidates"][0]["characteristics"]["outcome"]
    onsets = ", ".join(f"{tau:g}" for tau in criterion["taus"])
    return (
        f"`finds it`: the chance of `helps` when it is {criterion['benefit']:g} {outcome['unit']} "
        f"better at full strength, with an onset of {onsets} nights. Recommended is the best "
        "chance among the plans within your limits whose wrong `helps` is not above "
        f"{100 * criterion['most_false_helps']:.0f} of 100 by more than two standard errors; where "
        "others are as good within two standard errors, the shortest of them."
    )


def _recommended(record: Record) -> str:
    limits = record["criterion"]["limits"]
    said = [f"at most {limits['weeks']:g} weeks"] if limits["weeks"] is not None else []
    if limits["placebo_nights"] is not None:
        said.append(f"at most {limits['placebo_nights']:g} nights of placebo")
    within = f" Your limits: {' and '.join(said)}." if said else ""
    place = record["recommended"]
    if place is None:
        return f"None of these plans qualifies.{within} Allow more, or plan no trial."
    return f"Recommended: plan {place + 1}, {_design(record['candidates'][place])}.{within}"
