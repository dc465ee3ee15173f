"""The words a person reads: plain, with the right number, and promising nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ekbom.analysis.case import NO_REPORTS
from ekbom.analysis.decision import CANNOT_TELL, HELPS, NO_DIFFERENCE, WORSE
from ekbom.analysis.randomisation_result import RandomisationResult
from ekbom.analysis.result import Check, TrialVerdict
from ekbom.report.text import verdict_lines
from ekbom.report.words import (
    amount,
    check_words,
    firmer,
    notice,
    number,
    p_value,
    percent,
    sentence,
)
from reference.small_trials import URGE, Small
from unit.verdict_samples import long_trial, primary, relief, unanswered, untested, with_primary

MINUTES = replace(URGE, unit="minutes", mid=10.0)


def said(verdict: TrialVerdict) -> str:
    return sentence(verdict, primary(verdict))


def plain(verdict: TrialVerdict) -> TrialVerdict:
    """Return a verdict without but-nots, open remarks and failed checks."""
    protocol = replace(verdict.trial.protocol, blinding="alone")
    trial = replace(verdict.trial, protocol=protocol)
    return with_primary(replace(verdict, trial=trial), but_not=(), checks=())


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.2, "1 minute"), (-0.9, "1 minute"), (0.4, "0 minutes"), (12.0, "12 minutes")],
)
def test_amount_knows_singular_and_plural(value: float, text: str) -> None:
    assert amount(value, MINUTES) == text


def test_amount_is_rounded_to_a_tenth_of_the_mid() -> None:
    assert amount(-1.26, URGE) == "1.3 points"
    assert amount(1.0, URGE) == "1.0 points"
    assert amount(0.256, replace(URGE, mid=0.5)) == "0.26 points"
    assert amount(1.0, replace(URGE, mid=10.0, unit="level")) == "1 level"
    assert number(-1.26, URGE) == "\N{MINUS SIGN}1.3"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "over 99 %"),
        (0.9949, "over 99 %"),
        (0.99, "99 %"),
        (0.5, "50 %"),
        (0.01, "1 %"),
        (0.0099, "under 1 %"),
        (0.0, "under 1 %"),
    ],
)
def test_percent_is_never_certain(p: float, text: str) -> None:
    assert percent(p) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.03125, ".031"), (1.0, "1"), (0.25, ".25"), (0.00012, ".00012"), (1e-6, "under .0001")],
)
def test_p_value_has_two_figures(p: float, text: str) -> None:
    assert p_value(p) == text


TAIL = (
    "Strongest urge to move: 1.8 points lower on magnesium citrate than on placebo "
    "(95 % interval from 2.7 points lower to 0.8 points lower; probability of a benefit of more "
    "than 1.0 points: 94 %, of harm as large: under 1 %), at this dose, after periods of 7 nights."
)


@pytest.mark.parametrize(
    ("word", "head"),
    [
        (HELPS, "Magnesium citrate helps, with 1 hold for side effects on it."),
        (WORSE, "Magnesium citrate makes it worse."),
        (NO_DIFFERENCE, "Magnesium citrate makes no worthwhile difference."),
        (CANNOT_TELL, "Cannot tell yet: the effect is not known well enough."),
    ],
)
def test_sentence_of_each_word(word: str, head: str) -> None:
    verdict = with_primary(plain(relief()), verdict=word)
    assert said(verdict) == f"{head} {TAIL}"


def test_reasons_are_given_in_words_and_the_opposite_is_named() -> None:
    because = ("missing_share", "sensitivity_as_taken_unrecorded_taken")
    verdict = with_primary(plain(relief()), verdict=CANNOT_TELL, because=because)
    assert said(verdict).startswith(
        "Cannot tell yet, because too many of the analysed nights have no report; another fair "
        "analysis says the opposite (by the doses taken, unrecorded ones counted as taken). "
        "Strongest urge"
    )
    assert said(untested()).startswith(
        "Cannot tell yet, because the order of treatments was not drawn by chance."
    )


def test_model_and_design_that_disagree_are_said_to() -> None:
    verdict = with_primary(plain(relief()), verdict=CANNOT_TELL, because=("randomisation_agrees",))
    assert "because model and design disagree" in said(verdict)


def test_too_small_design_is_said_only_where_a_word_stands() -> None:
    check = Check("randomisation_p_attainable", 0.125, 0.05, False, "none")
    small = with_primary(plain(relief()), checks=(check,))
    remark = "This design is too small for the randomisation test to confirm the model."
    assert remark in said(small)
    assert remark not in said(with_primary(small, verdict=CANNOT_TELL))


@pytest.mark.parametrize(("count", "times"), [(1, "once"), (3, "3 times")])
def test_unplanned_looks_are_counted_in_words(count: int, times: str) -> None:
    verdict = relief()
    looked = replace(verdict, looks=replace(verdict.looks, unplanned=count))
    assert f"were looked at {times} before the end without a plan" in said(looked)
    for found in looked.outcomes.values():
        assert "the stated error rates no longer hold" in sentence(looked, found)


def test_nothing_to_estimate_says_why() -> None:
    text = said(unanswered())
    assert "nothing could be estimated (0 nights are too few" in text
    assert text.endswith("at this dose, after periods of 7 nights.")


@pytest.mark.parametrize("made", [relief, long_trial, untested, unanswered])
def test_every_sentence_ends_with_what_it_is_about_and_promises_nothing(made: object) -> None:
    verdict = made()  # one of the four
    nights = verdict.trial.protocol.design.period_nights
    for found in verdict.outcomes.values():
        text = sentence(verdict, found)
        assert text.endswith(f", at this dose, after periods of {nights} nights.")
        assert not re.search(r"\b(cure|treats?|proven|guarantee|safe|should)\b", text)
        assert not re.search(r"\b1 (minutes|points lower to)\b", text.replace("1.0", ""))
        assert "_" not in text


def test_secondary_outcomes_are_said_to_be_many() -> None:
    verdict = relief()
    others = [o for o in verdict.outcomes.values() if o.outcome.role == "secondary"]
    for found in others:
        start = f"One of {len(others)} secondary outcomes, not adjusted for their number."
        assert sentence(verdict, found).startswith(start)


def test_every_sensitivity_has_words_of_its_own(tmp_path: Path) -> None:
    found = Small(design={"period_nights": 12}, order="TRRT").outcome_verdict(tmp_path)
    words = [check_words(check) for check in found.checks]
    assert len(set(words)) == len(words)
    assert "Probability of any benefit without the first 10 nights of each period" in words


def test_what_would_make_it_firmer_depends_on_what_failed() -> None:
    verdict = plain(relief())
    assert firmer(verdict, primary(verdict)) == ()
    missing = with_primary(verdict, verdict=CANNOT_TELL, because=("missing_share",))
    ways = firmer(missing, primary(missing))
    assert ways[0].startswith("Answer on more nights")
    assert ways[1].startswith("More pairs")
    undrawn = untested()
    assert any("Let chance draw" in w for w in firmer(undrawn, primary(undrawn)))
    # Of a drawn order without reports there is no p either, and it was drawn all the same.
    unreported = RandomisationResult(4, exact=True, reason=NO_REPORTS)
    silent = with_primary(missing, randomisation=unreported)
    assert firmer(silent, primary(silent)) == ways


def test_lines_for_the_shell_are_short_and_end_with_the_notice() -> None:
    lines = list(verdict_lines(relief()))
    assert all(len(line) <= 96 for line in lines)
    assert " ".join(lines).endswith(notice())
    assert lines[0].startswith("Magnesium citrate helps")
    assert any("randomisation test: p" in line for line in lines)
