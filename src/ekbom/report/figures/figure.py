"""What every figure is, and the colours and sizes that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import altair as alt

from ekbom.analysis.result import OutcomeVerdict, TrialVerdict
from ekbom.language import Text, say

NARROW, WIDE = 336, 640
"""Widths in px: of a phone held upright, and of a page of text."""

INK, SOFT, LINE = "#1d2733", "#56616d", "#ccd3da"
"""Text and marks; second-rank text; rules and grids."""

TREATMENT, REFERENCE = "#1f5fa6", "#b35900"
"""Blue and orange: told apart by colour-blind people as well."""

BENEFIT, NEGLIGIBLE, HARM = "#0b7a6f", "#6b7480", "#a3286a"
"""The three areas of an effect."""

ON_BAR = "#ffffff"
"""Numbers within a bar."""

DARK: Mapping[str, str] = MappingProxyType(
    {
        INK: "#e8edf2",
        SOFT: "#aab5c0",
        LINE: "#3b4651",
        TREATMENT: "#7db4f0",
        REFERENCE: "#f0a45c",
        BENEFIT: "#4fc7b8",
        NEGLIGIBLE: "#9aa5b1",
        HARM: "#ee86bb",
        ON_BAR: "#11161c",
    }
)
"""What each colour turns into on a dark ground."""

# Arial's widths are those of the font that the text is measured with; others would clip labels.
_FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"

Chart = alt.LayerChart | alt.FacetChart | alt.VConcatChart
# Each `alt.value` costs Altair milliseconds to find out what it is; these say it at once.
_FIXED: Mapping[str, Callable[[float], Any]] = MappingProxyType(
    {"x": alt.XValue, "y": alt.YValue, "y2": alt.Y2Value}
)

Say = Callable[[TrialVerdict, OutcomeVerdict], str]


class Draw(Protocol):
    """Draws one outcome of a verdict at a width in px."""

    def __call__(self, verdict: TrialVerdict, found: OutcomeVerdict, /, *, width: int) -> Chart:
        """Return the chart."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name in ids, its heading, how to draw it, and what it says in words.

    ``draw`` takes a verdict, one of its outcomes and a width in px.  ``describe`` is the sentence
    that a screen reader reads in place of the picture; ``caption`` stands below it.  ``missing``
    says why there is nothing to draw, or is ``None``.
    """

    name: str
    heading: Text
    draw: Draw
    describe: Say
    caption: Say
    missing: Callable[[OutcomeVerdict], str | None]


def finish(chart: Chart, *, description: str, width: int) -> Chart:
    """Return the chart with the look that all figures share and its description.

    ``width`` is that of the whole picture in px; longer titles are cut.
    """
    axis = alt.AxisConfig(
        domainColor=LINE,
        gridColor=LINE,
        gridOpacity=0.6,
        labelColor=SOFT,
        labelFontSize=12,
        tickColor=LINE,
        titleColor=SOFT,
        titleFontSize=12,
        titleFontWeight="normal",
        titleLimit=width - 16,
    )
    config: dict[str, Any] = {
        "font": _FONT,
        "background": "transparent",
        "padding": 4,
        "view": alt.ViewConfig(stroke="transparent"),
        "axis": axis,
        "legend": alt.LegendConfig(labelColor=INK, labelFontSize=12, labelLimit=width - 60),
        "title": alt.TitleConfig(
            anchor="start",
            color=INK,
            fontSize=13,
            fontWeight="bold",
            limit=width - 16,
            subtitleColor=SOFT,
            subtitleFontSize=12,
            subtitlePadding=4,
        ),
        "concat": alt.CompositionConfig(spacing=8),
    }
    finished: Chart = chart.properties(description=description).configure(**config)
    return finished


def rows_of(rows: Iterable[Mapping[str, Any]]) -> alt.InlineData:
    """Return rows as the inline data of a layer."""
    return alt.InlineData(values=[dict(row) for row in rows])


def px(**places: float) -> dict[str, Any]:
    """Return encodings of x, y or y2 at fixed places in px."""
    return {channel: _FIXED[channel](place) for channel, place in places.items()}


def sides(*, width: int, y: int, lower_is_better: bool) -> list[alt.Chart]:
    """Return the two words that say on which side of the axis better lies."""
    left, right = (say("better"), say("worse"))
    if not lower_is_better:
        left, right = right, left
    arrows = (
        (f"\N{LEFTWARDS ARROW} {left}", 0, "left"),
        (f"{right} \N{RIGHTWARDS ARROW}", width, "right"),
    )
    return [
        line_of(said, x=x, y=y, align=align, color=INK, fontSize=12, fontWeight="bold")
        for said, x, align in arrows
    ]


def line_of(said: str, *, x: float, y: float, **look: Any) -> alt.Chart:
    """Return one line of text with its top at a place in px; ``look`` is that of Altair's marks."""
    text = alt.Chart(rows_of([{"said": said}])).mark_text(baseline="top", **look)
    line: alt.Chart = text.encode(**px(x=x, y=y), text=alt.Text("said:N"))
    return line
