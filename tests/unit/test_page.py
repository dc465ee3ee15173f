"""The page: one file that stands alone, in order, with every text escaped."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from itertools import pairwise
from unittest.mock import patch

import pytest

from ekbom.analysis.decision import Probability
from ekbom.analysis.result import Check, Incidents, SideEffects, TrialVerdict
from ekbom.problem import Problem
from ekbom.report import page
from ekbom.report.figures.figure import DARK
from ekbom.report.page import Section, build_page
from ekbom.report.words import check_words, firmer, notice, sentence
from unit import verdict_samples as samples

SVG = "{http://www.w3.org/2000/svg}"
STEPS = ("Plan your own trial: ekbom new", "Everything else: ekbom --help")


def section(verdict: TrialVerdict, heading: str = "A trial") -> Section:
    return Section(heading, "What it is.", verdict, ("A first note.", "A second note."))


@cache
def whole() -> str:
    sections = (
        section(samples.relief(), "A simulated trial"),
        section(samples.mood(), "A real trial"),
        section(samples.untested(), "A trial without chance"),
        section(samples.unanswered(), "A trial without answers"),
        section(samples.hostile(), samples.HOSTILE),
    )
    return build_page(title="Five trials", sections=sections, next_steps=STEPS)


def page_of(verdict: TrialVerdict) -> ET.Element:
    """Return the body of a page of one trial, without the figures, which take their time."""
    with patch.object(page, "FIGURES", ()):
        return body(build_page(title="One", sections=(section(verdict),), next_steps=()))


def body(made: str) -> ET.Element:
    """Return the body, which must be well-formed XML as well."""
    return ET.fromstring(made[made.index("<body>") : made.index("</html>")])


def text(element: ET.Element) -> str:
    return "".join(element.itertext()).replace("\N{NO-BREAK SPACE}", " ")


def said(root: ET.Element, tag: str, class_: str | None = None) -> list[str]:
    return [text(e) for e in root.iter(tag) if class_ is None or e.get("class") == class_]


def rows(root: ET.Element, caption: str) -> list[list[str]]:
    """Return the cells of the body of the only table whose caption begins like this."""
    (found,) = (t for t in root.iter("table") if text(t.find("caption")).startswith(caption))
    return [[text(cell) for cell in row] for row in found.find("tbody")]


def test_the_page_declares_itself() -> None:
    assert whole().startswith('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    assert re.findall(r"<title>(.*?)</title>", whole()) == ["Five trials"]
    assert whole().count('name="viewport" content="width=device-width, initial-scale=1"') == 1


def test_the_page_stands_alone() -> None:
    bare = re.sub(r' xmlns(:\w+)?="[^"]*"', "", whole())

    assert re.findall(r"https?:", bare) == []
    assert re.findall(r"<(?:script|link|img|iframe|object|embed|form|base)\b", bare) == []
    assert re.findall(r"@import|@font-face|\son\w+=|\sstyle=|\ssrc=", bare) == []
    assert set(re.findall(r"url\((.)", bare)) <= {"#"}
    assert set(re.findall(r'href="(.)', bare)) == {"#"}
    assert bare.count("<style>") == 1


def test_the_page_is_small() -> None:
    assert len(whole().encode()) < 1_500_000


def test_ids_are_unique_and_every_link_arrives() -> None:
    ids = re.findall(r' id="([^"]*)"', whole())
    assert sorted(set(ids)) == sorted(ids)
    targets = re.findall(r'href="#([^"]*)"', whole()) + re.findall(r"url\(#([^)]*)\)", whole())
    assert set(targets) <= set(ids)
    assert set(re.findall(r'aria-labelledby="([^"]*)"', whole())) <= set(ids)


def test_headings_never_skip_a_level() -> None:
    levels = [int(e.tag[1]) for e in body(whole()).iter() if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [b for a, b in pairwise(levels) if b > a + 1] == []


def test_headings_of_one_trial_in_their_order() -> None:
    first = body(whole()).find("main")[0]
    assert said(first, "h3") == [
        "The effect against what would be worthwhile",
        "Every night",
        "How large is the effect?",
        "Could it be chance?",
        "Period by period",
        "Secondary outcomes",
        "Side effects",
        "What could overturn this",
        "Doses",
        "What would make it firmer",
    ]


def test_every_table_has_a_caption_and_heads_for_rows_and_columns() -> None:
    tables = list(body(whole()).iter("table"))
    assert len(tables) == 8 + 7 + 8 + 7 + 8
    for table in tables:
        assert [child.tag for child in table] == ["caption", "thead", "tbody"]
        assert text(table.find("caption")) != ""
        assert {th.get("scope") for th in table.find("thead").iter("th")} == {"col"}
        assert {th.get("scope") for th in table.find("tbody").iter("th")} == {"row"}
        width = len(table.find("thead")[0])
        assert {len(row) for row in table.find("tbody")} == {width}


def test_the_verdict_comes_first_after_the_heading() -> None:
    verdict = samples.relief()
    first = page_of(verdict).find("main")[0]
    assert [e.tag for e in first][:5] == ["h2", "p", "p", "p", "p"]
    assert [text(e) for e in first][:5] == [
        "A trial",
        sentence(verdict, samples.primary(verdict)),
        "What it is.",
        "A first note.",
        "A second note.",
    ]
    assert first[1].get("class") == "verdict"


def test_the_word_stands_out() -> None:
    root = page_of(samples.untested())
    (verdict,) = (p for p in root.iter("p") if p.get("class") == "verdict")
    assert text(verdict[0]) == (
        "Cannot tell yet, because the order of treatments was not drawn by chance."
    )


def test_the_effect_is_set_against_the_mid() -> None:
    verdict = samples.with_primary(
        samples.relief(), probability=Probability(0.9431, 0.0001, 0.0568, 0.9999)
    )
    effect = samples.primary(verdict).effect
    assert said(page_of(verdict), "p")[6 - 1] == (
        f"On magnesium citrate the best estimate is {-effect.mean:.1f} points better than on "
        f"placebo: {-effect.mean:.1f} times that difference. Probability of better by more than "
        "1.0 points: 94 %; of worse by more than 1.0 points: under 1 %; of less than 1.0 points "
        "either way: 6 %."
    )


@pytest.mark.parametrize("sample", [samples.relief, samples.mood])
def test_worse_is_called_worse_in_either_direction(sample: object) -> None:
    verdict = sample()
    effect = samples.primary(verdict).effect
    turned = samples.with_primary(verdict, effect=replace(effect, mean=-effect.mean))
    better = [
        "better" in next(p for p in said(page_of(v), "p") if p.startswith("On ")).split(" than ")[0]
        for v in (verdict, turned)
    ]
    assert better == ([True, False] if sample is samples.relief else [False, True])


def test_the_table_of_numbers() -> None:
    verdict = samples.with_primary(
        samples.relief(),
        probability=Probability(0.9431, 0.0001, 0.0568, 0.9999),
        further={3.0: Probability(0.02, 0.0, 0.98, 0.9999)},
    )
    assert rows(page_of(verdict), "Strongest urge to move: magnesium citrate minus placebo") == [
        ["Best estimate", "−1.8"],
        ["95 % interval", "−2.7 to −0.8"],
        ["At full exposure, extrapolated", "−2.0 (−3.1 to −0.9)"],
        ["Probability of any benefit", "over 99 %"],
        ["Probability of better by more than 1.0 points", "94 %"],
        ["Probability of less than 1.0 points either way", "6 %"],
        ["Probability of worse by more than 1.0 points", "under 1 %"],
        ["Probability of better by more than 3.0 points", "2 %"],
        ["Probability of less than 3.0 points either way", "98 %"],
        ["Probability of worse by more than 3.0 points", "under 1 %"],
        ["Randomisation p, two-sided", ".062"],
        ["Randomisation p towards better", ".031"],
        ["Randomisation p towards worse", ".98"],
        ["Smallest two-sided p of this design", ".031"],
        ["95.3 % interval by randomisation", "−2.9 to −0.4"],
    ]


def test_nights_add_up_to_the_planned_ones() -> None:
    counts = [int(count) for _, count in rows(page_of(samples.relief()), "Where the nights")]
    assert counts[0] == sum(counts[1:]) == 84


def test_every_period_is_listed() -> None:
    verdict = samples.relief()
    listed = rows(page_of(verdict), "Every period")
    periods = samples.primary(verdict).periods
    assert len(listed) == len(periods) == 12
    assert listed[0] == [
        "1 magnesium citrate",
        "16 Feb to 22 Feb 2026",
        str(periods[0].reports),
        f"{periods[0].mean:.1f} ({periods[0].sd:.1f})",
    ]


def test_a_period_without_reports_has_no_mean() -> None:
    verdict = samples.unanswered()
    assert {tuple(row[2:]) for row in rows(page_of(verdict), "Every period")} == {("0", "–")}


def test_many_periods_are_folded_away() -> None:
    root = page_of(samples.mood())
    assert said(root, "summary")[0] == "All 34 periods, one by one"
    assert len(next(root.iter("details")).find("table").find("tbody")) == 34


def test_secondary_outcomes_are_not_adjusted_and_impressions_are_counted() -> None:
    verdict = samples.relief()
    root = page_of(verdict)
    listed = rows(root, "Magnesium citrate minus placebo. Each is one of 7 secondary outcomes, not")
    assert [row[0] for row in listed] == [
        f"{o.name[:1].upper()}{o.name[1:]} {o.unit}, {o.direction} is better, MID "
        f"{o.mid:.{0 if o.mid == 10 else 1}f} {o.unit}"
        for o in verdict.trial.protocol.outcomes[1:-1]
    ]
    assert sentence(verdict, verdict.outcomes["impression"]) in said(root, "p")


def test_side_effects_per_treatment() -> None:
    root = page_of(samples.relief())
    assert rows(root, "Nights with it, of nights answered") == [
        ["Loose stools", "9 of 38 worst 3", "2 of 36 worst 2", "+18 % p .062"],
        ["Nausea", "7 of 38 worst 3", "2 of 36 worst 2", "+13 % p .12few data"],
        ["Belly pain", "5 of 38 worst 3", "2 of 36 worst 2", "+8 % p .19"],
        ["Other complaint", "3 of 38 worst 3", "2 of 36 worst 2", "+2 % p .25"],
    ]
    assert rows(root, "Holds, lower doses, ends and emergencies")[0] == ["Dose held", "1", "0"]
    assert rows(root, "Apart: while the dose was being found")[0] == [
        "Loose stools",
        "3 of 13 worst 2",
    ]
    assert "Few data: absence is no proof of safety." in said(root, "p")


def test_what_was_not_asked_is_not_none() -> None:
    verdict = samples.relief()
    item = verdict.side_effects.items[0]
    silent = tuple(replace(c, reported=0, present=0, worst=None) for c in item.treatments)
    effects = SideEffects(
        (
            replace(
                item,
                treatments=silent,
                titration=replace(item.titration, reported=0),
                difference=None,
                p=None,
            ),
        ),
        (Incidents("magnesium", 0, 0, 0, 0), Incidents("placebo", 0, 0, 0, 0)),
    )
    root = page_of(replace(verdict, side_effects=effects))
    assert rows(root, "Nights with it") == [["Loose stools", "not asked", "not asked", "– no p"]]
    assert "No dose was held, stepped down or ended for side effects." in said(root, "p")
    assert [c for c in said(root, "caption") if c.startswith("Apart")] == []


def test_a_trial_that_asks_for_no_side_effects_says_so() -> None:
    verdict = samples.relief()
    verdict = replace(verdict, side_effects=replace(verdict.side_effects, items=()))
    assert "This trial did not ask about side effects." in said(page_of(verdict), "p")


def test_checks_that_object_stand_first_and_the_others_are_folded_away() -> None:
    root = page_of(samples.relief())
    (objections,) = (u for u in root.iter("ul") if u.get("class") == "objections")
    assert [text(li) for li in objections] == [
        "Probability of any benefit if the onset were slower: 95 % (bar 97.5 %). "
        "But not if: it says cannot tell yet.",
        f"{check_words(Check('blinded', 0, 1, False, ''))}: 0 (bar 1). "
        "Expectation may be part of the effect.",
    ]
    folded = next(root.iter("details"))
    assert text(folded[0]) == "10 checks that do not object"
    assert len(folded[1]) == 10


@pytest.mark.parametrize(
    ("check", "shown"),
    [
        (Check("missing_share", 0.1166, 0.4, True, "none"), "12 % (bar 40 %)."),
        (Check("pairs_with_enough_reports", 5, 2, True, "none"), "5 (bar 2)."),
        (Check("posterior_sd_over_prior_sd", 0.314, 0.5, True, "none"), "0.31 (bar 0.5)."),
        (Check("randomisation_agrees", 1 / 64, 0.05, True, "none"), ".016 (bar .05)."),
        (Check("share_at_minimum", 0.02, None, True, "none"), "2 %."),
        (Check("sensitivity_all_nights", 0.9991, 0.975, True, "none"), "over 99 % (bar 97.5 %)."),
    ],
)
def test_a_check_shows_what_was_found_and_its_bar(check: Check, shown: str) -> None:
    root = page_of(samples.with_primary(samples.relief(), checks=(check,)))
    assert said(next(root.iter("details")), "li") == [f"{check_words(check)}: {shown}"]
    assert "No check objects." in said(root, "p")


def test_doses_are_listed() -> None:
    assert rows(page_of(samples.relief()), "Doses on the nights") == [
        ["Planned", "84"],
        ["In full", "75"],
        ["In part", "2"],
        ["Left out", "3"],
        ["Not recorded", "4"],
        ["Milligrams taken in all, as logged", "7,800"],
    ]


def test_what_would_make_it_firmer_is_what_the_words_say() -> None:
    for verdict in (samples.untested(), samples.mood(), samples.unanswered()):
        told = [[text(li) for li in ul] for ul in page_of(verdict).find("main").iter("ul")]
        assert list(firmer(verdict, samples.primary(verdict))) in told


def test_who_cannot_be_told_yet_reads_first_what_would_tell() -> None:
    assert said(page_of(samples.untested()).find("main"), "h3")[0] == "What would make it firmer"


def test_what_was_noted_in_reading_the_folder_is_shown() -> None:
    verdict = samples.relief()
    problem = Problem("diary.csv", 7, "<b>a night twice</b>", "Keep one")
    noted = replace(verdict, trial=replace(verdict.trial, problems=(problem,)))
    assert said(page_of(noted), "li")[-1] == str(problem)


def test_the_page_ends_with_next_steps_and_the_notice() -> None:
    footer = body(whole()).find("footer")
    assert said(footer, "li") == list(STEPS)
    assert said(footer, "p") == [notice()]


def test_each_figure_is_there_at_both_widths_with_a_caption() -> None:
    figures = list(body(whole()).iter("figure"))
    assert len(figures) == 3 + 3 + 2 + 1 + 3
    for figure in figures:
        assert [child.get("class", child.tag) for child in figure] == [
            "narrow",
            "wide",
            "figcaption",
        ]
        assert [len(list(child.iter(f"{SVG}svg"))) for child in figure] == [1, 1, 0]


def test_what_cannot_be_drawn_is_said() -> None:
    paragraphs = said(body(whole()).find("main")[3], "p")
    assert "There is no estimate of the effect: 0 nights are too few." in paragraphs
    assert "There is no randomisation test: there are no analysed reports." in paragraphs


def test_hostile_text_stays_text() -> None:
    root = body(whole())
    assert list(root.iter("script")) == []
    assert list(root.iter(f"{SVG}script")) == []
    assert f"{samples.HOSTILE}magnesium" in said(root, "th")


def test_hostile_headings_and_titles_stay_text() -> None:
    hostile = replace(section(samples.untested(), samples.HOSTILE), introduction=samples.HOSTILE)
    with patch.object(page, "FIGURES", ()):
        made = build_page(title=samples.HOSTILE, sections=(hostile,), next_steps=(samples.HOSTILE,))
    assert made.count("<script") == 0
    assert said(body(made), "h1") == said(body(made), "h2")[:1] == [samples.HOSTILE]


def test_every_colour_of_the_figures_turns_on_a_dark_ground() -> None:
    dark = whole()[whole().rindex("@media screen and (prefers-color-scheme: dark)") :]
    rules = re.findall(r'svg \[(\w+)="(#\w+)"\] \{ (\w+): (#\w+); \}', dark)
    assert rules == [(p, a, p, b) for a, b in DARK.items() for p in ("fill", "stroke")]


def test_percent_signs_stay_with_their_numbers() -> None:
    assert re.findall(r"\d %", re.sub(r'"[^"]*"|<text.*?</text>', "", whole())) == []


def test_the_same_verdicts_give_the_same_page() -> None:
    one, two = (
        build_page(title="One", sections=(section(samples.untested()),), next_steps=())
        for _ in range(2)
    )
    assert one == two
