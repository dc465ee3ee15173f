"""Of 100 people who run this plan, how many get which answer, for each thing that may be true."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import altair as alt

from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE
from ekbom.language import say
from ekbom.report.figures.figure import (
    BENEFIT,
    HARM,
    INK,
    LINE,
    NARROW,
    NEGLIGIBLE,
    ON_BAR,
    SOFT,
    Chart,
    finish,
    rows_of,
)
from ekbom.report.figures.svg import svg_of
from ekbom.report.measures import unit_words

_ORDER = (HELPS, NO_DIFFERENCE, CANNOT_TELL, WORSE)
_COLOURS = (BENEFIT, NEGLIGIBLE, LINE, HARM)
_BAR, _STEP = 18, 40
_ROOM = 7
"""Least share in percent whose number fits into its part of a bar."""


def chances_svg(record: Mapping[str, Any], *, width: int = NARROW) -> str:
    """Return the figure of a simulation record as one SVG, ``width`` in px."""
    return svg_of(draw_chances(record, width=width), name="chances")


def draw_chances(record: Mapping[str, Any], *, width: int) -> Chart:
    """Return bars of 100 trials each, split by the answer, one for each truth at full strength."""
    rows = [r for r in record["rows"] if r["scale"] == "full"]
    parts = [part for place, row in enumerate(rows) for part in _parts(row, place)]
    bars = (
        alt.Chart(rows_of(parts))
        .mark_bar(height=_BAR)
        .encode(
            x=alt.X(
                "low:Q",
                scale=alt.Scale(domain=[0, 100], nice=False),
                title=say("of 100 trials"),
                axis=alt.Axis(values=[0, 25, 50, 75, 100]),
            ),
            x2="high:Q",
            y=_y(),
            color=alt.Color(
                "word:N",
                scale=alt.Scale(domain=[say(word) for word in _ORDER], range=list(_COLOURS)),
                legend=alt.Legend(orient="top", columns=2, title=None, symbolType="square"),
            ),
        )
    )
    numbers = (
        alt.Chart(rows_of([p for p in parts if p["high"] - p["low"] >= _ROOM]))
        .mark_text(fontSize=12, fontWeight="bold")
        .encode(x="middle:Q", y=_y(), text="count:N", color=alt.Color("ink:N", scale=None))
    )
    truths = [{"place": place, "said": _said(record, row)} for place, row in enumerate(rows)]
    labels = (
        alt.Chart(rows_of(truths))
        .mark_text(align="left", baseline="bottom", dy=-_BAR / 2 - 3, fontSize=12, color=INK)
        .encode(x=alt.value(0), y=_y(), text="said:N")
    )
    chart = alt.layer(bars, numbers, labels).properties(
        width=width - 24, height=alt.Step(_STEP), title=_title(record)
    )
    return finish(chart, description=describe_chances(record), width=width)


def describe_chances(record: Mapping[str, Any]) -> str:
    """Return the figure in words, for those who cannot see it."""
    said = (
        f"{_said(record, row)}: " + ", ".join(f"{say(word)} {_count(row, word)}" for word in _ORDER)
        for row in record["rows"]
        if row["scale"] == "full"
    )
    return say(
        "Answers in 100 trials of {protocol}. {answers}.",
        protocol=record["protocol"],
        answers="; ".join(said),
    )


def _y() -> alt.Y:
    return alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0.4))


def _title(record: Mapping[str, Any]) -> alt.TitleParams:
    treatment = say(record["treatment"])
    return alt.TitleParams(
        text=say("Of 100 people who run this plan"),
        subtitle=[
            say("so many would get each answer, if {treatment} ...", treatment=treatment),
            say(
                "From {made} simulated trials each; give or take {error}.",
                made=_made(record),
                error=_error(record),
            ),
        ],
        subtitleColor=SOFT,
    )


def _made(record: Mapping[str, Any]) -> str:
    """Return how many trials every bar has at least, fewer than wanted after an interrupt."""
    fewest = min(row["trials"] for row in record["rows"])
    return f"{fewest}" if record["complete"] else say("at least {fewest}", fewest=fewest)


def _error(record: Mapping[str, Any]) -> int:
    """Return two Monte Carlo standard errors of the least certain bar, in percent, rounded up."""
    errors = [e["monte_carlo_error"] for r in record["rows"] for e in r["words"].values()]
    return math.ceil(200 * float(max(errors)))


def _parts(row: Mapping[str, Any], place: int) -> Iterator[dict[str, Any]]:
    """Yield the parts of one bar, from left to right."""
    low = 0.0
    for word in _ORDER:
        high = low + 100 * row["words"][word]["value"]
        yield {
            "place": place,
            "word": say(word),
            "low": low,
            "high": high,
            "middle": (low + high) / 2,
            "count": str(_count(row, word)),
            "ink": INK if word == CANNOT_TELL else ON_BAR,
        }
        low = high


def _count(row: Mapping[str, Any], word: str) -> int:
    return round(100 * float(row["words"][word]["value"]))


def _said(record: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    if row["size"] == "none":
        return say("does nothing, but is given away" if row["unblinded"] else "does nothing")
    return say(
        "helps by {size:g} {unit}, coming in {nights:g} nights",
        size=abs(row["beta"]),
        unit=unit_words(record["outcome"]["unit"]),
        nights=row["tau"],
    )
