from __future__ import annotations

import pytest

from ekbom.evidence.facts import salts
from ekbom.protocol.doses import (
    Interval,
    Label,
    Supplement,
    check_limit,
    compound,
    elemental,
    is_named,
    total,
)

CAPSULES = Supplement("capsules", Label(100, "elemental"), a_day=2)


def test_an_elemental_label_is_taken_at_its_word() -> None:
    assert elemental(Label(200, "elemental", "citrate")) == Interval(200, 200)


def test_a_known_salt_gives_a_point() -> None:
    mg = elemental(Label(1000, "compound", "trimagnesium_dicitrate_9h2o"))
    assert mg.low == mg.high == pytest.approx(118.9)


def test_citrate_of_unknown_form_lies_between_10_4_and_16_2_percent() -> None:
    mg = elemental(Label(1000, "compound", "citrate"))
    assert (round(mg.low), round(mg.high)) == (104, 162)


def test_400_mg_of_citrate_is_far_less_than_400_mg_of_magnesium() -> None:
    assert str(elemental(Label(400, "compound", "citrate"))) == "41 to 65 mg"


def test_a_kind_with_one_form_gives_a_point() -> None:
    assert elemental(Label(100, "compound", "oxide")) == Interval(60.3, 60.3)


def test_without_a_salt_the_interval_spans_all_of_them() -> None:
    shares = [s.percent_elemental for s in salts().values()]
    mg = elemental(Label(100, "compound"))
    assert (mg.low, mg.high) == pytest.approx((min(shares), max(shares)))


def test_a_misspelt_salt_is_an_error_that_names_the_kinds() -> None:
    with pytest.raises(ValueError, match=r"no salt 'citrat' is known: use one of .*citrate"):
        elemental(Label(100, "compound", "citrat"))


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_an_impossible_amount_is_an_error(amount: float) -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        elemental(Label(amount, "elemental"))


def test_antacid_laxative_and_multivitamin_count_as_much_as_the_capsules() -> None:
    day = total(
        [
            CAPSULES,
            Supplement("antacid", Label(400, "compound", "hydroxide")),
            Supplement("laxative", Label(100, "compound", "carbonate"), a_day=3),
            Supplement("multivitamin", Label(50, "elemental")),
        ]
    )
    assert day.low == day.high == pytest.approx(200 + 4 * 41.68 + 3 * 28.83 + 50)


def test_nothing_swallowed_is_nothing() -> None:
    assert total([]) == Interval(0, 0)


@pytest.mark.parametrize(
    ("day", "region", "verdict"),
    [
        (Interval(250, 250), "eu", "within"),
        (Interval(200, 251), "eu", "may be above"),
        (Interval(251, 260), "eu", "above"),
        (Interval(300, 300), "us", "within"),
        (Interval(300, 300), "unknown", "above"),
        (Interval(360, 360), "uk", "above"),
    ],
)
def test_a_day_against_the_limit(day: Interval, region: str, verdict: str) -> None:
    check = check_limit(day, region=region)
    assert check.verdict == verdict
    assert check.needs_agreement == (verdict != "within")


def test_an_exact_sum_at_the_limit_is_within_it_whatever_the_rounding() -> None:
    drops = [Supplement("drops", Label(42.7, "elemental"), a_day=n) for n in (1, 2)]
    day = total([*drops, Supplement("powder", Label(121.9, "elemental"))])
    assert day.high > 250
    assert check_limit(day, region="eu").verdict == "within"


def test_the_sentence_says_what_to_do() -> None:
    assert check_limit(Interval(200, 280), region="de").text == (
        "200 to 280 mg elemental magnesium a day from all supplements may be above the limit of "
        "250 mg (Germany: most a day from food supplements, split into at least two doses). "
        "Find out the exact form, or have a named clinician's agreement recorded."
    )
    assert check_limit(Interval(400, 400), region="us").text.endswith(
        "Take less, or have a named clinician's agreement recorded."
    )
    assert check_limit(Interval(100, 100), region="us").text.endswith("food is not counted).")


def test_200_mg_of_magnesium_is_1_24_to_1_93_grams_of_citrate() -> None:
    grams = compound(200, salt="citrate") * 0.001
    assert (round(grams.low, 2), round(grams.high, 2)) == (1.24, 1.93)


@pytest.mark.parametrize(("name", "named"), [("Dr. Chen", True), ("", False), (" - ", False)])
def test_an_agreement_names_somebody(name: str, named: bool) -> None:
    assert is_named(name) == named
