"""The randomisation test: this trial's order among all that chance could have drawn."""

from __future__ import annotations

import altair as alt
import numpy as np
from numpy.typing import NDArray

from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.result import OutcomeVerdict, TrialVerdict
from ekbom.language import Text, figure, retell, say
from ekbom.report.figures.figure import (
    INK,
    NEGLIGIBLE,
    WIDE,
    Chart,
    Figure,
    finish,
    px,
    rows_of,
    sides,
)
from ekbom.report.words import p_value

_HEADING: Text = "Could it be chance?"

_HEIGHT, _HEAD = 180, 22
_TIE = 1e-9
"""Statistics closer than this share of the largest are ties, as in the test."""


def draw_randomisation(verdict: TrialVerdict, found: OutcomeVerdict, *, width: int) -> Chart:
    """Return how often each size of the statistic arises among all orders, in bins."""
    test = found.randomisation
    inner = width - 16
    bars = bin_statistics(test, bins=41 if width >= WIDE else 29)
    reach = bars[-1]["x2"]
    top = max(bar["rest"] + bar["extreme"] for bar in bars)
    x = alt.X("x:Q").scale(domain=[-reach, reach], nice=False)
    y = alt.Y(axis=None).scale(domain=[0, top * _HEIGHT / (_HEIGHT - _HEAD)])
    title = alt.Axis(
        title=say("difference, as the test measures it"), titlePadding=26, tickCount=7, grid=False
    )
    chart = alt.layer(
        *_bars(bars, x.axis(title), y),
        *_observed(_statistic(test), x),
        *sides(width=inner, y=_HEIGHT + 24, lower_is_better=found.outcome.direction == "lower"),
    ).properties(width=inner, height=_HEIGHT)
    return finish(chart, description=describe_randomisation(verdict, found), width=width)


def describe_randomisation(_verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    """Return the picture in a sentence."""
    test = found.randomisation
    seen = figure(_statistic(test), ".2f").replace("-", "\N{MINUS SIGN}")
    return say(
        "Histogram of the difference in each of {orders} of treatments that chance could have "
        "drawn, with this trial's own at {seen}; p = {p}.",
        orders=_orders(test),
        seen=seen,
        p=_p(test.p),
    )


def caption_randomisation(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    """Return what p says, in words."""
    test, protocol = found.randomisation, verdict.trial.protocol
    return say(
        "If {treatment} and {reference} did exactly the same, chance alone would draw an order "
        "that looks at least this different (solid bars) with probability p = {p}, over {orders}. "
        "The smallest p that this design could give is {smallest}.",
        treatment=say(protocol.treatment.label),
        reference=say(protocol.reference.label),
        p=_p(test.p),
        orders=_orders(test),
        smallest=_p(test.smallest_p),
    )


def bin_statistics(test: RandomisationResult, *, bins: int) -> list[dict[str, float]]:
    """Return the share of all orders in each bin of the statistic, from left to right.

    ``extreme`` is the share at least as far from 0 as this trial's, on either side, ``rest`` the
    others; all ``extreme`` together are the two-sided p.  The bins lie evenly about 0.
    """
    null, weight, seen = test.null_statistics, test.null_weights, abs(_statistic(test))
    size = np.abs(null)
    reach = max(float(size.max()), seen) * 1.02 or 1.0
    edges = np.linspace(-reach, reach, bins + 1)
    far = size >= seen - _TIE * reach
    rest, extreme = (_shares(null[m], weight[m], edges) for m in (~far, far))
    return [
        {"x": float(a), "x2": float(b), "rest": float(r), "extreme": float(e)}
        for a, b, r, e in zip(edges[:-1], edges[1:], rest, extreme, strict=True)
    ]


def _statistic(test: RandomisationResult) -> float:
    if test.statistic is None:
        raise ValueError("there is no statistic of a test that was not made")
    return test.statistic


def _p(p: float | None) -> str:
    return say("unknown") if p is None else p_value(p)


def _shares(
    null: NDArray[np.float64], weight: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.histogram(null, bins=edges, weights=weight)[0]
    return shares


def _missing(found: OutcomeVerdict) -> str | None:
    if found.randomisation.p is not None and len(found.randomisation.null_statistics):
        return None
    reason = retell(found.randomisation.reason or "") or say("nothing to compare")
    return say("There is no randomisation test: {reason}.", reason=reason)


def _orders(test: RandomisationResult) -> str:
    if test.exact:
        return say("all {count:,} orders", count=test.sequences)
    drawn = len(test.null_statistics)
    return say("{drawn:,} orders drawn from {count:,}", drawn=drawn, count=test.sequences)


def _bars(bars: list[dict[str, float]], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return the bars, the extreme share at the foot of each."""
    stacked = [
        {"x": b["x"], "x2": b["x2"], "low": low, "high": high, "far": far}
        for b in bars
        for low, high, far in (
            (0.0, b["extreme"], True),
            (b["extreme"], b["extreme"] + b["rest"], False),
        )
        if high > low
    ]
    parts = (([r for r in stacked if r["far"]], INK, 1.0), (_near(stacked), NEGLIGIBLE, 0.45))
    return [
        alt.Chart(rows_of(rows))
        .mark_rect(color=colour, fillOpacity=opacity)
        .encode(x=x, x2=alt.X2("x2:Q"), y=y.field("low").type("quantitative"), y2=alt.Y2("high:Q"))
        for rows, colour, opacity in parts
    ]


def _near(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    return [r for r in rows if not r["far"]]


def _observed(statistic: float, x: alt.X) -> list[alt.Chart]:
    rows = rows_of([{"x": statistic, "said": say("this trial")}])
    left = statistic < 0
    rule = alt.Chart(rows).mark_rule(color=INK, strokeWidth=2)
    text = alt.Chart(rows).mark_text(
        align="left" if left else "right",
        baseline="top",
        color=INK,
        dx=6 if left else -6,
        fontSize=12,
        fontWeight="bold",
    )
    return [
        rule.encode(x=x, **px(y=0, y2=_HEIGHT)),
        text.encode(x=x, **px(y=0), text=alt.Text("said:N")),
    ]


RANDOMISATION = Figure(
    name="randomisation",
    heading=_HEADING,
    draw=draw_randomisation,
    describe=describe_randomisation,
    caption=caption_randomisation,
    missing=_missing,
)
"""The distribution that p is read from."""
