"""How many capsules of which size, what to buy, and whether it lasts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ekbom.problem import InputError, RefusedError
from ekbom.protocol.files import built_in
from ekbom.safety.fill import check_stock
from ekbom.safety.preparation import fill_capsule, fill_of, needs_of, shop, sizes, whole_counts
from trials import FAST, plain_protocol, registered, with_dose_fixed

LONG = built_in("magnesium-rls")
DOSE = FAST.dose
assert DOSE is not None
ANHYDROUS = "trimagnesium_dicitrate_anhydrous"


def test_200_mg_are_2_to_4_large_capsules_of_the_anhydrous_powder() -> None:
    """The clinical facts say 1.24 g, about 2 to 3 large capsules: within this range."""
    capsule = fill_capsule(dose=DOSE, mg=200, size="00", salt=ANHYDROUS)
    assert capsule.needed == (2, 4)
    assert capsule.a_night == 4
    assert round(capsule.grams.low * 4, 2) == round(capsule.grams.high * 4, 2) == 1.24


def test_a_powder_of_unknown_form_takes_the_most_that_it_could_be() -> None:
    capsule = fill_capsule(dose=DOSE, mg=200, size="00")
    assert (capsule.needed, capsule.a_night, capsule.surely) == ((2, 6), 6, True)
    assert [round(x * 6, 2) for x in (capsule.grams.low, capsule.grams.high)] == [1.24, 1.93]


def test_every_step_is_a_whole_number_of_capsules() -> None:
    assert whole_counts(DOSE) == (2, 4, 6)
    assert whole_counts(replace(DOSE, ladder=(100.0, 150.0, 200.0))) == (4,)
    assert whole_counts(replace(DOSE, ladder=(70.0, 200.0))) == ()


def test_what_cannot_be_filled_is_said_with_what_would_change_it() -> None:
    with pytest.raises(RefusedError) as caught:
        fill_capsule(dose=DOSE, mg=200, size="0")
    assert str(caught.value) == (
        "It would take up to 8 capsules of size 0 a night, and the plan allows 2, 4, 6, so "
        "that every step is a whole number of capsules. So this powder cannot be blinded this way. "
        "A larger size, a citrate with more magnesium in it, or a plan with a smaller highest step "
        "would change that."
    )
    with pytest.raises(RefusedError, match="surely do not hold 200 mg"):
        fill_capsule(dose=DOSE, mg=200, size="2", a_night=2)


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(InputError, match="there is no capsule size '9'"):
        fill_capsule(dose=DOSE, mg=200, size="9")
    with pytest.raises(InputError, match="'oxide' is no citrate"):
        fill_capsule(dose=DOSE, mg=200, size="00", salt="oxide")


def test_a_whole_trial_of_long_periods() -> None:
    """3 pairs of 28 + 28 nights at 2 capsules: 56 planned, 9 spare (15 % is 8.4), 2 proof."""
    found = fill_of(protocol=LONG, mg=200, a_night=2, opened=True)
    assert (found.planned, found.spare, found.proof, found.pack) == (56, 9, 2, 67)
    assert found.opened == 7 * 1 + 7 * 2
    capsule = fill_capsule(dose=DOSE, mg=200, size="000", salt=ANHYDROUS, a_night=2)
    shopping = shop(protocol=LONG, capsule=capsule)
    assert (shopping.magnesium, shopping.placebo) == (21 + 3 * 67, 3 * 67)
    assert shopping.shells == 21 + 6 * 67
    grams = 222 * 200 / 0.1616 / 2 / 1000 * 1.15
    assert shopping.grams.low == pytest.approx(grams)


def test_larger_capsules_never_take_more_of_them() -> None:
    needed = [fill_capsule(dose=DOSE, mg=50, size=s, a_night=6).needed for s in sizes()]
    assert needed == sorted(needed)


@pytest.mark.parametrize(
    ("magnesium", "placebo", "expected"),
    [
        (222, 201, (0, 0, 3, 168)),
        (221, 201, (1, 0, 2, 112)),
        (222, 200, (0, 1, 2, 112)),
        (21, 201, (201, 0, 0, 0)),
        (0, 0, (222, 201, 0, 0)),
        (900, 900, (0, 0, 3, 168)),
    ],
)
def test_a_stock_is_short_by_one_capsule_or_lasts(
    magnesium: int, placebo: int, expected: tuple[int, int, int, int]
) -> None:
    found = fill_of(protocol=LONG, mg=200, a_night=2, opened=True)
    stock = check_stock(fill=found, nights=28, magnesium=magnesium, placebo=placebo)
    short = (stock.short_magnesium, stock.short_placebo)
    assert (*short, stock.whole_pairs, stock.nights) == expected
    assert stock.lasts == (short == (0, 0))


def test_a_fixed_dose_counts_and_its_open_capsules_are_taken(tmp_path: Path) -> None:
    trial = with_dose_fixed(tmp_path / "trial", FAST)
    needs = needs_of(trial=trial, size=None, salt=None, a_night=6)
    assert (needs.a_night, needs.fill.opened, needs.fill.pack) == (2, 0, 19)


def test_before_the_dose_is_fixed_a_number_must_suit_every_step(tmp_path: Path) -> None:
    trial = registered(tmp_path / "trial", FAST)
    assert needs_of(trial=trial, size=None, salt=None, a_night=4).a_night == 4
    for count in (3, 8):
        with pytest.raises(RefusedError, match="It would be with: 2, 4, 6"):
            needs_of(trial=trial, size=None, salt=None, a_night=count)
    with pytest.raises(RefusedError, match="Give the size of the capsules"):
        needs_of(trial=trial, size=None, salt=None, a_night=None)


def test_a_trial_without_doses_buys_nothing(tmp_path: Path) -> None:
    trial = registered(tmp_path / "trial", plain_protocol())
    with pytest.raises(RefusedError, match="Only a trial with doses"):
        needs_of(trial=trial, size="00", salt=None, a_night=2)
