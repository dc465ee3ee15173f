"""The figures: what is drawn is what the verdict holds, and a listener hears it too."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ekbom.analysis.decision import Probability
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.result import OutcomeVerdict, TrialVerdict
from ekbom.protocol.files import built_in
from ekbom.report.figures.figure import (
    BENEFIT,
    DARK,
    HARM,
    NARROW,
    NEGLIGIBLE,
    ON_BAR,
    WIDE,
    Figure,
)
from ekbom.report.figures.nights import NIGHTS
from ekbom.report.figures.posterior import POSTERIOR
from ekbom.report.figures.randomisation import RANDOMISATION, bin_statistics
from ekbom.report.figures.strips import Stretch, fitting, initials, strips
from ekbom.report.figures.svg import svg_of
from ekbom.report.words import percent
from unit import verdict_samples as samples

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = (NIGHTS, POSTERIOR, RANDOMISATION)
SAMPLES = {
    "relief": samples.relief,
    "long": samples.long_trial,
    "mood": samples.mood,
    "hostile": samples.hostile,
}

every_figure = pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.name)
every_sample = pytest.mark.parametrize("sample", SAMPLES)


@cache
def verdict_of(sample: str) -> TrialVerdict:
    return SAMPLES[sample]()


@cache
def drawn(figure: Figure, sample: str, width: int = NARROW) -> ET.Element:
    verdict = verdict_of(sample)
    return parsed(figure, verdict, samples.primary(verdict), width)


def parsed(figure: Figure, verdict: TrialVerdict, found: OutcomeVerdict, width: int) -> ET.Element:
    return ET.fromstring(svg_of(figure.draw(verdict, found, width=width), name="one"))


def texts(svg: ET.Element) -> list[str]:
    return ["".join(t.itertext()) for t in svg.iter(f"{SVG}text") if t.get("opacity") != "0"]


def marks(svg: ET.Element, kind: str) -> list[ET.Element]:
    """Return the shapes of one kind of mark, without those of axes and legends."""
    groups = [g for g in svg.iter(f"{SVG}g") if f"{kind} role-mark" in g.get("class", "")]
    return [shape for g in groups for shape in g]


def place(shape: ET.Element) -> float:
    return float(re.match(r"translate\(([-\d.]+)", shape.get("transform", ""))[1])


@every_figure
@every_sample
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_figure_is_one_picture_with_a_sentence(figure: Figure, sample: str, width: int) -> None:
    svg, verdict = drawn(figure, sample, width), verdict_of(sample)

    assert svg.tag == f"{SVG}svg"
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == figure.describe(verdict, samples.primary(verdict))
    assert [e for e in svg.iter() if e is not svg and e.get("role")] == []


@every_figure
@every_sample
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_figure_is_as_wide_as_asked(figure: Figure, sample: str, width: int) -> None:
    found = float(drawn(figure, sample, width).get("width", "0"))
    assert width - 16 <= found <= width + 8


@pytest.mark.slow
@every_figure
@every_sample
def test_a_figure_asks_for_nothing_from_outside(figure: Figure, sample: str) -> None:
    verdict = verdict_of(sample)
    chart = figure.draw(verdict, samples.primary(verdict), width=NARROW)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg_of(chart, name="one"))

    assert re.findall(r"https?:|//|@import|<image|<script|href=", svg) == []
    assert set(re.findall(r"url\(([^)]*)\)", svg)) <= {
        f"#{i}" for i in re.findall(r'id="(.*?)"', svg)
    }


@every_figure
def test_ids_begin_with_the_given_name_and_a_second_drawing_is_the_same(figure: Figure) -> None:
    verdict = verdict_of("relief")
    chart = figure.draw(verdict, samples.primary(verdict), width=NARROW)
    first, second = (svg_of(chart, name=f"{figure.name}-7") for _ in range(2))

    assert first == second
    assert all(i.startswith(f"{figure.name}-7-") for i in re.findall(r'id="(.*?)"', first))


@pytest.mark.slow
@every_figure
@every_sample
def test_every_colour_has_one_for_a_dark_ground(figure: Figure, sample: str) -> None:
    used = {
        e.get(part)
        for e in drawn(figure, sample).iter()
        for part in ("fill", "stroke")
        if e.get(part)
    }
    assert used - {"none", "transparent"} <= set(DARK)


def test_colours_on_both_grounds_are_readable() -> None:
    text = [c for c in DARK if c not in ("#ccd3da", ON_BAR)]
    assert [c for c in text if contrast(c, "#ffffff") < 4.5] == []
    assert [c for c in text if contrast(DARK[c], "#171e26") < 4.5] == []
    bars = (BENEFIT, NEGLIGIBLE, HARM)
    assert [c for c in bars if contrast(c, ON_BAR) < 4.5] == []
    assert [c for c in bars if contrast(DARK[c], DARK[ON_BAR]) < 4.5] == []


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@every_sample
def test_each_reported_night_is_one_point(sample: str) -> None:
    verdict = verdict_of(sample)
    found = samples.primary(verdict)
    value = verdict.trial.diary.values(found.outcome.id, dates=verdict.schedule.dates)
    points = marks(drawn(NIGHTS, sample), "mark-symbol")
    used = verdict.schedule.randomised & verdict.schedule.analysed

    assert len(points) == np.isfinite(value).sum()
    hollow = sum(p.get("fill-opacity") == "0" for p in points)
    assert hollow == (np.isfinite(value) & ~used).sum()


@every_sample
def test_each_silent_night_of_a_period_is_one_stroke(sample: str) -> None:
    verdict = verdict_of(sample)
    found = samples.primary(verdict)
    value = verdict.trial.diary.values(found.outcome.id, dates=verdict.schedule.dates)
    strokes = [
        r for r in marks(drawn(NIGHTS, sample), "mark-rule") if r.get("stroke-width") == "1.5"
    ]

    assert len(strokes) == (verdict.schedule.randomised & np.isnan(value)).sum()


@every_sample
def test_each_period_with_a_mean_has_one_line(sample: str) -> None:
    found = samples.primary(verdict_of(sample))
    lines = [r for r in marks(drawn(NIGHTS, sample), "mark-rule") if r.get("stroke-width") == "2.5"]
    assert len(lines) == sum(p.mean is not None for p in found.periods)


def test_treatments_differ_in_colour_and_in_shape() -> None:
    points = marks(drawn(NIGHTS, "mood"), "mark-symbol")
    looks = {(p.get("fill"), "A" in p.get("d", "")) for p in points}
    assert looks == {("#1f5fa6", True), ("#b35900", False)}


@pytest.mark.parametrize(
    ("sample", "said"),
    [("relief", "points, lower is better ↓"), ("mood", "points, higher is better ↑")],
)
def test_the_nights_say_which_way_is_better(sample: str, said: str) -> None:
    assert said in texts(drawn(NIGHTS, sample))


def test_the_sentence_of_the_nights_gives_means_and_missing_nights() -> None:
    verdict = verdict_of("relief")
    found = samples.primary(verdict)
    means = {
        name: np.average(
            [p.mean for p in found.periods if p.treatment == name],
            weights=[p.reports for p in found.periods if p.treatment == name],
        )
        for name in ("magnesium", "placebo")
    }
    assert NIGHTS.describe(verdict, found) == (
        "Each of 89 reported nights as a point, over 12 periods. Mean of the analysed nights: "
        f"{means['magnesium']:.1f} on magnesium citrate and {means['placebo']:.1f} on placebo, in "
        f"points; lower is better. {found.nights.missing} nights to be analysed have no report."
    )


@pytest.mark.parametrize(
    ("sample", "expected"),
    [("relief", ["62 %", "31 %", "7 %"]), ("mood", ["7 %", "31 %", "62 %"])],
)
def test_the_three_probabilities_stand_over_their_areas(sample: str, expected: list[str]) -> None:
    """Benefit lies left where lower is better, right where higher is."""
    chance = Probability(benefit=0.62, harm=0.07, negligible=0.31, better=0.8)
    verdict = samples.with_primary(verdict_of(sample), probability=chance)
    svg = parsed(POSTERIOR, verdict, samples.primary(verdict), NARROW)
    large = sorted((t for t in svg.iter(f"{SVG}text") if t.get("font-size") == "20px"), key=place)
    colours = [BENEFIT, NEGLIGIBLE, HARM]

    assert ["".join(t.itertext()) for t in large] == expected
    assert [t.get("fill") for t in large] == (colours if sample == "relief" else colours[::-1])
    assert [a.get("fill") for a in marks(svg, "mark-area")] == [t.get("fill") for t in large]


@pytest.mark.parametrize("sample", ["relief", "long", "mood"])
def test_the_sentence_of_the_posterior_gives_the_same_probabilities(sample: str) -> None:
    verdict = verdict_of(sample)
    found = samples.primary(verdict)
    chance = found.probability
    expected = [percent(p) for p in (chance.benefit, chance.negligible, chance.harm)]
    said = POSTERIOR.describe(verdict, found)
    assert re.findall(r": ((?:over |under )?\d+ %)", said) == expected


@pytest.mark.parametrize("figure", [POSTERIOR, RANDOMISATION], ids=lambda f: f.name)
@pytest.mark.parametrize(
    ("sample", "arrows"),
    [("relief", ["← better", "worse →"]), ("mood", ["← worse", "better →"])],
)
def test_the_axis_says_on_which_side_better_lies(
    figure: Figure, sample: str, arrows: list[str]
) -> None:
    assert [t for t in texts(drawn(figure, sample)) if "→" in t or "←" in t] == arrows


def test_the_areas_are_the_probabilities() -> None:
    """Areas under the drawn curve, by the trapezoid rule, against the closed form."""
    found = samples.primary(verdict_of("long"))
    scale = drawn(POSTERIOR, "long")
    areas = [area(p) for p in marks(scale, "mark-area")]
    chance = found.probability

    shares = np.array(areas) / sum(areas)
    assert shares == pytest.approx([chance.benefit, chance.negligible, chance.harm], abs=0.005)


def area(path: ET.Element) -> float:
    corners = np.array(re.findall(r"([-\d.]+),([-\d.]+)", path.get("d", "")), dtype=float)
    x, y = corners.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


@pytest.mark.parametrize("statistic", [-2.5, -0.2, 1.1])
@pytest.mark.parametrize("bins", [29, 41])
def test_the_solid_bars_add_up_to_p(statistic: float, bins: int) -> None:
    test = samples.null_test(sequences=4096, statistic=statistic)
    bars = bin_statistics(test, bins=bins)

    assert len(bars) == bins
    assert sum(b["extreme"] for b in bars) == pytest.approx(test.p, abs=1e-12)
    assert sum(b["extreme"] + b["rest"] for b in bars) == pytest.approx(1.0, abs=1e-12)


def test_unequal_weights_count_as_they_weigh() -> None:
    test = RandomisationResult(
        8,
        True,
        p=0.25,
        statistic=2.0,
        null_statistics=np.array([-2.0, -1.0, 1.0, 2.0]),
        null_weights=np.array([1, 3, 3, 1]) / 8,
    )
    bars = bin_statistics(test, bins=4)
    assert [b["extreme"] for b in bars] == [0.125, 0.0, 0.0, 0.125]
    assert [b["rest"] for b in bars] == [0.0, 0.375, 0.375, 0.0]


def test_a_test_with_one_statistic_for_all_is_drawn() -> None:
    null = RandomisationResult(
        2,
        True,
        p=1.0,
        smallest_p=1.0,
        statistic=0.0,
        null_statistics=np.zeros(2),
        null_weights=np.full(2, 0.5),
    )
    assert sum(b["extreme"] for b in bin_statistics(null, bins=5)) == 1.0


def test_131072_orders_are_drawn_quickly_and_small() -> None:
    verdict = verdict_of("mood")
    test = samples.null_test(sequences=131_072, statistic=-0.7)
    found = replace(samples.primary(verdict), randomisation=test)
    svg_of(RANDOMISATION.draw(verdict, found, width=WIDE), name="warm")

    began = time.process_time()
    svg = svg_of(RANDOMISATION.draw(verdict, found, width=WIDE), name="one")
    assert time.process_time() - began < 1.0
    assert len(svg) < 20_000


def test_the_caption_of_the_test_says_p_and_the_smallest_p() -> None:
    verdict = verdict_of("relief")
    assert RANDOMISATION.caption(verdict, samples.primary(verdict)) == (
        "If magnesium citrate and placebo did exactly the same, chance alone would draw an order "
        "that looks at least this different (solid bars) with probability p = .062, over all 64 "
        "orders. The smallest p that this design could give is .031."
    )


def test_a_sampled_test_says_so() -> None:
    verdict = verdict_of("relief")
    test = replace(samples.null_test(sequences=1000, statistic=-1.0), exact=False, sequences=70_000)
    found = replace(samples.primary(verdict), randomisation=test)
    assert "over 1,000 orders drawn from 70,000." in RANDOMISATION.caption(verdict, found)


def test_without_a_test_the_reason_takes_the_place_of_the_picture() -> None:
    found = samples.primary(samples.untested())
    assert RANDOMISATION.missing(found) == (
        "There is no randomisation test: the order of treatments was not drawn by chance."
    )
    with pytest.raises(ValueError, match="not made"):
        RANDOMISATION.draw(samples.untested(), found, width=NARROW)


def test_without_an_estimate_the_reason_takes_the_place_of_the_picture() -> None:
    verdict = samples.unanswered()
    found = samples.primary(verdict)
    assert POSTERIOR.missing(found) == "There is no estimate of the effect: 0 nights are too few."
    with pytest.raises(ValueError, match="too few"):
        POSTERIOR.draw(verdict, found, width=NARROW)


def test_nights_without_any_report_are_drawn_as_gaps() -> None:
    verdict = samples.unanswered()
    svg = parsed(NIGHTS, verdict, samples.primary(verdict), NARROW)
    assert marks(svg, "mark-symbol") == []
    assert sum(r.get("stroke-width") == "1.5" for r in marks(svg, "mark-rule")) == 84


@every_figure
def test_figures_that_can_be_drawn_miss_nothing(figure: Figure) -> None:
    assert figure.missing(samples.primary(verdict_of("relief"))) is None


lengths = st.lists(st.integers(1, 40), min_size=1, max_size=30)


@given(lengths=lengths, paired=st.booleans(), most=st.integers(10, 120))
def test_strips_hold_every_stretch_once_in_order_and_no_more_than_fits(
    lengths: list[int], paired: bool, most: int
) -> None:
    parts, first = [], 0
    for i, length in enumerate(lengths):
        block = i // 2 if paired else -1
        parts.append(Stretch(first, first + length - 1, "randomised", bool(i % 2), i, block))
        first += length
    rows = strips(parts, most=most)

    assert [s for row in rows for s in row] == parts
    for row in rows:
        assert sum(s.nights for s in row) <= max(most, *lengths)
    if paired and all(sum(lengths[i : i + 2]) <= most for i in range(0, len(lengths), 2)):
        ends = [row[-1].block for row in rows[:-1]]
        starts = [row[0].block for row in rows[1:]]
        assert all(a < b for a, b in zip(ends, starts, strict=True))


def test_strips_are_even() -> None:
    parts = [Stretch(14 * i, 14 * i + 13, "randomised", None, i, i) for i in range(6)]
    assert [len(row) for row in strips(parts, most=70)] == [3, 3]


def test_initials_never_clash() -> None:
    protocol = built_in("magnesium-rls")
    assert initials(protocol) == ("M", "P")
    same = tuple(replace(t, label=f"magnesium {t.role}") for t in protocol.treatments)
    assert initials(replace(protocol, treatments=same)) == ("A", "B")


def test_the_first_text_that_fits_is_taken() -> None:
    texts = ("magnesium citrate", "magnesium", "M")
    assert [fitting(texts, room=room, size=10) for room in (200, 60, 7, 5)] == [*texts, ""]
