"""ekbom dose: what Ana reads when she types what her packet says."""

from __future__ import annotations

import json

import pytest

from trials import at, night, shell


def dose(*arguments: str) -> tuple[int, str]:
    result = shell("dose", *arguments, now=at(0))
    return result.exit_code, result.output


def words(*arguments: str) -> str:
    return " ".join(dose(*arguments)[1].split())


ELEMENTAL = ("--amount", "100", "--states", "elemental", "--region", "EU")
CITRATE = ("--amount", "500", "--states", "compound", "--salt", "citrate", "--region", "EU")


def test_a_plain_label_gives_capsules_and_status_0() -> None:
    status, text = dose(*ELEMENTAL)
    assert status == 0
    assert "  - step 1: 1 capsule a night, 100 mg\n  - step 2: 2 capsules a night, 200 mg\n" in text
    plain = words(*ELEMENTAL)
    assert "Limit: 250 mg a day from all supplements together (European Union:" in plain
    assert "That is at least the 200 mg a night of the one study of magnesium citrate" in plain
    assert "S02, S03" in plain
    assert "It is no advice to take this dose." in plain


def test_a_label_that_leaves_the_form_open_says_so_and_what_to_ask() -> None:
    status, _ = dose(*CITRATE)
    plain = words(*CITRATE)
    assert status == 3
    assert plain.startswith(
        "One capsule holds 52 to 81 mg of elemental magnesium: the label leaves"
    )
    assert "Ask the maker for the exact form of the salt" in plain
    assert "That is below the 200 mg a night" in plain


def test_a_label_that_leaves_the_limit_open_says_that_the_upper_end_is_used() -> None:
    plain = words(*CITRATE, "--target", "250")
    assert (
        "your target may come to 207 to 323 mg a day: whether that is within the limit cannot be "
        "told, so the upper end is used." in plain
    )


def test_other_sources_count_and_an_agreement_is_named() -> None:
    vitamin = ("--other", "multivitamin=56")
    status, _ = dose(*ELEMENTAL, *vitamin)
    plain = words(*ELEMENTAL, *vitamin)
    assert status == 3
    assert "Other sources: 56 mg a day." in plain
    assert "step 1: 1 capsule a night, 100 mg; with all other sources 156 mg a day" in plain
    assert "step 2" not in plain
    assert "200 mg a night with 56 mg from other sources would be more than the limit" in plain
    agreed = (*vitamin, "--agreed-by", "Dr. Chen", "--agreed-on", str(night(0)))
    status, _ = dose(*ELEMENTAL, *agreed)
    assert status == 0
    assert f"More than the limit was agreed by Dr. Chen on {night(0)}." in words(
        *ELEMENTAL, *agreed
    )


@pytest.mark.parametrize(("mg", "status"), [("256", 0), ("255", 2)])
def test_an_agreement_is_to_so_many_milligrams_a_day(mg: str, status: int) -> None:
    """200 mg a night and 56 mg of a vitamin are 256 mg a day, above the EU's 250."""
    agreed = ("--agreed-by", "Dr. Chen", "--agreed-on", str(night(0)), "--agreed-mg", mg)
    done = shell("dose", *ELEMENTAL, "--other", "multivitamin=56", *agreed, now=at(0))
    assert done.exit_code == status
    said = "it is to 255 mg a day, and this would be 256 mg. Take less, or ask again."
    assert (said in done.stderr) == (status == 2)


def test_another_source_may_be_stated_as_a_compound() -> None:
    record = json.loads(dose(*ELEMENTAL, "--other", "antacid=100:hydroxide", "--json")[1])
    assert record["other_mg"] == {"low": 41.68, "high": 41.68}


def test_powder_is_weighed_and_not_blinded() -> None:
    status, text = dose(*CITRATE[2:], "--amount", "1000", "--per", "gram")
    plain = " ".join(text.split())
    assert status == 3
    assert "step 2: 1.2 grams a night, 124 to 194 mg" in plain
    assert "Powder cannot be blinded: citrate tastes sour" in plain
    assert "With powder the trial can only be open." in plain
    scoop = words("--amount", "300", "--states", "elemental", "--salt", "citrate", "--per", "scoop")
    assert "0.5 scoops a night (0.93 to 1.45 g of the compound), 150 mg" in scoop


def test_no_dose_is_possible_and_why() -> None:
    plain = words("--amount", "400", "--states", "compound", "--salt", "oxide")
    assert "No dose of this product is possible within these bounds." in plain
    assert (
        "One capsule holds 241 mg, and the most here is 200 mg a night. So this product gives no "
        "step." in plain
    )
    assert "Choose" not in plain
    assert "That is" not in plain


def test_a_salt_that_is_no_citrate_is_not_compared_with_the_study_of_citrate() -> None:
    plain = words(*ELEMENTAL, "--salt", "oxide")
    assert "magnesium citrate (S02, S03). It says nothing about this salt." in plain
    assert "at least the 200 mg" not in plain
    for salt in ("citrate", "magnesium_hydrogen_citrate"):
        assert "That is at least the 200 mg" in words(*ELEMENTAL, "--salt", salt)


def test_scoops_that_do_not_come_to_the_target_say_why() -> None:
    scoop = ("--amount", "300", "--states", "elemental", "--per", "scoop", "--region", "EU")
    assert (
        "Powder is measured in quarters of a scoop here (our own choice), each of 75 mg. They do "
        "not come to 200 mg without going above it. Weighing comes closer: --per gram."
    ) in words(*scoop)
    assert "Powder is measured" not in words(*scoop, "--target", "150")
    large = ("--amount", "1200", "--states", "elemental", "--per", "scoop", "--region", "EU")
    assert "No dose of this product is possible" in words(*large)
    assert "each of 300 mg. They do not come to 200 mg" in words(*large)


def test_in_germany_one_dose_a_night_is_asked_about_first() -> None:
    german = ("--amount", "100", "--states", "elemental", "--region", "DE")
    assert dose(*german)[0] == 3
    assert (
        "Germany's BfR speaks of at least 2 doses a day (S23). This plan has one dose a night. Ask "
        "a doctor or a pharmacist first whether one dose a night is right for you."
    ) in words(*german)
    assert "doses a day" not in words(*ELEMENTAL)


def test_the_help_says_which_of_two_numbers_of_a_label_goes_in() -> None:
    plain = " ".join(dose("--help")[1].split())
    assert "Where a label gives two numbers, the one of magnesium goes in, with elemental." in plain


def test_no_line_is_longer_than_80_signs() -> None:
    for arguments in (ELEMENTAL, CITRATE, (*ELEMENTAL, "--protocol", "magnesium-rls")):
        assert max(map(len, dose(*arguments)[1].splitlines())) <= 80


def test_a_protocol_tells_how_many_capsules() -> None:
    plain = words(*ELEMENTAL, "--protocol", "magnesium-rls")
    assert (
        "For this plan: 21 capsules for the open steps. Each of the 6 packs holds 67: 56 for its "
        "nights, 9 spare, 2 kept as proof. In all: 222 of magnesium and 201 of placebo."
    ) in plain
    record = json.loads(dose(*ELEMENTAL, "--protocol", "magnesium-rls", "--json")[1])
    assert record["capsules"]["pack"] == 67


def test_the_record_has_everything() -> None:
    status, text = dose(*CITRATE, "--json")
    record = json.loads(text)
    assert status == 3
    assert record["per_unit_mg"] == {"low": 51.85, "high": 80.8}
    assert record["limit"]["mg_per_day"] == 250
    assert [s["units"] for s in record["steps"]] == [1, 2]
    assert record["study"] == {"mg": 200, "reached": "below", "sources": ["S02", "S03"]}
    assert [n["need"] for n in record["needs"]] == ["exact form", "smaller capsules"]
    assert (record["blindable"], record["agreement"], record["capsules"]) == (True, None, None)


AGREED = ("--agreed-by", "Dr. Chen", "--agreed-on", "2026-03-01")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--agreed-by", "Dr. Chen"), "Give --agreed-by and --agreed-on together."),
        (("--agreed-on", "2026-03-01"), "Give --agreed-by and --agreed-on together."),
        (
            ("--agreed-mg", "300"),
            "Give --agreed-by and --agreed-on together with --agreed-mg.",
        ),
        (
            (*AGREED, "--agreed-mg", "nan"),
            "--agreed-mg nan: write it as a number of mg, such as 300",
        ),
        ((*AGREED, "--agreed-mg", "0"), "0.0 is not in the range x>0"),
        (
            ("--agreed-by", "-", "--agreed-on", "2026-03-01"),
            "the agreement: it names nobody. Give the clinician's name.",
        ),
        (
            ("--agreed-by", "Dr. Chen", "--agreed-on", "2026-03-20"),
            "the agreement: 2026-03-20 lies in the future.",
        ),
        (("--other", "multivitamin"), "--other 'multivitamin': write it as multivitamin=56"),
        (("--other", "x=-5"), "write it as multivitamin=56"),
        (("--other", "x=5:citrat"), "no salt 'citrat' is known"),
        (("--salt", "cirate"), "the label: no salt 'cirate' is known"),
        (("--region", "Mars"), "the region: there is no region 'mars'."),
        (("--target", "nan"), "the target: nan mg makes no sense."),
        (("--amount", "inf"), "the label: inf mg in one capsule makes no sense."),
    ],
)
def test_what_makes_no_sense_is_told(arguments: tuple[str, ...], said: str) -> None:
    result = shell("dose", *ELEMENTAL, *arguments, now=at(0))
    assert result.exit_code == 2
    assert said in result.stderr
