"""What a verdict says of the guesses: counts first, no more than they hold, and what they mean."""

from __future__ import annotations

import json
from pathlib import Path

from ekbom.analysis.result import TrialVerdict
from ekbom.report.guess_words import guess_sentences
from ekbom.report.record import verdict_record
from ekbom.report.text import verdict_lines
from ekbom.report.words import sentence
from reference.small_trials import Small, primary
from unit.test_guesses import all_of, guess

SIX = "TRRTTRTRRTTR"
MIXED = (
    guess(1, "magnesium", "stools", 8),
    guess(2, "placebo", "effect", 6),
    guess(3, "magnesium", "effect", 3),
    guess(4, "placebo", "I felt it"),
    *(guess(p, "don't know") for p in range(5, 13)),
)
"""Four named guesses: two right, two wrong, one wrong on each treatment."""


def verdict(path: Path, *events: tuple) -> TrialVerdict:
    return Small(order=SIX, events=events).verdict(path)


def test_counts_come_first_and_indices_last(tmp_path: Path) -> None:
    said = guess_sentences(verdict(tmp_path, *MIXED))
    assert said[:3] == (
        "Magnesium citrate: 1 guessed right, 1 guessed wrong, 4 with: don't know.",
        "Placebo: 1 guessed right, 1 guessed wrong, 4 with: don't know.",
        "Right were 2 of 4 guesses that named a treatment. Luck alone gives as many or more with "
        "probability .75.",
    )
    assert said[-1] == (
        "12 guesses say little: these indices are made for trials with many people."
    )


def test_reasons_mean_what_they_mean(tmp_path: Path) -> None:
    said = guess_sentences(verdict(tmp_path, *MIXED))
    signs = next(i for i, text in enumerate(said) if "taste, stools or sight. There" in text)
    assert said[signs : signs + 2] == (
        "1 right guess rested on taste, stools or sight. There the blind may not have held, and "
        "expectation may be part of the difference.",
        "1 right guess rested on the effect alone. That is no broken blind: the effect itself may "
        "have told.",
    )


def test_effect_among_periods_guessed_wrong_is_that_of_their_means(tmp_path: Path) -> None:
    found = verdict(tmp_path, *MIXED)
    means = {p.period: p.mean for p in primary(found).periods}
    assert means[4] is not None
    assert means[3] is not None
    assert found.guesses is not None
    assert found.guesses.among["wrong"].difference == means[4] - means[3]
    size = f"{abs(means[4] - means[3]):.1f}"
    wrong = f"Periods that were guessed wrong: {size} points lower (1 against 1 periods)."
    assert wrong in guess_sentences(found)


def test_too_few_wrong_guesses_are_said_to_be_too_few(tmp_path: Path) -> None:
    said = guess_sentences(verdict(tmp_path, *all_of(SIX, "effect")))
    assert (
        "The effect among periods guessed wrong cannot be shown: it takes one on each treatment, "
        "and there are 0 and 0."
    ) in said


def test_a_verdict_that_helps_says_when_the_blind_may_not_have_held(tmp_path: Path) -> None:
    remark = (
        "Taste, stools or sight led to a right guess in 12 of 12 guessed periods, so expectation "
        "may be part of this."
    )
    by_stools = verdict(tmp_path / "a", *all_of(SIX, "stools"))
    by_effect = verdict(tmp_path / "b", *all_of(SIX, "effect"))
    assert primary(by_stools).verdict == primary(by_effect).verdict == "helps"
    assert remark in sentence(by_stools, primary(by_stools))
    assert sentence(by_effect, primary(by_effect)) == sentence(
        by_stools, primary(by_stools)
    ).replace(f"{remark} ", "")


def test_guesses_change_no_number_and_no_word(tmp_path: Path) -> None:
    with_guesses = verdict_record(verdict(tmp_path / "a", *all_of(SIX, "effect")))
    without = verdict_record(verdict(tmp_path / "b"))
    assert with_guesses["outcomes"] == without["outcomes"]
    assert without["guesses"] is None


def test_record_and_lines_hold_the_sentences(tmp_path: Path) -> None:
    found = verdict(tmp_path, *MIXED)
    record = json.loads(json.dumps(verdict_record(found), allow_nan=False))["guesses"]
    assert record["sentences"] == list(guess_sentences(found))
    assert record["counts"]["placebo"] == {"right": 1, "wrong": 1, "unsure": 4}
    assert (record["given_away"], record["told_by_effect"]) == (1, 1)
    assert "What was guessed:" in list(verdict_lines(found))


def test_an_opinion_without_guesses_says_that_nobody_can_tell(tmp_path: Path) -> None:
    found = verdict(tmp_path, ("expectation", {"benefit": 7}), ("last guess", {"opinion": "helps"}))
    assert guess_sentences(found) == (
        "No guess was made in time, so nobody can say whether the blind held.",
        "Before the start, 7 of 10 was the help expected.",
        "Before the opening, the last guess was: it helps.",
    )
