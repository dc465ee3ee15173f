"""Every reported night over the calendar, by period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import numpy as np

from ekbom.analysis.exposure import Floats
from ekbom.analysis.result import OutcomeVerdict, PeriodSummary, TrialVerdict
from ekbom.language import Text, say
from ekbom.protocol.model import Outcome
from ekbom.report.figures.figure import (
    LINE,
    REFERENCE,
    SOFT,
    TREATMENT,
    Chart,
    Figure,
    finish,
    px,
    rows_of,
)
from ekbom.report.figures.strips import Stretch, fitting, initials, stretches, strips, text_width
from ekbom.report.measures import better_words, capital, day_year, month_day, unit_words
from ekbom.report.words import number

_HEADING: Text = "Every night"

_HEIGHT, _BAND = 122, 20
"""Height of a strip and, of that, of the band with the labels on top, px."""

_LEFT, _RIGHT = 24, 10
"""Room left of a strip for the numbers, and right of it, px."""

_LEAST, _MOST = 5.0, 13.0
"""Least and most px for one night."""

_FONT = 12

_COLOURS = {True: TREATMENT, False: REFERENCE, None: SOFT}


@dataclass(frozen=True, slots=True)
class _Plot:
    """What all strips of one picture share; ``night`` is the width of a night in px."""

    verdict: TrialVerdict
    found: OutcomeVerdict
    value: Floats
    night: float

    @property
    def letters(self) -> bool:
        """Return whether a usual period is too short for more than a letter."""
        period = self.verdict.trial.protocol.design.period_nights * self.night
        return period < text_width("magnesium", size=_FONT)

    @property
    def labels(self) -> tuple[str, str]:
        """Return how treatment and reference are called in the legend."""
        protocol = self.verdict.trial.protocol
        names = say(protocol.treatment.label), say(protocol.reference.label)
        if not self.letters:
            return names
        first, second = (f"{a}: {b}" for a, b in zip(initials(protocol), names, strict=True))
        return first, second

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the lines of the legend: both treatments, and other nights if there are any."""
        outside = ~self.verdict.schedule.randomised & np.isfinite(self.value)
        return (*self.labels, say("outside the periods")) if outside.any() else self.labels


def draw_nights(verdict: TrialVerdict, found: OutcomeVerdict, *, width: int) -> Chart:
    """Return the calendar in strips, one point for each reported night."""
    value = _values(verdict, found)
    inner = width - _LEFT - _RIGHT
    parts = stretches(schedule=verdict.schedule, value=value)
    rows = strips(parts, most=int(inner / _LEAST))
    longest = max(row[-1].last - row[0].first + 1 for row in rows)
    plot = _Plot(verdict, found, value, min(inner / longest, _MOST))
    chart = alt.vconcat(*(_strip(plot, row) for row in rows)).properties(
        title=_title(found.outcome)
    )
    return finish(chart, description=describe_nights(verdict, found), width=width)


def describe_nights(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    """Return the picture in a sentence."""
    protocol, outcome = verdict.trial.protocol, found.outcome
    reported = int(np.isfinite(_values(verdict, found)).sum())
    treated, other = (
        _mean(found.periods, t.name, outcome) for t in (protocol.treatment, protocol.reference)
    )
    return say(
        "Each of {reported} reported nights as a point, over {periods} periods. Mean of the "
        "analysed nights: {treated} on {treatment} and {other} on {reference}, in {unit}; "
        "{better}. {missing} nights to be analysed have no report.",
        reported=reported,
        periods=len(found.periods),
        treated=treated,
        treatment=say(protocol.treatment.label),
        other=other,
        reference=say(protocol.reference.label),
        unit=unit_words(outcome.unit),
        better=better_words(outcome),
        missing=found.nights.missing,
    )


def caption_nights(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    """Return what the marks of the picture mean."""
    said = [
        say("One point is one night; a horizontal line is a period’s mean."),
        f"{capital(better_words(found.outcome))}.",
    ]
    if found.nights.unanalysed or found.nights.excluded:
        said.append(
            say("Hollow circles and diamonds are nights of a period that are not analysed.")
        )
    reported = np.isfinite(_values(verdict, found))
    if (reported & ~verdict.schedule.randomised).any():
        said.append(say("Hollow squares are nights outside the periods."))
    if not reported[verdict.schedule.randomised].all():
        said.append(say("A short stroke at the foot is a night without a report."))
    return " ".join(said)


def _missing(found: OutcomeVerdict) -> str | None:
    return None if found.nights.planned else say("No night belongs to a randomised period.")


def _values(verdict: TrialVerdict, found: OutcomeVerdict) -> Floats:
    return verdict.trial.diary.values(found.outcome.id, dates=verdict.schedule.dates)


def _mean(periods: tuple[PeriodSummary, ...], name: str, outcome: Outcome) -> str:
    mine = [(p.reports, p.mean) for p in periods if p.treatment == name and p.mean is not None]
    reports = sum(count for count, _ in mine)
    if not reports:
        return say("none reported")
    return number(sum(count * mean for count, mean in mine) / reports, outcome)


def _strip(plot: _Plot, row: tuple[Stretch, ...]) -> alt.LayerChart | alt.FacetChart:
    start, end = row[0].first, row[-1].last
    x = alt.X("x:Q", axis=None).scale(domain=[start - 0.5, end + 0.5], nice=False)
    y = alt.Y("y:Q", axis=_axis()).scale(
        domain=list(_limits(plot)), nice=False, range=[_HEIGHT - 10, _BAND + 8], zero=False
    )
    return alt.layer(
        *_bands(row, x),
        _band_labels(plot, row, x),
        _gaps(plot, start, end, x),
        _points(plot, start, end, x, y),
        _means(plot, row, x, y),
        _dates(plot, row, x),
    ).properties(width=plot.night * (end - start + 1), height=_HEIGHT)


def _title(outcome: Outcome) -> alt.TitleParams:
    arrow = "\N{DOWNWARDS ARROW}" if outcome.direction == "lower" else "\N{UPWARDS ARROW}"
    below = f"{unit_words(outcome.unit)}, {better_words(outcome)} {arrow}"
    return alt.TitleParams(capital(say(outcome.name)), subtitle=below, frame="bounds", offset=8)


def _axis() -> alt.Axis:
    return alt.Axis(
        title=None,
        domain=False,
        minExtent=_LEFT,
        maxExtent=_LEFT,
        ticks=False,
        tickCount=5,
        tickMinStep=1,
        labelPadding=4,
    )


def _limits(plot: _Plot) -> tuple[float, float]:
    """Return the ends of the scale for ratings, and of what was answered for the rest."""
    outcome = plot.found.outcome
    known = plot.value[np.isfinite(plot.value)]
    if outcome.kind in ("rating", "impression") or not len(known):
        return outcome.minimum, outcome.maximum
    low, high = float(known.min()), float(known.max())
    if outcome.kind in ("minutes", "count"):
        low = 0.0
    return low, high if high > low else low + outcome.mid


def _bands(row: tuple[Stretch, ...], x: alt.X) -> list[alt.Chart]:
    """Return the shaded ground of each period, and a line where each stretch begins."""
    whole = px(y=0, y2=_HEIGHT)
    tints = {True: 0.16, False: 0.10, None: 0.0}
    spans = [
        {**_span(s.first, s.last), "colour": _COLOURS[s.treated], "tint": tints[s.treated]}
        for s in row
    ]
    tint = alt.FillOpacity("tint:Q", scale=None)
    ground = alt.Chart(rows_of(spans)).mark_rect()
    edges = alt.Chart(rows_of({"x": span["x"]} for span in spans)).mark_rule(color=LINE)
    return [
        ground.encode(x=x, x2=alt.X2("x2:Q"), **whole, color=_as_given(), fillOpacity=tint),
        edges.encode(x=x, **whole),
    ]


def _span(first: int, last: int) -> dict[str, Any]:
    return {"x": first - 0.5, "x2": last + 0.5}


def _as_given() -> alt.Color:
    """Return the encoding for rows that name their colour themselves."""
    return alt.Color("colour:N", scale=None)


def _band_labels(plot: _Plot, row: tuple[Stretch, ...], x: alt.X) -> alt.Chart:
    labels = rows_of(
        {
            "x": (s.first + s.last) / 2,
            "said": _band_label(plot, s),
            "colour": _COLOURS[s.treated],
        }
        for s in row
    )
    text = alt.Chart(labels).mark_text(baseline="top", fontSize=_FONT, fontWeight="bold")
    drawn: alt.Chart = text.encode(x=x, **px(y=5), text=alt.Text("said:N"), color=_as_given())
    return drawn


def _band_label(plot: _Plot, stretch: Stretch) -> str:
    """Return the longest name of a stretch that fits in it."""
    protocol, room = plot.verdict.trial.protocol, stretch.nights * plot.night - 4
    if stretch.treated is None:
        return fitting((say(stretch.phase),), room=room, size=_FONT)
    named = protocol.treatment if stretch.treated else protocol.reference
    letter = initials(protocol)[0 if stretch.treated else 1]
    texts = (letter,) if plot.letters else (say(named.label), say(named.name))
    return fitting(texts, room=room, size=_FONT)


def _gaps(plot: _Plot, start: int, end: int, x: alt.X) -> alt.Chart:
    """Return a short stroke for each night of a period without a report."""
    silent = plot.verdict.schedule.randomised & ~np.isfinite(plot.value)
    places = start + np.flatnonzero(silent[start : end + 1])
    strokes: alt.Chart = (
        alt.Chart(rows_of({"x": int(i)} for i in places))
        .mark_rule(color=SOFT, strokeWidth=1.5)
        .encode(x=x, **px(y=_HEIGHT - 6, y2=_HEIGHT))
    )
    return strokes


def _points(plot: _Plot, start: int, end: int, x: alt.X, y: alt.Y) -> alt.Chart:
    legend = alt.Legend(
        title=None, orient="top", direction="vertical", symbolSize=60, offset=8, rowPadding=3
    )
    colours = alt.Scale(domain=plot.kinds, range=list(_COLOURS.values())[: len(plot.kinds)])
    shapes = ["circle", "diamond", "square"][: len(plot.kinds)]
    points: alt.Chart = (
        alt.Chart(rows_of(_reports(plot, start, end)))
        .mark_point(filled=True, opacity=1, size=min(36.0, (0.95 * plot.night) ** 2))
        .encode(
            x=x,
            y=y,
            fill=alt.Fill("kind:N", scale=colours, legend=legend),
            stroke=alt.Stroke("kind:N", scale=colours, legend=legend),
            shape=alt.Shape(
                "kind:N", scale=alt.Scale(domain=plot.kinds, range=shapes), legend=legend
            ),
            fillOpacity=alt.condition("datum.used", alt.value(1), alt.value(0)),
            strokeWidth=alt.value(1.1),
        )
    )
    return points


def _reports(plot: _Plot, start: int, end: int) -> Iterator[dict[str, Any]]:
    schedule = plot.verdict.schedule
    used = schedule.randomised & schedule.analysed & ~schedule.known
    for i in range(start, end + 1):
        if np.isfinite(plot.value[i]):
            side = 2 if schedule.period[i] < 0 else 0 if schedule.treated[i] else 1
            kind = plot.kinds[side]
            yield {"x": i, "y": float(plot.value[i]), "kind": kind, "used": bool(used[i])}


def _means(plot: _Plot, row: tuple[Stretch, ...], x: alt.X, y: alt.Y) -> alt.Chart:
    """Return each period's mean, over the nights from its first analysed one on."""
    means = {p.period - 1: p.mean for p in plot.found.periods if p.mean is not None}
    lines = rows_of(
        {
            **_span(_first_analysed(plot, s), s.last),
            "y": means[s.period],
            "colour": _COLOURS[s.treated],
        }
        for s in row
        if s.period in means
    )
    rules = alt.Chart(lines).mark_rule(strokeWidth=2.5)
    drawn: alt.Chart = rules.encode(x=x, x2=alt.X2("x2:Q"), y=y, color=_as_given())
    return drawn


def _first_analysed(plot: _Plot, stretch: Stretch) -> int:
    analysed = plot.verdict.schedule.analysed[stretch.first : stretch.last + 1]
    return stretch.first + int(analysed.argmax())


def _dates(plot: _Plot, row: tuple[Stretch, ...], x: alt.X) -> alt.Chart:
    """Return the first dates of stretches, as many as there is room for."""
    dates, start = plot.verdict.schedule.dates, row[0].first
    end = plot.night * (row[-1].last - start + 1) + _RIGHT
    labels: list[dict[str, Any]] = []
    free = 0.0
    for stretch in row:
        place = (stretch.first - start) * plot.night
        said = _day(dates[stretch.first], year=stretch is row[0])
        until = place + text_width(said, size=_FONT)
        if place >= free and (until <= end or not labels):
            labels.append({"x": stretch.first - 0.5, "said": said})
            free = until + 8
    drawn: alt.Chart = (
        alt.Chart(rows_of(labels))
        .mark_text(align="left", baseline="top", color=SOFT, fontSize=_FONT)
        .encode(x=x, **px(y=_HEIGHT + 5), text=alt.Text("said:N"))
    )
    return drawn


def _day(day: date, *, year: bool) -> str:
    return day_year(day) if year else month_day(day)


NIGHTS = Figure(
    name="nights",
    heading=_HEADING,
    draw=draw_nights,
    describe=describe_nights,
    caption=caption_nights,
    missing=_missing,
)
"""The raw nights."""
