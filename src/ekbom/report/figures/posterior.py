"""The posterior of the effect, against no difference and against the MID."""

from __future__ import annotations

import altair as alt
import numpy as np

from ekbom.analysis.decision import Probability
from ekbom.analysis.mixture import Mixture
from ekbom.analysis.result import Effect, OutcomeVerdict, TrialVerdict
from ekbom.language import Text, retell, say
from ekbom.protocol.model import Outcome
from ekbom.report.figures.figure import (
    BENEFIT,
    HARM,
    INK,
    NEGLIGIBLE,
    SOFT,
    Chart,
    Figure,
    finish,
    line_of,
    px,
    rows_of,
    sides,
)
from ekbom.report.measures import NO_ESTIMATE, better_words, unit_words
from ekbom.report.words import amount, number, percent

_HEADING: Text = "How large is the effect?"

_HEIGHT, _HEAD = 230, 74
"""Height of the picture and, of that, of the three probabilities on top, px."""

_POINTS = 121
"""Points of the curve in each area."""


def draw_posterior(verdict: TrialVerdict, found: OutcomeVerdict, *, width: int) -> Chart:
    """Return the density of the effect in the outcome's units, in its three areas."""
    theta, _, _ = _estimated(found)
    inner = width - 16
    low, high = _domain(theta, found.outcome)
    peak = float(theta.density(np.linspace(low, high, 400)).max())
    x = alt.X("x:Q").scale(domain=[low, high], nice=False)
    y = alt.Y("y:Q", axis=None).scale(domain=[0, peak * _HEIGHT / (_HEIGHT - _HEAD)])
    axis = alt.Axis(title=_axis_title(verdict, found), titlePadding=26, tickCount=6, grid=False)
    chart = alt.layer(
        *(_area(theta, part, x, y) for part in _areas(found, low, high)),
        *_rules(found.outcome, x.axis(axis)),
        *_estimate(found, x),
        *_probabilities(found, inner),
        *sides(width=inner, y=_HEIGHT + 24, lower_is_better=found.outcome.direction == "lower"),
    ).properties(width=inner, height=_HEIGHT)
    return finish(chart, description=describe_posterior(verdict, found), width=width)


def describe_posterior(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    """Return the picture in a sentence."""
    outcome = found.outcome
    _, effect, chance = _estimated(found)
    low, high = (number(v, outcome) for v in effect.interval95)
    return say(
        "Curve of how likely each size of the effect is, {axis}: best estimate {mean}, 95 % "
        "interval from {low} to {high}; {better}. Better by more than {size}: {benefit}; less than "
        "that either way: {negligible}; worse by more: {harm}.",
        axis=_axis_title(verdict, found),
        mean=number(effect.mean, outcome),
        low=low,
        high=high,
        better=better_words(outcome),
        size=amount(outcome.mid, outcome),
        benefit=percent(chance.benefit),
        negligible=percent(chance.negligible),
        harm=percent(chance.harm),
    )


def caption_posterior(_verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    """Return what the marks of the picture mean."""
    return say(
        "The higher the curve, the more likely an effect of that size. The full line marks no "
        "difference; the dashed lines mark {size} better and worse, the smallest difference that "
        "counts as worthwhile. The dot is the best estimate, the thick line its 95 % interval.",
        size=amount(found.outcome.mid, found.outcome),
    )


def _missing(found: OutcomeVerdict) -> str | None:
    if found.theta is not None and found.effect is not None and found.probability is not None:
        return None
    reason = retell(found.reason or NO_ESTIMATE)
    return say("There is no estimate of the effect: {reason}.", reason=reason)


def _estimated(found: OutcomeVerdict) -> tuple[Mixture, Effect, Probability]:
    """Return what was estimated; raises ValueError where `_missing` says that nothing was."""
    if found.theta is None or found.effect is None or found.probability is None:
        raise ValueError(_missing(found))
    return found.theta, found.effect, found.probability


def _axis_title(verdict: TrialVerdict, found: OutcomeVerdict) -> str:
    protocol = verdict.trial.protocol
    return say(
        "{unit}, {treatment} minus {reference}",
        unit=unit_words(found.outcome.unit),
        treatment=say(protocol.treatment.label),
        reference=say(protocol.reference.label),
    )


def _domain(theta: Mixture, outcome: Outcome) -> tuple[float, float]:
    """Return the ends of the axis: nearly the whole curve, and both MIDs."""
    reach = 1.5 * outcome.mid
    return min(theta.quantile(0.002), -reach), max(theta.quantile(0.998), reach)


def _areas(found: OutcomeVerdict, low: float, high: float) -> list[tuple[float, float, str]]:
    mid = found.outcome.mid
    outer = (BENEFIT, HARM) if found.outcome.direction == "lower" else (HARM, BENEFIT)
    return [(low, -mid, outer[0]), (-mid, mid, NEGLIGIBLE), (mid, high, outer[1])]


def _area(theta: Mixture, part: tuple[float, float, str], x: alt.X, y: alt.Y) -> alt.Chart:
    low, high, colour = part
    places = np.linspace(low, high, _POINTS)
    rows = [
        {"x": float(a), "y": float(b)} for a, b in zip(places, theta.density(places), strict=True)
    ]
    line = alt.MarkConfig(color=colour, strokeWidth=1.5)
    marks = alt.Chart(rows_of(rows)).mark_area(color=colour, fillOpacity=0.35, line=line)
    area: alt.Chart = marks.encode(x=x, y=y)
    return area


def _rules(outcome: Outcome, x: alt.X) -> list[alt.Chart]:
    whole = px(y=_HEAD - 4, y2=_HEIGHT)
    limits = rows_of([{"x": -outcome.mid}, {"x": outcome.mid}])
    zero = alt.Chart(rows_of([{"x": 0.0}])).mark_rule(color=INK, strokeWidth=1.2)
    mids = alt.Chart(limits).mark_rule(color=SOFT, strokeDash=[4, 3], strokeWidth=1.2)
    return [rule.encode(x=x, **whole) for rule in (zero, mids)]


def _estimate(found: OutcomeVerdict, x: alt.X) -> list[alt.Chart]:
    _, effect, _ = _estimated(found)
    low, high = effect.interval95
    foot = px(y=_HEIGHT - 9)
    bar = alt.Chart(rows_of([{"x": low, "x2": high}])).mark_rule(color=INK, strokeWidth=3)
    dot = alt.Chart(rows_of([{"x": effect.mean}])).mark_point(
        color=INK, filled=True, size=90, opacity=1
    )
    return [bar.encode(x=x, x2=alt.X2("x2:Q"), **foot), dot.encode(x=x, **foot)]


def _probabilities(found: OutcomeVerdict, width: int) -> list[alt.Chart]:
    """Return the three probabilities, in the order in which their areas lie."""
    _, _, chance = _estimated(found)
    size = amount(found.outcome.mid, found.outcome)
    better = (chance.benefit, BENEFIT, [say("better by"), say("over {size}", size=size)])
    worse = (chance.harm, HARM, [say("worse by"), say("over {size}", size=size)])
    neither = (
        chance.negligible,
        NEGLIGIBLE,
        [say("less than"), say("{size} either way", size=size)],
    )
    turned = found.outcome.direction == "higher"
    order = (worse, neither, better) if turned else (better, neither, worse)
    places = ((0.0, "left"), (width / 2, "center"), (float(width), "right"))
    return [
        line_of(
            said,
            x=x,
            y=y,
            limit=width / 2.6,
            align=align,
            color=shade,
            fontSize=size,
            fontWeight=bold,
        )
        for (x, align), (p, colour, (upper, lower)) in zip(places, order, strict=True)
        for said, y, shade, size, bold in (
            (percent(p), 0, colour, 20, "bold"),
            (upper, 26, SOFT, 12, "normal"),
            (lower, 41, SOFT, 12, "normal"),
        )
    ]


POSTERIOR = Figure(
    name="posterior",
    heading=_HEADING,
    draw=draw_posterior,
    describe=describe_posterior,
    caption=caption_posterior,
    missing=_missing,
)
"""The posterior of the effect."""
