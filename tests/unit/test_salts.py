from __future__ import annotations

import pytest

from ekbom.evidence.facts import limit_for, limits, salts, sources


@pytest.mark.parametrize(
    ("region", "mg"),
    [
        ("eu", 250),
        ("DE", 250),
        ("us", 350),
        ("no", 350),
        ("uk", 350),
        ("GB", 350),
        ("unknown", 250),
        ("atlantis", 250),
        ("", 250),
    ],
)
def test_the_limit_enforced_in_each_region(region: str, mg: float) -> None:
    assert limit_for(region).mg_per_day == mg


def test_the_uk_shows_400_and_enforces_350() -> None:
    uk = limit_for("uk")
    assert (uk.mg_per_day, uk.published_mg) == (350, 400)
    assert "400 mg" in uk.text
    assert "350 mg" in uk.text


def test_no_region_enforces_more_than_its_body_publishes() -> None:
    assert all(limit.mg_per_day <= limit.published_mg for limit in limits().values())


def test_every_limit_names_a_source_and_copies_are_marked() -> None:
    assert all(limit.sources for limit in limits().values())
    assert [s.read_at_publisher for s in limit_for("uk").sources] == [False]
    assert [s.read_at_publisher for s in limit_for("us").sources] == [True]


def test_what_was_read_at_the_publisher_has_its_address() -> None:
    assert all(s.url for s in sources().values() if s.read_at_publisher)


def test_a_salt_is_never_called_like_a_kind_of_several_forms() -> None:
    forms = [s.kind for s in salts().values()]
    several = {kind for kind in forms if forms.count(kind) > 1}
    assert several == {"citrate", "bisglycinate", "chloride", "lactate"}
    assert several.isdisjoint(salts())


def test_the_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        salts()["oxide"] = salts()["malate"]
