"""Plans side by side, in plain words and as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ekbom.analysis.decision import HELPS
from ekbom.language import Text, figure, say
from ekbom.report.simulation_tables import WIDTH, percent, table, units

Record = Mapping[str, Any]
"""What `comparison_record` returns."""

_HALF = 0.5
_HEAD: tuple[Text, ...] = (
    "plan",
    "weeks",
    "placebo",
    "capsules",
    "finds it",
    "false helps",
    "smallest p",
    "out",
)
_OUT: Mapping[str, Text] = {
    "trials": "too few trials",
    "chance": "seldom finds it",
    "weeks": "too long",
    "placebo nights": "too much placebo",
    "false alarms": "too often wrong",
}


def comparison_lines(record: Record) -> Iterator[str]:
    """Yield how plans compare, by which criterion, and which is recommended."""
    first = record["candidates"][0]["characteristics"]
    yield say("Plans like {protocol}, side by side under one seed", protocol=first["protocol"])
    yield ""
    yield from table(
        [say(title) for title in _HEAD],
        [_row(place, one) for place, one in enumerate(record["candidates"], start=1)],
    )
    yield ""
    yield from textwrap.wrap(_criterion(record), WIDTH)
    yield ""
    yield from textwrap.wrap(_recommended(record), WIDTH)
    trials, seed = first["trials"], first["seed"]
    yield ""
    made = say(
        "From {trials} simulated trials for each plan and truth, seed {seed}; chances in 100, ± "
        "one standard error of the simulation.",
        trials=trials,
        seed=seed,
    )
    yield from textwrap.wrap(made, WIDTH)


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
        figure(burden["smallest_p"], ".2g"),
        ", ".join(say(_OUT[reason]) for reason in one["out"]),
    )


def _design(one: Record) -> str:
    plan = one["design"]
    if plan["pairs"]:
        of_pairs: Text = "{pairs} pairs of {nights} nights"
        text = say(of_pairs, pairs=plan["pairs"], nights=plan["period_nights"])
    else:
        of_periods: Text = "{kind}, periods of {nights} nights"
        text = say(of_periods, kind=say(plan["kind"]), nights=plan["period_nights"])
    if plan["unanalysed_nights"]:
        text += say(", first {n} not analysed", n=plan["unanalysed_nights"])
    if plan["washout_nights"]:
        text += say(", {n} off between", n=plan["washout_nights"])
    return text


def _criterion(record: Record) -> str:
    criterion = record["criterion"]
    first = record["candidates"][0]["characteristics"]
    benefit = units(criterion["benefit"], first["outcome"]["unit"])
    onsets = ", ".join(figure(tau, "g") for tau in criterion["taus"])
    return say(
        "`placebo`: nights on {reference}. `finds it`: the chance of `{helps}` when it is "
        "{benefit} better at full strength, with an onset of {onsets} nights. Recommended is the "
        "best chance among the plans within your limits whose wrong `{helps}` is not above "
        "{most:.0f} of 100 by more than two standard errors; where others are as good within two "
        "standard errors, the shortest of them. None is recommended that finds it in fewer than 20 "
        "of 100, or whose chance is known to worse than ±4.",
        reference=say(first["reference"]),
        helps=say(HELPS),
        benefit=benefit,
        onsets=onsets,
        most=100 * criterion["most_false_helps"],
    )


def _recommended(record: Record) -> str:
    limits = record["criterion"]["limits"]
    said = []
    if limits["weeks"] is not None:
        said.append(say("at most {weeks:g} weeks", weeks=limits["weeks"]))
    if limits["placebo_nights"] is not None:
        other = say(record["candidates"][0]["characteristics"]["reference"])
        most = limits["placebo_nights"]
        said.append(say("at most {nights:g} nights on {reference}", nights=most, reference=other))
    within = _within(said)
    if not record["complete"]:
        return " ".join(
            [
                say("Interrupted: not every plan was tried to the end, so none is recommended."),
                *within,
            ]
        )
    place = record["recommended"]
    if place is None:
        do = say("Allow more, simulate more --trials, or plan no trial.")
        return " ".join([say("None of these plans qualifies."), *within, do])
    best = record["candidates"][place]
    plan = say("Recommended: plan {place}, {design}.", place=place + 1, design=_design(best))
    parts = [plan, *within]
    if best["chance_to_find"]["value"] < _HALF:
        parts.append(say("Even this plan misses such an effect more often than it finds it."))
    return " ".join([*parts, *_close(record, best)])


def _within(limits: Sequence[str]) -> Iterator[str]:
    if len(limits) > 1:
        both = say("{first} and {last}", first=limits[0], last=limits[1])
        yield say("Your limits: {limits}.", limits=both)
    elif limits:
        yield say("Your limits: {limits}.", limits=limits[0])


def _close(record: Record, best: Record) -> Iterator[str]:
    """Yield a remark where another plan found more, but the simulation cannot tell them apart."""
    fit = [one for one in record["candidates"] if not one["out"]]
    most = max(fit, key=lambda one: float(one["chance_to_find"]["value"]))
    if most["chance_to_find"] != best["chance_to_find"]:
        yield say(
            "Plan {place} found it more often, but not by more than chance in the simulation "
            "explains. More --trials would tell them apart.",
            place=record["candidates"].index(most) + 1,
        )
