"""What the guesses of a blinded trial were worth: counts, luck, reasons, and who is left out."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from ekbom.analysis.blinding_index import Guessed
from ekbom.analysis.guesses import Contrast, GuessSummary, Luck, weigh_guesses
from ekbom.analysis.randomisation_reference import reference_set
from ekbom.analysis.result import PeriodSummary
from ekbom.analysis.schedule import lay_out
from ekbom.design.plan import design_of
from ekbom.trial.folder import Trial, open_trial
from ekbom.trial.guess import reasons_of
from reference.small_trials import Small, day
from trials import at, drawn_magnesium, shell

ORDER = "TRRTTR"
MEANS = (4.0, 7.0, 6.0, 5.0, 3.0, 8.0)
"""What the primary outcome was in each period, on average."""


def guess(period: int, treatment: str, why: str = "", sure: float | None = None) -> tuple:
    detail = {"period": period, "treatment": treatment}
    said = {"why": why, "sure": sure}
    return "guess", {**detail, **{k: v for k, v in said.items() if v not in ("", None)}}


def all_of(letters: str, why: str = "") -> tuple:
    """Return one guess about each period: T, R, or ? for one who does not know."""
    names = {"T": "magnesium", "R": "placebo", "?": "don't know"}
    return tuple(guess(p, names[one], why) for p, one in enumerate(letters, start=1))


def weighed(path: Path, *events: tuple, order: str = ORDER, **changes: object) -> GuessSummary:
    found = weighed_or_none(path, *events, order=order, **changes)
    assert found is not None
    return found


def weighed_or_none(
    path: Path, *events: tuple, order: str = ORDER, **changes: object
) -> GuessSummary | None:
    small = Small(order=order, events=events, **changes)
    return weigh(small.build(path), small.treatments)


def weigh(trial: Trial, treatments: tuple[str, ...]) -> GuessSummary | None:
    schedule = lay_out(trial=trial, calendar=trial.calendar(), treatments=treatments)
    periods = [
        PeriodSummary(p, (p + 1) // 2, name, day(7 * p), day(7 * p + 6), 5, mean, 1.0)
        for p, (name, mean) in enumerate(zip(treatments, MEANS, strict=False), start=1)
    ]
    randomised = trial.protocol.randomised
    reference = reference_set(design=design_of(trial.protocol), seed=1) if randomised else None
    return weigh_guesses(trial=trial, schedule=schedule, reference=reference, periods=periods)


def test_counts_are_those_of_the_guesses_by_what_was_taken(tmp_path: Path) -> None:
    found = weighed(tmp_path, *all_of("TTR?TR"))
    assert found.counts == {"magnesium": Guessed(2, 0, 1), "placebo": Guessed(2, 1, 0)}
    assert (found.named, found.right, found.left_out) == (5, 4, 0)


def test_six_right_in_three_pairs_are_one_order_of_eight_and_not_six_coins(tmp_path: Path) -> None:
    assert weighed(tmp_path, *all_of(ORDER)).luck == Luck(coin=1 / 64, order=1 / 8)


@pytest.mark.parametrize("said", ["TTTTTT", "TRTRTR", "T?R?T?", "RTTRRT", "?????R"])
def test_luck_counts_the_orders_in_which_the_guesses_do_as_well(said: str, tmp_path: Path) -> None:
    pairs = list(product(("TR", "RT"), repeat=3))

    def right(order: str) -> int:
        return sum(a == b for a, b in zip(said, order, strict=True))

    as_good = sum(right("".join(order)) >= right(ORDER) for order in pairs)
    luck = weighed(tmp_path, *all_of(said)).luck
    assert luck is not None
    assert luck.order == as_good / len(pairs)


def test_an_order_that_nobody_drew_leaves_the_coin_alone(tmp_path: Path) -> None:
    found = weighed(tmp_path, *all_of(ORDER), randomised=False)
    assert found.luck == Luck(coin=1 / 64, order=None)


def test_who_never_names_a_treatment_has_no_luck(tmp_path: Path) -> None:
    found = weighed(tmp_path, *all_of("??????"))
    assert (found.luck, found.james and found.james.value) == (None, 1.0)


def test_periods_guessed_wrong_are_compared_by_their_means(tmp_path: Path) -> None:
    """Wrong are 2 and 3 on placebo (7 and 6) and 4 on magnesium (5); right the others."""
    among = weighed(tmp_path, *all_of("TTTRTR")).among
    assert among["wrong"] == Contrast(1, 2, 5.0 - 6.5)
    assert among["right"] == Contrast(2, 1, 3.5 - 8.0)


def test_wrong_guesses_on_one_treatment_alone_show_no_difference(tmp_path: Path) -> None:
    assert weighed(tmp_path, *all_of("TTTTTT")).among["wrong"] == Contrast(0, 3, None)


def test_a_guess_by_the_effect_is_told_from_one_by_a_sign(tmp_path: Path) -> None:
    found = weighed(
        tmp_path,
        guess(1, "magnesium", "effect"),
        guess(2, "placebo", "effect; stools"),
        guess(3, "placebo", "taste; it was bitter"),
        guess(4, "placebo", "saw it"),
        guess(5, "magnesium", "I felt it"),
        guess(6, "don't know", "taste"),
    )
    assert (found.told_by_effect, found.given_away) == (1, 2)
    assert found.among["by_signs"] == Contrast(1, 2, 5.0 - 6.5)
    assert found.among["by_effect"] == Contrast(1, 0, None)


@pytest.mark.parametrize(
    ("why", "reasons"),
    [
        ("", ()),
        ("effect", ("effect",)),
        ("Stools; taste", ("taste", "stools")),
        ("effect; ;", ("effect",)),
        ("the taste of it", ("own words",)),
        ("saw it; a friend told", ("saw it", "own words")),
    ],
)
def test_reasons_are_the_signs_that_are_named(why: str, reasons: tuple[str, ...]) -> None:
    assert reasons_of(why) == reasons


def test_the_first_guess_about_a_period_counts(tmp_path: Path) -> None:
    found = weighed(tmp_path, guess(1, "placebo"), guess(1, "magnesium"))
    assert [g.guessed for g in found.guesses] == ["placebo"]


def test_guesses_after_the_opening_are_left_out(tmp_path: Path) -> None:
    opening = ("unblinding", {"night": 30})
    found = weighed(tmp_path, guess(1, "magnesium"), opening, guess(2, "placebo"))
    assert ([g.period for g in found.guesses], found.left_out) == ([1], 1)


@pytest.mark.parametrize(
    ("incident", "kept"),
    [
        ({"night": 9}, [3, 4, 5, 6]),
        ({"night": 9, "period": 2}, [3, 4, 5, 6]),
        ({"night": 9, "period": 4}, [1, 2, 5, 6]),
        ({"night": 41, "period": 6, "what": "helper told"}, [1, 2, 3, 4]),
    ],
)
def test_one_pack_that_was_seen_tells_of_both_of_its_pair(
    incident: dict, kept: list[int], tmp_path: Path
) -> None:
    found = weighed(tmp_path, ("incident", incident), *all_of(ORDER))
    assert [g.period for g in found.guesses] == kept
    assert found.left_out == 2


def test_what_was_guessed_before_the_incident_stays(tmp_path: Path) -> None:
    found = weighed(
        tmp_path, guess(1, "magnesium"), ("incident", {"night": 9}), guess(2, "placebo")
    )
    assert [g.period for g in found.guesses] == [1]


def test_sureness_is_the_mean_of_those_who_said(tmp_path: Path) -> None:
    found = weighed(
        tmp_path,
        guess(1, "magnesium", sure=4),
        guess(2, "placebo", sure=7),
        guess(3, "placebo"),
        guess(4, "don't know", sure=9),
    )
    assert (found.sure(right=True), found.sure(right=False)) == (5.5, None)


def test_expectation_and_last_guess_are_told_without_any_guess(tmp_path: Path) -> None:
    found = weighed(tmp_path, ("expectation", {"benefit": 7}), ("last guess", {"opinion": "helps"}))
    assert (found.guesses, found.expectation, found.opinion) == ((), 7, "helps")


def test_an_imported_trial_that_asked_nobody_has_no_guesses(tmp_path: Path) -> None:
    assert weighed_or_none(tmp_path) is None


def test_in_an_open_trial_guesses_test_nothing(tmp_path: Path) -> None:
    drawn_magnesium(tmp_path / "t")
    shell("guess", tmp_path / "t", "--treatment", "placebo", now=at(50))
    trial = open_trial(tmp_path / "t", now=at(51))
    found = weigh(trial, ("magnesium", "placebo") * 6)
    assert found is not None
    assert found.open
