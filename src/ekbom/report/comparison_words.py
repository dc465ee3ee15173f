"""Plans side by side, in plain words and as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from ekbom.report.simulation_words import WIDTH, percent, table, units

Record = Mapping[str, Any]
"""What `comparison_record` returns."""

_HALF = 0.5
_OUT = {
    "trials": "too few trials",
    "chance": "seldom finds it",
    "weeks": "too long",
    "placebo nights": "too much placebo",
    "false alarms": "too often wrong",
}


def comparison_lines(record: Record) -> Iterator[str]:
    """Yield how plans compare, by which criterion, and which is recommended."""
    first = record["candidates"][0]["characteristics"]
    yield f"Plans like {first['protocol']}, side by side under one seed"
    yield ""
    yield from table(
        ("plan", "weeks", "placebo", "capsules", "finds it", "false helps", "smallest p", "out"),
        [_row(place, one) for place, one in enumerate(record["candidates"], start=1)],
    )
    yield ""
    yield from textwrap.wrap(_criterion(record), WIDTH)
    yield ""
    yield from textwrap.wrap(_recommended(record), WIDTH)
    trials, seed = first["trials"], first["seed"]
    yield ""
    made = f"From {trials} simulated trials for each plan and truth, seed {seed}; chances in 100"
    yield from textwrap.wrap(f"{made}, ± one standard error of the simulation.", WIDTH)


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
        f"{burden['smallest_p']:.2g}",
        ", ".join(_OUT[reason] for reason in one["out"]),
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
    first = record["candidates"][0]["characteristics"]
    benefit = units(criterion["benefit"], first["outcome"]["unit"])
    onsets = ", ".join(f"{tau:g}" for tau in criterion["taus"])
    return (
        f"`placebo`: nights on {first['reference']}. `finds it`: the chance of `helps` when it is "
        f"{benefit} better at full strength, with an onset of {onsets} nights. Recommended is the "
        "best chance among the plans within your limits whose wrong `helps` is not above "
        f"{100 * criterion['most_false_helps']:.0f} of 100 by more than two standard errors; where "
        "others are as good within two standard errors, the shortest of them. None is recommended "
        "that finds it in fewer than 20 of 100, or whose chance is known to worse than ±4."
    )


def _recommended(record: Record) -> str:
    limits = record["criterion"]["limits"]
    said = [f"at most {limits['weeks']:g} weeks"] if limits["weeks"] is not None else []
    if limits["placebo_nights"] is not None:
        other = record["candidates"][0]["characteristics"]["reference"]
        said.append(f"at most {limits['placebo_nights']:g} nights on {other}")
    within = f" Your limits: {' and '.join(said)}." if said else ""
    place = record["recommended"]
    if not record["complete"]:
        return f"Interrupted: not every plan was tried to the end, so none is recommended.{within}"
    if place is None:
        do = "Allow more, simulate more --trials, or plan no trial."
        return f"None of these plans qualifies.{within} {do}"
    best = record["candidates"][place]
    text = f"Recommended: plan {place + 1}, {_design(best)}.{within}"
    if best["chance_to_find"]["value"] < _HALF:
        text += " Even this plan misses such an effect more often than it finds it."
    return text + _close(record, best)


def _close(record: Record, best: Record) -> str:
    """Return a remark where another plan found more, but the simulation cannot tell them apart."""
    fit = [one for one in record["candidates"] if not one["out"]]
    most = max(fit, key=lambda one: float(one["chance_to_find"]["value"]))
    if most["chance_to_find"] == best["chance_to_find"]:
        return ""
    return (
        f" Plan {record['candidates'].index(most) + 1} found it more often, but not by more than "
        "chance in the simulation explains. More --trials would tell them apart."
    )
